#include "client/testing/inline_loop.h"

#include <utility>

namespace connectrpc::client {

void InlineLoop::Post(LoopTask* task) {
  const std::shared_ptr<InlineLoop> self = shared_from_this();
  std::unique_lock<std::mutex> lock(mutex_);
  task->next = nullptr;
  *end_ = task;
  end_ = &task->next;
  if (runs_on_ == std::thread::id()) RunQueued(&lock, nullptr);
}

bool InlineLoop::InLoop() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return runs_on_ == std::this_thread::get_id();
}

void InlineLoop::RunQueued(std::unique_lock<std::mutex>* lock, const std::function<void()>& also) {
  runs_on_ = std::this_thread::get_id();
  if (also) {
    lock->unlock();
    also();
    lock->lock();
  }
  while (first_ != nullptr) {
    LoopTask* const task = first_;
    first_ = task->next;
    if (first_ == nullptr) end_ = &first_;
    lock->unlock();
    task->Run();
    lock->lock();
  }
  runs_on_ = std::thread::id();
  left_.notify_all();
}

void InlineLoop::RunUntil(LoopTask* first, Completion* done) {
  const std::shared_ptr<InlineLoop> self = shared_from_this();
  Post(first);
  {
    std::unique_lock<std::mutex> lock(mutex_);
    left_.wait(lock, [this] { return runs_on_ == std::thread::id(); });
    if (!done->notified()) RunQueued(&lock, on_idle);
  }
  done->Wait();
}

}  // namespace connectrpc::client
