#ifndef CONNECTRPC_SRC_SERVER_CHECK_OPTIONS_H_
#define CONNECTRPC_SRC_SERVER_CHECK_OPTIONS_H_

#include "absl/status/status.h"
#include "connectrpc/server.h"

namespace connectrpc::server {

// Whether each option makes sense by itself: ranges, signs, paths. invalid_argument names the first that does not. What
// has to be looked up or opened (addresses, services, certificates) shows when the server starts.
[[nodiscard]] absl::Status CheckOptions(const HttpOptions& options);

}  // namespace connectrpc::server

#endif  // CONNECTRPC_SRC_SERVER_CHECK_OPTIONS_H_
