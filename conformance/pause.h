#ifndef CONNECTRPC_CONFORMANCE_PAUSE_H_
#define CONNECTRPC_CONFORMANCE_PAUSE_H_

#include <grpcpp/alarm.h>

#include <chrono>
#include <functional>
#include <mutex>
#include <optional>

namespace connectrpc::conformance {

// The delays of one reactor, during which no thread waits. One at a time; Start belongs into the reactor's constructor
// or a reaction, Cancel into OnCancel. The reactor must not call Finish while a pause is on, so it outlives the pause.
class Pause {
 public:
  // Calls `then(true)` after `duration`, from a thread of gRPC, or at once when there is nothing to wait for;
  // `then(false)` as soon as the call is cancelled. `then` may destroy the pause.
  void Start(std::chrono::milliseconds duration, std::function<void(bool)> then);

  // Cuts the running pause and all later ones short.
  void Cancel();

 private:
  std::mutex mutex_;  // OnCancel runs beside the other reactions
  std::optional<grpc::Alarm> alarm_;
  bool cancelled_ = false;
};

}  // namespace connectrpc::conformance

#endif  // CONNECTRPC_CONFORMANCE_PAUSE_H_
