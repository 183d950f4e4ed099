#include "codec/compression.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>

namespace connectrpc::codec {
namespace {

class FakeCompressor final : public Compressor {
 public:
  explicit FakeCompressor(std::string name) : name_(std::move(name)) {}
  std::string_view name() const override { return name_; }
  bool Compress(std::string_view, std::string*) const override { return false; }
  DecompressResult Decompress(std::string_view, size_t, std::string*) const override {
    return DecompressResult::kCorrupt;
  }

 private:
  std::string name_;
};

CompressionRegistry RegistryOf(std::initializer_list<const char*> names) {
  CompressionRegistry registry;
  for (const char* name : names) registry.Add(std::make_unique<FakeCompressor>(name));
  return registry;
}

std::string NameOf(const Compressor* compressor) {
  return compressor == nullptr ? "(none)" : std::string(compressor->name());
}

TEST(CompressionRegistryTest, Finds) {
  const CompressionRegistry registry = RegistryOf({"gzip", "zstd"});
  struct {
    const char* name;
    const char* found;
  } const cases[] = {
      {"gzip", "gzip"}, {"zstd", "zstd"}, {"identity", "(none)"}, {"", "(none)"}, {"br", "(none)"}, {"gzi", "(none)"},
  };
  for (const auto& c : cases) EXPECT_EQ(NameOf(registry.Find(c.name)), c.found) << c.name;
}

TEST(CompressionRegistryTest, Negotiates) {
  const CompressionRegistry registry = RegistryOf({"gzip", "zstd"});
  struct {
    const char* name;
    const char* accept;
    const char* chosen;
  } const cases[] = {
      {"the only one", "gzip", "gzip"},
      {"the caller's order counts", "zstd, gzip", "zstd"},
      {"weights do not", "gzip;q=0.1, zstd;q=0.9", "gzip"},
      {"but zero does", "gzip;q=0, zstd", "zstd"},
      {"unknown ones are passed over", "br, snappy, zstd", "zstd"},
      {"identity is passed over", "identity, gzip", "gzip"},
      {"identity alone", "identity", "(none)"},
      {"any", "*", "(none)"},
      {"none known", "br", "(none)"},
      {"empty", "", "(none)"},
      {"empty tokens", " ,, gzip", "gzip"},
  };
  for (const auto& c : cases) EXPECT_EQ(NameOf(registry.Negotiate(c.accept)), c.chosen) << c.name;
}

TEST(CompressionRegistryTest, ListsInOrderOfPreference) {
  EXPECT_EQ(CompressionRegistry().accept_list(), "");
  EXPECT_EQ(RegistryOf({"gzip"}).accept_list(), "gzip");
  EXPECT_EQ(RegistryOf({"zstd", "gzip", "br"}).accept_list(), "zstd, gzip, br");
}

TEST(CompressionRegistryTest, ReplacesAnEntryOfTheSameName) {
  CompressionRegistry registry = RegistryOf({"gzip", "zstd"});
  auto replacement = std::make_unique<FakeCompressor>("gzip");
  const Compressor* const gzip = replacement.get();
  registry.Add(std::move(replacement));
  EXPECT_EQ(registry.Find("gzip"), gzip);
  EXPECT_EQ(registry.accept_list(), "gzip, zstd");
}

}  // namespace
}  // namespace connectrpc::codec
