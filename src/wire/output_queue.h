#ifndef CONNECTRPC_SRC_WIRE_OUTPUT_QUEUE_H_
#define CONNECTRPC_SRC_WIRE_OUTPUT_QUEUE_H_

#include <cstddef>
#include <deque>
#include <string_view>

#include "wire/payload.h"

namespace connectrpc::wire {

// Bytes on their way out. Small pieces are gathered into blocks, so that they leave in few writes; large owned payloads
// are queued by reference. Not thread-safe. Keeps one block's capacity when it runs empty.
class OutputQueue {
 public:
  // Payloads at least this long are queued without a copy.
  static constexpr size_t kReferenceThreshold = 16 * 1024;

  // Copies.
  void Append(std::string_view bytes);
  // Copies short or borrowed payloads, keeps long owned ones by reference.
  void Append(Payload payload);
  // Moves the first `count` bytes of `from` to the end of this queue; count <= from.size(). Copies only what is short
  // or split.
  void AppendFrom(OutputQueue& from, size_t count);

  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

  // Fills `pieces` with up to `max_pieces` runs of bytes from the front, in order; returns how many. Valid until the
  // queue changes.
  size_t Peek(std::string_view* pieces, size_t max_pieces) const;
  // Drops `count` bytes from the front; count <= size().
  void Consume(size_t count);
  void Clear();

 private:
  struct Chunk {
    Payload payload;
    size_t offset = 0;  // bytes already consumed
  };

  std::deque<Chunk> chunks_;
  size_t size_ = 0;
};

}  // namespace connectrpc::wire

#endif  // CONNECTRPC_SRC_WIRE_OUTPUT_QUEUE_H_
