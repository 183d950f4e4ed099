#include "bench/views/allocations.h"

#include <atomic>
#include <cstddef>

namespace connectrpc::bench {
namespace {

std::atomic<uint64_t> count{0};

}  // namespace

uint64_t Allocations() {
  return count.load(std::memory_order_relaxed);
}

namespace internal {

void CountAllocation() {
  count.fetch_add(1, std::memory_order_relaxed);
}

}  // namespace internal
}  // namespace connectrpc::bench

// Sanitizers have an allocator of their own, which calls this; otherwise what glibc calls malloc is put behind ours.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define CONNECTRPC_BENCH_SANITIZED
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define CONNECTRPC_BENCH_SANITIZED
#endif
#endif

extern "C" {

#ifdef CONNECTRPC_BENCH_SANITIZED

void __sanitizer_malloc_hook(const volatile void*, size_t) {
  connectrpc::bench::internal::CountAllocation();
}
void __sanitizer_free_hook(const volatile void*) {}

#else

void* __libc_malloc(size_t);
void* __libc_calloc(size_t, size_t);
void* __libc_realloc(void*, size_t);

void* malloc(size_t size) {
  connectrpc::bench::internal::CountAllocation();
  return __libc_malloc(size);
}
void* calloc(size_t count, size_t size) {
  connectrpc::bench::internal::CountAllocation();
  return __libc_calloc(count, size);
}
void* realloc(void* memory, size_t size) {
  connectrpc::bench::internal::CountAllocation();
  return __libc_realloc(memory, size);
}

#endif
}
