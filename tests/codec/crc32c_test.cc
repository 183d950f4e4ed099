#include "codec/crc32c.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "codec/compression_test_util.h"

namespace connectrpc::codec {
namespace {

std::string Ascending(int from, int step) {
  std::string bytes;
  for (int i = 0; i < 32; ++i) bytes.push_back(static_cast<char>(from + i * step));
  return bytes;
}

TEST(Crc32cTest, KnownValues) {
  // RFC 3720 section B.4, but for the first and the last.
  struct {
    const char* name;
    std::string bytes;
    uint32_t crc;
  } const cases[] = {
      {"nothing", "", 0},
      {"zeros", std::string(32, '\0'), 0x8a9136aa},
      {"ones", std::string(32, '\xff'), 0x62a8ab43},
      {"ascending", Ascending(0, 1), 0x46dd794e},
      {"descending", Ascending(31, -1), 0x113fdb5c},
      {"the usual check", "123456789", 0xe3069283},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(Crc32c(c.bytes), c.crc) << c.name;
    EXPECT_EQ(Crc32cByTables(c.bytes), c.crc) << c.name;
  }
}

TEST(Crc32cTest, BothWaysAgree) {
  const std::string bytes = test::RandomBytes(300);
  for (size_t begin = 0; begin < 9; ++begin) {
    for (size_t size = 0; begin + size <= bytes.size(); ++size) {
      const std::string_view part = std::string_view(bytes).substr(begin, size);
      ASSERT_EQ(Crc32c(part), Crc32cByTables(part)) << begin << ' ' << size;
    }
  }
}

}  // namespace
}  // namespace connectrpc::codec
