#include "protocol/heap_use.h"

#include <malloc.h>

#include <algorithm>
#include <cstdlib>
#include <new>
#include <utility>

namespace {

size_t live_bytes = 0;
size_t largest_allocation = 0;
size_t allocations = 0;

}  // namespace

void* operator new(size_t size, const std::nothrow_t&) noexcept {
  void* memory = std::malloc(size == 0 ? 1 : size);
  if (memory == nullptr) std::abort();
  live_bytes += malloc_usable_size(memory);
  largest_allocation = std::max(largest_allocation, size);
  ++allocations;
  return memory;
}

void* operator new(size_t size) {
  return operator new(size, std::nothrow);
}

void operator delete(void* memory) noexcept {
  if (memory != nullptr) live_bytes -= malloc_usable_size(memory);
  std::free(memory);
}

void operator delete(void* memory, size_t) noexcept {
  operator delete(memory);
}

namespace connectrpc::test {

size_t LiveBytes() {
  return live_bytes;
}

size_t Allocations() {
  return allocations;
}

size_t TakeLargestAllocation() {
  return std::exchange(largest_allocation, 0);
}

}  // namespace connectrpc::test
