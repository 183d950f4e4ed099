// Streaming callback methods behind a whole front end, called without gRPC between.

#include "interop/direct_stream_call.h"

#include <gmock/gmock.h>
#include <grpcpp/server_builder.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "connectrpc/interop/direct.h"
#include "connectrpc/interop/serve_http.h"
#include "echo.connect.grpc.pb.h"
#include "interop/callback_echo.h"
#include "interop/caller.h"
#include "interop/echo_server.h"
#include "interop/loop_thread.h"
#include "interop/raw_call.h"
#include "interop/scripted_stream.h"

namespace connectrpc::test {
namespace {

using echo::EchoRequest;
using echo::EchoResponse;

// A front end that mounts a service directly, before a server that has it.
class DirectServer final {
 public:
  DirectServer(grpc::Service* service, std::shared_ptr<DirectService> mounted) {
    grpc::ServerBuilder builder;
    builder.RegisterService(service);
    server_ = builder.BuildAndStart();
    HttpOptions options = LocalOptions();
    options.direct_services = {std::move(mounted)};
    auto front = ServeHttp(*server_, options);
    EXPECT_TRUE(front.ok()) << front.status();
    if (front.ok()) front_ = *std::move(front);
  }
  ~DirectServer() {
    front_.reset();
    server_->Shutdown(std::chrono::system_clock::now());
  }

  int port() const { return front_->port(); }
  HttpServer& front() { return *front_; }

 private:
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<HttpServer> front_;
};

class DirectStreamTest : public ::testing::Test {
 protected:
  EchoState& state() { return server_.state(); }
  bool WaitUntilIdle() {
    return state().WaitUntil([](const EchoState::Counts& now) { return now.running == 0; });
  }
  // Gives a handler that does not stop the time to show it: so many round trips through the server.
  void LetTimePass() {
    RawClient client(server_.port(), true);
    HttpRequest request;
    request.target = "/nothing";
    for (int i = 0; i < 300; ++i) EXPECT_EQ(client.Exchange(request).status, 404);
  }

  EchoServer server_{LocalOptions(), Mount::kDirect};
};

CallSpec SpecOf(const char* method, size_t requests = 1) {
  CallSpec spec;
  spec.service = "CallbackEcho";
  spec.method = method;
  spec.requests.resize(requests);
  for (size_t i = 0; i < requests; ++i) spec.requests[i].set_text(std::to_string(i));
  return spec;
}

// Code that is older than the service: gRPC's registration tells what the method is.
TEST(DirectStreamRoutesTest, MethodOfAnotherKindIsLeftToGrpc) {
  EchoState state;
  CallbackEchoService service(&state);
  interop::DirectServiceBuilder builder(&service, echo::CallbackEcho::service_full_name(), DirectOptions());
  builder.AddBidi<interop::test_Chat_Starter, EchoRequest, EchoResponse>("Echo");
  DirectServer server(&service, builder.Build());
  bool found = false;
  for (const MethodRoute& route : server.front().routes()) {
    if (route.method != "connectrpc.test.echo.CallbackEcho/Echo") continue;
    found = true;
    EXPECT_EQ(route.kind, MethodRoute::Kind::kChannel);
    EXPECT_EQ(route.reason, "handler of another message type");
  }
  EXPECT_TRUE(found);
}

TEST_F(DirectStreamTest, ReaderHoldsTheHandlerBack) {
  constexpr size_t kPiece = 64 * 1024;
  // The output on hold, the client's window, and one more of each.
  constexpr int kPiecesAhead = 4;
  CallSpec spec = SpecOf("Expand");
  spec.requests[0].set_responses(1600);  // 100 MiB
  spec.requests[0].set_response_bytes(kPiece);
  Http2Client client(server_.port(), Http2Client::Window::kKeep);
  const int32_t id = client.Send(EncodeCall(spec, Framing::kConnectStream, Codec::kProto));
  size_t granted = 65535;
  client.ReadBody(id, granted);
  LetTimePass();
  EXPECT_LE(state().counts().writes, kPiecesAhead);
  for (int step = 0; step < 10; ++step) {
    client.Grant(id, 8 * kPiece);
    granted += 8 * kPiece;
    client.ReadBody(id, granted);
    EXPECT_LE(state().counts().writes, static_cast<int>(granted / kPiece) + kPiecesAhead);
  }
  EXPECT_FALSE(client.ended(id));
  client.tcp().Close();
  EXPECT_TRUE(WaitUntilIdle());
}

TEST_F(DirectStreamTest, HandlerHoldsTheClientBack) {
  CallSpec spec = SpecOf("Collect");
  spec.requests[0].set_pause(echo::PAUSE_UNTIL_CANCELLED);
  HttpRequest request = EncodeCall(spec, Framing::kConnectStream, Codec::kProto);
  request.open = true;
  Http2Client client(server_.port());
  const int32_t id = client.Send(request);
  ASSERT_TRUE(state().WaitUntil([](const EchoState::Counts& now) { return now.paused == 1; }));

  EchoRequest piece;
  piece.set_data(std::string(16 * 1024, 'p'));
  std::string input;
  for (int i = 0; i < 512; ++i) input += Envelope(piece.SerializeAsString());  // 8 MiB
  // Until many round trips in a row bring no more window.
  size_t sent = 0;
  for (int idle = 0; idle < 100; ++idle) {
    const size_t now = client.TrySendData(id, std::string_view(input).substr(sent));
    sent += now;
    if (now > 0) idle = 0;
    ASSERT_TRUE(client.Ping());
  }
  EXPECT_LE(sent, 2 * 65535u);
  EXPECT_EQ(state().counts().reads, 1);
  client.SendReset(id, NGHTTP2_CANCEL);
  EXPECT_TRUE(client.Ping());
  EXPECT_TRUE(WaitUntilIdle());
}

// --- Handlers with threads of their own ---

// Answers each message; all operations are started on a thread that is nobody's loop.
class ThreadedChat final : public grpc::ServerBidiReactor<EchoRequest, EchoResponse> {
 public:
  ThreadedChat(EchoState* state, LoopThread* thread) : state_(state), thread_(thread) {
    state_->Update([](EchoState::Counts& counts) { ++counts.started, ++counts.running; });
    thread_->PostFunction([this] {
      StartSendInitialMetadata();
      StartRead(&request_);
    });
  }

  void OnReadDone(bool ok) override {
    thread_->PostFunction([this, ok] {
      if (!ok) return Finish(grpc::Status());
      response_.set_text(request_.text());
      StartWrite(&response_);
    });
  }
  void OnWriteDone(bool ok) override {
    thread_->PostFunction([this, ok] { ok ? StartRead(&request_) : Finish(grpc::Status()); });
  }
  void OnDone() override {
    EchoState* const state = state_;
    delete this;
    state->Update([](EchoState::Counts& counts) { --counts.running; });
  }

 private:
  EchoState* const state_;
  LoopThread* const thread_;
  EchoRequest request_;
  EchoResponse response_;
};

class ThreadedService final : public echo::CallbackEcho::CallbackService {
 public:
  explicit ThreadedService(EchoState* state) : state_(state) {}

  grpc::ServerBidiReactor<EchoRequest, EchoResponse>* Chat(grpc::CallbackServerContext*) override {
    return new ThreadedChat(state_, &threads_[next_.fetch_add(1) % 2]);
  }

 private:
  EchoState* const state_;
  LoopThread threads_[2];
  std::atomic<size_t> next_{0};
};

TEST(ThreadedHandlers, AnswerCallsThatEndAndCallsThatAreGivenUp) {
  EchoState state;
  ThreadedService service(&state);
  DirectServer server(&service, ConnectDirect(&service, DirectOptions()));

  std::vector<std::thread> clients;
  for (int i = 0; i < 3; ++i) {
    clients.emplace_back([&] {
      std::unique_ptr<Caller> caller = NewConnectHttp2Proto(server.port());
      for (int call = 0; call < 20; ++call) {
        const CallResult result = caller->Call(SpecOf("Chat", 30));
        EXPECT_EQ(result.code, 0);
        ASSERT_EQ(result.responses.size(), 30u);
        EXPECT_EQ(result.responses.back().text(), "29");
      }
    });
  }
  clients.emplace_back([&] {
    Http2Client client(server.port());
    for (int call = 0; call < 100; ++call) {
      HttpRequest request = EncodeCall(SpecOf("Chat", 30), Framing::kConnectStream, Codec::kProto);
      request.open = true;
      const int32_t id = client.Send(request);
      if (call % 2 == 0) client.ReadBody(id, static_cast<size_t>(call));
      client.SendReset(id, NGHTTP2_CANCEL);
      EXPECT_TRUE(client.Ping());
    }
  });
  for (std::thread& client : clients) client.join();
  EXPECT_TRUE(state.WaitUntil([](const EchoState::Counts& now) { return now.running == 0; }));
  EXPECT_GE(state.counts().started, 60);
}

}  // namespace
}  // namespace connectrpc::test
