#ifndef CONNECTRPC_SRC_PROTOCOL_CONNECT_STREAM_H_
#define CONNECTRPC_SRC_PROTOCOL_CONNECT_STREAM_H_

#include "protocol/client_protocol.h"
#include "protocol/server_protocol.h"

namespace connectrpc::protocol {

// Connect's streams: envelopes, ended by an EndStreamResponse, always in a 200
// (https://connectrpc.com/docs/protocol#streaming-request).
extern const ServerProtocol& kConnectStreamServer;
extern const ClientProtocol& kConnectStreamClient;

}  // namespace connectrpc::protocol

#endif  // CONNECTRPC_SRC_PROTOCOL_CONNECT_STREAM_H_
