#ifndef CONNECTRPC_SRC_TRANSPORT_WORKER_H_
#define CONNECTRPC_SRC_TRANSPORT_WORKER_H_

#include <memory>
#include <random>

#include "connectrpc/http_transport.h"
#include "transport/call_pool.h"
#include "transport/config.h"
#include "transport/loop_context.h"
#include "transport/loop_runner.h"
#include "transport/pool.h"

namespace connectrpc::transport {

// One loop of a transport, with its connections and calls.
class Worker final {
 public:
  // Throws what LoopRunner throws.
  Worker(std::shared_ptr<const Config> config, std::minstd_rand::result_type seed);
  // After End, or before anything was done on the loop.
  ~Worker();

  LoopRunner* runner() { return &runner_; }
  // On the loop.
  TransportCall* Start(const MethodSpec& method, const CallOptions& options, TransportCall::Receiver* receiver) {
    return calls_->Start(method, options, receiver);
  }
  // From any thread.
  void AddTo(HttpTransportStats* stats) const;

  // From any thread, once; returns at once. On the loop, in a later turn: ends the calls, closes the connections, and
  // then notifies `done`, which permits to destroy the worker on a thread outside of the loop; or destroys it, where
  // that is null.
  void End(Completion* done);

 private:
  class EndTask;

  const std::shared_ptr<const Config> config_;
  LoopContext context_;
  LoopRunner runner_;
  std::unique_ptr<CallPool> calls_;
  std::unique_ptr<Pool> pool_;
};

}  // namespace connectrpc::transport

#endif  // CONNECTRPC_SRC_TRANSPORT_WORKER_H_
