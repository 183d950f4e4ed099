// Decompression never gives more than its limit, and a limit changes nothing but whether the output fits; what was
// compressed comes back. One program for each algorithm, named by CONNECTRPC_ALGORITHM.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "codec/compression.h"
#include "codec/compression_options.h"

namespace {

using connectrpc::CompressionOptions;
using connectrpc::Compressor;
using connectrpc::DecompressResult;

constexpr size_t kLargeLimit = size_t{1} << 20;

void Check(bool condition) {
  if (!condition) std::abort();
}

void CheckDecompress(const Compressor& algorithm, std::string_view input, size_t limit) {
  std::string small;
  std::string large;
  const DecompressResult small_result = algorithm.Decompress(input, limit, &small);
  const DecompressResult large_result = algorithm.Decompress(input, kLargeLimit, &large);
  Check(small.size() <= limit && large.size() <= kLargeLimit);
  Check(small_result == DecompressResult::kOk || small.empty());
  if (large_result == DecompressResult::kOk) {
    Check((small_result == DecompressResult::kOk) == (large.size() <= limit));
    Check(small_result == DecompressResult::kOk ? small == large : small_result == DecompressResult::kTooLarge);
  } else {
    Check(small_result != DecompressResult::kOk);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) return 0;
  const size_t limit = data[0] * size_t{8};
  CompressionOptions options;
  // The greatest levels are slow, and differ in nothing that matters here.
  options.gzip_level = options.zstd_level = options.brotli_level = data[1] % 9 + 1;
  connectrpc::codec::CompressionRegistry registry;
  AddCompressors(options, &registry);
  const Compressor& algorithm = *registry.Find(CONNECTRPC_ALGORITHM);
  const std::string_view input(reinterpret_cast<const char*>(data) + 2, size - 2);
  CheckDecompress(algorithm, input, limit);

  std::string compressed;
  Check(algorithm.Compress(input, &compressed));
  std::string output;
  Check(algorithm.Decompress(compressed, input.size(), &output) == DecompressResult::kOk && output == input);
  Check(input.empty() || algorithm.Decompress(compressed, input.size() - 1, &output) == DecompressResult::kTooLarge);

  // What is nearly right gets further than anything else: one byte of it is another.
  compressed[data[0] * compressed.size() / 256] = static_cast<char>(data[1]);
  CheckDecompress(algorithm, compressed, limit);
  CheckDecompress(algorithm, compressed + compressed, limit);
  return 0;
}
