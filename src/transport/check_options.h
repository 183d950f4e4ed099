#ifndef CONNECTRPC_SRC_TRANSPORT_CHECK_OPTIONS_H_
#define CONNECTRPC_SRC_TRANSPORT_CHECK_OPTIONS_H_

#include <memory>
#include <string_view>

#include "absl/status/statusor.h"
#include "transport/config.h"

namespace connectrpc::transport {

// Checks the URL and each option, certificates included, and brings them into the form that the layers below take.
// Invalid_argument names the first that makes no sense: "HttpTransportOptions: limits.max_connections must be ...".
// Timeouts of centuries become one century, which can be added to any time.
absl::StatusOr<std::unique_ptr<const Config>> MakeConfig(std::string_view url, const HttpTransportOptions& options);

}  // namespace connectrpc::transport

#endif  // CONNECTRPC_SRC_TRANSPORT_CHECK_OPTIONS_H_
