#ifndef CONNECTRPC_SRC_NET_DEADLINE_SET_H_
#define CONNECTRPC_SRC_NET_DEADLINE_SET_H_

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>

#include "net/loop.h"
#include "net/timer.h"
#include "wire/timeout.h"

namespace connectrpc::net {

// now + timeout; kNever for zero, which switches a timeout off, and where the sum is not representable.
inline wire::TimePoint TimeoutAfter(wire::TimePoint now, std::chrono::milliseconds timeout) {
  if (timeout.count() == 0) return wire::kNever;
  // Duration counts nanoseconds and cannot hold every number of milliseconds.
  if (timeout > std::chrono::duration_cast<std::chrono::milliseconds>(wire::Duration::max())) return wire::kNever;
  return wire::DeadlineAfter(now, timeout);
}

// Several deadlines of one owner behind one timer: `Which` is an enumeration of `kCount` values from 0. Moving one
// further away or clearing it costs a store: the timer then goes off too early once, and is set again. Lives on the
// loop's thread.
template <class Which, size_t kCount>
class DeadlineSet final : private Timer {
 public:
  class Owner {
   public:
    // Has passed, and is no longer set. Not after Clear or Stop. May set and clear any, but not destroy the set.
    virtual void OnDeadline(Which which) = 0;

   protected:
    ~Owner() = default;
  };

  DeadlineSet(Loop* loop, Owner* owner) : loop_(loop), owner_(owner) { times_.fill(wire::kNever); }
  ~DeadlineSet() { Stop(); }

  // wire::kNever clears it.
  void Set(Which which, wire::TimePoint when) {
    at(which) = when;
    if (when != wire::kNever && (!armed() || when < Timer::when())) loop_->Arm(this, when);
  }
  // Sets it unless an earlier time is set.
  void SetNoLater(Which which, wire::TimePoint when) {
    if (when < at(which)) Set(which, when);
  }
  void Clear(Which which) { at(which) = wire::kNever; }
  // wire::kNever where it is not set.
  wire::TimePoint when(Which which) const { return times_[static_cast<size_t>(which)]; }
  // Clears all.
  void Stop() {
    times_.fill(wire::kNever);
    loop_->Disarm(this);
  }

 private:
  void OnTimer() override {
    const wire::TimePoint now = loop_->Now();
    for (size_t i = 0; i < kCount; ++i) {
      if (times_[i] > now) continue;
      times_[i] = wire::kNever;
      owner_->OnDeadline(static_cast<Which>(i));
    }
    loop_->Arm(this, *std::min_element(times_.begin(), times_.end()));
  }
  wire::TimePoint& at(Which which) { return times_[static_cast<size_t>(which)]; }

  Loop* const loop_;
  Owner* const owner_;
  std::array<wire::TimePoint, kCount> times_;
};

}  // namespace connectrpc::net

#endif  // CONNECTRPC_SRC_NET_DEADLINE_SET_H_
