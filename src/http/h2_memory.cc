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

void* H2Memory::AllocateNew(size_t size) {
  if (size > SIZE_MAX - sizeof(Block) - kSizeStep) return nullptr;
  // Those that will be kept are of a few sizes; the others as they are.
  if (size <= kSizes * kSizeStep) size = size == 0 ? kSizeStep : (size + kSizeStep - 1) / kSizeStep * kSizeStep;
  auto* const block = static_cast<Block*>(std::malloc(sizeof(Block) + size));
  if (block == nullptr) return nullptr;
  block->size = size;
  return block + 1;
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
