#ifndef CONNECTRPC_SRC_SERVER_WORKER_H_
#define CONNECTRPC_SRC_SERVER_WORKER_H_

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <random>
#include <thread>
#include <vector>

#include "http/h2_memory.h"
#include "net/loop.h"
#include "net/socket.h"
#include "server/connection.h"
#include "server/handler_pool.h"
#include "server/loop_clock.h"
#include "server/server_context.h"
#include "server/server_state.h"
#include "server/stream_pool.h"

namespace connectrpc::server {

// One event loop with its thread, its connections and its streams.
class Worker final {
 public:
  // Both outlive the worker; `state` is that of all workers.
  Worker(const ServerContext* context, ServerState* state);
  // After Stop, or if Start was never called.
  ~Worker();

  void StartThread();

  // From any thread: takes over a connection that is counted in `state`.
  void Adopt(net::ConnectedSocket socket);
  // From any thread: runs `work` on the loop.
  void Post(std::function<void()> work);
  // From any other thread: ends the loop and joins the thread.
  void StopThread();
  // From any thread: what this worker has cut off, and the calls whose handler has not finished.
  const WorkerStats& stats() const { return stats_; }
  size_t running_calls() const { return streams_.running(); }

  // On the loop's thread.
  const ServerContext& context() const { return *context_; }
  net::Loop& loop() { return loop_; }
  LoopClock& clock() { return clock_; }
  http::H2Memory& memory() { return memory_; }
  StreamPool& streams() { return streams_; }
  HandlerWaker& handler_waker() { return handler_waker_; }
  WorkerStats& stats() { return stats_; }
  // `time`, up to a tenth longer or shorter by chance.
  std::chrono::milliseconds Vary(std::chrono::milliseconds time);
  // Bytes that connections hold: one has so many more, modulo 2^n.
  void AddHeldBytes(size_t count);
  // Whether all connections of the server hold more than Limits::max_buffered_bytes.
  bool holds_too_much() const;
  // Connections of this worker wait until that is over.
  void WatchHeldBytes();
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

  // Looks from time to time whether the server holds few enough bytes again. That other loops wake this one would be
  // quicker, but there is no hurry, and nothing to get wrong here.
  class HeldBytesWatch final : public net::Timer {
   public:
    explicit HeldBytesWatch(Worker* worker) : worker_(worker) {}
    ~HeldBytesWatch() { worker_->loop_.Disarm(this); }
    void OnTimer() override { worker_->OnHeldBytesWatch(); }

   private:
    Worker* worker_;
  };

  void Open(net::ConnectedSocket socket);
  void Uncount(const std::string& peer);
  void OnHeldBytesWatch();
  void ScheduleCleanUp();
  void OnCleanUp();

  const ServerContext* context_;
  ServerState* state_;
  WorkerStats stats_;
  std::minstd_rand random_;
  net::Loop loop_;
  LoopClock clock_{&loop_};
  http::H2Memory memory_;
  StreamPool streams_;
  HandlerWaker handler_waker_;
  std::vector<std::unique_ptr<Connection>> connections_;
  std::vector<std::unique_ptr<Connection>> retired_;
  CleanUp clean_up_{this};
  HeldBytesWatch held_bytes_watch_{this};
  bool shut_down_ = false;
  std::function<void()> when_quiet_;
  std::thread thread_;
};

}  // namespace connectrpc::server

#endif  // CONNECTRPC_SRC_SERVER_WORKER_H_
