#ifndef CONNECTRPC_TESTS_INTEROP_QUEUE_ECHO_H_
#define CONNECTRPC_TESTS_INTEROP_QUEUE_ECHO_H_

#include <grpcpp/completion_queue.h>
#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/server_builder.h>

#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "echo.grpc.pb.h"
#include "interop/echo_state.h"

namespace connectrpc::test {

// The echo service in gRPC's completion queue style, and as the generic service that takes every method nobody else
// has. One thread polls the server's queue for new calls; each call runs on a thread and a queue of its own.
class QueueEchoServices final {
 public:
  explicit QueueEchoServices(EchoState* state) : state_(state) {}

  void Register(grpc::ServerBuilder* builder);
  // Once the server has started.
  void Start();
  // After the server was shut down, before it is destroyed: waits for the calls.
  void Stop();

 private:
  class Call;
  template <class Method>
  class UnaryCall;
  class CollectCall;
  class ExpandCall;
  class ChatCall;
  class GenericCall;

  void Poll();
  void Accept(std::unique_ptr<Call> call);

  EchoState* state_;
  echo::CqEcho::AsyncService service_;
  grpc::AsyncGenericService generic_service_;
  std::unique_ptr<grpc::ServerCompletionQueue> queue_;
  std::thread poller_;
  std::mutex mutex_;
  bool stopped_ = false;
  std::vector<std::thread> calls_;
};

}  // namespace connectrpc::test

#endif  // CONNECTRPC_TESTS_INTEROP_QUEUE_ECHO_H_
