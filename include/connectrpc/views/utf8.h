#ifndef CONNECTRPC_VIEWS_UTF8_H_
#define CONNECTRPC_VIEWS_UTF8_H_

#include <cstddef>
#include <cstdint>
#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace connectrpc::views {
namespace internal {

template <class Word>
inline Word LoadWord(const char* data) {
  Word word;
  std::memcpy(&word, data, sizeof(word));
  return word;
}

// Whether [p, end) is UTF-8 as Unicode's table 3-7 has it: no overlong forms, no surrogates, nothing above U+10FFFF.
#if defined(__GNUC__)
[[gnu::noinline]]
#endif
inline bool
IsUtf8Beyond(const char* p, const char* end) {
  constexpr uint64_t kHighBits = 0x8080808080808080U;
  const auto continues = [](const char* at) { return (static_cast<uint8_t>(*at) & 0xC0) == 0x80; };
  while (p != end) {
    while (end - p >= 8 && (LoadWord<uint64_t>(p) & kHighBits) == 0) p += 8;
    if (p == end) return true;
    const uint8_t lead = static_cast<uint8_t>(*p);
    const size_t left = static_cast<size_t>(end - p);
    if (lead < 0x80) {
      p += 1;
    } else if (lead < 0xE0) {
      if (lead < 0xC2 || left < 2 || !continues(p + 1)) return false;
      p += 2;
    } else if (lead < 0xF0) {
      if (left < 3 || !continues(p + 1) || !continues(p + 2)) return false;
      const uint8_t second = static_cast<uint8_t>(p[1]);
      if ((lead == 0xE0 && second < 0xA0) || (lead == 0xED && second > 0x9F)) return false;
      p += 3;
    } else {
      if (lead > 0xF4 || left < 4 || !continues(p + 1) || !continues(p + 2) || !continues(p + 3)) return false;
      const uint8_t second = static_cast<uint8_t>(p[1]);
      if ((lead == 0xF0 && second < 0x90) || (lead == 0xF4 && second > 0x8F)) return false;
      p += 4;
    }
  }
  return true;
}

}  // namespace internal

namespace internal {

// Sixteen bytes, of which it is asked whether one is above 0x7F.
#if defined(__SSE2__)
class Bytes16 final {
 public:
  explicit Bytes16(const char* data) : bytes_(_mm_loadu_si128(reinterpret_cast<const __m128i*>(data))) {}
  Bytes16 operator|(const Bytes16& other) const { return Bytes16(_mm_or_si128(bytes_, other.bytes_)); }
  bool AreAscii() const { return _mm_movemask_epi8(bytes_) == 0; }
  // The first `size` of them, which are 16 at most.
  bool AreAscii(size_t size) const {
    return (static_cast<uint32_t>(_mm_movemask_epi8(bytes_)) & ((1U << size) - 1)) == 0;
  }

 private:
  explicit Bytes16(__m128i bytes) : bytes_(bytes) {}
  __m128i bytes_;
};
#else
class Bytes16 final {
 public:
  explicit Bytes16(const char* data) : Bytes16(LoadWord<uint64_t>(data), LoadWord<uint64_t>(data + 8)) {}
  Bytes16 operator|(const Bytes16& other) const { return Bytes16(low_ | other.low_, high_ | other.high_); }
  bool AreAscii() const { return ((low_ | high_) & kHighBits) == 0; }

 private:
  Bytes16(uint64_t low, uint64_t high) : low_(low), high_(high) {}
  static constexpr uint64_t kHighBits = 0x8080808080808080U;
  uint64_t low_, high_;
};
#endif

// Of more than 16 bytes. Loads overlap, so that there is no rest.
inline bool IsLongAscii(const char* data, size_t size) {
  const char* const last = data + size - 16;
  Bytes16 seen = Bytes16(data) | Bytes16(last);
  if (size > 32) {
    const char* p = data + 16;
    for (; last - p > 32; p += 48) seen = seen | (Bytes16(p) | Bytes16(p + 16) | Bytes16(p + 32));
    if (p < last) seen = seen | Bytes16(p);
    if (last - p > 16) seen = seen | Bytes16(p + 16);
  }
  return seen.AreAscii();
}

}  // namespace internal

// Whether no byte of [data, data + size) is above 0x7F. Short strings are decided by two loads that overlap.
inline bool IsAscii(const char* data, size_t size) {
  using internal::LoadWord;
  constexpr uint64_t kHighBits = 0x8080808080808080U;
  if (size > 16) return internal::IsLongAscii(data, size);
  uint64_t seen = 0;
  if (size >= 8) {
    seen = LoadWord<uint64_t>(data) | LoadWord<uint64_t>(data + size - 8);
  } else if (size >= 4) {
    seen = LoadWord<uint32_t>(data) | LoadWord<uint32_t>(data + size - 4);
  } else if (size > 0) {
    seen = static_cast<uint8_t>(data[0]) | static_cast<uint8_t>(data[size / 2]) | static_cast<uint8_t>(data[size - 1]);
  }
  return (seen & kHighBits) == 0;
}

// The same where, whatever the size, 16 bytes may be read.
inline bool IsAsciiOf16(const char* data, size_t size) {
#if defined(__SSE2__)
  return size <= 16 ? internal::Bytes16(data).AreAscii(size) : internal::IsLongAscii(data, size);
#else
  return IsAscii(data, size);
#endif
}

// Whether the `size` bytes at `data` are UTF-8.
inline bool IsUtf8(const char* data, size_t size) {
  return IsAscii(data, size) || internal::IsUtf8Beyond(data, data + size);
}

}  // namespace connectrpc::views

#endif  // CONNECTRPC_VIEWS_UTF8_H_
