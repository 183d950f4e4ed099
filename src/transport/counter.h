#ifndef CONNECTRPC_SRC_TRANSPORT_COUNTER_H_
#define CONNECTRPC_SRC_TRANSPORT_COUNTER_H_

#include <atomic>
#include <cstdint>

namespace connectrpc::transport {

// A number that one loop changes and any thread reads.
class Counter final {
 public:
  void Add(uint64_t count) { value_.store(value() + count, std::memory_order_relaxed); }
  void Subtract(uint64_t count) { value_.store(value() - count, std::memory_order_relaxed); }
  uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<uint64_t> value_{0};
};

}  // namespace connectrpc::transport

#endif  // CONNECTRPC_SRC_TRANSPORT_COUNTER_H_
