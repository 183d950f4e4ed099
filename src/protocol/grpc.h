#ifndef CONNECTRPC_SRC_PROTOCOL_GRPC_H_
#define CONNECTRPC_SRC_PROTOCOL_GRPC_H_

#include "protocol/client_protocol.h"
#include "protocol/server_protocol.h"

namespace connectrpc::protocol {

// gRPC over HTTP/2 (PROTOCOL-HTTP2.md): envelopes, the status in HTTP trailers.
extern const ServerProtocol& kGrpcServer;
extern const ClientProtocol& kGrpcClient;

}  // namespace connectrpc::protocol

#endif  // CONNECTRPC_SRC_PROTOCOL_GRPC_H_
