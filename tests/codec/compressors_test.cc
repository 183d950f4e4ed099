// What holds of every algorithm. The tests of their formats lie beside this: zlib_test.cc and so on.
#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "codec/compression.h"
#include "codec/compression_options.h"
#include "codec/compression_test_util.h"

namespace connectrpc::codec {
namespace {

constexpr size_t kNoLimit = std::numeric_limits<size_t>::max();

// Those that the library was built with.
std::vector<std::string> BuiltNames() {
  CompressionRegistry registry;
  const CompressionOptions options;
  AddCompressors(options, &registry);
  std::vector<std::string> names;
  for (const std::string& name : options.algorithms) {
    if (registry.Find(name) != nullptr) names.push_back(name);
  }
  return names;
}

class CompressorsTest : public testing::TestWithParam<std::string> {
 protected:
  const Compressor& algorithm() const { return *registry_.Find(GetParam()); }

  std::string Compress(std::string_view bytes) const { return test::Compressed(algorithm(), bytes); }

  DecompressResult Decompress(std::string_view bytes, size_t max_bytes, std::string* out) const {
    return algorithm().Decompress(bytes, max_bytes, out);
  }

  // From the first to the last; where many are much the same, some of them.
  std::vector<int> Levels() const {
    if (GetParam() == "snappy") return {0};  // has none
    if (GetParam() == "zstd") return {1, 2, 3, 5, 9, 13, 19, 20, 22};
    if (GetParam() == "br") return {0, 1, 2, 4, 5, 9, 10, 11};
    return {1, 2, 3, 4, 5, 6, 7, 8, 9};
  }

  // Whether streams one after another are one stream: so do gzip, zstd and snappy define it.
  bool Concatenates() const { return GetParam() != "deflate" && GetParam() != "br"; }

 private:
  void SetUp() override { AddCompressors({}, &registry_); }

  CompressionRegistry registry_;
};

INSTANTIATE_TEST_SUITE_P(All, CompressorsTest, testing::ValuesIn(BuiltNames()),
                         [](const auto& info) { return info.param; });

TEST_P(CompressorsTest, RoundTrip) {
  struct {
    const char* name;
    std::string bytes;
  } const cases[] = {
      {"empty", ""},
      {"one byte", "x"},
      {"text", "hello, hello, hello"},
      {"zeros", std::string(1 << 20, '\0')},
      {"random bytes", test::RandomBytes(70'000)},
      {"a little more than the first output buffer", std::string(257, 'a') + test::RandomBytes(10)},
      {"a chunk of snappy", test::Words(65536)},
      {"a little less", test::Words(65535)},
      {"a little more", test::Words(65537)},
      {"compressible and not", test::Words(30'000) + test::RandomBytes(30'000) + std::string(30'000, 'a')},
  };
  for (int level : Levels()) {
    CompressionOptions options;
    options.gzip_level = options.zstd_level = options.brotli_level = level;
    CompressionRegistry registry;
    AddCompressors(options, &registry);
    for (const auto& c : cases) {
      SCOPED_TRACE(std::string(c.name) + ", level " + std::to_string(level));
      std::string compressed = "from before";
      ASSERT_TRUE(registry.Find(GetParam())->Compress(c.bytes, &compressed));
      std::string out = "from before";
      EXPECT_EQ(Decompress(compressed, c.bytes.size(), &out), DecompressResult::kOk);
      EXPECT_TRUE(out == c.bytes);
    }
  }
}

TEST_P(CompressorsTest, LevelsOutOfRangeCountAsTheNearest) {
  const auto compress = [&](int level) {
    CompressionOptions options;
    options.gzip_level = options.zstd_level = options.brotli_level = level;
    CompressionRegistry registry;
    AddCompressors(options, &registry);
    return test::Compressed(*registry.Find(GetParam()), test::Words(5000));
  };
  EXPECT_EQ(compress(-7), compress(Levels().front()));
  EXPECT_EQ(compress(23), compress(Levels().back()));
}

TEST_P(CompressorsTest, Limit) {
  for (size_t size : {1u, 255u, 256u, 257u, 512u, 65535u, 65536u, 65537u, 100'000u}) {
    for (const std::string& bytes : {std::string(size, 'a'), test::RandomBytes(size)}) {
      const std::string compressed = Compress(bytes);
      std::string out;
      EXPECT_EQ(Decompress(compressed, size, &out), DecompressResult::kOk) << size;
      EXPECT_TRUE(out == bytes) << size;
      EXPECT_EQ(Decompress(compressed, size + 1, &out), DecompressResult::kOk) << size;
      EXPECT_EQ(Decompress(compressed, kNoLimit, &out), DecompressResult::kOk) << size;
      EXPECT_TRUE(out == bytes) << size;
      EXPECT_EQ(Decompress(compressed, size - 1, &out), DecompressResult::kTooLarge) << size;
      EXPECT_EQ(out, "");
    }
  }
  std::string out = "from before";
  EXPECT_EQ(Decompress(Compress(""), 0, &out), DecompressResult::kOk);
  EXPECT_EQ(out, "");
  EXPECT_EQ(Decompress(Compress("x"), 0, &out), DecompressResult::kTooLarge);
}

// 256 MiB of zeros stop at the limit, and leave no memory behind.
TEST_P(CompressorsTest, BombStopsAtTheLimit) {
  constexpr size_t kBombBytes = size_t{256} << 20;
  const std::string bomb = Compress(std::string(kBombBytes, '\0'));
  ASSERT_LT(bomb.size(), kBombBytes / 15);
  std::string out;
  const test::PeakMemory memory;
  EXPECT_EQ(Decompress(bomb, 4 << 20, &out), DecompressResult::kTooLarge);
  // The output as it grows; the window of brotli; twice the input of snappy, whose bombs are large.
  EXPECT_LT(memory.bytes(), (24u << 20) + 2 * bomb.size());
  EXPECT_EQ(out, "");
  EXPECT_LT(out.capacity(), 100u);
}

TEST_P(CompressorsTest, SmallMessagesKeepLittleMemory) {
  std::string out;
  ASSERT_EQ(Decompress(Compress(std::string(100, 'a')), 4 << 20, &out), DecompressResult::kOk);
  EXPECT_LE(out.capacity(), 1024u);
  // The last step of growth does not double beyond the limit.
  std::string grown;
  ASSERT_EQ(Decompress(Compress(std::string(3000, 'a')), 3000, &grown), DecompressResult::kOk);
  EXPECT_LE(grown.capacity(), 3001u);
  if (!Concatenates()) return;
  // Here the output buffer is a multiple of the input and the output far less.
  std::string streams;
  for (int i = 0; i < 1000; ++i) streams += Compress("");
  ASSERT_EQ(Decompress(streams, 4 << 20, &out), DecompressResult::kOk);
  EXPECT_EQ(out, "");
  EXPECT_LE(out.capacity(), 1024u);
}

TEST_P(CompressorsTest, CompressedOutputKeepsLittleMemory) {
  std::string out;
  ASSERT_TRUE(algorithm().Compress(std::string(1 << 20, 'a'), &out));
  EXPECT_LE(out.capacity(), 2 * out.size() + 1024);
  const std::string random = test::RandomBytes(1 << 20);
  ASSERT_TRUE(algorithm().Compress(random, &out));
  EXPECT_LT(out.size(), random.size() + (random.size() >> 8)) << "little is added to what cannot be compressed";
  EXPECT_LT(out.capacity(), 2 * random.size());
}

TEST_P(CompressorsTest, ConcatenatedStreams) {
  struct {
    const char* name;
    std::vector<std::string> streams;
  } const cases[] = {
      {"two", {"hello ", "world"}},
      {"an empty one first", {"", "hello"}},
      {"an empty one last", {"hello", ""}},
      {"the first fills the output buffer", {std::string(256, 'a'), "b"}},
      {"many", std::vector<std::string>(1000, "abc")},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    std::string bytes;
    std::string compressed;
    for (const std::string& stream : c.streams) {
      bytes += stream;
      compressed += Compress(stream);
    }
    std::string out;
    if (!Concatenates()) {
      EXPECT_EQ(Decompress(compressed, bytes.size(), &out), DecompressResult::kCorrupt);
      continue;
    }
    EXPECT_EQ(Decompress(compressed, bytes.size(), &out), DecompressResult::kOk);
    EXPECT_EQ(out, bytes);
    EXPECT_EQ(Decompress(compressed, bytes.size() - 1, &out), DecompressResult::kTooLarge);
    compressed.pop_back();
    EXPECT_EQ(Decompress(compressed, bytes.size(), &out), DecompressResult::kCorrupt) << "the last one is incomplete";
  }
}

TEST_P(CompressorsTest, TruncatedAnywhereIsCorrupt) {
  for (const std::string& bytes : {std::string(), "hello, hello, hello" + test::RandomBytes(300), test::Words(1000)}) {
    const std::string compressed = Compress(bytes);
    std::string out;
    ASSERT_EQ(Decompress(compressed, 1000, &out), DecompressResult::kOk);
    for (size_t size = 0; size < compressed.size(); ++size) {
      // A copy of its own size, so that a sanitizer sees reads beyond it.
      const std::vector<char> cut(compressed.begin(), compressed.begin() + static_cast<std::ptrdiff_t>(size));
      const DecompressResult result = Decompress(std::string_view(cut.data(), cut.size()), 1000, &out);
      // The framing format has no end: a stream may be cut between its chunks, here behind the identifier.
      const bool whole = GetParam() == "snappy" && size == Compress("").size();
      EXPECT_EQ(result, whole ? DecompressResult::kOk : DecompressResult::kCorrupt) << size;
      EXPECT_EQ(out, "") << size;
    }
  }
}

TEST_P(CompressorsTest, WhatIsNoStreamIsCorrupt) {
  const std::string good = Compress("hello");
  struct {
    const char* name;
    std::string bytes;
  } const cases[] = {
      {"empty input", ""},
      {"a zero byte", std::string(1, '\0')},
      {"plain text", "hello"},
      {"random bytes", "\x9b" + test::RandomBytes(100)},
      {"one byte too many", good + "x"},
      {"zero byte too many", good + std::string(1, '\0')},
      {"text behind", good + "{\"more\":1}"},
      {"half a stream behind", good + good.substr(0, good.size() / 2)},
  };
  for (const auto& c : cases) {
    std::string out = "from before";
    EXPECT_EQ(Decompress(c.bytes, 1000, &out), DecompressResult::kCorrupt) << c.name;
    EXPECT_EQ(out, "") << c.name;
  }
}

TEST_P(CompressorsTest, TakesNoOtherFormat) {
  CompressionRegistry registry;
  AddCompressors({}, &registry);
  for (const std::string& other : BuiltNames()) {
    std::string out;
    EXPECT_EQ(Decompress(test::Compressed(*registry.Find(other), "hello, hello, hello"), 1000, &out),
              other == GetParam() ? DecompressResult::kOk : DecompressResult::kCorrupt)
        << other;
  }
}

TEST_P(CompressorsTest, AFailureLeavesTheNextCallAlone) {
  const std::string good = Compress("hello");
  const std::string long_one = Compress(test::Words(100'000));
  std::string out;
  EXPECT_EQ(Decompress(good.substr(0, good.size() - 1), 1000, &out), DecompressResult::kCorrupt);
  EXPECT_EQ(Decompress(good, 4, &out), DecompressResult::kTooLarge);
  EXPECT_EQ(Decompress(good, 5, &out), DecompressResult::kOk);
  EXPECT_EQ(out, "hello");
  EXPECT_EQ(Decompress(long_one, 1000, &out), DecompressResult::kTooLarge);
  EXPECT_EQ(Decompress(good, 5, &out), DecompressResult::kOk);
  EXPECT_EQ(out, "hello");
}

TEST_P(CompressorsTest, OneCompressorServesManyThreads) {
  std::vector<std::thread> threads;
  std::vector<int> good(4, 0);
  for (size_t t = 0; t < good.size(); ++t) {
    threads.emplace_back([this, &count = good[t], t] {
      for (int i = 0; i < 50; ++i) {
        const std::string bytes(1000 * t + static_cast<size_t>(i), static_cast<char>('a' + t));
        std::string compressed;
        std::string out;
        if (algorithm().Compress(bytes, &compressed) &&
            algorithm().Decompress(compressed, bytes.size(), &out) == DecompressResult::kOk && out == bytes) {
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
