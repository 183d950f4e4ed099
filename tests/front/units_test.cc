#include "interop/front/units.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>

namespace connectrpc::front {
namespace {

using std::chrono::milliseconds;

TEST(UnitsTest, Counts) {
  const struct {
    const char* name;
    std::string text;
    uint64_t max;
    std::optional<uint64_t> value;
  } cases[] = {
      {"zero", "0", 10, 0},
      {"the largest", "10", 10, 10},
      {"beyond", "11", 10, std::nullopt},
      {"leading zeros", "0010", 10, 10},
      {"64 bits", "18446744073709551615", UINT64_MAX, UINT64_MAX},
      {"beyond 64 bits", "18446744073709551616", UINT64_MAX, std::nullopt},
      {"far beyond", "99999999999999999999999", UINT64_MAX, std::nullopt},
      {"digit beyond max", "9", 5, std::nullopt},
      {"nothing", "", 10, std::nullopt},
      {"negative", "-1", 10, std::nullopt},
      {"sign", "+1", 10, std::nullopt},
      {"space", " 1", 10, std::nullopt},
      {"hexadecimal", "0x1", 10, std::nullopt},
  };
  for (const auto& c : cases) EXPECT_EQ(ParseCount(c.text, c.max), c.value) << c.name;
}

TEST(UnitsTest, Sizes) {
  const struct {
    const char* text;
    std::optional<size_t> value;
  } cases[] = {
      {"0", 0},
      {"65535", 65535},
      {"64KiB", 65536},
      {"4MiB", 4 << 20},
      {"2GiB", size_t{2} << 30},
      {"17179869183GiB", size_t{17179869183} << 30},
      {"17179869184GiB", std::nullopt},  // 2^64
      {"4MB", std::nullopt},
      {"4mib", std::nullopt},
      {"4 MiB", std::nullopt},
      {"MiB", std::nullopt},
      {"1.5MiB", std::nullopt},
      {"-1", std::nullopt},
      {"", std::nullopt},
  };
  for (const auto& c : cases) EXPECT_EQ(ParseSize(c.text), c.value) << c.text;
  EXPECT_EQ(FormatSize(0), "0");
  EXPECT_EQ(FormatSize(65535), "65535");
  EXPECT_EQ(FormatSize(65536), "64KiB");
  EXPECT_EQ(FormatSize(size_t{3} << 30), "3GiB");
}

TEST(UnitsTest, Durations) {
  const struct {
    const char* text;
    std::optional<milliseconds> value;
  } cases[] = {
      {"0", milliseconds(0)},
      {"500ms", milliseconds(500)},
      {"30s", milliseconds(30'000)},
      {"30", milliseconds(30'000)},
      {"5m", milliseconds(300'000)},
      {"2h", milliseconds(7'200'000)},
      {"87600h", milliseconds(315'360'000'000)},
      {"87601h", std::nullopt},
      {"5d", std::nullopt},
      {"1m30s", std::nullopt},
      {"1.5s", std::nullopt},
      {"-1s", std::nullopt},
      {"s", std::nullopt},
      {"", std::nullopt},
  };
  for (const auto& c : cases) EXPECT_EQ(ParseDuration(c.text), c.value) << c.text;
  EXPECT_EQ(FormatDuration(milliseconds(0)), "0");
  EXPECT_EQ(FormatDuration(milliseconds(1500)), "1500ms");
  EXPECT_EQ(FormatDuration(milliseconds(90'000)), "90s");
  EXPECT_EQ(FormatDuration(milliseconds(7'200'000)), "2h");
}

}  // namespace
}  // namespace connectrpc::front
