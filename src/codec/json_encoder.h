#ifndef CONNECTRPC_SRC_CODEC_JSON_ENCODER_H_
#define CONNECTRPC_SRC_CODEC_JSON_ENCODER_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "codec/codec.h"
#include "codec/json_types.h"
#include "codec/wire_reader.h"

namespace connectrpc::codec {

// A message in the pieces that it came in (WireReader).
struct Pieces {
  const std::string_view* data;
  size_t count;
};

// One message on its way to JSON: what json_encode.cc (messages and their fields) and json_encode_known.cc (the types
// with a JSON form of their own) share. A function that returns false has set the error, unless sorting would help.
class JsonEncoder {
 public:
  // Without `sorting`, messages must have their fields in the order of the numbers, as every protobuf library writes
  // them, none twice that is not repeated, and one member of a oneof; Run fails for what does not, without an error.
  JsonEncoder(const JsonTypes& types, const JsonType& root, const JsonOptions& options, bool sorting, std::string* out)
      : types_(types), root_(root), options_(options), sorting_(sorting), out_(*out) {}

  [[nodiscard]] bool Run(std::string_view binary) { return Content(root_, {&binary, 1}); }
  const std::string& error() const { return error_; }

 private:
  // An occurrence of a field.
  struct Span {
    const char* data;
    uint32_t size;
    uint32_t field : 29;
    uint32_t type : 3;
  };

  // Who sets the oneof in the end, and since where: setting another member clears it.
  struct OneofState {
    const JsonField* member = nullptr;
    const char* since = nullptr;
  };

  // A message, whatever its form.
  bool Content(const JsonType& type, Pieces pieces);
  bool ContentByKind(const JsonType& type, Pieces pieces);
  // The members of an object that is open.
  bool Members(const JsonType& type, Pieces pieces, bool first);
  bool MembersAsTheyCome(const JsonType& type, Pieces pieces, bool first);
  bool RepeatedAsItComes(const JsonField& field, WireReader* reader, WireField* wire, bool* more);
  bool MembersSorted(const JsonType& type, Pieces pieces, bool first);
  bool CollectSpans(const JsonType& type, Pieces pieces, std::vector<Span>* spans);
  bool FieldOfSpans(const JsonField& field, const Span* begin, const Span* end);

  // Values of fields without their names.
  bool Single(const JsonField& field, const WireField& wire);
  bool Elements(const JsonField& field, const WireField& wire, bool* first);
  bool PackedElements(const JsonField& field, std::string_view run, bool* first);
  bool MapOf(const JsonField& field, std::vector<std::string_view> entries);
  bool MapValue(const JsonField& field, const std::vector<std::string_view>& pieces, const WireField* last);
  bool Number(const JsonField& field, uint64_t bits);
  bool String(std::string_view text);

  bool Any(const JsonType& type, Pieces pieces);
  bool Time(const JsonType& type, Pieces pieces);
  bool FieldMask(const JsonType& type, Pieces pieces);
  bool Struct(const JsonType& type, Pieces pieces);
  bool Value(const JsonType& type, Pieces pieces);
  bool ListValue(const JsonType& type, Pieces pieces);
  bool Wrapper(const JsonType& type, Pieces pieces);

  void Name(const JsonField& field, bool* first) {
    if (!*first) out_.push_back(',');
    *first = false;
    out_.append(field.key);
  }
  void Defaults(const JsonField* begin, const JsonField* end, bool* first);
  bool EnterMessage();
  bool Malformed();
  bool Fail(std::string error);

  const JsonTypes& types_;
  const JsonType& root_;
  const JsonOptions& options_;
  const bool sorting_;
  std::string& out_;
  int level_ = 0;  // of messages
  std::string error_;
};

// Whether a closed enum has that number.
inline bool HasNumber(const JsonField& field, uint64_t bits) {
  return field.enumeration->descriptor->FindValueByNumber(static_cast<int32_t>(bits)) != nullptr;
}

// Whether that is how the field, or one of its elements, is encoded; otherwise it counts as unknown.
inline bool Fits(const JsonField& field, WireType type) {
  return type == field.wire_type || (field.repeated && field.packable && type == kBytesWire);
}

// Whether it is the field's, or an element of it, and not unknown.
inline bool IsOf(const JsonField& field, const WireField& wire) {
  if (!Fits(field, wire.type)) return false;
  return !field.closed_enum || wire.type != kVarintWire || HasNumber(field, wire.number_value());
}

}  // namespace connectrpc::codec

#endif  // CONNECTRPC_SRC_CODEC_JSON_ENCODER_H_
