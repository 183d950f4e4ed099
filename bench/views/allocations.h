#ifndef CONNECTRPC_BENCH_VIEWS_ALLOCATIONS_H_
#define CONNECTRPC_BENCH_VIEWS_ALLOCATIONS_H_

#include <cstdint>

namespace connectrpc::bench {

// How often this program has asked for memory: malloc and its like, and thereby operator new. It is counted in programs
// that are linked with allocations.cc.
uint64_t Allocations();

}  // namespace connectrpc::bench

#endif  // CONNECTRPC_BENCH_VIEWS_ALLOCATIONS_H_
