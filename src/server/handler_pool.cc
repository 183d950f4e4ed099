#include "server/handler_pool.h"

#include <algorithm>
#include <exception>
#include <utility>

#include "net/thread.h"

namespace connectrpc::server {
namespace {

size_t ThreadsFor(const Limits& limits) {
  if (limits.max_handler_threads > 0) return limits.max_handler_threads;
  return std::max<size_t>(8, 2 * static_cast<size_t>(std::thread::hardware_concurrency()));
}

}  // namespace

Error RefusalOf(Admission admission) {
  switch (admission) {
    case Admission::kAccepted:
      break;
    case Admission::kQueueFull:
      return Error(Code::kResourceExhausted, "too many calls wait for a handler thread (max_queued_calls)");
    case Admission::kNoThread:
      return Error(Code::kResourceExhausted, "no handler thread can be started");
  }
  return Error();
}

bool HandlerTask::Withdraw() {
  return pool_ != nullptr && pool_->Withdraw(this);
}

void HandlerWaker::Schedule() {
  if (std::exchange(scheduled_, true)) return;
  loop_->Defer(this);
}

void HandlerWaker::Run() {
  scheduled_ = false;
  pool_->WakeUp();
}

HandlerLane::~HandlerLane() {
  if (used_) pool_->Abandon(this);
}

Admission HandlerLane::Submit(HandlerTask* task) {
  used_ = true;
  return pool_->Submit(this, task);
}

HandlerPool::HandlerPool(const Limits& limits)
    : max_threads_(ThreadsFor(limits)), max_waiting_(limits.max_queued_calls) {}

HandlerPool::~HandlerPool() {
  Join();
}

Admission HandlerPool::Submit(HandlerLane* lane, HandlerTask* task) {
  bool wake = false;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    if (joining_) return Admission::kNoThread;
    // Threads that have no task. Tasks that wait for them to wake up do not wait for a handler.
    size_t free = threads_.size() - running_;
    if (waiting_ >= free && threads_.size() < max_threads_ && StartThread()) ++free;
    if (threads_.empty()) return Admission::kNoThread;
    if (waiting_ >= free && waiting_ - free >= max_waiting_) return Admission::kQueueFull;
    task->pool_ = this;
    Append(lane, task);
    wake = (lane->waker_ == nullptr || waiting_ >= kWakeUpAtOnce) && ClaimWakeUp();
  }
  if (wake) wake_up_.notify_one();
  if (lane->waker_ != nullptr) lane->waker_->Schedule();
  return Admission::kAccepted;
}

void HandlerPool::WakeUp() {
  bool wake = false;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    wake = ClaimWakeUp();
  }
  if (wake) wake_up_.notify_one();
}

bool HandlerPool::Withdraw(HandlerTask* task) {
  std::lock_guard<std::mutex> lock(mutex_);
  if (task->lane_ == nullptr) return false;
  Remove(task);
  return true;
}

void HandlerPool::Abandon(HandlerLane* lane) {
  std::lock_guard<std::mutex> lock(mutex_);
  while (!lane->tasks_.empty()) {
    HandlerTask* const task = lane->tasks_.first();
    Remove(task);
    Append(&abandoned_, task);
  }
}

void HandlerPool::Join() {
  std::vector<std::thread> threads;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    joining_ = true;
    threads.swap(threads_);
  }
  wake_up_.notify_all();
  for (std::thread& thread : threads) thread.join();
}

HandlerPool::Stats HandlerPool::stats() const {
  std::lock_guard<std::mutex> lock(mutex_);
  Stats stats;
  stats.running = running_;
  stats.waiting = waiting_;
  stats.threads = threads_.size();
  stats.sleeping = sleeping_;
  return stats;
}

void HandlerPool::RunThread() {
  net::NameThread("rpc-handler");
  std::unique_lock<std::mutex> lock(mutex_);
  for (;;) {
    while (waiting_ == 0) {
      if (joining_) return;
      out_of_threads_ = false;
      ++sleeping_;
      wake_up_.wait(lock);
      --sleeping_;
      waking_ = false;
    }
    HandlerTask* const task = TakeNext();
    ++running_;
    const bool wake = ClaimWakeUp();
    lock.unlock();
    if (wake) wake_up_.notify_one();
    try {
      task->Run();
    } catch (...) {
    }
    lock.lock();
    --running_;
  }
}

bool HandlerPool::StartThread() {
  if (out_of_threads_ && !threads_.empty()) return false;
  try {
    threads_.reserve(threads_.size() + 1);  // so that nothing throws once the thread runs
    threads_.push_back(net::StartThread([this] { RunThread(); }));
    return true;
  } catch (const std::exception&) {  // the process has too many, or no memory
    out_of_threads_ = true;
    return false;
  }
}

void HandlerPool::Append(HandlerLane* lane, HandlerTask* task) {
  if (lane->tasks_.empty()) lanes_.PushBack(lane);
  lane->tasks_.PushBack(task);
  task->lane_ = lane;
  ++waiting_;
}

void HandlerPool::Remove(HandlerTask* task) {
  HandlerLane* const lane = std::exchange(task->lane_, nullptr);
  lane->tasks_.Remove(task);
  if (lane->tasks_.empty()) lanes_.Remove(lane);
  --waiting_;
}

HandlerTask* HandlerPool::TakeNext() {
  HandlerLane* const lane = lanes_.first();
  HandlerTask* const task = lane->tasks_.first();
  Remove(task);
  if (!lane->tasks_.empty()) {
    lanes_.Remove(lane);
    lanes_.PushBack(lane);
  }
  return task;
}

// One at a time: a thread that has woken up wakes the next if there is more to do. So a burst of short handlers, which
// the first thread is through with before the second has come up, does not wake them all.
bool HandlerPool::ClaimWakeUp() {
  if (waiting_ == 0 || sleeping_ == 0 || waking_) return false;
  waking_ = true;
  return true;
}

}  // namespace connectrpc::server
