#include "client/testing/thread_loop.h"

#include <utility>

namespace connectrpc::client {

ThreadLoop::ThreadLoop() {
  // InLoop compares with thread_, which has to be there first.
  std::lock_guard<std::mutex> lock(mutex_);
  thread_ = std::thread([this] { Run(); });
}

ThreadLoop::~ThreadLoop() {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    stopping_ = true;
    changed_.notify_one();
  }
  thread_.join();
}

void ThreadLoop::Post(LoopTask* task) {
  std::lock_guard<std::mutex> lock(mutex_);
  task->next = nullptr;
  *end_ = task;
  end_ = &task->next;
  changed_.notify_one();
}

void ThreadLoop::Run() {
  std::unique_lock<std::mutex> lock(mutex_);
  for (;;) {
    LoopTask* task = std::exchange(first_, nullptr);
    end_ = &first_;
    if (task == nullptr && stopping_) return;
    if (task == nullptr) {
      if (timers_.empty()) {
        changed_.wait(lock);
      } else {
        changed_.wait_until(lock, timers_.begin()->first);
      }
    }
    lock.unlock();
    while (task != nullptr) {
      LoopTask* const next = task->next;  // once it runs, the task may be gone
      task->Run();
      task = next;
    }
    RunDueTimers();
    lock.lock();
  }
}

void ThreadLoop::RunDueTimers() {
  if (timers_.empty()) return;
  const Clock::time_point now = Clock::now();
  while (!timers_.empty() && timers_.begin()->first <= now) {
    const auto due = timers_.extract(timers_.begin());
    due.mapped()();
  }
}

}  // namespace connectrpc::client
