#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "http/h2_peer.h"

// Windows in both directions.
namespace connectrpc::test {
namespace {

using http::HttpEvent;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

constexpr size_t kStreamWindow = 1000;
constexpr size_t kConnectionWindow = 100000;

http::SessionLimits SmallWindows() {
  http::SessionLimits limits;
  limits.stream_window_bytes = limits.max_stream_window_bytes = kStreamWindow;
  limits.connection_window_bytes = kConnectionWindow;
  return limits;
}

// What the client could still send on the connection.
int32_t ConnectionCredit(TestClient& client) {
  return nghttp2_session_get_remote_window_size(client.session());
}

// Sends a request whose first body bytes come after both sides' SETTINGS have been acknowledged, so that the window of
// the stream is the announced one.
int32_t SendWithWindow(TestClient& client, TestServer& server, size_t body_size) {
  const int32_t id = client.Send(RequestFields(), "", /*open=*/true);
  Exchange(client, server);
  client.SendMore(id, std::string(body_size, 'q'), /*end=*/true);
  return id;
}

// Nobody reads: the client may push one stream's window and not a byte more.
TEST(H2FlowTest, WindowIsNotReturnedBeforeRelease) {
  TestServer server(SmallWindows());
  server.release_bodies = false;
  TestClient client;
  const int32_t id = SendWithWindow(client, server, 5000);
  Exchange(client, server);
  TestStream& stream = *server.stream(id);
  EXPECT_EQ(stream.received.size(), kStreamWindow);
  EXPECT_EQ(client.unsent(id), 5000 - kStreamWindow);
  EXPECT_EQ(stream.unreleased_bytes, kStreamWindow);

  server.session().Release(&stream, kStreamWindow);
  EXPECT_EQ(stream.unreleased_bytes, 0u);
  Exchange(client, server);
  EXPECT_EQ(stream.received.size(), 2 * kStreamWindow);

  while (!stream.request_ended) {
    const size_t before = stream.received.size();
    server.session().Release(&stream, stream.unreleased_bytes);
    Exchange(client, server);
    ASSERT_GT(stream.received.size(), before);
  }
  EXPECT_EQ(stream.received.size(), 5000u);
}

// One frame for all that the connection may send again; none for a stream that has nothing more to send.
TEST(H2FlowTest, WindowsReturnTogether) {
  http::SessionLimits limits;
  limits.stream_window_bytes = limits.max_stream_window_bytes = 40'000;
  limits.connection_window_bytes = 100'000;
  TestServer server(limits);
  server.Feed(Preface() + Frame(NGHTTP2_SETTINGS, NGHTTP2_FLAG_ACK, 0));
  server.Output();
  std::string input;
  for (const int32_t id : {1, 3, 5}) {
    const std::string part(14'000, 'q');
    input += HeadersFrames(id, NGHTTP2_FLAG_NONE, Block(RequestFields()));
    input += Frame(NGHTTP2_DATA, 0, id, part) + Frame(NGHTTP2_DATA, id == 3 ? NGHTTP2_FLAG_END_STREAM : 0, id, part);
  }
  server.Feed(input);
  std::vector<std::pair<int32_t, uint32_t>> updates;
  for (const RawFrame& frame : server.OutputFrames()) {
    if (frame.type == NGHTTP2_WINDOW_UPDATE) updates.emplace_back(frame.stream_id, ReadUint32(frame.payload));
  }
  EXPECT_THAT(updates, UnorderedElementsAre(Pair(0, 84'000u), Pair(1, 28'000u), Pair(5, 28'000u)));
}

TEST(H2FlowTest, ReleaseOfMoreThanCameIsHarmless) {
  TestServer server(SmallWindows());
  server.release_bodies = false;
  TestClient client;
  const int32_t id = SendWithWindow(client, server, 5000);
  Exchange(client, server);
  TestStream& stream = *server.stream(id);
  server.session().Release(&stream, 1 << 20);
  server.session().Release(&stream, 1 << 20);
  Exchange(client, server);
  EXPECT_EQ(stream.received.size(), 2 * kStreamWindow);
  EXPECT_TRUE(client.goaways().empty());
}

TEST(H2FlowTest, SenderAboveTheWindowIsReset) {
  TestServer server(SmallWindows());
  server.release_bodies = false;
  server.Feed(Preface() + Frame(NGHTTP2_SETTINGS, NGHTTP2_FLAG_ACK, 0) +
              HeadersFrames(1, NGHTTP2_FLAG_NONE, Block(RequestFields())) +
              Frame(NGHTTP2_DATA, 0, 1, std::string(kStreamWindow, 'q')));
  EXPECT_EQ(server.log(1).size(), 2u);
  server.Feed(Frame(NGHTTP2_DATA, 0, 1, "x"));
  server.Output();
  EXPECT_EQ(server.log(1).back(), "closed");
}

TEST(H2FlowTest, SenderAboveTheConnectionWindowIsDropped) {
  TestServer server(SmallWindows());
  server.release_bodies = false;
  server.Feed(Preface());  // without an ACK of SETTINGS a stream may send 65,535
  std::string input;
  for (int32_t id = 1; id <= 3; id += 2) {
    input += HeadersFrames(id, NGHTTP2_FLAG_NONE, Block(RequestFields()));
    for (int i = 0; i < 4; ++i) input += Frame(NGHTTP2_DATA, 0, id, std::string(15000, 'q'));
  }
  server.Feed(input);
  const std::vector<RawFrame> frames = server.OutputFrames();
  ASSERT_FALSE(frames.empty());
  EXPECT_EQ(frames.back().type, NGHTTP2_GOAWAY);
  EXPECT_EQ(ReadUint32(frames.back().payload, 4), NGHTTP2_FLOW_CONTROL_ERROR);
  EXPECT_TRUE(server.session().finished());
}

// Streams that close with unreleased bytes, in each way they can: the connection gets all of its window back.
TEST(H2FlowTest, ClosedStreamsLeakNoConnectionWindow) {
  enum class Close { kAnswer, kServerReset, kClientReset };
  for (const Close how : {Close::kAnswer, Close::kServerReset, Close::kClientReset}) {
    SCOPED_TRACE(static_cast<int>(how));
    TestServer server(SmallWindows());
    server.release_bodies = false;
    TestClient client;
    for (int i = 0; i < 1000; ++i) {  // ten connection windows
      const int32_t id = SendWithWindow(client, server, kStreamWindow);
      Exchange(client, server);
      TestStream& stream = *server.stream(id);
      ASSERT_EQ(stream.received.size(), kStreamWindow) << i;
      if (how == Close::kAnswer) AnswerNow(server, stream, "ok");
      if (how == Close::kServerReset) server.session().Reset(&stream);
      if (how == Close::kClientReset) client.SendReset(id, NGHTTP2_CANCEL);
      Exchange(client, server);
      ASSERT_TRUE(stream.closed);
      ASSERT_EQ(stream.unreleased_bytes, 0u);
      // It was given back already: a second time would be more than the peer sent.
      server.session().Release(&stream, kStreamWindow);
      // Small amounts are held back until they are worth a frame.
      ASSERT_GE(ConnectionCredit(client), static_cast<int32_t>(kConnectionWindow / 2));
      ASSERT_LE(ConnectionCredit(client), static_cast<int32_t>(kConnectionWindow));
    }
    EXPECT_TRUE(client.goaways().empty());
  }
}

TEST(H2FlowTest, PaddingIsReturnedAtOnce) {
  TestServer server(SmallWindows());
  server.release_bodies = false;
  server.Feed(Preface() + Frame(NGHTTP2_SETTINGS, NGHTTP2_FLAG_ACK, 0) +
              HeadersFrames(1, NGHTTP2_FLAG_NONE, Block(RequestFields())));
  // Far more padding than the window; 1 byte of body each.
  for (int i = 0; i < 100; ++i) {
    server.Feed(Frame(NGHTTP2_DATA, NGHTTP2_FLAG_PADDED, 1, std::string(1, '\xc8') + "b" + std::string(200, '\0')));
    server.Output();
  }
  EXPECT_EQ(server.stream(1)->received, std::string(100, 'b'));
  EXPECT_EQ(server.stream(1)->unreleased_bytes, 100u);
}

// --- Drain after an early answer ---

// An answer that the client's window holds up: what still comes of the request is dropped and given back, up to
// max_drain_bytes; then the stream's window is left to run dry, and other streams go on.
TEST(H2FlowTest, DrainEndsAtItsLimit) {
  for (const size_t limit : {size_t{0}, size_t{20000}}) {
    http::SessionLimits limits = SmallWindows();
    limits.max_drain_bytes = limit;
    TestServer server(limits, [](TestServer& s, TestStream& stream, const HttpEvent& event) {
      if (event.kind == HttpEvent::Kind::kHead) AnswerNow(s, stream, std::string(100, 'r'));
    });
    TestClient client({{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, 0}});
    const int32_t id = SendWithWindow(client, server, 1000000);
    Exchange(client, server);
    TestStream& stream = *server.stream(id);
    EXPECT_THAT(server.log(id), ElementsAre("head POST /svc.S/Unary"));
    EXPECT_FALSE(stream.response_sent);
    EXPECT_GE(stream.discarded_bytes, limit);
    EXPECT_LE(stream.discarded_bytes, limit + 2 * kStreamWindow);
    EXPECT_EQ(client.unsent(id), 1000000 - stream.discarded_bytes);
    EXPECT_GE(ConnectionCredit(client), static_cast<int32_t>(kConnectionWindow / 2));

    // Once the client takes the answer, the stream ends.
    const nghttp2_settings_entry window = {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, 1000};
    nghttp2_submit_settings(client.session(), NGHTTP2_FLAG_NONE, &window, 1);
    Exchange(client, server);
    EXPECT_EQ(client.response(id).body.size(), 100u);
    EXPECT_TRUE(client.response(id).ended);
    EXPECT_TRUE(stream.closed);
  }
}

TEST(H2FlowTest, EndOfADroppedBodyIsNoEvent) {
  TestServer server({}, [](TestServer& s, TestStream& stream, const HttpEvent& event) {
    if (event.kind == HttpEvent::Kind::kHead) AnswerNow(s, stream, "answer");
  });
  server.Feed(Preface() + HeadersFrames(1, NGHTTP2_FLAG_NONE, Block(RequestFields())));
  server.Feed(Frame(NGHTTP2_DATA, 0, 1, "dropped"));
  server.Feed(Frame(NGHTTP2_DATA, NGHTTP2_FLAG_END_STREAM, 1, "dropped"));
  EXPECT_THAT(server.log(), ElementsAre("1 head POST /svc.S/Unary"));
  EXPECT_EQ(server.stream(1)->discarded_bytes, 14u);
  // The request has ended after all, so there is nothing to reset.
  for (const RawFrame& frame : server.OutputFrames()) EXPECT_NE(frame.type, NGHTTP2_RST_STREAM);
  EXPECT_TRUE(server.stream(1)->closed);
}

// --- Responses ---

// Each stream pulls from its own body; one session-wide buffer would mix them while windows are tiny.
TEST(H2FlowTest, BodiesOfTwoStreamsDoNotMix) {
  TestServer server;
  TestClient client({{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, 3}});
  const int32_t a = client.Send(RequestFields("/a"));
  const int32_t b = client.Send(RequestFields("/b"));
  Exchange(client, server);
  std::string body_a;
  std::string body_b;
  for (int i = 0; i < 200; ++i) {
    body_a += "a" + std::to_string(i);
    body_b += "b" + std::to_string(i);
  }
  AnswerNow(server, *server.stream(a), body_a, {{"t", "a"}});
  AnswerNow(server, *server.stream(b), body_b, {{"t", "b"}});
  Exchange(client, server);
  EXPECT_EQ(client.response(a).body, body_a);
  EXPECT_EQ(client.response(b).body, body_b);
  EXPECT_EQ(client.response(a).trailers.at(0).second, "a");
  EXPECT_EQ(client.response(b).trailers.at(0).second, "b");
  EXPECT_GT(client.response(a).data_frames, 100u);
}

TEST(H2FlowTest, ResponseWaitsForTheWindow) {
  TestServer server({}, Answer(std::string(50, 'r'), {{"t", "v"}}));
  server.Feed(Preface() + Frame(NGHTTP2_SETTINGS, 0, 0, std::string("\0\4", 2) + Uint32(10)));
  server.Feed(HeadersFrames(1, NGHTTP2_FLAG_END_STREAM, Block(RequestFields())));
  size_t body = 0;
  for (const RawFrame& frame : server.OutputFrames()) body += frame.type == NGHTTP2_DATA ? frame.payload.size() : 0;
  EXPECT_EQ(body, 10u);
  EXPECT_THAT(server.Output(), IsEmpty());
  EXPECT_FALSE(server.session().idle());

  server.Feed(Frame(NGHTTP2_WINDOW_UPDATE, 0, 1, Uint32(40)));
  const std::vector<RawFrame> frames = server.OutputFrames();
  ASSERT_EQ(frames.size(), 2u);
  EXPECT_EQ(frames[0].payload.size(), 40u);
  EXPECT_EQ(frames[1].type, NGHTTP2_HEADERS);
  EXPECT_TRUE(server.stream(1)->closed);
}

TEST(H2FlowTest, LargeBodiesBothWays) {
  TestServer server({}, [](TestServer& s, TestStream& stream, const HttpEvent& event) {
    if (event.end == wire::EndStream::kYes) AnswerNow(s, stream, stream.received, {{"t", "v"}});
  });
  TestClient client;
  std::string body(3000000, '\0');
  for (size_t i = 0; i < body.size(); ++i) body[i] = static_cast<char>(i * 31 >> 7);
  const int32_t id = client.Send(RequestFields(), body);
  Exchange(client, server);
  EXPECT_TRUE(client.response(id).body == body);
  EXPECT_TRUE(client.response(id).ended);
}

}  // namespace
}  // namespace connectrpc::test
