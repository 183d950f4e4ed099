// Each timer of Timeouts, set low: that it is armed, and what it does. When it does is nobody's assertion here.

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "http/h2_frames.h"
#include "server/fake_server.h"

namespace connectrpc::test {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kShort{5};

constexpr int kDeadlineExceededStatus = 504;

const char kHead[] = "POST /test.S/Echo HTTP/1.1\r\nhost: localhost\r\n";

std::string Headers(int32_t id, uint8_t flags, const std::string& method) {
  Fields fields = RequestFields("/test.S/" + method);
  fields.emplace_back("content-type", "application/proto");
  return HeadersFrames(id, flags, Block(fields));
}

// What a server sends until it closes the connection, as frames.
std::vector<RawFrame> FramesToTheEnd(TcpClient& client) {
  std::string all;
  for (std::string bytes = client.Receive(); !bytes.empty(); bytes = client.Receive()) all += bytes;
  return ParseFrames(all);
}

const RawFrame* LastGoAway(const std::vector<RawFrame>& frames) {
  const RawFrame* found = nullptr;
  for (const RawFrame& frame : frames) {
    if (frame.type == NGHTTP2_GOAWAY) found = &frame;
  }
  return found;
}

void ExpectTimeouts(FakeServer& server, uint64_t count) {
  EXPECT_TRUE(server.WaitFor([&](const ServerStats& stats) { return stats.timeouts >= count; }));
  EXPECT_EQ(server.server().stats().timeouts, count);
}

// All off, so that only the one under test can fire.
HttpOptions Patient() {
  HttpOptions options;
  Timeouts& timeouts = options.timeouts;
  timeouts.http2_preface = timeouts.http2_settings_ack = timeouts.header_read = milliseconds(0);
  timeouts.http1_idle = timeouts.http2_idle = timeouts.body_progress = milliseconds(0);
  timeouts.write_stall = timeouts.response_stall = milliseconds(0);
  timeouts.min_ping_interval = timeouts.min_idle_ping_interval = milliseconds(0);
  options.limits.min_body_bytes_per_second = 0;
  return options;
}

// A connection that sends these bytes and then nothing is closed.
TEST(TimeoutsTest, HeaderRead) {
  const std::string block = Headers(1, 0, "Echo");
  const std::string get = "GET /nothing HTTP/1.1\r\nhost: x\r\n\r\n";
  const struct {
    const char* name;
    std::string sent;
  } cases[] = {
      {"nothing", ""},
      {"a byte", "G"},
      {"half a head", kHead},
      {"half of a later head", get + kHead},
      {"HTTP/2 without a request", Preface() + Frame(NGHTTP2_SETTINGS, NGHTTP2_FLAG_ACK, 0)},
      {"a header block without its end", Preface() + Frame(NGHTTP2_HEADERS, 0, 1, Block(RequestFields()))},
      {"half a HEADERS frame", Preface() + block.substr(0, block.size() - 1)},
      {"a later block without its end",
       Preface() + Headers(1, NGHTTP2_FLAG_END_STREAM, "Hold") + Frame(NGHTTP2_HEADERS, 0, 3, Block(RequestFields()))},
      {"trailers without their end",
       Preface() + Headers(1, 0, "Echo") + Frame(NGHTTP2_HEADERS, NGHTTP2_FLAG_END_STREAM, 1, Block({{"t", "v"}}))},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    HttpOptions options = Patient();
    options.timeouts.header_read = kShort;
    FakeServer server(options);
    TcpClient client(server.port());
    EXPECT_TRUE(client.Send(c.sent));
    ReadToEnd(client);
    ExpectTimeouts(server, 1);
  }
}

TEST(TimeoutsTest, Http1Idle) {
  HttpOptions options = Patient();
  options.timeouts.http1_idle = kShort;
  FakeServer server(options);
  Http1Client client(server.port());
  EXPECT_EQ(client.Exchange(Unary("Echo")).status, 200);
  EXPECT_TRUE(client.AtEnd());
  ExpectTimeouts(server, 1);
}

TEST(TimeoutsTest, Http2Idle) {
  HttpOptions options = Patient();
  options.timeouts.http2_idle = kShort;
  FakeServer server(options);
  Http2Client client(server.port());
  const int32_t held = client.Send(Unary("Hold"));
  ASSERT_TRUE(server.held().WaitFor(1));
  EXPECT_EQ(client.Exchange(Unary("Echo")).status, 200);
  EXPECT_EQ(server.server().stats().timeouts, 0u) << "a call is running";
  server.held().Release();
  EXPECT_EQ(client.ReadResponse(held).body, "released");
  ReadToEnd(client);
  EXPECT_EQ(client.goaway_code(), NGHTTP2_NO_ERROR);
  ExpectTimeouts(server, 1);
}

// The answer came before the body: it is there whole, then what goes on is cut.
TEST(TimeoutsTest, Http2Drain) {
  HttpOptions options = Patient();
  options.timeouts.drain = kShort;
  FakeServer server(options);
  Http2Client client(server.port());
  HttpRequest request;
  request.target = "/nothing/Here";
  request.open = true;
  const int32_t id = client.Send(request);
  const HttpResponse& response = client.ReadBody(id, 1'000'000);
  EXPECT_EQ(response.status, 404);
  EXPECT_TRUE(response.complete);
  while (!response.reset_code.has_value() && client.Pump()) {
  }
  EXPECT_EQ(response.reset_code, NGHTTP2_NO_ERROR);
  EXPECT_EQ(client.Exchange(Unary("Echo")).status, 200);
}

TEST(TimeoutsTest, Http2Preface) {
  const std::string preface(http::kHttp2Preface);
  const struct {
    const char* name;
    std::string sent;
  } cases[] = {
      {"two bytes", preface.substr(0, 2)},
      {"all but one byte", preface.substr(0, preface.size() - 1)},
      {"no SETTINGS", preface},
      {"half of SETTINGS", Preface().substr(0, preface.size() + 8)},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    HttpOptions options = Patient();
    options.timeouts.http2_preface = kShort;
    FakeServer server(options);
    TcpClient client(server.port());
    EXPECT_TRUE(client.Send(c.sent));
    ReadToEnd(client);
    ExpectTimeouts(server, 1);
  }
}

// RFC 9113 section 6.5.3.
TEST(TimeoutsTest, Http2SettingsAck) {
  HttpOptions options = Patient();
  options.timeouts.http2_preface = options.timeouts.http2_settings_ack = kShort;
  FakeServer server(options);
  TcpClient client(server.port());
  EXPECT_TRUE(client.Send(Preface()));
  const std::vector<RawFrame> frames = FramesToTheEnd(client);
  const RawFrame* const goaway = LastGoAway(frames);
  ASSERT_NE(goaway, nullptr);
  EXPECT_EQ(ReadUint32(goaway->payload, 4), NGHTTP2_SETTINGS_TIMEOUT);
  ExpectTimeouts(server, 1);
}

// A unary call is given up, and a stream on the same connection is not, which has waited for longer.
TEST(TimeoutsTest, BodyProgress) {
  HttpOptions options = Patient();
  options.timeouts.body_progress = kShort;
  FakeServer server(options);
  HttpRequest stalled = Unary("Echo", "mess");
  stalled.open = true;

  Http2Client http2(server.port());
  HttpRequest upload = Streaming("Upload", "12345");
  upload.open = true;
  const int32_t stream = http2.Send(upload);
  EXPECT_EQ(http2.Exchange(stalled).status, kDeadlineExceededStatus);
  EXPECT_TRUE(http2.SendData(stream, Enveloped("678"), true));
  EXPECT_NE(http2.ReadResponse(stream).body.find('8'), std::string::npos);

  Http1Client http1(server.port());
  const HttpResponse response = http1.Exchange(stalled);
  EXPECT_EQ(response.status, kDeadlineExceededStatus);
  EXPECT_EQ(Find(response.headers, "connection"), "close");
  ExpectTimeouts(server, 2);
}

// A body that gets on, only too slowly.
TEST(TimeoutsTest, MinBodyBytesPerSecond) {
  HttpOptions options = Patient();
  options.timeouts.body_progress = std::chrono::minutes(10);
  options.limits.min_body_bytes_per_second = 1'000'000;
  FakeServer server(options);
  HttpRequest slow = Unary("Echo", "m");
  slow.open = true;
  Http2Client client(server.port());
  const int32_t id = client.Send(slow);
  EXPECT_EQ(client.ReadResponse(id).status, kDeadlineExceededStatus);
  ExpectTimeouts(server, 1);
}

// Clients that read nothing; their sockets fill up.
TEST(TimeoutsTest, WriteStall) {
  HttpOptions options = Patient();
  options.timeouts.write_stall = std::chrono::milliseconds(50);
  FakeServer server(options);
  const std::string size = std::to_string(32 * 1024 * 1024);
  Http1Client http1(server.port(), /*receive_buffer=*/4096);
  http1.Send(Unary("Big", size));
  ExpectTimeouts(server, 1);
  TcpClient http2(server.port(), /*receive_buffer=*/4096);
  http2.Send(Preface() + Frame(NGHTTP2_SETTINGS, 0, 0, std::string("\0\4\x7f\xff\xff\xff", 6)) +
             Frame(NGHTTP2_WINDOW_UPDATE, 0, 0, Uint32(0x7fffffff - 65535)) + Headers(1, 0, "Big") +
             Frame(NGHTTP2_DATA, NGHTTP2_FLAG_END_STREAM, 1, size));
  ExpectTimeouts(server, 2);
  EXPECT_TRUE(server.WaitFor([](const ServerStats& stats) { return stats.connections == 0; }));
}

// The window stays shut; one byte at a time does not count as open. Streams may take their time.
TEST(TimeoutsTest, ResponseStall) {
  for (const bool drip : {false, true}) {
    SCOPED_TRACE(drip);
    HttpOptions options = Patient();
    options.timeouts.response_stall = milliseconds(50);
    FakeServer server(options);
    Http2Client client(server.port(), Http2Client::Window::kKeep);
    const int32_t stream = client.Send(Streaming("Expand", "20"));
    client.ReadBody(stream, 65535);
    const int32_t id = client.Send(Unary("Big", "1000000"));
    while (!client.ended(id)) {
      if (drip) client.Grant(id, 1);
      ASSERT_TRUE(drip ? client.Ping() : client.Pump());
    }
    EXPECT_EQ(client.ReadResponse(id).reset_code, NGHTTP2_CANCEL);
    ExpectTimeouts(server, 1);
    client.Grant(stream, 1'000'000);
    EXPECT_TRUE(client.ReadResponse(stream).complete);
  }
}

// An answer that gets on is left alone, however long it takes: 1 KiB in each period is enough.
TEST(TimeoutsTest, ResponseStallIsNotForReaders) {
  HttpOptions options = Patient();
  options.timeouts.response_stall = kShort;
  FakeServer server(options);
  Http2Client client(server.port(), Http2Client::Window::kRefill);
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(client.Exchange(Unary("Big", "1000000")).body.size(), 1'000'000u);
  }
  EXPECT_EQ(server.server().stats().timeouts, 0u);
}

// A body that nobody wants any more, and that does not end.
TEST(TimeoutsTest, Drain) {
  HttpOptions options = Patient();
  options.timeouts.drain = kShort;
  FakeServer server(options);
  TcpClient client(server.port());
  EXPECT_TRUE(client.Send("POST /nothing HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\nbody"));
  ReadToEnd(client);
  ExpectTimeouts(server, 1);
}

TEST(TimeoutsTest, KeepaliveFindsPeersThatAreGone) {
  HttpOptions options = Patient();
  options.timeouts.keepalive_interval = options.timeouts.keepalive_ack = kShort;
  FakeServer server(options);
  Http2Client client(server.port());
  client.LeavePingsUnanswered();
  const int32_t id = client.Send(Unary("Hold"));
  EXPECT_FALSE(client.ReadResponse(id).complete);
  EXPECT_EQ(client.pings_received(), 1);
  EXPECT_TRUE(server.held().WaitFor(0)) << "its call is cancelled";
  ExpectTimeouts(server, 1);
}

TEST(TimeoutsTest, KeepaliveLeavesPeersThatAnswer) {
  HttpOptions options = Patient();
  options.timeouts.keepalive_interval = kShort;
  options.timeouts.keepalive_ack = kTimeLimit;
  FakeServer server(options);
  Http2Client client(server.port());
  const int32_t id = client.Send(Unary("Hold"));
  while (client.pings_received() < 5) ASSERT_TRUE(client.Pump());
  server.held().Release();
  EXPECT_EQ(client.ReadResponse(id).body, "released");
  EXPECT_EQ(server.server().stats().timeouts, 0u);
}

// Idle connections end by it, those with calls are told so.
TEST(TimeoutsTest, MaxConnectionAge) {
  HttpOptions options = Patient();
  options.timeouts.max_connection_age = milliseconds(20);
  options.timeouts.max_connection_age_grace = kTimeLimit;
  FakeServer server(options);
  TcpClient silent(server.port());
  Http1Client idle1(server.port());
  EXPECT_EQ(idle1.Exchange(Unary("Echo")).status, 200);
  Http2Client idle2(server.port());
  Http1Client busy1(server.port());
  busy1.Send(Unary("Hold"));
  Http2Client busy2(server.port());
  const int32_t id = busy2.Send(Unary("Hold"));
  ASSERT_TRUE(server.held().WaitFor(2));

  ReadToEnd(silent);
  // Ages differ by a fifth at most: when two more have followed one another, all have reached theirs.
  for (int i = 0; i < 2; ++i) {
    TcpClient another(server.port());
    ReadToEnd(another);
  }
  EXPECT_TRUE(idle1.AtEnd());
  ReadToEnd(idle2);
  EXPECT_EQ(idle2.goaway_code(), NGHTTP2_NO_ERROR);
  // The notice, and after a round trip the last word.
  while (busy2.goaway_last_stream() != id) ASSERT_TRUE(busy2.Pump());
  EXPECT_EQ(busy2.goaway_code(), NGHTTP2_NO_ERROR);
  server.held().Release();
  EXPECT_EQ(busy2.ReadResponse(id).body, "released");
  ReadToEnd(busy2);
  const HttpResponse response = busy1.ReadResponse();
  EXPECT_EQ(response.body, "released");
  EXPECT_EQ(Find(response.headers, "connection"), "close");
  EXPECT_EQ(server.server().stats().timeouts, 0u);
}

TEST(TimeoutsTest, MaxConnectionAgeGrace) {
  HttpOptions options = Patient();
  options.timeouts.max_connection_age = options.timeouts.max_connection_age_grace = kShort;
  FakeServer server(options);
  Http1Client http1(server.port());
  EXPECT_EQ(http1.Exchange(Unary("Hold")).status, 503);
  ExpectTimeouts(server, 1);
  Http2Client http2(server.port());
  EXPECT_EQ(http2.Exchange(Unary("Hold")).status, 503);
  ExpectTimeouts(server, 2);
}

// A server that ends has a grace of its own, longer than that of a connection that has reached its age.
TEST(TimeoutsTest, AgeDoesNotShortenTheGraceOfTheServer) {
  HttpOptions options = Patient();
  options.timeouts.max_connection_age = options.timeouts.max_connection_age_grace = milliseconds(100);
  FakeServer server(options);
  Http2Client client(server.port());
  const int32_t id = client.Send(Unary("Hold"));
  ASSERT_TRUE(server.held().WaitFor(1));
  std::thread shutdown([&] { EXPECT_EQ(server.server().Shutdown(kTimeLimit), 0u); });
  while (!client.goaway_code().has_value()) ASSERT_TRUE(client.Pump());
  // By the time that this one, younger, has had its age and its grace.
  FakeServer witness(options);
  EXPECT_EQ(Http2Client(witness.port()).Exchange(Unary("Hold")).status, 503);
  server.held().Release();
  EXPECT_EQ(client.ReadResponse(id).body, "released");
  client.tcp().Close();
  shutdown.join();
}

// min_ping_interval, while there are calls, and min_idle_ping_interval, while there are none.
TEST(TimeoutsTest, PingIntervals) {
  for (const bool busy : {false, true}) {
    SCOPED_TRACE(busy);
    HttpOptions options = Patient();
    (busy ? options.timeouts.min_ping_interval : options.timeouts.min_idle_ping_interval) = std::chrono::hours(1);
    options.limits.max_ping_strikes = 3;
    FakeServer server(options);
    Http2Client client(server.port());
    if (busy) {
      client.Send(Unary("Hold"));
      ASSERT_TRUE(server.held().WaitFor(1));
    }
    for (int i = 0; i < 1 + 3; ++i) EXPECT_TRUE(client.Ping());
    EXPECT_FALSE(client.Ping());
    EXPECT_EQ(client.goaway_code(), NGHTTP2_ENHANCE_YOUR_CALM);
    EXPECT_EQ(client.goaway_debug_data(), "too_many_pings");
    EXPECT_TRUE(server.WaitFor([](const ServerStats& stats) { return stats.floods == 1; }));
  }
}

TEST(TimeoutsTest, ZeroIsOffAndHugeValuesAreForEver) {
  for (const milliseconds value : {milliseconds(0), milliseconds::max()}) {
    HttpOptions options = Patient();
    Timeouts& t = options.timeouts;
    for (milliseconds* timeout :
         {&t.tls_handshake, &t.http2_preface, &t.http2_settings_ack, &t.header_read, &t.http1_idle, &t.http2_idle,
          &t.body_progress, &t.write_stall, &t.response_stall, &t.drain, &t.keepalive_interval, &t.keepalive_ack,
          &t.min_ping_interval, &t.min_idle_ping_interval, &t.max_connection_age, &t.max_connection_age_grace}) {
      *timeout = value;
    }
    FakeServer server(options);
    Http1Client http1(server.port());
    Http2Client http2(server.port());
    for (int i = 0; i < 3; ++i) {
      EXPECT_EQ(http1.Exchange(Unary("Echo")).status, 200);
      EXPECT_EQ(http2.Exchange(Unary("Echo")).status, 200);
    }
    EXPECT_EQ(server.server().stats().timeouts, 0u);
    http1.tcp().Close();
    http2.tcp().Close();
  }
}

}  // namespace
}  // namespace connectrpc::test
