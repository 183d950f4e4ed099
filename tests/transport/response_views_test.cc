// Views of what comes from a network: each owns its bytes, however they arrived, and refuses what a server makes up.

#include <gtest/gtest.h>

#include <future>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "client/messages.h"
#include "client/methods.h"
#include "connectrpc/client.h"
#include "connectrpc/http_transport.h"
#include "server/fake_server.h"
#include "transport/raw_server.h"

namespace connectrpc::test {
namespace {

// A server that answers one call on HTTP/1.1 with these bytes, and a transport to it.
class Answering final {
 public:
  explicit Answering(std::string response, HttpTransportOptions options = {})
      : thread_([this, response = std::move(response)] {
          RawConnection peer = server_.Accept();
          peer.ReceiveUntil("\r\n\r\n");
          peer.Send(response);
          peer.ReceiveToEnd();
        }) {
    auto transport = HttpTransport::Create(server_.url(), options);
    EXPECT_TRUE(transport.ok()) << transport.status();
    transport_ = *std::move(transport);
  }
  ~Answering() {
    transport_.reset();
    thread_.join();
  }

  const std::shared_ptr<Transport>& transport() const { return transport_; }

 private:
  RawServer server_;
  std::shared_ptr<Transport> transport_;
  std::thread thread_;
};

std::string UnaryResponse(const std::string& codec, const std::string& body) {
  return "HTTP/1.1 200 OK\r\ncontent-type: application/" + codec +
         "\r\ncontent-length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

// Connect's, with all messages and the end in one piece.
std::string StreamResponse(const std::vector<std::string>& messages) {
  std::string body;
  for (const std::string& message : messages) body += Enveloped(message);
  std::string end = Enveloped("{}");
  end[0] = 2;
  body += end;
  return UnaryResponse("connect+proto", body);
}

TEST(ResponseViewsOverHttp, RefuseWhatIsNoMessage) {
  std::string unknown;
  for (int i = 0; i < 1'000'000; ++i) unknown += "\x78\x01";
  const struct {
    const char* name;
    const char* codec;
    std::string body;
    Code code;
    const char* message;
  } cases[] = {
      {"a message", "proto", PongBytes("pong"), Code::kOk, ""},
      {"JSON", "json", R"({"text":"pong"})", Code::kOk, ""},
      {"garbage", "proto", kGarbage, Code::kInternal,
       "cannot decode connectrpc.test.Pong: connectrpc.test.Pong is cut short, at byte 3"},
      {"cut short", "proto", "\x0a\x7fx", Code::kInternal, "connectrpc.test.Pong.text is cut short, at byte"},
      {"no UTF-8", "proto", "\x0a\x01\xff", Code::kInternal, "connectrpc.test.Pong.text is not UTF-8, at byte"},
      {"broken JSON", "json", "{", Code::kInternal, "cannot decode connectrpc.test.Pong: "},
      {"as many unknown fields as may be", "proto", unknown, Code::kOk, ""},
      {"one more", "proto", unknown + "\x78\x01", Code::kResourceExhausted, "max_unknown_fields"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    CallOptions options;
    options.codec = c.codec;
    Answering server(UnaryResponse(c.codec, c.body));
    const Result<OwnedPong> result = CallUnary<Ping, OwnedPong>(*server.transport(), kUnary, MakePing("ping"), options);
    EXPECT_EQ(result.error().code, c.code);
    EXPECT_NE(result.error().message.find(c.message), std::string::npos) << result.error().message;
    EXPECT_EQ(result->bytes().empty(), !result.ok());
  }
}

TEST(ResponseViewsOverHttp, OfAStreamAreKeptBesideEachOther) {
  const std::vector<std::string> texts = {"a", std::string(1000, 'b'), "", std::string(100'000, 'c'), "d"};
  std::vector<std::string> messages;
  for (const std::string& text : texts) messages.push_back(PongBytes(text));
  for (const bool blocking : {true, false}) {
    SCOPED_TRACE(blocking);
    std::vector<OwnedPong> kept;
    {
      Answering server(StreamResponse(messages));
      auto reader = StartServerStream<Ping, OwnedPong>(server.transport(), kServerStream, MakePing("ping"), {});
      const auto read = [&](OwnedPong* pong) {
        if (blocking) return reader.Read(pong);
        std::promise<bool> done;
        reader.Read(pong, [&done](bool got) { done.set_value(got); });
        return done.get_future().get();
      };
      for (OwnedPong pong; read(&pong);) kept.push_back(std::move(pong));
      EXPECT_TRUE(reader.Finish().ok()) << reader.Finish().message;
    }
    ASSERT_EQ(kept.size(), texts.size());
    for (size_t i = 0; i < texts.size(); ++i) EXPECT_EQ(kept[i]->text(), texts[i]);
  }
}

TEST(ResponseViewsOverHttp, EndAStreamWithTheFirstThatIsNoMessage) {
  Answering server(StreamResponse({PongBytes("a"), kGarbage, PongBytes("b")}));
  auto reader = StartServerStream<Ping, OwnedPong>(server.transport(), kServerStream, MakePing("ping"), {});
  OwnedPong pong;
  ASSERT_TRUE(reader.Read(&pong));
  EXPECT_EQ(pong->text(), "a");
  EXPECT_FALSE(reader.Read(&pong));
  EXPECT_FALSE(reader.Read(&pong));
  EXPECT_EQ(pong->text(), "");
  EXPECT_EQ(reader.Finish().code, Code::kInternal);
}

}  // namespace
}  // namespace connectrpc::test
