#include "client/testing/handler_threads.h"

#include <algorithm>
#include <utility>

namespace connectrpc::client {

HandlerThreads::~HandlerThreads() {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    stopping_ = true;
    changed_.notify_all();
  }
  for (std::thread& thread : threads_) thread.join();
}

void HandlerThreads::Start(std::function<void()> function) {
  std::lock_guard<std::mutex> lock(mutex_);
  waiting_.push_back(std::move(function));
  if (waiting_.size() > idle_) {
    threads_.emplace_back([this] { Run(); });
  } else {
    changed_.notify_one();
  }
}

bool HandlerThreads::IsOne() {
  std::lock_guard<std::mutex> lock(mutex_);
  return std::any_of(threads_.begin(), threads_.end(),
                     [](const std::thread& thread) { return thread.get_id() == std::this_thread::get_id(); });
}

void HandlerThreads::Run() {
  std::unique_lock<std::mutex> lock(mutex_);
  for (;;) {
    if (waiting_.empty()) {
      if (stopping_) return;
      ++idle_;
      changed_.wait(lock);
      --idle_;
      continue;
    }
    {
      const std::function<void()> function = std::move(waiting_.front());
      waiting_.pop_front();
      lock.unlock();
      function();
    }
    lock.lock();
  }
}

}  // namespace connectrpc::client
