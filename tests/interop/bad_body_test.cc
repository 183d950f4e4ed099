// Bodies of requests that a proper client does not send, over every protocol and version of HTTP.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <string>
#include <string_view>
#include <vector>

#include "interop/raw_call.h"

namespace connectrpc::test {
namespace {

constexpr int kInvalidArgument = 3;
constexpr int kDeadlineExceeded = 4;
constexpr int kResourceExhausted = 8;
constexpr int kUnimplemented = 12;
constexpr int kInternal = 13;

// `count` zero bytes after `prefix`, as gzip, without ever being in memory.
std::string GzipOfZeros(std::string_view prefix, size_t count) {
  z_stream stream = {};
  EXPECT_EQ(deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY), Z_OK);
  std::string out;
  const auto put = [&](std::string_view bytes, int flush) {
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    stream.avail_in = static_cast<uInt>(bytes.size());
    do {
      char buffer[16 * 1024];
      stream.next_out = reinterpret_cast<Bytef*>(buffer);
      stream.avail_out = sizeof(buffer);
      deflate(&stream, flush);
      out.append(buffer, sizeof(buffer) - stream.avail_out);
    } while (stream.avail_out == 0);
  };
  put(prefix, Z_NO_FLUSH);
  const std::string zeros(1024 * 1024, '\0');
  for (; count >= zeros.size(); count -= zeros.size()) put(zeros, Z_NO_FLUSH);
  put(std::string_view(zeros).substr(0, count), Z_FINISH);
  deflateEnd(&stream);
  return out;
}

std::string Gzip(std::string_view bytes) {
  return GzipOfZeros(bytes, 0);
}

// A request that is `size` bytes long on the wire.
echo::EchoRequest RequestOfSize(size_t size) {
  echo::EchoRequest request;
  request.set_data(std::string(size - 2 - (size < 130 ? 0 : size < 16387 ? 1 : size < 2097156 ? 2 : 3), 'd'));
  EXPECT_EQ(request.ByteSizeLong(), size);
  return request;
}

CallSpec Spec(const Door& door, std::string method) {
  CallSpec spec;
  spec.service = door.service;
  spec.method = std::move(method);
  spec.requests[0].set_text("text");
  return spec;
}

// Makes the one message of a request be `compressed`; the answer shall be plain.
void SetCompressed(const Wire& wire, const CallSpec& spec, std::string_view compressed, HttpRequest* request) {
  const Framing framing = FramingOf(wire.protocol, spec);
  if (framing == Framing::kConnectUnary) {
    request->headers.emplace_back("content-encoding", "gzip");
    request->headers.emplace_back("accept-encoding", "identity");
    request->body = compressed;
    return;
  }
  const std::string prefix = framing == Framing::kConnectStream ? "connect-" : "grpc-";
  request->headers.emplace_back(prefix + (framing == Framing::kConnectStream ? "content-encoding" : "encoding"),
                                "gzip");
  request->headers.emplace_back(prefix + "accept-encoding", "identity");
  request->body = Envelope(compressed, 1);
}

class BadBodyTest : public ::testing::TestWithParam<Door> {
 protected:
  ~BadBodyTest() override { EXPECT_TRUE(IsAlive(server_.port())); }
  static CallSpec Spec(std::string method) { return test::Spec(GetParam(), std::move(method)); }
  int port() { return server_.port(); }
  EchoState& state() { return server_.state(); }
  int started() { return state().counts().started; }

 private:
  EchoServer server_{LocalOptions(), GetParam().mount};
};

std::string NameOf(const ::testing::TestParamInfo<Door>& info) {
  return info.param.name;
}
INSTANTIATE_TEST_SUITE_P(, BadBodyTest, ::testing::ValuesIn(kDoors), NameOf);

TEST_P(BadBodyTest, MethodsOfOneRequestTakeExactlyOne) {
  for (const Wire& wire : kWires) {
    for (const char* method : {"Echo", "Get", "Expand"}) {
      const CallSpec spec = Spec(method);
      if (FramingOf(wire.protocol, spec) == Framing::kConnectUnary) continue;  // its body is the message
      const std::string message = Envelope(Encode(spec.requests[0], Codec::kProto));
      for (const int count : {0, 2, 3}) {
        SCOPED_TRACE(std::string(wire.name) + ", " + method + ", " + std::to_string(count));
        const CallResult result = RawCall(port(), wire, spec, [&](HttpRequest* request) {
          request->body.clear();
          for (int i = 0; i < count; ++i) request->body += message;
        });
        EXPECT_EQ(result.code, kUnimplemented);
        EXPECT_TRUE(result.responses.empty());
      }
    }
  }
  EXPECT_EQ(started(), 0);
}

TEST_P(BadBodyTest, CutEnvelopesAreInvalid) {
  const std::string message = Envelope("\n\x04text");
  for (const Wire& wire : kWires) {
    for (const char* method : {"Echo", "Collect", "Expand", "Chat"}) {
      const CallSpec spec = Spec(method);
      if (FramingOf(wire.protocol, spec) == Framing::kConnectUnary) continue;
      for (size_t size = 1; size < message.size(); ++size) {
        SCOPED_TRACE(std::string(wire.name) + ", " + method + ", " + std::to_string(size));
        const CallResult result =
            RawCall(port(), wire, spec, [&](HttpRequest* request) { request->body = message.substr(0, size); });
        EXPECT_EQ(result.code, kInvalidArgument);
      }
    }
  }
  EXPECT_TRUE(state().WaitUntil([](const EchoState::Counts& now) { return now.running == 0; }));
}

TEST_P(BadBodyTest, OnlyDefinedFlagsAreTaken) {
  for (const Wire& wire : kWires) {
    for (const char* method : {"Echo", "Chat"}) {
      const CallSpec spec = Spec(method);
      if (FramingOf(wire.protocol, spec) == Framing::kConnectUnary) continue;
      const std::string message = Encode(spec.requests[0], Codec::kProto);
      for (int flags = 0; flags < 256; ++flags) {
        SCOPED_TRACE(std::string(wire.name) + ", " + method + ", flags " + std::to_string(flags));
        // 1 is "compressed", which needs an encoding to be named. The end frames of Connect (2) and gRPC-Web (0x80) are
        // for servers.
        const CallResult result = RawCall(port(), wire, spec, [&](HttpRequest* request) {
          request->body = Envelope(message, static_cast<uint8_t>(flags));
        });
        EXPECT_EQ(result.code, flags == 0 ? 0 : kInternal);
      }
    }
  }
  EXPECT_TRUE(state().WaitUntil([](const EchoState::Counts& now) { return now.running == 0; }));
}

TEST_P(BadBodyTest, AnnouncedLengthsAreNotBelieved) {
  for (const Wire& wire : kWires) {
    for (const char* method : {"Echo", "Chat"}) {
      const CallSpec spec = Spec(method);
      if (FramingOf(wire.protocol, spec) == Framing::kConnectUnary) continue;
      for (const std::string& size : {std::string("\xff\xff\xff\xff", 4), std::string("\x00\x40\x00\x01", 4)}) {
        SCOPED_TRACE(std::string(wire.name) + ", " + method);
        const CallResult result =
            RawCall(port(), wire, spec, [&](HttpRequest* request) { request->body = '\0' + size + "few"; });
        EXPECT_EQ(result.code, kResourceExhausted);
      }
    }
  }
}

TEST_P(BadBodyTest, CompressedMessagesAreTakenOnlyWhole) {
  const CallSpec unary = Spec("Echo");
  const std::string message = Encode(unary.requests[0], Codec::kProto);
  const std::string good = Gzip(message);
  std::string wrong_checksum = good;
  wrong_checksum[good.size() - 6] ^= 1;
  const struct {
    const char* name;
    std::string bytes;
    int code;
  } cases[] = {
      {"good", good, 0},
      {"two members", Gzip(message.substr(0, 3)) + Gzip(message.substr(3)), 0},
      {"cut in the data", good.substr(0, good.size() - 10), kInvalidArgument},
      {"cut in the checksum", good.substr(0, good.size() - 1), kInvalidArgument},
      {"garbage at the end", good + "garbage", kInvalidArgument},
      {"wrong checksum", wrong_checksum, kInvalidArgument},
      {"no gzip at all", "text", kInvalidArgument},
      {"a byte", "\x1f", kInvalidArgument},
      {"bomb of 256 MiB", GzipOfZeros("", 256 * 1024 * 1024), kResourceExhausted},
      {"one byte above the limit", GzipOfZeros("", Limits().max_message_bytes + 1), kResourceExhausted},
  };
  for (const Wire& wire : kWires) {
    for (const char* method : {"Echo", "Collect", "Expand", "Chat"}) {
      for (const auto& c : cases) {
        SCOPED_TRACE(std::string(wire.name) + ", " + method + ", " + c.name);
        const CallSpec spec = Spec(method);
        const CallResult result =
            RawCall(port(), wire, spec, [&](HttpRequest* request) { SetCompressed(wire, spec, c.bytes, request); });
        EXPECT_EQ(result.code, c.code) << result.message;
        if (c.code == 0 && spec.method != "Expand") {
          ASSERT_EQ(result.responses.size(), 1u);
          EXPECT_EQ(result.responses[0].text(), "text");
        }
      }
    }
  }
}

TEST_P(BadBodyTest, CompressedMessageInAGet) {
  for (const bool http2 : {false, true}) {
    SCOPED_TRACE(http2 ? "HTTP/2" : "HTTP/1.1");
    const auto code = [&](const std::string& compressed) {
      std::string base64 = Base64(compressed);
      for (char& c : base64) c = c == '+' ? '-' : c == '/' ? '_' : c;
      while (!base64.empty() && base64.back() == '=') base64.pop_back();
      HttpRequest request;
      request.method = "GET";
      request.target = Spec("Get").path() + "?encoding=proto&compression=gzip&base64=1&message=" + base64;
      RawClient client(port(), http2);
      return DecodeResponse(client.Exchange(request), Framing::kConnectGet, Codec::kProto).code;
    };
    EXPECT_EQ(code(Gzip("\n\x04text")), 0);
    EXPECT_EQ(code(Gzip("\n\x04text") + "x"), kInvalidArgument);
    EXPECT_EQ(code(GzipOfZeros("", 5 * 1000 * 1000)), kResourceExhausted);
  }
}

class MessageLimitTest : public ::testing::TestWithParam<Door> {};
INSTANTIATE_TEST_SUITE_P(, MessageLimitTest, ::testing::ValuesIn(kDoors), NameOf);

TEST_P(MessageLimitTest, MessagesAreLimited) {
  for (const size_t limit : {size_t{1000}, Limits().max_message_bytes}) {
    Limits limits;
    limits.max_message_bytes = limit;
    EchoServer server(WithLimits(limits), GetParam().mount);
    for (const Wire& wire : kWires) {
      for (const char* method : {"Echo", "Collect", "Expand", "Chat"}) {
        for (const size_t size : {limit, limit + 1}) {
          SCOPED_TRACE(std::string(wire.name) + ", " + method + ", " + std::to_string(size));
          CallSpec spec = Spec(GetParam(), method);
          spec.requests = {RequestOfSize(size)};
          const CallResult plain = RawCall(server.port(), wire, spec);
          const int code = size > limit ? kResourceExhausted : 0;
          EXPECT_EQ(plain.code, code) << plain.message;
          const std::string compressed = Gzip(Encode(spec.requests[0], Codec::kProto));
          const CallResult result = RawCall(
              server.port(), wire, spec, [&](HttpRequest* request) { SetCompressed(wire, spec, compressed, request); });
          EXPECT_EQ(result.code, code) << result.message;
        }
      }
    }
    EXPECT_TRUE(IsAlive(server.port()));
  }
}

TEST_P(MessageLimitTest, UnaryBodyIsLimitedAsItTravels) {
  Limits limits;
  limits.max_unary_body_bytes = 1000;
  EchoServer server(WithLimits(limits), GetParam().mount);
  const CallSpec spec = Spec(GetParam(), "Echo");
  for (const Wire& wire : {kConnectHttp1, kConnectHttp2}) {
    for (const size_t size : {size_t{1000}, size_t{1001}}) {
      SCOPED_TRACE(std::string(wire.name) + ", " + std::to_string(size));
      const CallResult result = RawCall(server.port(), wire, spec, [&](HttpRequest* request) {
        SetCompressed(wire, spec, std::string(size, 'x'), request);
      });
      // Within the limit it is looked at, and is no gzip.
      EXPECT_EQ(result.code, size > 1000 ? kResourceExhausted : kInvalidArgument) << result.message;
    }
  }
}

TEST_P(BadBodyTest, JsonIsDecodedWithinBounds) {
  const auto lists = [](int depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  const auto objects = [](int depth) {
    std::string json;
    for (int i = 0; i < depth; ++i) json += "{\"a\":";
    return json + "1" + std::string(depth, '}');
  };
  const struct {
    const char* name;
    std::string json;
    int code;
  } cases[] = {
      {"lists of Value", "{\"value\":" + lists(40) + "}", 0},
      {"objects of Value", "{\"value\":" + objects(30) + "}", 0},
      {"unknown field, 100 deep", "{\"other\":" + lists(99) + "}", 0},
      {"unknown field, 101 deep", "{\"other\":" + lists(100) + "}", kInvalidArgument},
      {"lists of Value, 101 deep", "{\"value\":" + lists(100) + "}", kInvalidArgument},
      {"lists of Value, a bomb", "{\"value\":" + lists(1000 * 1000) + "}", kInvalidArgument},
      {"unknown objects, 100 deep", "{\"other\":" + objects(99) + "}", 0},
      {"unknown objects, 101 deep", "{\"other\":" + objects(100) + "}", kInvalidArgument},
      {"objects of Value, 101 deep", "{\"value\":" + objects(100) + "}", kInvalidArgument},
      {"nothing", "", kInvalidArgument},
      {"no object", "[]", kInvalidArgument},
      {"cut", "{\"text\":\"te", kInvalidArgument},
      {"garbage at the end", "{} x", kInvalidArgument},
      {"wrong type", "{\"text\":{}}", kInvalidArgument},
      {"bad base64", "{\"data\":\"***\"}", kInvalidArgument},
      {"broken UTF-8", "{\"text\":\"\xff\"}", kInvalidArgument},
  };
  for (const Wire& wire : kWires) {
    for (const char* method : {"Echo", "Chat"}) {
      for (const auto& c : cases) {
        SCOPED_TRACE(std::string(wire.name) + ", " + method + ", " + c.name);
        const CallSpec spec = Spec(method);
        const Framing framing = FramingOf(wire.protocol, spec);
        HttpRequest request = RequestHead(spec, framing, Codec::kJson);
        request.body = framing == Framing::kConnectUnary ? c.json : Envelope(c.json);
        RawClient client(port(), wire.http2);
        const CallResult result = DecodeResponse(client.Exchange(request), framing, Codec::kJson);
        EXPECT_EQ(result.code, c.code) << result.message;
        for (const char byte : result.message) EXPECT_GE(byte, 0x20) << result.message;
      }
    }
  }
}

TEST_P(BadBodyTest, BytesThatAreNoMessageFail) {
  for (const Wire& wire : kWires) {
    SCOPED_TRACE(wire.name);
    const CallSpec spec = Spec("Echo");
    const CallResult result = RawCall(port(), wire, spec, [&](HttpRequest* request) {
      const std::string bytes = "\xff\xff\xff";
      request->body = FramingOf(wire.protocol, spec) == Framing::kConnectUnary ? bytes : Envelope(bytes);
    });
    EXPECT_EQ(result.code, kInternal);
  }
}

// The deadline covers the time in which the request arrives, too.
TEST_P(BadBodyTest, BodiesThatNeverArriveRunIntoTheDeadline) {
  for (const Wire& wire : kWires) {
    for (const char* method : {"Echo", "Collect", "Expand", "Chat"}) {
      for (const std::string& part : {std::string(), std::string(1, '\0'), std::string("\0\0\0\0\x04te", 7)}) {
        SCOPED_TRACE(std::string(wire.name) + ", " + method + ", " + std::to_string(part.size()));
        CallSpec spec = Spec(method);
        spec.timeout = std::chrono::milliseconds(20);
        const Framing framing = FramingOf(wire.protocol, spec);
        HttpRequest request = RequestHead(spec, framing, Codec::kProto);
        request.body = part;
        request.open = true;
        HttpResponse response;
        if (wire.http2) {
          response = Http2Client(port()).Exchange(request);
        } else {
          response = Http1Client(port()).Exchange(request);
        }
        EXPECT_EQ(DecodeResponse(response, framing, Codec::kProto).code, kDeadlineExceeded);
      }
    }
  }
  EXPECT_TRUE(state().WaitUntil([](const EchoState::Counts& now) { return now.running == 0; }));
}

// An early answer does not leave the rest of the body to be read as the next request (S27).
TEST_P(BadBodyTest, RestOfARefusedBodyIsNoRequest) {
  const HttpRequest good = EncodeCall(Spec("Echo"), Framing::kConnectUnary, Codec::kProto);
  for (const size_t size : {size_t{1000}, size_t{512 * 1024}, size_t{8 * 1024 * 1024}}) {
    SCOPED_TRACE(size);
    HttpRequest request = EncodeCall(Spec("Nothing"), Framing::kConnectUnary, Codec::kProto);
    request.body.clear();
    while (request.body.size() < size) request.body += "POST /connectrpc.test.echo.SyncEcho/Echo HTTP/1.1\r\n\r\n";
    Http1Client http1(port());
    http1.Send(request);
    const HttpResponse response = http1.ReadResponse();
    EXPECT_EQ(response.status, 404);
    if (Find(response.headers, "connection") == "close") {
      EXPECT_GT(size, Limits().max_drain_bytes);
    } else {
      EXPECT_EQ(http1.Exchange(good).status, 200);
    }
    Http2Client http2(port());
    EXPECT_EQ(http2.Exchange(request).status, 404);
    EXPECT_EQ(http2.Exchange(good).status, 200);
  }
}

}  // namespace
}  // namespace connectrpc::test
