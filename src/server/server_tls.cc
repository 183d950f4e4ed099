#include "server/server_tls.h"

#include <utility>

#include "absl/status/statusor.h"

namespace connectrpc::server {

absl::Status ServerTls::Load(const TlsOptions& options) {
  std::lock_guard<std::mutex> lock(mutex_);
  return LoadLocked(options);
}

absl::Status ServerTls::Reload() {
  std::lock_guard<std::mutex> lock(mutex_);
  return LoadLocked(TlsOptions(options_));
}

absl::Status ServerTls::LoadLocked(const TlsOptions& options) {
  absl::StatusOr<std::shared_ptr<const net::TlsContext>> context = net::TlsContext::ForServer(options);
  if (!context.ok()) {
    return absl::Status(context.status().code(), "HttpOptions: tls." + std::string(context.status().message()));
  }
  context_.Set(*std::move(context));
  options_ = options;
  return absl::OkStatus();
}

ServerTls::Handshake ServerTls::BeginHandshake() {
  Handshake handshake(this);
  if (handshakes_.fetch_add(1, std::memory_order_relaxed) >= max_handshakes_) return nullptr;
  return handshake;
}

}  // namespace connectrpc::server
