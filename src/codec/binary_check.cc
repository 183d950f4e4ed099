#include "codec/binary_check.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/wire_format_lite.h>

#include <climits>
#include <cstdint>
#include <utility>

#include "codec/message_depth.h"
#include "codec/protobuf_version.h"

namespace connectrpc::codec {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::internal::WireFormatLite;
using google::protobuf::io::CodedInputStream;

// Reads the message. CodedInputStream takes longer varints for tags and lengths than protobuf's parser does; these
// functions do not.
class Input {
 public:
  explicit Input(std::string_view bytes)
      : bytes_(bytes), stream_(reinterpret_cast<const uint8_t*>(bytes.data()), static_cast<int>(bytes.size())) {}

  CodedInputStream& stream() { return stream_; }

  // False for what is no tag. At the end of the input or of its limit, the tag is 0.
  bool ReadTag(uint32_t* tag) {
    const int start = stream_.CurrentPosition();
    *tag = stream_.ReadTag();
    if (*tag == 0) return stream_.ConsumedEntireMessage();
    return stream_.CurrentPosition() - start <= kMaxVarint32 && WireFormatLite::GetTagFieldNumber(*tag) != 0;
  }

  // A length, of which there are as many bytes left.
  bool ReadLength(int* length) {
    const int start = stream_.CurrentPosition();
    uint64_t value = 0;
    if (!stream_.ReadVarint64(&value) || stream_.CurrentPosition() - start > kMaxVarint32) return false;
    if (value > static_cast<uint64_t>(stream_.BytesUntilLimit())) return false;
    *length = static_cast<int>(value);
    return true;
  }

  // A length and that many bytes.
  bool ReadBytes(std::string_view* out) {
    int length = 0;
    if (!ReadLength(&length)) return false;
    *out = bytes_.substr(static_cast<size_t>(stream_.CurrentPosition()), static_cast<size_t>(length));
    return stream_.Skip(length);
  }

 private:
  static constexpr int kMaxVarint32 = 5;  // bytes

  std::string_view bytes_;
  CodedInputStream stream_;
};

class Checker {
 public:
  Checker(const Descriptor& type, std::string* error) : type_(type), error_(error) {}

  bool Check(std::string_view bytes) {
    Input input(bytes);
    return Message(&type_, 1, 0, &input);
  }

 private:
  bool Malformed() { return Fail("malformed message of type " + std::string(type_.full_name())); }

  bool Fail(std::string error) {
    *error_ = std::move(error);
    return false;
  }

  // Reads fields up to `end_tag`, which is 0 for the end of the input or of its limit. `type` is null for a group of
  // unknown content.
  bool Message(const Descriptor* type, int depth, uint32_t end_tag, Input* input) {
    if (depth > kMaxMessageDepth) return Fail("messages nested deeper than " + std::to_string(kMaxMessageDepth));
    while (true) {
      uint32_t tag = 0;
      if (!input->ReadTag(&tag)) return Malformed();
      if (tag == end_tag) return true;
      if (tag == 0) return Malformed();  // the input ends within a group
      const int number = WireFormatLite::GetTagFieldNumber(tag);
      const FieldDescriptor* const field = type == nullptr ? nullptr : type->FindFieldByNumber(number);
      if (!Field(field, tag, depth, input)) return false;
    }
  }

  // `field` is null for an unknown one. One of another wire type than its own counts as unknown.
  bool Field(const FieldDescriptor* field, uint32_t tag, int depth, Input* input) {
    switch (WireFormatLite::GetTagWireType(tag)) {
      case kLengthDelimited:
        return LengthDelimited(field, depth, input);
      case WireFormatLite::WIRETYPE_START_GROUP: {
        const bool known = field != nullptr && field->type() == FieldDescriptor::TYPE_GROUP;
        const uint32_t end_tag =
            WireFormatLite::MakeTag(WireFormatLite::GetTagFieldNumber(tag), WireFormatLite::WIRETYPE_END_GROUP);
        return Message(known ? field->message_type() : nullptr, depth + 1, end_tag, input);
      }
      default:
        return WireFormatLite::SkipField(&input->stream(), tag) || Malformed();
    }
  }

  bool LengthDelimited(const FieldDescriptor* field, int depth, Input* input) {
    if (field != nullptr && field->type() == FieldDescriptor::TYPE_MESSAGE) {
      int length = 0;
      if (!input->ReadLength(&length)) return Malformed();
      const CodedInputStream::Limit outer = input->stream().PushLimit(length);
      if (!Message(field->message_type(), depth + 1, 0, input)) return false;
      input->stream().PopLimit(outer);
      return true;
    }
    std::string_view bytes;
    if (!input->ReadBytes(&bytes)) return Malformed();
    if (field == nullptr) return true;
    if (field->type() == FieldDescriptor::TYPE_STRING) return IsUtf8(bytes) || Malformed();
    return !field->is_packable() || Packed(*field, bytes) || Malformed();
  }

  static bool Packed(const FieldDescriptor& field, std::string_view elements) {
    switch (WireFormatLite::WireTypeForFieldType(static_cast<WireFormatLite::FieldType>(field.type()))) {
      case WireFormatLite::WIRETYPE_FIXED32:
        return elements.size() % 4 == 0;
      case WireFormatLite::WIRETYPE_FIXED64:
        return elements.size() % 8 == 0;
      default:
        break;
    }
    Input varints(elements);
    uint64_t ignored = 0;
    while (varints.stream().BytesUntilLimit() > 0) {
      if (!varints.stream().ReadVarint64(&ignored)) return false;
    }
    return true;
  }

  static constexpr WireFormatLite::WireType kLengthDelimited = WireFormatLite::WIRETYPE_LENGTH_DELIMITED;

  const Descriptor& type_;
  std::string* error_;
};

}  // namespace

bool CheckBinary(const Descriptor& type, std::string_view binary, std::string* error) {
  if (binary.size() > INT_MAX) {
    *error = "message of 2 GiB or more";
    return false;
  }
  return Checker(type, error).Check(binary);
}

}  // namespace connectrpc::codec
