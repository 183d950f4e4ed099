#ifndef CONNECTRPC_CONFORMANCE_CLIENT_TRANSPORTS_H_
#define CONNECTRPC_CONFORMANCE_CLIENT_TRANSPORTS_H_

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "absl/status/statusor.h"
#include "connectrpc/conformance/v1/client_compat.pb.h"
#include "connectrpc/http_transport.h"

namespace connectrpc::conformance {

// One transport for each server and way of speaking to it. Thread-safe.
class ClientTransports {
 public:
  absl::StatusOr<std::shared_ptr<HttpTransport>> Get(const v1::ClientCompatRequest& request);

 private:
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<HttpTransport>> transports_;
};

}  // namespace connectrpc::conformance

#endif  // CONNECTRPC_CONFORMANCE_CLIENT_TRANSPORTS_H_
