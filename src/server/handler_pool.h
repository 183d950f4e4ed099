#ifndef CONNECTRPC_SRC_SERVER_HANDLER_POOL_H_
#define CONNECTRPC_SRC_SERVER_HANDLER_POOL_H_

#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "connectrpc/error.h"
#include "connectrpc/limits.h"
#include "net/loop.h"
#include "server/linked_list.h"

// Threads for handlers that may block, so that no loop ever waits for one.
//
//   HandlerLane* lane = responder->handler_lane();
//   const Admission admission = lane->Submit(&task);
//   if (admission != Admission::kAccepted) { ... RefusalOf(admission) ... }
//   ...
//   if (task.Withdraw()) { ... }  // its Run will not be called any more
namespace connectrpc::server {

class HandlerLane;
class HandlerPool;

// A handler to run, embedded in its call so that queueing allocates nothing.
class HandlerTask {
 public:
  HandlerTask() = default;
  HandlerTask(const HandlerTask&) = delete;
  HandlerTask& operator=(const HandlerTask&) = delete;

  // On a thread of the pool, once for each time that Submit accepted the task and Withdraw did not take it back. The
  // pool lets go of the task before: Run may destroy it, or let others do so, or submit it. What it throws is dropped,
  // so it had better tell its call.
  virtual void Run() = 0;

  // True if the task was waiting and is not any more: it belongs to the caller again. False if it runs, has run, or was
  // never accepted. From any thread, after Submit and while the task exists.
  bool Withdraw();

 protected:
  // Not while it waits.
  ~HandlerTask() = default;

 private:
  friend class HandlerPool;
  friend class LinkedList<HandlerTask>;

  HandlerPool* pool_ = nullptr;  // of the latest Submit
  HandlerLane* lane_ = nullptr;  // where it waits, or null; the pool's mutex guards it and what follows
  HandlerTask* next_ = nullptr;
  HandlerTask* previous_ = nullptr;
};

enum class Admission {
  kAccepted,
  kQueueFull,  // Limits::max_queued_calls wait already
  kNoThread,   // there is none, and the process can start none
};

// What to answer a call that was not accepted.
Error RefusalOf(Admission admission);

// Wakes a thread for what the connections of a loop submit in one turn: once, at its end. A thread that is woken for
// each task is through with it before the next is there, and sleeps again.
class HandlerWaker final : private net::Task {
 public:
  // The pool outlives the waker. On the loop's thread.
  HandlerWaker(HandlerPool* pool, net::Loop* loop) : pool_(pool), loop_(loop) {}

  void Schedule();

 private:
  void Run() override;

  HandlerPool* const pool_;
  net::Loop* const loop_;
  bool scheduled_ = false;
};

// The tasks of one connection that wait. Lanes take turns, one task each, and tasks of a lane keep their order: so a
// connection that submits many of them delays its own, and another's only by one.
class HandlerLane final {
 public:
  // The pool outlives the lane, and the waker. Without one each task wakes a thread at once.
  explicit HandlerLane(HandlerPool* pool, HandlerWaker* waker = nullptr) : pool_(pool), waker_(waker) {}
  // What still waits stays in the queue, in one lane with all tasks whose own is gone.
  ~HandlerLane();
  HandlerLane(const HandlerLane&) = delete;
  HandlerLane& operator=(const HandlerLane&) = delete;

  // Queues a task that does not wait already. Never waits for a handler. One thread at a time.
  [[nodiscard]] Admission Submit(HandlerTask* task);

 private:
  friend class HandlerPool;
  friend class LinkedList<HandlerLane>;

  HandlerPool* const pool_;
  HandlerWaker* const waker_;
  bool used_ = false;              // Submit was called
  LinkedList<HandlerTask> tasks_;  // the pool's mutex guards it and what follows
  HandlerLane* next_ = nullptr;    // among the lanes with tasks
  HandlerLane* previous_ = nullptr;
};

// The threads, as many as Limits::max_handler_threads says, each started when there is work for it. At most
// Limits::max_queued_calls tasks wait while all of them are busy. Thread-safe.
class HandlerPool final {
 public:
  // So many tasks that wait do not wait for the end of a turn.
  static constexpr size_t kWakeUpAtOnce = 16;

  explicit HandlerPool(const Limits& limits);
  // As Join.
  ~HandlerPool();
  HandlerPool(const HandlerPool&) = delete;
  HandlerPool& operator=(const HandlerPool&) = delete;

  // Runs what waits, waits for what runs, and ends the threads. Not from a task. Nothing is submitted from now on.
  void Join();

  struct Stats {
    size_t running = 0;  // tasks
    size_t waiting = 0;
    size_t threads = 0;  // started so far
    size_t sleeping = 0;
  };
  Stats stats() const;

 private:
  friend class HandlerLane;
  friend class HandlerTask;
  friend class HandlerWaker;

  Admission Submit(HandlerLane* lane, HandlerTask* task);
  bool Withdraw(HandlerTask* task);
  void Abandon(HandlerLane* lane);
  void WakeUp();

  void RunThread();
  bool StartThread() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Append(HandlerLane* lane, HandlerTask* task) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Remove(HandlerTask* task) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  HandlerTask* TakeNext() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Whether to wake a thread, which the caller then does.
  bool ClaimWakeUp() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const size_t max_threads_;
  const size_t max_waiting_;

  mutable std::mutex mutex_;
  std::condition_variable wake_up_;
  std::vector<std::thread> threads_ ABSL_GUARDED_BY(mutex_);
  LinkedList<HandlerLane> lanes_ ABSL_GUARDED_BY(mutex_);  // those with tasks, the next in turn first
  HandlerLane abandoned_{this};
  size_t waiting_ ABSL_GUARDED_BY(mutex_) = 0;
  size_t running_ ABSL_GUARDED_BY(mutex_) = 0;
  size_t sleeping_ ABSL_GUARDED_BY(mutex_) = 0;
  bool waking_ ABSL_GUARDED_BY(mutex_) = false;          // a sleeping thread was told to wake up and has not yet
  bool out_of_threads_ ABSL_GUARDED_BY(mutex_) = false;  // the last attempt to start one failed
  bool joining_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace connectrpc::server

#endif  // CONNECTRPC_SRC_SERVER_HANDLER_POOL_H_
