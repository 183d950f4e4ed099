#include "codec/compression_options.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>

#include "wire/metadata.h"

namespace connectrpc::codec {
namespace {

std::unique_ptr<Compressor> NewGzip(const CompressionOptions& options) {
  return NewGzipCompressor(options.gzip_level);
}

std::unique_ptr<Compressor> NewDeflate(const CompressionOptions& options) {
  return NewDeflateCompressor(options.gzip_level);
}

std::unique_ptr<Compressor> NewZstd(const CompressionOptions& options) {
  return NewZstdCompressor(options.zstd_level);
}

std::unique_ptr<Compressor> NewBrotli([[maybe_unused]] const CompressionOptions& options) {
#if CONNECTRPC_HAVE_BROTLI
  return NewBrotliCompressor(options.brotli_level);
#else
  return nullptr;
#endif
}

std::unique_ptr<Compressor> NewSnappy(const CompressionOptions&) {
#if CONNECTRPC_HAVE_SNAPPY
  return NewSnappyCompressor();
#else
  return nullptr;
#endif
}

struct BuiltIn {
  std::string_view name;
  std::unique_ptr<Compressor> (*make)(const CompressionOptions&);  // gives null where it was not built
};

constexpr BuiltIn kBuiltIns[] = {
    {"gzip", NewGzip}, {"zstd", NewZstd}, {"br", NewBrotli}, {"deflate", NewDeflate}, {"snappy", NewSnappy},
};

const BuiltIn* FindBuiltIn(std::string_view name) {
  const auto* const found = std::find_if(std::begin(kBuiltIns), std::end(kBuiltIns),
                                         [&](const BuiltIn& built_in) { return built_in.name == name; });
  return found == std::end(kBuiltIns) ? nullptr : found;
}

std::shared_ptr<const Compressor> FindCustom(const CompressionOptions& options, std::string_view name) {
  for (const auto& custom : options.custom) {
    if (custom->name() == name) return custom;
  }
  return nullptr;
}

absl::Status Invalid(const std::string& what) {
  return absl::InvalidArgumentError("compression." + what);
}

std::string InQuotes(std::string_view text) {
  return "\"" + wire::Quoted(text) + "\"";
}

absl::Status CheckCustom(const CompressionOptions& options) {
  for (auto it = options.custom.begin(); it != options.custom.end(); ++it) {
    if (*it == nullptr) return Invalid("custom holds a null pointer");
    const std::string_view name = (*it)->name();
    const bool is_token = !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
    });
    if (!is_token) {
      return Invalid("custom has the name " + InQuotes(name) +
                     ": it must consist of lower-case letters, digits and \"-\"");
    }
    if (name == "identity") return Invalid("custom has the name \"identity\", which means no compression");
    const bool twice =
        std::any_of(options.custom.begin(), it, [&](const auto& other) { return other->name() == name; });
    if (twice) return Invalid("custom has the name " + InQuotes(name) + " twice");
  }
  return absl::OkStatus();
}

absl::Status CheckAlgorithms(const CompressionOptions& options) {
  const auto& names = options.algorithms;
  for (auto it = names.begin(); it != names.end(); ++it) {
    if (FindBuiltIn(*it) == nullptr && FindCustom(options, *it) == nullptr) {
      std::string known;
      for (const BuiltIn& built_in : kBuiltIns) known.append(known.empty() ? "" : ", ").append(built_in.name);
      return Invalid("algorithms names " + InQuotes(*it) + ", which is neither custom nor one of " + known);
    }
    if (std::find(names.begin(), it, *it) != it) return Invalid("algorithms names " + InQuotes(*it) + " twice");
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckCompressionOptions(const CompressionOptions& options) {
  const struct {
    const char* name;
    int value, min, max;
  } levels[] = {
      {"gzip_level", options.gzip_level, 1, 9},
      {"zstd_level", options.zstd_level, 1, 22},
      {"brotli_level", options.brotli_level, 0, 11},
  };
  for (const auto& level : levels) {
    if (level.value >= level.min && level.value <= level.max) continue;
    return Invalid(std::string(level.name) + " must be between " + std::to_string(level.min) + " and " +
                   std::to_string(level.max) + ", not " + std::to_string(level.value));
  }
  absl::Status custom = CheckCustom(options);
  return custom.ok() ? CheckAlgorithms(options) : custom;
}

void AddCompressors(const CompressionOptions& options, CompressionRegistry* registry) {
  for (const std::string& name : options.algorithms) {
    std::shared_ptr<const Compressor> compressor = FindCustom(options, name);
    const BuiltIn* const built_in = FindBuiltIn(name);
    if (compressor == nullptr && built_in != nullptr) compressor = built_in->make(options);
    if (compressor != nullptr) registry->Add(std::move(compressor));
  }
  for (const auto& custom : options.custom) registry->Add(custom);  // once more changes nothing
}

}  // namespace connectrpc::codec
