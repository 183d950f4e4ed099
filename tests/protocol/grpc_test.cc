#include "protocol/grpc.h"

#include <gtest/gtest.h>

#include "protocol/transcript.h"

namespace connectrpc::protocol {
namespace {

constexpr wire::Framing kGrpc = wire::Framing::kGrpc;

TEST(GrpcServer, ReadsRequestHeads) {
  struct {
    const char* name;
    const char* request;
    const char* error;
    const char* meta;
  } cases[] = {
      {"bare, without te", "POST /a.B/C\ncontent-type: application/grpc\n", "ok", "/a.B/C codec=proto\n"},
      {"everything",
       "POST /a.B/C\n"
       "te: trailers\n"
       "grpc-timeout: 1500m\n"
       "grpc-encoding: gzip\n"
       "grpc-accept-encoding: identity,gzip\n"
       "content-encoding: br\n"
       "x: 1\n"
       "y-bin: AA,AQ==\n",
       "ok",
       "/a.B/C codec=proto encoding=gzip accept=identity,gzip timeout=1500ms\nx: 1\ny-bin: \\x00\ny-bin: \\x01\n"},
      {"identity", "POST /a.B/C\ngrpc-encoding: identity\n", "ok", "/a.B/C codec=proto\n"},
      {"timeout of eight digits", "POST /a.B/C\ngrpc-timeout: 99999999m\n", "ok",
       "/a.B/C codec=proto timeout=99999999ms\n"},
      {"timeout of nine digits", "POST /a.B/C\ngrpc-timeout: 100000000m\n",
       "invalid_argument \"invalid grpc-timeout \"100000000m\"\"", "/a.B/C codec=proto\n"},
      {"timeout without unit", "POST /a.B/C\ngrpc-timeout: 5\n", "invalid_argument \"invalid grpc-timeout \"5\"\"",
       "/a.B/C codec=proto\n"},
      {"Connect's timeout is none of ours", "POST /a.B/C\nconnect-timeout-ms: x\n", "ok", "/a.B/C codec=proto\n"},
      {"bad metadata", "POST /a.B/C\nx: \\xff\n", "invalid_argument \"invalid value of header \"x\"\"",
       "/a.B/C codec=proto\n"},
  };
  for (const auto& test : cases) {
    SCOPED_TRACE(test.name);
    RequestMeta meta;
    Error error = kGrpcServer.ParseRequestHead(Request(test.request), "proto", &meta);
    EXPECT_EQ(Show(error), test.error);
    EXPECT_EQ(Show(meta), test.meta);
    EXPECT_EQ(meta.framing, kGrpc);
  }
}

TEST(Grpc, ClassifiesFrames) {
  for (int flags = 0; flags < 256; ++flags) {
    const FrameKind kind = flags == 0 ? FrameKind::kMessage
                           : flags == 1
                               ? FrameKind::kCompressedMessage
                               : FrameKind::kInvalid;  // 0x80, gRPC-Web's trailers, and Connect's 0x02 among them
    EXPECT_EQ(kGrpcServer.ClassifyRequestFrame(static_cast<uint8_t>(flags)), kind) << flags;
    EXPECT_EQ(kGrpcClient.ClassifyResponseFrame(static_cast<uint8_t>(flags)), kind) << flags;
  }
  EXPECT_EQ(kGrpcClient.ParseEndFrame("grpc-status: 0\r\n", EndLimits()).error.code, Code::kInternal);
}

TEST(GrpcServer, WritesHeads) {
  ResponseMeta meta = Meta(kGrpc, "x: 1\ny-bin: \\x00\ngrpc-status: 5\n", "json");
  meta.content_encoding = "gzip";
  meta.accept_encoding = "gzip, br";
  wire::ResponseHead head;
  ASSERT_TRUE(kGrpcServer.WriteResponseHead(meta, &head).ok());
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(Show(head.headers),
            "content-type: application/grpc+json\n"
            "grpc-accept-encoding: gzip, br\n"
            "grpc-encoding: gzip\n"
            "x: 1\n"
            "y-bin: AA\n");
  EXPECT_EQ(Show(kGrpcServer.WriteResponseHead(Meta(kGrpc, "x: \\xff\n"), &head)),
            "internal \"handler set an invalid header \"x\"\"");
}

TEST(GrpcServer, WritesEnds) {
  ResponseMeta advertising = Meta(kGrpc);
  advertising.accept_encoding = "gzip";
  advertising.content_encoding = "gzip";
  ResponseMeta with_metadata = Meta(kGrpc, "x: 1\n");
  with_metadata.content_encoding = "gzip";
  RpcEnd with_status = End(Error(Code::kUnimplemented, ""));
  with_status.http_status = 404;
  Error ok_with_details = WithDetails(Error(Code::kOk, "fine"));
  struct {
    const char* name;
    ResponseMeta meta;
    RpcEnd end;
    Head head;
    const char* transcript;
  } cases[] = {
      {"success", Meta(kGrpc), End(Error()), Head::kSent, "grpc-status: 0\n"},
      {"success says no more", Meta(kGrpc), End(ok_with_details), Head::kSent, "grpc-status: 0\n"},
      {"success with trailers", Meta(kGrpc), End(Error(), "t: 1\nt: 2\nu-bin: \\xff\ngrpc-message: x\n"), Head::kSent,
       "grpc-status: 0\nt: 1\nt: 2\nu-bin: /w\n"},
      {"error", Meta(kGrpc), End(Error(Code::kNotFound, " 100%\r\n\xc3\xa9 "), "t: 1\n"), Head::kSent,
       "grpc-status: 5\ngrpc-message: %20100%25%0D%0A%C3%A9%20\nt: 1\n"},
      {"error without message", Meta(kGrpc), End(Error(Code::kUnauthenticated, "")), Head::kSent, "grpc-status: 16\n"},
      {"details", Meta(kGrpc), End(WithDetails(Error(Code::kNotFound, "m"))), Head::kSent,
       "grpc-status: 5\n"
       "grpc-message: m\n"
       "grpc-status-details-bin: CAUSAW0aHQoXdHlwZS5nb29nbGVhcGlzLmNvbS9hLkISAggBGhkKF3R5cGUuZ29vZ2xlYXBpcy5jb20vYS5D"
       "\n"},
      {"what is not UTF-8", Meta(kGrpc), End(Error(Code::kNotFound, "a\xff")), Head::kSent,
       "grpc-status: 5\ngrpc-message: a%EF%BF%BD\n"},
      {"Trailers-Only", advertising, End(Error(Code::kUnimplemented, "m"), "t: 1\n"), Head::kOpen,
       "200\n"
       "content-type: application/grpc\n"
       "grpc-accept-encoding: gzip\n"
       "grpc-status: 12\n"
       "grpc-message: m\n"
       "t: 1\n"},
      {"Trailers-Only success", Meta(kGrpc), End(Error()), Head::kOpen,
       "200\n"
       "content-type: application/grpc\n"
       "grpc-status: 0\n"},
      {"HTTP status is always 200", Meta(kGrpc), with_status, Head::kOpen,
       "200\n"
       "content-type: application/grpc\n"
       "grpc-status: 12\n"},
      {"headers stay apart from trailers", with_metadata, End(Error(Code::kAborted, "m"), "t: 1\n"), Head::kOpen,
       "200\n"
       "content-type: application/grpc\n"
       "grpc-encoding: gzip\n"
       "x: 1\n"
       "\n"
       "grpc-status: 10\n"
       "grpc-message: m\n"
       "t: 1\n"},
      {"code out of range", Meta(kGrpc), End(Error(static_cast<Code>(17), "m")), Head::kSent,
       "grpc-status: 2\ngrpc-message: m\n"},
      {"invalid trailers fail a success", Meta(kGrpc), End(Error(), "bad: \\x00\ngood: 2\n"), Head::kSent,
       "grpc-status: 13\ngrpc-message: handler set invalid metadata \"bad\"\ngood: 2\n"},
      {"invalid headers fail a success", Meta(kGrpc, "bad: \\x00\ngood: 2\n"), End(Error()), Head::kOpen,
       "200\n"
       "content-type: application/grpc\n"
       "good: 2\n"
       "\n"
       "grpc-status: 13\n"
       "grpc-message: handler set invalid metadata \"bad\"\n"},
      {"invalid metadata is left out of an error", Meta(kGrpc, "bad: \\x00\n"),
       End(Error(Code::kAborted, ""), "bad: \\x00\n"), Head::kOpen,
       "200\n"
       "content-type: application/grpc\n"
       "grpc-status: 10\n"},
  };
  for (const auto& test : cases) {
    SCOPED_TRACE(test.name);
    EXPECT_EQ(Ending(test.meta, test.end, test.head), test.transcript);
  }
}

TEST(GrpcClient, WritesRequestHeads) {
  RequestMeta meta;
  meta.framing = kGrpc;
  meta.path = "/a.B/C";
  meta.codec = "json";
  meta.content_encoding = "gzip";
  meta.accept_encoding = "gzip";
  meta.timeout = std::chrono::seconds(1);
  meta.metadata = Fields("x: 1\ny-bin: \\x00\ngrpc-timeout: 1n\n");
  wire::RequestHead head;
  ASSERT_TRUE(kGrpcClient.WriteRequestHead(meta, &head).ok());
  EXPECT_EQ(Show(head),
            "POST /a.B/C\n"
            "grpc-timeout: 1000000u\n"
            "content-type: application/grpc+json\n"
            "te: trailers\n"
            "grpc-encoding: gzip\n"
            "grpc-accept-encoding: gzip\n"
            "x: 1\n"
            "y-bin: AA\n");
}

// gRPC and gRPC-Web alike, but for the types; here gRPC.
TEST(GrpcClient, ReadsResponseHeads) {
  struct {
    const char* name;
    const char* response;
    const char* error;
    const char* meta;
    const char* head_end;
  } cases[] = {
      {"success", "200\ncontent-type: application/grpc\ngrpc-encoding: gzip\ngrpc-accept-encoding: br\nx: 1\n", "ok",
       "codec=proto encoding=gzip accept=br\nx: 1\n", "none"},
      {"named codec", "200\ncontent-type: application/grpc+proto;x=1\n", "ok", "codec=proto\n", "none"},
      {"no type", "200\n", "ok", "codec=proto\n", "none"},
      {"other codec", "200\ncontent-type: application/grpc+json\n",
       "internal \"invalid content-type \"application/grpc+json\", expected \"application/grpc\"\"", "codec=proto\n",
       "none"},
      {"gRPC-Web", "200\ncontent-type: application/grpc-web\n",
       "unknown \"invalid content-type \"application/grpc-web\", expected \"application/grpc\": the server speaks "
       "grpc-web\"",
       "codec=proto\n", "none"},
      {"a prefix is no match", "200\ncontent-type: application/grpcfoo\n",
       "unknown \"invalid content-type \"application/grpcfoo\", expected \"application/grpc\"\"", "codec=proto\n",
       "none"},
      {"status", "503\ncontent-type: text/html\nx: 1\n", "unavailable \"HTTP status 503\"", "codec=proto\nx: 1\n",
       "none"},
      {"maybe Trailers-Only", "200\ngrpc-status: 5\ngrpc-message: a%20b\nt: 1\n", "ok", "codec=proto\nt: 1\n",
       "not_found \"a b\"\nt: 1\n"},
      {"status, and that of gRPC", "503\ncontent-type: text/plain\ngrpc-status: 7\ngrpc-message: m\nt: 1\n",
       "permission_denied \"m\"", "codec=proto\nt: 1\n", "permission_denied \"m\"\nt: 1\n"},
      {"status against gRPC's ok", "503\ngrpc-status: 0\n", "unavailable \"HTTP status 503\"", "codec=proto\n", "none"},
      {"fields that are no metadata", "200\nbad: \\xff\ngood: 1\n", "ok", "codec=proto\ngood: 1\n", "none"},
  };
  RequestMeta request;
  request.framing = kGrpc;
  request.codec = "proto";
  for (const auto& test : cases) {
    SCOPED_TRACE(test.name);
    ResponseMeta meta;
    std::optional<RpcEnd> head_end = RpcEnd();
    Error error = kGrpcClient.ParseResponseHead(request, Response(test.response), &meta, &head_end);
    EXPECT_EQ(Show(error), test.error);
    EXPECT_EQ(Show(meta), test.meta);
    EXPECT_EQ(head_end.has_value() ? Show(*head_end) : "none", test.head_end);
    EXPECT_EQ(Show(kGrpcClient.ParseErrorBody(meta, R"({"code":"aborted"})", error)), Show(error));
  }
}

TEST(GrpcClient, ReadsEnds) {
  const RpcEnd in_head = End(Error(Code::kAborted, "in the head"), "h: 1\n");
  struct {
    const char* name;
    const char* trailers;
    HasBody has_body;
    std::optional<RpcEnd> head_end;
    const char* end;
  } cases[] = {
      {"ok", "grpc-status: 0\nt: 1\n", HasBody::kYes, std::nullopt, "ok\nt: 1\n"},
      {"error", "grpc-status: 5\ngrpc-message: m\nt-bin: AA\n", HasBody::kNo, std::nullopt,
       "not_found \"m\"\nt-bin: \\x00\n"},
      {"no trailers", "", HasBody::kYes, std::nullopt, "internal \"response ended without trailers\"\n"},
      {"nothing at all", "", HasBody::kNo, std::nullopt, "internal \"response ended without trailers\"\n"},
      {"no status", "grpc-message: m\nt: 1\n", HasBody::kYes, std::nullopt,
       "unknown \"response trailers have no grpc-status\"\nt: 1\n"},
      {"Trailers-Only", "", HasBody::kNo, in_head, "aborted \"in the head\"\nh: 1\n"},
      {"a body overrides the head", "", HasBody::kYes, in_head, "internal \"response ended without trailers\"\n"},
      {"trailers override the head", "grpc-status: 9\n", HasBody::kNo, in_head, "failed_precondition \"\"\n"},
      {"even without a status", "t: 1\n", HasBody::kNo, in_head,
       "unknown \"response trailers have no grpc-status\"\nt: 1\n"},
  };
  for (const auto& test : cases) {
    SCOPED_TRACE(test.name);
    EXPECT_EQ(Show(kGrpcClient.ParseTrailers(Fields(test.trailers), test.has_body, test.head_end)), test.end);
  }
}

}  // namespace
}  // namespace connectrpc::protocol
