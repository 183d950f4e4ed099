#include "codec/crc32c.h"

#include <array>
#include <cstddef>
#include <cstring>

namespace connectrpc::codec {
namespace {

constexpr size_t kStep = 8;

using Table = std::array<uint32_t, 256>;

// tables[k][b]: what byte b contributes when k more bytes follow it.
constexpr std::array<Table, kStep> MakeTables() {
  constexpr uint32_t kPolynomial = 0x82f63b78;  // reflected
  std::array<Table, kStep> tables = {};
  for (uint32_t byte = 0; byte < 256; ++byte) {
    uint32_t crc = byte;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? kPolynomial : 0);
    tables[0][byte] = crc;
  }
  for (size_t k = 1; k < kStep; ++k) {
    for (size_t byte = 0; byte < 256; ++byte) {
      const uint32_t crc = tables[k - 1][byte];
      tables[k][byte] = (crc >> 8) ^ tables[0][crc & 0xff];
    }
  }
  return tables;
}

constexpr std::array<Table, kStep> kTables = MakeTables();

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) uint32_t Crc32cByInstruction(std::string_view bytes) {
  uint64_t crc = 0xffffffff;
  while (bytes.size() >= kStep) {
    uint64_t word;
    std::memcpy(&word, bytes.data(), kStep);
    crc = __builtin_ia32_crc32di(crc, word);
    bytes.remove_prefix(kStep);
  }
  uint32_t rest = static_cast<uint32_t>(crc);
  for (const char c : bytes) rest = __builtin_ia32_crc32qi(rest, static_cast<unsigned char>(c));
  return ~rest;
}
#endif

}  // namespace

uint32_t Crc32c(std::string_view bytes) {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("sse4.2")) return Crc32cByInstruction(bytes);
#endif
  return Crc32cByTables(bytes);
}

uint32_t Crc32cByTables(std::string_view bytes) {
  uint32_t crc = 0xffffffff;
  while (bytes.size() >= kStep) {
    uint32_t next = 0;
    for (size_t i = 0; i < kStep; ++i) {
      uint32_t byte = static_cast<unsigned char>(bytes[i]);
      if (i < 4) byte ^= (crc >> (8 * i)) & 0xff;
      next ^= kTables[kStep - 1 - i][byte];
    }
    crc = next;
    bytes.remove_prefix(kStep);
  }
  for (const char c : bytes) crc = (crc >> 8) ^ kTables[0][(crc ^ static_cast<unsigned char>(c)) & 0xff];
  return ~crc;
}

}  // namespace connectrpc::codec
