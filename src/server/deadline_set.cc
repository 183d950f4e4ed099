#include "server/deadline_set.h"

#include <algorithm>

namespace connectrpc::server {

wire::TimePoint TimeoutAfter(wire::TimePoint now, std::chrono::milliseconds timeout) {
  if (timeout.count() == 0) return wire::kNever;
  // Duration counts nanoseconds and cannot hold every number of milliseconds.
  if (timeout > std::chrono::duration_cast<std::chrono::milliseconds>(wire::Duration::max())) return wire::kNever;
  return wire::DeadlineAfter(now, timeout);
}

DeadlineSet::DeadlineSet(net::Loop* loop, Owner* owner) : loop_(loop), owner_(owner) {
  times_.fill(wire::kNever);
}

void DeadlineSet::Set(Deadline which, wire::TimePoint when) {
  at(which) = when;
  if (when != wire::kNever && (!armed() || when < Timer::when())) loop_->Arm(this, when);
}

void DeadlineSet::SetNoLater(Deadline which, wire::TimePoint when) {
  if (when < at(which)) Set(which, when);
}

void DeadlineSet::Stop() {
  times_.fill(wire::kNever);
  loop_->Disarm(this);
}

void DeadlineSet::OnTimer() {
  const wire::TimePoint now = loop_->Now();
  for (size_t i = 0; i < kDeadlines; ++i) {
    if (times_[i] > now) continue;
    times_[i] = wire::kNever;
    owner_->OnDeadline(static_cast<Deadline>(i));
  }
  loop_->Arm(this, *std::min_element(times_.begin(), times_.end()));
}

}  // namespace connectrpc::server
