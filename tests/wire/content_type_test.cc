#include "wire/content_type.h"

#include <gtest/gtest.h>

namespace connectrpc::wire {
namespace {

TEST(ContentType, Reads) {
  struct Case {
    const char* name;
    const char* text;
    Framing framing;
    const char* codec;
  };
  const Case cases[] = {
      {"unary, proto", "application/proto", Framing::kConnectUnary, "proto"},
      {"unary, JSON", "application/json", Framing::kConnectUnary, "json"},
      {"charset (C6)", "application/json; charset=utf-8", Framing::kConnectUnary, "json"},
      {"parameter without space", "application/json;charset=utf-8", Framing::kConnectUnary, "json"},
      {"empty parameter", "application/json;", Framing::kConnectUnary, "json"},
      {"space before the parameter", "application/json ;a=b", Framing::kConnectUnary, "json"},
      {"any letter case (C6)", "APPLICATION/JSON; CHARSET=UTF-8", Framing::kConnectUnary, "json"},
      {"space around", " application/json\t", Framing::kConnectUnary, "json"},
      {"unknown codec", "application/xml", Framing::kConnectUnary, "xml"},
      {"connect without a codec is a codec", "application/connect", Framing::kConnectUnary, "connect"},
      {"stream, proto", "application/connect+proto", Framing::kConnectStream, "proto"},
      {"stream, JSON", "application/connect+json", Framing::kConnectStream, "json"},
      {"stream, any letter case", "Application/Connect+Json", Framing::kConnectStream, "json"},
      {"gRPC", "application/grpc", Framing::kGrpc, "proto"},
      {"gRPC, proto", "application/grpc+proto", Framing::kGrpc, "proto"},
      {"gRPC, JSON", "application/grpc+json", Framing::kGrpc, "json"},
      {"gRPC with a parameter", "application/grpc;x=y", Framing::kGrpc, "proto"},
      {"gRPC-Web", "application/grpc-web", Framing::kGrpcWeb, "proto"},
      {"gRPC-Web, proto", "application/grpc-web+proto", Framing::kGrpcWeb, "proto"},
      {"gRPC-Web, JSON", "application/grpc-web+json", Framing::kGrpcWeb, "json"},
      {"gRPC-Web text", "application/grpc-web-text", Framing::kGrpcWebText, "proto"},
      {"gRPC-Web text, proto", "application/grpc-web-text+proto", Framing::kGrpcWebText, "proto"},
      {"gRPC-Web text, JSON", "application/grpc-web-text+json", Framing::kGrpcWebText, "json"},
      {"gRPC-Web text, any letter case", "Application/gRPC-Web-Text; charset=utf-8", Framing::kGrpcWebText, "proto"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    const std::optional<ContentType> type = ParseContentType(c.text);
    ASSERT_TRUE(type.has_value());
    EXPECT_EQ(type->framing, c.framing);
    EXPECT_EQ(type->codec, c.codec);
  }
}

TEST(ContentType, Refuses) {
  struct Case {
    const char* name;
    const char* text;
  };
  const Case cases[] = {
      {"empty", ""},
      {"parameter only", "; charset=utf-8"},
      {"no slash", "application"},
      {"no subtype", "application/"},
      {"no subtype but a parameter", "application/; charset=utf-8"},
      {"foreign type (C5)", "image/jpeg"},
      {"text", "text/plain"},
      {"longer type", "applications/json"},
      {"grpc and more", "application/grpcfoo"},
      {"grpc and a hyphen", "application/grpc-foo"},
      {"grpc-web and more", "application/grpc-webfoo"},
      {"grpc-web text and more", "application/grpc-web-textfoo"},
      {"grpc-web and a hyphen", "application/grpc-web-tex"},
      {"grpc, empty codec", "application/grpc+"},
      {"grpc-web, empty codec", "application/grpc-web+"},
      {"grpc-web text, empty codec", "application/grpc-web-text+"},
      {"stream, empty codec", "application/connect+"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_FALSE(ParseContentType(c.text).has_value());
  }
}

TEST(ContentType, Formats) {
  struct Case {
    const char* name;
    Framing framing;
    const char* codec;
    const char* text;
  };
  const Case cases[] = {
      {"unary", Framing::kConnectUnary, "json", "application/json"},
      {"GET answers as unary", Framing::kConnectGet, "proto", "application/proto"},
      {"stream", Framing::kConnectStream, "json", "application/connect+json"},
      {"gRPC, proto", Framing::kGrpc, "proto", "application/grpc"},
      {"gRPC, JSON", Framing::kGrpc, "json", "application/grpc+json"},
      {"gRPC-Web, proto", Framing::kGrpcWeb, "proto", "application/grpc-web+proto"},
      {"gRPC-Web, JSON", Framing::kGrpcWeb, "json", "application/grpc-web+json"},
      {"gRPC-Web text, proto", Framing::kGrpcWebText, "proto", "application/grpc-web-text+proto"},
      {"gRPC-Web text, JSON", Framing::kGrpcWebText, "json", "application/grpc-web-text+json"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(FormatContentType(c.framing, c.codec), c.text);
    std::string scratch;
    EXPECT_EQ(ContentTypeText(c.framing, c.codec, &scratch), c.text);
  }
}

}  // namespace
}  // namespace connectrpc::wire
