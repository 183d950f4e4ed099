#ifndef CONNECTRPC_SRC_NET_LOOP_IMPL_H_
#define CONNECTRPC_SRC_NET_LOOP_IMPL_H_

#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/intrusive/list.hpp>
#include <boost/intrusive/set.hpp>
#include <thread>

#include "net/descriptor.h"
#include "net/handler_memory.h"
#include "net/loop.h"

namespace connectrpc::net {

struct Loop::Impl {
  using Executor = boost::asio::io_context::executor_type;

  explicit Impl(Loop* loop);

  // One turn, in its order.
  void Turn(Wait wait);
  // Starts what the loop waits for. False if there is something to do without waiting.
  bool Prepare();
  void StartWaits();
  void SetAlarm();
  void HandleReady(bool may_block);
  void RunPosted();
  void RunTimers();
  void RunDeferred();

  // First thing in each Asio handler: the clock was last read before the wait.
  void UpdateNow();
  // Makes a waiting loop turn. From any thread.
  void Wake();

  // A chain of tasks in the order of running, for the loop's thread only.
  class TaskList {
   public:
    bool empty() const { return first_ == nullptr; }
    void Append(Task* task);
    void Prepend(Task* task);
    // Runs the tasks there are now; those appended meanwhile stay.
    void RunAll();

   private:
    Task* first_ = nullptr;
    Task* last_ = nullptr;
  };

  struct ByTime {
    bool operator()(const Timer& a, const Timer& b) const { return a.when() < b.when(); }
  };

  Loop* const loop;
  std::thread::id creator = std::this_thread::get_id();
  std::atomic<std::thread::id> runner{};  // the thread inside Run or Enter, if any
  std::atomic<bool> stop{false};

  std::atomic<Task*> posted{nullptr};  // a stack, latest first
  std::atomic<bool> wake_queued{false};
  HandlerMemory wake_memory;  // of the one wake-up that wake_queued allows

  TaskList deferred;
  // Equal times keep the order of arming.
  boost::intrusive::multiset<Timer, boost::intrusive::compare<ByTime>, boost::intrusive::constant_time_size<false>>
      timers;
  bool in_timers = false;
  bool now_is_old = false;
  int lone_turns = 0;  // to come, that handle one event if they wait for it
  // With waits that were asked for and not started.
  boost::intrusive::list<Descriptor, boost::intrusive::constant_time_size<false>> waiting;

  boost::asio::io_context context{1};  // a hint: one thread runs it, others only post
  boost::asio::executor_work_guard<Executor> work{context.get_executor()};
  boost::asio::basic_waitable_timer<std::chrono::steady_clock, boost::asio::wait_traits<std::chrono::steady_clock>,
                                    Executor>
      alarm{context};
  wire::TimePoint alarm_time = wire::kNever;  // kNever: not set
};

}  // namespace connectrpc::net

#endif  // CONNECTRPC_SRC_NET_LOOP_IMPL_H_
