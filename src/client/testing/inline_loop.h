#ifndef CONNECTRPC_SRC_CLIENT_TESTING_INLINE_LOOP_H_
#define CONNECTRPC_SRC_CLIENT_TESTING_INLINE_LOOP_H_

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

#include "connectrpc/call_loop.h"

namespace connectrpc::client {

// A loop without a thread: tasks run on the thread that posts them, before Post returns; where a task posts one, after
// the first has run. One thread at a time: others leave their tasks to it. Shared, since what runs on it may let go of
// it.
class InlineLoop final : public CallLoop, public std::enable_shared_from_this<InlineLoop> {
 public:
  void Post(LoopTask* task) override;
  bool InLoop() const override;
  // Where nothing is left to do, and `done` was not notified, calls on_idle on the loop.
  void RunUntil(LoopTask* first, Completion* done) override;

  // Set before use.
  std::function<void()> on_idle;

 private:
  // Takes over the loop, runs `also` and what is queued, and leaves.
  void RunQueued(std::unique_lock<std::mutex>* lock, const std::function<void()>& also);

  mutable std::mutex mutex_;
  std::condition_variable left_;
  LoopTask* first_ = nullptr;
  LoopTask** end_ = &first_;
  std::thread::id runs_on_;  // none: nobody runs it
};

}  // namespace connectrpc::client

#endif  // CONNECTRPC_SRC_CLIENT_TESTING_INLINE_LOOP_H_
