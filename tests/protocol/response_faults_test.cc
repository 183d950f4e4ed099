#include "protocol/response_faults.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>

#include "protocol/transcript.h"

namespace connectrpc::protocol {
namespace {

using wire::Framing;

TEST(CheckResponseType, TellsCodecsAndProtocolsApart) {
  const char* ok = "ok";
  struct {
    const char* name;
    Framing framing;
    const char* codec;
    const char* type;  // null: none
    const char* error;
  } cases[] = {
      {"none", Framing::kGrpc, "proto", nullptr, ok},
      {"bare type", Framing::kGrpc, "proto", "application/grpc", ok},
      {"with codec", Framing::kGrpc, "proto", "application/grpc+proto", ok},
      {"case and parameters", Framing::kConnectUnary, "json", "Application/JSON; charset=utf-8", ok},
      {"of a GET", Framing::kConnectGet, "proto", "application/proto", ok},
      {"codec of one's own", Framing::kConnectUnary, "thrift", "application/thrift", ok},
      {"other codec", Framing::kGrpc, "proto", "application/grpc+json",
       "internal \"invalid content-type \"application/grpc+json\", expected \"application/grpc\"\""},
      {"other codec of a GET", Framing::kConnectGet, "proto", "application/json",
       "internal \"invalid content-type \"application/json\", expected \"application/proto\"\""},
      {"a mere prefix", Framing::kConnectUnary, "proto", "application/protobuf",
       "unknown \"invalid content-type \"application/protobuf\", expected \"application/proto\"\""},
      {"a mere prefix of gRPC's", Framing::kGrpc, "proto", "application/grpcfoo",
       "unknown \"invalid content-type \"application/grpcfoo\", expected \"application/grpc\"\""},
      {"foreign", Framing::kConnectStream, "proto", "text/html",
       "unknown \"invalid content-type \"text/html\", expected \"application/connect+proto\"\""},
      {"empty", Framing::kGrpc, "proto", "", "unknown \"invalid content-type \"\", expected \"application/grpc\"\""},
      {"unary for a stream", Framing::kConnectStream, "proto", "application/proto",
       "unknown \"invalid content-type \"application/proto\", expected \"application/connect+proto\"\""},
      {"a stream for unary", Framing::kConnectUnary, "proto", "application/connect+proto",
       "unknown \"invalid content-type \"application/connect+proto\", expected \"application/proto\"\""},
      {"gRPC for Connect", Framing::kConnectUnary, "proto", "application/grpc",
       "unknown \"invalid content-type \"application/grpc\", expected \"application/proto\": the server speaks grpc\""},
      {"gRPC-Web for gRPC", Framing::kGrpc, "proto", "application/grpc-web+proto",
       "unknown \"invalid content-type \"application/grpc-web+proto\", expected \"application/grpc\": the server "
       "speaks "
       "grpc-web\""},
      {"a Connect stream for gRPC-Web", Framing::kGrpcWeb, "proto", "application/connect+proto",
       "unknown \"invalid content-type \"application/connect+proto\", expected \"application/grpc-web+proto\": the "
       "server speaks connect\""},
      {"Connect unary for gRPC", Framing::kGrpc, "proto", "application/proto",
       "unknown \"invalid content-type \"application/proto\", expected \"application/grpc\"\""},
  };
  for (const auto& test : cases) {
    SCOPED_TRACE(test.name);
    RequestMeta request;
    request.framing = test.framing;
    request.codec = test.codec;
    HeaderList headers;
    if (test.type != nullptr) headers.Add("content-type", test.type);
    EXPECT_EQ(Show(CheckResponseType(request, headers)), test.error);
  }
}

TEST(ErrorFromHttpStatus, NamesTheStatus) {
  struct {
    int status;
    const char* error;
  } cases[] = {
      {204, "unknown \"HTTP status 204\""},
      {299, "unknown \"HTTP status 299\""},
      {300, "unknown \"HTTP status 300: redirects are not followed\""},
      {304, "unknown \"HTTP status 304\""},
      {307, "unknown \"HTTP status 307: redirects are not followed\""},
      {399, "unknown \"HTTP status 399: redirects are not followed\""},
      {400, "internal \"HTTP status 400\""},
      {401, "unauthenticated \"HTTP status 401\""},
      {403, "permission_denied \"HTTP status 403\""},
      {404, "unimplemented \"HTTP status 404\""},
      {405, "unknown \"HTTP status 405\""},
      {429, "unavailable \"HTTP status 429\""},
      {500, "unknown \"HTTP status 500\""},
      {502, "unavailable \"HTTP status 502\""},
      {503, "unavailable \"HTTP status 503\""},
      {504, "unavailable \"HTTP status 504\""},
      {800, "unknown \"HTTP status 800\""},
  };
  for (const auto& test : cases) EXPECT_EQ(Show(ErrorFromHttpStatus(test.status)), test.error);
}

// PROTOCOL-HTTP2.md, "Errors" (G26).
TEST(ErrorFromReset, MapsEveryCode) {
  struct {
    uint32_t error_code;
    const char* error;
  } cases[] = {
      {0, "internal \"server reset the stream: NO_ERROR\""},
      {1, "internal \"server reset the stream: PROTOCOL_ERROR\""},
      {2, "internal \"server reset the stream: INTERNAL_ERROR\""},
      {3, "internal \"server reset the stream: FLOW_CONTROL_ERROR\""},
      {4, "internal \"server reset the stream: SETTINGS_TIMEOUT\""},
      {5, "internal \"server reset the stream: STREAM_CLOSED\""},
      {6, "internal \"server reset the stream: FRAME_SIZE_ERROR\""},
      {7, "unavailable \"server reset the stream: REFUSED_STREAM\""},
      {8, "canceled \"server reset the stream: CANCEL\""},
      {9, "internal \"server reset the stream: COMPRESSION_ERROR\""},
      {10, "internal \"server reset the stream: CONNECT_ERROR\""},
      {11, "resource_exhausted \"server reset the stream: ENHANCE_YOUR_CALM\""},
      {12, "permission_denied \"server reset the stream: INADEQUATE_SECURITY\""},
      {13, "internal \"server reset the stream: HTTP_1_1_REQUIRED\""},
      {14, "internal \"server reset the stream: 14\""},
      {UINT32_MAX, "internal \"server reset the stream: 4294967295\""},
  };
  for (const auto& test : cases) EXPECT_EQ(Show(ErrorFromReset(test.error_code, "")), test.error);
}

TEST(ErrorFromReset, NamesTheFault) {
  EXPECT_EQ(Show(ErrorFromReset(1, "a field name in upper case")),
            "internal \"response broke off: a field name in upper case\"");
}

}  // namespace
}  // namespace connectrpc::protocol
