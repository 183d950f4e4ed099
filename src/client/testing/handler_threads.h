#ifndef CONNECTRPC_SRC_CLIENT_TESTING_HANDLER_THREADS_H_
#define CONNECTRPC_SRC_CLIENT_TESTING_HANDLER_THREADS_H_

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace connectrpc::client {

// Threads for functions that may block: as many as there are functions under way; those that are done are used again.
class HandlerThreads {
 public:
  HandlerThreads() = default;
  // Waits for the functions under way. Not from one of them.
  ~HandlerThreads();

  void Start(std::function<void()> function);
  // Whether the calling thread is one of them.
  bool IsOne();

 private:
  void Run();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> waiting_;
  size_t idle_ = 0;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace connectrpc::client

#endif  // CONNECTRPC_SRC_CLIENT_TESTING_HANDLER_THREADS_H_
