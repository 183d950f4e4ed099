#ifndef CONNECTRPC_INTEROP_FRONT_BACKEND_HEALTH_H_
#define CONNECTRPC_INTEROP_FRONT_BACKEND_HEALTH_H_

#include <grpcpp/channel.h>

#include <atomic>
#include <memory>
#include <utility>

namespace connectrpc::front {

// Tells by the state of the channel whether the backend can be reached. An idle channel is made to connect; until that
// is decided the answer is that of the last time, at first no. Never blocks; thread-safe.
class BackendHealth {
 public:
  explicit BackendHealth(std::shared_ptr<grpc::Channel> channel) : channel_(std::move(channel)) {}

  bool IsReachable();

 private:
  std::shared_ptr<grpc::Channel> channel_;
  std::atomic<bool> reachable_{false};
};

}  // namespace connectrpc::front

#endif  // CONNECTRPC_INTEROP_FRONT_BACKEND_HEALTH_H_
