#ifndef CONNECTRPC_SRC_WIRE_OUTPUT_QUEUE_H_
#define CONNECTRPC_SRC_WIRE_OUTPUT_QUEUE_H_

#include <cstddef>
#include <memory>
#include <string_view>
#include <vector>

#include "connectrpc/payload.h"

namespace connectrpc::wire {

// Bytes on their way out. Small pieces are gathered into blocks, so that they leave in few writes; large owned payloads
// are queued by reference. Not thread-safe. Keeps one block's capacity when it runs empty.
class OutputQueue {
 public:
  // Payloads at least this long are queued without a copy.
  static constexpr size_t kReferenceThreshold = 16 * 1024;
  // What a block of gathered bytes grows to, from kFirstBlockSize.
  static constexpr size_t kBlockSize = 16 * 1024;
  static constexpr size_t kFirstBlockSize = 512;

  OutputQueue() = default;
  OutputQueue(const OutputQueue&) = delete;
  OutputQueue& operator=(const OutputQueue&) = delete;

  // Copies.
  void Append(std::string_view bytes);
  // Copies short or borrowed payloads, keeps long owned ones by reference.
  void Append(Payload payload);
  // Adds `size` bytes, all in one run, for the caller to write before it touches the queue again.
  char* Extend(size_t size);
  // Moves the first `count` bytes of `from`, another queue, to the end of this one; count <= from.size(). Copies
  // gathered bytes and short runs. A long run of a queued payload passes by reference, also where `count` splits the
  // payload: then both queues share it.
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
  // Room for bytes; its bytes mean nothing before they are written.
  struct Block {
    // To at least `needed`, or kBlockSize if that is less; keeps the first `filled` bytes.
    void Grow(size_t needed, size_t filled);

    std::unique_ptr<char[]> bytes;
    size_t size = 0;
  };

  // A block of gathered bytes, or a run of a payload that is kept by reference. Never empty.
  struct Chunk {
    std::string_view view() const {
      return reference ? run : std::string_view(block.bytes.get() + consumed, filled - consumed);
    }

    Block block;
    size_t filled = 0;    // bytes of `block` that are there
    size_t consumed = 0;  // of these, bytes at the front that are gone
    std::shared_ptr<const Payload> reference;
    std::string_view run;  // into *reference
  };

  void AppendReference(std::shared_ptr<const Payload> reference, std::string_view run);
  // The block at the end with room for at least one byte, and for `size` bytes unless they are more than fit.
  Chunk& BlockFor(size_t size);
  Chunk& AddBlock(size_t size);
  void PopFront();

  // chunks_[head_] is the front. The chunks before it are spent; they are erased in batches.
  std::vector<Chunk> chunks_;
  size_t head_ = 0;
  size_t size_ = 0;
  Block spare_;        // not in use
  char no_bytes_ = 0;  // what Extend of none points to
};

}  // namespace connectrpc::wire

#endif  // CONNECTRPC_SRC_WIRE_OUTPUT_QUEUE_H_
