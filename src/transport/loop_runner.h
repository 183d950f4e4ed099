#ifndef CONNECTRPC_SRC_TRANSPORT_LOOP_RUNNER_H_
#define CONNECTRPC_SRC_TRANSPORT_LOOP_RUNNER_H_

#include <chrono>
#include <cstddef>
#include <memory>
#include <thread>

#include "connectrpc/call_loop.h"
#include "net/loop.h"
#include "wire/timeout.h"

namespace connectrpc::transport {

// A net::Loop that is run by whoever needs it: by a thread of its own for calls that nobody waits for, and by the
// caller of a blocking call that is alone on it, so that such a call costs no change of threads.
//
// The rules: at most one thread runs the loop at a time. A caller in RunUntil takes the loop where nobody runs it, and
// runs it until its completion is notified. It hands the loop over to the own thread, and only waits from then on, as
// soon as anybody else posts something: callbacks of other calls must not run on a thread that may hold locks for this
// one. When a caller leaves and calls() is above 0, the own thread takes over; with no calls it does so only after a
// while without callers, since the next one is probably near. The own thread lets go of the loop, in the same way, when
// calls() falls to 0.
//
// So nothing but Post brings work from other threads: not loop().Post, which tells nobody.
class LoopRunner final : public CallLoop {
 public:
  // How long the loop stays free for the next caller. Whoever calls more often than that never meets the own thread;
  // and a server that ends an idle connection is heard no later.
  static constexpr std::chrono::milliseconds kLinger{100};

  // Throws what std::thread and Boost.Asio throw where the process can have no more threads or descriptors.
  explicit LoopRunner(wire::Duration linger = kLinger);
  // Ends the own thread, after what was posted has run. Nothing may be posted any more, and by the end of that nothing
  // may be left that uses the loop. On any thread but one that is in RunUntil; on the own thread, inside the loop, it
  // does not wait: the loop lives until it has run to its end.
  ~LoopRunner();
  LoopRunner(const LoopRunner&) = delete;
  LoopRunner& operator=(const LoopRunner&) = delete;

  net::Loop& loop();

  void Post(LoopTask* task) override;
  bool InLoop() const override;
  // `done` is notified on the loop: a notification from elsewhere does not end the wait for events. What it waits for
  // is counted (AddCall) from `first` on, or the own thread, when it has taken over, lets go of the loop too early.
  // Aborts inside the loop.
  void RunUntil(LoopTask* first, Completion* done) override;

  // On the loop: what of calls is under way on it.
  void AddCall();
  void RemoveCall();
  size_t calls() const;

 private:
  struct State;

  const std::shared_ptr<State> state_;  // with the own thread
  std::thread own_thread_;
};

}  // namespace connectrpc::transport

#endif  // CONNECTRPC_SRC_TRANSPORT_LOOP_RUNNER_H_
