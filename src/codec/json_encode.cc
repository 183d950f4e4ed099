#include "codec/json_encode.h"

#include <google/protobuf/descriptor.h>

#include <algorithm>
#include <cstring>
#include <numeric>
#include <utility>

#include "codec/json_encoder.h"
#include "codec/json_text.h"
#include "codec/message_depth.h"
#include "codec/protobuf_version.h"

namespace connectrpc::codec {
namespace {

using google::protobuf::FieldDescriptor;

int64_t UnZigZag(uint64_t value) {
  return static_cast<int64_t>((value >> 1) ^ (0 - (value & 1)));
}

void AppendQuoted(uint64_t value, bool is_signed, std::string* out) {
  out->push_back('"');
  if (is_signed) {
    AppendJsonInteger(static_cast<int64_t>(value), out);
  } else {
    AppendJsonInteger(value, out);
  }
  out->push_back('"');
}

// The key and the value of an entry of a map, in wire format.
struct Entry {
  std::string_view text;  // of a key that is a string
  uint64_t number = 0;    // of any other
  size_t index = 0;

  bool operator<(const Entry& other) const {
    if (number != other.number) return number < other.number;
    const int order = text.compare(other.text);
    return order != 0 ? order < 0 : index < other.index;
  }
  bool SameKey(const Entry& other) const { return number == other.number && text == other.text; }
};

bool ReadKey(const JsonField& key, std::string_view entry, Entry* result) {
  WireReader reader(&entry, 1);
  WireField wire;
  while (reader.Next(&wire)) {
    if (wire.number != key.number || !Fits(key, wire.type)) continue;
    if (wire.type == kBytesWire) {
      result->text = wire.bytes;
    } else {
      result->number = wire.number_value();
    }
  }
  return !reader.failed();
}

// Whether the value, of a closed enum, is one that this does not have. What is malformed is found out later.
bool IsUnknownEntry(const JsonField& value, std::string_view entry) {
  WireReader reader(&entry, 1);
  WireField wire;
  uint64_t number = 0;
  while (reader.Next(&wire)) {
    if (wire.number == value.number && Fits(value, wire.type)) number = wire.number_value();
  }
  return !reader.failed() && !HasNumber(value, number);
}

// Which of the entries count: of those with the same key, the last.
bool CurrentEntries(const JsonField& key, const std::vector<std::string_view>& entries, std::vector<bool>* current) {
  std::vector<Entry> sorted(entries.size());
  for (size_t i = 0; i < entries.size(); ++i) {
    sorted[i].index = i;
    if (!ReadKey(key, entries[i], &sorted[i])) return false;
  }
  current->assign(entries.size(), true);
  std::sort(sorted.begin(), sorted.end());
  for (size_t i = 1; i < sorted.size(); ++i) {
    if (sorted[i].SameKey(sorted[i - 1])) (*current)[sorted[i - 1].index] = false;
  }
  return true;
}

}  // namespace

bool EncodeJson(const JsonTypes& types, const JsonType& type, std::string_view binary, const JsonOptions& options,
                std::string* json, std::string* error) {
  const size_t start = json->size();
  JsonEncoder encoder(types, type, options, false, json);
  if (encoder.Run(binary)) return true;
  // Also where something is wrong with a value: a later one may overwrite it.
  json->resize(start);
  JsonEncoder sorting(types, type, options, true, json);
  if (sorting.Run(binary)) return true;
  *error = sorting.error();
  return false;
}

bool JsonEncoder::Malformed() {
  return Fail("malformed message of type " + std::string(root_.descriptor->full_name()));
}

bool JsonEncoder::Fail(std::string error) {
  error_ = std::move(error);
  return false;
}

bool JsonEncoder::EnterMessage() {
  if (level_ == kMaxMessageDepth) return Fail("messages nested deeper than " + std::to_string(level_));
  ++level_;
  return true;
}

bool JsonEncoder::Content(const JsonType& type, Pieces pieces) {
  if (!EnterMessage() || !ContentByKind(type, pieces)) return false;
  --level_;
  return true;
}

bool JsonEncoder::ContentByKind(const JsonType& type, Pieces pieces) {
  switch (type.known) {
    case KnownType::kAny:
      return Any(type, pieces);
    case KnownType::kTimestamp:
    case KnownType::kDuration:
      return Time(type, pieces);
    case KnownType::kFieldMask:
      return FieldMask(type, pieces);
    case KnownType::kStruct:
      return Struct(type, pieces);
    case KnownType::kValue:
      return Value(type, pieces);
    case KnownType::kListValue:
      return ListValue(type, pieces);
    case KnownType::kWrapper:
      return Wrapper(type, pieces);
    case KnownType::kNone:
      break;
  }
  out_.push_back('{');
  if (!Members(type, pieces, true)) return false;
  out_.push_back('}');
  return true;
}

bool JsonEncoder::Members(const JsonType& type, Pieces pieces, bool first) {
  return sorting_ ? MembersSorted(type, pieces, first) : MembersAsTheyCome(type, pieces, first);
}

bool JsonEncoder::MembersAsTheyCome(const JsonType& type, Pieces pieces, bool first) {
  WireReader reader(pieces.data, pieces.count);
  WireField wire;
  const JsonField* next = type.begin();  // the first that may still come
  std::vector<bool> oneofs_set;          // empty until there is one
  bool more = reader.Next(&wire);
  while (more) {
    const JsonField* const field = type.FindByNumber(wire.number, next);
    if (field == nullptr || !IsOf(*field, wire)) {
      more = reader.Next(&wire);
      continue;
    }
    bool needs_sorting = field < next;
    if (field->oneof >= 0) {
      if (oneofs_set.empty()) oneofs_set.resize(type.oneofs);
      const auto oneof = static_cast<size_t>(field->oneof);
      needs_sorting |= oneofs_set[oneof];
      oneofs_set[oneof] = true;
    }
    if (needs_sorting) return false;
    if (options_.print_default_values) Defaults(next, field, &first);
    Name(*field, &first);
    next = field + 1;
    if (field->repeated) {
      if (!RepeatedAsItComes(*field, &reader, &wire, &more)) return false;
    } else {
      if (!Single(*field, wire)) return false;
      more = reader.Next(&wire);
    }
  }
  if (reader.failed()) return Malformed();
  if (options_.print_default_values) Defaults(next, type.end(), &first);
  return true;
}

// `*wire` is the first occurrence, and then what comes after the last of the row.
bool JsonEncoder::RepeatedAsItComes(const JsonField& field, WireReader* reader, WireField* wire, bool* more) {
  const auto is_next = [&] {
    *more = reader->Next(wire);
    return *more && wire->number == field.number && IsOf(field, *wire);
  };
  if (field.map) {
    std::vector<std::string_view> entries;
    do entries.push_back(wire->bytes);
    while (is_next());
    return MapOf(field, std::move(entries));
  }
  out_.push_back('[');
  bool first = true;
  do {
    if (!Elements(field, *wire, &first)) return false;
  } while (is_next());
  out_.push_back(']');
  return true;
}

bool JsonEncoder::MembersSorted(const JsonType& type, Pieces pieces, bool first) {
  std::vector<Span> spans;
  if (!CollectSpans(type, pieces, &spans)) return false;
  const JsonField* next = type.begin();
  for (size_t i = 0, group_end = 0; i < spans.size(); i = group_end) {
    const JsonField& field = type.fields[spans[i].field];
    while (group_end < spans.size() && spans[group_end].field == spans[i].field) ++group_end;
    if (options_.print_default_values) Defaults(next, &field, &first);
    next = &field + 1;
    Name(field, &first);
    if (!FieldOfSpans(field, &spans[i], spans.data() + group_end)) return false;
  }
  if (options_.print_default_values) Defaults(next, type.end(), &first);
  return true;
}

// Those that count, by field, and for each field in the order in which they came. All pieces lie in one message, in
// their order.
bool JsonEncoder::CollectSpans(const JsonType& type, Pieces pieces, std::vector<Span>* spans) {
  WireReader reader(pieces.data, pieces.count);
  WireField wire;
  const JsonField* guess = type.begin();
  std::vector<OneofState> oneofs(type.oneofs);
  bool sorted = true;
  while (reader.Next(&wire)) {
    const JsonField* const field = type.FindByNumber(wire.number, guess);
    if (field == nullptr || !IsOf(*field, wire)) continue;
    guess = field;
    if (field->oneof >= 0) {
      OneofState& oneof = oneofs[static_cast<size_t>(field->oneof)];
      if (oneof.member != field) oneof = {field, wire.bytes.data()};
    }
    const auto index = static_cast<uint32_t>(field - type.begin());
    sorted &= spans->empty() || spans->back().field <= index;
    Span span = {wire.bytes.data(), static_cast<uint32_t>(wire.bytes.size()), 0, static_cast<uint32_t>(wire.type) & 7};
    span.field = index & 0x1fffffff;
    spans->push_back(span);
  }
  if (reader.failed()) return Malformed();
  const auto is_overwritten = [&](const Span& span) {
    const JsonField& field = type.fields[span.field];
    if (field.oneof < 0) return false;
    const OneofState& oneof = oneofs[static_cast<size_t>(field.oneof)];
    return oneof.member != &field || span.data < oneof.since;
  };
  if (type.oneofs > 0) spans->erase(std::remove_if(spans->begin(), spans->end(), is_overwritten), spans->end());
  if (!sorted) {
    std::sort(spans->begin(), spans->end(),
              [](const Span& a, const Span& b) { return a.field != b.field ? a.field < b.field : a.data < b.data; });
  }
  return true;
}

bool JsonEncoder::FieldOfSpans(const JsonField& field, const Span* begin, const Span* end) {
  const auto wire_of = [&field](const Span& span) {
    return WireField{field.number, static_cast<WireType>(span.type), std::string_view(span.data, span.size)};
  };
  if (!field.repeated && field.message == nullptr) return Single(field, wire_of(end[-1]));
  if (field.repeated && !field.map) {
    out_.push_back('[');
    bool first = true;
    for (const Span* span = begin; span != end; ++span) {
      if (!Elements(field, wire_of(*span), &first)) return false;
    }
    out_.push_back(']');
    return true;
  }
  std::vector<std::string_view> pieces;
  for (const Span* span = begin; span != end; ++span) pieces.emplace_back(span->data, span->size);
  return field.map ? MapOf(field, std::move(pieces)) : Content(*field.message, {pieces.data(), pieces.size()});
}

bool JsonEncoder::Single(const JsonField& field, const WireField& wire) {
  if (field.message != nullptr) return Content(*field.message, {&wire.bytes, 1});
  if (wire.type != kBytesWire) return Number(field, wire.number_value());
  if (field.type == FieldDescriptor::TYPE_STRING) return String(wire.bytes);
  AppendJsonBytes(wire.bytes, &out_);
  return true;
}

bool JsonEncoder::Elements(const JsonField& field, const WireField& wire, bool* first) {
  if (field.packable && wire.type == kBytesWire) return PackedElements(field, wire.bytes, first);
  if (!*first) out_.push_back(',');
  *first = false;
  return Single(field, wire);
}

bool JsonEncoder::PackedElements(const JsonField& field, std::string_view run, bool* first) {
  const char* p = run.data();
  const char* const end = p + run.size();
  const size_t width = field.wire_type == kFixed32Wire ? 4 : 8;
  while (p != end) {
    uint64_t bits = 0;
    if (field.wire_type == kVarintWire) {
      if (!ReadVarint(&p, end, &bits)) return Malformed();
    } else {
      if (static_cast<size_t>(end - p) < width) return Malformed();
      bits = WireField{0, kFixed64Wire, std::string_view(p, width)}.number_value();
      p += width;
    }
    if (field.closed_enum && !HasNumber(field, bits)) continue;
    if (!*first) out_.push_back(',');
    *first = false;
    if (!Number(field, bits)) return false;
  }
  return true;
}

bool JsonEncoder::MapOf(const JsonField& field, std::vector<std::string_view> entries) {
  const JsonField& key = field.message->fields[0];
  const JsonField& value = field.message->fields[1];
  if (value.closed_enum) {
    const auto is_unknown = [&value](std::string_view entry) { return IsUnknownEntry(value, entry); };
    entries.erase(std::remove_if(entries.begin(), entries.end(), is_unknown), entries.end());
  }
  std::vector<bool> current;  // empty if all count
  if (entries.size() > 1 && !CurrentEntries(key, entries, &current)) return Malformed();
  if (!EnterMessage()) return false;
  out_.push_back('{');
  bool first = true;
  std::vector<std::string_view> pieces;  // of the value
  for (size_t i = 0; i < entries.size(); ++i) {
    if (!current.empty() && !current[i]) continue;
    if (!first) out_.push_back(',');
    first = false;
    WireReader reader(&entries[i], 1);
    WireField wire;
    WireField key_wire{key.number, static_cast<WireType>(key.wire_type), {}};
    WireField last;
    pieces.clear();
    while (reader.Next(&wire)) {
      if (wire.number == key.number && Fits(key, wire.type)) key_wire = wire;
      if (wire.number != value.number || !Fits(value, wire.type)) continue;
      last = wire;
      pieces.push_back(wire.bytes);
    }
    if (reader.failed()) return Malformed();
    const size_t start = out_.size();
    if (key_wire.bytes.empty() && key.wire_type != kBytesWire) {
      out_.append(key.zero);
    } else if (!Single(key, key_wire)) {
      return false;
    }
    if (out_[start] != '"') {
      out_.insert(start, 1, '"');
      out_.push_back('"');
    }
    out_.push_back(':');
    if (!MapValue(value, pieces, pieces.empty() ? nullptr : &last)) return false;
  }
  out_.push_back('}');
  --level_;
  return true;
}

bool JsonEncoder::MapValue(const JsonField& field, const std::vector<std::string_view>& pieces, const WireField* last) {
  if (field.message != nullptr) return Content(*field.message, {pieces.data(), pieces.size()});
  if (last != nullptr) return Single(field, *last);
  out_.append(field.zero);
  return true;
}

bool JsonEncoder::Number(const JsonField& field, uint64_t bits) {
  switch (field.type) {
    case FieldDescriptor::TYPE_INT32:
    case FieldDescriptor::TYPE_SFIXED32:
      AppendJsonInteger(int64_t{static_cast<int32_t>(bits)}, &out_);
      break;
    case FieldDescriptor::TYPE_SINT32:
      AppendJsonInteger(UnZigZag(static_cast<uint32_t>(bits)), &out_);
      break;
    case FieldDescriptor::TYPE_UINT32:
    case FieldDescriptor::TYPE_FIXED32:
      AppendJsonInteger(uint64_t{static_cast<uint32_t>(bits)}, &out_);
      break;
    case FieldDescriptor::TYPE_SINT64:
      AppendQuoted(static_cast<uint64_t>(UnZigZag(bits)), true, &out_);
      break;
    case FieldDescriptor::TYPE_INT64:
    case FieldDescriptor::TYPE_SFIXED64:
      AppendQuoted(bits, true, &out_);
      break;
    case FieldDescriptor::TYPE_UINT64:
    case FieldDescriptor::TYPE_FIXED64:
      AppendQuoted(bits, false, &out_);
      break;
    case FieldDescriptor::TYPE_BOOL:
      out_.append(bits != 0 ? "true" : "false");
      break;
    case FieldDescriptor::TYPE_ENUM:
      AppendJsonEnum(*field.enumeration, static_cast<int32_t>(bits), options_.enums_as_numbers, &out_);
      break;
    case FieldDescriptor::TYPE_DOUBLE: {
      double value = 0;
      std::memcpy(&value, &bits, sizeof(value));
      AppendJsonNumber(value, &out_);
      break;
    }
    default: {
      const auto narrow = static_cast<uint32_t>(bits);
      float value = 0;
      std::memcpy(&value, &narrow, sizeof(value));
      AppendJsonNumber(value, &out_);
      break;
    }
  }
  return true;
}

bool JsonEncoder::String(std::string_view text) {
  if (IsPlainJsonText(text)) {
    out_.push_back('"');
    out_.append(text);
    out_.push_back('"');
    return true;
  }
  if (!IsUtf8(text)) return Malformed();
  AppendJsonString(text, &out_);
  return true;
}

void JsonEncoder::Defaults(const JsonField* begin, const JsonField* end, bool* first) {
  for (const JsonField* field = begin; field != end; ++field) {
    if (!field->prints_default) continue;
    Name(*field, first);
    out_.append(field->zero);
  }
}

}  // namespace connectrpc::codec
