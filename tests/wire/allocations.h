#ifndef CONNECTRPC_TESTS_WIRE_ALLOCATIONS_H_
#define CONNECTRPC_TESTS_WIRE_ALLOCATIONS_H_

#include <cstddef>

namespace connectrpc::test {

// What operator new, which this program replaces, was asked for since the object was made. One at a time.
class Allocations {
 public:
  Allocations();

  size_t count() const;
  size_t largest() const;  // in bytes
};

}  // namespace connectrpc::test

#endif  // CONNECTRPC_TESTS_WIRE_ALLOCATIONS_H_
