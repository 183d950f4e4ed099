#ifndef CONNECTRPC_SRC_PROTOCOL_GRPC_WEB_H_
#define CONNECTRPC_SRC_PROTOCOL_GRPC_WEB_H_

#include "protocol/client_protocol.h"
#include "protocol/server_protocol.h"

namespace connectrpc::protocol {

// Server: the head of a request of either form of gRPC-Web. The answer has the form of the first of the two that Accept
// names, whatever its codec and weight, or else that of the request.
Error ReadGrpcWebRequestHead(const wire::RequestHead& head, wire::Framing framing, const std::string& codec,
                             RequestMeta* meta);

// gRPC-Web (PROTOCOL-WEB.md): gRPC's messages, with the trailers in a last frame of the body.
extern const ServerProtocol& kGrpcWebServer;
extern const ClientProtocol& kGrpcWebClient;

}  // namespace connectrpc::protocol

#endif  // CONNECTRPC_SRC_PROTOCOL_GRPC_WEB_H_
