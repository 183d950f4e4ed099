#ifndef CONNECTRPC_VIEWS_VARINTS_H_
#define CONNECTRPC_VIEWS_VARINTS_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <utility>

#include "connectrpc/views/compiler.h"
#include "connectrpc/views/repeated.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

// Varints many bytes at a time. Of interest to this library alone.
namespace connectrpc::views::internal {

// The highest bit of each byte: set in all bytes of a varint but its last.
inline constexpr uint64_t kHighBits = 0x8080808080808080U;

// Of a number that is not 0.
inline unsigned CountTrailingZeros(uint64_t value) {
#if defined(__GNUC__)
  return static_cast<unsigned>(__builtin_ctzll(value));
#else
  unsigned count = 0;
  for (; (value & 1) == 0; value >>= 1) ++count;
  return count;
#endif
}

// The seven low bits of each byte, one after the other.
inline uint64_t JoinSevens(uint64_t bytes) {
  bytes &= ~kHighBits;
  bytes -= (bytes & 0x7F007F007F007F00U) >> 1;  // of x, x - x / 2 is left
  bytes = (bytes & 0x00003FFF00003FFFU) | (bytes & 0x3FFF00003FFF0000U) >> 2;
  return (bytes & 0x000000000FFFFFFFU) | (bytes & 0x0FFFFFFF00000000U) >> 4;
}

// Of nine or ten bytes, as the first eight, in `low`, all have the highest bit set. Ten bytes may be read at `p`.
// Returns how many they are, or 0 if they are more.
inline size_t LoadLongestVarint(const char* p, uint64_t low, uint64_t* value) {
  const auto ninth = static_cast<uint8_t>(p[8]);
  *value = JoinSevens(low) | static_cast<uint64_t>(ninth & 0x7F) << 56;
  if (ninth < 0x80) return 9;
  const auto tenth = static_cast<uint8_t>(p[9]);
  *value |= static_cast<uint64_t>(tenth) << 63;
  return tenth < 0x80 ? 10 : 0;
}

// Of any length. Ten bytes may be read at `p`. Returns how many of them it has, or 0 if it has more.
inline size_t LoadVarint(const char* p, uint64_t* value) {
  const auto low = LoadLittleEndian<uint64_t>(p);
  const uint64_t ends = ~low & kHighBits;
  if (ends == 0) return LoadLongestVarint(p, low, value);
  *value = JoinSevens(low & (ends ^ (ends - 1)));  // nothing behind the first end
  return (CountTrailingZeros(ends) + 1) / 8;
}

// How many varints end in [p, end).
inline size_t CountVarints(const char* p, const char* end) {
  size_t count = 0;
  while (end - p >= 8) {
    constexpr ptrdiff_t kMost = 255 * 8;  // what one byte of `counts` can count
    uint64_t counts = 0;
    const char* const stop = p + std::min(kMost, end - p);
    for (; stop - p >= 8; p += 8) counts += (~LoadLittleEndian<uint64_t>(p) & kHighBits) >> 7;
    counts = (counts & 0x00FF00FF00FF00FFU) + (counts >> 8 & 0x00FF00FF00FF00FFU);
    count += counts * 0x0001000100010001U >> 48;
  }
  for (; p != end; ++p) count += static_cast<uint8_t>(~static_cast<uint8_t>(*p)) >> 7;
  return count;
}

// Packed fields are looked at in blocks of so many bytes.
inline constexpr size_t kVarintBlock = 32;

// The highest bits of the block at `p`, that of its first byte last.
inline uint64_t BlockMask(const char* p) {
#if defined(__SSE2__)
  const auto mask = [](const char* half) {
    return static_cast<uint32_t>(_mm_movemask_epi8(_mm_loadu_si128(reinterpret_cast<const __m128i*>(half))));
  };
  return mask(p) | static_cast<uint64_t>(mask(p + 16)) << 16;
#else
  const auto mask = [](const char* quarter) {
    return (LoadLittleEndian<uint64_t>(quarter) & kHighBits) * 0x0002040810204081U >> 56;
  };
  return mask(p) | mask(p + 8) << 8 | mask(p + 16) << 16 | mask(p + 24) << 24;
#endif
}

// The seven low bits of either byte.
inline uint16_t SevensOfPair(uint16_t pair) {
  return static_cast<uint16_t>((pair & 0x7F) | (pair >> 1 & 0x3F80));
}

// Stores Codec::From of what kWidth bytes each of a block make, which are the seven low bits of each byte. Compilers
// make vector code of a loop of fixed length over a copy, if the values are no wider than 32 bits, else of 64-bit
// words.
template <class Codec, size_t kWidth>
inline void StoreBlock(const char* p, typename Codec::Type* out) {
  static_assert(kWidth == 1 || kWidth == 2);
  constexpr size_t kCount = kVarintBlock / kWidth;
  uint16_t values[kCount];
  char block[kVarintBlock];
  std::memcpy(block, p, sizeof(block));
  for (size_t i = 0; i < kCount; ++i) {
    if constexpr (kWidth == 1) {
      values[i] = static_cast<uint8_t>(block[i]);
    } else {
      values[i] = SevensOfPair(LoadLittleEndian<uint16_t>(block + 2 * i));
    }
  }
  for (size_t i = 0; i < kCount; ++i) out[i] = Codec::From(values[i]);
}

template <class T>
struct LoadedVarints {
  const char* p;  // behind the last one
  T* out;         // behind its value
};

// How much LoadVarints may read where it reads a varint, and how many values it writes behind the last one, at most.
inline constexpr size_t kVarintsReadable = kVarintBlock + 2;
inline constexpr size_t kVarintsBeyond = kVarintBlock + 1;

// Of varints in [p, end), the last of which ends there, stores Codec::From to `out`, and up to a block of values more
// that mean nothing. Stops at `end`, at the first varint that does not begin before `readable`, or at one of more than
// ten bytes.
//
// Numbers of one byte, or of two, mostly come in runs, between which one of the other kind may stand.
template <class Codec>
CONNECTRPC_VIEWS_INLINE LoadedVarints<typename Codec::Type> LoadVarints(const char* p, const char* end,
                                                                        const char* readable,
                                                                        typename Codec::Type* out) {
  const char* const stop = std::min(end, readable);
  while (p < stop) {
    // What is behind the end, or the block, looks like neither.
    constexpr uint64_t kBlockOfPairs = 0xFFFFFFFF55555555U;
    const uint64_t mask = BlockMask(p) | ~uint64_t{0} << std::min(static_cast<size_t>(end - p), kVarintBlock);
    if ((mask & 1) == 0) {
      StoreBlock<Codec, 1>(p, out);
      const size_t singles = CountTrailingZeros(mask);
      const auto pair = LoadLittleEndian<uint16_t>(p + singles);
      const size_t pairs = (mask >> singles & 3) == 1;
      out[singles] = Codec::From(SevensOfPair(pair));
      p += singles + 2 * pairs;
      out += singles + pairs;
    } else if ((mask & 2) == 0) {
      StoreBlock<Codec, 2>(p, out);
      if (mask == kBlockOfPairs) {  // rather foreseen than computed
        p += kVarintBlock;
        out += kVarintBlock / 2;
        continue;
      }
      const size_t pairs = CountTrailingZeros(mask ^ kBlockOfPairs ^ 0xFFFFFFFF00000000U) / 2;
      const size_t singles = ~mask >> 2 * pairs & 1;
      out[pairs] = Codec::From(static_cast<uint8_t>(p[2 * pairs]));
      p += 2 * pairs + singles;
      out += pairs + singles;
    } else {
      uint64_t value;
      const size_t length = LoadVarint(p, &value);
      if (length == 0) break;
      *out++ = Codec::From(value);
      p += length;
    }
  }
  return {p, out};
}

}  // namespace connectrpc::views::internal

#endif  // CONNECTRPC_VIEWS_VARINTS_H_
