#ifndef CONNECTRPC_VIEWS_FIELDS_H_
#define CONNECTRPC_VIEWS_FIELDS_H_

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <type_traits>

#include "connectrpc/views/decoder.h"
#include "connectrpc/views/map.h"
#include "connectrpc/views/repeated.h"
#include "connectrpc/views/table.h"
#include "connectrpc/views/unknown_fields.h"

// Views as their tables describe them: for what is done to messages of all types alike. A view is passed as its table
// and its address. Of interest to this library alone.
namespace connectrpc::views::internal {

template <class T>
inline T LoadAt(const char* at) {
  T value;
  std::memcpy(&value, at, sizeof(value));
  return value;
}

// The elements of a repeated field or the entries of a map, whatever their type.
struct Elements {
  const char* data;
  uint32_t size;
  uint32_t capacity;
};
static_assert(sizeof(Elements) == sizeof(Repeated<int>) && sizeof(Elements) == sizeof(FixedRepeated<float>));

// A map of any type: its entries, and if it is large an index of them, sorted by key.
struct MapElements {
  Elements entries;
  const uint32_t* index;
};
static_assert(std::is_standard_layout_v<Map<int, int>> && sizeof(MapElements) <= sizeof(Map<int, int>));

inline bool IsFixedWidth(FieldType type) {
  switch (type) {
    case FieldType::kDouble:
    case FieldType::kFloat:
    case FieldType::kFixed64:
    case FieldType::kFixed32:
    case FieldType::kSFixed32:
    case FieldType::kSFixed64:
      return true;
    default:
      return false;
  }
}

inline bool IsMessage(FieldType type) {
  return type == FieldType::kMessage || type == FieldType::kGroup;
}

// Of an element in memory, in bytes.
inline size_t ElementSize(const FieldTable& field) {
  switch (field.type) {
    case FieldType::kBool:
      return sizeof(bool);
    case FieldType::kFloat:
    case FieldType::kInt32:
    case FieldType::kFixed32:
    case FieldType::kUInt32:
    case FieldType::kEnum:
    case FieldType::kSFixed32:
    case FieldType::kSInt32:
      return 4;
    case FieldType::kDouble:
    case FieldType::kInt64:
    case FieldType::kUInt64:
    case FieldType::kFixed64:
    case FieldType::kSFixed64:
    case FieldType::kSInt64:
      return 8;
    case FieldType::kString:
    case FieldType::kBytes:
      return sizeof(std::string_view);
    case FieldType::kMessage:
    case FieldType::kGroup:
      return field.message->size;
  }
  return 0;
}

// Whether a value is zero or empty. A negative zero is not.
inline bool IsZero(const FieldTable& field, const char* at) {
  if (field.type == FieldType::kString || field.type == FieldType::kBytes) return LoadAt<std::string_view>(at).empty();
  switch (ElementSize(field)) {
    case 1:
      return LoadAt<uint8_t>(at) == 0;
    case 4:
      return LoadAt<uint32_t>(at) == 0;
    default:
      return LoadAt<uint64_t>(at) == 0;
  }
}

inline bool HasBit(const MessageTable& table, const char* view, uint32_t bit) {
  return (LoadAt<uint32_t>(view + table.has_offset + bit / 32 * sizeof(uint32_t)) >> bit % 32 & 1U) != 0;
}

// The one value of a field that is neither repeated nor a map: for messages where the view is, else where the value is.
// Null if it is absent.
inline const char* SingularValue(const MessageTable& table, const FieldTable& field, const char* view) {
  const char* const at = view + field.offset;
  switch (field.shape) {
    case FieldShape::kImplicit:
      return IsZero(field, at) ? nullptr : at;
    case FieldShape::kExplicit:
    case FieldShape::kRequired:
      return HasBit(table, view, field.presence) ? at : nullptr;
    case FieldShape::kMessage:
      return LoadAt<const char*>(at);
    case FieldShape::kOneof:
      if (LoadAt<uint32_t>(view + field.presence) != field.number) return nullptr;
      return IsMessage(field.type) ? LoadAt<const char*>(at) : at;
    case FieldShape::kEntry:
      return at;
    case FieldShape::kRepeated:
    case FieldShape::kPacked:
    case FieldShape::kMap:
      break;
  }
  return nullptr;
}

inline bool IsRepeated(const FieldTable& field) {
  return field.shape == FieldShape::kRepeated || field.shape == FieldShape::kPacked || field.shape == FieldShape::kMap;
}

// Those of a repeated field or a map.
inline Elements ElementsOf(const FieldTable& field, const char* view) {
  return LoadAt<Elements>(view + field.offset);
}

inline MapElements MapElementsOf(const FieldTable& field, const char* view) {
  return LoadAt<MapElements>(view + field.offset);
}

inline UnknownFields UnknownFieldsOf(const MessageTable& table, const char* view) {
  if (table.unknown_offset == kNoUnknownFields) return {};
  return UnknownFields(LoadAt<const UnknownPieces*>(view + table.unknown_offset));
}

// Stops at, and returns, the first field that is required and missing, in `view` or messages within.
struct MissingField {
  const MessageTable* table = nullptr;
  const FieldTable* field = nullptr;
};

inline MissingField FindMissing(const MessageTable& table, const char* view) {
  if (!table.has_required) return {};
  for (uint32_t i = 0; i < table.field_count; ++i) {
    const FieldTable& field = table.fields[i];
    if (field.shape == FieldShape::kRequired && SingularValue(table, field, view) == nullptr) return {&table, &field};
    if (field.message == nullptr || !field.message->has_required) continue;
    if (IsRepeated(field)) {
      const Elements elements = ElementsOf(field, view);
      for (uint32_t n = 0; n < elements.size; ++n) {
        const MissingField missing = FindMissing(*field.message, elements.data + size_t{n} * field.message->size);
        if (missing.field != nullptr) return missing;
      }
    } else if (const char* const value = SingularValue(table, field, view); value != nullptr) {
      const MissingField missing = FindMissing(*field.message, value);
      if (missing.field != nullptr) return missing;
    }
  }
  return {};
}

}  // namespace connectrpc::views::internal

#endif  // CONNECTRPC_VIEWS_FIELDS_H_
