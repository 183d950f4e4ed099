#include <gtest/gtest.h>

#include "protocol/client_protocol.h"
#include "protocol/connect_get.h"
#include "protocol/connect_stream.h"
#include "protocol/connect_unary.h"
#include "protocol/grpc.h"
#include "protocol/grpc_web.h"
#include "protocol/grpc_web_text.h"
#include "protocol/server_protocol.h"

namespace connectrpc::protocol {
namespace {

TEST(Protocols, EachFramingHasItsOwn) {
  EXPECT_EQ(&ServerProtocolFor(wire::Framing::kConnectUnary), &kConnectUnaryServer);
  EXPECT_EQ(&ServerProtocolFor(wire::Framing::kConnectGet), &kConnectGetServer);
  EXPECT_EQ(&ServerProtocolFor(wire::Framing::kConnectStream), &kConnectStreamServer);
  EXPECT_EQ(&ServerProtocolFor(wire::Framing::kGrpc), &kGrpcServer);
  EXPECT_EQ(&ServerProtocolFor(wire::Framing::kGrpcWeb), &kGrpcWebServer);
  EXPECT_EQ(&ServerProtocolFor(wire::Framing::kGrpcWebText), &kGrpcWebTextServer);
  EXPECT_EQ(&ClientProtocolFor(wire::Framing::kConnectUnary), &kConnectUnaryClient);
  EXPECT_EQ(&ClientProtocolFor(wire::Framing::kConnectGet), &kConnectGetClient);
  EXPECT_EQ(&ClientProtocolFor(wire::Framing::kConnectStream), &kConnectStreamClient);
  EXPECT_EQ(&ClientProtocolFor(wire::Framing::kGrpc), &kGrpcClient);
  EXPECT_EQ(&ClientProtocolFor(wire::Framing::kGrpcWeb), &kGrpcWebClient);
  EXPECT_EQ(&ClientProtocolFor(wire::Framing::kGrpcWebText), &kGrpcWebTextClient);
}

}  // namespace
}  // namespace connectrpc::protocol
