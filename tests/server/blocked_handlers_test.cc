// Handlers that block, on the pool of a server: what becomes of their own calls, and that nobody else's notice.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "server/fake_server.h"

namespace connectrpc::test {
namespace {

using testing::HasSubstr;

HttpOptions WithPool(size_t threads, size_t queued) {
  HttpOptions options;
  options.limits.max_handler_threads = threads;
  options.limits.max_queued_calls = queued;
  options.timeouts.min_ping_interval = std::chrono::milliseconds(0);
  return options;
}

bool WaitForQueue(const FakeServer& server, size_t count) {
  return server.WaitFor([count](const ServerStats& stats) { return stats.queued_calls == count; });
}

// Two threads with calls that block, and `queued` calls of the same connection that wait for them.
struct FullPool {
  explicit FullPool(size_t queued) : server(WithPool(2, queued)), client(server.port()) {
    for (size_t i = 0; i < 2 + queued; ++i) calls.push_back(client.Send(Unary("Block")));
    EXPECT_TRUE(server.held().WaitFor(2));
    EXPECT_TRUE(WaitForQueue(server, queued));
  }
  // Lets so many handlers end, two at a time.
  void Release(size_t count) {
    for (; count > 0; count -= std::min<size_t>(count, 2)) {
      EXPECT_TRUE(server.held().WaitFor(std::min<size_t>(count, 2)));
      server.held().Release();
    }
  }

  FakeServer server;
  Http2Client client;
  std::vector<int32_t> calls;
};

TEST(BlockedHandlersTest, CallsBeyondTheQueueAreRefused) {
  for (const size_t queued : {0, 3}) {
    SCOPED_TRACE(queued);
    FullPool pool(queued);
    const ServerStats stats = pool.server.server().stats();
    EXPECT_EQ(stats.handler_threads, 2u);
    EXPECT_EQ(stats.queued_calls, queued);
    EXPECT_EQ(stats.calls, 2 + queued);
    const HttpResponse refused = pool.client.Exchange(Unary("Block"));
    EXPECT_EQ(refused.status, 429);
    EXPECT_THAT(refused.body, HasSubstr("resource_exhausted"));
    EXPECT_THAT(refused.body, HasSubstr("max_queued_calls"));
    EXPECT_EQ(Http1Client(pool.server.port()).Exchange(Unary("Block")).status, 429);
    pool.Release(2 + queued);
    for (const int32_t call : pool.calls) EXPECT_EQ(pool.client.ReadResponse(call).body, "released");
    EXPECT_TRUE(pool.server.WaitFor([](const ServerStats& now) { return now.calls == 0 && now.handler_threads == 0; }));
  }
}

TEST(BlockedHandlersTest, OtherCallsAreAnswered) {
  FullPool pool(40);
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(pool.client.Exchange(Unary("Block")).status, 429);
    EXPECT_EQ(pool.client.Exchange(Unary("Echo")).body, "message");
    EXPECT_TRUE(pool.client.Ping());
  }
  EXPECT_EQ(Http1Client(pool.server.port()).Exchange(Unary("Echo")).body, "message");
  pool.Release(42);
}

// The only call of a second connection is the next to run, whatever the first one has queued.
TEST(BlockedHandlersTest, ConnectionsTakeTurns) {
  FakeServer* running = nullptr;
  std::vector<std::string> order;
  FakeServer server(WithPool(1, 100), [&](const std::string& message) {
    if (message == "first") running->held().Block();
    order.push_back(message);
    return message;
  });
  running = &server;
  Http2Client flood(server.port());
  std::vector<int32_t> calls = {flood.Send(Unary("Block", "first"))};
  EXPECT_TRUE(server.held().WaitFor(1));
  for (int i = 0; i < 20; ++i) calls.push_back(flood.Send(Unary("Block", "flood")));
  EXPECT_TRUE(WaitForQueue(server, 20));
  Http2Client single(server.port());
  const int32_t call = single.Send(Unary("Block", "single"));
  EXPECT_TRUE(WaitForQueue(server, 21));
  server.held().Release();
  EXPECT_EQ(single.ReadResponse(call).body, "single");
  for (const int32_t id : calls) EXPECT_EQ(flood.ReadResponse(id).status, 200);
  ASSERT_EQ(order.size(), 22u);
  EXPECT_EQ(order[1], "flood");
  EXPECT_EQ(order[2], "single");
}

TEST(BlockedHandlersTest, CallsThatEndInTheQueueNeverRun) {
  FullPool pool(2);
  // By their caller.
  pool.client.SendReset(pool.calls[2], NGHTTP2_CANCEL);
  EXPECT_TRUE(WaitForQueue(pool.server, 1));
  // By their deadline.
  HttpRequest hasty = Unary("Block");
  hasty.headers.emplace_back("connect-timeout-ms", "1");
  EXPECT_EQ(pool.client.Exchange(hasty).status, 504);
  EXPECT_TRUE(WaitForQueue(pool.server, 1));
  // With their connection.
  {
    Http1Client lost(pool.server.port());
    lost.Send(Unary("Block"));
    EXPECT_TRUE(WaitForQueue(pool.server, 2));
    lost.tcp().Close();
    EXPECT_TRUE(WaitForQueue(pool.server, 1));
  }
  pool.Release(3);
  for (const size_t i : {0, 1, 3}) EXPECT_EQ(pool.client.ReadResponse(pool.calls[i]).body, "released");
  EXPECT_TRUE(pool.server.WaitFor([](const ServerStats& now) { return now.calls == 0; }));
}

// A handler counts until it returns, whatever has become of its call and its connection.
TEST(BlockedHandlersTest, HandlersOutliveTheirCalls) {
  FakeServer server(WithPool(1, 10));
  Http2Client client(server.port());
  const int32_t call = client.Send(Unary("Block"));
  EXPECT_TRUE(server.held().WaitFor(1));
  client.SendReset(call, NGHTTP2_CANCEL);
  EXPECT_TRUE(client.Ping());
  EXPECT_EQ(server.server().stats().handler_threads, 1u);
  EXPECT_EQ(server.server().stats().calls, 1u);
  client.tcp().Close();
  EXPECT_TRUE(server.WaitFor([](const ServerStats& now) { return now.connections == 0; }));
  EXPECT_EQ(server.server().stats().handler_threads, 1u);
  EXPECT_EQ(server.server().stats().calls, 1u);
  server.held().Release();
  EXPECT_TRUE(server.WaitFor([](const ServerStats& now) { return now.calls == 0 && now.handler_threads == 0; }));
}

TEST(BlockedHandlersTest, ShutdownCancelsWhatIsQueuedAndWaitsForWhatRuns) {
  FullPool pool(3);
  size_t cancelled = 0;
  std::thread shutdown([&] { cancelled = pool.server.server().Shutdown(std::chrono::milliseconds(0)); });
  EXPECT_TRUE(WaitForQueue(pool.server, 0));
  EXPECT_EQ(pool.server.server().stats().handler_threads, 2u);
  pool.server.held().Release();
  shutdown.join();
  EXPECT_EQ(cancelled, 5u);
  EXPECT_EQ(pool.server.server().stats().calls, 0u);
}

// Calls of its own server: "3" calls "2" calls "1" calls "0". Answers what the innermost call ended with.
class SelfCallingServer final {
 public:
  // With a timeout for the calls of handlers, in milliseconds, unless it is empty.
  SelfCallingServer(const HttpOptions& options, std::string timeout)
      : timeout_(std::move(timeout)),
        server_(options, [this](const std::string& message) { return Handle(message); }) {}
  int port() const { return server_.port(); }

 private:
  std::string Handle(const std::string& message) {
    const int depth = std::atoi(message.c_str());
    if (depth == 0) return "bottom";
    HttpRequest request = Unary("Block", std::to_string(depth - 1));
    if (!timeout_.empty()) request.headers.emplace_back("connect-timeout-ms", timeout_);
    const HttpResponse response = Http1Client(server_.port()).Exchange(request);
    return response.status == 200 ? response.body : std::to_string(response.status);
  }

  const std::string timeout_;
  FakeServer server_;
};

TEST(BlockedHandlersTest, CallsOfTheirOwnServerEnd) {
  const struct {
    const char* name;
    size_t threads, queued;
    std::string timeout, answer;
  } cases[] = {
      {"a thread for each", 4, 0, "", "bottom"},        {"one thread short, no queue", 3, 0, "", "429"},
      {"two threads short, no queue", 2, 0, "", "429"}, {"one thread short", 3, 10, "100", "504"},
      {"two threads short", 2, 10, "100", "504"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    SelfCallingServer server(WithPool(c.threads, c.queued), c.timeout);
    EXPECT_EQ(Http1Client(server.port()).Exchange(Unary("Block", "3")).body, c.answer);
  }
}

}  // namespace
}  // namespace connectrpc::test
