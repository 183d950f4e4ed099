#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "codec/compression.h"
#include "codec/compression_test_util.h"

namespace connectrpc::codec {
namespace {

using namespace std::string_view_literals;

std::string Zstd(std::string_view bytes, int level = 3) {
  return test::Compressed(*NewZstdCompressor(level), bytes);
}

DecompressResult Unzstd(std::string_view bytes, size_t max_bytes, std::string* out) {
  return NewZstdCompressor(3)->Decompress(bytes, max_bytes, out);
}

// A frame of one raw block, "hi", behind this descriptor and what belongs to it (RFC 8878 section 3.1.1.1).
std::string Frame(std::string_view header) {
  return std::string("\x28\xb5\x2f\xfd").append(header).append("\x11\0\0hi"sv);
}

TEST(ZstdTest, Windows) {
  struct {
    const char* name;
    std::string bytes;
    DecompressResult result;
  } const cases[] = {
      {"1 KiB", Frame("\0\x00"sv), DecompressResult::kOk},
      {"8 MiB", Frame("\0\x68"sv), DecompressResult::kOk},
      {"9 MiB", Frame("\0\x69"sv), DecompressResult::kCorrupt},
      {"16 MiB", Frame("\0\x70"sv), DecompressResult::kCorrupt},
      {"128 MiB", Frame("\0\x88"sv), DecompressResult::kCorrupt},
      {"the largest", Frame("\0\xff"sv), DecompressResult::kCorrupt},
      {"9 MiB, though the content is known to be small", Frame("\x40\x69\x02\xff"sv), DecompressResult::kCorrupt},
      {"content of 2 bytes", Frame("\x20\x02"), DecompressResult::kOk},
      {"the second frame: 9 MiB", Frame("\0\x68"sv) + Frame("\0\x69"sv), DecompressResult::kCorrupt},
      {"128 MiB in 9 bytes", std::string("\x28\xb5\x2f\xfd\0\x88\x01\0\0"sv), DecompressResult::kCorrupt},
  };
  for (const auto& c : cases) {
    std::string out;
    const test::PeakMemory memory;
    EXPECT_EQ(Unzstd(c.bytes, 4 << 20, &out), c.result) << c.name;
    EXPECT_LT(memory.bytes(), 2u << 20) << c.name;
    EXPECT_EQ(out, c.result == DecompressResult::kOk ? "hi" : "") << c.name;
  }
}

TEST(ZstdTest, ContentSizesThatLie) {
  struct {
    const char* name;
    std::string bytes;
  } const cases[] = {
      {"9.2 exabytes in 16 bytes", std::string("\x28\xb5\x2f\xfd\xe0\xff\xff\xff\xff\xff\xff\xff\x7f\x01\0\0"sv)},
      {"as large as the limit", Frame("\xa0\x00\x00\x40\x00"sv)},
      {"a window of content", Frame("\xa0\x00\x00\x80\x00"sv)},
      {"a byte more than the content", Frame("\x20\x03")},
      {"a byte less", Frame("\x20\x01")},
      {"none", Frame("\x20\x00"sv)},
  };
  for (const auto& c : cases) {
    std::string out;
    const test::PeakMemory memory;
    EXPECT_EQ(Unzstd(c.bytes, 4 << 20, &out), DecompressResult::kCorrupt) << c.name;
    EXPECT_LT(memory.bytes(), 1u << 20) << c.name;
    EXPECT_EQ(out, "") << c.name;
  }
}

TEST(ZstdTest, SkippableFrames) {
  const std::string skip("\x50\x2a\x4d\x18\x03\0\0\0abc"sv);
  const std::string skip_nothing("\x5f\x2a\x4d\x18\0\0\0\0"sv);
  struct {
    const char* name;
    std::string bytes;
    DecompressResult result;
    const char* out;
  } const cases[] = {
      {"before", skip + Zstd("hello"), DecompressResult::kOk, "hello"},
      {"behind", Zstd("hello") + skip, DecompressResult::kOk, "hello"},
      {"between", Zstd("hello") + skip_nothing + skip + Zstd(", world"), DecompressResult::kOk, "hello, world"},
      {"alone", skip, DecompressResult::kOk, ""},
      {"shorter than it says", Zstd("hello") + skip.substr(0, skip.size() - 1), DecompressResult::kCorrupt, ""},
      {"nothing but a header's half", Zstd("hello") + skip.substr(0, 5), DecompressResult::kCorrupt, ""},
      {"of 4 GiB", std::string("\x50\x2a\x4d\x18\xff\xff\xff\xff"sv) + Zstd("hello"), DecompressResult::kCorrupt, ""},
  };
  for (const auto& c : cases) {
    std::string out;
    EXPECT_EQ(Unzstd(c.bytes, 100, &out), c.result) << c.name;
    EXPECT_EQ(out, c.out) << c.name;
  }
}

TEST(ZstdTest, Corrupt) {
  struct {
    const char* name;
    std::string bytes;
  } const cases[] = {
      {"the format of version 0.7", std::string("\x27\xb5\x2f\xfd\0\x11\0\0hi"sv)},
      {"a dictionary", Frame("\x01\0\x07"sv)},
      {"a reserved bit", Frame("\x08\0"sv)},
      {"a reserved block type", std::string("\x28\xb5\x2f\xfd\x20\x02\x17\0\0hi"sv)},
      {"a wrong checksum", Frame("\x24\x02") + "abcd"},
  };
  for (const auto& c : cases) {
    std::string out;
    EXPECT_EQ(Unzstd(c.bytes, 100, &out), DecompressResult::kCorrupt) << c.name;
    EXPECT_EQ(out, "") << c.name;
  }
}

TEST(ZstdTest, LevelCounts) {
  const std::string words = test::Words(100'000);
  const std::string fast = Zstd(words, 1);
  const std::string small = Zstd(words, 19);
  EXPECT_LT(small.size(), fast.size());
  // The state that a thread keeps must not remember another level.
  EXPECT_EQ(Zstd(words, 1), fast);
  EXPECT_EQ(Zstd(words, 19), small);
}

// What all receivers can read: the library alone would take windows of 32 MiB and more here.
TEST(ZstdTest, WindowsOfGreatLevels) {
  const std::string bytes(9 << 20, 'a');
  for (int level : {19, 20, 22}) {
    std::string out;
    EXPECT_EQ(Unzstd(Zstd(bytes, level), bytes.size(), &out), DecompressResult::kOk) << level;
    EXPECT_TRUE(out == bytes) << level;
  }
}

// The content size may be more than is taken at once, and the content then comes through the window.
TEST(ZstdTest, Ratios) {
  for (size_t size : {31u, 32u, 33u, 1000u, 100'000u, 3'000'000u}) {
    const std::string bytes(size, 'a');
    std::string out;
    EXPECT_EQ(Unzstd(Zstd(bytes), size, &out), DecompressResult::kOk) << size;
    EXPECT_TRUE(out == bytes) << size;
  }
}

}  // namespace
}  // namespace connectrpc::codec
