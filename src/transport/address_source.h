#ifndef CONNECTRPC_SRC_TRANSPORT_ADDRESS_SOURCE_H_
#define CONNECTRPC_SRC_TRANSPORT_ADDRESS_SOURCE_H_

#include <memory>
#include <random>
#include <vector>

#include "absl/status/statusor.h"
#include "connectrpc/error.h"
#include "net/connector.h"
#include "net/loop.h"
#include "transport/config.h"

namespace connectrpc::transport {

// net::Resolver::Start, or what a test puts in its place.
using StartResolver = std::unique_ptr<net::Resolver> (*)(net::Loop* loop, const net::Endpoint& endpoint,
                                                         net::Resolver::Watcher* watcher);

bool SameAddress(const net::SocketAddress& a, const net::SocketAddress& b);

// The addresses of a server's endpoints: looks names up, and does so again where that is asked for, but not at once
// after the last time (the back-off of ClientTimeouts). On the loop.
class AddressSource final : private net::Timer {
 public:
  class Watcher {
   public:
    // A lookup is over: addresses() may be others now. Never from inside.
    virtual void OnAddresses() = 0;

   protected:
    ~Watcher() = default;
  };

  // All outlive it.
  AddressSource(const Config* config, net::Loop* loop, Watcher* watcher, StartResolver start_resolver,
                std::minstd_rand* random);
  ~AddressSource();

  // Begins to look up the names that have no addresses or are stale, as far as it is time.
  void Refresh();
  // The names may lead elsewhere by now.
  void MarkStale();

  // Some lookup is under way.
  bool pending() const;
  // Each endpoint has been looked up once, whatever came out.
  bool complete() const;
  // In the order of the endpoints, each address once. What a name led to stays until it leads elsewhere.
  std::vector<net::SocketAddress> addresses() const;
  // Of the last lookup that failed.
  const Error& error() const { return error_; }
  // When the lookup that ended last had begun.
  wire::TimePoint lookup_began() const { return lookup_began_; }
  // When Refresh may do something again; wire::kNever where nothing is stale.
  wire::TimePoint next_refresh() const;

 private:
  struct Name final : net::Resolver::Watcher {
    void OnResolved(absl::StatusOr<std::vector<net::SocketAddress>> found) override;

    AddressSource* source = nullptr;
    const net::Endpoint* endpoint = nullptr;
    std::unique_ptr<net::Resolver> resolver;  // while a lookup is under way
    bool looked_up = false;
    bool stale = true;
    int failures = 0;
    wire::TimePoint began{};
    wire::TimePoint next{};  // not looked up again before
    std::vector<net::SocketAddress> addresses;
  };

  void OnTimer() override;
  // The lookup of `name` is over.
  void Take(Name* name, absl::StatusOr<std::vector<net::SocketAddress>> found);
  wire::TimePoint LookupDeadline(const Name& name) const;
  void ArmTimer();

  const Config* const config_;
  net::Loop* const loop_;
  Watcher* const watcher_;
  const StartResolver start_resolver_;
  std::minstd_rand* const random_;
  std::vector<Name> names_;  // one for each endpoint, with or without need of a lookup
  wire::TimePoint lookup_began_{};
  Error error_;
};

}  // namespace connectrpc::transport

#endif  // CONNECTRPC_SRC_TRANSPORT_ADDRESS_SOURCE_H_
