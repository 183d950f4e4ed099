#include "support/malloc_count.h"

#include <atomic>
#include <cstddef>

// Sanitizers have an allocator of their own, which calls a function of ours; otherwise what glibc's malloc is called
// within itself is put behind ours.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define CONNECTRPC_SANITIZED_MALLOC
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define CONNECTRPC_SANITIZED_MALLOC
#endif
#endif

namespace {

std::atomic<uint64_t> count{0};

void Count() {
  count.fetch_add(1, std::memory_order_relaxed);
}

}  // namespace

extern "C" {

#ifdef CONNECTRPC_SANITIZED_MALLOC

void __sanitizer_malloc_hook(const volatile void*, size_t) {
  Count();
}
void __sanitizer_free_hook(const volatile void*) {}

#else

void* __libc_malloc(size_t);
void* __libc_calloc(size_t, size_t);
void* __libc_realloc(void*, size_t);

void* malloc(size_t size) {
  Count();
  return __libc_malloc(size);
}
void* calloc(size_t number, size_t size) {
  Count();
  return __libc_calloc(number, size);
}
void* realloc(void* memory, size_t size) {
  Count();
  return __libc_realloc(memory, size);
}

#endif
}

namespace connectrpc::test {

uint64_t MallocCount() {
  return count.load(std::memory_order_relaxed);
}

}  // namespace connectrpc::test
