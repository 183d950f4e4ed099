#ifndef CONNECTRPC_SRC_SERVER_PEER_COUNTS_H_
#define CONNECTRPC_SRC_SERVER_PEER_COUNTS_H_

#include <cstddef>
#include <mutex>
#include <string>
#include <string_view>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"

namespace connectrpc::server {

// The connections of each peer, by its IP address; an IPv6 network of 64 bits is one peer. Used when a connection comes
// and when it goes, and not at all without a limit. Peers of Unix sockets are not counted. Thread-safe.
class PeerCounts final {
 public:
  // 0: no limit.
  explicit PeerCounts(size_t max_connections) : max_(max_connections) {}

  // Another connection of `peer`, an address as gRPC spells it. False if the peer has as many as it may.
  [[nodiscard]] bool Add(std::string_view peer);
  // One that was added has ended.
  void Remove(std::string_view peer);

 private:
  const size_t max_;
  std::mutex mutex_;
  // Abseil seeds its hash, so that nobody can choose addresses that collide.
  absl::flat_hash_map<std::string, size_t> counts_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace connectrpc::server

#endif  // CONNECTRPC_SRC_SERVER_PEER_COUNTS_H_
