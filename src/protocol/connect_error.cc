#include "protocol/connect_error.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "codec/json_reader.h"
#include "codec/protobuf_version.h"
#include "protocol/metadata_fields.h"
#include "protocol/response_faults.h"
#include "wire/base64.h"
#include "wire/text.h"

namespace connectrpc::protocol {
namespace {

using codec::JsonReader;

bool IsWithin(const HeaderList& fields, const wire::WebTrailerLimits& limits) {
  return fields.size() <= limits.max_fields && fields.ListSize() <= limits.max_bytes;
}

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

// Calls `member` with the name of each member of the object that comes next, which reads the value. The name is valid
// until then.
template <class F>
bool ReadObject(JsonReader* json, F&& member) {
  if (!json->Open('{')) return false;
  for (bool first = true; true; first = false) {
    const JsonReader::Item item = json->NextItem('}', first);
    if (item != JsonReader::Item::kNext) return item == JsonReader::Item::kEnd;
    std::string_view name;
    if (!json->ReadKey(&name) || !member(name)) return false;
  }
}

// The same with members of which only those of the names are wanted, none of them twice. `read` is called with the
// index of the name. What is null counts as absent.
template <size_t N, class F>
bool ReadMembers(JsonReader* json, const std::string_view (&names)[N], F&& read) {
  bool seen[N] = {};
  return ReadObject(json, [&](std::string_view name) {
    const size_t index = static_cast<size_t>(std::find(names, names + N, name) - names);
    if (index == N) return json->SkipValue();
    if (std::exchange(seen[index], true)) return false;
    return json->TryWord("null") || read(index);
  });
}

// Calls `element` for each element of a list, which reads it. Passes over what is no list.
template <class F>
bool ReadList(JsonReader* json, F&& element) {
  if (json->Peek() != '[') return json->SkipValue();
  if (!json->Open('[')) return false;
  for (bool first = true; true; first = false) {
    const JsonReader::Item item = json->NextItem(']', first);
    if (item != JsonReader::Item::kNext) return item == JsonReader::Item::kEnd;
    if (!element()) return false;
  }
}

// Passes over what is no string.
bool ReadText(JsonReader* json, std::optional<std::string>* text) {
  const char c = json->Peek();
  if (c != '"' && c != '\'') return json->SkipValue();
  std::string_view value;
  if (!json->ReadString(&value)) return false;
  text->emplace(value);
  return true;
}

bool ReadDetail(JsonReader* json, ErrorDetail* detail) {
  static constexpr std::string_view kNames[] = {"type", "value"};
  std::optional<std::string> texts[2];
  if (!ReadMembers(json, kNames, [&](size_t index) { return ReadText(json, &texts[index]); })) return false;
  const auto& [type, value] = texts;
  if (type.has_value()) detail->type = type->substr(type->rfind('/') + 1);
  // What cannot be decoded is handed on as it came rather than dropped.
  if (value.has_value() && !wire::DecodeBase64(*value, &detail->value)) detail->value = *value;
  return true;
}

bool ReadError(JsonReader* json, const Error& fallback, Error* error) {
  static constexpr std::string_view kNames[] = {"code", "message", "details"};
  *error = Error();
  std::optional<std::string> texts[2];
  const auto read_detail = [&] {
    return json->Peek() == '{' ? ReadDetail(json, &error->details.emplace_back()) : json->SkipValue();
  };
  const auto read_member = [&](size_t index) {
    return index < 2 ? ReadText(json, &texts[index]) : ReadList(json, read_detail);
  };
  if (!ReadMembers(json, kNames, read_member)) return false;
  const auto& [code_name, message] = texts;
  const std::optional<Code> code = code_name.has_value() ? ParseCodeName(*code_name) : std::nullopt;
  error->code = code.value_or(fallback.code);
  if (message.has_value()) {
    error->message = *message;
  } else if (!code.has_value()) {
    error->message = fallback.message;
  }
  return true;
}

// Beyond the limits nothing is added any more: `*fields` is then over one of them.
bool ReadMetadataObject(JsonReader* json, const wire::WebTrailerLimits& limits, HeaderList* fields) {
  if (json->Peek() != '{') return json->SkipValue();
  return ReadObject(json, [&](std::string_view key) {
    const std::string name(key);
    return ReadList(json, [&] {
      std::optional<std::string> value;
      if (!ReadText(json, &value)) return false;
      if (value.has_value() && IsWithin(*fields, limits)) fields->AddLowerCased(name, *value);
      return true;
    });
  });
}

bool ReadEndStream(JsonReader* json, const wire::WebTrailerLimits& limits, Error* error, HeaderList* fields) {
  static constexpr std::string_view kNames[] = {"error", "metadata"};
  const Error unknown(Code::kUnknown, "");
  return ReadMembers(json, kNames, [&](size_t index) {
    if (index == 1) return ReadMetadataObject(json, limits, fields);
    if (json->Peek() == '{') return ReadError(json, unknown, error);
    *error = unknown;
    return json->SkipValue();
  });
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
  if (json.size() > kMaxConnectJsonBytes || !codec::IsUtf8(json)) return false;
  JsonReader reader(json, kMaxConnectJsonDepth);
  return ReadError(&reader, fallback, error) && reader.ReadEnd();
}

RpcEnd ParseEndStream(std::string_view json, const wire::WebTrailerLimits& limits) {
  RpcEnd end;
  if (json.size() > kMaxConnectJsonBytes) {
    end.error = Error(Code::kResourceExhausted,
                      "end of stream is larger than the maximum of " + std::to_string(kMaxConnectJsonBytes) + " bytes");
    return end;
  }
  JsonReader reader(json, kMaxConnectJsonDepth);
  HeaderList fields;
  if (!codec::IsUtf8(json) || !ReadEndStream(&reader, limits, &end.error, &fields) || !reader.ReadEnd()) {
    return BrokenResponse("malformed end of stream");
  }
  if (!IsWithin(fields, limits)) return TooMuchMetadata();
  ReadResponseMetadata(fields, &end.trailers);
  return end;
}

}  // namespace connectrpc::protocol
