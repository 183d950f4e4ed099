#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "http/h2_peer.h"

// Windows of requests that grow while the server keeps up.
namespace connectrpc::test {
namespace {

using http::HttpEvent;

constexpr size_t kStreamWindow = 1000;
constexpr size_t kMaxStreamWindow = 3000;
constexpr size_t kConnectionWindow = 100000;

http::SessionLimits GrowingWindows() {
  http::SessionLimits limits;
  limits.stream_window_bytes = kStreamWindow;
  limits.max_stream_window_bytes = kMaxStreamWindow;
  limits.connection_window_bytes = kConnectionWindow;
  return limits;
}

std::string Data(int32_t id, size_t size, uint8_t flags = 0) {
  return Frame(NGHTTP2_DATA, flags, id, std::string(size, 'q'));
}

// Both sides' prefaces are over.
void Begin(TestServer& server) {
  server.Feed(Preface() + Frame(NGHTTP2_SETTINGS, NGHTTP2_FLAG_ACK, 0));
  server.Output();
}

void BeginStream(TestServer& server, int32_t id) {
  server.Feed(HeadersFrames(id, NGHTTP2_FLAG_NONE, Block(RequestFields())));
}

// What the frames that the server has to send add to the window of a stream.
size_t WindowGranted(TestServer& server, int32_t id) {
  size_t granted = 0;
  for (const RawFrame& frame : server.OutputFrames()) {
    if (frame.type == NGHTTP2_WINDOW_UPDATE && frame.stream_id == id) granted += ReadUint32(frame.payload);
  }
  return granted;
}

bool Closed(TestServer& server, int32_t id) {
  server.Output();
  return server.stream(id)->closed;
}

TEST(H2WindowTest, MaxStreamWindowBytes) {
  TestServer server(GrowingWindows());
  Begin(server);
  BeginStream(server, 1);
  server.Feed(Data(1, kStreamWindow / 2));
  EXPECT_EQ(WindowGranted(server, 1), kMaxStreamWindow - kStreamWindow);

  server.release_bodies = false;
  server.Feed(Data(1, kMaxStreamWindow - kStreamWindow / 2));
  EXPECT_FALSE(Closed(server, 1));
  server.Feed(Data(1, 1));
  EXPECT_TRUE(Closed(server, 1));
}

TEST(H2WindowTest, StaysWhereTheLimitIsNotAboveIt) {
  for (const size_t limit : {size_t{1}, kStreamWindow}) {
    http::SessionLimits limits = GrowingWindows();
    limits.max_stream_window_bytes = limit;
    TestServer server(limits);
    Begin(server);
    BeginStream(server, 1);
    server.Feed(Data(1, kStreamWindow));
    EXPECT_EQ(WindowGranted(server, 1), kStreamWindow);
  }
}

TEST(H2WindowTest, StaysForShortBodies) {
  TestServer server(GrowingWindows());
  Begin(server);
  BeginStream(server, 1);
  server.Feed(Data(1, kStreamWindow / 2 - 1));
  EXPECT_EQ(WindowGranted(server, 1), 0u);
}

TEST(H2WindowTest, StaysWhileBytesAreUnreleased) {
  TestServer server(GrowingWindows());
  server.release_bodies = false;
  Begin(server);
  BeginStream(server, 1);
  server.Feed(Data(1, kStreamWindow));
  server.session().Release(server.stream(1), kStreamWindow - 1);
  EXPECT_EQ(WindowGranted(server, 1), kStreamWindow - 1);
  server.session().Release(server.stream(1), 1);
  EXPECT_GE(WindowGranted(server, 1), kMaxStreamWindow - kStreamWindow);
}

// The peer may not know our SETTINGS yet, nor nghttp2 that it does.
TEST(H2WindowTest, StaysBeforeSettingsAreAcknowledged) {
  TestServer server(GrowingWindows());
  server.Feed(Preface());
  BeginStream(server, 1);
  server.Feed(Data(1, 10 * kStreamWindow));
  EXPECT_EQ(WindowGranted(server, 1), 0u);
}

TEST(H2WindowTest, AllStreamsTogetherAreBoundedByHalfOfTheConnection) {
  http::SessionLimits limits = GrowingWindows();
  limits.max_stream_window_bytes = 10 * kConnectionWindow;
  TestServer server(limits);
  Begin(server);
  size_t granted = 0;
  size_t widened = 0;
  for (int32_t id = 1; id < 100; id += 2) {
    BeginStream(server, id);
    server.Feed(Data(id, kStreamWindow / 2));
    const size_t more = WindowGranted(server, id);
    granted += more;
    if (more >= kStreamWindow) ++widened;
  }
  EXPECT_GT(widened, 3u);
  EXPECT_GT(granted, kConnectionWindow / 3);
  // The streams that were not widened got back what they had sent.
  EXPECT_LE(granted, kConnectionWindow / 2 + 50 * kStreamWindow / 2);
}

// What one stream was given is there for the next one, however it ended.
TEST(H2WindowTest, EndedStreamsGiveBackWhatWasAdded) {
  enum class End { kRequest, kAnswer, kReset };
  for (const End end : {End::kRequest, End::kAnswer, End::kReset}) {
    SCOPED_TRACE(static_cast<int>(end));
    http::SessionLimits limits = GrowingWindows();
    limits.max_stream_window_bytes = 10 * kConnectionWindow;
    limits.max_concurrent_streams = 1000;
    TestServer server(limits);
    Begin(server);
    for (int32_t id = 1; id < 200; id += 2) {
      BeginStream(server, id);
      server.Feed(Data(id, kStreamWindow / 2));
      ASSERT_GE(WindowGranted(server, id), kConnectionWindow / 4) << id;
      if (end == End::kReset) {
        server.Feed(Frame(NGHTTP2_RST_STREAM, 0, id, Uint32(NGHTTP2_CANCEL)));
        continue;
      }
      server.Feed(Data(id, 1, NGHTTP2_FLAG_END_STREAM));
      if (end == End::kAnswer) AnswerNow(server, *server.stream(id), "ok");
      server.Output();
    }
  }
}

TEST(H2WindowTest, EndedRequestsNeedNoWindow) {
  TestServer server(GrowingWindows());
  server.release_bodies = false;
  Begin(server);
  BeginStream(server, 1);
  server.Feed(Data(1, kStreamWindow, NGHTTP2_FLAG_END_STREAM));
  server.session().Release(server.stream(1), kStreamWindow);
  EXPECT_EQ(WindowGranted(server, 1), 0u);
  EXPECT_EQ(server.stream(1)->unreleased_bytes, 0u);
}

}  // namespace
}  // namespace connectrpc::test
