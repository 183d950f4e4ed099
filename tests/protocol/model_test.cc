#include "protocol/model.h"

#include <gtest/gtest.h>

#include "protocol/transcript.h"

namespace connectrpc::protocol {
namespace {

TEST(Model, ClearForgetsEverything) {
  RequestMeta request;
  request.framing = wire::Framing::kGrpc;
  request.path = request.codec = request.content_encoding = request.accept_encoding = "x";
  request.timeout = wire::Duration(1);
  request.metadata = Fields("x: 1\n");
  request.get_message = "x";
  request.response_framing = wire::Framing::kGrpc;
  request.names_version = true;
  request.Clear();
  EXPECT_EQ(request.framing, wire::Framing::kConnectUnary);
  EXPECT_EQ(request.response_framing, wire::Framing::kConnectUnary);
  EXPECT_FALSE(request.names_version);
  EXPECT_EQ(Show(request), Show(RequestMeta()));

  ResponseMeta response = Meta(wire::Framing::kGrpc, "x: 1\n");
  response.content_encoding = response.accept_encoding = "x";
  response.Clear();
  EXPECT_EQ(response.framing, wire::Framing::kConnectUnary);
  EXPECT_EQ(Show(response), Show(ResponseMeta()));

  RpcEnd end = End(WithDetails(Error(Code::kAborted, "m")), "t: 1\n");
  end.error.metadata = Fields("x: 1\n");
  end.http_status = 404;
  end.Clear();
  EXPECT_EQ(Show(end), "ok\n");
  EXPECT_TRUE(end.error.metadata.empty());
  EXPECT_FALSE(end.http_status.has_value());
}

TEST(Model, FamilyOfFraming) {
  EXPECT_EQ(FamilyOf(wire::Framing::kConnectUnary), Protocol::kConnect);
  EXPECT_EQ(FamilyOf(wire::Framing::kConnectGet), Protocol::kConnect);
  EXPECT_EQ(FamilyOf(wire::Framing::kConnectStream), Protocol::kConnect);
  EXPECT_EQ(FamilyOf(wire::Framing::kGrpc), Protocol::kGrpc);
  EXPECT_EQ(FamilyOf(wire::Framing::kGrpcWeb), Protocol::kGrpcWeb);
  EXPECT_EQ(FamilyOf(wire::Framing::kGrpcWebText), Protocol::kGrpcWeb);
}

}  // namespace
}  // namespace connectrpc::protocol
