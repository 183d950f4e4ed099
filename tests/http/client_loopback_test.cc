#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "http/client_driver.h"
#include "http/sessions.h"

// The client's sessions against the server's, in memory, with bytes cut at random: calls of all shapes come through
// whole.
namespace connectrpc::test {
namespace {

struct ServedStream : http::HttpStream {
  std::string received;
};

// Answers a request by its own bytes: at its end, or, for a target of "/echo", as they come.
class EchoServer final : public http::StreamSource {
 public:
  explicit EchoServer(bool http2) {
    session_ = http2 ? http::NewHttp2ServerSession(limits_, this) : http::NewHttp1ServerSession(limits_, this);
  }

  http::HttpStream* Acquire() override {
    streams_.push_back(std::make_unique<ServedStream>());
    return streams_.back().get();
  }

  void Feed(std::string_view bytes) {
    session_->Feed(bytes);
    HandleEvents();
  }
  std::string Output(size_t high_water) {
    wire::OutputQueue queue;
    session_->Write(&queue, high_water);
    HandleEvents();
    std::string out;
    for (std::string_view piece; queue.Peek(&piece, 1) == 1; queue.Consume(piece.size())) out.append(piece);
    return out;
  }
  http::HttpSession& session() { return *session_; }

 private:
  void HandleEvents() {
    while (!session_->events().empty()) {
      const std::vector<http::HttpEvent> events = std::move(session_->events());
      session_->events().clear();
      for (const http::HttpEvent& event : events) Handle(event, static_cast<ServedStream*>(event.stream));
    }
  }

  void Handle(const http::HttpEvent& event, ServedStream* stream) {
    if (event.kind == http::HttpEvent::Kind::kAborted || event.kind == http::HttpEvent::Kind::kClosed) return;
    const bool streaming = stream->request.target == "/echo";
    if (event.kind == http::HttpEvent::Kind::kHead) {
      for (const HeaderField field : stream->request.headers) {
        if (field.name.substr(0, 2) == "x-") stream->response.headers.Add(field.name, field.value);
      }
      if (streaming) session_->Respond(stream);
    } else {
      session_->Release(stream, event.bytes.size());
      stream->body.queue.Append(event.bytes);
      stream->received.append(event.bytes);
    }
    if (event.end == wire::EndStream::kYes) {
      stream->body.trailers.Add("x-size", std::to_string(stream->received.size()));
      stream->body.ended = true;
      if (!streaming) session_->Respond(stream);
    }
    session_->Resume(stream);
  }

  http::SessionLimits limits_;
  std::vector<std::unique_ptr<ServedStream>> streams_;
  std::unique_ptr<http::HttpSession> session_;
};

class ClientLoopbackTest : public ::testing::TestWithParam<bool> {};

// A call of some size; what it sends comes back.
struct Call {
  CallStream* stream;
  std::string to_send;  // not appended yet
  std::string body;
};

TEST_P(ClientLoopbackTest, CallsComeThroughWhole) {
  const bool http2 = GetParam();
  for (unsigned seed = 0; seed < 40; ++seed) {
    SCOPED_TRACE(seed);
    std::minstd_rand random(seed + 1);
    ClientDriver client(http2 ? http::NewHttp2ClientSession({}) : http::NewHttp1ClientSession({}));
    EchoServer server(http2);
    std::vector<Call> calls;
    std::string up;
    std::string down;
    const size_t wanted = 20;
    for (int turn = 0; turn < 200'000; ++turn) {
      if (calls.size() < wanted && client.session().capacity() > 0 && random() % 4 == 0) {
        std::string body(random() % 4 == 0 ? random() % 200'000 : random() % 100,
                         static_cast<char>('a' + random() % 26));
        const bool open = random() % 2 == 0;
        CallStream* stream = client.Start([&](CallStream& s) {
          s.request.target = open ? "/echo" : "/unary";
          s.request.headers.Add("x-number", std::to_string(calls.size()));
          if (!open) s.body.queue.Append(Payload::Own(std::string(body)));
          s.body.ended = !open;
        });
        calls.push_back({stream, open ? body : "", std::move(body)});
      }
      for (Call& call : calls) {
        if (call.stream->body.ended || random() % 3 != 0) continue;
        const size_t count = std::min<size_t>(call.to_send.size(), random() % 20'000);
        client.Send(call.stream, call.to_send.substr(0, count), count == call.to_send.size());
        call.to_send.erase(0, count);
      }
      up += client.Output(1 + random() % 50'000);
      down += server.Output(1 + random() % 50'000);
      if (random() % 2 == 0 && server.session().want_read()) {
        const size_t count = std::min<size_t>(up.size(), 1 + random() % 30'000);
        server.Feed(std::string(up.substr(0, count)));
        up.erase(0, count);
      }
      if (random() % 2 == 0 && client.session().want_read()) {
        const size_t count = std::min<size_t>(down.size(), 1 + random() % 30'000);
        client.Feed(down.substr(0, count));
        down.erase(0, count);
      }
      if (calls.size() == wanted && client.session().idle()) break;
    }
    ASSERT_EQ(calls.size(), wanted);
    for (size_t i = 0; i < calls.size(); ++i) {
      SCOPED_TRACE(i);
      const CallStream& stream = *calls[i].stream;
      ASSERT_TRUE(stream.closed);
      EXPECT_FALSE(stream.was_reset) << stream.fault;
      EXPECT_EQ(stream.response.status, 200);
      EXPECT_EQ(stream.response.headers.Find("x-number"), std::to_string(i));
      EXPECT_TRUE(stream.received == calls[i].body);
      if (http2) {
        EXPECT_EQ(stream.trailers.Find("x-size"), std::to_string(calls[i].body.size()));
      }
    }
    client.session().Shutdown();
    server.Feed(up + client.Output());
    EXPECT_TRUE(client.session().finished());
  }
}

// The server ends while calls are under way: those it has taken on end well, the others may be sent again.
TEST_P(ClientLoopbackTest, ServerShutsDown) {
  const bool http2 = GetParam();
  for (unsigned seed = 0; seed < 40; ++seed) {
    SCOPED_TRACE(seed);
    std::minstd_rand random(seed + 1);
    ClientDriver client(http2 ? http::NewHttp2ClientSession({}) : http::NewHttp1ClientSession({}));
    EchoServer server(http2);
    size_t started = 0;
    const int shutdown_at = 5 + static_cast<int>(random() % 60);
    for (int turn = 0; turn < 10'000 && !client.session().finished(); ++turn) {
      if (turn == shutdown_at) server.session().Shutdown();
      if (client.session().capacity() > 0 && random() % 3 == 0) {
        client.Start("request " + std::to_string(++started));
      }
      const std::string up = client.Output();
      if (!up.empty() && server.session().want_read()) server.Feed(up);
      const std::string down = server.Output(SIZE_MAX);
      if (random() % 2 == 0 || !down.empty()) client.Feed(down);
      if (server.session().finished()) client.FeedEnd();
    }
    ASSERT_TRUE(client.session().finished());
    for (size_t number = 1; number <= started; ++number) {
      const CallStream& stream = *client.stream(number);
      EXPECT_TRUE(stream.closed);
      if (stream.was_reset) {
        // Over HTTP/1.1 nobody can tell once it was written.
        EXPECT_TRUE(stream.unprocessed || (!http2 && stream.head_written)) << stream.fault;
      } else {
        EXPECT_EQ(stream.received, "request " + std::to_string(number));
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Versions, ClientLoopbackTest, ::testing::Bool(),
                         [](const auto& param) { return param.param ? "Http2" : "Http1"; });

}  // namespace
}  // namespace connectrpc::test
