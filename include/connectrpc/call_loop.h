#ifndef CONNECTRPC_CALL_LOOP_H_
#define CONNECTRPC_CALL_LOOP_H_

#include <condition_variable>
#include <mutex>

namespace connectrpc {

// A piece of work, embedded in its owner so that queueing allocates nothing. In at most one queue at a time; once Run
// has begun it may be queued again, or destroyed.
class LoopTask {
 public:
  virtual void Run() = 0;

  LoopTask* next = nullptr;  // for the queue that holds it

 protected:
  ~LoopTask() = default;
};

// What a blocked thread waits for. Notify is called at most once.
class Completion {
 public:
  Completion() = default;
  Completion(const Completion&) = delete;
  Completion& operator=(const Completion&) = delete;

  // From any thread. The waiting thread may destroy the object as soon as Wait has returned.
  void Notify() {
    std::lock_guard<std::mutex> lock(mutex_);
    notified_ = true;
    changed_.notify_one();
  }
  bool notified() const {
    std::lock_guard<std::mutex> lock(mutex_);
    return notified_;
  }
  void Wait() {
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait(lock, [this] { return notified_; });
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool notified_ = false;
};

// Where calls of a transport happen: on one thread at a time, though not always on the same one. What is said to happen
// "on the loop" needs no locks among itself.
class CallLoop {
 public:
  // From any thread, inside the loop as well: runs the task on the loop, tasks in the order of posting, never before
  // Post returns to the loop.
  virtual void Post(LoopTask* task) = 0;

  // Whether the calling thread is what the loop runs on at this moment.
  virtual bool InLoop() const = 0;

  // Runs `first` on the loop and returns when `done` has been notified, which `first` causes sooner or later. Not from
  // inside the loop, which would wait for itself. A loop with nothing else to do may run on the calling thread
  // meanwhile: no other thread is woken then.
  virtual void RunUntil(LoopTask* first, Completion* done) {
    Post(first);
    done->Wait();
  }

 protected:
  ~CallLoop() = default;
};

}  // namespace connectrpc

#endif  // CONNECTRPC_CALL_LOOP_H_
