#ifndef CONNECTRPC_VIEWS_TABLE_H_
#define CONNECTRPC_VIEWS_TABLE_H_

#include <cstdint>
#include <string>
#include <string_view>

// What generated views say about themselves, as data, so that one function serves all types wherever speed does not ask
// for code of their own. Of interest to generated code and to this library alone.
namespace connectrpc::views::internal {

// Numbered as in descriptor.proto.
enum class FieldType : uint8_t {
  kDouble = 1,
  kFloat = 2,
  kInt64 = 3,
  kUInt64 = 4,
  kInt32 = 5,
  kFixed64 = 6,
  kFixed32 = 7,
  kBool = 8,
  kString = 9,
  kGroup = 10,
  kMessage = 11,
  kBytes = 12,
  kUInt32 = 13,
  kEnum = 14,
  kSFixed32 = 15,
  kSFixed64 = 16,
  kSInt32 = 17,
  kSInt64 = 18,
};

// How a field lies in its view.
enum class FieldShape : uint8_t {
  kImplicit,  // the value; present where it is not zero or empty
  kExplicit,  // the value, and a bit of `has_`
  kRequired,  // the same, and absence is an error
  kMessage,   // a pointer, null where absent
  kOneof,     // an OneofValue, of this field where the oneof's case is its number
  kRepeated,  // a Repeated or, for numbers with a fixed width, a FixedRepeated
  kPacked,    // the same, packed when it is written
  kMap,       // a Map
  kEntry,     // key or value of a map's entry: the value, or the view itself; always present
};

struct MessageTable;

struct EnumTable {
  // Empty for numbers that have no name.
  std::string_view (*name_of)(int number);
};

// Of an enum of protobuf's.
template <class Enum, const std::string& (*kName)(Enum)>
inline constexpr EnumTable kEnumTable = {
    [](int number) -> std::string_view { return kName(static_cast<Enum>(number)); }};

struct FieldTable {
  std::string_view name;
  uint32_t number;
  uint32_t offset;    // in the view, in bytes
  uint32_t presence;  // which bit of `has_`, or where the oneof's case lies in the view
  FieldType type;
  FieldShape shape;
  const MessageTable* message;  // of messages, groups and maps (its entry), else null
  const EnumTable* enumeration;
};

// Entries of maps keep none.
inline constexpr uint32_t kNoUnknownFields = 0xFFFFFFFF;

struct MessageTable {
  std::string_view full_name;
  const FieldTable* fields;  // sorted by number
  uint32_t field_count;
  uint32_t size;            // of the view (or the map's entry), in bytes
  uint32_t has_offset;      // of the first uint32_t of `has_`
  uint32_t unknown_offset;  // of the pointer to unknown fields, or kNoUnknownFields
  bool has_required;        // in itself, or in messages within
};

}  // namespace connectrpc::views::internal

#endif  // CONNECTRPC_VIEWS_TABLE_H_
