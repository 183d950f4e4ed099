#ifndef CONNECTRPC_TESTS_INTEROP_ECHO_STATE_H_
#define CONNECTRPC_TESTS_INTEROP_ECHO_STATE_H_

#include <condition_variable>
#include <mutex>

#include "support/tcp_client.h"

namespace connectrpc::test {

// What the handlers of a server are doing, for tests to look at and to wait for.
class EchoState final {
 public:
  struct Counts {
    int started = 0;    // calls that reached a handler
    int running = 0;    // those that it has not ended
    int paused = 0;     // those that pause
    int cancelled = 0;  // those whose handler saw the cancellation
    int reads = 0;      // messages read
    int writes = 0;     // messages written, as far as gRPC says so
  };

  template <class F>
  void Update(F&& change) {
    std::lock_guard<std::mutex> lock(mutex_);
    change(counts_);
    changed_.notify_all();
  }

  // False if it does not come true within the time limit.
  template <class F>
  [[nodiscard]] bool WaitUntil(F&& is_true) {
    std::unique_lock<std::mutex> lock(mutex_);
    return changed_.wait_for(lock, kTimeLimit, [&] { return is_true(counts_); });
  }

  Counts counts() {
    std::lock_guard<std::mutex> lock(mutex_);
    return counts_;
  }

  // Lets calls go on that pause until they are released.
  void Release() {
    std::lock_guard<std::mutex> lock(mutex_);
    released_ = true;
    changed_.notify_all();
  }
  [[nodiscard]] bool WaitForRelease() {
    std::unique_lock<std::mutex> lock(mutex_);
    return changed_.wait_for(lock, kTimeLimit, [&] { return released_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  Counts counts_;
  bool released_ = false;
};

}  // namespace connectrpc::test

#endif  // CONNECTRPC_TESTS_INTEROP_ECHO_STATE_H_
