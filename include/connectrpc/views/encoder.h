#ifndef CONNECTRPC_VIEWS_ENCODER_H_
#define CONNECTRPC_VIEWS_ENCODER_H_

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>

#include "connectrpc/views/compiler.h"
#include "connectrpc/views/fields.h"
#include "connectrpc/views/table.h"

namespace connectrpc::views {
namespace internal {

inline size_t VarintSize(uint64_t value) {
#if defined(__GNUC__)
  return (static_cast<size_t>(63 - __builtin_clzll(value | 1)) * 9 + 73) / 64;  // a byte for each seven bits
#else
  size_t size = 1;
  for (; value >= 0x80; value >>= 7) ++size;
  return size;
#endif
}

// Writes from the end to the beginning, into memory of the right size: what is written of a message is its length,
// which goes before it.
class ReverseWriter final {
 public:
  explicit ReverseWriter(char* end) : at_(end) {}

  // The first byte written.
  const char* at() const { return at_; }

  void Bytes(std::string_view bytes) {
    if (bytes.empty()) return;
    at_ -= bytes.size();
    std::memcpy(at_, bytes.data(), bytes.size());
  }
  void Varint(uint64_t value) {
    if (CONNECTRPC_VIEWS_LIKELY(value < 0x80)) {
      *--at_ = static_cast<char>(value);
      return;
    }
    at_ -= VarintSize(value);
    char* to = at_;
    for (; value >= 0x80; value >>= 7) *to++ = static_cast<char>(value | 0x80);
    *to = static_cast<char>(value);
  }
  void Tag(uint32_t number, uint32_t wire_type) { Varint(number << 3 | wire_type); }
  // That of what was written since `end`.
  void Length(const char* end) { Varint(static_cast<uint64_t>(end - at_)); }
  template <class T>
  void LittleEndian(const char* value) {
    const T converted = LoadLittleEndian<T>(value);  // its own inverse
    at_ -= sizeof(converted);
    std::memcpy(at_, &converted, sizeof(converted));
  }

 private:
  char* at_;
};

uint64_t SizeOfMessage(const MessageTable& table, const char* view);
void EncodeMessage(const MessageTable& table, const char* view, ReverseWriter* out);

inline uint32_t WireTypeOf(FieldType type) {
  switch (type) {
    case FieldType::kDouble:
    case FieldType::kFixed64:
    case FieldType::kSFixed64:
      return 1;
    case FieldType::kFloat:
    case FieldType::kFixed32:
    case FieldType::kSFixed32:
      return 5;
    case FieldType::kString:
    case FieldType::kBytes:
    case FieldType::kMessage:
      return 2;
    case FieldType::kGroup:
      return 3;
    default:
      return 0;
  }
}

inline uint64_t VarintOf(FieldType type, const char* at) {
  switch (type) {
    case FieldType::kBool:
      return LoadAt<uint8_t>(at);
    case FieldType::kUInt32:
      return LoadAt<uint32_t>(at);
    case FieldType::kSInt32: {
      const auto value = LoadAt<int32_t>(at);
      return static_cast<uint32_t>(value) << 1 ^ (value < 0 ? ~uint32_t{0} : 0);
    }
    case FieldType::kSInt64: {
      const auto value = LoadAt<int64_t>(at);
      return static_cast<uint64_t>(value) << 1 ^ (value < 0 ? ~uint64_t{0} : 0);
    }
    case FieldType::kInt32:
    case FieldType::kEnum:
      return static_cast<uint64_t>(static_cast<int64_t>(LoadAt<int32_t>(at)));
    default:
      return LoadAt<uint64_t>(at);
  }
}

// Calls `visit` with the type of a field of varints as a constant: for loops over elements, which then have no switch.
template <class Visit>
inline void WithVarintType(FieldType type, Visit visit) {
  switch (type) {
    case FieldType::kBool:
      return visit(std::integral_constant<FieldType, FieldType::kBool>());
    case FieldType::kUInt32:
      return visit(std::integral_constant<FieldType, FieldType::kUInt32>());
    case FieldType::kSInt32:
      return visit(std::integral_constant<FieldType, FieldType::kSInt32>());
    case FieldType::kSInt64:
      return visit(std::integral_constant<FieldType, FieldType::kSInt64>());
    case FieldType::kInt32:
    case FieldType::kEnum:
      return visit(std::integral_constant<FieldType, FieldType::kInt32>());
    default:
      return visit(std::integral_constant<FieldType, FieldType::kInt64>());
  }
}

constexpr size_t WidthOfVarint(FieldType type) {
  return type == FieldType::kBool ? 1 : type == FieldType::kInt64 || type == FieldType::kSInt64 ? 8 : 4;
}

// Sizes are sums of 64 bits: what is written can be much longer than what was parsed, and is refused by its size before
// the first byte is written.

inline uint64_t WithLength(uint64_t size) {
  return VarintSize(size) + size;
}

// Of a value without its tag, but with the tag that ends a group.
inline uint64_t SizeOfValue(const FieldTable& field, const char* at) {
  switch (field.type) {
    case FieldType::kMessage:
      return WithLength(SizeOfMessage(*field.message, at));
    case FieldType::kGroup:
      return SizeOfMessage(*field.message, at) + VarintSize(uint64_t{field.number} << 3);
    case FieldType::kString:
    case FieldType::kBytes:
      return WithLength(LoadAt<std::string_view>(at).size());
    default:
      return IsFixedWidth(field.type) ? ElementSize(field) : VarintSize(VarintOf(field.type, at));
  }
}

inline uint64_t SizeOfElements(const FieldTable& field, const Elements& elements) {
  const size_t width = ElementSize(field);
  if (IsFixedWidth(field.type)) return uint64_t{elements.size} * width;
  uint64_t size = 0;
  if (WireTypeOf(field.type) == 0) {
    WithVarintType(field.type, [&](auto type) {
      for (size_t i = 0; i < elements.size; ++i) {
        size += VarintSize(VarintOf(type(), elements.data + i * WidthOfVarint(type())));
      }
    });
    return size;
  }
  for (size_t i = 0; i < elements.size; ++i) size += SizeOfValue(field, elements.data + i * width);
  return size;
}

inline uint64_t SizeOfMessage(const MessageTable& table, const char* view) {
  uint64_t size = UnknownFieldsOf(table, view).total_size();
  for (uint32_t i = 0; i < table.field_count; ++i) {
    const FieldTable& field = table.fields[i];
    const size_t tag = VarintSize(uint64_t{field.number} << 3);
    if (IsRepeated(field)) {
      const Elements elements = ElementsOf(field, view);
      if (elements.size == 0) continue;
      const uint64_t values = SizeOfElements(field, elements);
      size += field.shape == FieldShape::kPacked ? tag + WithLength(values) : uint64_t{elements.size} * tag + values;
    } else if (const char* const value = SingularValue(table, field, view); value != nullptr) {
      size += tag + SizeOfValue(field, value);
    }
  }
  return size;
}

void EncodeMessage(const MessageTable& table, const char* view, ReverseWriter* out);

// A value without its tag. `in_place`: numbers with a fixed width are as on the wire, not as in memory.
inline void EncodeValue(const FieldTable& field, const char* at, bool in_place, ReverseWriter* out) {
  const char* const end = out->at();
  switch (WireTypeOf(field.type)) {
    case 0:
      return out->Varint(VarintOf(field.type, at));
    case 1:
      return in_place ? out->Bytes(std::string_view(at, 8)) : out->LittleEndian<uint64_t>(at);
    case 5:
      return in_place ? out->Bytes(std::string_view(at, 4)) : out->LittleEndian<uint32_t>(at);
    case 3:
      out->Tag(field.number, 4);
      return EncodeMessage(*field.message, at, out);
    default:
      break;
  }
  if (field.type == FieldType::kMessage) {
    EncodeMessage(*field.message, at, out);
  } else {
    out->Bytes(LoadAt<std::string_view>(at));
  }
  out->Length(end);
}

inline void EncodeRepeated(const FieldTable& field, const char* view, ReverseWriter* out) {
  const Elements elements = ElementsOf(field, view);
  if (elements.size == 0) return;
  const bool packed = field.shape == FieldShape::kPacked;
  const bool in_place = IsFixedWidth(field.type);
  const size_t width = ElementSize(field);
  const char* const end = out->at();
  if (packed && in_place) {
    out->Bytes(std::string_view(elements.data, elements.size * width));
  } else if (packed) {
    WithVarintType(field.type, [&](auto type) {
      for (size_t i = elements.size; i-- > 0;) {
        out->Varint(VarintOf(type(), elements.data + i * WidthOfVarint(type())));
      }
    });
  } else {
    for (size_t i = elements.size; i-- > 0;) {
      EncodeValue(field, elements.data + i * width, in_place, out);
      if (!packed) out->Tag(field.number, WireTypeOf(field.type));
    }
  }
  if (!packed) return;
  out->Length(end);
  out->Tag(field.number, 2);
}

inline void EncodeMessage(const MessageTable& table, const char* view, ReverseWriter* out) {
  const UnknownFields unknown = UnknownFieldsOf(table, view);
  for (size_t i = unknown.pieces().size(); i-- > 0;) out->Bytes(unknown.pieces()[i]);
  for (size_t i = table.field_count; i-- > 0;) {
    const FieldTable& field = table.fields[i];
    if (IsRepeated(field)) {
      EncodeRepeated(field, view, out);
    } else if (const char* const value = SingularValue(table, field, view); value != nullptr) {
      EncodeValue(field, value, false, out);
      out->Tag(field.number, WireTypeOf(field.type));
    }
  }
}

}  // namespace internal

// What Serialize would write, in bytes.
template <class View>
uint64_t SerializedSize(const View& view) {
  return internal::SizeOfMessage(View::kTable, reinterpret_cast<const char*>(&view));
}

// The message anew: its fields in ascending order, unknown ones behind them; entries of maps in the order of the view.
// Empty, with `*ok` false, where that is more than 2^31 - 1 bytes, which is no message in protobuf.
template <class View>
std::string Serialize(const View& view, bool* ok = nullptr) {
  const uint64_t size = SerializedSize(view);
  const bool fits = size <= 0x7FFFFFFF;
  if (ok != nullptr) *ok = fits;
  if (!fits) return {};
  std::string bytes(static_cast<size_t>(size), '\0');
  internal::ReverseWriter out(bytes.data() + bytes.size());
  internal::EncodeMessage(View::kTable, reinterpret_cast<const char*>(&view), &out);
  assert(out.at() == bytes.data());
  return bytes;
}

// Copies the message into one of protobuf's (or of another class with its interface), unknown fields included. False if
// that cannot take it: no memory, more than 2^31 - 1 bytes, or more than 100 messages within each other.
template <class View, class Message = typename View::Message>
bool ToMessage(const View& view, Message* message) {
  bool ok;
  const std::string bytes = Serialize(view, &ok);
  return ok && message->ParsePartialFromString(bytes);
}

}  // namespace connectrpc::views

#endif  // CONNECTRPC_VIEWS_ENCODER_H_
