#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "http/h2_peer.h"

// The ways in which a connection ends.
namespace connectrpc::test {
namespace {

using http::HttpEvent;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

const RawFrame* FindGoAway(const std::vector<RawFrame>& frames) {
  for (const RawFrame& frame : frames) {
    if (frame.type == NGHTTP2_GOAWAY) return &frame;
  }
  return nullptr;
}

TEST(H2ShutdownTest, IdleConnectionEndsAfterOneRoundTrip) {
  TestServer server;
  TestClient client;
  Exchange(client, server);
  server.session().Shutdown();
  server.session().Shutdown();  // once is enough
  EXPECT_FALSE(server.session().finished());
  client.Feed(server.Output());
  EXPECT_THAT(client.goaway_ids(), ElementsAre(INT32_MAX)) << "the notice refuses nothing";
  server.Feed(client.Output());
  EXPECT_FALSE(server.session().finished()) << "there is something left to say";
  const std::vector<RawFrame> frames = server.OutputFrames();
  const RawFrame* last = FindGoAway(frames);
  ASSERT_NE(last, nullptr);
  EXPECT_EQ(last->payload, Uint32(0) + Uint32(NGHTTP2_NO_ERROR));
  EXPECT_TRUE(server.session().finished());
  EXPECT_FALSE(server.session().want_read());
}

TEST(H2ShutdownTest, RunningStreamsFinishAndCrossingOnesAreServed) {
  TestServer server;
  TestClient client;
  const int32_t running = client.Send(RequestFields("/running"));
  Exchange(client, server);

  const int32_t crossing = client.Send(RequestFields("/crossing"));
  const std::string on_the_way = client.Output();
  server.session().Shutdown();
  const std::string notice = server.Output();
  server.Feed(on_the_way);
  EXPECT_THAT(server.log(crossing), ElementsAre("head POST /crossing end"));
  client.Feed(notice);
  Exchange(client, server);
  EXPECT_THAT(client.goaway_ids(), ElementsAre(INT32_MAX, crossing));
  EXPECT_FALSE(server.session().finished());

  // The client starts nothing more; what a peer starts all the same is not seen.
  server.Feed(HeadersFrames(crossing + 2, NGHTTP2_FLAG_END_STREAM, Block(RequestFields())));
  EXPECT_EQ(server.stream_count(), 2u);

  for (const int32_t id : {running, crossing}) {
    EXPECT_FALSE(server.session().finished());
    AnswerNow(server, *server.stream(id), "late", {{"t", "v"}});
    Exchange(client, server);
    EXPECT_EQ(client.response(id).body, "late");
    EXPECT_TRUE(client.response(id).ended);
  }
  EXPECT_TRUE(server.session().finished());
}

TEST(H2ShutdownTest, AnotherPingDoesNotEndIt) {
  TestServer server;
  server.Feed(Preface());
  server.session().Shutdown();
  server.Output();
  server.Feed(Frame(NGHTTP2_PING, NGHTTP2_FLAG_ACK, 0, "shutdowm"));
  EXPECT_EQ(FindGoAway(server.OutputFrames()), nullptr);
  server.Feed(Frame(NGHTTP2_PING, NGHTTP2_FLAG_ACK, 0, "shutdown"));
  EXPECT_NE(FindGoAway(server.OutputFrames()), nullptr);
}

TEST(H2ShutdownTest, SaysWhereItEndsOnce) {
  TestServer server;
  server.Feed(Preface() + HeadersFrames(1, NGHTTP2_FLAG_END_STREAM, Block(RequestFields())));
  server.session().Shutdown();
  server.Output();
  server.Feed(Frame(NGHTTP2_PING, NGHTTP2_FLAG_ACK, 0, "shutdown"));
  EXPECT_NE(FindGoAway(server.OutputFrames()), nullptr);
  server.Feed(Frame(NGHTTP2_PING, 0, 0, "12345678"));
  EXPECT_EQ(FindGoAway(server.OutputFrames()), nullptr);
  EXPECT_FALSE(server.session().finished());
}

TEST(H2ShutdownTest, UnaskedAcknowledgementIsNoShutdown) {
  TestServer server;
  server.Feed(Preface() + Frame(NGHTTP2_PING, NGHTTP2_FLAG_ACK, 0, "shutdown"));
  EXPECT_EQ(FindGoAway(server.OutputFrames()), nullptr);
  EXPECT_FALSE(server.session().finished());
}

TEST(H2ShutdownTest, ClientGoesAway) {
  TestServer server;
  TestClient client;
  const int32_t id = client.Send(RequestFields());
  Exchange(client, server);
  nghttp2_submit_goaway(client.session(), NGHTTP2_FLAG_NONE, 0, NGHTTP2_NO_ERROR, nullptr, 0);
  Exchange(client, server);
  EXPECT_FALSE(server.session().finished()) << "a call is running";
  AnswerNow(server, *server.stream(id), "done");
  Exchange(client, server);
  EXPECT_EQ(client.response(id).body, "done");
  EXPECT_TRUE(server.session().finished());
}

TEST(H2ShutdownTest, EndOfInputAbortsWhatIsOpen) {
  TestServer server;
  server.Feed(Preface() + HeadersFrames(1, 0, Block(RequestFields())) +
              HeadersFrames(3, NGHTTP2_FLAG_END_STREAM, Block(RequestFields())) +
              HeadersFrames(5, NGHTTP2_FLAG_END_STREAM, Block(RequestFields())) +
              // The head of this one has not ended: the server never heard of it.
              Frame(NGHTTP2_HEADERS, 0, 7, Block(RequestFields())));
  server.Output();
  AnswerNow(server, *server.stream(5), "ok");
  server.Output();
  EXPECT_EQ(server.log(5).back(), "closed");
  server.session().Respond(server.stream(3));
  server.FeedEnd();
  EXPECT_THAT(server.log(1), ElementsAre("head POST /svc.S/Unary", "aborted", "closed"));
  EXPECT_THAT(server.log(3), ElementsAre("head POST /svc.S/Unary end", "aborted", "closed"));
  EXPECT_THAT(server.log(5), ElementsAre("head POST /svc.S/Unary end", "closed"));
  EXPECT_THAT(server.log(7), ElementsAre("closed"));
  EXPECT_TRUE(server.session().finished());
  EXPECT_TRUE(server.session().idle());

  // All calls are harmless from here on.
  TestStream& stream = *server.stream(1);
  server.session().Respond(&stream);
  server.session().Resume(&stream);
  server.session().Release(&stream, 1);
  server.session().Reset(&stream);
  server.session().Shutdown();
  server.Feed("more");
  server.FeedEnd();
  EXPECT_THAT(server.Output(), IsEmpty());
  EXPECT_EQ(server.log(1).size(), 3u);
}

TEST(H2ShutdownTest, DestructionAppendsNothing) {
  TestServer server;
  server.Feed(Preface() + HeadersFrames(1, NGHTTP2_FLAG_END_STREAM, Block(RequestFields())));
  AnswerNow(server, *server.stream(1), "never written");
  // ~TestServer: the leak and address checks of a sanitizer build are what can fail here.
}

// --- Input that is not HTTP/2 ---

struct BadInput {
  const char* name;
  std::string input;
  uint32_t code;
};

std::vector<BadInput> BadInputs() {
  const std::string preface = Preface();
  const std::string request = HeadersFrames(1, NGHTTP2_FLAG_NONE, Block(RequestFields()));
  return {
      {"not the preface", "GET / HTTP/1.1\r\nHost: x\r\n\r\n", NGHTTP2_PROTOCOL_ERROR},
      {"preface, then text", std::string(http::kHttp2Preface) + "GET / HTTP/1.1\r\n", NGHTTP2_PROTOCOL_ERROR},
      {"no SETTINGS first", std::string(http::kHttp2Preface) + request, NGHTTP2_PROTOCOL_ERROR},
      {"frame too large", preface + request + Frame(NGHTTP2_DATA, 0, 1, std::string(16385, 'x')),
       NGHTTP2_FRAME_SIZE_ERROR},
      {"PING of 7 bytes", preface + Frame(NGHTTP2_PING, 0, 0, "1234567"), NGHTTP2_FRAME_SIZE_ERROR},
      {"HPACK garbage", preface + Frame(NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS, 1, "\xff\xff\xff\xff\xff\xff"),
       NGHTTP2_COMPRESSION_ERROR},
      {"even stream id", preface + HeadersFrames(2, 0, Block(RequestFields())), NGHTTP2_PROTOCOL_ERROR},
      {"DATA on an idle stream", preface + Frame(NGHTTP2_DATA, 0, 5, "x"), NGHTTP2_PROTOCOL_ERROR},
      {"PUSH_PROMISE", preface + request + Frame(NGHTTP2_PUSH_PROMISE, NGHTTP2_FLAG_END_HEADERS, 1, Uint32(2)),
       NGHTTP2_PROTOCOL_ERROR},
      {"CONTINUATION alone", preface + Frame(NGHTTP2_CONTINUATION, NGHTTP2_FLAG_END_HEADERS, 1, ""),
       NGHTTP2_PROTOCOL_ERROR},
      {"DATA within a header block",
       preface + Frame(NGHTTP2_HEADERS, 0, 1, Block(RequestFields())) + Frame(NGHTTP2_DATA, 0, 1, "x"),
       NGHTTP2_PROTOCOL_ERROR},
      {"WINDOW_UPDATE of 0", preface + Frame(NGHTTP2_WINDOW_UPDATE, 0, 0, Uint32(0)), NGHTTP2_PROTOCOL_ERROR},
      {"connection window overflow", preface + Frame(NGHTTP2_WINDOW_UPDATE, 0, 0, Uint32(0x7fffffff)),
       NGHTTP2_FLOW_CONTROL_ERROR},
      {"33 SETTINGS entries", preface + Frame(NGHTTP2_SETTINGS, 0, 0, std::string(33 * 6, '\0')),
       NGHTTP2_ENHANCE_YOUR_CALM},
  };
}

// Each ends with a GOAWAY that names the fault, and nothing that follows is looked at.
TEST(H2ShutdownTest, BadInputEndsTheConnection) {
  for (const BadInput& c : BadInputs()) {
    SCOPED_TRACE(c.name);
    TestServer server;
    server.Feed(c.input);
    const std::vector<RawFrame> frames = server.OutputFrames();
    ASSERT_FALSE(frames.empty());
    EXPECT_EQ(frames.front().type, NGHTTP2_SETTINGS) << "our preface comes first in any case";
    ASSERT_EQ(frames.back().type, NGHTTP2_GOAWAY);
    EXPECT_EQ(ReadUint32(frames.back().payload, 4), c.code);
    EXPECT_TRUE(server.session().finished());
    EXPECT_TRUE(server.session().idle());
    EXPECT_FALSE(server.session().want_read());
    for (size_t i = 0; i < server.stream_count(); ++i) EXPECT_TRUE(server.stream(1)->closed);

    const size_t events = server.log().size();
    server.Feed(Preface() + HeadersFrames(3, NGHTTP2_FLAG_END_STREAM, Block(RequestFields())));
    EXPECT_EQ(server.log().size(), events);
    EXPECT_THAT(server.Output(), IsEmpty());
  }
}

// The fault and much more behind it, in one piece and before any of our output could leave.
TEST(H2ShutdownTest, InputBehindTheFaultIsHarmless) {
  for (const BadInput& c : BadInputs()) {
    SCOPED_TRACE(c.name);
    TestServer server;
    std::string garbage(65536, '\0');
    for (size_t i = 0; i < garbage.size(); ++i) garbage[i] = static_cast<char>(i * 2654435761u >> 13);
    server.Feed(c.input + garbage);
    server.Feed(garbage);
    server.Output();
    EXPECT_TRUE(server.session().finished());
  }
}

TEST(H2ShutdownTest, RunningCallsEndWithTheConnection) {
  TestServer server;
  server.Feed(Preface() + HeadersFrames(1, NGHTTP2_FLAG_END_STREAM, Block(RequestFields())));
  server.Output();
  server.Feed(Frame(NGHTTP2_PING, 0, 3, "12345678"));
  server.Output();
  EXPECT_THAT(server.log(1), ElementsAre("head POST /svc.S/Unary end", "aborted", "closed"));
}

}  // namespace
}  // namespace connectrpc::test
