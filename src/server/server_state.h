#ifndef CONNECTRPC_SRC_SERVER_SERVER_STATE_H_
#define CONNECTRPC_SRC_SERVER_SERVER_STATE_H_

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "server/peer_counts.h"

namespace connectrpc::server {

// A number that one thread changes and any thread reads.
class Counter final {
 public:
  void Add(uint64_t count) { value_.store(value() + count, std::memory_order_relaxed); }
  void Subtract(uint64_t count) { value_.store(value() - count, std::memory_order_relaxed); }
  uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<uint64_t> value_{0};
};

// What the loops of a server count together, or one of them for all. Outlives them.
struct ServerState {
  explicit ServerState(size_t max_connections_per_peer) : peers(max_connections_per_peer) {}

  std::atomic<size_t> connections{0};
  std::atomic<size_t> buffered_bytes{0};  // as of the latest turn of each connection
  PeerCounts peers;
  // Of the accepting loop.
  Counter accepted;
  Counter refused;
};

// What a loop counts for ServerStats.
struct WorkerStats {
  Counter refused;  // for too many handshakes
  Counter timeouts;
  Counter floods;
};

}  // namespace connectrpc::server

#endif  // CONNECTRPC_SRC_SERVER_SERVER_STATE_H_
