#ifndef CONNECTRPC_SRC_PROTOCOL_GRPC_WEB_H_
#define CONNECTRPC_SRC_PROTOCOL_GRPC_WEB_H_

#include "protocol/client_protocol.h"
#include "protocol/server_protocol.h"

namespace connectrpc::protocol {

// gRPC-Web (PROTOCOL-WEB.md): gRPC's messages, with the trailers in a last frame of the body.
extern const ServerProtocol& kGrpcWebServer;
extern const ClientProtocol& kGrpcWebClient;

}  // namespace connectrpc::protocol

#endif  // CONNECTRPC_SRC_PROTOCOL_GRPC_WEB_H_
