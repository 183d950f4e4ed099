#ifndef CONNECTRPC_SRC_SERVER_HTTP_SERVER_H_
#define CONNECTRPC_SRC_SERVER_HTTP_SERVER_H_

#include <memory>

#include "absl/status/statusor.h"
#include "connectrpc/server.h"
#include "server/route_table.h"

namespace connectrpc::server {

// Checks the options, listens, and starts the loops. Errors: invalid_argument for options that make no sense,
// unavailable for an address that cannot be listened on.
absl::StatusOr<std::unique_ptr<HttpServer>> StartHttpServer(const HttpOptions& options, RouteTable routes);

}  // namespace connectrpc::server

#endif  // CONNECTRPC_SRC_SERVER_HTTP_SERVER_H_
