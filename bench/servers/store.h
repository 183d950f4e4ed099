#ifndef CONNECTRPC_BENCH_SERVERS_STORE_H_
#define CONNECTRPC_BENCH_SERVERS_STORE_H_

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "fortune/v1/fortune.pb.h"

namespace connectrpc::bench {

// What GetFortunes asks of Redis: eight connections, taken in turn, each of which carries many requests at once, and
// one thread that reads the answers. Thread-safe.
class Store final {
 public:
  // Nothing where Redis cannot be asked, or its answer not be understood.
  using Answer = std::optional<fortune::v1::GetFortunesResponse>;

  // Connects to Redis on this port of the machine; says on stderr why it cannot, and returns null.
  static std::unique_ptr<Store> Connect(int port);
  ~Store();
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  // The fortunes of Redis and one more, sorted by text. `done` runs once, on the store's thread as a rule.
  void Ask(std::function<void(Answer)> done);
  // The same, for callers that may block.
  Answer Ask();

 private:
  class Connection;

  Store();
  void Read();

  std::vector<std::unique_ptr<Connection>> connections_;
  std::atomic<unsigned> next_{0};
  int stop_[2] = {-1, -1};  // a pipe
  std::thread reader_;
};

}  // namespace connectrpc::bench

#endif  // CONNECTRPC_BENCH_SERVERS_STORE_H_
