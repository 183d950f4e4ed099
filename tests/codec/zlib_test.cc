#include <gtest/gtest.h>
#include <zlib.h>

#include <string>
#include <string_view>
#include <vector>

#include "codec/compression.h"
#include "codec/compression_test_util.h"

namespace connectrpc::codec {
namespace {

std::string Gzip(std::string_view bytes, int level = 6) {
  return test::Compressed(*NewGzipCompressor(level), bytes);
}

std::string Zlib(std::string_view bytes, int level = 6) {
  return test::Compressed(*NewDeflateCompressor(level), bytes);
}

DecompressResult Gunzip(std::string_view bytes, size_t max_bytes, std::string* out) {
  return NewGzipCompressor(1)->Decompress(bytes, max_bytes, out);
}

DecompressResult Unzlib(std::string_view bytes, size_t max_bytes, std::string* out) {
  return NewDeflateCompressor(1)->Decompress(bytes, max_bytes, out);
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

// What zlib's own function makes of a stream begun with these window bits.
std::string ByZlib(std::string_view bytes, int window_bits, std::string_view dictionary = "") {
  z_stream stream = {};
  EXPECT_EQ(deflateInit2(&stream, 6, Z_DEFLATED, window_bits, 8, Z_DEFAULT_STRATEGY), Z_OK);
  if (!dictionary.empty()) {
    EXPECT_EQ(deflateSetDictionary(&stream, reinterpret_cast<const Bytef*>(dictionary.data()),
                                   static_cast<uInt>(dictionary.size())),
              Z_OK);
  }
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

TEST(ZlibTest, Names) {
  EXPECT_EQ(NewGzipCompressor(1)->name(), "gzip");
  EXPECT_EQ(NewDeflateCompressor(1)->name(), "deflate");
}

TEST(ZlibTest, FormatsAreThoseOfTheRfcs) {
  const std::string bytes = "hello, hello, hello";
  const std::string gzip = ByZlib(bytes, 31);
  const std::string zlib = ByZlib(bytes, 15);
  const std::string raw = ByZlib(bytes, -15);
  EXPECT_EQ(Gzip(bytes), gzip);
  EXPECT_EQ(Zlib(bytes), zlib);
  struct {
    const char* name;
    std::string bytes;
    DecompressResult gunzip, unzlib;
  } const cases[] = {
      {"gzip", gzip, DecompressResult::kOk, DecompressResult::kCorrupt},
      {"gzip with everything in its header", GzipWithFullHeader(bytes), DecompressResult::kOk,
       DecompressResult::kCorrupt},
      {"zlib", zlib, DecompressResult::kCorrupt, DecompressResult::kOk},
      {"zlib with a small window", ByZlib(bytes, 9), DecompressResult::kCorrupt, DecompressResult::kOk},
      {"zlib with a dictionary", ByZlib(bytes, 15, "hello"), DecompressResult::kCorrupt, DecompressResult::kCorrupt},
      {"bare deflate", raw, DecompressResult::kCorrupt, DecompressResult::kCorrupt},
      {"zlib, then gzip", zlib + gzip, DecompressResult::kCorrupt, DecompressResult::kCorrupt},
      {"gzip, then zlib", gzip + zlib, DecompressResult::kCorrupt, DecompressResult::kCorrupt},
  };
  for (const auto& c : cases) {
    std::string out;
    EXPECT_EQ(Gunzip(c.bytes, 100, &out), c.gunzip) << c.name;
    EXPECT_EQ(out, c.gunzip == DecompressResult::kOk ? bytes : "") << c.name;
    EXPECT_EQ(Unzlib(c.bytes, 100, &out), c.unzlib) << c.name;
    EXPECT_EQ(out, c.unzlib == DecompressResult::kOk ? bytes : "") << c.name;
  }
}

TEST(ZlibTest, LevelCounts) {
  const std::string words = test::Words(100'000);
  for (auto* compress : {Gzip, Zlib}) {
    const std::string fast = compress(words, 1);
    const std::string small = compress(words, 9);
    EXPECT_LT(small.size(), fast.size());
    // The state that a thread keeps must not remember another level.
    EXPECT_EQ(compress(words, 1), fast);
    EXPECT_EQ(compress(words, 9), small);
  }
}

TEST(ZlibTest, FullHeaderTruncatedAnywhereIsCorrupt) {
  const std::string compressed = GzipWithFullHeader("hello");
  for (size_t size = 0; size < compressed.size(); ++size) {
    const std::vector<char> cut(compressed.begin(), compressed.begin() + static_cast<std::ptrdiff_t>(size));
    std::string out;
    EXPECT_EQ(Gunzip(std::string_view(cut.data(), cut.size()), 1000, &out), DecompressResult::kCorrupt) << size;
  }
}

TEST(ZlibTest, ChecksumsAndFlags) {
  const std::string gzip = Gzip("hello");
  const std::string zlib = Zlib("hello");
  struct {
    const char* name;
    std::string bytes;
    size_t at;
  } const cases[] = {
      {"CRC of gzip", gzip, gzip.size() - 8},   {"size of gzip", gzip, gzip.size() - 4},
      {"reserved flag of gzip", gzip, 3},       {"checksum of zlib", zlib, zlib.size() - 1},
      {"check bits of zlib's header", zlib, 1}, {"CRC of the second member", gzip + gzip, 2 * gzip.size() - 8},
  };
  for (const auto& c : cases) {
    std::string bytes = c.bytes;
    bytes[c.at] ^= '\x20';
    std::string out;
    EXPECT_EQ(Gunzip(bytes, 1000, &out), DecompressResult::kCorrupt) << c.name;
    EXPECT_EQ(Unzlib(bytes, 1000, &out), DecompressResult::kCorrupt) << c.name;
    EXPECT_EQ(out, "") << c.name;
  }
}

}  // namespace
}  // namespace connectrpc::codec
