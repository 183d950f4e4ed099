#include "protocol/connect_get.h"

#include <gtest/gtest.h>

#include "protocol/transcript.h"

namespace connectrpc::protocol {
namespace {

constexpr wire::Framing kGet = wire::Framing::kConnectGet;

TEST(ConnectGetServer, ReadsRequestHeads) {
  struct {
    const char* name;
    const char* request;
    const char* error;
    const char* meta;
  } cases[] = {
      {"text", "GET /a.B/C?connect=v1&encoding=json&message=%7B%7D", "ok", "/a.B/C codec=json message={}\n"},
      {"other order, unknown parameters, no version", "GET /a.B/C?z=1&message=%7B%7D&encoding=json&y", "ok",
       "/a.B/C codec=json message={}\n"},
      {"base64 and compressed", "GET /a.B/C?connect=v1&base64=1&compression=gzip&encoding=proto&message=AP8", "ok",
       "/a.B/C codec=proto encoding=gzip message=\\x00\\xff\n"},
      {"identity is no encoding", "GET /a.B/C?compression=identity&encoding=proto&message=", "ok",
       "/a.B/C codec=proto message=\n"},
      {"headers",
       "GET /a.B/C?encoding=json&message=\n"
       "accept-encoding: gzip\n"
       "connect-timeout-ms: 5\n"
       "x: 1\n",
       "ok", "/a.B/C codec=json accept=gzip timeout=5ms message=\nx: 1\n"},
      {"other version", "GET /a.B/C?connect=v2&encoding=json&message=",
       "invalid_argument \"unsupported version connect=\"v2\", expected \"v1\"\"", "/a.B/C codec=json\n"},
      {"no query", "GET /a.B/C", "invalid_argument \"missing encoding parameter\"", "/a.B/C codec=\n"},
      {"no encoding", "GET /a.B/C?message=", "invalid_argument \"missing encoding parameter\"", "/a.B/C codec=\n"},
      {"no message", "GET /a.B/C?encoding=json", "invalid_argument \"missing message parameter\"",
       "/a.B/C codec=json\n"},
      {"twice", "GET /a.B/C?encoding=json&message=1&message=2",
       "invalid_argument \"query parameter \"message\" is given twice\"", "/a.B/C codec=\n"},
      {"broken base64", "GET /a.B/C?encoding=json&base64=1&message=*",
       "invalid_argument \"query parameter \"message\" is not base64\"", "/a.B/C codec=\n"},
      {"bad timeout", "GET /a.B/C?encoding=json&message=\nconnect-timeout-ms: x\n",
       "invalid_argument \"invalid connect-timeout-ms \"x\"\"", "/a.B/C codec=json message=\n"},
      {"bad metadata", "GET /a.B/C?encoding=json&message=\nx: \\xff\n",
       "invalid_argument \"invalid value of header \"x\"\"", "/a.B/C codec=json message=\n"},
  };
  for (const auto& test : cases) {
    SCOPED_TRACE(test.name);
    RequestMeta meta;
    Error error = kConnectGetServer.ParseRequestHead(Request(test.request), "", &meta);
    EXPECT_EQ(Show(error), test.error);
    EXPECT_EQ(Show(meta), test.meta);
    EXPECT_EQ(meta.framing, kGet);
  }
}

TEST(ConnectGetServer, AnswersVaryWithTheAcceptedEncoding) {
  ResponseMeta meta = Meta(kGet, "vary: origin\n", "json");
  wire::ResponseHead head;
  wire::OutgoingBody body;
  ASSERT_TRUE(kConnectGetServer.WriteResponseHead(meta, &head).ok());
  kConnectGetServer.WriteEnd(meta, End(Error(), "t: 1\n"), &head, &body);
  EXPECT_EQ(Show(head.headers),
            "content-type: application/json\n"
            "vary: accept-encoding\n"
            "vary: origin\n"
            "trailer-t: 1\n");
  EXPECT_EQ(Ending(meta, End(Error(Code::kNotFound, ""))),
            "404\n"
            "content-type: application/json\n"
            "vary: accept-encoding\n"
            "vary: origin\n"
            "\n"
            "{\"code\":\"not_found\"}\n");
}

TEST(ConnectGetClient, WritesRequestHeads) {
  RequestMeta meta;
  meta.framing = kGet;
  meta.path = "/a.B/C";
  meta.codec = "proto";
  meta.content_encoding = "gzip";
  meta.accept_encoding = "gzip";
  meta.timeout = std::chrono::milliseconds(7);
  meta.get_message = std::string("\0\xff", 2);
  meta.metadata = Fields("x: 1\n");
  wire::RequestHead head;
  ASSERT_TRUE(kConnectGetClient.WriteRequestHead(meta, &head).ok());
  EXPECT_EQ(Show(head),
            "GET /a.B/C?connect=v1&base64=1&compression=gzip&encoding=proto&message=AP8\n"
            "connect-timeout-ms: 7\n"
            "accept-encoding: gzip\n"
            "x: 1\n");
}

TEST(ConnectGetClient, ReadsNotModified) {
  RequestMeta request;
  request.framing = kGet;
  request.codec = "json";
  ResponseMeta meta;
  std::optional<RpcEnd> head_end;
  Error error = kConnectGetClient.ParseResponseHead(request, Response("304\netag: 1\n"), &meta, &head_end);
  EXPECT_EQ(Show(error), "unknown \"not modified\"");
  EXPECT_EQ(Show(meta.metadata), "etag: 1\n");
}

}  // namespace
}  // namespace connectrpc::protocol
