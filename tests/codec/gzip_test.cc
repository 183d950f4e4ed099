#include <gtest/gtest.h>
#include <zlib.h>

#include <cstdint>
#include <limits>
#include <ostream>
#include <random>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "codec/compression.h"

namespace connectrpc::codec {

void PrintTo(DecompressResult result, std::ostream* os) {
  static constexpr const char* kNames[] = {"kOk", "kTooLarge", "kCorrupt"};
  *os << kNames[static_cast<int>(result)];
}

namespace {

constexpr size_t kNoLimit = std::numeric_limits<size_t>::max();

std::string RandomBytes(size_t size) {
  std::mt19937 random(1);
  std::string bytes(size, '\0');
  for (char& c : bytes) c = static_cast<char>(random());
  return bytes;
}

std::string Gzip(std::string_view bytes, int level = 6) {
  std::string out;
  EXPECT_TRUE(NewGzipCompressor(level)->Compress(bytes, &out));
  return out;
}

DecompressResult Gunzip(std::string_view bytes, size_t max_bytes, std::string* out) {
  return NewGzipCompressor(1)->Decompress(bytes, max_bytes, out);
}

// A member with every optional part of the header (RFC 1952 section 2.3.1): extra field, name, comment, header CRC.
std::string GzipWithFullHeader(std::string_view bytes) {
  z_stream stream = {};
  EXPECT_EQ(deflateInit2(&stream, 6, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY), Z_OK);
  Bytef extra[] = {'a', 'b', 2, 0, 'x', 'y'};
  char name[] = "name";
  char comment[] = "comment";
  gz_header header = {};
  header.extra = extra;
  header.extra_len = sizeof(extra);
  header.name = reinterpret_cast<Bytef*>(name);
  header.comment = reinterpret_cast<Bytef*>(comment);
  header.hcrc = 1;
  EXPECT_EQ(deflateSetHeader(&stream, &header), Z_OK);
  std::string out(bytes.size() + 200, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(out.size() - stream.avail_out);
  deflateEnd(&stream);
  return out;
}

TEST(GzipTest, RoundTrip) {
  struct {
    const char* name;
    std::string bytes;
  } const cases[] = {
      {"empty", ""},
      {"one byte", "x"},
      {"text", "hello, hello, hello"},
      {"zeros", std::string(1 << 20, '\0')},
      {"random bytes", RandomBytes(1 << 20)},
      {"a little more than the first output buffer", std::string(257, 'a') + RandomBytes(10)},
  };
  for (const auto& c : cases) {
    for (int level = 1; level <= 9; ++level) {
      std::string out = "from before";
      EXPECT_EQ(Gunzip(Gzip(c.bytes, level), c.bytes.size(), &out), DecompressResult::kOk) << c.name << ' ' << level;
      EXPECT_TRUE(out == c.bytes) << c.name << ' ' << level;
    }
  }
}

TEST(GzipTest, IsGzipAndNothingElse) {
  EXPECT_EQ(NewGzipCompressor(1)->name(), "gzip");
  EXPECT_EQ(Gzip("x").substr(0, 3), "\x1f\x8b\x08");

  std::string zlib(100, '\0');
  uLongf size = zlib.size();
  ASSERT_EQ(compress(reinterpret_cast<Bytef*>(zlib.data()), &size, reinterpret_cast<const Bytef*>("x"), 1), Z_OK);
  zlib.resize(size);
  std::string out;
  EXPECT_EQ(Gunzip(zlib, 100, &out), DecompressResult::kCorrupt);
}

TEST(GzipTest, LevelCounts) {
  std::string words;
  std::mt19937 random(2);
  while (words.size() < 100'000) words.append(std::to_string(random() % 500)).append(" words ");
  const std::string fast = Gzip(words, 1);
  const std::string small = Gzip(words, 9);
  EXPECT_LT(small.size(), fast.size());
  // The state that a thread keeps must not remember another level.
  EXPECT_EQ(Gzip(words, 1), fast);
  EXPECT_EQ(Gzip(words, 9), small);
}

TEST(GzipTest, LevelsOutOfRangeAreBroughtIntoIt) {
  EXPECT_EQ(Gzip("hello", 0), Gzip("hello", 1));
  EXPECT_EQ(Gzip("hello", -1), Gzip("hello", 1));
  EXPECT_EQ(Gzip("hello", 10), Gzip("hello", 9));
}

TEST(GzipTest, Limit) {
  for (size_t size : {1u, 255u, 256u, 257u, 512u, 100'000u}) {
    const std::string bytes(size, 'a');
    const std::string compressed = Gzip(bytes);
    std::string out;
    EXPECT_EQ(Gunzip(compressed, size, &out), DecompressResult::kOk) << size;
    EXPECT_EQ(out, bytes);
    EXPECT_EQ(Gunzip(compressed, size + 1, &out), DecompressResult::kOk) << size;
    EXPECT_EQ(Gunzip(compressed, kNoLimit, &out), DecompressResult::kOk) << size;
    EXPECT_EQ(Gunzip(compressed, size - 1, &out), DecompressResult::kTooLarge) << size;
    EXPECT_EQ(out, "");
  }
  std::string out = "from before";
  EXPECT_EQ(Gunzip(Gzip(""), 0, &out), DecompressResult::kOk);
  EXPECT_EQ(out, "");
  EXPECT_EQ(Gunzip(Gzip("x"), 0, &out), DecompressResult::kTooLarge);
}

// 64 MiB of zeros in 65 KB stop at the limit, and leave no memory behind (S31).
TEST(GzipTest, BombStopsAtTheLimit) {
  std::string bomb;
  {
    const std::string zeros(64 << 20, '\0');
    bomb = Gzip(zeros, 9);
  }
  ASSERT_LT(bomb.size(), 70'000u);
  std::string out;
  EXPECT_EQ(Gunzip(bomb, 4 << 20, &out), DecompressResult::kTooLarge);
  EXPECT_EQ(out.size(), 0u);
  EXPECT_LT(out.capacity(), 100u);
}

TEST(GzipTest, SmallMessagesKeepLittleMemory) {
  std::string out;
  ASSERT_EQ(Gunzip(Gzip(std::string(100, 'a')), 4 << 20, &out), DecompressResult::kOk);
  EXPECT_LE(out.capacity(), 4096u);
  // The last step of growth does not double beyond the limit.
  ASSERT_EQ(Gunzip(Gzip(std::string(3000, 'a')), 3000, &out), DecompressResult::kOk);
  EXPECT_LE(out.capacity(), 3001u);
  // Here the output buffer is twice the input and the output far less.
  std::string members;
  for (int i = 0; i < 1000; ++i) members += Gzip("");
  ASSERT_EQ(Gunzip(members, 4 << 20, &out), DecompressResult::kOk);
  EXPECT_EQ(out, "");
  EXPECT_LT(out.capacity(), 1025u);
}

TEST(GzipTest, CompressedOutputKeepsLittleMemory) {
  std::string out;
  ASSERT_TRUE(NewGzipCompressor(1)->Compress(std::string(1 << 20, 'a'), &out));
  EXPECT_LE(out.capacity(), 2 * out.size() + 1024);
  const std::string random = RandomBytes(1 << 20);
  ASSERT_TRUE(NewGzipCompressor(1)->Compress(random, &out));
  EXPECT_LT(out.capacity(), random.size() + (random.size() >> 6));
}

TEST(GzipTest, ConcatenatedMembersAreOneStream) {
  struct {
    const char* name;
    std::vector<std::string> members;
  } const cases[] = {
      {"two", {"hello ", "world"}},
      {"an empty one first", {"", "hello"}},
      {"an empty one last", {"hello", ""}},
      {"the first fills the output buffer", {std::string(256, 'a'), "b"}},
      {"many", std::vector<std::string>(1000, "abc")},
  };
  for (const auto& c : cases) {
    std::string bytes;
    std::string compressed;
    for (const std::string& member : c.members) {
      bytes += member;
      compressed += Gzip(member);
    }
    std::string out;
    EXPECT_EQ(Gunzip(compressed, bytes.size(), &out), DecompressResult::kOk) << c.name;
    EXPECT_EQ(out, bytes) << c.name;
    EXPECT_EQ(Gunzip(compressed, bytes.size() - 1, &out), DecompressResult::kTooLarge) << c.name;
    // The second member is checked as the first.
    compressed.back() ^= 1;
    EXPECT_EQ(Gunzip(compressed, bytes.size(), &out), DecompressResult::kCorrupt) << c.name;
  }
}

TEST(GzipTest, TruncatedAnywhereIsCorrupt) {
  const std::string bytes = "hello, hello, hello" + RandomBytes(300);
  for (const std::string& compressed : {Gzip(bytes), GzipWithFullHeader(bytes), Gzip("") + Gzip(bytes)}) {
    std::string out;
    ASSERT_EQ(Gunzip(compressed, 1000, &out), DecompressResult::kOk);
    ASSERT_EQ(out, bytes);
    for (size_t size = 0; size < compressed.size(); ++size) {
      // A copy of its own size, so that a sanitizer sees reads beyond it.
      const std::vector<char> cut(compressed.begin(), compressed.begin() + static_cast<std::ptrdiff_t>(size));
      const DecompressResult result = Gunzip(std::string_view(cut.data(), cut.size()), 1000, &out);
      if (size == Gzip("").size() && compressed.compare(0, size, Gzip("")) == 0) {
        EXPECT_EQ(result, DecompressResult::kOk) << "a cut between two members is none";
      } else {
        EXPECT_EQ(result, DecompressResult::kCorrupt) << size;
        EXPECT_EQ(out, "");
      }
    }
  }
}

TEST(GzipTest, Corrupt) {
  const std::string good = Gzip("hello");
  std::string bad_crc = good;
  bad_crc[good.size() - 8] ^= 1;
  std::string bad_size = good;
  bad_size[good.size() - 4] ^= 1;
  std::string reserved_flag = good;
  reserved_flag[3] = '\x20';
  struct {
    const char* name;
    std::string bytes;
  } const cases[] = {
      {"empty input", ""},
      {"plain text", "hello"},
      {"wrong CRC", bad_crc},
      {"wrong size", bad_size},
      {"reserved flag", reserved_flag},
      {"one byte too many", good + "x"},
      {"zero byte too many", good + std::string(1, '\0')},
      {"text behind", good + "{\"more\":1}"},
      {"half a member behind", good + good.substr(0, good.size() / 2)},
  };
  for (const auto& c : cases) {
    std::string out = "from before";
    EXPECT_EQ(Gunzip(c.bytes, 1000, &out), DecompressResult::kCorrupt) << c.name;
    EXPECT_EQ(out, "") << c.name;
  }
}

TEST(GzipTest, AFailureLeavesTheNextCallAlone) {
  const std::string good = Gzip("hello");
  std::string out;
  EXPECT_EQ(Gunzip(good.substr(0, good.size() - 3), 1000, &out), DecompressResult::kCorrupt);
  EXPECT_EQ(Gunzip(good, 4, &out), DecompressResult::kTooLarge);
  EXPECT_EQ(Gunzip(good, 5, &out), DecompressResult::kOk);
  EXPECT_EQ(out, "hello");
}

TEST(GzipTest, OneCompressorServesManyThreads) {
  const auto gzip = NewGzipCompressor(1);
  std::vector<std::thread> threads;
  std::vector<int> good(4, 0);
  for (size_t t = 0; t < good.size(); ++t) {
    threads.emplace_back([&gzip, &count = good[t], t] {
      for (int i = 0; i < 50; ++i) {
        const std::string bytes(1000 * t + static_cast<size_t>(i), static_cast<char>('a' + t));
        std::string compressed;
        std::string out;
        if (gzip->Compress(bytes, &compressed) &&
            gzip->Decompress(compressed, bytes.size(), &out) == DecompressResult::kOk && out == bytes) {
          ++count;
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(good, std::vector<int>(4, 50));
}

}  // namespace
}  // namespace connectrpc::codec
