#include "protocol/google_rpc_status.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/wire_format_lite.h>

#include <cstdint>
#include <limits>
#include <utility>

namespace connectrpc::protocol {
namespace {

using google::protobuf::internal::WireFormatLite;
using google::protobuf::io::CodedInputStream;
using google::protobuf::io::CodedOutputStream;

constexpr std::string_view kTypeUrlPrefix = "type.googleapis.com/";

constexpr uint32_t Tag(int field, WireFormatLite::WireType type) {
  return static_cast<uint32_t>(field) << 3 | static_cast<uint32_t>(type);
}

// message Status { int32 code = 1; string message = 2; repeated google.protobuf.Any details = 3; }
constexpr uint32_t kCodeTag = Tag(1, WireFormatLite::WIRETYPE_VARINT);
constexpr uint32_t kMessageTag = Tag(2, WireFormatLite::WIRETYPE_LENGTH_DELIMITED);
constexpr uint32_t kDetailsTag = Tag(3, WireFormatLite::WIRETYPE_LENGTH_DELIMITED);
// message Any { string type_url = 1; bytes value = 2; }
constexpr uint32_t kTypeUrlTag = Tag(1, WireFormatLite::WIRETYPE_LENGTH_DELIMITED);
constexpr uint32_t kValueTag = Tag(2, WireFormatLite::WIRETYPE_LENGTH_DELIMITED);

void WriteBytes(uint32_t tag, std::string_view bytes, CodedOutputStream* out) {
  out->WriteTag(tag);
  out->WriteVarint32(static_cast<uint32_t>(bytes.size()));
  out->WriteRaw(bytes.data(), static_cast<int>(bytes.size()));
}

std::string EncodeAny(const ErrorDetail& detail) {
  std::string encoded;
  google::protobuf::io::StringOutputStream stream(&encoded);
  {
    CodedOutputStream out(&stream);
    WriteBytes(kTypeUrlTag, std::string(kTypeUrlPrefix).append(detail.type), &out);
    if (!detail.value.empty()) WriteBytes(kValueTag, detail.value, &out);
  }
  return encoded;
}

bool ReadBytes(CodedInputStream* in, std::string* bytes) {
  uint32_t size = 0;
  return in->ReadVarint32(&size) && size <= static_cast<uint32_t>(std::numeric_limits<int>::max()) &&
         in->ReadString(bytes, static_cast<int>(size));
}

// Calls read_field(tag, &input) for each field of a message; false when it fails, or where the bytes are no message.
template <class ReadField>
bool ReadMessage(std::string_view bytes, ReadField read_field) {
  if (bytes.size() > static_cast<size_t>(std::numeric_limits<int>::max())) return false;
  CodedInputStream in(reinterpret_cast<const uint8_t*>(bytes.data()), static_cast<int>(bytes.size()));
  while (const uint32_t tag = in.ReadTag()) {
    if (!read_field(tag, &in)) return false;
  }
  return in.ConsumedEntireMessage();
}

bool DecodeAny(std::string_view bytes, ErrorDetail* detail) {
  return ReadMessage(bytes, [detail](uint32_t tag, CodedInputStream* in) {
    if (tag == kValueTag) return ReadBytes(in, &detail->value);
    if (tag != kTypeUrlTag) return WireFormatLite::SkipField(in, tag);
    if (!ReadBytes(in, &detail->type)) return false;
    detail->type.erase(0, detail->type.rfind('/') + 1);
    return true;
  });
}

bool ReadCode(CodedInputStream* in, Code* code) {
  uint64_t number = 0;  // negative ones take ten bytes
  if (!in->ReadVarint64(&number)) return false;
  *code = CodeFromNumber(static_cast<int32_t>(number)).value_or(Code::kUnknown);
  return true;
}

}  // namespace

std::string EncodeGoogleRpcStatus(const Error& error) {
  std::string encoded;
  google::protobuf::io::StringOutputStream stream(&encoded);
  {
    CodedOutputStream out(&stream);
    out.WriteTag(kCodeTag);
    out.WriteVarint32(static_cast<uint32_t>(error.code));
    if (!error.message.empty()) WriteBytes(kMessageTag, error.message, &out);
    for (const ErrorDetail& detail : error.details) WriteBytes(kDetailsTag, EncodeAny(detail), &out);
  }
  return encoded;
}

bool DecodeGoogleRpcStatus(std::string_view bytes, Error* error) {
  *error = Error();
  std::string any;
  return ReadMessage(bytes, [&](uint32_t tag, CodedInputStream* in) {
    switch (tag) {
      case kCodeTag:
        return ReadCode(in, &error->code);
      case kMessageTag:
        return ReadBytes(in, &error->message);
      case kDetailsTag: {
        ErrorDetail detail;
        if (!ReadBytes(in, &any) || !DecodeAny(any, &detail)) return false;
        error->details.push_back(std::move(detail));
        return true;
      }
      default:
        return WireFormatLite::SkipField(in, tag);
    }
  });
}

}  // namespace connectrpc::protocol
