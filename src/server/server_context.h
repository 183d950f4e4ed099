#ifndef CONNECTRPC_SRC_SERVER_SERVER_CONTEXT_H_
#define CONNECTRPC_SRC_SERVER_SERVER_CONTEXT_H_

#include <string>

#include "absl/status/status.h"
#include "codec/codec.h"
#include "codec/compression.h"
#include "connectrpc/server.h"
#include "http/http_session.h"
#include "protocol/server_call.h"
#include "server/cors.h"
#include "server/route_table.h"

namespace connectrpc::server {

class HandlerPool;
class ServerTls;

// What all connections of a server share; fixed while it runs.
struct ServerContext {
  HttpOptions options;
  RouteTable routes;
  ServerTls* tls = nullptr;  // null: connections in clear
  HandlerPool* handler_pool = nullptr;
  codec::CodecRegistry codecs;
  codec::CompressionRegistry compressions;
  protocol::CallConfig call_config;
  http::SessionLimits session_limits;
  CorsPolicy cors;
  std::string accept_post;  // the content types we take, for 415
};

// Fills everything but `options`, `routes`, `tls` and `handler_pool` from the options; invalid_argument for those that
// make no sense.
[[nodiscard]] absl::Status CompleteContext(ServerContext* context);

}  // namespace connectrpc::server

#endif  // CONNECTRPC_SRC_SERVER_SERVER_CONTEXT_H_
