#ifndef CONNECTRPC_SRC_PROTOCOL_CONNECT_GET_H_
#define CONNECTRPC_SRC_PROTOCOL_CONNECT_GET_H_

#include "protocol/client_protocol.h"
#include "protocol/server_protocol.h"

namespace connectrpc::protocol {

// Connect's unary GET: the message in the query; answers are those of a unary POST
// (https://connectrpc.com/docs/protocol#unary-get-request).
extern const ServerProtocol& kConnectGetServer;
extern const ClientProtocol& kConnectGetClient;

}  // namespace connectrpc::protocol

#endif  // CONNECTRPC_SRC_PROTOCOL_CONNECT_GET_H_
