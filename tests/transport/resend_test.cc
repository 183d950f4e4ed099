// What is sent again, and what never is.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <memory>
#include <string>

#include "transport/raw_server.h"
#include "transport/recorded_call.h"

namespace connectrpc::test {
namespace {

using std::chrono::milliseconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string Http1Response(const std::string& status, const std::string& body,
                          const std::string& type = "application/proto") {
  return "HTTP/1.1 " + status + "\r\ncontent-type: " + type + "\r\ncontent-length: " + std::to_string(body.size()) +
         "\r\n\r\n" + body;
}

CallOptions WithRetries(int attempts) {
  CallOptions options;
  options.retry.emplace();
  options.retry->max_attempts = attempts;
  options.retry->initial_backoff = milliseconds(1);
  options.retry->idempotent_only = false;
  return options;
}

TEST(ResendTest, RefusedStreams) {
  RawServer server;
  auto transport = MakeTransport(server.url(), Http2Options());
  RecordedCall call(transport.get());
  call.Start(kEcho, "hello");
  RawHttp2 peer(server.Accept());
  peer.SendReset(peer.NextRequest(), NGHTTP2_REFUSED_STREAM);
  const int32_t id = peer.NextRequest();
  EXPECT_EQ(peer.Next(NGHTTP2_DATA).payload, "hello");
  peer.Answer(id, "there");
  EXPECT_TRUE(call.WaitEnd().ok()) << call.WaitEnd().message;
  EXPECT_THAT(call.messages(), ElementsAre("there"));
  EXPECT_EQ(transport->stats().resends, 1u);
  EXPECT_EQ(transport->stats().retries, 0u);
}

TEST(ResendTest, ButNotForEver) {
  RawServer server;
  auto transport = MakeTransport(server.url(), Http2Options());
  RecordedCall call(transport.get());
  call.Start(kEcho, "hello");
  RawHttp2 peer(server.Accept());
  for (int i = 0; i < 4; ++i) peer.SendReset(peer.NextRequest(), NGHTTP2_REFUSED_STREAM);
  EXPECT_EQ(call.WaitEnd().code, Code::kUnavailable);
  EXPECT_EQ(transport->stats().resends, 3u);
}

TEST(ResendTest, StreamsBeyondTheLastOneOfAGoAway) {
  RawServer server;
  auto transport = MakeTransport(server.url(), Http2Options());
  RecordedCall first(transport.get());
  first.Start(kExpand, "x");
  RawHttp2 old_peer(server.Accept());
  const int32_t first_id = old_peer.NextRequest();
  RecordedCall second(transport.get());
  second.Start(kEcho, "hello");
  old_peer.NextRequest();
  old_peer.SendGoAway(first_id);
  RawHttp2 new_peer(server.Accept());
  new_peer.Answer(new_peer.NextRequest(), "there");
  EXPECT_TRUE(second.WaitEnd().ok()) << second.WaitEnd().message;
  EXPECT_FALSE(first.ended());
  // The next one succeeds at once, while the old stream is open.
  RecordedCall third(transport.get());
  third.Start(kEcho, "hello");
  new_peer.Answer(new_peer.NextRequest(), "there");
  EXPECT_TRUE(third.WaitEnd().ok()) << third.WaitEnd().message;
  old_peer.SendHead(first_id, {{":status", "200"}, {"content-type", "application/connect+proto"}});
  old_peer.SendData(first_id, std::string("\2\0\0\0\2{}", 7), /*end=*/true);
  EXPECT_TRUE(first.WaitEnd().ok()) << first.WaitEnd().message;
  EXPECT_EQ(transport->stats().resends, 1u);
}

// All messages so far, and those that come later.
TEST(ResendTest, StreamsOfMessages) {
  RawServer server;
  auto transport = MakeTransport(server.url(), Http2Options());
  RecordedCall call(transport.get());
  call.Begin(kUpload);
  call.Send("one");
  call.Send(std::string(20'000, '2'));
  RawHttp2 peer(server.Accept());
  peer.SendReset(peer.NextRequest(), NGHTTP2_REFUSED_STREAM);
  peer.NextRequest();
  call.Send("three");
  call.CloseSend();
  std::string body;
  for (RawFrame frame = peer.Next(NGHTTP2_DATA);; frame = peer.Next(NGHTTP2_DATA)) {
    body += frame.payload;
    if ((frame.flags & NGHTTP2_FLAG_END_STREAM) != 0 || frame.type == 0xff) break;
  }
  EXPECT_EQ(body.size(), 5 + 3 + 5 + 20'000 + 5 + 5u);
  EXPECT_EQ(body.substr(5, 3), "one");
  EXPECT_EQ(body.substr(body.size() - 5), "three");
}

TEST(ResendTest, NotWhatIsTooLargeToBeKept) {
  const struct {
    const char* name;
    size_t size;
    bool resent;
  } cases[] = {{"at the limit", 1000, true}, {"beyond", 1001, false}};
  for (const auto& test : cases) {
    SCOPED_TRACE(test.name);
    RawServer server;
    HttpTransportOptions options = Http2Options();
    options.limits.max_replay_bytes = 1000;
    auto transport = MakeTransport(server.url(), options);
    RecordedCall call(transport.get());
    call.Start(kEcho, std::string(test.size, 'm'));
    RawHttp2 peer(server.Accept());
    peer.SendReset(peer.NextRequest(), NGHTTP2_REFUSED_STREAM);
    if (test.resent) {
      peer.Answer(peer.NextRequest(), "there");
      EXPECT_TRUE(call.WaitEnd().ok()) << call.WaitEnd().message;
    } else {
      EXPECT_EQ(call.WaitEnd().code, Code::kUnavailable);
    }
  }
}

// The server may have done what was asked for.
TEST(ResendTest, NotWhatWasWrittenToALostConnection) {
  for (const bool http2 : {false, true}) {
    SCOPED_TRACE(http2);
    RawServer server;
    auto transport = MakeTransport(server.url(), http2 ? Http2Options() : HttpTransportOptions());
    RecordedCall call(transport.get());
    call.Start(kEcho, "hello");
    if (http2) {
      RawHttp2 peer(server.Accept());
      peer.NextRequest();
    } else {
      server.Accept().ReceiveUntil("hello");
    }
    const Error error = call.WaitEnd();
    EXPECT_EQ(error.code, Code::kUnavailable);
    EXPECT_THAT(error.message, HasSubstr("server"));
    EXPECT_EQ(transport->stats().resends, 0u);
  }
}

TEST(ResendTest, NotWhatWasAnswered) {
  RawServer server;
  auto transport = MakeTransport(server.url(), Http2Options());
  RecordedCall call(transport.get());
  call.Start(kExpand, "hello", WithRetries(5));
  RawHttp2 peer(server.Accept());
  const int32_t id = peer.NextRequest();
  peer.SendHead(id, {{":status", "200"}, {"content-type", "application/connect+proto"}});
  peer.SendReset(id, NGHTTP2_REFUSED_STREAM);
  EXPECT_EQ(call.WaitEnd().code, Code::kUnavailable);
  EXPECT_EQ(transport->stats().resends + transport->stats().retries, 0u);
}

TEST(RetryTest, AfterErrorsOfTheGivenCodes) {
  RawServer server;
  auto transport = MakeTransport(server.url());
  CallOptions options = WithRetries(3);
  options.timeout = std::chrono::seconds(60);
  options.retry->initial_backoff = milliseconds(5);
  RecordedCall call(transport.get());
  call.Start(kEcho, "hello", options);
  RawConnection peer = server.Accept();
  int64_t left = 60'001;
  for (int attempt = 0; attempt < 3; ++attempt) {
    const std::string request = peer.ReceiveUntil("hello");
    const size_t at = request.find("connect-timeout-ms: ");
    ASSERT_NE(at, std::string::npos) << request;
    const int64_t timeout = std::atoll(request.c_str() + at + 20);
    EXPECT_LT(timeout, left) << "the time that has passed counts";
    left = timeout;
    peer.Send(attempt < 2 ? Http1Response("503 Service Unavailable", "{\"code\":\"unavailable\"}", "application/json")
                          : Http1Response("200 OK", "there"));
  }
  EXPECT_TRUE(call.WaitEnd().ok()) << call.WaitEnd().message;
  EXPECT_THAT(call.events(), ElementsAre("headers", "message", "end"));
  EXPECT_EQ(transport->stats().retries, 2u);
}

TEST(RetryTest, Until) {
  const struct {
    const char* name;
    int attempts;
    int requests;
    const char* body;
    Code code;
  } cases[] = {
      {"attempts are used up", 2, 2, "{\"code\":\"unavailable\",\"message\":\"no\"}", Code::kUnavailable},
      {"another code", 5, 1, "{\"code\":\"not_found\",\"message\":\"no\"}", Code::kNotFound},
      {"no policy", 1, 1, "{\"code\":\"unavailable\",\"message\":\"no\"}", Code::kUnavailable},
  };
  for (const auto& test : cases) {
    SCOPED_TRACE(test.name);
    RawServer server;
    auto transport = MakeTransport(server.url());
    RecordedCall call(transport.get());
    call.Start(kEcho, "hello", WithRetries(test.attempts));
    RawConnection peer = server.Accept();
    for (int i = 0; i < test.requests; ++i) {
      peer.ReceiveUntil("hello");
      peer.Send(Http1Response("503 Service Unavailable", test.body, "application/json"));
    }
    EXPECT_EQ(call.WaitEnd().code, test.code);
    EXPECT_EQ(transport->stats().retries, static_cast<uint64_t>(test.requests - 1));
  }
}

TEST(RetryTest, ALostConnectionByPolicyOnly) {
  RawServer server;
  auto transport = MakeTransport(server.url());
  RecordedCall call(transport.get());
  call.Start(kEcho, "hello", WithRetries(2));
  server.Accept().ReceiveUntil("hello");
  RawConnection peer = server.Accept();
  peer.ReceiveUntil("hello");
  peer.Send(Http1Response("200 OK", "there"));
  EXPECT_TRUE(call.WaitEnd().ok()) << call.WaitEnd().message;
}

// A wait that would outlast the call is not begun.
TEST(RetryTest, NotBeyondTheDeadline) {
  RawServer server;
  auto transport = MakeTransport(server.url());
  CallOptions options = WithRetries(2);
  options.timeout = std::chrono::seconds(30);
  options.retry->initial_backoff = options.retry->max_backoff = std::chrono::hours(1);
  RecordedCall call(transport.get());
  call.Start(kEcho, "hello", options);
  RawConnection peer = server.Accept();
  peer.ReceiveUntil("hello");
  peer.Send(Http1Response("503 Service Unavailable", "", "application/json"));
  EXPECT_EQ(call.WaitEnd().code, Code::kUnavailable);
}

// Each way to end a call between two attempts.
TEST(RetryTest, EndsWhileBackingOff) {
  for (const bool release : {false, true}) {
    RawServer server;
    auto transport = MakeTransport(server.url());
    CallOptions options = WithRetries(2);
    options.retry->initial_backoff = options.retry->max_backoff = std::chrono::hours(1);
    RecordedCall call(transport.get());
    call.Start(kEcho, "hello", options);
    RawConnection peer = server.Accept();
    peer.ReceiveUntil("hello");
    peer.Send(Http1Response("503 Service Unavailable", "", "application/json"));
    while (transport->stats().retries == 0) {
    }
    if (release) {
      call.Release();
    } else {
      call.Cancel();
      EXPECT_EQ(call.WaitEnd().code, Code::kCanceled);
    }
  }
}

}  // namespace
}  // namespace connectrpc::test
