// Servers that break off, lie, flood and forget: the error that each gives.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "codec/compression.h"
#include "server/fake_server.h"
#include "transport/raw_server.h"
#include "transport/recorded_call.h"

namespace connectrpc::test {
namespace {

using ::testing::HasSubstr;

std::string Http1(const std::string& head, const std::string& body = "") {
  return "HTTP/1.1 " + head + "\r\ncontent-length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

std::string Flagged(char flags, const std::string& message) {
  std::string out = Enveloped(message);
  out[0] = flags;
  return out;
}

std::string Gzip(const std::string& bytes) {
  std::string out;
  EXPECT_TRUE(codec::NewGzipCompressor(9)->Compress(bytes, &out));
  return out;
}

// The outcome of a call whose answer is `response` on HTTP/1.1, and then the end of the connection.
Error CallHttp1(const std::string& response, const MethodSpec& method = kEcho,
                const HttpTransportOptions& options = {}) {
  RawServer server;
  auto transport = MakeTransport(server.url(), options);
  RecordedCall call(transport.get());
  call.Start(method, "x");
  {
    RawConnection peer = server.Accept();
    peer.ReceiveUntil("\r\n\r\n");
    peer.Send(response);
    peer.ShutdownWrite();
    call.WaitEnd();
  }
  return call.WaitEnd();
}

// The outcome of a call on HTTP/2 after `serve`.
Error CallHttp2(const std::function<void(RawHttp2&, int32_t)>& serve, const MethodSpec& method = kEcho,
                const HttpTransportOptions& options = Http2Options()) {
  RawServer server;
  auto transport = MakeTransport(server.url(), options);
  RecordedCall call(transport.get());
  call.Start(method, "x");
  RawHttp2 peer(server.Accept());
  serve(peer, peer.NextRequest());
  return call.WaitEnd();
}

TEST(HostileServerTest, TruncationAtEveryByteOfHttp1) {
  const std::string unary = Http1("200 OK\r\ncontent-type: application/proto", "message");
  const std::string chunked =
      "HTTP/1.1 200 OK\r\ncontent-type: application/connect+proto\r\ntransfer-encoding: chunked\r\n\r\n"
      "8\r\n" +
      Enveloped("abc") + "\r\n7\r\n" + Flagged(2, "{}") + "\r\n0\r\n\r\n";
  ASSERT_TRUE(CallHttp1(unary).ok());
  ASSERT_TRUE(CallHttp1(chunked, kExpand).ok());
  for (size_t size = 0; size < unary.size(); ++size) {
    EXPECT_EQ(CallHttp1(unary.substr(0, size)).code, Code::kUnavailable) << size;
  }
  // With the end of the stream's messages all is said.
  const size_t all = chunked.size() - std::string("\r\n0\r\n\r\n").size();
  for (size_t size = 0; size < all; ++size) {
    EXPECT_EQ(CallHttp1(chunked.substr(0, size), kExpand).code, Code::kUnavailable) << size;
  }
  for (size_t size = all; size < chunked.size(); ++size) {
    EXPECT_TRUE(CallHttp1(chunked.substr(0, size), kExpand).ok()) << size;
  }
}

TEST(HostileServerTest, TruncationAtEveryByteOfHttp2) {
  const std::string response =
      HeadersFrames(1, NGHTTP2_FLAG_NONE, Block({{":status", "200"}, {"content-type", "application/grpc"}})) +
      Frame(NGHTTP2_DATA, 0, 1, Enveloped("abc")) +
      HeadersFrames(1, NGHTTP2_FLAG_END_STREAM, Block({{"grpc-status", "0"}}));
  for (size_t size = 0; size <= response.size(); ++size) {
    const Error error = CallHttp2(
        [&](RawHttp2& peer, int32_t) {
          peer.Send(response.substr(0, size));
          peer.connection().ShutdownWrite();
        },
        kEcho, Http2Options(Protocol::kGrpc));
    EXPECT_EQ(error.code, size == response.size() ? Code::kOk : Code::kUnavailable) << size << error.message;
  }
}

TEST(HostileServerTest, Http1) {
  const std::string stream = "200 OK\r\ncontent-type: application/connect+proto";
  const std::string unary = "200 OK\r\ncontent-type: application/proto";
  HttpTransportOptions small;
  small.defaults.max_message_bytes = 1000;
  const struct {
    const char* name;
    std::string response;
    const MethodSpec& method;
    Code code;
    const char* message;
  } cases[] = {
      {"garbage", "\x16\x03\x01 what is this\r\n\r\n", kEcho, Code::kInternal, ""},
      {"HTTP/2", Frame(NGHTTP2_SETTINGS, 0, 0), kEcho, Code::kInternal, ""},
      {"redirect", Http1("307 Temporary Redirect\r\nlocation: http://evil.example/"), kEcho, Code::kUnknown, "307"},
      {"switching protocols", "HTTP/1.1 101 Switching Protocols\r\nupgrade: h2c\r\n\r\n", kEcho, Code::kInternal, ""},
      {"no content type, and no envelope", Http1("200 OK", "x"), kUpload, Code::kInternal, "inside"},
      {"foreign content type", Http1("200 OK\r\ncontent-type: text/html", "<html>"), kEcho, Code::kUnknown,
       "text/html"},
      {"other codec", Http1("200 OK\r\ncontent-type: application/json", "{}"), kEcho, Code::kInternal, "json"},
      {"gRPC", Http1("200 OK\r\ncontent-type: application/grpc", "x"), kEcho, Code::kUnknown, "grpc"},
      {"status 404", Http1("404 Not Found"), kEcho, Code::kUnimplemented, "404"},
      {"status 502 of a proxy", Http1("502 Bad Gateway\r\ncontent-type: text/html", "<html>"), kEcho,
       Code::kUnavailable, "502"},
      {"status 800", Http1("800 What"), kEcho, Code::kUnknown, "800"},
      {"two lengths", "HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nxy", kEcho, Code::kInternal,
       ""},
      {"length and chunks",
       "HTTP/1.1 200 OK\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n", kEcho,
       Code::kInternal, ""},
      {"bad chunk", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n", kEcho, Code::kInternal, ""},
      {"unknown compression", Http1(unary + "\r\ncontent-encoding: lzma", "x"), kEcho, Code::kInternal, "lzma"},
      {"corrupt compression", Http1(unary + "\r\ncontent-encoding: gzip", "xxxxxxxx"), kEcho, Code::kDataLoss, "gzip"},
      {"bomb", Http1(unary + "\r\ncontent-encoding: gzip", Gzip(std::string(1'000'000, 'x'))), kEcho,
       Code::kResourceExhausted, "1000"},
      {"large message", Http1(unary, std::string(1001, 'x')), kEcho, Code::kResourceExhausted, "1000"},
      {"large message announced", Http1(stream, Flagged(0, "").substr(0, 1) + "\x7f\xff\xff\xff"), kExpand,
       Code::kResourceExhausted, "1000"},
      {"bomb in a stream",
       Http1(stream + "\r\nconnect-content-encoding: gzip", Flagged(1, Gzip(std::string(1'000'000, 'x')))), kExpand,
       Code::kResourceExhausted, "1000"},
      {"no end of the stream", Http1(stream, Enveloped("abc")), kExpand, Code::kInternal, ""},
      {"end is no JSON", Http1(stream, Flagged(2, "{{{{")), kExpand, Code::kInternal, ""},
      {"data after the end", Http1(stream, Flagged(2, "{}") + Enveloped("x")), kExpand, Code::kInternal, "end"},
      {"unknown flags", Http1(stream, Flagged(4, "x")), kExpand, Code::kInternal, "flags"},
      {"two messages", Http1(stream, Enveloped("1") + Enveloped("2") + Flagged(2, "{}")), kUpload, Code::kUnimplemented,
       "one"},
      {"no message", Http1(stream, Flagged(2, "{}")), kUpload, Code::kUnimplemented, "one"},
      {"compressed without encoding", Http1(stream, Flagged(1, "x")), kExpand, Code::kInternal, "compress"},
  };
  for (const auto& test : cases) {
    SCOPED_TRACE(test.name);
    const Error error = CallHttp1(test.response, test.method, small);
    EXPECT_EQ(error.code, test.code) << error.message;
    EXPECT_THAT(error.message, HasSubstr(test.message));
  }
}

TEST(HostileServerTest, HeadsAtAndBeyondTheLimits) {
  HttpTransportOptions options;
  options.limits.max_header_fields = 10;
  options.limits.max_header_list_bytes = 4000;
  options.limits.max_informational_responses = 3;
  HttpTransportOptions http2 = options;
  http2.http = HttpVersions::kHttp2;
  const auto fields = [](size_t count) {
    Fields all = {{"content-type", "application/proto"}};
    while (all.size() < count) all.emplace_back("x-n", "v");
    return all;
  };
  const auto bytes = [](size_t size) {
    Fields all = {{"content-type", "application/proto"}, {"x", ""}};
    all[1].second.assign(size - (12 + 17 + 32) - (1 + 32), 'v');
    return all;
  };
  const struct {
    const char* name;
    Fields fields;
    size_t informational;
    Code code;
  } cases[] = {
      {"fields at the limit", fields(9), 0, Code::kOk},
      {"fields beyond", fields(11), 0, Code::kResourceExhausted},
      {"bytes at the limit", bytes(4000 - 100), 0, Code::kOk},
      {"bytes beyond", bytes(4001), 0, Code::kResourceExhausted},
      {"informational at the limit", fields(1), 3, Code::kOk},
      {"informational beyond", fields(1), 4, Code::kResourceExhausted},
  };
  for (const auto& test : cases) {
    SCOPED_TRACE(test.name);
    std::string response;
    for (size_t i = 0; i < test.informational; ++i) response += "HTTP/1.1 103 Early Hints\r\n\r\n";
    response += "HTTP/1.1 200 OK\r\n";
    for (const auto& [name, value] : test.fields) response += name + ": " + value + "\r\n";
    // With the length that makes one field more.
    EXPECT_EQ(CallHttp1(response + "content-length: 1\r\n\r\nx", kEcho, options).code, test.code);
    const Error error = CallHttp2(
        [&](RawHttp2& peer, int32_t id) {
          for (size_t i = 0; i < test.informational; ++i) peer.SendHead(id, {{":status", "103"}});
          Fields head = test.fields;
          head.insert(head.begin(), {":status", "200"});
          peer.SendHead(id, head);
          peer.SendData(id, "x", /*end=*/true);
        },
        kEcho, http2);
    EXPECT_EQ(error.code, test.code) << error.message;
  }
}

TEST(HostileServerTest, ResetsWithEachCode) {
  const struct {
    const char* name;
    uint32_t reset;
    Code code;
  } cases[] = {
      {"NO_ERROR", NGHTTP2_NO_ERROR, Code::kInternal},
      {"PROTOCOL_ERROR", NGHTTP2_PROTOCOL_ERROR, Code::kInternal},
      {"INTERNAL_ERROR", NGHTTP2_INTERNAL_ERROR, Code::kInternal},
      {"FLOW_CONTROL_ERROR", NGHTTP2_FLOW_CONTROL_ERROR, Code::kInternal},
      {"SETTINGS_TIMEOUT", NGHTTP2_SETTINGS_TIMEOUT, Code::kInternal},
      {"FRAME_SIZE_ERROR", NGHTTP2_FRAME_SIZE_ERROR, Code::kInternal},
      {"COMPRESSION_ERROR", NGHTTP2_COMPRESSION_ERROR, Code::kInternal},
      {"CONNECT_ERROR", NGHTTP2_CONNECT_ERROR, Code::kInternal},
      {"CANCEL", NGHTTP2_CANCEL, Code::kCanceled},
      {"ENHANCE_YOUR_CALM", NGHTTP2_ENHANCE_YOUR_CALM, Code::kResourceExhausted},
      {"INADEQUATE_SECURITY", NGHTTP2_INADEQUATE_SECURITY, Code::kPermissionDenied},
  };
  for (const auto& test : cases) {
    for (const int step : {0, 1, 2}) {
      SCOPED_TRACE(test.name + std::string(" at step ") + std::to_string(step));
      const Error error = CallHttp2(
          [&](RawHttp2& peer, int32_t id) {
            if (step > 0) peer.SendHead(id, {{":status", "200"}, {"content-type", "application/connect+proto"}});
            if (step > 1) peer.SendData(id, Enveloped("abc"));
            peer.SendReset(id, test.reset);
          },
          kExpand);
      EXPECT_EQ(error.code, test.code) << error.message;
    }
  }
}

TEST(HostileServerTest, Http2) {
  const Fields head = {{":status", "200"}, {"content-type", "application/proto"}};
  const struct {
    const char* name;
    std::function<void(RawHttp2&, int32_t)> serve;
    Code code;
  } cases[] = {
      {"PUSH_PROMISE",
       [&](RawHttp2& peer, int32_t id) {
         peer.Send(Frame(NGHTTP2_PUSH_PROMISE, NGHTTP2_FLAG_END_HEADERS, id,
                         Uint32(2) + Block({{":method", "GET"}, {":scheme", "http"}, {":path", "/"}})));
       },
       Code::kInternal},
      {"DATA before the head", [&](RawHttp2& peer, int32_t id) { peer.SendData(id, "x"); }, Code::kInternal},
      {"unknown frame of a known kind",
       [&](RawHttp2& peer, int32_t id) { peer.Send(Frame(NGHTTP2_WINDOW_UPDATE, 0, id, "abc")); }, Code::kInternal},
      {"a message beyond the limit",
       [&](RawHttp2& peer, int32_t id) {
         peer.SendHead(id, head);
         for (int i = 0; i < 400; ++i) peer.SendData(id, std::string(16'384, 'x'));
       },
       Code::kResourceExhausted},
      {"flood of PINGs",
       [&](RawHttp2& peer, int32_t) {
         std::string pings;
         for (int i = 0; i < 20'000; ++i) pings += Frame(NGHTTP2_PING, 0, 0, "12345678");
         peer.Send(pings);
       },
       Code::kResourceExhausted},
      {"head twice",
       [&](RawHttp2& peer, int32_t id) {
         peer.SendHead(id, head);
         peer.SendHead(id, head);
       },
       Code::kInternal},
      {"upper-case name",
       [&](RawHttp2& peer, int32_t id) {
         peer.SendHead(id, {{":status", "200"}, {"Content-Type", "application/proto"}});
       },
       Code::kInternal},
      {"no status",
       [&](RawHttp2& peer, int32_t id) {
         peer.SendHead(id, {{"content-type", "application/proto"}});
       },
       Code::kInternal},
      {"content-length that lies",
       [&](RawHttp2& peer, int32_t id) {
         peer.SendHead(id, {{":status", "200"}, {"content-type", "application/proto"}, {"content-length", "5"}});
         peer.SendData(id, "x", /*end=*/true);
       },
       Code::kInternal},
  };
  for (const auto& test : cases) {
    SCOPED_TRACE(test.name);
    const Error error = CallHttp2(test.serve);
    EXPECT_EQ(error.code, test.code) << error.message;
    EXPECT_NE(error.message, "");
  }
}

TEST(HostileServerTest, MoreThanTheWindow) {
  RawServer server;
  HttpTransportOptions options = Http2Options();
  options.limits.stream_window_bytes = 100'000;
  auto transport = MakeTransport(server.url(), options);
  RecordedCall call(transport.get());
  call.Start(kExpand, "x");
  call.Pause();
  RawHttp2 peer(server.Accept());
  const int32_t id = peer.NextRequest();
  peer.SendHead(id, {{":status", "200"}, {"content-type", "application/connect+proto"}});
  for (int i = 0; i < 10; ++i) peer.SendData(id, Enveloped(std::string(10'000, 'x')));
  const Error error = call.WaitEnd();
  EXPECT_EQ(error.code, Code::kInternal);
  EXPECT_THAT(error.message, HasSubstr("flow control"));
}

// Small on the wire, large in memory: a reader that pauses is not buried under it.
TEST(HostileServerTest, CompressedMessagesForAPausedReader) {
  RawServer server;
  auto transport = MakeTransport(server.url(), Http2Options());
  RecordedCall call(transport.get());
  call.SetHook([](RecordedCall& self, const std::string& event) {
    if (event == "message") self.call()->PauseReading();
  });
  call.Start(kExpand, "x");
  RawHttp2 peer(server.Accept());
  const int32_t id = peer.NextRequest();
  peer.SendHead(
      id, {{":status", "200"}, {"content-type", "application/connect+proto"}, {"connect-content-encoding", "gzip"}});
  const std::string bomb = Flagged(1, Gzip(std::string(1024 * 1024, 'x')));
  std::string bytes;
  for (int i = 0; i < 10; ++i) bytes += bomb;
  bytes += Flagged(2, "{}");
  for (size_t at = 0; at < bytes.size(); at += 16'384) {
    peer.SendData(id, bytes.substr(at, 16'384), /*end=*/at + 16'384 >= bytes.size());
  }
  call.WaitMessages(1);
  // A round trip: all has arrived.
  peer.Send(Frame(NGHTTP2_PING, 0, 0, "12345678"));
  peer.Next(NGHTTP2_PING);
  EXPECT_EQ(call.events().size(), 2u) << "headers and one message";
  for (size_t count = 2; count <= 10; ++count) {
    call.Resume();
    EXPECT_EQ(call.WaitMessages(count).size(), count);
    EXPECT_FALSE(call.ended());
  }
  call.Resume();
  EXPECT_TRUE(call.WaitEnd().ok()) << call.WaitEnd().message;
}

}  // namespace
}  // namespace connectrpc::test
