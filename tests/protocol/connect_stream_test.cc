#include "protocol/connect_stream.h"

#include <gtest/gtest.h>

#include "protocol/transcript.h"

namespace connectrpc::protocol {
namespace {

constexpr wire::Framing kStream = wire::Framing::kConnectStream;

TEST(ConnectStreamServer, ReadsRequestHeads) {
  struct {
    const char* name;
    const char* request;
    const char* error;
    const char* meta;
  } cases[] = {
      {"bare", "POST /a.B/C", "ok", "/a.B/C codec=proto\n"},
      {"compression of messages, not that of HTTP",
       "POST /a.B/C\n"
       "connect-content-encoding: gzip\n"
       "connect-accept-encoding: br\n"
       "content-encoding: deflate\n"
       "accept-encoding: identity\n"
       "connect-timeout-ms: 5\n"
       "connect-protocol-version: 1\n"
       "x: 1\n",
       "ok", "/a.B/C codec=proto encoding=gzip accept=br timeout=5ms\nx: 1\n"},
      {"bad timeout", "POST /a.B/C\nconnect-timeout-ms: -1\n", "invalid_argument \"invalid connect-timeout-ms \"-1\"\"",
       "/a.B/C codec=proto\n"},
      {"other version", "POST /a.B/C\nconnect-protocol-version: \n",
       "invalid_argument \"unsupported connect-protocol-version \"\", expected \"1\"\"", "/a.B/C codec=proto\n"},
      {"bad metadata", "POST /a.B/C\nx-bin: !\n", "invalid_argument \"value of header \"x-bin\" is not base64\"",
       "/a.B/C codec=proto\n"},
  };
  for (const auto& test : cases) {
    SCOPED_TRACE(test.name);
    RequestMeta meta;
    Error error = kConnectStreamServer.ParseRequestHead(Request(test.request), "proto", &meta);
    EXPECT_EQ(Show(error), test.error);
    EXPECT_EQ(Show(meta), test.meta);
    EXPECT_EQ(meta.framing, kStream);
  }
}

TEST(ConnectStream, ClassifiesFrames) {
  for (int flags = 0; flags < 256; ++flags) {
    const FrameKind request = flags == 0   ? FrameKind::kMessage
                              : flags == 1 ? FrameKind::kCompressedMessage
                                           : FrameKind::kInvalid;
    const FrameKind response = flags == 2 ? FrameKind::kEnd : flags == 3 ? FrameKind::kCompressedEnd : request;
    EXPECT_EQ(kConnectStreamServer.ClassifyRequestFrame(static_cast<uint8_t>(flags)), request) << flags;
    EXPECT_EQ(kConnectStreamClient.ClassifyResponseFrame(static_cast<uint8_t>(flags)), response) << flags;
  }
}

TEST(ConnectStreamServer, WritesHeads) {
  ResponseMeta meta = Meta(kStream, "x: 1\nconnect-y: 2\n", "json");
  meta.content_encoding = "gzip";
  meta.accept_encoding = "gzip, br";
  wire::ResponseHead head;
  ASSERT_TRUE(kConnectStreamServer.WriteResponseHead(meta, &head).ok());
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(Show(head.headers),
            "content-type: application/connect+json\n"
            "connect-content-encoding: gzip\n"
            "connect-accept-encoding: gzip, br\n"
            "x: 1\n");
  EXPECT_EQ(Show(kConnectStreamServer.WriteResponseHead(Meta(kStream, "b@d: 1\n"), &head)),
            "internal \"handler set an invalid header \"b@d\"\"");
}

TEST(ConnectStreamServer, WritesEnds) {
  ResponseMeta full = Meta(kStream, "x: 1\n");
  full.accept_encoding = "gzip";
  RpcEnd with_status = End(Error(Code::kUnimplemented, "no such method"), "t: 1\n");
  with_status.http_status = 404;
  RpcEnd success_with_status = End(Error());
  success_with_status.http_status = 404;
  struct {
    const char* name;
    ResponseMeta meta;
    RpcEnd end;
    Head head;
    const char* transcript;
  } cases[] = {
      {"success", Meta(kStream), End(Error()), Head::kSent, "[02 2] {}\n"},
      {"success with trailers", Meta(kStream), End(Error(), "b-bin: \\xff\na: 1\nb-bin: \\x00\na: 2\nte: 1\n"),
       Head::kSent, "[02 48] {\"metadata\":{\"a\":[\"1\",\"2\"],\"b-bin\":[\"/w\",\"AA\"]}}\n"},
      {"error", Meta(kStream), End(WithDetails(Error(Code::kAborted, "m")), "a: 1\n"), Head::kSent,
       "[02 132] {\"error\":{\"code\":\"aborted\",\"message\":\"m\",\"details\":[{\"type\":\"a.B\",\"value\":\"CAE\"},"
       "{\"type\":\"a.C\",\"value\":\"\"}]},\"metadata\":{\"a\":[\"1\"]}}\n"},
      {"a status comes too late", Meta(kStream), with_status, Head::kSent,
       "[02 84] {\"error\":{\"code\":\"unimplemented\",\"message\":\"no such method\"},"
       "\"metadata\":{\"t\":[\"1\"]}}\n"},
      {"success without messages", full, End(Error()), Head::kOpen,
       "200\n"
       "content-type: application/connect+proto\n"
       "connect-accept-encoding: gzip\n"
       "x: 1\n"
       "\n"
       "[02 2] {}\n"},
      {"success has no status of its own", Meta(kStream), success_with_status, Head::kOpen,
       "200\n"
       "content-type: application/connect+proto\n"
       "\n"
       "[02 2] {}\n"},
      {"error without messages", full, End(Error(Code::kUnauthenticated, "")), Head::kOpen,
       "200\n"
       "content-type: application/connect+proto\n"
       "connect-accept-encoding: gzip\n"
       "x: 1\n"
       "\n"
       "[02 36] {\"error\":{\"code\":\"unauthenticated\"}}\n"},
      {"status of its own", full, with_status, Head::kOpen,
       "404\n"
       "content-type: application/json\n"
       "connect-accept-encoding: gzip\n"
       "x: 1\n"
       "trailer-t: 1\n"
       "\n"
       "{\"code\":\"unimplemented\",\"message\":\"no such method\"}\n"},
      {"code out of range", Meta(kStream), End(Error(static_cast<Code>(-1), "")), Head::kSent,
       "[02 28] {\"error\":{\"code\":\"unknown\"}}\n"},
      {"invalid trailers fail a success", Meta(kStream), End(Error(), "BAD: 1\ngood: 2\n"), Head::kSent,
       "[02 104] {\"error\":{\"code\":\"internal\",\"message\":\"handler set invalid metadata \\\"BAD\\\"\"},"
       "\"metadata\":{\"good\":[\"2\"]}}\n"},
      {"invalid headers fail a success", Meta(kStream, "bad: \\x7f\ngood: 2\n"), End(Error()), Head::kOpen,
       "200\n"
       "content-type: application/connect+proto\n"
       "good: 2\n"
       "\n"
       "[02 78] {\"error\":{\"code\":\"internal\",\"message\":\"handler set invalid metadata \\\"bad\\\"\"}}\n"},
      {"invalid metadata is left out of an error", Meta(kStream, "bad: \\x7f\n"),
       End(Error(Code::kAborted, ""), "bad: \\x7f\n"), Head::kOpen,
       "200\n"
       "content-type: application/connect+proto\n"
       "\n"
       "[02 28] {\"error\":{\"code\":\"aborted\"}}\n"},
  };
  for (const auto& test : cases) {
    SCOPED_TRACE(test.name);
    EXPECT_EQ(Ending(test.meta, test.end, test.head), test.transcript);
  }
}

TEST(ConnectStreamClient, WritesRequestHeads) {
  RequestMeta meta;
  meta.framing = kStream;
  meta.path = "/a.B/C";
  meta.codec = "proto";
  meta.content_encoding = "gzip";
  meta.accept_encoding = "br";
  meta.timeout = std::chrono::microseconds(1);
  meta.metadata = Fields("accept-encoding: evil\nx: 1\n");
  wire::RequestHead head;
  ASSERT_TRUE(kConnectStreamClient.WriteRequestHead(meta, &head).ok());
  EXPECT_EQ(Show(head),
            "POST /a.B/C\n"
            "content-type: application/connect+proto\n"
            "connect-protocol-version: 1\n"
            "connect-content-encoding: gzip\n"
            "connect-timeout-ms: 1\n"
            "connect-accept-encoding: br\n"
            "x: 1\n"
            "accept-encoding: identity\n");
}

TEST(ConnectStreamClient, ReadsResponseHeads) {
  struct {
    const char* name;
    const char* response;
    const char* error;
    const char* meta;
  } cases[] = {
      {"success",
       "200\n"
       "content-type: application/connect+proto\n"
       "connect-content-encoding: gzip\n"
       "connect-accept-encoding: br\n"
       "x: 1\n",
       "ok", "codec=proto encoding=gzip accept=br\nx: 1\n"},
      {"no type", "200\n", "ok", "codec=proto\n"},
      {"other codec", "200\ncontent-type: application/connect+json\n",
       "internal \"invalid content-type \"application/connect+json\", expected \"application/connect+proto\"\"",
       "codec=proto\n"},
      {"unary type", "200\ncontent-type: application/proto\n",
       "unknown \"invalid content-type \"application/proto\", expected \"application/connect+proto\"\"",
       "codec=proto\n"},
      {"foreign type", "200\ncontent-type: image/jpeg\n",
       "unknown \"invalid content-type \"image/jpeg\", expected \"application/connect+proto\"\"", "codec=proto\n"},
      {"status", "401\ncontent-type: text/html\nx: 1\n", "unauthenticated \"HTTP status 401\"", "codec=proto\nx: 1\n"},
  };
  RequestMeta request;
  request.framing = kStream;
  request.codec = "proto";
  for (const auto& test : cases) {
    SCOPED_TRACE(test.name);
    ResponseMeta meta;
    std::optional<RpcEnd> head_end = RpcEnd();
    Error error = kConnectStreamClient.ParseResponseHead(request, Response(test.response), &meta, &head_end);
    EXPECT_EQ(Show(error), test.error);
    EXPECT_EQ(Show(meta), test.meta);
    EXPECT_FALSE(head_end.has_value());
    EXPECT_EQ(Show(kConnectStreamClient.ParseErrorBody(meta, R"({"code":"aborted"})", error)), Show(error));
  }
}

TEST(ConnectStreamClient, StreamWithoutEndIsBroken) {
  for (HasBody has_body : {HasBody::kNo, HasBody::kYes}) {
    RpcEnd end = kConnectStreamClient.ParseTrailers(Fields("grpc-status: 0\n"), has_body, std::nullopt);
    EXPECT_EQ(Show(end), "internal \"response ended without the end of the stream\"\n");
  }
}

TEST(ConnectStreamClient, ReadsEndFrames) {
  EXPECT_EQ(Show(kConnectStreamClient.ParseEndFrame("{}", EndLimits())), "ok\n");
  EXPECT_EQ(Show(kConnectStreamClient.ParseEndFrame("", EndLimits())), "internal \"malformed end of stream\"\n");
}

}  // namespace
}  // namespace connectrpc::protocol
