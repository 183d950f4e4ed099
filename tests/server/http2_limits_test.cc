// The flood limits of HTTP/2, set low through the options: n is allowed, n + 1 ends the connection with
// ENHANCE_YOUR_CALM. What counts as what is the business of tests/http.

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "http/h2_frames.h"
#include "server/fake_server.h"

namespace connectrpc::test {
namespace {

HttpOptions WithoutPingStrikes() {
  HttpOptions options;
  options.timeouts.min_ping_interval = options.timeouts.min_idle_ping_interval = std::chrono::milliseconds(0);
  return options;
}

std::string Headers(int32_t id, uint8_t flags) {
  Fields fields = RequestFields("/test.S/Hold");
  fields.emplace_back("content-type", "application/proto");
  return HeadersFrames(id, flags, Block(fields));
}

int32_t StreamId(size_t i) {
  return static_cast<int32_t>(2 * i + 1);
}

void ExpectCut(FakeServer& server, Http2Client& client, const std::string& debug_data) {
  ReadToEnd(client);
  EXPECT_EQ(client.goaway_code(), NGHTTP2_ENHANCE_YOUR_CALM);
  EXPECT_EQ(client.goaway_debug_data(), debug_data);
  EXPECT_TRUE(server.WaitFor([](const ServerStats& stats) { return stats.floods == 1; }));
}

// The client's own first frames, of which SETTINGS, their acknowledgement and WINDOW_UPDATE count.
constexpr size_t kControlFramesOfTheClient = 3;

TEST(Http2LimitsTest, MaxControlFrames) {
  HttpOptions options = WithoutPingStrikes();
  options.limits.max_control_frames = 20;
  FakeServer server(options);
  Http2Client client(server.port());
  // PINGs of the client prove that the connection is alive, and are control frames themselves.
  EXPECT_TRUE(client.Ping());
  for (size_t i = kControlFramesOfTheClient + 1; i < 19; ++i) client.SendRaw(Frame(0xee, 0, 0, "unknown"));
  EXPECT_TRUE(client.Ping());
  client.SendRaw(Frame(0xee, 0, 0, "unknown"));
  ExpectCut(server, client, "too_many_control_frames");
}

TEST(Http2LimitsTest, MaxContinuationFrames) {
  for (const size_t count : {size_t{3}, size_t{4}}) {
    SCOPED_TRACE(count);
    HttpOptions options;
    options.limits.max_continuation_frames = 3;
    FakeServer server(options);
    Http2Client client(server.port());
    Fields fields = RequestFields("/test.S/Hold");
    fields.emplace_back("content-type", "application/proto");
    std::string input = Frame(NGHTTP2_HEADERS, NGHTTP2_FLAG_END_STREAM, 1, Block(fields));
    for (size_t i = 1; i <= count; ++i) {
      input += Frame(NGHTTP2_CONTINUATION, i == count ? NGHTTP2_FLAG_END_HEADERS : 0, 1, Literal("x", "y"));
    }
    client.SendRaw(input);
    if (count == 3) {
      EXPECT_TRUE(server.held().WaitFor(1));
    } else {
      ExpectCut(server, client, "too_many_continuations");
    }
  }
}

// By the peer (CVE-2023-44487), and by the server as the peer makes it (CVE-2025-8671).
TEST(Http2LimitsTest, MaxResets) {
  const struct {
    const char* name;
    std::function<std::string(int32_t)> frames;
  } cases[] = {
      {"by the peer",
       [](int32_t id) {
         return Headers(id, NGHTTP2_FLAG_NONE) + Frame(NGHTTP2_RST_STREAM, 0, id, Uint32(NGHTTP2_CANCEL));
       }},
      {"by the server",
       [](int32_t id) {
         return Headers(id, NGHTTP2_FLAG_NONE) + Frame(NGHTTP2_WINDOW_UPDATE, 0, id, Uint32(0x7fffffff));
       }},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    HttpOptions options = WithoutPingStrikes();
    options.limits.max_resets = 10;
    options.limits.max_resets_per_second = 0;
    FakeServer server(options);
    Http2Client client(server.port());
    for (size_t i = 0; i < 10; ++i) client.SendRaw(c.frames(StreamId(i)));
    EXPECT_TRUE(client.Ping());
    client.SendRaw(c.frames(StreamId(10)));
    ExpectCut(server, client, "too_many_resets");
  }
}

// With a rate that no client reaches, there is no end.
TEST(Http2LimitsTest, MaxResetsPerSecond) {
  HttpOptions options = WithoutPingStrikes();
  options.limits.max_resets = 10;
  options.limits.max_resets_per_second = 1'000'000'000;
  FakeServer server(options);
  Http2Client client(server.port());
  for (size_t i = 0; i < 1000; ++i) {
    client.SendRaw(Headers(StreamId(i), NGHTTP2_FLAG_NONE) +
                   Frame(NGHTTP2_RST_STREAM, 0, StreamId(i), Uint32(NGHTTP2_CANCEL)));
    EXPECT_TRUE(client.Ping());
  }
}

// All in one segment, so that nothing can be sent in between.
TEST(Http2LimitsTest, MaxQueuedFrames) {
  for (const size_t count : {size_t{20}, size_t{40}}) {
    SCOPED_TRACE(count);
    HttpOptions options = WithoutPingStrikes();
    options.limits.max_queued_frames = 30;
    FakeServer server(options);
    TcpClient client(server.port());
    std::string input = Preface();
    for (size_t i = 0; i < count; ++i) input += Frame(NGHTTP2_PING, 0, 0, "12345678");
    client.Send(input);
    if (count == 20) {
      size_t answers = 0;
      std::string output;
      while (answers < count) {
        output += client.Receive();
        answers = 0;
        for (const RawFrame& frame : ParseFrames(output)) answers += frame.type == NGHTTP2_PING ? 1 : 0;
      }
    } else {
      ReadToEnd(client);
      EXPECT_TRUE(server.WaitFor([](const ServerStats& stats) { return stats.floods == 1; }));
    }
  }
}

TEST(Http2LimitsTest, MaxPingStrikes) {
  for (const size_t strikes : {size_t{0}, size_t{5}}) {
    SCOPED_TRACE(strikes);
    HttpOptions options;
    options.limits.max_ping_strikes = strikes;
    FakeServer server(options);
    Http2Client client(server.port());
    for (size_t i = 0; i < 1 + strikes; ++i) EXPECT_TRUE(client.Ping());
    EXPECT_FALSE(client.Ping());
    ExpectCut(server, client, "too_many_pings");
  }
}

TEST(Http2LimitsTest, MaxConcurrentStreams) {
  HttpOptions options = WithoutPingStrikes();
  options.limits.max_concurrent_streams = 2;
  FakeServer server(options);
  Http2Client client(server.port());
  EXPECT_TRUE(client.Ping());
  client.Send(Unary("Hold"));
  client.Send(Unary("Hold"));
  ASSERT_TRUE(server.held().WaitFor(2));
  client.Send(Unary("Hold"));
  ReadToEnd(client);
  EXPECT_EQ(client.goaway_code(), NGHTTP2_PROTOCOL_ERROR) << "the client had been told";
}

TEST(Http2LimitsTest, PathIsLimited) {
  HttpOptions options;
  options.limits.max_request_line_bytes = 64;
  FakeServer server(options);
  Http2Client client(server.port());
  HttpRequest request = Unary("Echo");
  request.target += "?" + std::string(64 - request.target.size() - 1, 'q');
  EXPECT_EQ(client.Exchange(request).status, 200);
  request.target += "q";
  const HttpResponse response = client.Exchange(request);
  EXPECT_EQ(response.status, 414);
  EXPECT_NE(response.body.find("resource_exhausted"), std::string::npos) << response.body;
  request.headers.clear();
  EXPECT_EQ(client.Exchange(request).status, 414);
}

}  // namespace
}  // namespace connectrpc::test
