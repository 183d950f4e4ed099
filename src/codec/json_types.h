#ifndef CONNECTRPC_SRC_CODEC_JSON_TYPES_H_
#define CONNECTRPC_SRC_CODEC_JSON_TYPES_H_

#include <google/protobuf/descriptor.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "codec/append_only_map.h"

// Message types as the JSON codec needs them: worked out of the descriptors once, then only read.
namespace connectrpc::codec {

// A fixed set of names, each with a number. Of equal names the first counts.
class NameTable {
 public:
  NameTable() = default;
  explicit NameTable(const std::vector<std::pair<std::string_view, int32_t>>& names);
  NameTable(NameTable&&) = default;
  NameTable& operator=(NameTable&&) = default;

  // Null for a name that is not there.
  const int32_t* Find(std::string_view name) const;

 private:
  struct Slot {
    std::string_view name;
    int32_t value = 0;
    bool used = false;
  };

  size_t SlotOf(std::string_view name) const;

  std::vector<Slot> slots_;  // a power of two of them, at least half of them free
  std::vector<char> text_;   // what the names point into, which stays in its place when the table is moved
};

// Messages with a JSON form of their own.
enum class KnownType : uint8_t {
  kNone,
  kAny,
  kTimestamp,
  kDuration,
  kFieldMask,
  kStruct,
  kValue,
  kListValue,
  kWrapper,
};

struct JsonEnum {
  const google::protobuf::EnumDescriptor* descriptor = nullptr;
  bool is_null = false;  // google.protobuf.NullValue
  NameTable names;
};

struct JsonType;

struct JsonField {
  google::protobuf::FieldDescriptor::Type type = google::protobuf::FieldDescriptor::TYPE_INT32;
  uint8_t wire_type = 0;  // of one value
  bool repeated = false;
  bool map = false;
  bool packable = false;
  bool packed = false;       // how it is written
  bool closed_enum = false;  // numbers without a name are unknown fields, as in proto2
  bool takes_null = false;
  bool prints_default = false;  // it has no presence to tell its default from nothing
  uint32_t number = 0;
  int oneof = -1;
  std::string tag;        // of what is written: for packed fields, of the run
  std::string json_name;  // what peers write, most likely
  std::string key;        // as printed, quotes and colon included
  std::string zero;       // the default of a field without presence, as printed
  // Of these, at most one is not null. For a map it is the type of the entries, whose fields are the key and the value.
  const JsonType* message = nullptr;
  const JsonEnum* enumeration = nullptr;
};

struct JsonType {
  const google::protobuf::Descriptor* descriptor = nullptr;
  KnownType known = KnownType::kNone;
  size_t oneofs = 0;
  std::vector<JsonField> fields;  // in the order of their numbers
  NameTable names;                // to indexes of `fields`, by either name

  // Null for unknown ones. `guess`, a field or the end, is where the caller expects it.
  const JsonField* FindByName(std::string_view name, const JsonField* guess) const {
    if (guess != end() && guess->json_name == name) return guess;
    const int32_t* const index = names.Find(name);
    return index == nullptr ? nullptr : &fields[static_cast<size_t>(*index)];
  }
  const JsonField* FindByNumber(uint32_t number, const JsonField* guess) const {
    return guess != end() && guess->number == number ? guess : SearchNumber(number);
  }
  const JsonField* begin() const { return fields.data(); }
  const JsonField* end() const { return fields.data() + fields.size(); }

 private:
  const JsonField* SearchNumber(uint32_t number) const;
};

// Safe to use from any thread. A descriptor pool, once seen, must outlive it.
class JsonTypes {
 public:
  JsonTypes(bool preserve_field_names, bool enums_as_numbers)
      : preserve_field_names_(preserve_field_names), enums_as_numbers_(enums_as_numbers) {}

  // Valid as long as this object.
  const JsonType& Get(const google::protobuf::Descriptor& descriptor) const {
    const JsonType* const* const type = ready_.Find(&descriptor);
    return type != nullptr ? **type : Build(descriptor);
  }

  // The type that the URL of an Any names, in the pool of `root`, or null. Only "type.googleapis.com/" is known, as in
  // protobuf's own JSON.
  const JsonType* FindByUrl(const JsonType& root, std::string_view url) const;

 private:
  using Pending = std::vector<JsonType*>;

  const JsonType& Build(const google::protobuf::Descriptor& descriptor) const;
  const JsonType* Reach(const google::protobuf::Descriptor& descriptor, Pending* pending) const;
  const JsonEnum* Reach(const google::protobuf::EnumDescriptor& descriptor) const;
  void Fill(JsonType* type, Pending* pending) const;
  JsonField MakeField(const google::protobuf::FieldDescriptor& descriptor, Pending* pending) const;
  std::string ZeroOf(const JsonField& field) const;

  const bool preserve_field_names_;
  const bool enums_as_numbers_;
  mutable AppendOnlyMap<const google::protobuf::Descriptor*, const JsonType*> ready_;
  // What is being built, and owns what is ready.
  mutable std::mutex mutex_;
  mutable std::unordered_map<const google::protobuf::Descriptor*, std::unique_ptr<JsonType>> types_;
  mutable std::unordered_map<const google::protobuf::EnumDescriptor*, std::unique_ptr<JsonEnum>> enums_;
};

}  // namespace connectrpc::codec

#endif  // CONNECTRPC_SRC_CODEC_JSON_TYPES_H_
