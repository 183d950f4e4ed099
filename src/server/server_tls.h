#ifndef CONNECTRPC_SRC_SERVER_SERVER_TLS_H_
#define CONNECTRPC_SRC_SERVER_SERVER_TLS_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>

#include "absl/status/status.h"
#include "connectrpc/tls.h"
#include "net/tls_context.h"

namespace connectrpc::server {

// The TLS of one server: its certificates of the moment, and the handshakes that go on. Thread-safe.
class ServerTls final {
 public:
  // A handshake that is going on, as the count knows it: from BeginHandshake to its destruction.
  struct EndHandshake {
    void operator()(ServerTls* tls) const { tls->handshakes_.fetch_sub(1, std::memory_order_relaxed); }
  };
  using Handshake = std::unique_ptr<ServerTls, EndHandshake>;

  explicit ServerTls(size_t max_handshakes) : max_handshakes_(max_handshakes) {}
  ServerTls(const ServerTls&) = delete;
  ServerTls& operator=(const ServerTls&) = delete;

  // Takes certificates into use, or leaves everything as it is. Before any connection, and at any time later.
  absl::Status Load(const TlsOptions& options);
  // The options that were loaded last, again: for files that have changed.
  absl::Status Reload();

  std::shared_ptr<const net::TlsContext> context() const { return context_.Get(); }

  // Null if there are too many.
  Handshake BeginHandshake();
  void CountFailedHandshake() { failed_.fetch_add(1, std::memory_order_relaxed); }

  size_t handshakes() const { return handshakes_.load(std::memory_order_relaxed); }
  uint64_t failed_handshakes() const { return failed_.load(std::memory_order_relaxed); }

 private:
  absl::Status LoadLocked(const TlsOptions& options);

  const size_t max_handshakes_;
  net::TlsContextHolder context_;
  std::atomic<size_t> handshakes_{0};
  std::atomic<uint64_t> failed_{0};
  std::mutex mutex_;    // one Load at a time
  TlsOptions options_;  // of the last one
};

}  // namespace connectrpc::server

#endif  // CONNECTRPC_SRC_SERVER_SERVER_TLS_H_
