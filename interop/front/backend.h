#ifndef CONNECTRPC_INTEROP_FRONT_BACKEND_H_
#define CONNECTRPC_INTEROP_FRONT_BACKEND_H_

#include <google/protobuf/descriptor.h>
#include <grpcpp/channel.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "interop/front/settings.h"

namespace connectrpc::front {

// A channel as the settings ask for it; does not connect yet. Balancing, retries and health checks are gRPC's own, by
// its service config. `max_receive_bytes` bounds each message of the backend; -1 does not. invalid_argument, naming the
// option, for files that cannot be read, a service config that is none, and a target that gRPC does not know.
absl::StatusOr<std::shared_ptr<grpc::Channel>> OpenBackend(const BackendSettings& settings, int max_receive_bytes);

// What the backend offers.
struct Schema {
  std::unique_ptr<google::protobuf::DescriptorPool> pool;
  std::vector<std::string> services;  // to offer, all of them in the pool
};

// From the file of --descriptor-set.
absl::StatusOr<Schema> ReadSchema(const Settings& settings);

// From the backend's reflection. Waits with growing pauses until it can be reached, for Settings::startup_timeout. Says
// once that it waits, and what it leaves out, by `say`.
absl::StatusOr<Schema> AskForSchema(const Settings& settings, const std::function<void(const std::string&)>& say);

}  // namespace connectrpc::front

#endif  // CONNECTRPC_INTEROP_FRONT_BACKEND_H_
