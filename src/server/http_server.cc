#include "server/http_server.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <ostream>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "net/listener.h"
#include "server/check_options.h"
#include "server/handler_pool.h"
#include "server/server_context.h"
#include "server/server_state.h"
#include "server/server_tls.h"
#include "server/worker.h"

namespace connectrpc::server {
namespace {

// How long the last handshakes of a listener may take. Newcomers who call meanwhile, and are not answered, are a second
// late at the next server: short is good to them.
constexpr std::chrono::milliseconds kTcpHandshake{200};

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
  HttpServerImpl(const HttpOptions& options, RouteTable routes)
      : tls_(options.limits.max_handshakes),
        handler_pool_(options.limits),
        state_(options.limits.max_connections_per_peer) {
    context_.options = options;
    routes_ = routes.List();
    context_.routes = std::move(routes);
    context_.handler_pool = &handler_pool_;
    complete_ = CompleteContext(&context_);
    size_t loops =
        options.loops > 0 ? static_cast<size_t>(options.loops) : std::max(1u, std::thread::hardware_concurrency());
    for (size_t i = 0; i < loops; ++i) workers_.push_back(std::make_unique<Worker>(&context_, &state_));
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
    return absl::InvalidArgumentError("HttpOptions: tls has no certificate_chain");
  }

  absl::Status Listen() {
    if (!complete_.ok()) return complete_;
    for (const std::string& address : context_.options.listen) {
      net::ListenOptions listen;
      listen.reuse_port = context_.options.reuse_port;
      auto listener = net::Listener::Open(&workers_[0]->loop(), address, listen);
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

  const std::vector<MethodRoute>& routes() const override { return routes_; }

  ServerStats stats() const override {
    ServerStats stats;
    stats.connections = state_.connections.load(std::memory_order_relaxed);
    stats.buffered_bytes = state_.buffered_bytes.load(std::memory_order_relaxed);
    stats.connections_accepted = state_.accepted.value();
    stats.connections_refused = state_.refused.value();
    for (const auto& worker : workers_) {
      stats.calls += worker->running_calls();
      stats.connections_refused += std::as_const(*worker).stats().refused.value();
      stats.timeouts += std::as_const(*worker).stats().timeouts.value();
      stats.floods += std::as_const(*worker).stats().floods.value();
    }
    const HandlerPool::Stats handlers = handler_pool_.stats();
    stats.handler_threads = handlers.running;
    stats.queued_calls = handlers.waiting;
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

    StopListening(&grace);

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
    // A handler of the pool may still be returning from the post by which it gave its answer to a loop.
    handler_pool_.Join();
    for (auto& worker : workers_) worker->StopThread();
    return cancelled;
  }

 private:
  static absl::Status WithoutTls() { return absl::FailedPreconditionError("the server was started without TLS"); }

  // Runs `function` on the loop that accepts, and waits for it.
  template <typename Function>
  void OnAcceptingLoop(Function function) {
    Latch done(1);
    workers_[0]->Post([&function, &done] {
      function();
      done.CountDown();
    });
    done.Wait();
  }

  // Takes the time that it needs out of `grace`.
  //
  // Connections accepted before this returns were handed over before the workers are told to shut down. Clients that
  // wait to be accepted, or are completing their handshake, are among them: they know no other server.
  void StopListening(std::chrono::milliseconds* grace) {
    bool handshakes = false;
    OnAcceptingLoop([this, &handshakes] {
      for (auto& listener : listeners_) handshakes |= listener->IgnoreNewcomers();
    });
    if (handshakes && *grace > std::chrono::milliseconds::zero()) {
      const std::chrono::milliseconds wait = std::min(kTcpHandshake, *grace);
      std::this_thread::sleep_for(wait);
      *grace -= wait;
    }
    OnAcceptingLoop([this] {
      for (auto& listener : listeners_) listener->AcceptAllAndClose();
      listeners_.clear();
    });
  }

  void OnAccept(net::ConnectedSocket socket) override {
    state_.accepted.Add(1);
    if (state_.connections.load(std::memory_order_relaxed) >= context_.options.limits.max_connections ||
        !state_.peers.Add(socket.peer())) {
      state_.refused.Add(1);
      return;
    }
    state_.connections.fetch_add(1, std::memory_order_relaxed);
    workers_[next_worker_]->Adopt(std::move(socket));
    next_worker_ = (next_worker_ + 1) % workers_.size();
  }

  ServerContext context_;
  absl::Status complete_;
  ServerTls tls_;
  HandlerPool handler_pool_;
  ServerState state_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::vector<std::unique_ptr<net::Listener>> listeners_;
  std::vector<std::string> addresses_;
  int port_ = 0;
  std::vector<MethodRoute> routes_;
  size_t next_worker_ = 0;
  std::mutex shutdown_mutex_;
  bool running_ = false;
};

// A stream may have been told to throw: that is no reason not to serve.
void Report(const std::vector<MethodRoute>& routes, std::ostream& out) {
  try {
    out << DescribeRoutes(routes) << std::flush;
  } catch (...) {
  }
}

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
    if (options.route_report != nullptr) Report(server->routes(), *options.route_report);
    return server;
  } catch (const std::system_error& error) {  // no descriptors or threads left
    return absl::UnavailableError(std::string("cannot start event loops: ") + error.what());
  }
}

}  // namespace connectrpc::server
