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

// As generated code mounts it, less the unary methods.
std::shared_ptr<DirectService> Mount(grpc::Service* service, const char* name) {
  interop::DirectServiceBuilder builder(service, name, DirectOptions());
  builder.AddBidi<interop::test_Chat_Starter, EchoRequest, EchoResponse>("Echo");
  builder.AddBidi<interop::test_Chat_Starter, EchoRequest, EchoResponse>("Get");
  builder.AddClientStream<interop::test_Collect_Starter, EchoRequest, EchoResponse>("Collect");
  builder.AddServerStream<interop::test_Expand_Starter, EchoRequest, EchoResponse>("Expand");
  builder.AddBidi<interop::test_Chat_Starter, EchoRequest, EchoResponse>("Chat");
  return builder.Build();
}

class DirectServer final {
 public:
  explicit DirectServer(grpc::Service* service) {
    grpc::ServerBuilder builder;
    builder.RegisterService(service);
    builder.RegisterService(&sync_);
    server_ = builder.BuildAndStart();
    HttpOptions options = LocalOptions();
    options.direct_services = {Mount(service, "connectrpc.test.echo.CallbackEcho"),
                               Mount(&sync_, "connectrpc.test.echo.SyncEcho")};
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
  EchoState sync_state_;
  SyncEchoService sync_{&sync_state_};
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<HttpServer> front_;
};

class DirectStreamTest : public ::testing::Test {
 protected:
  bool WaitUntilIdle() {
    return state_.WaitUntil([](const EchoState::Counts& now) { return now.running == 0; });
  }
  // Gives a handler that does not stop the time to show it: so many round trips through the server.
  void LetTimePass() {
    RawClient client(server_.port(), true);
    HttpRequest request;
    request.target = "/nothing";
    for (int i = 0; i < 300; ++i) EXPECT_EQ(client.Exchange(request).status, 404);
  }

  EchoState state_;
  CallbackEchoService service_{&state_};
  DirectServer server_{&service_};
};

CallSpec SpecOf(const char* method, size_t requests = 1) {
  CallSpec spec;
  spec.service = "CallbackEcho";
  spec.method = method;
  spec.requests.resize(requests);
  for (size_t i = 0; i < requests; ++i) spec.requests[i].set_text(std::to_string(i));
  return spec;
}

TEST_F(DirectStreamTest, RoutesTellWhichMethodsAreCalledDirectly) {
  struct Case {
    const char* name;
    const char* method;
    MethodRoute::Kind kind;
    const char* reason;
  };
  const Case cases[] = {
      {"client stream", "CallbackEcho/Collect", MethodRoute::Kind::kDirect, "callback handler"},
      {"server stream", "CallbackEcho/Expand", MethodRoute::Kind::kDirect, "callback handler"},
      {"both", "CallbackEcho/Chat", MethodRoute::Kind::kDirect, "callback handler"},
      {"another kind than was said", "CallbackEcho/Echo", MethodRoute::Kind::kChannel,
       "handler of another message type"},
      {"sync client stream", "SyncEcho/Collect", MethodRoute::Kind::kChannel, "sync streaming handler"},
      {"sync server stream", "SyncEcho/Expand", MethodRoute::Kind::kChannel, "sync streaming handler"},
      {"sync both", "SyncEcho/Chat", MethodRoute::Kind::kChannel, "sync streaming handler"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    bool found = false;
    for (const MethodRoute& route : server_.front().routes()) {
      if (route.method != "connectrpc.test.echo." + std::string(c.method)) continue;
      found = true;
      EXPECT_EQ(route.kind, c.kind);
      EXPECT_EQ(route.reason, c.reason);
    }
    EXPECT_TRUE(found);
  }
}

class DirectStreamCaller : public DirectStreamTest, public ::testing::WithParamInterface<CallerKind> {
 protected:
  std::unique_ptr<Caller> caller_ = GetParam().make(server_.port());
};
INSTANTIATE_TEST_SUITE_P(, DirectStreamCaller, ::testing::ValuesIn(AllCallers()),
                         [](const auto& info) { return info.param.name; });

std::vector<std::string> Texts(const CallResult& result) {
  std::vector<std::string> texts;
  for (const EchoResponse& response : result.responses) texts.push_back(response.text());
  return texts;
}

TEST_P(DirectStreamCaller, ClientStream) {
  const CallResult result = caller_->Call(SpecOf("Collect", 10));
  EXPECT_EQ(result.code, 0);
  EXPECT_THAT(Texts(result), ::testing::ElementsAre("0123456789"));
  EXPECT_TRUE(WaitUntilIdle());
}

TEST_P(DirectStreamCaller, ServerStream) {
  CallSpec spec = SpecOf("Expand");
  spec.requests[0].set_responses(1000);
  spec.requests[0].set_response_bytes(10);
  const CallResult result = caller_->Call(spec);
  EXPECT_EQ(result.code, 0);
  ASSERT_EQ(result.responses.size(), 1000u);
  for (size_t i = 0; i < result.responses.size(); ++i) EXPECT_EQ(result.responses[i].index(), i);
  EXPECT_TRUE(WaitUntilIdle());
}

TEST_P(DirectStreamCaller, Bidi) {
  const CallResult result = caller_->Call(SpecOf("Chat", 3));
  EXPECT_EQ(result.code, 0);
  EXPECT_THAT(Texts(result), ::testing::ElementsAre("0", "1", "2"));
  EXPECT_TRUE(WaitUntilIdle());
}

TEST_P(DirectStreamCaller, MetadataAndErrors) {
  for (const char* method : {"Collect", "Expand", "Chat"}) {
    SCOPED_TRACE(method);
    CallSpec spec = SpecOf(method);
    const auto add = [](auto* field, const char* name, const char* value) {
      field->set_name(name);
      field->set_value(value);
    };
    add(spec.requests[0].add_headers(), "x-early", "1");
    add(spec.requests[0].add_trailers(), "x-late", "2");
    spec.requests[0].mutable_outcome()->set_code(5);
    spec.requests[0].mutable_outcome()->set_message("gone");
    spec.metadata = {{"x-mine", "m"}};
    const CallResult result = caller_->Call(spec);
    EXPECT_EQ(result.code, 5);
    EXPECT_EQ(result.message, "gone");
    EXPECT_THAT(result.headers, ::testing::Contains(::testing::Pair("x-early", "1")));
    EXPECT_THAT(result.trailers, ::testing::Contains(::testing::Pair("x-late", "2")));
  }
  EXPECT_TRUE(WaitUntilIdle());
}

TEST_P(DirectStreamCaller, ClientThatGivesUpCancels) {
  int cancelled = 0;
  for (const char* method : {"Collect", "Expand", "Chat"}) {
    SCOPED_TRACE(method);
    CallSpec spec = SpecOf(method);
    spec.requests[0].set_pause(echo::PAUSE_UNTIL_CANCELLED);
    spec.before_cancel = [&] {
      EXPECT_TRUE(state_.WaitUntil([](const EchoState::Counts& now) { return now.paused == 1; }));
    };
    caller_->Call(spec);
    EXPECT_TRUE(WaitUntilIdle());
    EXPECT_EQ(state_.counts().cancelled, ++cancelled);
  }
}

TEST_P(DirectStreamCaller, DeadlineCancels) {
  for (const char* method : {"Collect", "Expand", "Chat"}) {
    SCOPED_TRACE(method);
    CallSpec spec = SpecOf(method);
    spec.requests[0].set_pause(echo::PAUSE_UNTIL_CANCELLED);
    spec.timeout = std::chrono::milliseconds(50);
    EXPECT_EQ(caller_->Call(spec).code, 4);
    EXPECT_TRUE(WaitUntilIdle());
  }
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
  EXPECT_LE(state_.counts().writes, kPiecesAhead);
  for (int step = 0; step < 10; ++step) {
    client.Grant(id, 8 * kPiece);
    granted += 8 * kPiece;
    client.ReadBody(id, granted);
    EXPECT_LE(state_.counts().writes, static_cast<int>(granted / kPiece) + kPiecesAhead);
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
  ASSERT_TRUE(state_.WaitUntil([](const EchoState::Counts& now) { return now.paused == 1; }));

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
  EXPECT_EQ(state_.counts().reads, 1);
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
  DirectServer server(&service);

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
