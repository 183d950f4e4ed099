#ifndef CONNECTRPC_TESTS_SUPPORT_MALLOC_COUNT_H_
#define CONNECTRPC_TESTS_SUPPORT_MALLOC_COUNT_H_

#include <cstdint>

namespace connectrpc::test {

// How often this program has asked for memory by malloc, calloc or realloc, and thereby by operator new. It is counted
// in programs that are linked with malloc_count.cc, be they built with sanitizers or not.
uint64_t MallocCount();

}  // namespace connectrpc::test

#endif  // CONNECTRPC_TESTS_SUPPORT_MALLOC_COUNT_H_
