#include <algorithm>
#include <cstring>

#include "codec/json_decoder.h"
#include "codec/json_known_text.h"
#include "wire/metadata.h"

namespace connectrpc::codec {
namespace {

constexpr std::string_view kTypeKey = "@type";

}  // namespace

bool JsonDecoder::Any(const JsonType& type) {
  reader_.Peek();
  const JsonReader::Mark object = reader_.mark();
  if (!reader_.Open('{')) return false;
  const JsonReader::Mark inside = reader_.mark();
  const JsonReader::Item item = reader_.NextItem('}', true);
  if (item != JsonReader::Item::kNext) return item == JsonReader::Item::kEnd;
  std::string_view key;
  if (!reader_.ReadKey(&key)) return false;
  const bool type_first = key == kTypeKey;
  const char* type_key = reader_.mark().position;
  if (!type_first && !FindTypeKey(object, inside, &type_key)) return false;
  reader_.Rewind({type_key, inside.depth});
  std::string_view url;
  if (!reader_.ReadString(&url)) return FailIn(kTypeKey);
  const JsonType* const content = types_.FindByUrl(root_, url);
  if (content == nullptr) return reader_.Fail("an Any of the unknown type \"" + wire::Quoted(url) + "\"");

  out_.Append(type.fields[0].tag);
  out_.PutBytes(url);
  if (!type_first) reader_.Rewind(inside);
  // Also when empty: the last of several Any for one field counts, none of its values for another's type.
  out_.Append(type.fields[1].tag);
  const WireWriter::Length length = out_.OpenLength();
  if (content->known == KnownType::kNone) {
    if (!EnterMessage() || !Members(*content, !type_first, type_key)) return false;
    --level_;
  } else if (!OnlyValue(*content, !type_first, type_key)) {
    return false;
  }
  out_.CloseLength(length);
  return true;
}

// Looks ahead, but at no part of the text twice: what is found for the objects within is kept for them.
bool JsonDecoder::FindTypeKey(const JsonReader::Mark& object, const JsonReader::Mark& inside, const char** type_key) {
  const auto by_position = [](const JsonReader::TypedObject& a, const JsonReader::TypedObject& b) {
    return a.begin != b.begin ? a.begin < b.begin : a.type < b.type;
  };
  if (scanned_ == nullptr || scanned_ <= object.position) {
    const auto known = static_cast<std::ptrdiff_t>(typed_objects_.size());
    reader_.Rewind(object);
    if (!reader_.SkipValue(&typed_objects_)) return false;
    scanned_ = reader_.mark().position;
    std::sort(typed_objects_.begin() + known, typed_objects_.end(), by_position);
  }
  const auto found = std::lower_bound(typed_objects_.begin(), typed_objects_.end(),
                                      JsonReader::TypedObject{inside.position, nullptr}, by_position);
  if (found == typed_objects_.end() || found->begin != inside.position) {
    return reader_.Fail("an Any without \"@type\"");
  }
  *type_key = found->type;
  return true;
}

// {"@type": ..., "value": ...}
bool JsonDecoder::OnlyValue(const JsonType& type, bool first, const char* type_key) {
  bool has_value = false;
  while (true) {
    const JsonReader::Item item = reader_.NextItem('}', first);
    if (item != JsonReader::Item::kNext) return item == JsonReader::Item::kEnd;
    first = false;
    std::string_view key;
    if (!reader_.ReadKey(&key)) return false;
    if (key == kTypeKey && reader_.mark().position == type_key) {
      if (!reader_.SkipValue()) return false;
      continue;
    }
    if (key != "value" || has_value) return reader_.Fail("an Any with more than \"@type\" and \"value\"");
    has_value = true;
    if (type.known != KnownType::kValue && reader_.TryWord("null")) continue;
    if (!Content(type)) return FailIn("value");
  }
}

bool JsonDecoder::Time(const JsonType& type) {
  std::string_view text;
  if (!reader_.ReadString(&text)) return false;
  SecondsAndNanos time;
  const bool is_duration = type.known == KnownType::kDuration;
  if (!(is_duration ? ParseDuration(text, &time) : ParseTimestamp(text, &time))) {
    return reader_.Fail(is_duration ? "text that is no Duration" : "text that is no Timestamp");
  }
  // Also zeros: should the field come twice, nothing of the first is to be left.
  out_.Append(type.fields[0].tag);
  out_.PutVarint(static_cast<uint64_t>(time.seconds));
  out_.Append(type.fields[1].tag);
  out_.PutVarint(static_cast<uint64_t>(int64_t{time.nanos}));
  return true;
}

bool JsonDecoder::FieldMask(const JsonType& type) {
  std::string_view text;
  if (!reader_.ReadString(&text)) return false;
  while (!text.empty()) {
    const size_t comma = text.find(',');
    const std::string_view path = text.substr(0, comma);
    text = comma == std::string_view::npos ? std::string_view() : text.substr(comma + 1);
    if (path.empty()) continue;
    if (!ParseMaskPath(path, &scratch_)) return reader_.Fail("text that is no FieldMask");
    out_.Append(type.fields[0].tag);
    out_.PutBytes(scratch_);
  }
  return true;
}

bool JsonDecoder::Value(const JsonType& type) {
  enum : size_t { kNull, kNumber, kString, kBool, kStruct, kList };
  size_t kind = kNumber;
  switch (reader_.Peek()) {
    case 'n':
      if (!reader_.TryWord("null")) return reader_.Fail("expected a value");
      out_.Append(type.fields[kNull].tag);
      out_.PutVarint(0);
      return true;
    case 't':
    case 'f':
      kind = kBool;
      break;
    case '"':
    case '\'':
      kind = kString;
      break;
    case '{':
      kind = kStruct;
      break;
    case '[':
      kind = kList;
      break;
    default:
      break;
  }
  return Single(type.fields[kind]);
}

}  // namespace connectrpc::codec
