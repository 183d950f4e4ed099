#include "interop/front/backend_health.h"

namespace connectrpc::front {

bool BackendHealth::IsReachable() {
  switch (channel_->GetState(/*try_to_connect=*/true)) {
    case GRPC_CHANNEL_READY:
      reachable_.store(true, std::memory_order_relaxed);
      return true;
    case GRPC_CHANNEL_TRANSIENT_FAILURE:
    case GRPC_CHANNEL_SHUTDOWN:
      reachable_.store(false, std::memory_order_relaxed);
      return false;
    case GRPC_CHANNEL_IDLE:
    case GRPC_CHANNEL_CONNECTING:
      break;
  }
  return reachable_.load(std::memory_order_relaxed);
}

}  // namespace connectrpc::front
