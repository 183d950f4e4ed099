// Sync handlers of a directly mounted service that block: what is left to others, and what becomes of handlers that
// call their own server.

#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/health_check_service_interface.h>
#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "connectrpc/interop/direct.h"
#include "connectrpc/interop/serve_http.h"
#include "echo.grpc.pb.h"
#include "interop/echo_server.h"
#include "support/http1_client.h"
#include "support/http2_client.h"

CONNECTRPC_OPEN_CALLBACK_UNARY_METHOD(direct_pool_Echo, ::connectrpc::test::echo::EchoRequest,
                                      ::connectrpc::test::echo::EchoResponse);

namespace connectrpc::test {
namespace {

using testing::HasSubstr;

// Answers what `handler` makes of the text.
class EchoService final : public echo::SyncEcho::Service {
 public:
  explicit EchoService(std::function<std::string(const std::string&)> handler) : handler_(std::move(handler)) {}

  grpc::Status Echo(grpc::ServerContext*, const echo::EchoRequest* request, echo::EchoResponse* response) override {
    response->set_text(handler_(request->text()));
    return grpc::Status::OK;
  }

 private:
  const std::function<std::string(const std::string&)> handler_;
};

class DirectServer final {
 public:
  DirectServer(size_t threads, size_t queued, std::function<std::string(const std::string&)> handler)
      : service_(std::move(handler)) {
    grpc::EnableDefaultHealthCheckService(true);
    grpc::ServerBuilder builder;
    builder.RegisterService(&service_);
    server_ = builder.BuildAndStart();
    HttpOptions options = LocalOptions();
    options.limits.max_handler_threads = threads;
    options.limits.max_queued_calls = queued;
    options.timeouts.min_ping_interval = std::chrono::milliseconds(0);
    interop::DirectServiceBuilder direct(&service_, echo::SyncEcho::service_full_name(), DirectOptions());
    direct.AddUnary<interop::direct_pool_Echo_Starter, interop::direct_pool_Echo_Allocator>(
        "Echo", &echo::SyncEcho::Service::Echo);
    options.direct_services = {direct.Build()};
    auto front = ServeHttp(*server_, options);
    EXPECT_TRUE(front.ok()) << front.status();
    front_ = *std::move(front);
  }
  ~DirectServer() { front_.reset(); }

  int port() const { return front_->port(); }
  ServerStats stats() const { return front_->stats(); }
  void WaitFor(const std::function<bool(const ServerStats&)>& condition) const {
    while (!condition(stats())) std::this_thread::yield();
  }

 private:
  EchoService service_;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<HttpServer> front_;
};

HttpRequest Json(const std::string& method, const std::string& body) {
  HttpRequest request;
  request.target = "/" + method;
  request.headers = {{"content-type", "application/json"}};
  request.body = body;
  return request;
}

HttpRequest Echo(const std::string& text) {
  return Json("connectrpc.test.echo.SyncEcho/Echo", "{\"text\":\"" + text + "\"}");
}

TEST(DirectPoolTest, BlockedHandlersLeaveOthersAlone) {
  std::mutex mutex;
  std::condition_variable changed;
  bool open = false;
  DirectServer server(2, 3, [&](const std::string& text) {
    std::unique_lock<std::mutex> lock(mutex);
    changed.wait(lock, [&] { return open; });
    return text;
  });
  Http2Client flood(server.port());
  std::vector<int32_t> accepted;
  for (int i = 0; i < 5; ++i) accepted.push_back(flood.Send(Echo("x")));
  server.WaitFor([](const ServerStats& stats) { return stats.handler_threads == 2 && stats.queued_calls == 3; });
  for (int i = 0; i < 50; ++i) {
    const HttpResponse refused = flood.Exchange(Echo("x"));
    EXPECT_EQ(refused.status, 429);
    EXPECT_THAT(refused.body, HasSubstr("max_queued_calls"));
    EXPECT_TRUE(flood.Ping());
  }
  const HttpRequest health = Json("grpc.health.v1.Health/Check", "{}");
  EXPECT_THAT(flood.Exchange(health).body, HasSubstr("SERVING"));
  EXPECT_THAT(Http1Client(server.port()).Exchange(health).body, HasSubstr("SERVING"));
  {
    std::lock_guard<std::mutex> lock(mutex);
    open = true;
  }
  changed.notify_all();
  for (const int32_t call : accepted) EXPECT_EQ(flood.ReadResponse(call).body, "{\"text\":\"x\"}");
  server.WaitFor([](const ServerStats& stats) { return stats.calls == 0 && stats.handler_threads == 0; });
}

TEST(DirectPoolTest, CallsOfTheirOwnServerEnd) {
  const struct {
    const char* name;
    size_t threads, queued;
    const char* timeout;
    std::string answer;
  } cases[] = {
      {"a thread for each", 4, 0, nullptr, "bottom"},
      {"two threads short, no queue", 2, 0, nullptr, "429"},
      {"two threads short", 2, 10, "100", "504"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    int port = 0;
    DirectServer server(c.threads, c.queued, [&](const std::string& text) -> std::string {
      if (text == "0") return "bottom";
      HttpRequest request = Echo(std::to_string(std::atoi(text.c_str()) - 1));
      if (c.timeout != nullptr) request.headers.emplace_back("connect-timeout-ms", c.timeout);
      const HttpResponse response = Http1Client(port).Exchange(request);
      if (response.status != 200) return std::to_string(response.status);
      const size_t begin = response.body.find(":\"") + 2;
      return response.body.substr(begin, response.body.rfind('"') - begin);
    });
    port = server.port();
    EXPECT_EQ(Http1Client(port).Exchange(Echo("3")).body, "{\"text\":\"" + c.answer + "\"}");
  }
}

}  // namespace
}  // namespace connectrpc::test
