#include <google/protobuf/descriptor.h>

#include <cmath>
#include <cstring>

#include "codec/json_encoder.h"
#include "codec/json_known_text.h"
#include "codec/json_text.h"
#include "codec/protobuf_version.h"
#include "wire/metadata.h"

namespace connectrpc::codec {

bool JsonEncoder::Any(const JsonType& type, Pieces pieces) {
  WireReader reader(pieces.data, pieces.count);
  WireField wire;
  std::string_view url;
  std::string_view value;
  while (reader.Next(&wire)) {
    if (wire.type != kBytesWire) continue;
    if (wire.number == type.fields[0].number) url = wire.bytes;
    if (wire.number == type.fields[1].number) value = wire.bytes;
  }
  if (reader.failed() || !IsUtf8(url)) return Malformed();
  out_.push_back('{');
  const JsonType* const content = types_.FindByUrl(root_, url);
  if (content == nullptr && !value.empty()) {
    return Fail("google.protobuf.Any of the unknown type \"" + wire::Quoted(url) + "\"");
  }
  if (!url.empty()) {
    out_.append("\"@type\":");
    AppendJsonString(url, &out_);
  }
  if (content != nullptr && content->known != KnownType::kNone) {
    out_.append(",\"value\":");
    if (!Content(*content, {&value, 1})) return false;
  } else if (content != nullptr) {
    if (!EnterMessage() || !Members(*content, {&value, 1}, false)) return false;
    --level_;
  }
  out_.push_back('}');
  return true;
}

bool JsonEncoder::Time(const JsonType& type, Pieces pieces) {
  WireReader reader(pieces.data, pieces.count);
  WireField wire;
  SecondsAndNanos time;
  while (reader.Next(&wire)) {
    if (wire.type != kVarintWire) continue;
    if (wire.number == type.fields[0].number) time.seconds = static_cast<int64_t>(wire.number_value());
    if (wire.number == type.fields[1].number) time.nanos = static_cast<int32_t>(wire.number_value());
  }
  if (reader.failed()) return Malformed();
  out_.push_back('"');
  const bool is_duration = type.known == KnownType::kDuration;
  if (!(is_duration ? AppendDuration(time, &out_) : AppendTimestamp(time, &out_))) {
    return Fail(is_duration ? "google.protobuf.Duration out of range" : "google.protobuf.Timestamp out of range");
  }
  out_.push_back('"');
  return true;
}

bool JsonEncoder::FieldMask(const JsonType& type, Pieces pieces) {
  WireReader reader(pieces.data, pieces.count);
  WireField wire;
  std::string text;
  while (reader.Next(&wire)) {
    if (wire.number != type.fields[0].number || wire.type != kBytesWire) continue;
    if (!text.empty()) text.push_back(',');
    if (!AppendMaskPath(wire.bytes, &text)) return Fail("google.protobuf.FieldMask with a path that JSON cannot hold");
  }
  return reader.failed() ? Malformed() : String(text);
}

bool JsonEncoder::Struct(const JsonType& type, Pieces pieces) {
  WireReader reader(pieces.data, pieces.count);
  WireField wire;
  std::vector<std::string_view> entries;
  while (reader.Next(&wire)) {
    if (wire.number == type.fields[0].number && wire.type == kBytesWire) entries.push_back(wire.bytes);
  }
  return reader.failed() ? Malformed() : MapOf(type.fields[0], entries);
}

bool JsonEncoder::Value(const JsonType& type, Pieces pieces) {
  WireReader reader(pieces.data, pieces.count);
  WireField wire;
  WireField last;
  const JsonField* kind = nullptr;
  std::vector<std::string_view> parts;  // of a message, if there are several
  while (reader.Next(&wire)) {
    const JsonField* const field = type.FindByNumber(wire.number, type.begin());
    if (field == nullptr || !Fits(*field, wire.type)) continue;
    if (field != kind) parts.clear();
    if (field == kind && field->message != nullptr) {
      if (parts.empty()) parts.push_back(last.bytes);
      parts.push_back(wire.bytes);
    }
    kind = field;
    last = wire;
  }
  if (reader.failed()) return Malformed();
  if (kind == nullptr || kind->enumeration != nullptr) {
    out_.append("null");
    return true;
  }
  if (!parts.empty()) return Content(*kind->message, {parts.data(), parts.size()});
  if (kind->wire_type == kFixed64Wire) {
    const uint64_t bits = last.number_value();
    double number = 0;
    std::memcpy(&number, &bits, sizeof(number));
    // As a string it would come back as one.
    if (!std::isfinite(number)) return Fail("google.protobuf.Value with a number that is not finite");
  }
  return Single(*kind, last);
}

bool JsonEncoder::ListValue(const JsonType& type, Pieces pieces) {
  WireReader reader(pieces.data, pieces.count);
  WireField wire;
  bool first = true;
  out_.push_back('[');
  while (reader.Next(&wire)) {
    if (wire.number != type.fields[0].number || wire.type != kBytesWire) continue;
    if (!Elements(type.fields[0], wire, &first)) return false;
  }
  out_.push_back(']');
  return !reader.failed() || Malformed();
}

bool JsonEncoder::Wrapper(const JsonType& type, Pieces pieces) {
  const JsonField& field = type.fields[0];
  WireReader reader(pieces.data, pieces.count);
  WireField wire;
  WireField last;
  bool found = false;
  while (reader.Next(&wire)) {
    if (wire.number != field.number || !Fits(field, wire.type)) continue;
    last = wire;
    found = true;
  }
  if (reader.failed()) return Malformed();
  if (found) return Single(field, last);
  out_.append(field.zero);
  return true;
}

}  // namespace connectrpc::codec
