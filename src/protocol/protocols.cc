#include "protocol/client_protocol.h"
#include "protocol/connect_get.h"
#include "protocol/connect_stream.h"
#include "protocol/connect_unary.h"
#include "protocol/grpc.h"
#include "protocol/grpc_web.h"
#include "protocol/grpc_web_text.h"
#include "protocol/server_protocol.h"

namespace connectrpc::protocol {

const ServerProtocol& ServerProtocolFor(wire::Framing framing) {
  switch (framing) {
    case wire::Framing::kConnectUnary:
      return kConnectUnaryServer;
    case wire::Framing::kConnectGet:
      return kConnectGetServer;
    case wire::Framing::kConnectStream:
      return kConnectStreamServer;
    case wire::Framing::kGrpc:
      return kGrpcServer;
    case wire::Framing::kGrpcWebText:
      return kGrpcWebTextServer;
    case wire::Framing::kGrpcWeb:
      break;
  }
  return kGrpcWebServer;
}

const ClientProtocol& ClientProtocolFor(wire::Framing framing) {
  switch (framing) {
    case wire::Framing::kConnectUnary:
      return kConnectUnaryClient;
    case wire::Framing::kConnectGet:
      return kConnectGetClient;
    case wire::Framing::kConnectStream:
      return kConnectStreamClient;
    case wire::Framing::kGrpc:
      return kGrpcClient;
    case wire::Framing::kGrpcWebText:
      return kGrpcWebTextClient;
    case wire::Framing::kGrpcWeb:
      break;
  }
  return kGrpcWebClient;
}

}  // namespace connectrpc::protocol
