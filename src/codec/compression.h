#ifndef CONNECTRPC_SRC_CODEC_COMPRESSION_H_
#define CONNECTRPC_SRC_CODEC_COMPRESSION_H_

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "connectrpc/compression.h"

namespace connectrpc::codec {

// Each works within one call and on the calling thread: there are never more decoders than threads that decompress,
// which are the event loops, and none is held for a message that is still arriving. What is kept between calls is at
// most a few MiB for each thread that has used an algorithm. Levels beyond an algorithm's range count as the nearest in
// it.

// gzip (RFC 1952) on zlib; level 1 to 9. Concatenated members are one stream.
std::unique_ptr<Compressor> NewGzipCompressor(int level);

// "deflate", which is zlib's format (RFC 1950), not the bare one that its name suggests; level 1 to 9.
std::unique_ptr<Compressor> NewDeflateCompressor(int level);

// zstd (RFC 8878); level 1 to 22. Frames with windows of more than 8 MiB, which RFC 9659 rules out for HTTP, are
// corrupt and never written. Concatenated frames, skippable ones among them, are one stream.
std::unique_ptr<Compressor> NewZstdCompressor(int level);

// "br" (RFC 7932), without large windows; level 0 to 11. A decoder takes up to 17 MB while a call runs, whatever the
// limit: a window of 16 MiB is any stream's right. Absent from a library that was built without CONNECTRPC_BROTLI.
std::unique_ptr<Compressor> NewBrotliCompressor(int level);

// snappy's framing format, with checksums. Concatenated streams are one. Absent from a library that was built without
// CONNECTRPC_SNAPPY.
std::unique_ptr<Compressor> NewSnappyCompressor();

// The algorithms of a server or client, in order of preference. Fixed once calls run; then safe to read from any
// thread. "identity" is not among them: it is the absence of an entry.
class CompressionRegistry {
 public:
  // Replaces an entry of the same name.
  void Add(std::shared_ptr<const Compressor> compressor);

  // The algorithm of that name; null for unknown ones, for "identity" and for "".
  const Compressor* Find(std::string_view name) const;

  // The algorithm for an answer to a caller that sent `accept` ("gzip, br;q=0.5"), or null: the answer then goes out
  // uncompressed. Of what is registered the greatest weight wins, among equals the first in the caller's list, as lists
  // without weights name the best first. "identity" competes like an algorithm where the caller names it, and comes
  // last where not. "*" is the first entry here that the list does not name, and loses to names of its weight.
  const Compressor* Negotiate(std::string_view accept) const;

  // The names in order, such as "gzip, zstd": what a peer is told we accept.
  const std::string& accept_list() const { return accept_list_; }

 private:
  struct Entry {
    std::string name;
    std::shared_ptr<const Compressor> compressor;
  };

  const Compressor* FirstNotIn(std::string_view accept) const;

  std::vector<Entry> entries_;
  std::string accept_list_;
};

}  // namespace connectrpc::codec

#endif  // CONNECTRPC_SRC_CODEC_COMPRESSION_H_
