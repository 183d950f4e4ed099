#include <gtest/gtest.h>
#include <snappy.h>

#include <string>
#include <string_view>

#include "codec/compression.h"
#include "codec/compression_test_util.h"
#include "codec/crc32c.h"

namespace connectrpc::codec {
namespace {

using namespace std::string_literals;
using namespace std::string_view_literals;

constexpr std::string_view kIdentifier = "\xff\x06\0\0sNaPpY"sv;

std::string LittleEndian(size_t value, size_t bytes) {
  std::string out;
  for (size_t i = 0; i < bytes; ++i) out.push_back(static_cast<char>(value >> (8 * i)));
  return out;
}

std::string Chunk(unsigned type, std::string_view data) {
  return std::string(1, static_cast<char>(type)) + LittleEndian(data.size(), 3) + std::string(data);
}

std::string Checksum(std::string_view data) {
  const uint32_t crc = Crc32c(data);
  return LittleEndian(static_cast<uint32_t>((crc >> 15 | crc << 17) + 0xa282ead8), 4);
}

std::string Block(std::string_view data) {
  std::string out;
  snappy::Compress(data.data(), data.size(), &out);
  return out;
}

std::string Compressed(std::string_view data) {
  return Chunk(0, Checksum(data) + Block(data));
}

std::string Uncompressed(std::string_view data) {
  return Chunk(1, Checksum(data) + std::string(data));
}

DecompressResult Unsnappy(std::string_view bytes, size_t max_bytes, std::string* out) {
  return NewSnappyCompressor()->Decompress(bytes, max_bytes, out);
}

// Bytes from elsewhere, checksum included: those of a test of golang/snappy.
TEST(SnappyTest, KnownBytes) {
  const std::string_view abcd =
      "\xff\x06\0\0sNaPpY\x01\x08\0\0\x68\x10\xe6\xb6"
      "abcd"sv;
  EXPECT_EQ(test::Compressed(*NewSnappyCompressor(), "abcd"), abcd);
  std::string out;
  EXPECT_EQ(Unsnappy(abcd, 4, &out), DecompressResult::kOk);
  EXPECT_EQ(out, "abcd");
}

TEST(SnappyTest, Writes) {
  const std::string random = test::RandomBytes(65536);
  const std::string words = test::Words(65536);
  const std::string identifier(kIdentifier);
  struct {
    const char* name;
    std::string bytes;
    std::string stream;
  } const cases[] = {
      {"nothing", "", identifier},
      {"a short message", "hi", identifier + Uncompressed("hi")},
      {"a chunk that shrinks", words, identifier + Compressed(words)},
      {"a chunk that does not", random, identifier + Uncompressed(random)},
      {"a byte more", words + "a", identifier + Compressed(words) + Uncompressed("a")},
      {"each chunk for itself", random + words + random,
       identifier + Uncompressed(random) + Compressed(words) + Uncompressed(random)},
  };
  for (const auto& c : cases) {
    EXPECT_TRUE(test::Compressed(*NewSnappyCompressor(), c.bytes) == c.stream) << c.name;
  }
}

TEST(SnappyTest, Reads) {
  const std::string largest(65536, 'a');
  const std::string hi = Compressed("hi");
  struct {
    const char* name;
    std::string chunks;  // behind the identifier
    DecompressResult result;
    std::string out = "";
  } const cases[] = {
      {"no chunk", "", DecompressResult::kOk},
      {"compressed", Compressed("hello"), DecompressResult::kOk, "hello"},
      {"uncompressed", Uncompressed("hello"), DecompressResult::kOk, "hello"},
      {"compressed without checksum", Chunk(2, Block("hello")), DecompressResult::kOk, "hello"},
      {"uncompressed without checksum", Chunk(3, "hello"), DecompressResult::kOk, "hello"},
      {"empty chunks", Compressed("") + Uncompressed("") + Chunk(3, "") + hi, DecompressResult::kOk, "hi"},
      {"the largest compressed", Compressed(largest), DecompressResult::kOk, largest},
      {"the largest uncompressed", Uncompressed(largest), DecompressResult::kOk, largest},
      {"compressed, too large", Compressed(largest + "a"), DecompressResult::kCorrupt},
      {"uncompressed, too large", Uncompressed(largest + "a"), DecompressResult::kCorrupt},
      {"without checksum, compressed, too large", Chunk(2, Block(largest + "a")), DecompressResult::kCorrupt},
      {"without checksum, uncompressed, too large", Chunk(3, largest + "a"), DecompressResult::kCorrupt},
      {"a block that says 4 GiB", Chunk(2, "\xff\xff\xff\xff\x0f"), DecompressResult::kCorrupt},
      {"a block that says too much", Chunk(2, "\x06\x10hello"), DecompressResult::kCorrupt},
      {"a block that says too little", Chunk(2, "\x04\x10hello"), DecompressResult::kCorrupt},
      {"a block without a size", Chunk(2, ""), DecompressResult::kCorrupt},
      {"a block that copies from before its begin", Chunk(2, "\x05\x00h\x01\x05"sv), DecompressResult::kCorrupt},
      {"a checksum for another", Chunk(0, Checksum("hello") + Block("hallo")), DecompressResult::kCorrupt},
      {"a checksum for another, uncompressed", Chunk(1, Checksum("hello") + "hallo"), DecompressResult::kCorrupt},
      {"a checksum without mask", Chunk(1, LittleEndian(Crc32c("hello"), 4) + "hello"), DecompressResult::kCorrupt},
      {"half a checksum", Chunk(0, "ab"), DecompressResult::kCorrupt},
      {"half a checksum, uncompressed", Chunk(1, "ab"), DecompressResult::kCorrupt},
      {"padding", Chunk(0xfe, std::string(1000, '\0')) + hi + Chunk(0xfe, ""), DecompressResult::kOk, "hi"},
      {"padding that is not zero", Chunk(0xfe, "abc") + hi, DecompressResult::kOk, "hi"},
      {"skippable, the first", Chunk(0x80, "abc") + hi, DecompressResult::kOk, "hi"},
      {"skippable, the last", Chunk(0xfd, "abc") + hi, DecompressResult::kOk, "hi"},
      {"unskippable, the first", Chunk(0x04, "abc") + hi, DecompressResult::kCorrupt},
      {"unskippable, the last", hi + Chunk(0x7f, ""), DecompressResult::kCorrupt},
      {"the identifier again", hi + std::string(kIdentifier) + hi, DecompressResult::kOk, "hihi"},
      {"the identifier again, wrong", hi + Chunk(0xff, "sNaPpy"), DecompressResult::kCorrupt},
      {"the identifier again, too long", hi + Chunk(0xff, "sNaPpYY"), DecompressResult::kCorrupt},
      {"the identifier again, too short", hi + Chunk(0xff, "sNaPp"), DecompressResult::kCorrupt},
      {"half a header", hi + "\xfe\0\0"s, DecompressResult::kCorrupt},
      {"a chunk that is cut", hi.substr(0, hi.size() - 1), DecompressResult::kCorrupt},
      {"padding that is cut", hi + "\xfe\x02\0\0a"s, DecompressResult::kCorrupt},
  };
  for (const auto& c : cases) {
    std::string out = "from before";
    EXPECT_EQ(Unsnappy(std::string(kIdentifier) + c.chunks, 1 << 20, &out), c.result) << c.name;
    EXPECT_TRUE(out == c.out) << c.name;
  }
}

TEST(SnappyTest, BeginsWithTheIdentifier) {
  struct {
    const char* name;
    std::string bytes;
  } const cases[] = {
      {"none", Compressed("hi")},
      {"padding before it", Chunk(0xfe, "") + std::string(kIdentifier)},
      {"another", Chunk(0xff, "snappy") + Compressed("hi")},
      {"the block format", Block("hello, hello, hello")},
  };
  for (const auto& c : cases) {
    std::string out;
    EXPECT_EQ(Unsnappy(c.bytes, 1000, &out), DecompressResult::kCorrupt) << c.name;
  }
}

TEST(SnappyTest, LimitAmongChunks) {
  const std::string stream = std::string(kIdentifier) + Compressed("hello") + Uncompressed(", world") + Compressed("");
  std::string out;
  EXPECT_EQ(Unsnappy(stream, 12, &out), DecompressResult::kOk);
  EXPECT_EQ(out, "hello, world");
  for (size_t limit : {11, 5, 4, 0}) {
    EXPECT_EQ(Unsnappy(stream, limit, &out), DecompressResult::kTooLarge) << limit;
    EXPECT_EQ(out, "");
  }
}

}  // namespace
}  // namespace connectrpc::codec
