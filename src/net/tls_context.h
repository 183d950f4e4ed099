#ifndef CONNECTRPC_SRC_NET_TLS_CONTEXT_H_
#define CONNECTRPC_SRC_NET_TLS_CONTEXT_H_

#include <memory>
#include <utility>

#include "absl/status/statusor.h"
#include "connectrpc/tls.h"

struct ssl_ctx_st;

namespace connectrpc::net {

// Certificates and parameters that many connections share. Immutable; each connection keeps the one it began with.
class TlsContext final {
 public:
  // Reads the files that `options` names. Errors say which option, and what is wrong with it. A certificate that has
  // expired is none: its renewal may be on the way.
  static absl::StatusOr<std::shared_ptr<const TlsContext>> ForServer(const TlsOptions& options);

  // The same for a client: what it trusts, and its own certificate. Whom each connection is to reach is its own affair
  // (TlsTarget).
  static absl::StatusOr<std::shared_ptr<const TlsContext>> ForClient(const ClientTlsOptions& options);

  ~TlsContext();
  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;

  // OpenSSL takes a mutable pointer where it only counts references.
  ssl_ctx_st* get() const { return context_; }

 private:
  explicit TlsContext(ssl_ctx_st* context) : context_(context) {}

  ssl_ctx_st* const context_;
};

// The context for new connections, which may be exchanged while others read it. Thread-safe.
class TlsContextHolder final {
 public:
  std::shared_ptr<const TlsContext> Get() const { return std::atomic_load(&context_); }
  void Set(std::shared_ptr<const TlsContext> context) { std::atomic_store(&context_, std::move(context)); }

 private:
  std::shared_ptr<const TlsContext> context_;  // by the atomic functions only
};

}  // namespace connectrpc::net

#endif  // CONNECTRPC_SRC_NET_TLS_CONTEXT_H_
