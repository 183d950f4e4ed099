#include "wire/allocations.h"

#include <algorithm>
#include <cstdlib>
#include <new>

namespace {

size_t allocation_count = 0;
size_t largest_allocation = 0;

}  // namespace

void* operator new(size_t size) {
  ++allocation_count;
  largest_allocation = std::max(largest_allocation, size);
  void* memory = std::malloc(size == 0 ? 1 : size);
  if (memory == nullptr) std::abort();
  return memory;
}

// Sanitizers have one of their own, whose memory is not for free().
void* operator new(size_t size, const std::nothrow_t&) noexcept {
  return operator new(size);
}

void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, size_t) noexcept {
  std::free(memory);
}

namespace connectrpc::test {

Allocations::Allocations() {
  allocation_count = 0;
  largest_allocation = 0;
}

size_t Allocations::count() const {
  return allocation_count;
}
size_t Allocations::largest() const {
  return largest_allocation;
}

}  // namespace connectrpc::test
