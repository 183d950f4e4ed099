#ifndef CONNECTRPC_SRC_PROTOCOL_CONNECT_UNARY_H_
#define CONNECTRPC_SRC_PROTOCOL_CONNECT_UNARY_H_

#include "protocol/client_protocol.h"
#include "protocol/server_protocol.h"

namespace connectrpc::protocol {

// Connect's unary POST: the bare message as the body, the status decided before it
// (https://connectrpc.com/docs/protocol#unary-request).
extern const ServerProtocol& kConnectUnaryServer;
extern const ClientProtocol& kConnectUnaryClient;

}  // namespace connectrpc::protocol

#endif  // CONNECTRPC_SRC_PROTOCOL_CONNECT_UNARY_H_
