// Streams: who waits for whom, how much is held meanwhile, and many calls at once.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <string>
#include <thread>
#include <vector>

#include "interop/caller.h"
#include "interop/raw_call.h"

namespace connectrpc::test {
namespace {

constexpr size_t kPiece = 64 * 1024;

class FlowTest : public ::testing::Test {
 protected:
  int port() { return server_.port(); }
  EchoState& state() { return server_.state(); }

  // Gives a handler that does not stop the time to show it: so many round trips through the server.
  void LetTimePass() {
    RawClient client(port(), true);
    HttpRequest request;
    request.target = "/nothing";
    for (int i = 0; i < 300; ++i) EXPECT_EQ(client.Exchange(request).status, 404);
  }

  EchoServer server_;
};

CallSpec LargeStream(const std::string& service) {
  CallSpec spec;
  spec.service = service;
  spec.method = "Expand";
  spec.requests[0].set_responses(1600);  // 100 MiB
  spec.requests[0].set_response_bytes(kPiece);
  return spec;
}

// What the handler may have written more than the client has read: the output on hold, the client's window, and what is
// between handler and output.
constexpr int kPiecesAhead = 2 + 1 + 2;

TEST_F(FlowTest, Http2ReaderHoldsTheHandlerBack) {
  for (const char* service : {"SyncEcho", "CallbackEcho", "CqEcho"}) {
    SCOPED_TRACE(service);
    const int before = state().counts().writes;
    const auto writes = [&] { return state().counts().writes - before; };
    Http2Client client(port(), Http2Client::Window::kKeep);
    const CallSpec spec = LargeStream(service);
    const int32_t id = client.Send(EncodeCall(spec, Framing::kConnectStream, Codec::kProto));
    client.ReadBody(id, 65535);  // the window
    LetTimePass();
    EXPECT_LE(writes(), kPiecesAhead);

    // It goes on as the client reads, and only as far.
    size_t granted = 65535;
    for (int step = 0; step < 10; ++step) {
      client.Grant(id, 8 * kPiece);
      granted += 8 * kPiece;
      client.ReadBody(id, granted);
      EXPECT_LE(writes(), static_cast<int>(granted / kPiece) + kPiecesAhead);
    }
    EXPECT_GE(writes(), static_cast<int>(granted / kPiece) - 1);
    EXPECT_FALSE(client.ended(id));
    client.tcp().Close();
    EXPECT_TRUE(state().WaitUntil([](const EchoState::Counts& now) { return now.running == 0; }));
  }
}

TEST_F(FlowTest, Http1ReaderHoldsTheHandlerBack) {
  for (const char* service : {"SyncEcho", "CallbackEcho", "CqEcho"}) {
    SCOPED_TRACE(service);
    const int before = state().counts().writes;
    const auto writes = [&] { return state().counts().writes - before; };
    Http1Client client(port(), /*receive_buffer=*/64 * 1024);
    client.Send(EncodeCall(LargeStream(service), Framing::kConnectStream, Codec::kProto));
    EXPECT_TRUE(state().WaitUntil([&](const EchoState::Counts& now) { return now.writes > before; }));
    LetTimePass();
    // The kernel's buffers come on top, of a few MiB at most.
    constexpr int kInKernel = 16 * 1024 * 1024 / kPiece;
    EXPECT_LE(writes(), kPiecesAhead + kInKernel);

    size_t read = 0;
    while (read < 32 * 1024 * 1024) read += client.ReadBytes(1).size();
    const int pieces = static_cast<int>(read / kPiece);
    EXPECT_TRUE(state().WaitUntil([&](const EchoState::Counts& now) { return now.writes - before >= pieces - 1; }));
    EXPECT_LE(writes(), pieces + kPiecesAhead + kInKernel);
    client.tcp().Close();
    EXPECT_TRUE(state().WaitUntil([](const EchoState::Counts& now) { return now.running == 0; }));
  }
}

TEST_F(FlowTest, StalledReaderDoesNotDisturbOtherStreams) {
  Http2Client client(port(), Http2Client::Window::kKeep);
  std::vector<int32_t> stalled;
  for (int i = 0; i < 10; ++i) {
    const CallSpec spec = LargeStream("SyncEcho");
    stalled.push_back(client.Send(EncodeCall(spec, Framing::kConnectStream, Codec::kProto)));
  }
  for (const int32_t id : stalled) client.ReadBody(id, 65535);
  const HttpRequest request = EncodeCall(CallSpec(), Framing::kConnectUnary, Codec::kProto);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(client.Exchange(request).status, 200);
  for (const int32_t id : stalled) EXPECT_FALSE(client.ended(id));
}

TEST_F(FlowTest, SlowHandlerHoldsTheClientBack) {
  CallSpec spec;
  spec.method = "Collect";
  spec.requests[0].set_pause(echo::PAUSE_UNTIL_RELEASED);
  HttpRequest request = EncodeCall(spec, Framing::kConnectStream, Codec::kProto);
  request.open = true;
  Http2Client client(port());
  const int32_t id = client.Send(request);
  ASSERT_TRUE(state().WaitUntil([](const EchoState::Counts& now) { return now.paused == 1; }));

  echo::EchoRequest piece;
  piece.set_data(std::string(16 * 1024, 'p'));
  std::string input;
  constexpr int kPieces = 512;  // 8 MiB
  for (int i = 0; i < kPieces; ++i) input += Envelope(piece.SerializeAsString());

  // Until many round trips in a row bring no more window.
  size_t sent = 0;
  for (int idle = 0; idle < 100; ++idle) {
    const size_t now = client.TrySendData(id, std::string_view(input).substr(sent));
    sent += now;
    if (now > 0) idle = 0;
    ASSERT_TRUE(client.Ping());
  }
  // The stream's window, which has grown where the first messages were taken at once, and what waits for the handler;
  // the slack is one more of that.
  EXPECT_LE(sent, Limits().max_stream_window_bytes + 2 * 64 * 1024);
  EXPECT_EQ(state().counts().reads, 1);

  // Others on the connection are not held back.
  CallSpec other;
  other.requests[0].set_data(std::string(256 * 1024, 'o'));
  EXPECT_EQ(client.Exchange(EncodeCall(other, Framing::kConnectUnary, Codec::kProto)).status, 200);

  state().Release();
  EXPECT_TRUE(client.SendData(id, std::string_view(input).substr(sent), true));
  const CallResult result = DecodeResponse(client.ReadResponse(id), Framing::kConnectStream, Codec::kProto);
  EXPECT_EQ(result.code, 0) << result.message;
  ASSERT_EQ(result.responses.size(), 1u);
  EXPECT_EQ(result.responses[0].index(), kPieces * 16u * 1024);
}

TEST_F(FlowTest, FullDuplexAnswersBeforeTheRequestEnds) {
  for (const Wire& wire : {kConnectHttp2, kWebHttp2, kGrpc}) {
    for (const char* service : {"SyncEcho", "CallbackEcho", "CqEcho", "GenericEcho"}) {
      SCOPED_TRACE(std::string(wire.name) + ", " + service);
      CallSpec spec;
      spec.service = service;
      spec.method = "Chat";
      const Framing framing = FramingOf(wire.protocol, spec);
      HttpRequest request = RequestHead(spec, framing, Codec::kProto);
      request.open = true;
      Http2Client client(port());
      const int32_t id = client.Send(request);
      size_t read = 0;
      for (int i = 0; i < 100; ++i) {
        echo::EchoRequest message;
        message.set_text(std::to_string(i));
        ASSERT_TRUE(client.SendData(id, Envelope(message.SerializeAsString()), false));
        while (EnvelopePayloads(client.ReadBody(id, read + 1).body).size() < static_cast<size_t>(i) + 1) {
          ASSERT_FALSE(client.ended(id));
          read = client.ReadBody(id, 0).body.size();
        }
        read = client.ReadBody(id, 0).body.size();
      }
      ASSERT_TRUE(client.SendData(id, {}, true));
      const CallResult result = DecodeResponse(client.ReadResponse(id), framing, Codec::kProto);
      EXPECT_EQ(result.code, 0);
      ASSERT_EQ(result.responses.size(), 100u);
      for (int i = 0; i < 100; ++i) EXPECT_EQ(result.responses[i].text(), std::to_string(i));
    }
  }
}

TEST_F(FlowTest, HalfDuplexAnswersAfterAllWasSent) {
  for (const Wire& wire : kWires) {
    for (const char* service : {"SyncEcho", "CallbackEcho", "CqEcho", "GenericEcho"}) {
      SCOPED_TRACE(std::string(wire.name) + ", " + service);
      CallSpec spec;
      spec.service = service;
      spec.method = "Chat";
      spec.requests.resize(1000);
      for (int i = 0; i < 1000; ++i) spec.requests[i].set_text(std::to_string(i));
      const CallResult result = RawCall(port(), wire, spec);
      EXPECT_EQ(result.code, 0);
      ASSERT_EQ(result.responses.size(), 1000u);
      for (int i = 0; i < 1000; ++i) EXPECT_EQ(result.responses[i].text(), std::to_string(i));
    }
  }
}

// A handler that ends before it has read everything: the caller gets the answer, the connection stays in use.
TEST_F(FlowTest, EarlyAnswerEndsTheCall) {
  for (const Wire& wire : {kConnectHttp2, kWebHttp2, kGrpc}) {
    for (const char* service : {"SyncEcho", "CallbackEcho", "CqEcho", "GenericEcho"}) {
      SCOPED_TRACE(std::string(wire.name) + ", " + service);
      CallSpec spec;
      spec.service = service;
      spec.method = "Chat";
      spec.requests[0].mutable_outcome()->set_code(7);
      const Framing framing = FramingOf(wire.protocol, spec);
      HttpRequest request = EncodeCall(spec, framing, Codec::kProto);
      request.open = true;
      Http2Client client(port());
      const CallResult result = DecodeResponse(client.Exchange(request), framing, Codec::kProto);
      EXPECT_EQ(result.code, 7);
      EXPECT_EQ(result.responses.size(), 1u);
      EXPECT_EQ(client.Exchange(EncodeCall(CallSpec(), Framing::kConnectUnary, Codec::kProto)).status, 200);
    }
  }
}

TEST_F(FlowTest, ThousandCallsOnOneConnection) {
  Http2Client client(port());
  constexpr const char* kServices[] = {"SyncEcho", "CallbackEcho", "CqEcho", "GenericEcho"};
  constexpr const char* kMethods[] = {"Echo", "Collect", "Expand", "Chat"};
  struct Open {
    int32_t id;
    CallSpec spec;
    Framing framing;
  };
  std::deque<Open> open;
  const auto check_first = [&] {
    const Open call = std::move(open.front());
    open.pop_front();
    const CallResult result = DecodeResponse(client.ReadResponse(call.id), call.framing, Codec::kProto);
    EXPECT_EQ(result.code, 0) << result.message;
    ASSERT_EQ(result.responses.size(), 1u);
    EXPECT_EQ(result.responses[0].text(), call.spec.requests[0].text());
  };
  for (int i = 0; i < 1000; ++i) {
    // The server's handlers may end a little after the client has seen the answer: leave them room.
    if (open.size() == Limits().max_running_calls_per_connection / 2) check_first();
    CallSpec spec;
    spec.service = kServices[i % 4];
    spec.method = kMethods[i / 4 % 4];
    spec.requests[0].set_text(std::to_string(i));
    spec.requests[0].set_responses(1);
    const Wire& wire = i % 3 == 0 ? kGrpc : i % 3 == 1 ? kConnectHttp2 : kWebHttp2;
    const Framing framing = FramingOf(wire.protocol, spec);
    const int32_t id = client.Send(EncodeCall(spec, framing, Codec::kProto));
    open.push_back({id, std::move(spec), framing});
  }
  while (!open.empty()) check_first();
}

TEST_F(FlowTest, ManyClientsAtOnce) {
  std::vector<std::thread> threads;
  for (const CallerKind& kind : AllCallers()) {
    threads.emplace_back([&, kind] {
      const std::unique_ptr<Caller> caller = kind.make(port());
      for (int i = 0; i < 200; ++i) {
        CallSpec spec;
        spec.service = i % 2 == 0 ? "SyncEcho" : "CallbackEcho";
        spec.method = i % 3 == 0 ? "Expand" : i % 3 == 1 ? "Echo" : "Chat";
        spec.requests[0].set_responses(5);
        EXPECT_EQ(caller->Call(spec).code, 0) << kind.name;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

// Beyond the limit calls are refused in a way that lets the client try again; those that run are not harmed.
TEST(RunningCallsTest, AreLimitedPerConnection) {
  Limits limits;
  limits.max_running_calls_per_connection = 5;
  EchoServer server(WithLimits(limits));
  CallSpec spec;
  spec.requests[0].set_pause(echo::PAUSE_UNTIL_RELEASED);
  const HttpRequest request = EncodeCall(spec, Framing::kConnectUnary, Codec::kProto);
  Http2Client client(server.port());
  std::vector<int32_t> running;
  for (int i = 0; i < 5; ++i) running.push_back(client.Send(request));
  ASSERT_TRUE(server.state().WaitUntil([](const EchoState::Counts& now) { return now.paused == 5; }));
  EXPECT_EQ(client.Exchange(request).reset_code, NGHTTP2_REFUSED_STREAM);
  EXPECT_TRUE(IsAlive(server.port()));
  server.state().Release();
  for (const int32_t id : running) EXPECT_EQ(client.ReadResponse(id).status, 200);
}

}  // namespace
}  // namespace connectrpc::test
