#include "protocol/connect_error.h"

#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "codec/json_depth.h"
#include "codec/protobuf_version.h"
#include "protocol/metadata_fields.h"
#include "protocol/response_faults.h"
#include "wire/base64.h"
#include "wire/text.h"

namespace connectrpc::protocol {
namespace {

using google::protobuf::Struct;
using google::protobuf::Value;

// The end of most streams: protobuf's parser is not asked, which takes a hundred allocations for it.
constexpr std::string_view kPlainSuccess = "{}";

void AppendDetail(const ErrorDetail& detail, std::string* out) {
  out->append("{\"type\":");
  wire::AppendJsonString(detail.type, out);
  out->append(",\"value\":\"").append(wire::EncodeBase64(detail.value)).append("\"}");
}

// The values of a name stand in one array, in the order of the list.
void AppendMetadata(const HeaderList& fields, std::string* out) {
  std::vector<HeaderField> sorted;
  sorted.reserve(fields.size());
  for (HeaderField field : fields) sorted.push_back(field);
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const HeaderField& a, const HeaderField& b) { return a.name < b.name; });
  out->push_back('{');
  for (size_t i = 0; i < sorted.size(); ++i) {
    if (i > 0 && sorted[i].name == sorted[i - 1].name) {
      out->push_back(',');
    } else {
      if (i > 0) out->append("],");
      wire::AppendJsonString(sorted[i].name, out);
      out->append(":[");
    }
    wire::AppendJsonString(sorted[i].value, out);
  }
  out->append("]}");
}

// False for what is not one JSON object.
bool ParseObject(std::string_view json, Struct* object) {
  if (json.size() > kMaxConnectJsonBytes || !codec::JsonDepthWithin(json, kMaxConnectJsonDepth)) return false;
  Value value;
  if (!google::protobuf::util::JsonStringToMessage(codec::ToProtobuf(json), &value).ok()) return false;
  if (!value.has_struct_value()) return false;
  *object = std::move(*value.mutable_struct_value());
  return true;
}

// Null for a member that is absent or null.
const Value* FindMember(const Struct& object, const char* name) {
  auto member = object.fields().find(name);
  if (member == object.fields().end() || member->second.kind_case() == Value::kNullValue) return nullptr;
  return &member->second;
}

// Null for one that is no string either.
const std::string* FindString(const Struct& object, const char* name) {
  const Value* member = FindMember(object, name);
  return member != nullptr && member->kind_case() == Value::kStringValue ? &member->string_value() : nullptr;
}

ErrorDetail ReadDetail(const Struct& object) {
  ErrorDetail detail;
  if (const std::string* type = FindString(object, "type")) detail.type = type->substr(type->rfind('/') + 1);
  if (const std::string* value = FindString(object, "value")) {
    // What cannot be decoded is handed on as it came rather than dropped.
    if (!wire::DecodeBase64(*value, &detail.value)) detail.value = *value;
  }
  return detail;
}

Error ReadError(const Struct& object, const Error& fallback) {
  Error error;
  const std::string* code_name = FindString(object, "code");
  const std::string* message = FindString(object, "message");
  std::optional<Code> code = code_name != nullptr ? ParseCodeName(*code_name) : std::nullopt;
  error.code = code.value_or(fallback.code);
  if (message != nullptr) {
    error.message = *message;
  } else if (!code.has_value()) {
    error.message = fallback.message;
  }
  if (const Value* details = FindMember(object, "details")) {
    for (const Value& detail : details->list_value().values()) {
      if (detail.has_struct_value()) error.details.push_back(ReadDetail(detail.struct_value()));
    }
  }
  return error;
}

// False beyond the limits.
bool ReadMetadataObject(const Struct& object, const wire::WebTrailerLimits& limits, HeaderList* trailers) {
  // The map has no order of its own: sorted, the result is the same each time.
  std::vector<const std::string*> names;
  names.reserve(object.fields().size());
  for (const auto& member : object.fields()) names.push_back(&member.first);
  std::sort(names.begin(), names.end(), [](const std::string* a, const std::string* b) { return *a < *b; });
  HeaderList fields;
  for (const std::string* name : names) {
    for (const Value& value : object.fields().at(*name).list_value().values()) {
      if (value.kind_case() != Value::kStringValue) continue;
      fields.AddLowerCased(*name, value.string_value());
      if (fields.size() > limits.max_fields || fields.ListSize() > limits.max_bytes) return false;
    }
  }
  ReadResponseMetadata(fields, trailers);
  return true;
}

}  // namespace

void AppendConnectError(const Error& error, std::string* out) {
  out->append("{\"code\":\"").append(CodeName(error.code)).push_back('"');
  if (!error.message.empty()) {
    out->append(",\"message\":");
    wire::AppendJsonString(error.message, out);
  }
  if (!error.details.empty()) {
    out->append(",\"details\":[");
    for (const ErrorDetail& detail : error.details) {
      if (&detail != &error.details.front()) out->push_back(',');
      AppendDetail(detail, out);
    }
    out->push_back(']');
  }
  out->push_back('}');
}

void AppendEndStream(const Error& error, const HeaderList& trailers, std::string* out) {
  out->push_back('{');
  if (!error.ok()) {
    out->append("\"error\":");
    AppendConnectError(error, out);
  }
  if (!trailers.empty()) {
    out->append(error.ok() ? "\"metadata\":" : ",\"metadata\":");
    AppendMetadata(trailers, out);
  }
  out->push_back('}');
}

bool ParseConnectError(std::string_view json, const Error& fallback, Error* error) {
  Struct object;
  if (!ParseObject(json, &object)) return false;
  *error = ReadError(object, fallback);
  return true;
}

RpcEnd ParseEndStream(std::string_view json, const wire::WebTrailerLimits& limits) {
  RpcEnd end;
  if (json == kPlainSuccess) return end;
  if (json.size() > kMaxConnectJsonBytes) {
    end.error = Error(Code::kResourceExhausted,
                      "end of stream is larger than the maximum of " + std::to_string(kMaxConnectJsonBytes) + " bytes");
    return end;
  }
  Struct object;
  if (!ParseObject(json, &object)) return BrokenResponse("malformed end of stream");
  if (const Value* error = FindMember(object, "error")) {
    end.error = ReadError(error->struct_value(), Error(Code::kUnknown, ""));
  }
  const Value* metadata = FindMember(object, "metadata");
  if (metadata != nullptr && !ReadMetadataObject(metadata->struct_value(), limits, &end.trailers)) {
    return TooMuchMetadata();
  }
  return end;
}

}  // namespace connectrpc::protocol
