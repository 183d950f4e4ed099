#include "codec/json_decode.h"

#include <google/protobuf/descriptor.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <limits>

#include "codec/json_decoder.h"
#include "codec/json_text.h"
#include "codec/message_depth.h"
#include "codec/protobuf_version.h"
#include "wire/base64.h"
#include "wire/metadata.h"

namespace connectrpc::codec {
namespace {

using google::protobuf::FieldDescriptor;

constexpr size_t kMaxPath = 128;
constexpr std::string_view kTypeKey = "@type";

uint64_t ZigZag(int64_t value) {
  return (static_cast<uint64_t>(value) << 1) ^ static_cast<uint64_t>(value >> 63);
}

bool IsGroup(const JsonField& field) {
  return field.type == FieldDescriptor::TYPE_GROUP;
}

// Lists as elements are values of these, not more of the field's own.
bool HasListElements(const JsonField& field) {
  return field.message != nullptr &&
         (field.message->known == KnownType::kValue || field.message->known == KnownType::kListValue);
}

}  // namespace

bool DecodeJson(const JsonTypes& types, const JsonType& type, std::string_view json, int max_depth, std::string* binary,
                std::string* error) {
  if (!IsUtf8(json)) {
    *error = "JSON that is not UTF-8";
    return false;
  }
  JsonDecoder decoder(types, type, json, max_depth, binary);
  if (decoder.Run()) return true;
  *error = decoder.error();
  return false;
}

bool JsonDecoder::Run() {
  const bool is_message = root_.known == KnownType::kNone || root_.known == KnownType::kAny;
  const bool is_null = !is_message && root_.known != KnownType::kValue && reader_.TryWord("null");
  if (!is_null && !Content(root_)) return false;
  if (!reader_.ReadEnd()) return false;
  out_.Finish();
  return true;
}

std::string JsonDecoder::error() const {
  std::string error = reader_.error();
  if (reader_.error_offset() != JsonReader::kNowhere) {
    error.append(" at byte ").append(std::to_string(reader_.error_offset()));
    if (!path_.empty()) error.append(", ").append(wire::Quoted(path_));
  }
  return error;
}

bool JsonDecoder::FailIn(std::string_view part) {
  if (path_.size() + part.size() > kMaxPath) return false;
  const bool joined = path_.empty() || path_[0] == '[';
  path_.insert(0, std::string(part).append(joined ? "" : "."));
  return false;
}

bool JsonDecoder::EnterMessage() {
  if (level_ == kMaxMessageDepth) {
    return reader_.CheckDepth() && reader_.Fail("messages nested deeper than " + std::to_string(level_));
  }
  ++level_;
  return true;
}

bool JsonDecoder::Content(const JsonType& type) {
  if (!EnterMessage() || !ContentByKind(type)) return false;
  --level_;
  return true;
}

bool JsonDecoder::ContentByKind(const JsonType& type) {
  switch (type.known) {
    case KnownType::kAny:
      return Any(type);
    case KnownType::kTimestamp:
    case KnownType::kDuration:
      return Time(type);
    case KnownType::kFieldMask:
      return FieldMask(type);
    case KnownType::kStruct:
      return Map(type.fields[0]);
    case KnownType::kValue:
      return Value(type);
    case KnownType::kListValue:
      return Elements(type.fields[0]);
    case KnownType::kWrapper:
      return Single(type.fields[0]);
    case KnownType::kNone:
      break;
  }
  return reader_.Open('{') && Members(type, true, nullptr);
}

bool JsonDecoder::Message(const JsonType& type) {
  const WireWriter::Length length = out_.OpenLength();
  if (!Content(type)) return false;
  out_.CloseLength(length);
  return true;
}

bool JsonDecoder::Members(const JsonType& type, bool first, const char* type_key) {
  const JsonField* guess = type.begin();
  std::vector<bool> oneofs_set;  // empty until there is one
  while (true) {
    const JsonReader::Item item = reader_.NextItem('}', first);
    if (item != JsonReader::Item::kNext) return item == JsonReader::Item::kEnd;
    first = false;
    std::string_view key;
    if (!reader_.ReadKey(&key)) return false;
    const JsonField* const field = type.FindByName(key, guess);
    if (field == nullptr) {
      if (type_key != nullptr && key == kTypeKey && reader_.mark().position != type_key) {
        return reader_.Fail("a second \"@type\"");
      }
      if (!reader_.SkipValue()) return false;
      continue;
    }
    guess = field + 1;
    if (field->oneof >= 0 && oneofs_set.empty()) oneofs_set.resize(type.oneofs);
    if (!Member(*field, &oneofs_set)) return FailIn(field->json_name);
  }
}

bool JsonDecoder::Member(const JsonField& field, std::vector<bool>* oneofs_set) {
  if ((field.repeated || !field.takes_null) && reader_.TryWord("null")) return true;
  if (field.oneof >= 0) {
    const auto oneof = static_cast<size_t>(field.oneof);
    if ((*oneofs_set)[oneof]) return reader_.Fail("another member of its oneof is set");
    (*oneofs_set)[oneof] = true;
  }
  if (field.map) return Map(field);
  return field.repeated ? Repeated(field) : Single(field);
}

bool JsonDecoder::Single(const JsonField& field) {
  if (field.enumeration != nullptr) {
    int32_t value = 0;
    bool known = true;
    if (!Enum(*field.enumeration, &value, &known)) return false;
    if (!known) return true;
    out_.Append(field.tag);
    out_.PutVarint(static_cast<uint64_t>(int64_t{value}));
    return true;
  }
  out_.Append(field.tag);
  if (field.message == nullptr) return Scalar(field);
  if (!IsGroup(field)) return Message(*field.message);
  if (!Content(*field.message)) return false;
  out_.PutVarint(uint64_t{field.number} << 3 | 4);  // the end of the group
  return true;
}

// protobuf also takes a single value for a list of one.
bool JsonDecoder::Repeated(const JsonField& field) {
  if (!field.packed) return reader_.Peek() == '[' ? Elements(field) : Single(field);
  const WireWriter::Mark before = out_.mark();
  out_.Append(field.tag);
  const WireWriter::Length length = out_.OpenLength();
  const WireWriter::Mark start = out_.mark();
  if (!(reader_.Peek() == '[' ? Elements(field) : Element(field))) return false;
  if (out_.IsAt(start)) {
    out_.Rewind(before);
  } else {
    out_.CloseLength(length);
  }
  return true;
}

// Lists within the list are as good as their elements, as protobuf has it.
bool JsonDecoder::Elements(const JsonField& field) {
  if (!reader_.Open('[')) return false;
  const bool flat = HasListElements(field);
  size_t lists = 1;
  size_t index = 0;
  bool first = true;
  while (lists > 0) {
    const JsonReader::Item item = reader_.NextItem(']', first);
    if (item == JsonReader::Item::kError) return false;
    first = false;
    if (item == JsonReader::Item::kEnd) {
      --lists;
    } else if (!flat && reader_.Peek() == '[') {
      if (!reader_.Open('[')) return false;
      ++lists;
      first = true;
    } else {
      if (!Element(field)) return FailIn("[" + std::to_string(index) + "]");
      ++index;
    }
  }
  return true;
}

bool JsonDecoder::Element(const JsonField& field) {
  if (!field.packed) return Single(field);
  if (field.enumeration == nullptr) return Scalar(field);
  int32_t value = 0;
  bool known = true;
  if (!Enum(*field.enumeration, &value, &known)) return false;
  if (known) out_.PutVarint(static_cast<uint64_t>(int64_t{value}));
  return true;
}

bool JsonDecoder::Map(const JsonField& field) {
  if (!reader_.Open('{')) return false;
  const size_t outer_keys = keys_.size();
  bool first = true;
  while (true) {
    const JsonReader::Item item = reader_.NextItem('}', first);
    if (item == JsonReader::Item::kError) return false;
    if (item == JsonReader::Item::kEnd) break;
    first = false;
    std::string_view key;
    if (!reader_.ReadKey(&key)) return false;
    key = KeepKey(key);
    if (!MapEntry(field, key)) return FailIn("[" + wire::Quoted(key) + "]");
  }
  if (!KeysDiffer(outer_keys)) return reader_.Fail("a map with the same key twice");
  keys_.resize(outer_keys);
  if (outer_keys == 0) unescaped_keys_.clear();
  return true;
}

std::string_view JsonDecoder::KeepKey(std::string_view key) {
  if (!reader_.IsInText(key)) key = unescaped_keys_.emplace_back(key);
  keys_.push_back(key);
  return key;
}

// Sorted rather than hashed: no choice of keys makes it slow.
bool JsonDecoder::KeysDiffer(size_t since) {
  if (keys_.size() - since < 2) return true;
  const auto begin = keys_.begin() + static_cast<std::ptrdiff_t>(since);
  const auto not_ascending = [](std::string_view a, std::string_view b) { return !(a < b); };
  if (std::adjacent_find(begin, keys_.end(), not_ascending) == keys_.end()) return true;
  std::sort(begin, keys_.end());
  return std::adjacent_find(begin, keys_.end()) == keys_.end();
}

bool JsonDecoder::MapEntry(const JsonField& field, std::string_view key) {
  const JsonField& value = field.message->fields[1];
  const WireWriter::Mark before = out_.mark();
  if (!EnterMessage()) return false;
  out_.Append(field.tag);
  const WireWriter::Length length = out_.OpenLength();
  if (!MapKey(field.message->fields[0], key)) return false;
  const WireWriter::Mark start = out_.mark();
  if (!value.takes_null && reader_.TryWord("null")) return reader_.Fail("null as the value of a map");
  if (!Single(value)) return false;
  --level_;
  if (out_.IsAt(start)) {
    out_.Rewind(before);  // a value of an enum that is not known
  } else {
    out_.CloseLength(length);
  }
  return true;
}

bool JsonDecoder::MapKey(const JsonField& field, std::string_view text) {
  out_.Append(field.tag);
  switch (field.type) {
    case FieldDescriptor::TYPE_STRING:
      out_.PutBytes(text);
      return true;
    case FieldDescriptor::TYPE_BOOL:
      if (text != "true" && text != "false") return reader_.Fail("a key that is not true or false");
      out_.PutVarint(text == "true" ? 1 : 0);
      return true;
    default:
      return PutInteger(field, text);
  }
}

bool JsonDecoder::Scalar(const JsonField& field) {
  switch (field.type) {
    case FieldDescriptor::TYPE_STRING:
      return String();
    case FieldDescriptor::TYPE_BYTES:
      return Bytes();
    case FieldDescriptor::TYPE_BOOL:
      return Bool();
    case FieldDescriptor::TYPE_DOUBLE: {
      double value = 0;
      uint64_t bits = 0;
      if (!Floating(&value)) return false;
      std::memcpy(&bits, &value, sizeof(bits));
      out_.PutFixed64(bits);
      return true;
    }
    case FieldDescriptor::TYPE_FLOAT: {
      float value = 0;
      uint32_t bits = 0;
      if (!Floating(&value)) return false;
      std::memcpy(&bits, &value, sizeof(bits));
      out_.PutFixed32(bits);
      return true;
    }
    default:
      return Integer(field);
  }
}

// In a string or not.
bool JsonDecoder::Integer(const JsonField& field) {
  const char c = reader_.Peek();
  std::string_view number;
  if (!(c == '"' || c == '\'' ? reader_.ReadString(&number) : reader_.ReadNumber(&number))) return false;
  return PutInteger(field, number);
}

bool JsonDecoder::PutInteger(const JsonField& field, std::string_view number) {
  const char* const end = number.data() + number.size();
  if (number.empty() || ScanJsonNumber(number.data(), end) != end) return reader_.Fail("text that is no number");
  bool negative = false;
  uint64_t magnitude = 0;
  const NumberStatus status = ParseJsonInteger(number, &negative, &magnitude);
  if (status == NumberStatus::kFraction) return reader_.Fail("a fraction where an integer is due");
  const bool is_signed = field.type != FieldDescriptor::TYPE_UINT32 && field.type != FieldDescriptor::TYPE_UINT64 &&
                         field.type != FieldDescriptor::TYPE_FIXED32 && field.type != FieldDescriptor::TYPE_FIXED64;
  const bool is_64_bit = field.type == FieldDescriptor::TYPE_INT64 || field.type == FieldDescriptor::TYPE_UINT64 ||
                         field.type == FieldDescriptor::TYPE_SINT64 || field.type == FieldDescriptor::TYPE_FIXED64 ||
                         field.type == FieldDescriptor::TYPE_SFIXED64;
  uint64_t max = std::numeric_limits<uint64_t>::max() >> (is_64_bit ? 0 : 32);
  if (is_signed) max = (max >> 1) + (negative ? 1 : 0);
  if (!is_signed && negative) max = 0;
  if (status == NumberStatus::kRange || magnitude > max) return reader_.Fail("an integer out of range");
  const uint64_t value = negative ? 0 - magnitude : magnitude;
  switch (field.type) {
    case FieldDescriptor::TYPE_SINT32:
    case FieldDescriptor::TYPE_SINT64:
      out_.PutVarint(ZigZag(static_cast<int64_t>(value)));
      break;
    case FieldDescriptor::TYPE_FIXED32:
    case FieldDescriptor::TYPE_SFIXED32:
      out_.PutFixed32(static_cast<uint32_t>(value));
      break;
    case FieldDescriptor::TYPE_FIXED64:
    case FieldDescriptor::TYPE_SFIXED64:
      out_.PutFixed64(value);
      break;
    default:
      out_.PutVarint(value);
      break;
  }
  return true;
}

template <class T>
bool JsonDecoder::Floating(T* value) {
  const char c = reader_.Peek();
  std::string_view number;
  if (c == '"' || c == '\'') {
    if (!reader_.ReadString(&number)) return false;
    if (number == "NaN") {
      *value = std::numeric_limits<T>::quiet_NaN();
      return true;
    }
    if (number == "Infinity" || number == "-Infinity") {
      *value = number[0] == '-' ? -std::numeric_limits<T>::infinity() : std::numeric_limits<T>::infinity();
      return true;
    }
    const char* const end = number.data() + number.size();
    if (number.empty() || ScanJsonNumber(number.data(), end) != end) return reader_.Fail("text that is no number");
  } else if (!reader_.ReadNumber(&number)) {
    return false;
  }
  return ParseJsonNumber(number, value) || reader_.Fail("a number out of range");
}

bool JsonDecoder::Bool() {
  const bool value = reader_.TryWord("true");
  if (!value && !reader_.TryWord("false")) return reader_.Fail("expected true or false");
  out_.PutVarint(value ? 1 : 0);
  return true;
}

bool JsonDecoder::String() {
  std::string_view text;
  if (!reader_.ReadString(&text)) return false;
  out_.PutBytes(text);
  return true;
}

bool JsonDecoder::Bytes() {
  std::string_view text;
  if (!reader_.ReadString(&text)) return false;
  if (!wire::DecodeBase64(text, &scratch_)) return reader_.Fail("text that is no base64");
  out_.PutBytes(scratch_);
  return true;
}

bool JsonDecoder::Enum(const JsonEnum& type, int32_t* value, bool* known) {
  const char c = reader_.Peek();
  *known = true;
  *value = 0;
  if (type.is_null && reader_.TryWord("null")) return true;
  const bool is_string = c == '"' || c == '\'';
  std::string_view text;
  if (!(is_string ? reader_.ReadString(&text) : reader_.ReadNumber(&text))) return false;
  if (is_string) {
    if (const int32_t* named = type.names.Find(text)) {
      *value = *named;
      return true;
    }
    const char* const end = text.data() + text.size();
    if (text.empty() || ScanJsonNumber(text.data(), end) != end) {
      *known = false;
      return true;
    }
  }
  bool negative = false;
  uint64_t magnitude = 0;
  const NumberStatus status = ParseJsonInteger(text, &negative, &magnitude);
  if (status != NumberStatus::kOk || magnitude > uint64_t{0x7fffffff} + (negative ? 1 : 0)) {
    if (!is_string) return reader_.Fail("a number that is no enum's");
    *known = false;
    return true;
  }
  *value = static_cast<int32_t>(negative ? 0 - magnitude : magnitude);
  if (is_string) *known = type.descriptor->FindValueByNumber(*value) != nullptr;
  return true;
}

}  // namespace connectrpc::codec
