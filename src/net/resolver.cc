#include <fcntl.h>
#include <netdb.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <mutex>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

#include "net/connector.h"
#include "net/descriptor.h"
#include "net/thread.h"
#include "net/timer.h"
#include "net/unique_fd.h"

namespace connectrpc::net {
namespace {

using Addresses = absl::StatusOr<std::vector<SocketAddress>>;

absl::Status Failed(const std::string& host, const std::string& reason) {
  return absl::UnavailableError("cannot resolve \"" + host + "\": " + reason);
}

// RFC 8305 section 4: families by turns, beginning with that of the first; within each, the order stays.
std::vector<SocketAddress> ByTurns(std::vector<SocketAddress> addresses) {
  std::vector<SocketAddress> preferred, others, result;
  for (SocketAddress& address : addresses) {
    (address.family() == addresses.front().family() ? preferred : others).push_back(address);
  }
  for (size_t i = 0; i < std::max(preferred.size(), others.size()); ++i) {
    if (i < preferred.size()) result.push_back(preferred[i]);
    if (i < others.size()) result.push_back(others[i]);
  }
  return result;
}

// Blocks.
Addresses LookUp(const std::string& host, int port) {
  addrinfo hints = {};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV;
  addrinfo* list = nullptr;
  const int error = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &list);
  if (error == EAI_SYSTEM) return Failed(host, std::generic_category().message(errno));
  if (error != 0) return Failed(host, ::gai_strerror(error));
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> owned(list, ::freeaddrinfo);
  std::vector<SocketAddress> addresses;  // in the order of RFC 6724, by getaddrinfo
  for (const addrinfo* info = list; info != nullptr; info = info->ai_next) {
    if (info->ai_family != AF_INET && info->ai_family != AF_INET6) continue;
    SocketAddress address;
    std::memcpy(&address.storage, info->ai_addr, info->ai_addrlen);
    address.size = info->ai_addrlen;
    addresses.push_back(address);
  }
  if (addresses.empty()) return Failed(host, "no address");
  return ByTurns(std::move(addresses));
}

// What resolver and thread have in common; whoever lets go last frees it. The thread knows no loop: it may well outlive
// it, as nothing ends a getaddrinfo.
struct Lookup {
  explicit Lookup(const Endpoint& endpoint) : host(endpoint.host), port(endpoint.port) {}

  void Run() {
    Addresses found = Failed(host, "out of memory");
    try {
      found = LookUp(host, port);
    } catch (...) {
    }
    std::lock_guard<std::mutex> lock(mutex);
    addresses = std::move(found);
    running = UniqueFd();
  }

  const std::string host;
  const int port;
  std::mutex mutex;
  UniqueFd running;  // the writing end of a pipe, whose reader meets its end when there are addresses
  Addresses addresses;
};

class ThreadedResolver final : public Resolver, public ByteStream::Watcher, private Timer {
 public:
  ThreadedResolver(Loop* loop, Resolver::Watcher* watcher) : loop_(loop), watcher_(watcher) {}
  ~ThreadedResolver() override {
    loop_->Disarm(this);
    if (descriptor_ != nullptr) descriptor_->Close();
  }

  void Begin(const Endpoint& endpoint) {
    if (!endpoint.addresses.empty()) return Answer(endpoint.addresses);
    int pipe[2] = {-1, -1};
    if (::pipe2(pipe, O_CLOEXEC) != 0) return Answer(Failed(endpoint.host, std::generic_category().message(errno)));
    auto lookup = std::make_shared<Lookup>(endpoint);
    lookup->running = UniqueFd(pipe[1]);
    descriptor_ = std::make_shared<Descriptor>(loop_, UniqueFd(pipe[0]), this);
    if (descriptor_->fd() < 0) return Answer(Failed(endpoint.host, std::generic_category().message(ENOMEM)));
    try {
      StartThread([lookup] { lookup->Run(); }).detach();
    } catch (const std::system_error& error) {
      return Answer(Failed(endpoint.host, error.code().message()));
    }
    lookup_ = std::move(lookup);
    descriptor_->WaitReadable();
  }

 private:
  // Soon.
  void Answer(Addresses addresses) {
    known_ = std::move(addresses);
    loop_->Arm(this, loop_->Now());
  }
  void OnTimer() override { watcher_->OnResolved(*std::exchange(known_, std::nullopt)); }  // may destroy this object

  void OnReadable() override {
    descriptor_->Close();
    std::unique_lock<std::mutex> lock(lookup_->mutex);
    Addresses addresses = std::move(lookup_->addresses);
    lock.unlock();
    watcher_->OnResolved(std::move(addresses));  // may destroy this object
  }
  void OnWritable() override {}

  Loop* const loop_;
  Resolver::Watcher* const watcher_;
  std::optional<Addresses> known_;
  std::shared_ptr<Lookup> lookup_;
  std::shared_ptr<Descriptor> descriptor_;  // shared with a wait that Asio still holds
};

}  // namespace

std::unique_ptr<Resolver> Resolver::Start(Loop* loop, const Endpoint& endpoint, Watcher* watcher) {
  auto resolver = std::make_unique<ThreadedResolver>(loop, watcher);
  resolver->Begin(endpoint);
  return resolver;
}

}  // namespace connectrpc::net
