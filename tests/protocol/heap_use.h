#ifndef CONNECTRPC_TESTS_PROTOCOL_HEAP_USE_H_
#define CONNECTRPC_TESTS_PROTOCOL_HEAP_USE_H_

#include <cstddef>

// What a program takes from operator new, which linking this replaces. For one thread.
namespace connectrpc::test {

// Taken and not given back.
size_t LiveBytes();

// How many requests there have been since the program began.
size_t Allocations();

// The largest request since the program began, or since this was called last; it begins anew.
size_t TakeLargestAllocation();

}  // namespace connectrpc::test

#endif  // CONNECTRPC_TESTS_PROTOCOL_HEAP_USE_H_
