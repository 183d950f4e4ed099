#ifndef CONNECTRPC_VIEWS_UTF8_H_
#define CONNECTRPC_VIEWS_UTF8_H_

#include <cstddef>
#include <cstdint>
#include <cstring>

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

// Whether no byte of [data, data + size) is above 0x7F. Short strings are decided by two loads that overlap.
inline bool IsAscii(const char* data, size_t size) {
  using internal::LoadWord;
  constexpr uint64_t kHighBits = 0x8080808080808080U;
  uint64_t seen = 0;
  if (size >= 8) {
    const char* p = data;
    const char* const last = data + size - 8;
    for (; p + 8 <= last; p += 16) seen |= LoadWord<uint64_t>(p) | LoadWord<uint64_t>(p + 8);
    if (p < last) seen |= LoadWord<uint64_t>(p);
    seen |= LoadWord<uint64_t>(last);
  } else if (size >= 4) {
    seen = LoadWord<uint32_t>(data) | LoadWord<uint32_t>(data + size - 4);
  } else if (size > 0) {
    seen = static_cast<uint8_t>(data[0]) | static_cast<uint8_t>(data[size / 2]) | static_cast<uint8_t>(data[size - 1]);
  }
  return (seen & kHighBits) == 0;
}

// Whether the `size` bytes at `data` are UTF-8.
inline bool IsUtf8(const char* data, size_t size) {
  return IsAscii(data, size) || internal::IsUtf8Beyond(data, data + size);
}

}  // namespace connectrpc::views

#endif  // CONNECTRPC_VIEWS_UTF8_H_
