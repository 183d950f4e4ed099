#ifndef CONNECTRPC_SRC_SERVER_WORKER_H_
#define CONNECTRPC_SRC_SERVER_WORKER_H_

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "net/loop.h"
#include "net/socket.h"
#include "server/connection.h"
#include "server/server_context.h"
#include "server/stream_pool.h"

namespace connectrpc::server {

// One event loop with its thread, its connections and its streams.
class Worker final {
 public:
  // `open_connections` counts those of all workers. Both outlive the worker.
  Worker(const ServerContext* context, std::atomic<size_t>* open_connections);
  // After Stop, or if Start was never called.
  ~Worker();

  void StartThread();

  // From any thread: takes over a connection.
  void Adopt(net::AcceptedSocket socket);
  // From any thread: runs `work` on the loop.
  void Post(std::function<void()> work);
  // From any other thread: ends the loop and joins the thread.
  void StopThread();

  // On the loop's thread.
  const ServerContext& context() const { return *context_; }
  net::Loop& loop() { return loop_; }
  StreamPool& streams() { return streams_; }
  // Deletes the closed connection after the turn.
  void Retire(Connection* connection);
  // Ends all connections gracefully; `when_quiet` runs once when no connection and no stream is left, perhaps at once.
  void Shutdown(std::function<void()> when_quiet);
  // Cuts what is left; the number of handlers that had to be cancelled.
  size_t Cut();

 private:
  class AdoptTask;
  class WorkTask;
  // Runs at the end of a turn in which something went away.
  class CleanUp final : public net::Task {
   public:
    explicit CleanUp(Worker* worker) : worker_(worker) {}
    void Run() override { worker_->OnCleanUp(); }
    bool scheduled = false;

   private:
    Worker* worker_;
  };

  void Open(net::AcceptedSocket socket);
  void ScheduleCleanUp();
  void OnCleanUp();

  const ServerContext* context_;
  std::atomic<size_t>* open_connections_;
  net::Loop loop_;
  StreamPool streams_;
  std::vector<std::unique_ptr<Connection>> connections_;
  std::vector<std::unique_ptr<Connection>> retired_;
  CleanUp clean_up_{this};
  bool shut_down_ = false;
  std::function<void()> when_quiet_;
  std::thread thread_;
};

}  // namespace connectrpc::server

#endif  // CONNECTRPC_SRC_SERVER_WORKER_H_
