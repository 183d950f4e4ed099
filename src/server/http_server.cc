#include "server/http_server.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "net/listener.h"
#include "server/server_context.h"
#include "server/server_tls.h"
#include "server/worker.h"

namespace connectrpc::server {
namespace {

absl::Status Invalid(const std::string& what) {
  return absl::InvalidArgumentError("HttpOptions: " + what);
}

absl::Status CheckRange(const char* name, size_t value, size_t min, size_t max) {
  if (value >= min && value <= max) return absl::OkStatus();
  return Invalid(std::string(name) + " must be between " + std::to_string(min) + " and " + std::to_string(max) +
                 ", not " + std::to_string(value));
}

absl::Status CheckOptions(const HttpOptions& options) {
  if (options.listen.empty()) return Invalid("listen names no address");
  if (options.loops < 0) return Invalid("loops must not be negative");
  constexpr size_t kMaxWindow = 0x7fffffff;  // RFC 9113 section 6.9.1
  constexpr size_t kMaxCount = 0x7fffffff;
  constexpr size_t kMaxHeader = 1024 * 1024;
  const Limits& limits = options.limits;
  const struct {
    const char* name;
    size_t value, min, max;
  } ranges[] = {
      {"limits.max_message_bytes", limits.max_message_bytes, 1, 0xffffffff},
      {"limits.max_unary_body_bytes", limits.max_unary_body_bytes, 1, 0xffffffff},
      {"limits.max_header_list_bytes", limits.max_header_list_bytes, 256, kMaxHeader},
      {"limits.max_header_fields", limits.max_header_fields, 1, 100'000},
      {"limits.max_request_line_bytes", limits.max_request_line_bytes, 64, kMaxHeader},
      {"limits.max_concurrent_streams", limits.max_concurrent_streams, 1, kMaxCount},
      {"limits.max_running_calls_per_connection", limits.max_running_calls_per_connection, 1, kMaxCount},
      {"limits.stream_window_bytes", limits.stream_window_bytes, 1, kMaxWindow},
      {"limits.connection_window_bytes", limits.connection_window_bytes, 65535, kMaxWindow},
      {"limits.max_stream_output_bytes", limits.max_stream_output_bytes, 1, kMaxWindow},
      {"limits.max_connection_output_bytes", limits.max_connection_output_bytes, 1, kMaxWindow},
      {"limits.max_connections", limits.max_connections, 1, kMaxCount},
      {"limits.max_handshakes", limits.max_handshakes, 1, kMaxCount},
      {"limits.max_json_depth", static_cast<size_t>(std::max(limits.max_json_depth, 0)), 1, 10'000},
      {"compression.gzip_level", static_cast<size_t>(std::max(options.compression.gzip_level, 0)), 1, 9},
  };
  for (const auto& range : ranges) {
    absl::Status status = CheckRange(range.name, range.value, range.min, range.max);
    if (!status.ok()) return status;
  }
  const std::string& prefix = options.path_prefix;
  if (!prefix.empty() && (prefix.front() != '/' || prefix.back() == '/')) {
    return Invalid("path_prefix must begin with \"/\" and not end with it, not \"" + prefix + "\"");
  }
  for (const auto& [path, handler] : options.http_handlers) {
    if (path.empty() || path.front() != '/')
      return Invalid("http_handlers: \"" + path + "\" does not begin with \"/\"");
    if (!handler) return Invalid("http_handlers: the handler of \"" + path + "\" is empty");
  }
  for (const auto& interceptor : options.interceptors) {
    if (interceptor == nullptr) return Invalid("interceptors must not be null");
  }
  for (const auto& observer : options.observers) {
    if (observer == nullptr) return Invalid("observers must not be null");
  }
  const Timeouts& timeouts = options.timeouts;
  for (std::chrono::milliseconds timeout :
       {timeouts.tls_handshake, timeouts.header_read, timeouts.http1_idle, timeouts.drain, timeouts.shutdown}) {
    if (timeout.count() < 0) return Invalid("timeouts must not be negative");
  }
  return absl::OkStatus();
}

// A count that other threads wait for.
class Latch {
 public:
  explicit Latch(size_t count) : count_(count) {}
  void CountDown() {
    std::lock_guard<std::mutex> lock(mutex_);
    if (--count_ == 0) zero_.notify_all();
  }
  void Wait() {
    std::unique_lock<std::mutex> lock(mutex_);
    zero_.wait(lock, [this] { return count_ == 0; });
  }
  // Whether it reached zero in time.
  bool WaitFor(std::chrono::milliseconds timeout) {
    std::unique_lock<std::mutex> lock(mutex_);
    return zero_.wait_for(lock, timeout, [this] { return count_ == 0; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable zero_;
  size_t count_;
};

// Listeners run on the first worker's loop and deal connections out in turn.
class HttpServerImpl final : public HttpServer, private net::Listener::Acceptor {
 public:
  HttpServerImpl(const HttpOptions& options, RouteTable routes) : tls_(options.limits.max_handshakes) {
    context_.options = options;
    context_.routes = std::move(routes);
    complete_ = CompleteContext(&context_);
    size_t loops =
        options.loops > 0 ? static_cast<size_t>(options.loops) : std::max(1u, std::thread::hardware_concurrency());
    for (size_t i = 0; i < loops; ++i) workers_.push_back(std::make_unique<Worker>(&context_, &open_connections_));
  }

  ~HttpServerImpl() override { Shutdown(context_.options.timeouts.shutdown); }

  absl::Status LoadTls() {
    const TlsOptions& tls = context_.options.tls;
    if (tls.enabled()) {
      context_.tls = &tls_;
      return tls_.Load(tls);
    }
    // Somebody who has set these does not expect connections in clear.
    if (tls.private_key_pem.empty() && tls.private_key_file.empty() && tls.client_ca_pem.empty() &&
        tls.client_ca_file.empty() && tls.client_certificates == TlsOptions::ClientCertificates::kOff) {
      return absl::OkStatus();
    }
    return Invalid("tls has no certificate_chain");
  }

  absl::Status Listen() {
    if (!complete_.ok()) return complete_;
    for (const std::string& address : context_.options.listen) {
      auto listener = net::Listener::Open(&workers_[0]->loop(), address);
      if (!listener.ok()) return listener.status();
      addresses_.push_back((*listener)->address());
      if (listeners_.empty()) port_ = (*listener)->port();
      listeners_.push_back(*std::move(listener));
    }
    return absl::OkStatus();
  }

  // Throws std::system_error when there are no threads left.
  void Run() {
    for (auto& listener : listeners_) listener->Start(this);
    try {
      for (auto& worker : workers_) worker->StartThread();
    } catch (...) {
      for (auto& worker : workers_) worker->StopThread();
      throw;
    }
    running_ = true;
  }

  const std::vector<std::string>& addresses() const override { return addresses_; }
  int port() const override { return port_; }

  ServerStats stats() const override {
    ServerStats stats;
    stats.connections = open_connections_.load(std::memory_order_relaxed);
    stats.handshakes = tls_.handshakes();
    stats.handshakes_failed = tls_.failed_handshakes();
    return stats;
  }

  absl::Status ReloadTls() override { return context_.tls != nullptr ? tls_.Reload() : WithoutTls(); }
  absl::Status ReloadTls(const TlsOptions& tls) override {
    return context_.tls != nullptr ? tls_.Load(tls) : WithoutTls();
  }

  size_t Shutdown(std::chrono::milliseconds grace) override {
    std::lock_guard<std::mutex> lock(shutdown_mutex_);
    if (!running_) return 0;
    running_ = false;

    // Connections accepted before this returns were handed over before the workers are told to shut down.
    Latch closed(1);
    workers_[0]->Post([this, &closed] {
      listeners_.clear();
      closed.CountDown();
    });
    closed.Wait();

    Latch quiet(workers_.size());
    for (auto& worker : workers_) {
      worker->Post([&worker, &quiet] { worker->Shutdown([&quiet] { quiet.CountDown(); }); });
    }
    std::atomic<size_t> cancelled{0};
    if (!quiet.WaitFor(grace)) {
      Latch cut(workers_.size());
      for (auto& worker : workers_) {
        worker->Post([&worker, &cancelled, &cut] {
          cancelled += worker->Cut();
          cut.CountDown();
        });
      }
      cut.Wait();
      quiet.Wait();
    }
    for (auto& worker : workers_) worker->StopThread();
    return cancelled;
  }

 private:
  static absl::Status WithoutTls() { return absl::FailedPreconditionError("the server was started without TLS"); }

  void OnAccept(net::AcceptedSocket socket) override {
    if (open_connections_.load(std::memory_order_relaxed) >= context_.options.limits.max_connections) return;
    workers_[next_worker_]->Adopt(std::move(socket));
    next_worker_ = (next_worker_ + 1) % workers_.size();
  }

  ServerContext context_;
  absl::Status complete_;
  ServerTls tls_;
  std::atomic<size_t> open_connections_{0};
  std::vector<std::unique_ptr<Worker>> workers_;
  std::vector<std::unique_ptr<net::Listener>> listeners_;
  std::vector<std::string> addresses_;
  int port_ = 0;
  size_t next_worker_ = 0;
  std::mutex shutdown_mutex_;
  bool running_ = false;
};

}  // namespace

absl::StatusOr<std::unique_ptr<HttpServer>> StartHttpServer(const HttpOptions& options, RouteTable routes) {
  absl::Status valid = CheckOptions(options);
  if (!valid.ok()) return valid;
  try {
    auto server = std::make_unique<HttpServerImpl>(options, std::move(routes));
    absl::Status tls = server->LoadTls();
    if (!tls.ok()) return tls;
    absl::Status listening = server->Listen();
    if (!listening.ok()) return listening;
    server->Run();
    return server;
  } catch (const std::system_error& error) {  // no descriptors or threads left
    return absl::UnavailableError(std::string("cannot start event loops: ") + error.what());
  }
}

}  // namespace connectrpc::server
