#ifndef CONNECTRPC_VIEWS_ARENA_H_
#define CONNECTRPC_VIEWS_ARENA_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <utility>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define CONNECTRPC_VIEWS_ADDRESS_SANITIZER 1
#elif __has_feature(memory_sanitizer)
#define CONNECTRPC_VIEWS_MEMORY_SANITIZER 1
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define CONNECTRPC_VIEWS_ADDRESS_SANITIZER 1
#endif
#if defined(CONNECTRPC_VIEWS_ADDRESS_SANITIZER)
#include <sanitizer/asan_interface.h>
#elif defined(CONNECTRPC_VIEWS_MEMORY_SANITIZER)
#include <sanitizer/msan_interface.h>
#endif

namespace connectrpc::views {

// Memory for what parsing builds beside the message's own bytes: given out piece by piece, taken back all at once. One
// that is reset and used again for messages of the same kind asks for no memory any more.
//
// Not thread-safe. Views that were parsed with it are valid until it is reset or destroyed; moving it does not hurt
// them. The sanitizers of addresses and of memory report those that are used later.
class Arena final {
 public:
  // All pieces begin at multiples of it.
  static constexpr size_t kAlignment = 8;
  // Larger pieces have a block of their own, unless Reset was told to keep more than this.
  static constexpr size_t kLargestStep = size_t{1} << 20;

  Arena() = default;
  ~Arena() { FreeBlocks(); }
  Arena(Arena&& other) noexcept { *this = std::move(other); }
  Arena& operator=(Arena&& other) noexcept {
    std::swap(next_, other.next_);
    std::swap(limit_, other.limit_);
    std::swap(block_, other.block_);
    std::swap(total_, other.total_);
    std::swap(first_size_, other.first_size_);
    return *this;
  }

  // `size` is not 0. Null if there is no memory, or `size` is beyond all reason.
  void* Allocate(size_t size) {
    const size_t rounded = RoundUp(size);
    if (rounded > static_cast<size_t>(limit_ - next_) || rounded < size) return AllocateInNewBlock(size);
    char* const piece = next_;
    next_ += rounded;
    Open(piece, rounded);
    return piece;
  }

  // Makes the piece that ends at `end` longer where it lies, if nothing was given out after it and there is room.
  bool Extend(const void* end, size_t more) {
    const size_t rounded = RoundUp(more);
    if (end != next_ || next_ == nullptr || rounded > static_cast<size_t>(limit_ - next_) || rounded < more)
      return false;
    Open(next_, rounded);
    next_ += rounded;
    return true;
  }

  // Takes back what lies behind `end` of the piece that was given out last.
  void ShortenTo(void* end) {
    const size_t unused = static_cast<size_t>(next_ - static_cast<char*>(end)) & ~(kAlignment - 1);
    next_ -= unused;
    Close(next_, unused);
  }

  // Of a piece that nobody needs any more. Gives it back at once if it is so large that it has a block of its own.
  void Release(const void* piece, size_t size) {
    Close(piece, RoundUp(size));
    if (size <= kLargestStep) return;
    for (Block** link = &block_; *link != nullptr; link = &(*link)->previous) {
      Block* const block = *link;
      if (block->data() != piece || block->size != RoundUp(size)) continue;
      if (block == block_) next_ = limit_ = nullptr;
      *link = block->previous;
      total_ -= block->size;
      std::free(block);
      return;
    }
  }

  // Takes everything back. Keeps, for the next message, as much memory as the last one needed, but no more than `keep`
  // bytes.
  void Reset(size_t keep = kDefaultKeep) {
    const bool one_block = block_ != nullptr && block_->previous == nullptr;
    if (one_block && block_->size <= keep) {
      next_ = block_->data();
      Close(next_, block_->size);
      return;
    }
    first_size_ = std::min(std::max(total_, kFirstBlock), std::max(keep, kFirstBlock));
    FreeBlocks();
  }

  // What it has asked the system for, in bytes.
  size_t reserved() const { return total_; }

  static constexpr size_t kDefaultKeep = size_t{1} << 20;

 private:
  struct alignas(kAlignment) Block {
    Block* previous;
    size_t size;  // of its data
    char* data() { return reinterpret_cast<char*>(this + 1); }
  };

  static constexpr size_t kFirstBlock = size_t{4} << 10;

  static constexpr size_t RoundUp(size_t size) { return (size + (kAlignment - 1)) & ~(kAlignment - 1); }

  // What is given out may be read and written, the rest may not: seen by sanitizers alone.
  static void Open([[maybe_unused]] const void* piece, [[maybe_unused]] size_t size) {
#if defined(CONNECTRPC_VIEWS_ADDRESS_SANITIZER)
    ASAN_UNPOISON_MEMORY_REGION(piece, size);
#endif
  }
  static void Close([[maybe_unused]] const void* piece, [[maybe_unused]] size_t size) {
#if defined(CONNECTRPC_VIEWS_ADDRESS_SANITIZER)
    ASAN_POISON_MEMORY_REGION(piece, size);
#elif defined(CONNECTRPC_VIEWS_MEMORY_SANITIZER)
    __msan_poison(piece, size);
#endif
  }

#if defined(__GNUC__)
  [[gnu::noinline]]
#endif
  void*
  AllocateInNewBlock(size_t size) {
    if (size > SIZE_MAX / 2) return nullptr;
    const size_t step = block_ == nullptr ? first_size_ : std::min(kLargestStep, 2 * block_->size);
    const size_t block_size = std::max(step, RoundUp(size));
    auto* const block = static_cast<Block*>(std::malloc(sizeof(Block) + block_size));
    if (block == nullptr) return nullptr;
    *block = {block_, block_size};
    block_ = block;
    total_ += block_size;
    next_ = block->data() + RoundUp(size);
    limit_ = block->data() + block_size;
    Close(next_, static_cast<size_t>(limit_ - next_));
    return block->data();
  }

  void FreeBlocks() {
    while (block_ != nullptr) std::free(std::exchange(block_, block_->previous));
    next_ = limit_ = nullptr;
    total_ = 0;
  }

  char* next_ = nullptr;
  char* limit_ = nullptr;
  Block* block_ = nullptr;  // the last one
  size_t total_ = 0;
  size_t first_size_ = kFirstBlock;
};

}  // namespace connectrpc::views

#endif  // CONNECTRPC_VIEWS_ARENA_H_
