// How connections are made, watched and ended. Each timer is set low where it is under test, and off where not; when it
// fires is nobody's assertion.

#include "transport/connection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "server/fake_server.h"
#include "transport/raw_server.h"
#include "transport/recorded_call.h"

namespace connectrpc::test {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;

constexpr milliseconds kShort{20};

HttpTransportOptions Patient(HttpVersions http) {
  HttpTransportOptions options;
  options.http = http;
  ClientTimeouts& timeouts = options.timeouts;
  timeouts.http2_settings_ack = timeouts.http1_idle = timeouts.http2_idle = timeouts.write_stall = milliseconds(0);
  return options;
}

TEST(ConnectionTest, IdleHttp1ConnectionsAreClosed) {
  RawServer server;
  HttpTransportOptions options = Patient(HttpVersions::kHttp1);
  options.timeouts.http1_idle = kShort;
  auto transport = MakeTransport(server.url(), options);
  RecordedCall call(transport.get());
  call.Start(kEcho, "x");
  RawConnection peer = server.Accept();
  peer.ReceiveUntil("x");
  peer.Send("HTTP/1.1 200 OK\r\ncontent-type: application/proto\r\ncontent-length: 1\r\n\r\ny");
  EXPECT_TRUE(call.WaitEnd().ok()) << call.WaitEnd().message;
  EXPECT_EQ(peer.ReceiveToEnd(), 0u);
}

TEST(ConnectionTest, IdleHttp2ConnectionsSayGoodbye) {
  RawServer server;
  HttpTransportOptions options = Patient(HttpVersions::kHttp2);
  options.timeouts.http2_idle = kShort;
  auto transport = MakeTransport(server.url(), options);
  RecordedCall call(transport.get());
  call.Start(kEcho, "x");
  RawHttp2 peer(server.Accept());
  peer.Answer(peer.NextRequest(), "y");
  EXPECT_TRUE(call.WaitEnd().ok()) << call.WaitEnd().message;
  EXPECT_EQ(peer.Next(NGHTTP2_GOAWAY).payload.substr(4, 4), Uint32(NGHTTP2_NO_ERROR));
  while (peer.Next().type != 0xff) {
  }
}

TEST(ConnectionTest, NotIdleWithCalls) {
  FakeServer server;
  HttpTransportOptions options = Patient(HttpVersions::kHttp2);
  options.timeouts.http2_idle = milliseconds(1);
  auto transport = MakeTransport("http://127.0.0.1:" + std::to_string(server.port()), options);
  RecordedCall call(transport.get());
  call.Start(kHold, "x");
  ASSERT_TRUE(server.held().WaitFor(1));
  for (int i = 0; i < 5; ++i) {
    std::this_thread::sleep_for(milliseconds(1));
    call.OnLoop([] {});
  }
  server.held().Release();
  EXPECT_TRUE(call.WaitEnd().ok()) << call.WaitEnd().message;
}

TEST(ConnectionTest, UnansweredPingsEndIt) {
  RawServer server;
  HttpTransportOptions options = Patient(HttpVersions::kHttp2);
  options.timeouts.keepalive_interval = options.timeouts.keepalive_ack = kShort;
  auto transport = MakeTransport(server.url(), options);
  RecordedCall call(transport.get());
  call.Start(kEcho, "x");
  RawHttp2 peer(server.Accept());
  peer.NextRequest();
  RawFrame ping = peer.Next(NGHTTP2_PING);
  // The first one is answered.
  peer.Send(Frame(NGHTTP2_PING, NGHTTP2_FLAG_ACK, 0, ping.payload));
  peer.Next(NGHTTP2_PING);
  const Error error = call.WaitEnd();
  EXPECT_EQ(error.code, Code::kUnavailable);
  EXPECT_THAT(error.message, HasSubstr("PING"));
}

TEST(ConnectionTest, NoPingsWithoutCalls) {
  RawServer server;
  HttpTransportOptions options = Patient(HttpVersions::kHttp2);
  options.timeouts.keepalive_interval = milliseconds(1);
  options.timeouts.http2_idle = kShort;
  auto transport = MakeTransport(server.url(), options);
  RecordedCall call(transport.get());
  call.Start(kEcho, "x");
  RawHttp2 peer(server.Accept());
  peer.Answer(peer.NextRequest(), "y");
  EXPECT_TRUE(call.WaitEnd().ok()) << call.WaitEnd().message;
  int pings = 0;
  for (RawFrame frame = peer.Next(); frame.type != 0xff; frame = peer.Next()) pings += frame.type == NGHTTP2_PING;
  EXPECT_LE(pings, 2) << "but for some that the call saw";
}

TEST(ConnectionTest, UnacknowledgedSettingsEndIt) {
  RawServer server;
  HttpTransportOptions options = Patient(HttpVersions::kHttp2);
  options.timeouts.http2_settings_ack = kShort;
  auto transport = MakeTransport(server.url(), options);
  RecordedCall call(transport.get());
  call.Start(kEcho, "x");
  RawConnection connection = server.Accept();
  connection.Send(Frame(NGHTTP2_SETTINGS, 0, 0));
  EXPECT_FALSE(call.WaitEnd().ok());
  EXPECT_THAT(call.WaitEnd().message, HasSubstr("settings"));
  connection.ReceiveToEnd();
}

TEST(ConnectionTest, AServerThatStopsReadingEndsIt) {
  for (const bool http2 : {false, true}) {
    SCOPED_TRACE(http2);
    RawServer server(/*receive_buffer=*/4096);
    HttpTransportOptions options = Patient(http2 ? HttpVersions::kHttp2 : HttpVersions::kHttp1);
    options.timeouts.write_stall = milliseconds(100);
    auto transport = MakeTransport(server.url(), options);
    RecordedCall call(transport.get());
    call.Start(kEcho, std::string(32 * 1024 * 1024, 'x'));
    RawConnection connection = server.Accept();
    if (http2) {
      connection.Send(Frame(NGHTTP2_SETTINGS, 0, 0, std::string("\0\4", 2) + Uint32(0x7fffffff)) +
                      Frame(NGHTTP2_WINDOW_UPDATE, 0, 0, Uint32(0x7fff0000 - 65535)));
    }
    const Error error = call.WaitEnd();
    EXPECT_EQ(error.code, Code::kUnavailable);
    EXPECT_THAT(error.message, HasSubstr("stopped reading"));
  }
}

TEST(ConnectionTest, NotMade) {
  const struct {
    const char* name;
    std::function<void(RawConnection)> serve;
    const char* message;
  } cases[] = {
      {"silence", [](RawConnection connection) { connection.ReceiveToEnd(); }, "preface"},
      {"end", [](RawConnection connection) { connection.Receive(); }, "preface"},
      {"reset", [](RawConnection connection) { connection.Reset(); }, ""},
      {"HTTP/1.1",
       [](RawConnection connection) {
         connection.Send("HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
         connection.ReceiveToEnd();
       },
       "HTTP/2"},
      {"garbage",
       [](RawConnection connection) {
         connection.Send(std::string(1000, '\xff'));
         connection.ReceiveToEnd();
       },
       "HTTP/2"},
      {"GOAWAY at once",
       [](RawConnection connection) {
         connection.Send(Frame(NGHTTP2_SETTINGS, 0, 0) +
                         Frame(NGHTTP2_GOAWAY, 0, 0, Uint32(0) + Uint32(NGHTTP2_ENHANCE_YOUR_CALM)));
         connection.ReceiveToEnd();
       },
       ""},
  };
  for (const auto& test : cases) {
    SCOPED_TRACE(test.name);
    RawServer server;
    HttpTransportOptions options = Patient(HttpVersions::kHttp2);
    options.timeouts.connect = milliseconds(200);
    auto transport = MakeTransport(server.url(), options);
    RecordedCall call(transport.get());
    call.Start(kEcho, "x");
    test.serve(server.Accept());
    const Error error = call.WaitEnd();
    EXPECT_EQ(error.code, Code::kUnavailable);
    EXPECT_THAT(error.message, HasSubstr(test.message));
    EXPECT_EQ(transport->stats().connections, 0u);
  }
}

TEST(ConnectionTest, NobodyListens) {
  RawServer server;
  server.Close();
  auto transport = MakeTransport(server.url(), Patient(HttpVersions::kHttp2));
  RecordedCall call(transport.get());
  call.Start(kEcho, "x");
  EXPECT_EQ(call.WaitEnd().code, Code::kUnavailable);
  EXPECT_THAT(call.WaitEnd().message, HasSubstr("refused"));
}

// The server answers early and closes: what it said is not lost with the connection.
TEST(ConnectionTest, AnAnswerBeforeTheConnectionBreaks) {
  RawServer server(/*receive_buffer=*/4096);
  auto transport = MakeTransport(server.url(), Patient(HttpVersions::kHttp1));
  RecordedCall call(transport.get());
  call.Begin(kUpload);
  call.Send("x");
  RawConnection peer = server.Accept();
  peer.ReceiveUntil("\r\n\r\n");
  peer.Send("HTTP/1.1 429 Too Many Requests\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
  peer.Close();
  EXPECT_EQ(call.WaitEnd().code, Code::kUnavailable);
  EXPECT_THAT(call.WaitEnd().message, HasSubstr("429"));
}

// Bounded, whatever the application would send.
TEST(ConnectionTest, ASlowServerHoldsUpWrites) {
  RawServer server;
  HttpTransportOptions options = Patient(HttpVersions::kHttp2);
  options.limits.max_stream_output_bytes = 10'000;
  auto transport = MakeTransport(server.url(), options);
  RecordedCall call(transport.get());
  call.Begin(kUpload);
  RawHttp2 peer(server.Accept());
  peer.NextRequest();
  // The window of a stream is 65,535 bytes.
  const std::string message(1000 - 5, 'm');
  int sent = 0;
  while (call.Send(message) == SendResult::kOk) ASSERT_LT(++sent, 100);
  EXPECT_GE(sent, 9);
  size_t received = 0;
  while (received < 65'535) received += peer.Next(NGHTTP2_DATA).payload.size();
  const size_t before = call.events().size();
  peer.Send(Frame(NGHTTP2_WINDOW_UPDATE, 0, 0, Uint32(1 << 20)));
  for (int i = 0; i < 3; ++i) {
    peer.Send(Frame(NGHTTP2_WINDOW_UPDATE, 0, 1, Uint32(1 << 20)));
  }
  if (before == 0) call.WaitWritable();
  call.CloseSend();
  peer.ReadRequestBody(1);
}

}  // namespace
}  // namespace connectrpc::test
