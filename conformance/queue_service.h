#ifndef CONNECTRPC_CONFORMANCE_QUEUE_SERVICE_H_
#define CONNECTRPC_CONFORMANCE_QUEUE_SERVICE_H_

#include <grpcpp/completion_queue.h>
#include <grpcpp/server_builder.h>

#include <memory>
#include <thread>
#include <vector>

#include "connectrpc/conformance/v1/service.grpc.pb.h"

namespace connectrpc::conformance {

// ConformanceService with asynchronous handlers on completion queues: two queues, each polled by one thread, which no
// call ever holds up. `Unimplemented` is answered like the generated one.
//
//   QueueService service(&builder);
//   std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
//   service.Start();
//   ...
//   server->Shutdown();
//   service.Drain();
class QueueService final {
 public:
  // Registers the service and adds its queues.
  explicit QueueService(grpc::ServerBuilder* builder);

  QueueService(const QueueService&) = delete;
  QueueService& operator=(const QueueService&) = delete;

  // Begins to take calls; the server must have started.
  void Start();

  // Returns when every call has ended, and the threads with them. Comes after Server::Shutdown, which does not wait for
  // the calls of queues, and before the server is destroyed, which they still refer to.
  void Drain();

 private:
  v1::ConformanceService::AsyncService service_;
  std::vector<std::unique_ptr<grpc::ServerCompletionQueue>> queues_;
  std::vector<std::thread> threads_;
};

}  // namespace connectrpc::conformance

#endif  // CONNECTRPC_CONFORMANCE_QUEUE_SERVICE_H_
