// Clients that go away in the middle of a call.

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "interop/caller.h"
#include "interop/raw_call.h"

namespace connectrpc::test {
namespace {

constexpr const char* kServices[] = {"SyncEcho", "CallbackEcho"};
constexpr const char* kMethods[] = {"Echo", "Get", "Collect", "Expand", "Chat"};

// How a client leaves.
enum class Exit {
  kEnd,          // of the TCP connection
  kTcpReset,     // no end, just gone
  kStreamReset,  // HTTP/2: RST_STREAM; the connection stays
};

struct ExitCase {
  const char* name;
  bool http2;
  Exit exit;
};
constexpr ExitCase kExits[] = {
    {"Http1End", false, Exit::kEnd},
    {"Http1TcpReset", false, Exit::kTcpReset},
    {"Http2End", true, Exit::kEnd},
    {"Http2TcpReset", true, Exit::kTcpReset},
    {"Http2StreamReset", true, Exit::kStreamReset},
};

// Calls of several methods, open at once: on one HTTP/2 connection, or on an HTTP/1.1 connection each.
class OpenCalls final {
 public:
  OpenCalls(int port, bool http2) : port_(port) {
    if (http2) http2_ = std::make_unique<Http2Client>(port);
  }

  void Start(const HttpRequest& request) {
    if (http2_ != nullptr) {
      ids_.push_back(http2_->Send(request));
    } else {
      http1_.push_back(std::make_unique<Http1Client>(port_));
      http1_.back()->Send(request);
    }
  }

  void Leave(Exit exit) {
    if (exit == Exit::kStreamReset) {
      for (const int32_t id : ids_) http2_->SendReset(id, NGHTTP2_CANCEL);
      EXPECT_TRUE(http2_->Ping());
      return;
    }
    const auto leave = [&](TcpClient& tcp) { exit == Exit::kEnd ? tcp.Close() : tcp.Reset(); };
    if (http2_ != nullptr) leave(http2_->tcp());
    for (const auto& client : http1_) leave(client->tcp());
  }

 private:
  int port_;
  std::unique_ptr<Http2Client> http2_;
  std::vector<int32_t> ids_;
  std::vector<std::unique_ptr<Http1Client>> http1_;
};

// Room for all sync handlers of a round.
HttpOptions WithThreads() {
  HttpOptions options = LocalOptions();
  options.limits.max_handler_threads = 64;
  return options;
}

class CancelTest : public ::testing::TestWithParam<std::tuple<Mount, ExitCase>> {
 protected:
  static const ExitCase& exit_case() { return std::get<1>(GetParam()); }
  EchoState& state() { return server_.state(); }

  EchoServer server_{WithThreads(), std::get<0>(GetParam())};
};

// A thousand calls, fifty at a time (R4): every handler sees the cancellation, and nothing is left of any.
TEST_P(CancelTest, HandlersSeeIt) {
  constexpr int kRounds = 20;
  constexpr int kCalls = 50;
  for (int round = 0; round < kRounds; ++round) {
    OpenCalls calls(server_.port(), exit_case().http2);
    for (int i = 0; i < kCalls; ++i) {
      CallSpec spec;
      spec.service = kServices[i % 2];
      spec.method = kMethods[i % 5];
      spec.requests[0].set_responses(1);
      spec.requests[0].set_pause(echo::PAUSE_UNTIL_CANCELLED);
      const RpcProtocol protocol = i % 3 == 0 ? RpcProtocol::kConnect : RpcProtocol::kGrpcWeb;
      HttpRequest request = EncodeCall(spec, FramingOf(protocol, spec), Codec::kProto);
      // Of those that may, some have not sent all they want to.
      request.open = (spec.method == "Collect" || spec.method == "Chat") && i % 4 == 0;
      calls.Start(request);
    }
    ASSERT_TRUE(state().WaitUntil([](const EchoState::Counts& now) { return now.paused == kCalls; }));
    calls.Leave(exit_case().exit);
    ASSERT_TRUE(state().WaitUntil([&](const EchoState::Counts& now) {
      return now.running == 0 && now.paused == 0 && now.cancelled == (round + 1) * kCalls;
    }));
  }
}

// The handler is inside Read: it sees the end of the messages.
TEST_P(CancelTest, HandlersThatReadAreWoken) {
  OpenCalls calls(server_.port(), exit_case().http2);
  for (int i = 0; i < 20; ++i) {
    CallSpec spec;
    spec.service = kServices[i % 2];
    spec.method = i % 4 < 2 ? "Collect" : "Chat";
    HttpRequest request = EncodeCall(spec, Framing::kConnectStream, Codec::kProto);
    request.open = true;
    calls.Start(request);
  }
  ASSERT_TRUE(state().WaitUntil([](const EchoState::Counts& now) { return now.reads == 20; }));
  calls.Leave(exit_case().exit);
  EXPECT_TRUE(state().WaitUntil([](const EchoState::Counts& now) { return now.running == 0; }));
}

// The handler is inside Write: it sees it fail.
TEST_P(CancelTest, HandlersThatWriteAreWoken) {
  {
    OpenCalls calls(server_.port(), exit_case().http2);
    for (int i = 0; i < 20; ++i) {
      CallSpec spec;
      spec.service = kServices[i % 2];
      spec.method = "Expand";
      spec.requests[0].set_responses(100 * 1000);
      spec.requests[0].set_response_bytes(64 * 1024);
      calls.Start(EncodeCall(spec, Framing::kConnectStream, Codec::kProto));
    }
    ASSERT_TRUE(state().WaitUntil([](const EchoState::Counts& now) { return now.running == 20 && now.writes >= 20; }));
    calls.Leave(exit_case().exit);
    EXPECT_TRUE(state().WaitUntil([](const EchoState::Counts& now) { return now.running == 0; }));
  }
  EXPECT_TRUE(IsAlive(server_.port()));
}

// A client whose request is not complete leaves: the handlers of methods that take one message never start.
TEST_P(CancelTest, IncompleteRequestsReachNoHandlerOfOneMessage) {
  OpenCalls calls(server_.port(), exit_case().http2);
  for (int i = 0; i < 20; ++i) {
    CallSpec spec;
    spec.method = i % 2 == 0 ? "Echo" : "Expand";
    HttpRequest request = RequestHead(spec, FramingOf(RpcProtocol::kConnect, spec), Codec::kProto);
    request.body = std::string("\0\0\0", 3);
    request.open = true;
    calls.Start(request);
  }
  calls.Leave(exit_case().exit);
  EXPECT_TRUE(IsAlive(server_.port()));
  EXPECT_EQ(state().counts().started, 1);  // of IsAlive
}

INSTANTIATE_TEST_SUITE_P(All, CancelTest,
                         ::testing::Combine(::testing::Values(Mount::kChannel, Mount::kDirect),
                                            ::testing::ValuesIn(kExits)),
                         [](const auto& info) {
                           const char* route = std::get<0>(info.param) == Mount::kDirect ? "Direct" : "Channel";
                           return std::string(route) + std::get<1>(info.param).name;
                         });

// gRPC's own client, whose cancellation is RST_STREAM too.
class StockCancelTest : public ::testing::TestWithParam<Mount> {};

TEST_P(StockCancelTest, HandlersSeeIt) {
  EchoServer server(LocalOptions(), GetParam());
  const std::unique_ptr<Caller> caller = NewStockGrpc(server.port());
  for (int i = 0; i < 100; ++i) {
    CallSpec spec;
    spec.service = kServices[i % 2];
    spec.method = kMethods[i % 5];
    spec.requests[0].set_responses(1);
    spec.requests[0].set_pause(echo::PAUSE_UNTIL_CANCELLED);
    spec.before_cancel = [&] {
      EXPECT_TRUE(server.state().WaitUntil([](const EchoState::Counts& now) { return now.paused == 1; }));
    };
    EXPECT_EQ(caller->Call(spec).code, 1);
    ASSERT_TRUE(server.state().WaitUntil(
        [&](const EchoState::Counts& now) { return now.running == 0 && now.cancelled == i + 1; }));
  }
}

INSTANTIATE_TEST_SUITE_P(All, StockCancelTest, ::testing::Values(Mount::kChannel, Mount::kDirect),
                         [](const auto& info) { return info.param == Mount::kDirect ? "Direct" : "Channel"; });

}  // namespace
}  // namespace connectrpc::test
