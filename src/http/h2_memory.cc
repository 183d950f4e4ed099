#include "http/h2_memory.h"

#include <cstdint>
#include <cstdlib>
#include <cstring>

namespace connectrpc::http {

H2Memory::~H2Memory() {
  for (Block* block : kept_) {
    while (block != nullptr) {
      Block* const next = block->next;
      std::free(block);
      block = next;
    }
  }
}

void* H2Memory::Allocate(size_t size) {
  if (size > kSizes * kSizeStep) {
    if (size > SIZE_MAX - sizeof(Block)) return nullptr;
    auto* const block = static_cast<Block*>(std::malloc(sizeof(Block) + size));
    if (block == nullptr) return nullptr;
    block->size = size;
    return block + 1;
  }
  const size_t index = size == 0 ? 0 : (size - 1) / kSizeStep;
  Block* block = kept_[index];
  if (block != nullptr) {
    kept_[index] = block->next;
    kept_bytes_ -= block->size;
    return block + 1;
  }
  const size_t rounded = (index + 1) * kSizeStep;
  block = static_cast<Block*>(std::malloc(sizeof(Block) + rounded));
  if (block == nullptr) return nullptr;
  block->size = rounded;
  return block + 1;
}

void H2Memory::Free(void* bytes) {
  if (bytes == nullptr) return;
  Block* const block = static_cast<Block*>(bytes) - 1;
  if (block->size > kSizes * kSizeStep || kept_bytes_ + block->size > kMaxKeptBytes) {
    std::free(block);
    return;
  }
  Block*& first = kept_[block->size / kSizeStep - 1];
  block->next = first;
  first = block;
  kept_bytes_ += block->size;
}

void* H2Memory::Reallocate(void* bytes, size_t size) {
  if (bytes == nullptr) return Allocate(size);
  const size_t old_size = (static_cast<Block*>(bytes) - 1)->size;
  if (size <= old_size) return bytes;
  void* const moved = Allocate(size);
  if (moved == nullptr) return nullptr;
  std::memcpy(moved, bytes, old_size);
  Free(bytes);
  return moved;
}

}  // namespace connectrpc::http
