#ifndef CONNECTRPC_SRC_SERVER_SERVER_CONTEXT_H_
#define CONNECTRPC_SRC_SERVER_SERVER_CONTEXT_H_

#include <string>

#include "codec/codec.h"
#include "codec/compression.h"
#include "connectrpc/server.h"
#include "http/http_session.h"
#include "protocol/server_call.h"
#include "server/route_table.h"

namespace connectrpc::server {

// What all connections of a server share; fixed while it runs.
struct ServerContext {
  HttpOptions options;
  RouteTable routes;
  codec::CodecRegistry codecs;
  codec::CompressionRegistry compressions;
  protocol::CallConfig call_config;
  http::SessionLimits session_limits;
  std::string accept_post;  // the content types we take, for 415
};

// Fills everything but `options` and `routes` from the options.
void CompleteContext(ServerContext* context);

}  // namespace connectrpc::server

#endif  // CONNECTRPC_SRC_SERVER_SERVER_CONTEXT_H_
