#include <brotli/encode.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "codec/compression.h"
#include "codec/compression_test_util.h"

namespace connectrpc::codec {
namespace {

std::string Brotli(std::string_view bytes, int level = 4) {
  return test::Compressed(*NewBrotliCompressor(level), bytes);
}

DecompressResult Unbrotli(std::string_view bytes, size_t max_bytes, std::string* out) {
  return NewBrotliCompressor(4)->Decompress(bytes, max_bytes, out);
}

// By the library's encoder, for windows that ours does not choose.
std::string WithWindow(std::string_view bytes, uint32_t bits) {
  BrotliEncoderState* const encoder = BrotliEncoderCreateInstance(nullptr, nullptr, nullptr);
  BrotliEncoderSetParameter(encoder, BROTLI_PARAM_QUALITY, 9);
  BrotliEncoderSetParameter(encoder, BROTLI_PARAM_LARGE_WINDOW, bits > BROTLI_MAX_WINDOW_BITS);
  BrotliEncoderSetParameter(encoder, BROTLI_PARAM_LGWIN, bits);
  std::string out(bytes.size() + 1000, '\0');
  size_t available_in = bytes.size();
  size_t available_out = out.size();
  const uint8_t* next_in = reinterpret_cast<const uint8_t*>(bytes.data());
  uint8_t* next_out = reinterpret_cast<uint8_t*>(out.data());
  EXPECT_TRUE(BrotliEncoderCompressStream(encoder, BROTLI_OPERATION_FINISH, &available_in, &next_in, &available_out,
                                          &next_out, nullptr));
  EXPECT_TRUE(BrotliEncoderIsFinished(encoder));
  BrotliEncoderDestroyInstance(encoder);
  out.resize(out.size() - available_out);
  return out;
}

TEST(BrotliTest, Windows) {
  struct {
    const char* name;
    uint32_t bits;
    DecompressResult result;
  } const cases[] = {
      {"the smallest", 10, DecompressResult::kOk},
      {"16 MiB, the largest", 24, DecompressResult::kOk},
      {"a large window, of 32 MiB", 25, DecompressResult::kCorrupt},
      {"a large window, of 1 GiB", 30, DecompressResult::kCorrupt},
  };
  const std::string bytes = test::Words(5000);
  for (const auto& c : cases) {
    const std::string compressed = WithWindow(bytes, c.bits);
    std::string out;
    const test::PeakMemory memory;
    EXPECT_EQ(Unbrotli(compressed, 4 << 20, &out), c.result) << c.name;
    EXPECT_LT(memory.bytes(), 1u << 20) << c.name;
    EXPECT_EQ(out, c.result == DecompressResult::kOk ? bytes : "") << c.name;
  }
}

// The worst ratio: its window fills before the first byte comes out.
TEST(BrotliTest, BombWithTheLargestWindow) {
  const std::string bomb = WithWindow(std::string(64 << 20, '\0'), BROTLI_MAX_WINDOW_BITS);
  ASSERT_LT(bomb.size(), 300u);
  std::string out;
  const test::PeakMemory memory;
  EXPECT_EQ(Unbrotli(bomb, 4 << 20, &out), DecompressResult::kTooLarge);
  EXPECT_LT(memory.bytes(), (17u + 3 * 4) << 20) << "the window, and the output as it grows";
}

TEST(BrotliTest, ChoosesAWindowThatSpansTheMessage) {
  // RFC 7932 section 9.1: how the first byte says it. Its upper bits belong to what follows.
  struct {
    const char* name;
    size_t size;
    int mask, first;
  } const cases[] = {
      {"1 KiB less 16", 1008, 0x7f, 0x21},     {"a byte more", 1009, 0x7f, 0x31},
      {"64 KiB less 16", 65520, 0x01, 0x00},   {"a byte more than that", 65521, 0x7f, 0x01},
      {"4 MiB and more", 5 << 20, 0x0f, 0x0b},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(Brotli(test::RandomBytes(c.size))[0] & c.mask, c.first) << c.name;
  }
}

TEST(BrotliTest, LevelCounts) {
  const std::string words = test::Words(100'000);
  EXPECT_LT(Brotli(words, 11).size(), Brotli(words, 1).size());
}

}  // namespace
}  // namespace connectrpc::codec
