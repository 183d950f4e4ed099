// Heads of requests that a proper client does not send, over every protocol and version of HTTP: each has a defined
// answer, none reaches a handler that should not, and the server goes on.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "interop/raw_call.h"

namespace connectrpc::test {
namespace {

constexpr int kInvalidArgument = 3;
constexpr int kResourceExhausted = 8;
constexpr int kUnimplemented = 12;

class BadHeadTest : public ::testing::Test {
 protected:
  ~BadHeadTest() override { EXPECT_TRUE(IsAlive(server_.port())); }
  int port() { return server_.port(); }
  int started() { return server_.state().counts().started; }

 private:
  EchoServer server_;
};

// --- Every byte in a name, a value and a binary value ---

enum class Verdict {
  kPasses,   // the handler sees it
  kInvalid,  // refused in the caller's protocol, by the header's name
  kRefused,  // no HTTP: 400, or a reset of the stream
};

bool IsIn(std::string_view set, int byte) {
  return set.find(static_cast<char>(byte)) != std::string_view::npos;
}
bool IsLowerOrDigit(int byte) {
  return (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z');
}
bool IsUpper(int byte) {
  return byte >= 'A' && byte <= 'Z';
}

Verdict OfName(int byte, bool http2) {
  if (IsLowerOrDigit(byte) || (byte != 0 && IsIn("_.-", byte))) return Verdict::kPasses;
  if (IsUpper(byte)) return http2 ? Verdict::kRefused : Verdict::kPasses;  // HTTP/2 has lower-case names only
  if (byte == ':') return http2 ? Verdict::kRefused : Verdict::kPasses;    // "x:y: v" is the value "y: v" of "x"
  if (byte != 0 && IsIn("!#$%&'*+^`|~", byte)) return Verdict::kInvalid;   // a token (RFC 9110 section 5.6.2)
  return Verdict::kRefused;
}

// Between two letters.
Verdict OfValue(int byte, bool /*http2*/) {
  if (byte >= 0x20 && byte <= 0x7e) return Verdict::kPasses;
  if (byte == '\t' || byte >= 0x80) return Verdict::kInvalid;  // field-vchar and obs-text (RFC 9110 section 5.5)
  return Verdict::kRefused;
}

// The third of four digits.
Verdict OfBinaryValue(int byte, bool http2) {
  if (IsLowerOrDigit(byte) || IsUpper(byte) || (byte != 0 && IsIn("+/-_", byte))) return Verdict::kPasses;
  return OfValue(byte, http2) == Verdict::kRefused ? Verdict::kRefused : Verdict::kInvalid;
}

struct ByteCase {
  const char* name;
  std::pair<std::string, std::string> (*field)(char byte);
  Verdict (*verdict)(int byte, bool http2);
};

constexpr ByteCase kByteCases[] = {
    {"name", [](char c) { return std::make_pair(std::string("x") + c + "y", std::string("v")); }, OfName},
    {"value", [](char c) { return std::make_pair(std::string("x-a"), std::string("a") + c + "b"); }, OfValue},
    {"binary value", [](char c) { return std::make_pair(std::string("x-bin"), std::string("AA") + c + "A"); },
     OfBinaryValue},
};

TEST_F(BadHeadTest, EveryByteInAHeaderHasADefinedAnswer) {
  for (const Wire& wire : kWires) {
    for (const ByteCase& c : kByteCases) {
      RawClient client(port(), wire.http2);
      int refused = 0;
      for (int byte = 0; byte < 256; ++byte) {
        SCOPED_TRACE(std::string(wire.name) + ", byte " + std::to_string(byte) + " in a " + c.name);
        const CallSpec spec;
        const Framing framing = FramingOf(wire.protocol, spec);
        HttpRequest request = EncodeCall(spec, framing, Codec::kProto);
        request.headers.push_back(c.field(static_cast<char>(byte)));
        const HttpResponse response = client.Exchange(request);
        switch (c.verdict(byte, wire.http2)) {
          case Verdict::kPasses:
            EXPECT_EQ(DecodeResponse(response, framing, Codec::kProto).code, 0);
            break;
          case Verdict::kInvalid: {
            const CallResult result = DecodeResponse(response, framing, Codec::kProto);
            EXPECT_EQ(result.code, kInvalidArgument);
            EXPECT_THAT(result.message, ::testing::HasSubstr("header"));
            EXPECT_EQ(response.status, wire.protocol == RpcProtocol::kConnect ? 400 : 200);
            break;
          }
          case Verdict::kRefused:
            ++refused;
            if (wire.http2) {
              EXPECT_EQ(response.reset_code, NGHTTP2_PROTOCOL_ERROR);
            } else {
              EXPECT_EQ(response.status, 400);
            }
            break;
        }
      }
      // HTTP/1.1 cannot go on after bytes that are no HTTP; all else leaves the connection as it was.
      const int extra = wire.http2 ? 0 : refused;
      EXPECT_LE(client.connections(), 1 + extra) << wire.name << ", " << c.name;
    }
  }
}

// --- Names that would steer a proxy, HTTP or gRPC ---

TEST_F(BadHeadTest, ForgedNamesChangeNothing) {
  const struct {
    const char* name;
    const char* value;
    bool connect_only;  // means something to the other protocols
    bool grpc_only;
  } cases[] = {
      {"grpc-timeout", "1n", true, false},
      {"grpc-encoding", "nonsense", true, false},
      {"grpc-accept-encoding", "nonsense", true, false},
      {"grpc-internal-encoding-request", "gzip", false, false},
      {"grpc-status", "5", false, false},
      {"grpc-message", "forged", false, false},
      {"grpc-tags-bin", "AAAA", false, false},
      {"grpc-trace-bin", "AAAA", false, false},
      {"grpc-server-stats-bin", "AAAA", false, false},
      {"grpc-previous-rpc-attempts", "5", false, false},
      {"lb-cost-bin", "AAAA", false, false},
      {"grpclb_client_stats", "x", false, false},
      {"endpoint-load-metrics-bin", "AAAA", false, false},
      {"connect-timeout-ms", "0", false, true},
      {"connect-protocol-version", "9", false, true},
      {"connect-content-encoding", "nonsense", false, false},
      {"connectrpc-peer", "forged", false, false},
      {"trailer", "x-a", false, false},
  };
  for (const Wire& wire : kWires) {
    const bool is_connect = wire.protocol == RpcProtocol::kConnect;
    for (const auto& c : cases) {
      if (is_connect ? c.grpc_only : c.connect_only) continue;
      SCOPED_TRACE(std::string(wire.name) + ", " + c.name);
      const CallResult result = RawCall(port(), wire, CallSpec(),
                                        [&](HttpRequest* request) { request->headers.emplace_back(c.name, c.value); });
      EXPECT_EQ(result.code, 0) << result.message;
      ASSERT_EQ(result.responses.size(), 1u);
      EXPECT_EQ(result.responses[0].remaining_ms(), -1);
      for (const echo::Field& field : result.responses[0].metadata()) {
        EXPECT_FALSE(field.name() == c.name && field.value() == c.value);
      }
    }
  }
}

TEST_F(BadHeadTest, PseudoHeadersAndHostCannotBeForged) {
  const struct {
    const char* name;
    const char* value;
  } cases[] = {{":path", "/connectrpc.test.echo.SyncEcho/Get"},
               {":authority", "elsewhere"},
               {":method", "GET"},
               {":unknown", "x"},
               {"host", "elsewhere"},
               {"transfer-encoding", "gzip"},
               {"content-length", "1"}};
  for (const Wire& wire : kWires) {
    for (const auto& c : cases) {
      SCOPED_TRACE(std::string(wire.name) + ", " + c.name);
      const int before = started();
      HttpRequest request = EncodeCall(CallSpec(), FramingOf(wire.protocol, CallSpec()), Codec::kProto);
      request.body += Envelope("unused");
      request.headers.emplace_back(c.name, c.value);
      RawClient client(port(), wire.http2);
      const HttpResponse response = client.Exchange(request);
      if (wire.http2) {
        EXPECT_EQ(response.reset_code, NGHTTP2_PROTOCOL_ERROR);
      } else {
        EXPECT_EQ(response.status, 400);
      }
      EXPECT_EQ(started(), before);
    }
  }
}

// --- Paths ---

TEST_F(BadHeadTest, ConfusingPathsNeverReachAHandler) {
  constexpr std::string_view kService = "connectrpc.test.echo.SyncEcho";
  const std::string svc(kService);
  const struct {
    const char* name;
    std::string target;
    std::string scheme = "http";
  } cases[] = {
      {"no slash", svc + "/Echo"},
      {"no slash, foreign scheme", svc + "/Echo", "foo"},
      {"two slashes", "//" + svc + "/Echo"},
      {"two slashes inside", "/" + svc + "//Echo"},
      {"slash at the end", "/" + svc + "/Echo/"},
      {"backslash", "/" + svc + "\\Echo"},
      {"escaped slash", "/" + svc + "%2FEcho"},
      {"escaped letter", "/" + svc + "/%45cho"},
      {"escaped NUL", "/" + svc + "/Echo%00"},
      {"NUL", "/" + svc + "/Echo" + std::string(1, '\0')},
      {"NUL and more", "/" + svc + "/Echo" + std::string("\0x", 2)},
      {"NUL and more, foreign scheme", "/" + svc + "/Echo" + std::string("\0x", 2), "foo"},
      {"line feed", "/" + svc + "/Echo\n"},
      {"space", "/" + svc + "/Echo "},
      {"tab", "/" + svc + "/Echo\t"},
      {"high byte", "/" + svc + "/Echo\xff"},
      {"dot segment", "/./" + svc + "/Echo"},
      {"dot dot segment", "/" + svc + "/../" + svc + "/Echo"},
      {"lower-case method", "/" + svc + "/echo"},
      {"upper-case service", "/connectrpc.test.echo.SYNCECHO/Echo"},
      {"fragment", "/" + svc + "/Echo#f"},
      {"path parameter", "/" + svc + "/Echo;x=1"},
      {"prefix", "/api/" + svc + "/Echo"},
      {"leading dot", "/." + svc + "/Echo"},
      {"package only", "/connectrpc.test.echo/Echo"},
      {"no package", "/SyncEcho/Echo"},
      {"service only", "/" + svc},
      {"no method", "/" + svc + "/"},
      {"unknown method", "/" + svc + "/Nothing"},
      {"longer method", "/" + svc + "/EchoEcho"},
      {"unknown service", "/connectrpc.test.echo.Nothing/Echo"},
      {"root", "/"},
      {"asterisk", "*"},
      {"empty", ""},
      {"query before the path", "?/" + svc + "/Echo"},
      {"absolute, without a host", "http:///" + svc + "/Echo"},
      {"absolute, user information", "http://user@localhost/" + svc + "/Echo"},
      {"absolute, foreign scheme", "ftp://localhost/" + svc + "/Echo"},
      {"authority form", "localhost:80"},
      {"message type as a path", "/connectrpc.test.echo.EchoRequest"},
  };
  for (const Wire& wire : kWires) {
    for (const auto& c : cases) {
      SCOPED_TRACE(std::string(wire.name) + ", " + c.name);
      const int before = started();
      HttpRequest request = EncodeCall(CallSpec(), FramingOf(wire.protocol, CallSpec()), Codec::kProto);
      request.target = c.target;
      request.scheme = c.scheme;
      RawClient client(port(), wire.http2);
      const HttpResponse response = client.Exchange(request);
      EXPECT_EQ(started(), before);
      if (response.status == 200 || response.status == 404) {
        // The same answer for what is unknown and what is malformed.
        EXPECT_EQ(response.status, wire.protocol == RpcProtocol::kConnect ? 404 : 200);
        const CallResult result = DecodeResponse(response, FramingOf(wire.protocol, CallSpec()), Codec::kProto);
        EXPECT_EQ(result.code, kUnimplemented);
      } else if (wire.http2) {
        EXPECT_EQ(response.reset_code, NGHTTP2_PROTOCOL_ERROR);
      } else {
        EXPECT_EQ(response.status, 400);
      }
    }
  }
}

TEST_F(BadHeadTest, QueriesAndAbsoluteTargetsAreNoPartOfThePath) {
  const CallSpec spec;
  for (const Wire& wire : kWires) {
    SCOPED_TRACE(wire.name);
    EXPECT_EQ(RawCall(port(), wire, spec, [](HttpRequest* request) { request->target += "?a=b"; }).code, 0);
  }
  EXPECT_EQ(RawCall(port(), kConnectHttp1, spec,
                    [](HttpRequest* request) { request->target = "http://other.example" + request->target; })
                .code,
            0);
}

// --- Verbs ---

TEST_F(BadHeadTest, WrongVerbsAreToldTheRightOnes) {
  for (const bool http2 : {false, true}) {
    for (const char* method : {"PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "GET", "post", "X"}) {
      for (const char* rpc : {"Echo", "Get", "Collect", "Expand", "Chat"}) {
        const bool get_allowed = std::string_view(rpc) == "Get";
        if (get_allowed && std::string_view(method) == "GET") continue;
        SCOPED_TRACE(std::string(method) + " " + rpc + (http2 ? " over HTTP/2" : " over HTTP/1.1"));
        HttpRequest request;
        request.method = method;
        request.target = std::string("/connectrpc.test.echo.SyncEcho/") + rpc;
        request.headers = {{"content-type", "application/proto"}};
        RawClient client(port(), http2);
        const HttpResponse response = client.Exchange(request);
        EXPECT_EQ(response.status, 405);
        EXPECT_EQ(Find(response.headers, "allow"), get_allowed ? "GET, POST" : "POST");
        EXPECT_EQ(response.body, "");
        EXPECT_TRUE(response.complete);
        // Nothing of it is left on the connection.
        EXPECT_EQ(client.Exchange(EncodeCall(CallSpec(), Framing::kConnectUnary, Codec::kProto)).status, 200);
        EXPECT_EQ(client.connections(), 1);
      }
    }
  }
}

TEST_F(BadHeadTest, GetWithABodyIsRefused) {
  for (const bool http2 : {false, true}) {
    SCOPED_TRACE(http2 ? "HTTP/2" : "HTTP/1.1");
    CallSpec spec;
    spec.method = "Get";
    HttpRequest request = EncodeCall(spec, Framing::kConnectGet, Codec::kProto);
    RawClient client(port(), http2);
    EXPECT_EQ(client.Exchange(request).status, 200);
    const int before = started();
    request.body = "body";
    EXPECT_EQ(client.Exchange(request).status, 415);
    EXPECT_EQ(started(), before);
  }
}

// --- Types, codecs, encodings ---

TEST_F(BadHeadTest, ContentTypesThatAreNoRpcAreRefused) {
  const struct {
    const char* name;
    const char* content_type;
    const char* method = "Echo";
  } cases[] = {
      {"none", nullptr},
      {"empty", ""},
      {"plain text", "text/plain"},
      {"form", "application/x-www-form-urlencoded"},
      {"form with files", "multipart/form-data; boundary=x"},
      {"unknown codec", "application/xml"},
      {"stream type for a unary method", "application/connect+proto"},
      {"unary type for a stream", "application/proto", "Chat"},
      {"unknown codec of a stream", "application/connect+xml", "Chat"},
      {"gRPC of the future", "application/grpcx"},
  };
  for (const bool http2 : {false, true}) {
    for (const auto& c : cases) {
      SCOPED_TRACE(std::string(c.name) + (http2 ? " over HTTP/2" : " over HTTP/1.1"));
      HttpRequest request;
      request.target = std::string("/connectrpc.test.echo.SyncEcho/") + c.method;
      if (c.content_type != nullptr) request.headers = {{"content-type", c.content_type}};
      RawClient client(port(), http2);
      const HttpResponse response = client.Exchange(request);
      EXPECT_EQ(response.status, 415);
      EXPECT_THAT(Find(response.headers, "accept-post").value_or(""),
                  ::testing::HasSubstr("application/grpc-web-text+proto"));
    }
  }
  EXPECT_EQ(started(), 0);
}

TEST_F(BadHeadTest, UnknownCodecsAndEncodingsAreUnimplemented) {
  for (const Wire& wire : kWires) {
    SCOPED_TRACE(wire.name);
    const bool is_connect = wire.protocol == RpcProtocol::kConnect;
    const CallResult encoding = RawCall(port(), wire, CallSpec(), [&](HttpRequest* request) {
      request->headers.emplace_back(is_connect ? "content-encoding" : "grpc-encoding", "zip");
    });
    EXPECT_EQ(encoding.code, kUnimplemented);
    EXPECT_THAT(encoding.message, ::testing::HasSubstr("gzip"));
    if (is_connect) continue;
    const CallResult codec = RawCall(port(), wire, CallSpec(), [&](HttpRequest* request) {
      request->headers[0].second =
          wire.protocol == RpcProtocol::kGrpc ? "application/grpc+xml" : "application/grpc-web+xml";
    });
    EXPECT_EQ(codec.code, kUnimplemented);
  }
  EXPECT_EQ(started(), 0);
}

TEST_F(BadHeadTest, MalformedTimeoutsAreInvalid) {
  for (const Wire& wire : kWires) {
    const bool is_connect = wire.protocol == RpcProtocol::kConnect;
    for (const char* value : {"", "-1", "+1", "1.5", "x", "12345678901", "1 m", "\xd9\xa1m", "123456789m", "m"}) {
      SCOPED_TRACE(std::string(wire.name) + ", \"" + value + "\"");
      const CallResult result = RawCall(port(), wire, CallSpec(), [&](HttpRequest* request) {
        request->headers.emplace_back(is_connect ? "connect-timeout-ms" : "grpc-timeout", value);
      });
      // gRPC and Connect differ in how long a number may be and in its unit.
      EXPECT_EQ(result.code, kInvalidArgument);
    }
  }
  EXPECT_EQ(started(), 0);
}

// --- Sizes ---

// Fields whose size, as HTTP/2 counts it, brings that of the head to `bytes`.
void FillTo(size_t bytes, bool http2, HttpRequest* request) {
  size_t size = 0;
  const auto add = [&](std::string_view name, std::string_view value) { size += name.size() + value.size() + 32; };
  if (http2) {
    add(":method", request->method);
    add(":scheme", request->scheme);
    add(":path", request->target);
    add(":authority", "localhost");
  } else {
    add("host", "localhost");
    add("content-length", std::to_string(request->body.size()));
  }
  for (const auto& [name, value] : request->headers) add(name, value);
  request->headers.emplace_back("x-fill", std::string(bytes - size - 38, 'f'));
}

void ExpectTooLarge(const Wire& wire, const HttpResponse& response, int http_status) {
  const Framing framing = FramingOf(wire.protocol, CallSpec());
  if (!wire.http2) {
    // Before there is a call: HTTP's own answer.
    EXPECT_EQ(response.status, http_status);
  } else {
    EXPECT_EQ(DecodeResponse(response, framing, Codec::kProto).code, kResourceExhausted);
    EXPECT_EQ(response.status, wire.protocol == RpcProtocol::kConnect ? http_status : 200);
  }
}

TEST(HeadLimitTest, HeaderListIsLimited) {
  Limits limits;
  limits.max_header_list_bytes = 2000;
  for (const size_t limit : {limits.max_header_list_bytes, Limits().max_header_list_bytes}) {
    limits.max_header_list_bytes = limit;
    EchoServer server(WithLimits(limits));
    for (const Wire& wire : kWires) {
      SCOPED_TRACE(std::string(wire.name) + ", " + std::to_string(limit));
      HttpRequest request = EncodeCall(CallSpec(), FramingOf(wire.protocol, CallSpec()), Codec::kProto);
      FillTo(limit, wire.http2, &request);
      RawClient client(server.port(), wire.http2);
      EXPECT_EQ(DecodeResponse(client.Exchange(request), FramingOf(wire.protocol, CallSpec()), Codec::kProto).code, 0);
      request.headers.back().second += 'f';
      ExpectTooLarge(wire, client.Exchange(request), 431);
    }
    EXPECT_TRUE(IsAlive(server.port()));
  }
}

TEST(HeadLimitTest, NumberOfFieldsIsLimited) {
  for (const size_t limit : {size_t{20}, Limits().max_header_fields}) {
    Limits limits;
    limits.max_header_fields = limit;
    EchoServer server(WithLimits(limits));
    for (const Wire& wire : kWires) {
      SCOPED_TRACE(std::string(wire.name) + ", " + std::to_string(limit));
      HttpRequest request = EncodeCall(CallSpec(), FramingOf(wire.protocol, CallSpec()), Codec::kProto);
      const size_t own = request.headers.size() + (wire.http2 ? 0 : 2);  // host and content-length
      for (size_t i = own; i < limit; ++i) request.headers.emplace_back("x", "");
      RawClient client(server.port(), wire.http2);
      EXPECT_EQ(DecodeResponse(client.Exchange(request), FramingOf(wire.protocol, CallSpec()), Codec::kProto).code, 0);
      request.headers.emplace_back("x", "");
      ExpectTooLarge(wire, client.Exchange(request), 431);
    }
    EXPECT_TRUE(IsAlive(server.port()));
  }
}

TEST(HeadLimitTest, RequestLineIsLimited) {
  for (const size_t limit : {size_t{100}, Limits().max_request_line_bytes}) {
    Limits limits;
    limits.max_request_line_bytes = limit;
    EchoServer server(WithLimits(limits));
    for (const Wire& wire : kWires) {
      SCOPED_TRACE(std::string(wire.name) + ", " + std::to_string(limit));
      HttpRequest request = EncodeCall(CallSpec(), FramingOf(wire.protocol, CallSpec()), Codec::kProto);
      // On HTTP/1.1 the method and the version belong to the line.
      const size_t room = limit - (wire.http2 ? 0 : std::string_view("POST  HTTP/1.1").size());
      request.target += '?' + std::string(room - request.target.size() - 1, 'q');
      RawClient client(server.port(), wire.http2);
      EXPECT_EQ(DecodeResponse(client.Exchange(request), FramingOf(wire.protocol, CallSpec()), Codec::kProto).code, 0);
      request.target += 'q';
      ExpectTooLarge(wire, client.Exchange(request), 414);
    }
    EXPECT_TRUE(IsAlive(server.port()));
  }
}

}  // namespace
}  // namespace connectrpc::test
