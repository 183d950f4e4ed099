#include "net/loop.h"

#include <boost/asio/post.hpp>
#include <chrono>

#include "net/loop_impl.h"

namespace connectrpc::net {
namespace {

// After a turn with one event, the turns that look for no second one.
constexpr int kLoneTurns = 15;

// Contains what a callback throws (std::bad_alloc, as nothing of ours throws on purpose): the other connections of the
// loop live on.
template <class F>
void Guarded(F&& callback) {
  try {
    callback();
  } catch (...) {
  }
}

}  // namespace

Loop::Impl::Impl(Loop* loop) : loop(loop) {}

void Loop::Impl::Turn(Wait wait) {
  const bool idle = Prepare();
  HandleReady(/*may_block=*/idle && wait == Wait::kIfIdle);
  UpdateNow();
  RunPosted();
  RunTimers();
  RunDeferred();
}

bool Loop::Impl::Prepare() {
  bool may_block = deferred.empty() && posted.load(std::memory_order_relaxed) == nullptr;
  try {
    StartWaits();
    SetAlarm();
  } catch (...) {
    may_block = false;  // out of memory: tried again in the next turn
  }
  now_is_old = true;
  return may_block;
}

void Loop::Impl::StartWaits() {
  while (!waiting.empty()) {
    waiting.front().StartWaits();
    waiting.pop_front();
  }
}

void Loop::Impl::SetAlarm() {
  if (timers.empty()) return;
  const wire::TimePoint first = timers.begin()->when();
  // An alarm that is too early costs one idle turn, and setting it again on each change would cost a system call.
  if (first >= alarm_time) return;
  alarm_time = wire::kNever;
  alarm.expires_at(first);
  alarm.async_wait([this](const boost::system::error_code& error) {
    UpdateNow();
    if (!error) alarm_time = wire::kNever;
  });
  alarm_time = first;
}

void Loop::Impl::HandleReady(bool may_block) {
  Guarded([&] {
    if (may_block) {
      context.run_one();
      // What is ready as well is served without a system call. Asio cannot say whether there is anything, and looking
      // is one: not worth it in each turn where events come one at a time. What is overlooked comes in the next turn.
      if (lone_turns > 0) {
        --lone_turns;
        return;
      }
    }
    // Ends, as no handler starts a wait before the end of the turn.
    if (context.poll() == 0) lone_turns = kLoneTurns;
  });
}

void Loop::Impl::RunPosted() {
  TaskList tasks;
  for (Task* task = posted.exchange(nullptr, std::memory_order_acquire); task != nullptr;) {
    Task* const posted_before = task->next;
    tasks.Prepend(task);
    task = posted_before;
  }
  tasks.RunAll();
}

void Loop::Impl::RunTimers() {
  in_timers = true;
  while (!timers.empty() && timers.begin()->when() <= loop->now_) {
    Timer& timer = *timers.begin();
    timers.erase(timers.begin());
    Guarded([&] { timer.OnTimer(); });
  }
  in_timers = false;
}

void Loop::Impl::RunDeferred() {
  deferred.RunAll();
}

void Loop::Impl::UpdateNow() {
  if (!now_is_old) return;
  now_is_old = false;
  loop->now_ = std::chrono::steady_clock::now();
}

void Loop::Impl::Wake() {
  struct Handler {
    using allocator_type = HandlerAllocator<>;
    allocator_type get_allocator() const noexcept { return allocator_type(&impl->wake_memory); }
    void operator()() const {
      // Acquires what was posted by those who found a wake-up queued; RunPosted follows in this turn.
      impl->wake_queued.exchange(false, std::memory_order_acq_rel);
      impl->UpdateNow();
    }
    Impl* impl;
  };
  if (wake_queued.exchange(true, std::memory_order_acq_rel)) return;
  boost::asio::post(context.get_executor(), Handler{this});
}

void Loop::Impl::TaskList::Append(Task* task) {
  task->next = nullptr;
  if (first_ == nullptr) {
    first_ = task;
  } else {
    last_->next = task;
  }
  last_ = task;
}

void Loop::Impl::TaskList::Prepend(Task* task) {
  task->next = first_;
  first_ = task;
  if (last_ == nullptr) last_ = task;
}

void Loop::Impl::TaskList::RunAll() {
  Task* task = first_;
  first_ = last_ = nullptr;
  while (task != nullptr) {
    Task* const next = task->next;  // Run may queue the task again, or destroy it
    Guarded([&] { task->Run(); });
    task = next;
  }
}

Loop::Loop()
    : impl_(std::make_unique<Impl>(this)),
      read_block_(new char[kReadBlockSize]),
      now_(std::chrono::steady_clock::now()) {}

Loop::~Loop() = default;

void Loop::Run() {
  Enter();
  while (!impl_->stop.load(std::memory_order_acquire)) RunTurn(Wait::kIfIdle);
  impl_->stop.store(false, std::memory_order_relaxed);
  Leave();
}

void Loop::Stop() {
  impl_->stop.store(true, std::memory_order_release);
  impl_->Wake();
}

void Loop::Enter() {
  impl_->runner.store(std::this_thread::get_id(), std::memory_order_relaxed);
}

void Loop::Leave() {
  impl_->runner.store(std::thread::id(), std::memory_order_relaxed);
}

void Loop::RunTurn(Wait wait) {
  impl_->Turn(wait);
}

bool Loop::HasTasks() const {
  return !impl_->deferred.empty() || impl_->posted.load(std::memory_order_relaxed) != nullptr;
}

void Loop::Wake() {
  impl_->Wake();
}

void Loop::Post(Task* task) {
  Task* latest = impl_->posted.load(std::memory_order_relaxed);
  do {
    task->next = latest;
  } while (!impl_->posted.compare_exchange_weak(latest, task, std::memory_order_release, std::memory_order_relaxed));
  // Not the first: whoever posted that woke the loop. Inside a turn the loop looks here again before it waits.
  if (latest == nullptr && impl_->runner.load(std::memory_order_relaxed) != std::this_thread::get_id()) impl_->Wake();
}

void Loop::Defer(Task* task) {
  impl_->deferred.Append(task);
}

bool Loop::InLoopThread() const {
  const std::thread::id runner = impl_->runner.load(std::memory_order_relaxed);
  return std::this_thread::get_id() == (runner == std::thread::id() ? impl_->creator : runner);
}

void Loop::Arm(Timer* timer, wire::TimePoint when) {
  Disarm(timer);
  if (when == wire::kNever) return;
  // A timer that keeps arming itself for now must not hold up the turn.
  if (impl_->in_timers && when <= now_) when = now_ + wire::Duration(1);
  timer->when_ = when;
  impl_->timers.insert(*timer);
}

void Loop::Disarm(Timer* timer) {
  if (timer->armed()) impl_->timers.erase(impl_->timers.iterator_to(*timer));
}

}  // namespace connectrpc::net
