#ifndef CONNECTRPC_SRC_HTTP_H2_MEMORY_H_
#define CONNECTRPC_SRC_HTTP_H2_MEMORY_H_

#include <array>
#include <cstddef>
#include <cstdlib>
#include <utility>

namespace connectrpc::http {

// Memory for the nghttp2 sessions of one thread. nghttp2 allocates eight blocks for each request, all small and of a
// few sizes, and frees most of them when the answer has gone, a batch of requests later: that is more than what malloc
// keeps at hand. Here, freed blocks wait for the next request. Outlives its sessions.
class H2Memory final {
 public:
  // Kept at most; what is freed beyond that goes back to malloc, so that a burst does not hold memory for ever.
  static constexpr size_t kMaxKeptBytes = 512 * 1024;

  H2Memory() = default;
  H2Memory(const H2Memory&) = delete;
  H2Memory& operator=(const H2Memory&) = delete;
  ~H2Memory();

  // As malloc, free and realloc.
  void* Allocate(size_t size) {
    if (size > kSizes * kSizeStep || size == 0) return AllocateNew(size);
    Block*& first = kept_[(size - 1) / kSizeStep];
    if (first == nullptr) return AllocateNew(size);
    Block* const block = std::exchange(first, first->next);
    kept_bytes_ -= block->size;
    return block + 1;
  }
  void Free(void* bytes) {
    if (bytes == nullptr) return;
    Block* const block = static_cast<Block*>(bytes) - 1;
    if (block->size > kSizes * kSizeStep || kept_bytes_ + block->size > kMaxKeptBytes) {
      std::free(block);
      return;
    }
    block->next = std::exchange(kept_[block->size / kSizeStep - 1], block);
    kept_bytes_ += block->size;
  }
  void* Reallocate(void* bytes, size_t size);

  size_t kept_bytes() const { return kept_bytes_; }

 private:
  // What precedes the bytes of a block in use, or is all that is left of a kept one.
  struct alignas(std::max_align_t) Block {
    size_t size;  // of the bytes
    Block* next;  // of those kept
  };

  void* AllocateNew(size_t size);

  static constexpr size_t kSizeStep = 64;
  static constexpr size_t kSizes = 8;  // larger blocks are not kept

  std::array<Block*, kSizes> kept_{};  // kept_[i]: blocks of (i + 1) * kSizeStep bytes
  size_t kept_bytes_ = 0;
};

}  // namespace connectrpc::http

#endif  // CONNECTRPC_SRC_HTTP_H2_MEMORY_H_
