#ifndef CONNECTRPC_SRC_CODEC_COMPRESSION_H_
#define CONNECTRPC_SRC_CODEC_COMPRESSION_H_

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "connectrpc/compression.h"

namespace connectrpc::codec {

// gzip (RFC 1952) on zlib; level 1 to 9. Concatenated members are one stream.
std::unique_ptr<Compressor> NewGzipCompressor(int level);

// The algorithms of a server or client, in order of preference. Fixed once calls run; then safe to read from any
// thread. "identity" is not among them: it is the absence of an entry.
class CompressionRegistry {
 public:
  // Replaces an entry of the same name.
  void Add(std::unique_ptr<Compressor> compressor);

  // The algorithm of that name; null for unknown ones, for "identity" and for "".
  const Compressor* Find(std::string_view name) const;

  // The first token of `accept` ("gzip, br;q=0.5") that is registered, or null: the answer then goes out uncompressed.
  const Compressor* Negotiate(std::string_view accept) const;

  // The names in order, such as "gzip, zstd": what a peer is told we accept.
  const std::string& accept_list() const { return accept_list_; }

 private:
  std::vector<std::unique_ptr<Compressor>> compressors_;
  std::string accept_list_;
};

}  // namespace connectrpc::codec

#endif  // CONNECTRPC_SRC_CODEC_COMPRESSION_H_
