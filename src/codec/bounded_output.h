#ifndef CONNECTRPC_SRC_CODEC_BOUNDED_OUTPUT_H_
#define CONNECTRPC_SRC_CODEC_BOUNDED_OUTPUT_H_

#include <cstddef>
#include <string>

#include "connectrpc/compression.h"

namespace connectrpc::codec {

// Cuts `*out` to `size` bytes, and gives memory back where much of it would stay empty.
void CutTo(size_t size, std::string* out);

// What a decompressor writes into: a string that grows as it fills, up to one byte more than is permitted. That byte
// tells output which fits exactly from output that goes on.
//
// Flow: write into Room(), Advance() by what was written, until the stream ends or Advance() is false; then Finish().
class BoundedOutput {
 public:
  struct Span {
    char* data;
    size_t size;
  };

  // Replaces `*out`. `expected` bytes, at least 256 and no more than the limit, are taken at once: a guess that must
  // not come from the sender alone.
  BoundedOutput(size_t expected, size_t max_bytes, std::string* out);

  // Where the next bytes go: at least one, unless the limit was exceeded. Valid until the next call of this object.
  Span Room();

  // The same where `bytes` more bytes are known to follow, all in one place; data is null if they are too many.
  Span RoomFor(size_t bytes);

  // Takes up `bytes` of the room. False once there are more than the limit permits.
  [[nodiscard]] bool Advance(size_t bytes);

  // Leaves the output in the string if the result is kOk, else nothing.
  DecompressResult Finish(DecompressResult result);

 private:
  void Grow(size_t min_size);

  const size_t max_bytes_;
  const size_t capacity_;  // one byte more
  std::string* const out_;
  size_t written_ = 0;
};

}  // namespace connectrpc::codec

#endif  // CONNECTRPC_SRC_CODEC_BOUNDED_OUTPUT_H_
