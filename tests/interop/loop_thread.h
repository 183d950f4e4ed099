#ifndef CONNECTRPC_TESTS_INTEROP_LOOP_THREAD_H_
#define CONNECTRPC_TESTS_INTEROP_LOOP_THREAD_H_

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>

#include "connectrpc/call_loop.h"

namespace connectrpc::test {

// The simplest loop: a queue and a thread. What is in the queue when it is destroyed still runs.
class LoopThread final : public CallLoop {
 public:
  LoopThread() : thread_([this] { Serve(); }) {}
  ~LoopThread() {
    {
      std::lock_guard<std::mutex> lock(mutex_);
      stopped_ = true;
    }
    changed_.notify_one();
    thread_.join();
  }

  void Post(LoopTask* task) override {
    {
      std::lock_guard<std::mutex> lock(mutex_);
      task->next = nullptr;
      *last_ = task;
      last_ = &task->next;
    }
    changed_.notify_one();
  }
  bool InLoop() const override { return std::this_thread::get_id() == thread_.get_id(); }

  void PostFunction(std::function<void()> function) {
    class Task final : public LoopTask {
     public:
      explicit Task(std::function<void()> f) : function_(std::move(f)) {}
      void Run() override {
        function_();
        delete this;
      }

     private:
      std::function<void()> function_;
    };
    Post(new Task(std::move(function)));
  }

 private:
  void Serve() {
    std::unique_lock<std::mutex> lock(mutex_);
    for (;;) {
      changed_.wait(lock, [this] { return first_ != nullptr || stopped_; });
      if (first_ == nullptr) return;
      LoopTask* task = first_;
      first_ = task->next;
      if (first_ == nullptr) last_ = &first_;
      lock.unlock();
      task->Run();
      lock.lock();
    }
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  LoopTask* first_ = nullptr;
  LoopTask** last_ = &first_;
  bool stopped_ = false;
  std::thread thread_;
};

}  // namespace connectrpc::test

#endif  // CONNECTRPC_TESTS_INTEROP_LOOP_THREAD_H_
