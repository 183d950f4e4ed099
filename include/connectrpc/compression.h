#ifndef CONNECTRPC_COMPRESSION_H_
#define CONNECTRPC_COMPRESSION_H_

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace connectrpc {

enum class DecompressResult {
  kOk,
  kTooLarge,  // more than max_bytes come out
  kCorrupt,   // not this format, truncated, or followed by something else
};

// One compression algorithm. Implementations are shared by all calls and all threads.
class Compressor {
 public:
  virtual ~Compressor() = default;

  // The name in content-encoding and its kin, such as "gzip": lower-case letters, digits and "-".
  virtual std::string_view name() const = 0;

  // Replaces `*out` by the compressed bytes. False when the library fails (out of memory).
  [[nodiscard]] virtual bool Compress(std::string_view bytes, std::string* out) const = 0;

  // Replaces `*out`. Never produces, nor holds, more than max_bytes + 1 bytes: the output grows from the input's size
  // and the work stops at the first byte beyond the limit, so that a bomb costs no more than a message of the permitted
  // size.
  [[nodiscard]] virtual DecompressResult Decompress(std::string_view bytes, size_t max_bytes,
                                                    std::string* out) const = 0;
};

struct CompressionOptions {
  bool enabled = true;  // compress responses where the caller accepts it; compressed requests are always understood
  // Messages shorter than this go out as they are.
  size_t min_bytes = 1024;
  // What is offered, in the order in which callers are told: of "gzip", "zstd", "br", "deflate" (zlib, RFC 1950),
  // "snappy" (the framing format), as far as the library was built with them. The caller's order decides which one an
  // answer uses.
  std::vector<std::string> algorithms = {"gzip", "zstd", "br", "deflate", "snappy"};
  int gzip_level = 1;    // of deflate, too: 1 to 9
  int zstd_level = 3;    // 1 to 22
  int brotli_level = 4;  // 0 to 11
  // Algorithms of one's own; one with the name of a built-in replaces it.
  std::vector<std::shared_ptr<const Compressor>> custom;
};

}  // namespace connectrpc

#endif  // CONNECTRPC_COMPRESSION_H_
