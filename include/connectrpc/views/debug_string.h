#ifndef CONNECTRPC_VIEWS_DEBUG_STRING_H_
#define CONNECTRPC_VIEWS_DEBUG_STRING_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <numeric>
#include <string>
#include <string_view>
#include <utility>

#include "connectrpc/views/fields.h"
#include "connectrpc/views/table.h"
#include "connectrpc/views/text_writer.h"
#include "connectrpc/views/unknown_fields.h"
#include "connectrpc/views/wire_record.h"

namespace connectrpc::views {

struct DebugStringOptions {
  // Text that is not ASCII as it is, not as octal numbers: protobuf's Utf8DebugString.
  bool utf8 = false;
  // All in one line: protobuf's ShortDebugString.
  bool single_line = false;
  // Of the text, which can be much longer than the message. What comes after is dropped, and "..." put in its place.
  size_t max_bytes = size_t{1} << 20;
};

namespace internal {

// How deep strings of bytes that no type is known of are taken for messages, if they look like some. Protobuf's number.
constexpr int kUnknownDepth = 10;

void PrintRecords(std::string_view bytes, int depth_left, TextWriter* out);

// One that is not a group.
inline void PrintRecord(const UnknownField& field, int depth_left, TextWriter* out) {
  out->BeginLine();
  out->Number(field.number);
  if (field.wire_type == WireType::kLengthDelimited && depth_left > 0 && !field.bytes.empty() &&
      WireRecords(field.bytes, depth_left).complete()) {
    out->Open();
    PrintRecords(field.bytes, depth_left - 1, out);
    return out->Close();
  }
  out->Raw(": ");
  switch (field.wire_type) {
    case WireType::kVarint:
      out->Number(field.value);
      break;
    case WireType::kFixed64:
      out->Hexadecimal(field.value);
      break;
    case WireType::kFixed32:
      out->Hexadecimal(static_cast<uint32_t>(field.value));
      break;
    case WireType::kLengthDelimited:
    case WireType::kGroup:
      out->Quoted(field.bytes, false);
  }
  out->EndLine();
}

// Whole records. What is in groups is read only once, however deep they are.
inline void PrintRecords(std::string_view bytes, int depth_left, TextWriter* out) {
  const char* p = bytes.data();
  const char* const end = p + bytes.size();
  while (p != nullptr && p != end && !out->full()) {
    uint64_t tag;
    const char* const content = ReadRecordVarint(p, end, &tag);
    if (content != nullptr && (tag & 7) == 3) {
      out->BeginLine();
      out->Number(static_cast<uint32_t>(tag) >> 3);
      out->Open();
      --depth_left;
      p = content;
    } else if (content != nullptr && (tag & 7) == 4) {
      out->Close();
      ++depth_left;
      p = content;
    } else {
      UnknownField field;
      p = ReadRecord(p, end, 0, &field);
      if (p != nullptr) PrintRecord(field, depth_left, out);
    }
  }
}

void PrintMessage(const MessageTable& table, const char* view, const DebugStringOptions& options, TextWriter* out);

inline void PrintEnum(const FieldTable& field, int number, TextWriter* out) {
  const std::string_view name = field.enumeration->name_of(number);
  if (name.empty()) return out->Number(number);
  out->Raw(name);
}

// `in_place`: numbers with a fixed width are as on the wire, not as in memory.
template <class T>
T LoadNumber(const char* at, bool in_place) {
  return in_place ? LoadLittleEndian<T>(at) : LoadAt<T>(at);
}

inline void PrintScalar(const FieldTable& field, const char* at, bool in_place, bool utf8, TextWriter* out) {
  switch (field.type) {
    case FieldType::kDouble:
      return out->Floating(LoadNumber<double>(at, in_place));
    case FieldType::kFloat:
      return out->Floating(LoadNumber<float>(at, in_place));
    case FieldType::kInt64:
    case FieldType::kSFixed64:
    case FieldType::kSInt64:
      return out->Number(LoadNumber<int64_t>(at, in_place));
    case FieldType::kUInt64:
    case FieldType::kFixed64:
      return out->Number(LoadNumber<uint64_t>(at, in_place));
    case FieldType::kInt32:
    case FieldType::kSFixed32:
    case FieldType::kSInt32:
      return out->Number(LoadNumber<int32_t>(at, in_place));
    case FieldType::kUInt32:
    case FieldType::kFixed32:
      return out->Number(LoadNumber<uint32_t>(at, in_place));
    case FieldType::kBool:
      return out->Raw(LoadAt<bool>(at) ? "true" : "false");
    case FieldType::kString:
    case FieldType::kBytes:
      return out->Quoted(LoadAt<std::string_view>(at), utf8 && field.type == FieldType::kString);
    case FieldType::kEnum:
      return PrintEnum(field, LoadAt<int>(at), out);
    case FieldType::kMessage:
    case FieldType::kGroup:
      return;
  }
}

inline void PrintValue(const FieldTable& field, const char* at, bool in_place, const DebugStringOptions& options,
                       TextWriter* out) {
  out->BeginLine();
  if (!IsMessage(field.type)) {
    out->Raw(field.name);
    out->Raw(": ");
    PrintScalar(field, at, in_place, options.utf8, out);
    return out->EndLine();
  }
  // A group has the name of its type, which is that of the field but for upper case.
  const std::string_view type = field.message->full_name;
  out->Raw(field.type == FieldType::kGroup ? type.substr(type.rfind('.') + 1) : field.name);
  out->Open();
  PrintMessage(*field.message, at, options, out);
  out->Close();
}

// Whether the key of one entry comes before that of another.
inline bool KeyBefore(const FieldTable& key, const char* a, const char* b) {
  switch (key.type) {
    case FieldType::kBool:
      return LoadAt<bool>(a) < LoadAt<bool>(b);
    case FieldType::kInt64:
    case FieldType::kSFixed64:
    case FieldType::kSInt64:
      return LoadAt<int64_t>(a) < LoadAt<int64_t>(b);
    case FieldType::kUInt64:
    case FieldType::kFixed64:
      return LoadAt<uint64_t>(a) < LoadAt<uint64_t>(b);
    case FieldType::kUInt32:
    case FieldType::kFixed32:
      return LoadAt<uint32_t>(a) < LoadAt<uint32_t>(b);
    case FieldType::kString:
      return LoadAt<std::string_view>(a) < LoadAt<std::string_view>(b);
    default:
      return LoadAt<int32_t>(a) < LoadAt<int32_t>(b);
  }
}

// Sorted by key.
inline void PrintMap(const FieldTable& field, const char* view, const DebugStringOptions& options, TextWriter* out) {
  const MapElements map = MapElementsOf(field, view);
  const size_t width = field.message->size;
  const FieldTable& key = field.message->fields[0];
  uint32_t small[Map<int, int>::kLargestWithoutIndex];
  const uint32_t* order = map.index;
  if (order == nullptr) {
    const uint32_t size = std::min<uint32_t>(map.entries.size, std::size(small));
    std::iota(small, small + size, 0U);
    std::sort(small, small + size, [&](uint32_t a, uint32_t b) {
      return KeyBefore(key, map.entries.data + a * width + key.offset, map.entries.data + b * width + key.offset);
    });
    order = small;
  }
  for (uint32_t i = 0; i < map.entries.size && !out->full(); ++i) {
    PrintValue(field, map.entries.data + order[i] * width, false, options, out);
  }
}

inline void PrintMessage(const MessageTable& table, const char* view, const DebugStringOptions& options,
                         TextWriter* out) {
  for (uint32_t i = 0; i < table.field_count && !out->full(); ++i) {
    const FieldTable& field = table.fields[i];
    if (field.shape == FieldShape::kMap) {
      PrintMap(field, view, options, out);
    } else if (IsRepeated(field)) {
      const Elements elements = ElementsOf(field, view);
      const size_t width = ElementSize(field);
      for (size_t n = 0; n < elements.size && !out->full(); ++n) {
        PrintValue(field, elements.data + n * width, IsFixedWidth(field.type), options, out);
      }
    } else if (const char* const value = SingularValue(table, field, view); value != nullptr) {
      PrintValue(field, value, false, options, out);
    }
  }
  const UnknownFields unknown = UnknownFieldsOf(table, view);
  for (const std::string_view piece : unknown.pieces()) PrintRecords(piece, kUnknownDepth, out);
}

}  // namespace internal

// The message in protobuf's text format, as DebugString of protobuf's own message has it, for people: its fields in
// ascending order, maps sorted by key, unknown fields by their numbers. One thing is different: google.protobuf.Any is
// printed as it is, since no type can be looked up.
template <class View>
std::string DebugString(const View& view, const DebugStringOptions& options = {}) {
  internal::TextWriter out(options.single_line, options.max_bytes);
  internal::PrintMessage(View::kTable, reinterpret_cast<const char*>(&view), options, &out);
  const bool full = out.full();
  std::string text = std::move(out).Take();
  if (full) text += "...";
  return text;
}

}  // namespace connectrpc::views

#endif  // CONNECTRPC_VIEWS_DEBUG_STRING_H_
