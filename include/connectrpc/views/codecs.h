#ifndef CONNECTRPC_VIEWS_CODECS_H_
#define CONNECTRPC_VIEWS_CODECS_H_

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "connectrpc/views/wire_reader.h"

// How a value of one kind is read: singly, as an element, as key or value of a map. Named by generated code.
namespace connectrpc::views::internal {

template <class T, class Conversion>
struct VarintCodec {
  using Type = T;
  static constexpr uint32_t kWireType = 0;
  static T From(uint64_t raw) { return Conversion::From(raw); }
  static const char* Read(const char* p, const char* end, T* value, WireReader* reader) {
    uint64_t raw;
    p = reader->ReadVarint(p, end, &raw);
    if (p != nullptr) *value = Conversion::From(raw);
    return p;
  }
  static bool IsKnown(const T&) { return true; }
};

template <class T>
struct Truncate {
  static T From(uint64_t raw) { return static_cast<T>(raw); }
};
struct NotZero {
  static bool From(uint64_t raw) { return raw != 0; }
};
struct ZigZag32 {
  static int32_t From(uint64_t raw) {
    const auto bits = static_cast<uint32_t>(raw);
    return static_cast<int32_t>((bits >> 1) ^ (0U - (bits & 1)));
  }
};
struct ZigZag64 {
  static int64_t From(uint64_t raw) { return static_cast<int64_t>((raw >> 1) ^ (uint64_t{0} - (raw & 1))); }
};
template <class Enum>
struct ToEnum {
  static Enum From(uint64_t raw) { return static_cast<Enum>(static_cast<int>(raw)); }
};

using Int32 = VarintCodec<int32_t, Truncate<int32_t>>;
using Int64 = VarintCodec<int64_t, Truncate<int64_t>>;
using UInt32 = VarintCodec<uint32_t, Truncate<uint32_t>>;
using UInt64 = VarintCodec<uint64_t, Truncate<uint64_t>>;
using SInt32 = VarintCodec<int32_t, ZigZag32>;
using SInt64 = VarintCodec<int64_t, ZigZag64>;
using Bool = VarintCodec<bool, NotZero>;
template <class Enum>
using OpenEnum = VarintCodec<Enum, ToEnum<Enum>>;

// For values of maps; elsewhere Decoder's functions put unknown values where they belong.
template <class Enum, bool (*kIsValid)(int)>
struct ClosedEnum : OpenEnum<Enum> {
  static bool IsKnown(const Enum& value) { return kIsValid(static_cast<int>(value)); }
};

template <class T>
struct FixedCodec {
  using Type = T;
  static constexpr uint32_t kWireType = sizeof(T) == 8 ? 1 : 5;
  static const char* Read(const char* p, const char* end, T* value, WireReader* reader) {
    return reader->ReadFixed(p, end, value);
  }
  static bool IsKnown(const T&) { return true; }
};

using Fixed32 = FixedCodec<uint32_t>;
using Fixed64 = FixedCodec<uint64_t>;
using SFixed32 = FixedCodec<int32_t>;
using SFixed64 = FixedCodec<int64_t>;
using Float = FixedCodec<float>;
using Double = FixedCodec<double>;

template <bool kValidateUtf8>
struct LengthCodec {
  using Type = std::string_view;
  static constexpr uint32_t kWireType = 2;
  static const char* Read(const char* p, const char* end, std::string_view* value, WireReader* reader) {
    return reader->ReadString<kValidateUtf8>(p, end, value);
  }
  static bool IsKnown(const std::string_view&) { return true; }
};

using String = LengthCodec<true>;
using UncheckedString = LengthCodec<false>;
using Bytes = LengthCodec<false>;

}  // namespace connectrpc::views::internal

#endif  // CONNECTRPC_VIEWS_CODECS_H_
