#ifndef CONNECTRPC_SRC_CLIENT_TESTING_THREAD_LOOP_H_
#define CONNECTRPC_SRC_CLIENT_TESTING_THREAD_LOOP_H_

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <thread>

#include "connectrpc/call_loop.h"

namespace connectrpc::client {

// A loop of tasks and timers on a thread of its own.
class ThreadLoop final : public CallLoop {
 public:
  using Clock = std::chrono::steady_clock;
  using Timers = std::multimap<Clock::time_point, std::function<void()>>;

  ThreadLoop();
  // Runs what has been posted, and ends the thread. Not from inside the loop.
  ~ThreadLoop();

  void Post(LoopTask* task) override;
  bool InLoop() const override { return std::this_thread::get_id() == thread_.get_id(); }

  // On the loop. A timer is gone once it has run, or when it is removed before.
  Timers::iterator AddTimer(Clock::time_point when, std::function<void()> run) {
    return timers_.emplace(when, std::move(run));
  }
  void RemoveTimer(Timers::iterator timer) { timers_.erase(timer); }

 private:
  void Run();
  void RunDueTimers();

  Timers timers_;  // on the loop

  std::mutex mutex_;
  std::condition_variable changed_;
  LoopTask* first_ = nullptr;
  LoopTask** end_ = &first_;
  bool stopping_ = false;

  std::thread thread_;
};

}  // namespace connectrpc::client

#endif  // CONNECTRPC_SRC_CLIENT_TESTING_THREAD_LOOP_H_
