#ifndef CONNECTRPC_SRC_SERVER_STREAM_POOL_H_
#define CONNECTRPC_SRC_SERVER_STREAM_POOL_H_

#include <cstddef>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "server/server_state.h"
#include "server/stream.h"

namespace connectrpc::server {

// The streams of one loop: used ones are counted, spare ones kept for the next request. Lives on the loop's thread.
class StreamPool {
 public:
  // Spare streams kept; more are freed, so that a burst does not hold memory for ever.
  static constexpr size_t kMaxSpare = 256;

  Stream* Acquire();
  void Release(Stream* stream);

  // A handler has begun, or is done: counted for ServerStats.
  void HandlerStarted() { running_.Add(1); }
  void HandlerDone() { running_.Subtract(1); }
  // From any thread.
  size_t running() const { return static_cast<size_t>(running_.value()); }

  // Streams acquired and not released.
  size_t in_use() const { return in_use_; }
  // `notify` runs whenever the last stream in use is released.
  void NotifyWhenEmpty(std::function<void()> notify) { notify_empty_ = std::move(notify); }

 private:
  std::vector<std::unique_ptr<Stream>> spare_;
  size_t in_use_ = 0;
  Counter running_;
  std::function<void()> notify_empty_;
};

}  // namespace connectrpc::server

#endif  // CONNECTRPC_SRC_SERVER_STREAM_POOL_H_
