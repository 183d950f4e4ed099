#include "transport/address_source.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>

#include "transport/backoff.h"

namespace connectrpc::transport {

bool SameAddress(const net::SocketAddress& a, const net::SocketAddress& b) {
  return a.size == b.size && std::memcmp(&a.storage, &b.storage, a.size) == 0;
}

AddressSource::AddressSource(const Config* config, net::Loop* loop, Watcher* watcher, StartResolver start_resolver,
                             std::minstd_rand* random)
    : config_(config),
      loop_(loop),
      watcher_(watcher),
      start_resolver_(start_resolver),
      random_(random),
      names_(config->endpoints.size()) {
  for (size_t i = 0; i < names_.size(); ++i) {
    Name& name = names_[i];
    name.source = this;
    name.endpoint = &config->endpoints[i];
    name.addresses = name.endpoint->addresses;
    name.looked_up = !name.addresses.empty();
    name.stale = !name.looked_up;
  }
}

AddressSource::~AddressSource() {
  loop_->Disarm(this);
}

void AddressSource::Refresh() {
  const wire::TimePoint now = loop_->Now();
  for (Name& name : names_) {
    if (!name.stale || name.resolver != nullptr || now < name.next) continue;
    name.began = now;
    name.resolver = start_resolver_(loop_, *name.endpoint, &name);
  }
  ArmTimer();
}

void AddressSource::MarkStale() {
  for (Name& name : names_) {
    if (name.endpoint->addresses.empty()) name.stale = true;
  }
}

bool AddressSource::pending() const {
  return std::any_of(names_.begin(), names_.end(), [](const Name& name) { return name.resolver != nullptr; });
}

bool AddressSource::complete() const {
  return std::all_of(names_.begin(), names_.end(), [](const Name& name) { return name.looked_up; });
}

std::vector<net::SocketAddress> AddressSource::addresses() const {
  std::vector<net::SocketAddress> all;
  for (const Name& name : names_) {
    for (const net::SocketAddress& address : name.addresses) {
      const bool known = std::any_of(all.begin(), all.end(),
                                     [&](const net::SocketAddress& other) { return SameAddress(address, other); });
      if (!known) all.push_back(address);
    }
  }
  return all;
}

wire::TimePoint AddressSource::next_refresh() const {
  wire::TimePoint next = wire::kNever;
  for (const Name& name : names_) {
    if (name.stale && name.resolver == nullptr) next = std::min(next, name.next);
  }
  return next;
}

void AddressSource::Name::OnResolved(absl::StatusOr<std::vector<net::SocketAddress>> found) {
  source->Take(this, std::move(found));
}

void AddressSource::Take(Name* name, absl::StatusOr<std::vector<net::SocketAddress>> found) {
  name->resolver.reset();
  name->looked_up = true;
  lookup_began_ = name->began;
  if (found.ok() && found->empty()) found = absl::UnavailableError(name->endpoint->host + " has no addresses");
  if (found.ok()) {
    name->addresses = *std::move(found);
    name->stale = false;
    name->failures = 0;
  } else {
    // The codes of absl::Status and ours have the same numbers.
    error_ = Error(static_cast<Code>(found.status().code()), std::string(found.status().message()));
    ++name->failures;
  }
  const double random = std::generate_canonical<double, 32>(*random_);
  name->next = wire::DeadlineAfter(loop_->Now(), ReconnectDelay(config_->options.timeouts, name->failures, random));
  ArmTimer();
  watcher_->OnAddresses();
}

wire::TimePoint AddressSource::LookupDeadline(const Name& name) const {
  const std::chrono::milliseconds timeout = config_->options.timeouts.connect;
  return timeout.count() == 0 ? wire::kNever : wire::DeadlineAfter(name.began, timeout);
}

void AddressSource::ArmTimer() {
  wire::TimePoint first = wire::kNever;
  for (const Name& name : names_) {
    if (name.resolver != nullptr) first = std::min(first, LookupDeadline(name));
  }
  loop_->Arm(this, first);
}

void AddressSource::OnTimer() {
  const wire::TimePoint now = loop_->Now();
  for (Name& name : names_) {
    if (name.resolver == nullptr || now < LookupDeadline(name)) continue;
    Take(&name, absl::UnavailableError("looking up " + name.endpoint->host + " took longer than " +
                                       std::to_string(config_->options.timeouts.connect.count()) + " ms"));
  }
  ArmTimer();
}

}  // namespace connectrpc::transport
