#include "protocol/connect_unary.h"

#include <gtest/gtest.h>

#include "protocol/transcript.h"

namespace connectrpc::protocol {
namespace {

constexpr wire::Framing kUnary = wire::Framing::kConnectUnary;

TEST(ConnectUnaryServer, ReadsRequestHeads) {
  struct {
    const char* name;
    const char* request;
    const char* error;
    const char* meta;
  } cases[] = {
      {"bare", "POST /a.B/C", "ok", "/a.B/C codec=json\n"},
      {"query is no part of the path", "POST /a.B/C?x=1", "ok", "/a.B/C codec=json\n"},
      {"everything",
       "POST /a.B/C\n"
       "content-type: application/json\n"
       "connect-protocol-version: 1\n"
       "connect-timeout-ms: 1500\n"
       "content-encoding: gzip\n"
       "accept-encoding: br, gzip;q=0.5\n"
       "x-a: 1\n"
       "x-a: 2\n"
       "x-b-bin: AAE=,Ag\n",
       "ok",
       "/a.B/C codec=json encoding=gzip accept=br, gzip;q=0.5 timeout=1500ms\n"
       "x-a: 1\n"
       "x-a: 2\n"
       "x-b-bin: \\x00\\x01\n"
       "x-b-bin: \\x02\n"},
      {"identity is no encoding", "POST /a.B/C\ncontent-encoding: Identity\n", "ok", "/a.B/C codec=json\n"},
      {"encodings in any case", "POST /a.B/C\ncontent-encoding: GZip\n", "ok", "/a.B/C codec=json encoding=gzip\n"},
      {"several encodings are none that we know", "POST /a.B/C\ncontent-encoding: gzip\ncontent-encoding: gzip\n", "ok",
       "/a.B/C codec=json encoding=gzip, gzip\n"},
      {"an accept list in two fields", "POST /a.B/C\naccept-encoding: br\naccept-encoding: gzip\n", "ok",
       "/a.B/C codec=json accept=br, gzip\n"},
      {"unknown encoding is for others to judge", "POST /a.B/C\ncontent-encoding: foo\n", "ok",
       "/a.B/C codec=json encoding=foo\n"},
      {"largest timeout", "POST /a.B/C\nconnect-timeout-ms: 9999999999\n", "ok",
       "/a.B/C codec=json timeout=9999999999ms\n"},
      {"timeout of eleven digits", "POST /a.B/C\nconnect-timeout-ms: 10000000000\n",
       "invalid_argument \"invalid connect-timeout-ms \"10000000000\"\"", "/a.B/C codec=json\n"},
      {"timeout is no number", "POST /a.B/C\nconnect-timeout-ms: 1\\x0a\n",
       "invalid_argument \"invalid connect-timeout-ms \"1\\x0a\"\"", "/a.B/C codec=json\n"},
      {"other version", "POST /a.B/C\nconnect-protocol-version: 2\n",
       "invalid_argument \"unsupported connect-protocol-version \"2\", expected \"1\"\"", "/a.B/C codec=json\n"},
      {"invalid name", "POST /a.B/C\nx y: 1\n", "invalid_argument \"invalid header name \"x y\"\"",
       "/a.B/C codec=json\n"},
      {"invalid value", "POST /a.B/C\nx: a\\x09b\n", "invalid_argument \"invalid value of header \"x\"\"",
       "/a.B/C codec=json\n"},
      {"invalid base64", "POST /a.B/C\nx-bin: *\n", "invalid_argument \"value of header \"x-bin\" is not base64\"",
       "/a.B/C codec=json\n"},
  };
  for (const auto& test : cases) {
    SCOPED_TRACE(test.name);
    RequestMeta meta;
    meta.get_message = "of the call before";
    Error error = kConnectUnaryServer.ParseRequestHead(Request(test.request), "json", &meta);
    EXPECT_EQ(Show(error), test.error);
    EXPECT_EQ(Show(meta), test.meta);
    EXPECT_EQ(meta.framing, kUnary);
  }
}

TEST(ConnectUnaryServer, HasNoEnvelopes) {
  for (int flags = 0; flags < 256; ++flags) {
    EXPECT_EQ(kConnectUnaryServer.ClassifyRequestFrame(static_cast<uint8_t>(flags)), FrameKind::kInvalid);
    EXPECT_EQ(kConnectUnaryClient.ClassifyResponseFrame(static_cast<uint8_t>(flags)), FrameKind::kInvalid);
  }
  EXPECT_EQ(kConnectUnaryClient.ParseEndFrame("{}", EndLimits()).error.code, Code::kInternal);
}

TEST(ConnectUnaryServer, WritesSuccess) {
  ResponseMeta meta = Meta(kUnary, "x-a: 1\nx-b-bin: \\x00\\x01\ncontent-length: 7\n", "json");
  meta.content_encoding = "gzip";
  meta.accept_encoding = "gzip, br";
  wire::ResponseHead head;
  wire::OutgoingBody body;
  head.headers.Add("left", "over");
  ASSERT_TRUE(kConnectUnaryServer.WriteResponseHead(meta, &head).ok());
  body.queue.Append("message");
  kConnectUnaryServer.WriteEnd(meta, End(Error(), "t: 1\nt: 2\nu-bin: \\xff\ngrpc-status: 5\n"), &head, &body);
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(Show(head.headers),
            "content-type: application/json\n"
            "content-encoding: gzip\n"
            "accept-encoding: gzip, br\n"
            "x-a: 1\n"
            "x-b-bin: AAE\n"
            "trailer-t: 1\n"
            "trailer-t: 2\n"
            "trailer-u-bin: /w\n");
  EXPECT_EQ(Bytes(body.queue), "message");
  EXPECT_TRUE(body.trailers.empty());
}

TEST(ConnectUnaryServer, RefusesInvalidHeaders) {
  wire::ResponseHead head;
  EXPECT_EQ(Show(kConnectUnaryServer.WriteResponseHead(Meta(kUnary, "x: a\\x0d\\x0ab\n"), &head)),
            "internal \"handler set an invalid header \"x\"\"");
}

TEST(ConnectUnaryServer, InvalidTrailersTurnSuccessIntoAnError) {
  ResponseMeta meta = Meta(kUnary, "x: 1\n");
  meta.content_encoding = "gzip";
  wire::ResponseHead head;
  wire::OutgoingBody body;
  ASSERT_TRUE(kConnectUnaryServer.WriteResponseHead(meta, &head).ok());
  body.queue.Append("message");
  RpcEnd end = End(Error(), "good: 1\nbad: \\x00\n");
  end.http_status = 200;  // of the success that it was
  kConnectUnaryServer.WriteEnd(meta, end, &head, &body);
  EXPECT_EQ(head.status, 500);
  EXPECT_EQ(Show(head.headers),
            "content-type: application/json\n"
            "x: 1\n"
            "trailer-good: 1\n");
  EXPECT_EQ(Bytes(body.queue), R"({"code":"internal","message":"handler set invalid metadata \"bad\""})");
}

TEST(ConnectUnaryServer, WritesErrors) {
  ResponseMeta plain = Meta(kUnary);
  ResponseMeta full = Meta(kUnary, "x: 1\nx: 2\ncontent-type: text/html\n");
  full.accept_encoding = "gzip";
  full.content_encoding = "gzip";  // of messages: the error goes out as it is
  RpcEnd with_status = End(Error(Code::kResourceExhausted, ""));
  with_status.http_status = 431;
  struct {
    const char* name;
    ResponseMeta meta;
    RpcEnd end;
    const char* transcript;
  } cases[] = {
      {"code only", plain, End(Error(Code::kUnavailable, "")),
       "503\n"
       "content-type: application/json\n"
       "\n"
       "{\"code\":\"unavailable\"}\n"},
      {"everything", full, End(WithDetails(Error(Code::kNotFound, "no \"x\"\r\n")), "t: 3\nu-bin: \\xff\n"),
       "404\n"
       "content-type: application/json\n"
       "accept-encoding: gzip\n"
       "x: 1\n"
       "x: 2\n"
       "trailer-t: 3\n"
       "trailer-u-bin: /w\n"
       "\n"
       "{\"code\":\"not_found\",\"message\":\"no \\\"x\\\"\\r\\n\","
       "\"details\":[{\"type\":\"a.B\",\"value\":\"CAE\"},{\"type\":\"a.C\",\"value\":\"\"}]}\n"},
      {"status of its own", plain, with_status,
       "431\n"
       "content-type: application/json\n"
       "\n"
       "{\"code\":\"resource_exhausted\"}\n"},
      {"code out of range", plain, End(Error(static_cast<Code>(17), "m")),
       "500\n"
       "content-type: application/json\n"
       "\n"
       "{\"code\":\"unknown\",\"message\":\"m\"}\n"},
      {"invalid metadata is left out", Meta(kUnary, "good: 1\nbad: \\x00\n"),
       End(Error(Code::kAborted, "m"), "BAD: 1\nfine: 2\n"),
       "409\n"
       "content-type: application/json\n"
       "good: 1\n"
       "trailer-fine: 2\n"
       "\n"
       "{\"code\":\"aborted\",\"message\":\"m\"}\n"},
  };
  for (const auto& test : cases) {
    SCOPED_TRACE(test.name);
    EXPECT_EQ(Ending(test.meta, test.end), test.transcript);
  }
}

TEST(ConnectUnaryServer, HasNothingToSayAfterTheHead) {
  EXPECT_EQ(Ending(Meta(kUnary), End(Error(Code::kAborted, "m")), Head::kSent), "");
}

TEST(ConnectUnaryClient, WritesRequestHeads) {
  RequestMeta meta;
  meta.framing = kUnary;
  meta.path = "/a.B/C";
  meta.codec = "json";
  meta.content_encoding = "gzip";
  meta.accept_encoding = "gzip, br";
  meta.timeout = std::chrono::seconds(2);
  meta.metadata = Fields("x: 1\ny-bin: \\x00\nhost: evil\nte: trailers\n");
  wire::RequestHead head;
  head.headers.Add("left", "over");
  ASSERT_TRUE(kConnectUnaryClient.WriteRequestHead(meta, &head).ok());
  EXPECT_EQ(Show(head),
            "POST /a.B/C\n"
            "content-type: application/json\n"
            "connect-protocol-version: 1\n"
            "content-encoding: gzip\n"
            "connect-timeout-ms: 2000\n"
            "accept-encoding: gzip, br\n"
            "x: 1\n"
            "y-bin: AA\n");
}

TEST(ConnectUnaryClient, LeavesOutTimeoutsThatHaveNoForm) {
  RequestMeta meta;
  meta.path = "/a.B/C";
  meta.codec = "proto";
  meta.timeout = std::chrono::milliseconds(9'999'999'999);
  wire::RequestHead head;
  ASSERT_TRUE(kConnectUnaryClient.WriteRequestHead(meta, &head).ok());
  EXPECT_EQ(head.headers.Find("connect-timeout-ms"), "9999999999");
  *meta.timeout += std::chrono::milliseconds(1);
  ASSERT_TRUE(kConnectUnaryClient.WriteRequestHead(meta, &head).ok());
  EXPECT_EQ(head.headers.Find("connect-timeout-ms"), std::nullopt);
}

TEST(ConnectUnaryClient, RefusesInvalidMetadata) {
  RequestMeta meta;
  meta.metadata = Fields("x: 1\nHost: 2\n");
  wire::RequestHead head;
  EXPECT_EQ(Show(kConnectUnaryClient.WriteRequestHead(meta, &head)),
            "invalid_argument \"header \"Host\" is not valid metadata\"");
}

TEST(ConnectUnaryClient, ReadsResponseHeads) {
  struct {
    const char* name;
    const char* response;
    const char* error;
    const char* meta;
    const char* trailers;
  } cases[] = {
      {"success",
       "200\n"
       "content-type: Application/Proto; charset=utf-8\n"
       "content-encoding: gzip\n"
       "accept-encoding: br\n"
       "x: 1\n"
       "trailer-t: 2\n"
       "trailer-u-bin: AAE=\n"
       "trailer-connect-z: 1\n",
       "ok", "codec=proto encoding=gzip accept=br\nx: 1\n", "t: 2\nu-bin: \\x00\\x01\n"},
      {"no type", "200\n", "ok", "codec=proto\n", ""},
      {"other codec", "200\ncontent-type: application/json\n",
       "internal \"invalid content-type \"application/json\", expected \"application/proto\"\"", "codec=proto\n", ""},
      {"a prefix is no match", "200\ncontent-type: application/protobuf\n",
       "unknown \"invalid content-type \"application/protobuf\", expected \"application/proto\"\"", "codec=proto\n",
       ""},
      {"foreign type", "200\ncontent-type: text/html\n",
       "unknown \"invalid content-type \"text/html\", expected \"application/proto\"\"", "codec=proto\n", ""},
      {"stream type", "200\ncontent-type: application/connect+proto\n",
       "unknown \"invalid content-type \"application/connect+proto\", expected \"application/proto\"\"",
       "codec=proto\n", ""},
      {"error with JSON", "404\ncontent-type: application/json; charset=utf-8\nx: 1\ntrailer-t: 2\n",
       "unimplemented \"HTTP status 404\"", "codec=json\nx: 1\n", "t: 2\n"},
      {"error of no type", "503\n", "unavailable \"HTTP status 503\"", "codec=json\n", ""},
      {"error of another type", "403\ncontent-type: application/proto\n", "permission_denied \"HTTP status 403\"",
       "codec=\n", ""},
      {"no error status, but not 200 either", "204\n", "unknown \"HTTP status 204\"", "codec=json\n", ""},
      {"no such status", "800\n", "unknown \"HTTP status 800\"", "codec=json\n", ""},
      {"fields that are no metadata are passed over",
       "200\nbad: \\xff\nbad-bin: *\nb@d: 1\ngood: 1\ntrailer-bad: \\xff\n", "ok", "codec=proto\ngood: 1\n", ""},
  };
  RequestMeta request;
  request.framing = kUnary;
  request.codec = "proto";
  for (const auto& test : cases) {
    SCOPED_TRACE(test.name);
    ResponseMeta meta;
    std::optional<RpcEnd> head_end;
    Error error = kConnectUnaryClient.ParseResponseHead(request, Response(test.response), &meta, &head_end);
    EXPECT_EQ(Show(error), test.error);
    EXPECT_EQ(Show(meta), test.meta);
    ASSERT_TRUE(head_end.has_value());
    EXPECT_EQ(Show(head_end->error), test.error);
    EXPECT_EQ(Show(head_end->trailers), test.trailers);
    EXPECT_EQ(Show(kConnectUnaryClient.ParseTrailers(HeaderList(), HasBody::kYes, head_end)), Show(*head_end));
  }
}

TEST(ConnectUnaryClient, ReadsErrorBodies) {
  const Error fallback(Code::kUnavailable, "HTTP status 503");
  struct {
    const char* name;
    const char* codec;
    const char* body;
    const char* error;
  } cases[] = {
      {"an error", "json", R"({"code":"not_found","message":"m"})", "not_found \"m\""},
      {"no JSON type", "", R"({"code":"not_found","message":"m"})", "unavailable \"HTTP status 503\""},
      {"empty", "json", "", "unavailable \"HTTP status 503\""},
      {"null", "json", "null", "unavailable \"HTTP status 503\""},
      {"not JSON", "json", "<html>", "unavailable \"HTTP status 503\""},
      {"unknown code keeps the message", "json", R"({"code":"foo","message":"m"})", "unavailable \"m\""},
  };
  for (const auto& test : cases) {
    SCOPED_TRACE(test.name);
    ResponseMeta meta = Meta(kUnary, "", test.codec);
    EXPECT_EQ(Show(kConnectUnaryClient.ParseErrorBody(meta, test.body, fallback)), test.error);
  }
}

}  // namespace
}  // namespace connectrpc::protocol
