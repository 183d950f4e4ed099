#ifndef CONNECTRPC_VIEWS_EQUALS_H_
#define CONNECTRPC_VIEWS_EQUALS_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "connectrpc/views/fields.h"
#include "connectrpc/views/table.h"
#include "connectrpc/views/unknown_fields.h"

namespace connectrpc::views {
namespace internal {

bool EqualMessages(const MessageTable& table, const char* a, const char* b) noexcept;

// As they are in memory; or, `in_place`, on the wire.
template <class T>
inline bool EqualFloating(const char* a, const char* b, bool in_place) noexcept {
  return in_place ? LoadLittleEndian<T>(a) == LoadLittleEndian<T>(b) : LoadAt<T>(a) == LoadAt<T>(b);
}

inline bool EqualValues(const FieldTable& field, const char* a, const char* b, bool in_place) noexcept {
  switch (field.type) {
    case FieldType::kDouble:
      return EqualFloating<double>(a, b, in_place);
    case FieldType::kFloat:
      return EqualFloating<float>(a, b, in_place);
    case FieldType::kString:
    case FieldType::kBytes:
      return LoadAt<std::string_view>(a) == LoadAt<std::string_view>(b);
    case FieldType::kMessage:
    case FieldType::kGroup:
      return EqualMessages(*field.message, a, b);
    default:
      return std::memcmp(a, b, ElementSize(field)) == 0;
  }
}

inline bool EqualRepeated(const FieldTable& field, const char* a, const char* b) noexcept {
  const Elements of_a = ElementsOf(field, a);
  const Elements of_b = ElementsOf(field, b);
  if (of_a.size != of_b.size) return false;
  const bool in_place = IsFixedWidth(field.type);
  const size_t width = ElementSize(field);
  for (size_t i = 0; i < of_a.size; ++i) {
    if (!EqualValues(field, of_a.data + i * width, of_b.data + i * width, in_place)) return false;
  }
  return true;
}

// Of maps with as many entries each. Large ones are both sorted; in small ones each key is looked for.
inline bool EqualMaps(const FieldTable& field, const char* a, const char* b) noexcept {
  const MapElements of_a = MapElementsOf(field, a);
  const MapElements of_b = MapElementsOf(field, b);
  const size_t size = of_a.entries.size;
  if (size != of_b.entries.size) return false;
  const FieldTable& key = field.message->fields[0];
  const FieldTable& value = field.message->fields[1];
  const auto entry = [width = field.message->size](const MapElements& map, size_t i) {
    return map.entries.data + i * width;
  };
  const bool sorted = of_a.index != nullptr && of_b.index != nullptr;
  for (size_t i = 0; i < size; ++i) {
    const char* const in_a = entry(of_a, sorted ? of_a.index[i] : i);
    const auto same_key = [&](size_t n) {
      return EqualValues(key, in_a + key.offset, entry(of_b, n) + key.offset, false);
    };
    size_t n = sorted ? of_b.index[i] : 0;
    while (!sorted && n < size && !same_key(n)) ++n;
    if (n == size || (sorted && !same_key(n))) return false;
    if (!EqualValues(value, in_a + value.offset, entry(of_b, n) + value.offset, false)) return false;
  }
  return true;
}

// Byte for byte, however it is cut into pieces.
inline bool EqualUnknown(const UnknownFields& a, const UnknownFields& b) noexcept {
  if (a.total_size() != b.total_size()) return false;
  size_t n = 0;
  std::string_view rest;
  for (std::string_view piece : a.pieces()) {
    while (!piece.empty()) {
      if (rest.empty()) rest = b.pieces()[n++];  // there is one, as there are as many bytes, and no piece is empty
      const size_t length = std::min(piece.size(), rest.size());
      if (piece.substr(0, length) != rest.substr(0, length)) return false;
      piece.remove_prefix(length);
      rest.remove_prefix(length);
    }
  }
  return true;
}

inline bool EqualMessages(const MessageTable& table, const char* a, const char* b) noexcept {
  for (uint32_t i = 0; i < table.field_count; ++i) {
    const FieldTable& field = table.fields[i];
    if (field.shape == FieldShape::kMap) {
      if (!EqualMaps(field, a, b)) return false;
    } else if (IsRepeated(field)) {
      if (!EqualRepeated(field, a, b)) return false;
    } else {
      const char* const in_a = SingularValue(table, field, a);
      const char* const in_b = SingularValue(table, field, b);
      if ((in_a == nullptr) != (in_b == nullptr)) return false;
      if (in_a != nullptr && !EqualValues(field, in_a, in_b, false)) return false;
    }
  }
  return EqualUnknown(UnknownFieldsOf(table, a), UnknownFieldsOf(table, b));
}

}  // namespace internal

// Whether the two say the same, as protobuf's MessageDifferencer::Equals has it: what is present in one is present in
// the other and equal; elements of repeated fields in the same order, maps in any. Numbers are compared by ==, so what
// has a NaN in it does not even equal itself, and -0.0 equals 0.0 where both are present.
//
// Stricter than MessageDifferencer in two things. Unknown fields have to be the same bytes in the same order. And
// google.protobuf.Any is compared as it is: what is in it as bytes.
//
// Views of the same type. Takes time in proportion to the smaller one.
template <class View>
bool Equals(const View& a, const View& b) noexcept {
  return internal::EqualMessages(View::kTable, reinterpret_cast<const char*>(&a), reinterpret_cast<const char*>(&b));
}

}  // namespace connectrpc::views

#endif  // CONNECTRPC_VIEWS_EQUALS_H_
