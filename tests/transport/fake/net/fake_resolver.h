#ifndef CONNECTRPC_TESTS_TRANSPORT_FAKE_NET_FAKE_RESOLVER_H_
#define CONNECTRPC_TESTS_TRANSPORT_FAKE_NET_FAKE_RESOLVER_H_

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "net/address.h"
#include "net/connector.h"
#include "net/loop.h"

namespace connectrpc::net {

// A lookup whose answer the test gives. Listed by its loop.
class FakeResolver final : public Resolver {
 public:
  static std::unique_ptr<Resolver> Start(Loop* loop, const Endpoint& endpoint, Watcher* watcher) {
    return std::make_unique<FakeResolver>(loop, endpoint, watcher);
  }
  FakeResolver(Loop* loop, const Endpoint& endpoint, Watcher* watcher)
      : host(endpoint.host), loop_(loop), watcher_(watcher) {
    loop_->lookups.push_back(this);
  }
  ~FakeResolver() override {
    auto& all = loop_->lookups;
    all.erase(std::find(all.begin(), all.end(), this));
  }

  // Each destroys it.
  void Answer(const std::vector<std::string>& texts) {
    std::vector<SocketAddress> addresses;
    for (const std::string& text : texts) addresses.push_back(ParseListenAddress(text)->front());
    watcher_->OnResolved(std::move(addresses));
  }
  void Fail(const std::string& why) { watcher_->OnResolved(absl::UnavailableError(why)); }

  const std::string host;

 private:
  Loop* const loop_;
  Watcher* const watcher_;
};

}  // namespace connectrpc::net

#endif  // CONNECTRPC_TESTS_TRANSPORT_FAKE_NET_FAKE_RESOLVER_H_
