#ifndef CONNECTRPC_SRC_NET_LOOP_H_
#define CONNECTRPC_SRC_NET_LOOP_H_

#include <memory>

#include "connectrpc/call_loop.h"
#include "net/timer.h"
#include "wire/timeout.h"

namespace connectrpc::net {

using Task = LoopTask;

// One thread's event loop over Boost.Asio. A turn handles the sockets that are ready, then the posted tasks, then due
// timers, then the deferred tasks; so answers that become ready in one turn leave in one write. Where sockets become
// ready one at a time, some turns handle the first and leave the others to the next turn.
//
// Thread rule: everything on the loop's thread (the one inside Run, or between Enter and Leave; without one, the
// creating thread), but Post, Stop and Wake.
//
// Whatever a task, timer or watcher throws ends in the loop, which goes on with the next one.
class Loop final {
 public:
  // Throws what Boost.Asio throws where the process can have no more descriptors.
  Loop();
  // Not while a thread runs it. Tasks still posted are dropped without being run.
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  // Handles events until Stop. May be called again.
  void Run();
  // From any thread; Run returns after the current turn. May come before Run, which then returns at once.
  void Stop();

  // For threads that take turns with the loop, in place of Run: between Enter and Leave the calling thread is the
  // loop's. That there is one at a time, and that each sees what the last one did, is for them to arrange.
  void Enter();
  void Leave();
  enum class Wait {
    kNo,
    kIfIdle,  // for an event, where there is nothing to do without
  };
  void RunTurn(Wait wait);
  // Whether tasks are left for the next turn. On the loop's thread.
  bool HasTasks() const;
  // From any thread: ends the wait of the current turn, or of the next one.
  void Wake();

  // From any thread. The task runs on the loop's thread, in the order of posting; one that a posted task posts, in the
  // next turn. One wake-up serves all tasks posted before the loop gets to them.
  void Post(Task* task);
  // Runs at the end of the current turn; of the next one, when called by a deferred task or outside of a turn.
  void Defer(Task* task);

  bool InLoopThread() const;

  // The time at the start of the turn: cheap. Monotonic.
  wire::TimePoint Now() const { return now_; }

  // Arms, or re-arms for another time. wire::kNever disarms. A time that has passed is due in this turn or, when its
  // timers have had their turn or are having it, in the next.
  void Arm(Timer* timer, wire::TimePoint when);
  void Disarm(Timer* timer);

  // A block to read into, shared by all connections of the loop: its bytes are good until control returns to the loop.
  char* read_block() { return read_block_.get(); }
  static constexpr size_t kReadBlockSize = 64 * 1024;

  // Boost.Asio's context, for the other files of this folder.
  struct Impl;
  Impl& impl() { return *impl_; }

 private:
  std::unique_ptr<Impl> impl_;
  std::unique_ptr<char[]> read_block_;
  wire::TimePoint now_;
};

}  // namespace connectrpc::net

#endif  // CONNECTRPC_SRC_NET_LOOP_H_
