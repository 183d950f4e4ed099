#include "protocol/grpc_web_text.h"

#include <gtest/gtest.h>

#include "protocol/grpc_web.h"
#include "protocol/transcript.h"

namespace connectrpc::protocol {
namespace {

constexpr wire::Framing kWeb = wire::Framing::kGrpcWeb;
constexpr wire::Framing kText = wire::Framing::kGrpcWebText;

TEST(GrpcWebTextServer, ReadsRequestHeads) {
  RequestMeta meta;
  Error error = kGrpcWebTextServer.ParseRequestHead(Request("POST /a.B/C\n"
                                                            "grpc-timeout: 5S\n"
                                                            "grpc-encoding: gzip\n"
                                                            "x: 1\n"),
                                                    "json", &meta);
  EXPECT_EQ(Show(error), "ok");
  EXPECT_EQ(Show(meta), "/a.B/C codec=json encoding=gzip timeout=5000ms\nx: 1\n");
  EXPECT_EQ(meta.framing, kText);
  error = kGrpcWebTextServer.ParseRequestHead(Request("POST /a.B/C\ngrpc-timeout: 5s\n"), "json", &meta);
  EXPECT_EQ(Show(error), "invalid_argument \"invalid grpc-timeout \"5s\"\"");
  EXPECT_EQ(meta.framing, kText);
  EXPECT_EQ(meta.response_framing, kText);
}

TEST(GrpcWebTextServer, AcceptChoosesTheFormOfTheAnswer) {
  struct {
    const char* name;
    const char* fields;
    wire::Framing of_bytes;  // the answer to a request of bytes
    wire::Framing of_text;
  } cases[] = {
      {"none", "", kWeb, kText},
      {"anything", "accept: */*\n", kWeb, kText},
      {"another type", "accept: application/json\n", kWeb, kText},
      {"gRPC", "accept: application/grpc\n", kWeb, kText},
      {"text", "accept: application/grpc-web-text\n", kText, kText},
      {"text with a codec", "accept: application/grpc-web-text+proto\n", kText, kText},
      {"text of another codec", "accept: application/grpc-web-text+json\n", kText, kText},
      {"bytes", "accept: application/grpc-web\n", kWeb, kWeb},
      {"bytes with a codec", "accept: application/grpc-web+proto\n", kWeb, kWeb},
      {"any letter case", "accept: Application/GRPC-Web-Text\n", kText, kText},
      {"weights do not count", "accept: application/grpc-web-text;q=0.1, application/grpc-web\n", kText, kText},
      {"the first of both", "accept: */*, application/grpc-web, application/grpc-web-text\n", kWeb, kWeb},
      {"refused", "accept: application/grpc-web;q=0\n", kWeb, kText},
      {"two fields", "accept: text/html\naccept: application/grpc-web-text\n", kText, kText},
  };
  for (const auto& test : cases) {
    SCOPED_TRACE(test.name);
    const wire::RequestHead head = Request(std::string("POST /a.B/C\n") + test.fields);
    RequestMeta meta;
    ASSERT_TRUE(kGrpcWebServer.ParseRequestHead(head, "proto", &meta).ok());
    EXPECT_EQ(meta.framing, kWeb);
    EXPECT_EQ(meta.response_framing, test.of_bytes);
    ASSERT_TRUE(kGrpcWebTextServer.ParseRequestHead(head, "proto", &meta).ok());
    EXPECT_EQ(meta.framing, kText);
    EXPECT_EQ(meta.response_framing, test.of_text);
  }
}

TEST(GrpcWebTextServer, WritesHeads) {
  ResponseMeta meta = Meta(kText, "x: 1\n");
  meta.content_encoding = "gzip";
  wire::ResponseHead head;
  ASSERT_TRUE(kGrpcWebTextServer.WriteResponseHead(meta, &head).ok());
  EXPECT_EQ(Show(head.headers), "content-type: application/grpc-web-text+proto\ngrpc-encoding: gzip\nx: 1\n");
}

TEST(GrpcWebTextServer, WritesEnds) {
  struct {
    const char* name;
    ResponseMeta meta;
    RpcEnd end;
    Head head;
    const char* transcript;
  } cases[] = {
      {"success", Meta(kText), End(Error()), Head::kSent, "base64\n[80 16] grpc-status: 0\\x0d\\x0a\n"},
      {"binary trailers stay base64 inside", Meta(kText), End(Error(), "u-bin: \\xff\n"), Head::kSent,
       "base64\n[80 27] grpc-status: 0\\x0d\\x0au-bin: /w\\x0d\\x0a\n"},
      {"Trailers-Only", Meta(kText), End(Error(Code::kAborted, "m")), Head::kOpen,
       "200\n"
       "content-type: application/grpc-web-text+proto\n"
       "grpc-status: 10\n"
       "grpc-message: m\n"},
      {"headers stay apart from trailers", Meta(kText, "x: 1\n"), End(Error(Code::kAborted, "")), Head::kOpen,
       "200\n"
       "content-type: application/grpc-web-text+proto\n"
       "x: 1\n"
       "\n"
       "base64\n"
       "[80 17] grpc-status: 10\\x0d\\x0a\n"},
  };
  for (const auto& test : cases) {
    SCOPED_TRACE(test.name);
    EXPECT_EQ(Ending(test.meta, test.end, test.head), test.transcript);
  }
}

TEST(GrpcWebTextServer, AppendsTheEndToWhatIsQueued) {
  wire::OutgoingBody body;
  body.queue.Append("AAAAAAA=");
  kGrpcWebTextServer.WriteEnd(Meta(kText), End(Error()), nullptr, &body);
  EXPECT_EQ(Bytes(body.queue), "AAAAAAA=gAAAABBncnBjLXN0YXR1czogMA0K");
  EXPECT_TRUE(body.trailers.empty());
}

TEST(GrpcWebTextClient, AsksForText) {
  RequestMeta meta;
  meta.framing = kText;
  meta.path = "/a.B/C";
  meta.codec = "proto";
  wire::RequestHead head;
  ASSERT_TRUE(kGrpcWebTextClient.WriteRequestHead(meta, &head).ok());
  EXPECT_EQ(Show(head),
            "POST /a.B/C\ncontent-type: application/grpc-web-text+proto\nx-grpc-web: 1\n"
            "accept-encoding: identity\naccept: application/grpc-web-text+proto\n");
  meta.metadata = Fields("accept: application/grpc-web\n");
  ASSERT_TRUE(kGrpcWebTextClient.WriteRequestHead(meta, &head).ok());
  EXPECT_EQ(Show(head),
            "POST /a.B/C\ncontent-type: application/grpc-web-text+proto\nx-grpc-web: 1\n"
            "accept: application/grpc-web\naccept-encoding: identity\n");
}

TEST(GrpcWebTextClient, ReadsResponseHeads) {
  struct {
    const char* name;
    const char* response;
    const char* error;
  } cases[] = {
      {"named codec", "200\ncontent-type: application/grpc-web-text+proto\n", "ok"},
      {"bare", "200\ncontent-type: application/grpc-web-text\n", "ok"},
      {"bytes", "200\ncontent-type: application/grpc-web+proto\n",
       "unknown \"invalid content-type \"application/grpc-web+proto\", expected "
       "\"application/grpc-web-text+proto\"\""},
  };
  RequestMeta request;
  request.framing = kText;
  request.codec = "proto";
  for (const auto& test : cases) {
    SCOPED_TRACE(test.name);
    ResponseMeta meta;
    std::optional<RpcEnd> head_end;
    EXPECT_EQ(Show(kGrpcWebTextClient.ParseResponseHead(request, Response(test.response), &meta, &head_end)),
              test.error);
  }
}

}  // namespace
}  // namespace connectrpc::protocol
