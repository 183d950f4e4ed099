#ifndef CONNECTRPC_TESTS_INTEROP_DIRECT_SERVER_H_
#define CONNECTRPC_TESTS_INTEROP_DIRECT_SERVER_H_

#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "connectrpc/interop/serve_http.h"
#include "echo.connect.grpc.pb.h"
#include "interop/echo_server.h"
#include "support/tcp_client.h"

// Handlers that a test writes, mounted directly.
namespace connectrpc::test {

class ScriptedCallback final : public echo::CallbackEcho::CallbackService {
 public:
  using Handler = std::function<grpc::ServerUnaryReactor*(grpc::CallbackServerContext*, const echo::EchoRequest*,
                                                          echo::EchoResponse*)>;

  grpc::ServerUnaryReactor* Echo(grpc::CallbackServerContext* context, const echo::EchoRequest* request,
                                 echo::EchoResponse* response) override {
    return handler(context, request, response);
  }

  Handler handler;
};

class ScriptedSync final : public echo::SyncEcho::Service {
 public:
  using Handler = std::function<grpc::Status(grpc::ServerContext*, const echo::EchoRequest*, echo::EchoResponse*)>;

  grpc::Status Echo(grpc::ServerContext* context, const echo::EchoRequest* request,
                    echo::EchoResponse* response) override {
    return handler(context, request, response);
  }

  Handler handler;
};

// What happened, in order; written on any thread.
class Log final {
 public:
  void Add(std::string event) {
    std::lock_guard<std::mutex> lock(mutex_);
    events_.push_back(std::move(event));
    changed_.notify_all();
  }
  std::vector<std::string> events() {
    std::lock_guard<std::mutex> lock(mutex_);
    return events_;
  }
  // False if it does not happen within the time limit.
  [[nodiscard]] bool WaitFor(const std::string& event) {
    std::unique_lock<std::mutex> lock(mutex_);
    return changed_.wait_for(lock, kTimeLimit, [&] {
      for (const std::string& seen : events_) {
        if (seen == event) return true;
      }
      return false;
    });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> events_;
};

// Logs its reactions, then does what the test wants.
class LoggedReactor final : public grpc::ServerUnaryReactor {
 public:
  explicit LoggedReactor(Log* log) : log_(log) {}

  void OnSendInitialMetadataDone(bool ok) override {
    log_->Add(ok ? "headers" : "no headers");
    if (on_headers) on_headers();
  }
  void OnCancel() override {
    log_->Add("cancel");
    if (on_cancel) on_cancel();
  }
  void OnDone() override {
    Log* const log = log_;
    const std::function<void()> then = std::move(on_done);
    delete this;
    log->Add("done");
    if (then) then();
  }

  std::function<void()> on_headers;
  std::function<void()> on_cancel;
  std::function<void()> on_done;

 private:
  Log* const log_;
};

// Both services on one server.
class DirectServer final {
 public:
  explicit DirectServer(HttpOptions options = LocalOptions(), const DirectOptions& direct = {}) {
    grpc::ServerBuilder builder;
    builder.RegisterService(&callback);
    builder.RegisterService(&sync);
    server_ = builder.BuildAndStart();
    options.direct(&callback, direct);
    options.direct(&sync, direct);
    auto front = ServeHttp(*server_, options);
    EXPECT_TRUE(front.ok()) << front.status();
    if (front.ok()) front_ = *std::move(front);
  }
  ~DirectServer() { front_.reset(); }

  int port() const { return front_->port(); }
  HttpServer& front() { return *front_; }

  ScriptedCallback callback;
  ScriptedSync sync;

 private:
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<HttpServer> front_;
};

}  // namespace connectrpc::test

#endif  // CONNECTRPC_TESTS_INTEROP_DIRECT_SERVER_H_
