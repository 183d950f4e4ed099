#ifndef CONNECTRPC_SRC_PROTOCOL_GRPC_WEB_TEXT_H_
#define CONNECTRPC_SRC_PROTOCOL_GRPC_WEB_TEXT_H_

#include "protocol/client_protocol.h"
#include "protocol/server_protocol.h"

namespace connectrpc::protocol {

// gRPC-Web text (PROTOCOL-WEB.md): the body of gRPC-Web as base64, for browsers whose XMLHttpRequest streams nothing
// else. Whoever reads or writes the body decodes and encodes it; only the end frame is encoded here. "-bin" trailers in
// it stay base64 inside, as all implementations have them.
extern const ServerProtocol& kGrpcWebTextServer;
extern const ClientProtocol& kGrpcWebTextClient;

}  // namespace connectrpc::protocol

#endif  // CONNECTRPC_SRC_PROTOCOL_GRPC_WEB_TEXT_H_
