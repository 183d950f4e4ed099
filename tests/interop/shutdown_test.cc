// The end of a front end, and of the server behind it.

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "interop/caller.h"
#include "interop/raw_call.h"

namespace connectrpc::test {
namespace {

using std::chrono::milliseconds;

constexpr const char* kMethods[] = {"Echo", "Get", "Collect", "Expand", "Chat"};

CallSpec Paused(std::string method, echo::Pause pause) {
  CallSpec spec;
  spec.method = std::move(method);
  spec.requests[0].set_responses(1);
  spec.requests[0].set_pause(pause);
  return spec;
}

bool WaitForPaused(EchoServer* server, int count) {
  return server->state().WaitUntil([&](const EchoState::Counts& now) { return now.paused == count; });
}

std::future<size_t> ShutdownInBackground(EchoServer* server, milliseconds grace) {
  return std::async(std::launch::async, [=] { return server->front().Shutdown(grace); });
}

TEST(ShutdownTest, WithoutCallsItCancelsNone) {
  EchoServer server;
  Http2Client http2(server.port());
  EXPECT_TRUE(http2.Ping());
  Http1Client http1(server.port());
  EXPECT_EQ(http1.Exchange(EncodeCall(CallSpec(), Framing::kConnectUnary, Codec::kProto)).status, 200);
  std::future<size_t> cancelled = ShutdownInBackground(&server, kTimeLimit);
  EXPECT_TRUE(http1.AtEnd());
  http1.tcp().Close();
  while (http2.Pump()) {
  }
  EXPECT_EQ(http2.goaway_code(), NGHTTP2_NO_ERROR);
  http2.tcp().Close();
  EXPECT_EQ(cancelled.get(), 0u);
}

// HTTP/1.1: a client that has just been answered may have sent its next request before it could know.
TEST(ShutdownTest, BusyConnectionsAreToldWithTheirNextAnswer) {
  EchoServer server;
  const HttpRequest request = EncodeCall(CallSpec(), Framing::kConnectUnary, Codec::kProto);
  Http1Client client(server.port());
  EXPECT_EQ(client.Exchange(request).status, 200);
  std::future<size_t> cancelled = ShutdownInBackground(&server, kTimeLimit);
  for (bool told = false; !told;) {
    const HttpResponse answer = client.Exchange(request);
    ASSERT_EQ(answer.status, 200);
    told = Find(answer.headers, "connection").value_or("") == "close";
  }
  EXPECT_TRUE(client.AtEnd());
  client.tcp().Close();
  EXPECT_EQ(cancelled.get(), 0u);
}

// Clients that neither read nor answer nor close hold nobody up while no call runs: an hour's grace is not used.
TEST(ShutdownTest, DoesNotWaitForIdleClients) {
  HttpOptions options = LocalOptions();
  options.timeouts.header_read = milliseconds(0);
  options.timeouts.http1_idle = milliseconds(0);
  options.timeouts.drain = milliseconds(1);
  EchoServer server(options);
  Http2Client fresh(server.port());
  EXPECT_TRUE(fresh.Ping());
  Http2Client used(server.port());
  const HttpRequest request = EncodeCall(CallSpec(), Framing::kConnectUnary, Codec::kProto);
  EXPECT_EQ(used.Exchange(request).status, 200);
  Http1Client http1(server.port());
  EXPECT_EQ(http1.Exchange(request).status, 200);
  TcpClient silent(server.port());
  EXPECT_EQ(server.front().Shutdown(std::chrono::hours(1)), 0u);
}

TEST(ShutdownTest, AgainAndFromManyThreads) {
  EchoServer server;
  Http2Client client(server.port());
  client.Send(EncodeCall(Paused("Echo", echo::PAUSE_UNTIL_CANCELLED), Framing::kConnectUnary, Codec::kProto));
  ASSERT_TRUE(WaitForPaused(&server, 1));
  std::atomic<size_t> cancelled{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] { cancelled += server.front().Shutdown(milliseconds(1)); });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(cancelled, 1u);
  EXPECT_EQ(server.front().Shutdown(milliseconds(0)), 0u);
}

// Calls that run are answered; HTTP/2 clients are told to go away, HTTP/1.1 clients that the connection ends.
TEST(ShutdownTest, RunningCallsFinishWithinTheGrace) {
  EchoServer server;
  const CallSpec spec = Paused("Echo", echo::PAUSE_UNTIL_RELEASED);
  const HttpRequest request = EncodeCall(spec, Framing::kConnectUnary, Codec::kProto);
  const HttpRequest grpc_request = EncodeCall(spec, Framing::kGrpc, Codec::kProto);
  Http1Client http1(server.port());
  http1.Send(request);
  Http2Client http2(server.port());
  const int32_t id = http2.Send(grpc_request);
  ASSERT_TRUE(WaitForPaused(&server, 2));

  std::future<size_t> cancelled = ShutdownInBackground(&server, kTimeLimit);
  while (!http2.goaway_code().has_value()) ASSERT_TRUE(http2.Pump());
  EXPECT_EQ(http2.goaway_code(), NGHTTP2_NO_ERROR);
  server.state().Release();
  EXPECT_EQ(DecodeResponse(http2.ReadResponse(id), Framing::kGrpc, Codec::kProto).code, 0);
  const HttpResponse response = http1.ReadResponse();
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(Find(response.headers, "connection"), "close");
  http1.tcp().Close();
  http2.tcp().Close();
  EXPECT_EQ(cancelled.get(), 0u);
}

TEST(ShutdownTest, AfterTheGraceCallsAreCancelledAndCounted) {
  for (const Wire& wire : kWires) {
    SCOPED_TRACE(wire.name);
    EchoServer server;
    std::vector<std::unique_ptr<Http1Client>> http1;
    Http2Client http2(server.port());
    std::vector<int32_t> ids;
    for (const char* method : kMethods) {
      const CallSpec spec = Paused(method, echo::PAUSE_UNTIL_CANCELLED);
      const HttpRequest request = EncodeCall(spec, FramingOf(wire.protocol, spec), Codec::kProto);
      if (wire.http2) {
        ids.push_back(http2.Send(request));
      } else {
        http1.push_back(std::make_unique<Http1Client>(server.port()));
        http1.back()->Send(request);
      }
    }
    ASSERT_TRUE(WaitForPaused(&server, 5));
    EXPECT_EQ(server.front().Shutdown(milliseconds(1)), 5u);
    for (size_t i = 0; i < 5; ++i) {
      SCOPED_TRACE(kMethods[i]);
      const HttpResponse response = wire.http2 ? http2.ReadResponse(ids[i]) : http1[i]->ReadResponse();
      EXPECT_TRUE(response.complete);
      const Framing framing = FramingOf(wire.protocol, Paused(kMethods[i], echo::PAUSE_NONE));
      EXPECT_EQ(DecodeResponse(response, framing, Codec::kProto).code, 14);
    }
    EXPECT_TRUE(
        server.state().WaitUntil([](const EchoState::Counts& now) { return now.running == 0 && now.cancelled == 5; }));
  }
}

TEST(ShutdownTest, DestructionEndsRunningCalls) {
  for (int round = 0; round < 20; ++round) {
    HttpOptions options = LocalOptions();
    options.timeouts.shutdown = milliseconds(round % 2);
    EchoServer server(options);
    std::vector<std::unique_ptr<Http2Client>> clients;
    for (int i = 0; i < 4; ++i) {
      clients.push_back(std::make_unique<Http2Client>(server.port()));
      for (const char* method : kMethods) {
        const CallSpec spec = Paused(method, echo::PAUSE_UNTIL_CANCELLED);
        clients.back()->Send(EncodeCall(spec, Framing::kGrpc, Codec::kProto));
      }
    }
    // In every other round, whatever has arrived by now.
    if (round % 4 < 2) {
      ASSERT_TRUE(WaitForPaused(&server, 20));
    }
    server.DestroyFront();
    EXPECT_TRUE(server.state().WaitUntil([](const EchoState::Counts& now) { return now.running == 0; }));
  }
}

// A connection that has reached its age ends as it would with the server: the call is answered, the client told twice.
TEST(ShutdownTest, ConnectionOfAgeFinishesItsCalls) {
  HttpOptions options = LocalOptions();
  options.timeouts.max_connection_age = milliseconds(10);
  options.timeouts.max_connection_age_grace = kTimeLimit;
  EchoServer server(options);
  const CallSpec spec = Paused("Chat", echo::PAUSE_UNTIL_RELEASED);
  Http2Client client(server.port());
  const int32_t id = client.Send(EncodeCall(spec, Framing::kGrpc, Codec::kProto));
  ASSERT_TRUE(WaitForPaused(&server, 1));
  while (client.goaway_last_stream() != id) ASSERT_TRUE(client.Pump());
  EXPECT_EQ(client.goaway_code(), NGHTTP2_NO_ERROR);
  server.state().Release();
  EXPECT_EQ(DecodeResponse(client.ReadResponse(id), Framing::kGrpc, Codec::kProto).code, 0);
  while (client.Pump()) {
  }
}

// Callers get an answer or lose the connection; they never get a wrong answer, and nobody hangs.
TEST(ShutdownTest, UnderLoad) {
  for (int round = 0; round < 10; ++round) {
    EchoServer server;
    std::atomic<int> answered{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
      auto connected = std::make_shared<Http2Client>(server.port());  // before the port is closed
      threads.emplace_back([&, i, connected] {
        Http2Client& client = *connected;
        CallSpec spec;
        spec.service = i % 2 == 0 ? "SyncEcho" : "CallbackEcho";
        spec.method = i < 2 ? "Echo" : "Chat";
        const HttpRequest request = EncodeCall(spec, Framing::kGrpc, Codec::kProto);
        for (;;) {
          const HttpResponse response = client.Exchange(request);
          if (!response.complete) break;
          EXPECT_EQ(DecodeResponse(response, Framing::kGrpc, Codec::kProto).code, 0);
          ++answered;
        }
      });
    }
    EXPECT_TRUE(server.state().WaitUntil([](const EchoState::Counts& now) { return now.started >= 100; }));
    EXPECT_EQ(server.front().Shutdown(kTimeLimit), 0u);
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(answered, server.state().counts().started);
  }
}

// --- The grpc::Server ends first ---

TEST(GrpcShutdownTest, LaterCallsAreUnavailable) {
  EchoServer server;
  EXPECT_TRUE(IsAlive(server.port()));
  server.StopGrpc();
  for (const Wire& wire : kWires) {
    for (const char* method : kMethods) {
      SCOPED_TRACE(std::string(wire.name) + ", " + method);
      CallSpec spec;
      spec.method = method;
      EXPECT_EQ(RawCall(server.port(), wire, spec).code, 14);
    }
  }
}

TEST(GrpcShutdownTest, RunningCallsEnd) {
  for (const Wire& wire : kWires) {
    for (const char* method : kMethods) {
      SCOPED_TRACE(std::string(wire.name) + ", " + method);
      EchoServer server;
      CallSpec spec = Paused(method, echo::PAUSE_UNTIL_CANCELLED);
      std::thread stop([&] {
        EXPECT_TRUE(WaitForPaused(&server, 1));
        server.StopGrpc();
      });
      const int code = RawCall(server.port(), wire, spec).code;
      EXPECT_TRUE(code == 14 || code == 1) << code;
      stop.join();
    }
  }
}

}  // namespace
}  // namespace connectrpc::test
