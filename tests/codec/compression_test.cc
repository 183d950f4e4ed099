#include "codec/compression.h"

#include <gtest/gtest.h>

#include <memory>
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
  const CompressionRegistry registry = RegistryOf({"gzip", "zstd", "br"});
  struct {
    const char* name;
    const char* accept;
    const char* chosen;
  } const cases[] = {
      {"the only one", "gzip", "gzip"},
      {"the caller's order counts", "zstd, gzip", "zstd"},
      {"the greatest weight", "gzip;q=0.1, zstd;q=0.9, br;q=0.5", "zstd"},
      {"no weight is the greatest", "gzip;q=0.5, br", "br"},
      {"the order among equals", "zstd;q=0.5, gzip;q=0.5", "zstd"},
      {"zero is a refusal", "gzip;q=0, zstd", "zstd"},
      {"zero for all", "gzip;q=0, zstd;q=0", "(none)"},
      {"unknown ones are passed over", "snappy, deflate;q=0.1, zstd", "zstd"},
      {"an unknown one of greater weight", "snappy, zstd;q=0.1", "zstd"},
      {"identity first", "identity, gzip", "gzip"},
      {"identity last", "gzip, identity", "gzip"},
      {"identity between", "snappy, identity, gzip", "gzip"},
      {"identity of less weight", "identity;q=0.5, gzip", "gzip"},
      {"identity of more", "gzip;q=0.5, identity", "(none)"},
      {"identity refused", "identity;q=0, gzip;q=0.1", "gzip"},
      {"identity refused, nothing else", "identity;q=0", "(none)"},
      {"identity alone", "identity", "(none)"},
      {"any", "*", "gzip"},
      {"any but one", "gzip;q=0, *", "zstd"},
      {"any but all", "gzip;q=0, *, zstd;q=0, br;q=0", "(none)"},
      {"any, of less weight", "br, *;q=0.5", "br"},
      {"any, of more weight", "gzip;q=0.1, *;q=0.5", "zstd"},
      {"any, of equal weight", "*, br", "br"},
      {"nothing else", "br;q=0.5, *;q=0", "br"},
      {"nothing", "*;q=0", "(none)"},
      {"any, and identity before", "identity, *;q=0.5", "(none)"},
      {"any, but unknown ones", "snappy, *;q=0.5", "gzip"},
      {"a browser", "gzip, deflate, br, zstd", "gzip"},
      {"none known", "snappy", "(none)"},
      {"empty", "", "(none)"},
      {"empty elements", " ,, gzip", "gzip"},
  };
  for (const auto& c : cases) EXPECT_EQ(NameOf(registry.Negotiate(c.accept)), c.chosen) << c.name;
  EXPECT_EQ(CompressionRegistry().Negotiate("gzip, *"), nullptr);
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
