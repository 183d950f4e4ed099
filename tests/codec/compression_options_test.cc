#include "codec/compression_options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "codec/compression_test_util.h"

namespace connectrpc::codec {
namespace {

using testing::HasSubstr;

class Named final : public Compressor {
 public:
  explicit Named(std::string name) : name_(std::move(name)) {}
  std::string_view name() const override { return name_; }
  bool Compress(std::string_view, std::string*) const override { return false; }
  DecompressResult Decompress(std::string_view, size_t, std::string*) const override {
    return DecompressResult::kCorrupt;
  }

 private:
  std::string name_;
};

void AddCustom(const char* name, CompressionOptions* options) {
  options->custom.push_back(std::make_shared<Named>(name));
}

TEST(CompressionOptionsTest, Check) {
  struct {
    const char* name;
    std::function<void(CompressionOptions*)> change;
    const char* complaint;  // empty: they make sense
  } const cases[] = {
      {"defaults", [](auto*) {}, ""},
      {"gzip 0", [](auto* o) { o->gzip_level = 0; }, "compression.gzip_level must be between 1 and 9, not 0"},
      {"gzip 1", [](auto* o) { o->gzip_level = 1; }, ""},
      {"gzip 9", [](auto* o) { o->gzip_level = 9; }, ""},
      {"gzip 10", [](auto* o) { o->gzip_level = 10; }, "compression.gzip_level must be between 1 and 9, not 10"},
      {"zstd 0", [](auto* o) { o->zstd_level = 0; }, "compression.zstd_level must be between 1 and 22, not 0"},
      {"zstd 1", [](auto* o) { o->zstd_level = 1; }, ""},
      {"zstd 22", [](auto* o) { o->zstd_level = 22; }, ""},
      {"zstd 23", [](auto* o) { o->zstd_level = 23; }, "compression.zstd_level must be between 1 and 22, not 23"},
      {"brotli -1", [](auto* o) { o->brotli_level = -1; }, "compression.brotli_level must be between 0 and 11, not -1"},
      {"brotli 0", [](auto* o) { o->brotli_level = 0; }, ""},
      {"brotli 11", [](auto* o) { o->brotli_level = 11; }, ""},
      {"brotli 12", [](auto* o) { o->brotli_level = 12; }, "compression.brotli_level must be between 0 and 11, not 12"},
      {"a level that is not used",
       [](auto* o) {
         o->algorithms = {"gzip"};
         o->zstd_level = 0;
       },
       "compression.zstd_level"},
      {"no algorithms", [](auto* o) { o->algorithms.clear(); }, ""},
      {"some",
       [](auto* o) {
         o->algorithms = {"zstd", "gzip"};
       },
       ""},
      {"an unknown one",
       [](auto* o) {
         o->algorithms = {"gzip", "lz4"};
       },
       "compression.algorithms names \"lz4\", which is neither custom nor one of gzip, zstd, br, deflate, snappy"},
      {"capitals", [](auto* o) { o->algorithms = {"GZIP"}; }, "compression.algorithms names \"GZIP\""},
      {"identity", [](auto* o) { o->algorithms = {"identity"}; }, "compression.algorithms names \"identity\""},
      {"an empty name", [](auto* o) { o->algorithms = {""}; }, "compression.algorithms names \"\""},
      {"one twice",
       [](auto* o) {
         o->algorithms = {"gzip", "br", "gzip"};
       },
       "compression.algorithms names \"gzip\" twice"},
      {"a custom one", [](auto* o) { AddCustom("x-lz4", o); }, ""},
      {"a custom one with a place",
       [](auto* o) {
         AddCustom("lz4", o);
         o->algorithms = {"lz4", "gzip"};
       },
       ""},
      {"a custom one for a built-in", [](auto* o) { AddCustom("gzip", o); }, ""},
      {"custom null", [](auto* o) { o->custom.push_back(nullptr); }, "compression.custom holds a null pointer"},
      {"custom without name", [](auto* o) { AddCustom("", o); }, "compression.custom has the name \"\""},
      {"custom with capitals", [](auto* o) { AddCustom("LZ4", o); }, "compression.custom has the name \"LZ4\""},
      {"custom with a space", [](auto* o) { AddCustom("lz 4", o); }, "compression.custom has the name \"lz 4\""},
      {"custom with a comma", [](auto* o) { AddCustom("lz4,gzip", o); }, "compression.custom has the name"},
      {"custom with a line end", [](auto* o) { AddCustom("lz4\r\n", o); }, "compression.custom has the name"},
      {"custom star", [](auto* o) { AddCustom("*", o); }, "compression.custom has the name \"*\""},
      {"custom identity", [](auto* o) { AddCustom("identity", o); }, "compression.custom has the name \"identity\""},
      {"custom twice",
       [](auto* o) {
         AddCustom("lz4", o);
         AddCustom("lz4", o);
       },
       "compression.custom has the name \"lz4\" twice"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    CompressionOptions options;
    c.change(&options);
    const absl::Status status = CheckCompressionOptions(options);
    EXPECT_EQ(status.ok(), *c.complaint == '\0') << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr(c.complaint));
    EXPECT_TRUE(status.ok() || status.code() == absl::StatusCode::kInvalidArgument);
  }
}

TEST(CompressionOptionsTest, Add) {
  struct {
    const char* name;
    std::vector<std::string> algorithms;
    std::vector<const char*> custom;
    const char* list;
  } const cases[] = {
      {"none", {}, {}, ""},
      {"one", {"gzip"}, {}, "gzip"},
      {"in their order", {"deflate", "zstd", "gzip"}, {}, "deflate, zstd, gzip"},
      {"custom ones come last", {"zstd", "gzip"}, {"b", "a"}, "zstd, gzip, b, a"},
      {"where they have no place", {"b", "gzip"}, {"a", "b"}, "b, gzip, a"},
      {"custom ones alone", {}, {"a"}, "a"},
      {"a built-in's name", {"zstd", "gzip"}, {"zstd"}, "zstd, gzip"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    CompressionOptions options;
    options.algorithms = c.algorithms;
    for (const char* name : c.custom) AddCustom(name, &options);
    CompressionRegistry registry;
    AddCompressors(options, &registry);
    EXPECT_EQ(registry.accept_list(), c.list);
    for (const auto& custom : options.custom) EXPECT_EQ(registry.Find(custom->name()), custom.get());
  }
}

TEST(CompressionOptionsTest, LevelsArriveWhereTheyBelong) {
  const std::string words = test::Words(50'000);
  const auto sizes = [&](const CompressionOptions& options) {
    CompressionRegistry registry;
    AddCompressors(options, &registry);
    std::vector<size_t> out;
    for (const char* name : {"gzip", "deflate", "zstd", "br"}) {
      std::string compressed;
      const Compressor* const found = registry.Find(name);
      EXPECT_TRUE(found == nullptr || found->Compress(words, &compressed)) << name;
      out.push_back(compressed.size());
    }
    return out;
  };
  const CompressionOptions plain;
  CompressionOptions gzip = plain, zstd = plain, brotli = plain;
  gzip.gzip_level = 9;
  zstd.zstd_level = 19;
  brotli.brotli_level = 11;
  const auto before = sizes(plain);
  const auto changed = [&](const CompressionOptions& options) {
    const auto after = sizes(options);
    std::string out;
    for (size_t i = 0; i < after.size(); ++i) out += after[i] < before[i] ? '<' : after[i] == before[i] ? '=' : '>';
    return out;
  };
  EXPECT_EQ(changed(gzip), "<<==");
  EXPECT_EQ(changed(zstd), "==<=");
  EXPECT_EQ(changed(brotli), before[3] != 0 ? "===<" : "====");
}

}  // namespace
}  // namespace connectrpc::codec
