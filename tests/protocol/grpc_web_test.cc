#include "protocol/grpc_web.h"

#include <gtest/gtest.h>

#include "protocol/transcript.h"

namespace connectrpc::protocol {
namespace {

constexpr wire::Framing kWeb = wire::Framing::kGrpcWeb;

TEST(GrpcWebServer, ReadsRequestHeads) {
  RequestMeta meta;
  Error error = kGrpcWebServer.ParseRequestHead(Request("POST /a.B/C\n"
                                                        "grpc-timeout: 5S\n"
                                                        "grpc-encoding: gzip\n"
                                                        "grpc-accept-encoding: br\n"
                                                        "x: 1\n"),
                                                "json", &meta);
  EXPECT_EQ(Show(error), "ok");
  EXPECT_EQ(Show(meta), "/a.B/C codec=json encoding=gzip accept=br timeout=5000ms\nx: 1\n");
  EXPECT_EQ(meta.framing, kWeb);
  error = kGrpcWebServer.ParseRequestHead(Request("POST /a.B/C\ngrpc-timeout: 5s\n"), "json", &meta);
  EXPECT_EQ(Show(error), "invalid_argument \"invalid grpc-timeout \"5s\"\"");
  EXPECT_EQ(meta.framing, kWeb);
}

TEST(GrpcWeb, ClassifiesFrames) {
  for (int flags = 0; flags < 256; ++flags) {
    const FrameKind request = flags == 0   ? FrameKind::kMessage
                              : flags == 1 ? FrameKind::kCompressedMessage
                                           : FrameKind::kInvalid;
    const FrameKind response = flags == 0x80 ? FrameKind::kEnd : flags == 0x81 ? FrameKind::kCompressedEnd : request;
    EXPECT_EQ(kGrpcWebServer.ClassifyRequestFrame(static_cast<uint8_t>(flags)), request) << flags;
    EXPECT_EQ(kGrpcWebClient.ClassifyResponseFrame(static_cast<uint8_t>(flags)), response) << flags;
  }
}

TEST(GrpcWebServer, WritesHeads) {
  ResponseMeta meta = Meta(kWeb, "x: 1\n");
  meta.content_encoding = "gzip";
  wire::ResponseHead head;
  ASSERT_TRUE(kGrpcWebServer.WriteResponseHead(meta, &head).ok());
  EXPECT_EQ(Show(head.headers), "content-type: application/grpc-web+proto\ngrpc-encoding: gzip\nx: 1\n");
}

TEST(GrpcWebServer, WritesEnds) {
  RpcEnd with_status = End(Error(Code::kUnimplemented, ""));
  with_status.http_status = 404;
  struct {
    const char* name;
    ResponseMeta meta;
    RpcEnd end;
    Head head;
    const char* transcript;
  } cases[] = {
      {"success", Meta(kWeb), End(Error()), Head::kSent, "[80 16] grpc-status: 0\\x0d\\x0a\n"},
      {"success with trailers", Meta(kWeb), End(Error(), "t: 1\nu-bin: \\xff\n"), Head::kSent,
       "[80 33] grpc-status: 0\\x0d\\x0at: 1\\x0d\\x0au-bin: /w\\x0d\\x0a\n"},
      {"error cannot break out of its line", Meta(kWeb), End(Error(Code::kNotFound, "a\r\nt: 1")), Head::kSent,
       "[80 43] grpc-status: 5\\x0d\\x0agrpc-message: a%0D%0At: 1\\x0d\\x0a\n"},
      {"Trailers-Only", Meta(kWeb), End(Error(Code::kAborted, "m"), "t: 1\n"), Head::kOpen,
       "200\n"
       "content-type: application/grpc-web+proto\n"
       "grpc-status: 10\n"
       "grpc-message: m\n"
       "t: 1\n"},
      {"HTTP status is always 200", Meta(kWeb), with_status, Head::kOpen,
       "200\n"
       "content-type: application/grpc-web+proto\n"
       "grpc-status: 12\n"},
      {"headers stay apart from trailers", Meta(kWeb, "x: 1\n"), End(Error(Code::kAborted, ""), "t: 1\n"), Head::kOpen,
       "200\n"
       "content-type: application/grpc-web+proto\n"
       "x: 1\n"
       "\n"
       "[80 23] grpc-status: 10\\x0d\\x0at: 1\\x0d\\x0a\n"},
      {"invalid trailers fail a success", Meta(kWeb), End(Error(), "bad: a\\x0d\\x0ab\n"), Head::kSent,
       "[80 67] grpc-status: 13\\x0d\\x0agrpc-message: handler set invalid metadata \"bad\"\\x0d\\x0a\n"},
  };
  for (const auto& test : cases) {
    SCOPED_TRACE(test.name);
    EXPECT_EQ(Ending(test.meta, test.end, test.head), test.transcript);
  }
}

TEST(GrpcWebClient, WritesRequestHeads) {
  RequestMeta meta;
  meta.framing = kWeb;
  meta.path = "/a.B/C";
  meta.codec = "proto";
  wire::RequestHead head;
  ASSERT_TRUE(kGrpcWebClient.WriteRequestHead(meta, &head).ok());
  EXPECT_EQ(Show(head),
            "POST /a.B/C\ncontent-type: application/grpc-web+proto\nx-grpc-web: 1\naccept-encoding: identity\n");
}

TEST(GrpcWebClient, ReadsResponseHeads) {
  struct {
    const char* name;
    const char* response;
    const char* error;
  } cases[] = {
      {"named codec", "200\ncontent-type: application/grpc-web+proto\n", "ok"},
      {"bare", "200\ncontent-type: application/grpc-web\n", "ok"},
      {"other codec", "200\ncontent-type: application/grpc-web+json\n",
       "internal \"invalid content-type \"application/grpc-web+json\", expected \"application/grpc-web+proto\"\""},
      {"gRPC", "200\ncontent-type: application/grpc\n",
       "unknown \"invalid content-type \"application/grpc\", expected \"application/grpc-web+proto\": the server "
       "speaks grpc\""},
      {"text", "200\ncontent-type: application/grpc-web-text\n",
       "unknown \"invalid content-type \"application/grpc-web-text\", expected \"application/grpc-web+proto\"\""},
  };
  RequestMeta request;
  request.framing = kWeb;
  request.codec = "proto";
  for (const auto& test : cases) {
    SCOPED_TRACE(test.name);
    ResponseMeta meta;
    std::optional<RpcEnd> head_end;
    EXPECT_EQ(Show(kGrpcWebClient.ParseResponseHead(request, Response(test.response), &meta, &head_end)), test.error);
  }
}

TEST(GrpcWebClient, ReadsEndFrames) {
  struct {
    const char* name;
    const char* payload;
    const char* end;
  } cases[] = {
      {"ok", "grpc-status: 0\r\n", "ok\n"},
      {"any case, no space, duplicates", "Grpc-Status:5\r\nGRPC-Message:a%20b\r\nX-T: 1\r\nx-t:2\r\n",
       "not_found \"a b\"\nx-t: 1\nx-t: 2\n"},
      {"binary metadata", "grpc-status: 0\r\nt-bin: AAE=\r\n", "ok\nt-bin: \\x00\\x01\n"},
      {"no status", "t: 1\r\n", "unknown \"response trailers have no grpc-status\"\nt: 1\n"},
      {"empty", "", "unknown \"response trailers have no grpc-status\"\n"},
      {"no line", "grpc-status\r\n", "internal \"malformed trailer frame\"\n"},
  };
  for (const auto& test : cases) {
    SCOPED_TRACE(test.name);
    EXPECT_EQ(Show(kGrpcWebClient.ParseEndFrame(test.payload, EndLimits())), test.end);
  }
}

TEST(GrpcWebClient, BoundsEndFrames) {
  EndLimits limits;
  limits.max_fields = 3;
  std::string payload = "grpc-status: 0\r\na: 1\r\nb: 2\r\n";
  EXPECT_EQ(Show(kGrpcWebClient.ParseEndFrame(payload, limits).error), "ok");
  EXPECT_EQ(Show(kGrpcWebClient.ParseEndFrame(payload + "c: 3\r\n", limits).error),
            "resource_exhausted \"too much metadata at the end of the response\"");
}

TEST(GrpcWebClient, ReadsEndsWithoutAFrame) {
  const RpcEnd in_head = End(Error(Code::kAborted, "m"), "h: 1\n");
  const char* broken = "internal \"response ended without its trailer frame\"\n";
  // HTTP trailers mean nothing here.
  const HeaderList trailers = Fields("grpc-status: 0\n");
  EXPECT_EQ(Show(kGrpcWebClient.ParseTrailers(trailers, HasBody::kYes, std::nullopt)), broken);
  EXPECT_EQ(Show(kGrpcWebClient.ParseTrailers(trailers, HasBody::kNo, std::nullopt)), broken);
  EXPECT_EQ(Show(kGrpcWebClient.ParseTrailers(HeaderList(), HasBody::kYes, in_head)), broken);
  EXPECT_EQ(Show(kGrpcWebClient.ParseTrailers(HeaderList(), HasBody::kNo, in_head)), "aborted \"m\"\nh: 1\n");
}

}  // namespace
}  // namespace connectrpc::protocol
