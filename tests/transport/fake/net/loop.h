#ifndef CONNECTRPC_SRC_NET_LOOP_H_
#define CONNECTRPC_SRC_NET_LOOP_H_

#include <algorithm>
#include <boost/intrusive/set.hpp>
#include <utility>
#include <vector>

#include "connectrpc/call_loop.h"
#include "net/timer.h"
#include "wire/timeout.h"

namespace connectrpc::transport {
class Connection;
}  // namespace connectrpc::transport

namespace connectrpc::net {

class FakeResolver;

using Task = LoopTask;

// In place of src/net/loop.h: a loop whose time passes when the test says so. It knows no sockets and no threads.
class Loop final {
 public:
  void Defer(Task* task) { deferred_.push_back(task); }
  wire::TimePoint Now() const { return now_; }
  void Arm(Timer* timer, wire::TimePoint when) {
    Disarm(timer);
    if (when == wire::kNever) return;
    timer->when_ = when;
    timers_.insert(*timer);
  }
  void Disarm(Timer* timer) {
    if (timer->armed()) timers_.erase(timers_.iterator_to(*timer));
  }

  // --- For tests ---
  // The end of the turn.
  void RunDeferred() {
    for (Task* task : std::exchange(deferred_, {})) task->Run();
  }
  // Turns until there is nothing left to do before that time has passed.
  void Advance(wire::Duration duration) {
    const wire::TimePoint end = now_ + duration;
    for (;;) {
      while (!deferred_.empty()) RunDeferred();
      if (timers_.empty() || timers_.begin()->when() > end) break;
      Timer& timer = *timers_.begin();
      timers_.erase(timers_.begin());
      now_ = std::max(now_, timer.when());
      timer.OnTimer();
    }
    now_ = end;
  }
  bool HasTimers() const { return !timers_.empty(); }

  // The connections that there are, oldest first.
  std::vector<transport::Connection*> connections;
  // The lookups under way, likewise.
  std::vector<FakeResolver*> lookups;

 private:
  struct ByTime {
    bool operator()(const Timer& a, const Timer& b) const { return a.when() < b.when(); }
  };

  wire::TimePoint now_ = wire::TimePoint(std::chrono::hours(1));
  std::vector<Task*> deferred_;
  boost::intrusive::multiset<Timer, boost::intrusive::compare<ByTime>> timers_;
};

}  // namespace connectrpc::net

#endif  // CONNECTRPC_SRC_NET_LOOP_H_
