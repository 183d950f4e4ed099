#include "transport/pool.h"

#include <algorithm>
#include <string>
#include <utility>

#include "transport/backoff.h"

namespace connectrpc::transport {

// A connection and what it is to the pool.
class Pool::Link final : public Connection::Owner, public RoomHook, private net::Timer {
 public:
  enum class State {
    kConnecting,
    kOpen,
    kRetired,  // takes no more calls; the pool counts it no more
    kClosed,
  };

  Link(Pool* pool, Target* target, const std::vector<net::SocketAddress>& addresses, size_t expected)
      : target(target),
        expected_capacity(expected),
        pool_(pool),
        connection(pool->config_, pool->loop_, addresses, this) {}
  ~Link() { pool_->loop_->Disarm(this); }

  // Gives up where it is not ready by then.
  void ConnectBy(wire::TimePoint when) { pool_->loop_->Arm(this, when); }
  void StopTimer() { pool_->loop_->Disarm(this); }
  // Out of Target::room.
  void Unlist() {
    if (RoomHook::is_linked()) RoomHook::unlink();
  }

  State state = State::kConnecting;
  bool was_open = false;
  bool used = false;  // some call has had it
  wire::TimePoint opened_at{};
  Target* target;                  // null once abandoned
  const size_t expected_capacity;  // while it connects
  size_t slot = 0;                 // in links_

 private:
  void OnReady(Connection*) override { pool_->OnReady(this); }
  void OnCapacity(Connection*) override { pool_->OnRoom(this); }
  void OnGoingAway(Connection*) override { pool_->OnGoingAway(this); }
  void OnClosed(Connection*, const Error& error) override { pool_->OnClosed(this, error); }
  void OnTimer() override {
    connection.Close(Error(Code::kUnavailable, "looking up the server's name and connecting took longer than " +
                                                   std::to_string(pool_->config_->options.timeouts.connect.count()) +
                                                   " ms"));
  }

  Pool* const pool_;

 public:
  Connection connection;  // last: begins to connect, and its owner is this
};

struct Pool::Target {
  std::vector<net::SocketAddress> addresses;
  std::vector<Link*> links;      // that connect or are open
  LinkList room;                 // open ones that may have room: the one that had something to do last comes first
  size_t expected_capacity = 1;  // of its next connection
  int failures = 0;              // in a row
  wire::TimePoint retry_at{};

  // With room, not `avoid` unless there is no other; null where there is none.
  Link* FindRoom(const Connection* avoid) {
    Link* avoided = nullptr;
    for (auto it = room.begin(); it != room.end();) {
      Link& link = *it++;
      if (link.connection.capacity() == 0) {
        room.erase(room.iterator_to(link));
      } else if (&link.connection == avoid) {
        avoided = &link;
      } else {
        return &link;
      }
    }
    return avoided;
  }
};

// Apart from the pool, which may be destroyed while it is queued.
class Pool::Later final : public net::Task {
 public:
  explicit Later(Pool* pool) : pool(pool) {}
  void Run() override {
    if (pool == nullptr) {
      delete this;
      return;
    }
    scheduled = false;
    pool->OnLater();
  }

  Pool* pool;  // null once that is gone
  bool scheduled = false;
};

Pool::Pool(const Config* config, net::Loop* loop, std::minstd_rand::result_type seed, StartResolver start_resolver)
    : config_(config),
      loop_(loop),
      random_(seed),
      addresses_(config, loop, this, start_resolver, &random_),
      balancer_(config->options.balancing, seed),
      later_(std::make_unique<Later>(this)) {
  if (addresses_.complete()) UpdateTargets();
}

Pool::~Pool() {
  if (end_.ok()) Close(Error(Code::kCanceled, "the transport has ended"));
  loop_->Disarm(this);
  if (later_->scheduled) {
    later_->pool = nullptr;
    later_.release();  // the loop runs it once more
  }
}

Connection* Pool::Take(Waiter* waiter, const Connection* avoid) {
  if (end_.ok() && waiting_ == 0) {
    if (Connection* const connection = Choose(Idle::kConnect, avoid)) return connection;
  }
  if (!end_.ok() || waiting_ >= config_->options.limits.max_waiting_calls) {
    refused_.push_back(*waiter);
    ScheduleLater();
    return nullptr;
  }
  waiters_.push_back(*waiter);
  waiter->counted_ = true;
  ++waiting_;
  ConnectForWaiters();
  if (!Hopeful()) ScheduleLater();
  loop_->Arm(this, NextTry());
  return nullptr;
}

void Pool::Forget(Waiter* waiter) {
  if (waiter->WaiterHook::is_linked()) waiter->WaiterHook::unlink();
  if (waiter->counted_) --waiting_;
  waiter->counted_ = false;
}

void Pool::Close(const Error& error) {
  end_ = error;
  std::vector<Link*> links;
  for (const auto& link : links_) links.push_back(link.get());
  for (Link* link : links) {
    if (link->state != Link::State::kClosed) link->connection.Close(error);
  }
  while (!waiters_.empty()) {
    Waiter& waiter = waiters_.front();
    Forget(&waiter);
    waiter.OnUnavailable(end_);
  }
  FailRefused();
  loop_->Disarm(this);
}

bool Pool::CanTake(size_t index) {
  Target& target = *targets_[index];
  if (target.FindRoom(nullptr) != nullptr) return true;
  return choose_idle_targets_ && target.links.empty() && MayConnect(target);
}

size_t Pool::Load(size_t index) {
  size_t streams = 0;
  for (const Link* link : targets_[index]->links) streams += link->connection.streams();
  return streams;
}

Connection* Pool::Choose(Idle idle, const Connection* avoid) {
  choose_idle_targets_ = idle == Idle::kConnect;
  std::optional<size_t> index = balancer_.Pick(this);
  choose_idle_targets_ = false;
  if (index && targets_[*index]->room.empty()) {
    // It gets its connection; this call need not wait for that where another target has room.
    Connect(targets_[*index].get());
    index = balancer_.Pick(this);
  }
  if (!index) return nullptr;
  Link* link = targets_[*index]->FindRoom(avoid);
  for (size_t i = 0; &link->connection == avoid && i < targets_.size(); ++i) {
    if (Link* const other = targets_[i]->FindRoom(avoid)) link = other;
  }
  link->used = true;
  link->target->failures = 0;
  return &link->connection;
}

bool Pool::MayConnect(const Target& target) const {
  if (target.links.size() >= config_->options.limits.max_connections || target.retry_at > loop_->Now()) return false;
  // A server that permits no stream at all would permit none on another connection.
  return std::none_of(target.links.begin(), target.links.end(), [](const Link* link) {
    return link->state == Link::State::kOpen && link->connection.streams() == 0 && link->connection.capacity() == 0;
  });
}

std::optional<size_t> Pool::NextToConnect() const {
  std::optional<size_t> best;
  for (size_t i = 0; i < targets_.size(); ++i) {
    const size_t index = (next_to_connect_ + i) % targets_.size();
    const Target& target = *targets_[index];
    if (MayConnect(target) && (!best || target.links.size() < targets_[*best]->links.size())) best = index;
  }
  return best;
}

void Pool::Connect(Target* target) {
  addresses_.Refresh();
  const std::chrono::milliseconds stagger = config_->options.timeouts.connect_stagger;
  stagger_end_ = stagger.count() == 0 ? wire::kNever : wire::DeadlineAfter(loop_->Now(), stagger);
  auto link = std::make_unique<Link>(this, target, target->addresses, target->expected_capacity);
  link->ConnectBy(connect_by_);
  link->slot = links_.size();
  target->links.push_back(link.get());
  ++connecting_;
  connecting_capacity_ += link->expected_capacity;
  stats_.connecting.Add(1);
  links_.push_back(std::move(link));
}

void Pool::Retire(Link* link) {
  if (link->state == Link::State::kConnecting) {
    link->StopTimer();
    --connecting_;
    connecting_capacity_ -= link->expected_capacity;
    stats_.connecting.Subtract(1);
  } else if (link->state == Link::State::kOpen) {
    --open_;
  } else {
    return;
  }
  link->state = Link::State::kRetired;
  link->Unlist();
  if (link->target == nullptr) return;
  std::vector<Link*>& links = link->target->links;
  links.erase(std::find(links.begin(), links.end(), link));
}

void Pool::OnReady(Link* link) {
  if (link->state != Link::State::kConnecting) return;
  link->StopTimer();
  --connecting_;
  connecting_capacity_ -= link->expected_capacity;
  ++open_;
  stats_.connecting.Subtract(1);
  stats_.connections.Add(1);
  stats_.made.Add(1);
  link->state = Link::State::kOpen;
  link->was_open = true;
  link->opened_at = loop_->Now();
  Target& target = *link->target;
  target.retry_at = {};
  target.expected_capacity = std::max<size_t>(link->connection.capacity(), 1);
  OnRoom(link);
}

void Pool::OnRoom(Link* link) {
  if (link->state != Link::State::kOpen) return;
  link->Unlist();
  link->target->room.push_front(*link);
  if (waiting_ > 0) Settle();
}

void Pool::OnGoingAway(Link* link) {
  if (link->state == Link::State::kRetired) return;
  const bool came_to_nothing = CameToNothing(*link);
  if (came_to_nothing) NoteFailure(link->target, Error(Code::kUnavailable, "the server takes no calls"));
  Retire(link);
  AfterLoss(came_to_nothing);
}

bool Pool::CameToNothing(const Link& link) const {
  if (link.state == Link::State::kConnecting) return true;
  return link.state == Link::State::kOpen && !link.used &&
         loop_->Now() - link.opened_at < config_->options.timeouts.initial_backoff;
}

void Pool::NoteFailure(Target* target, const Error& error) {
  failure_ = error;
  const wire::TimePoint now = loop_->Now();
  // Connections that were begun together fail together: once.
  if (target->retry_at > now) return;
  ++target->failures;
  const double random = std::generate_canonical<double, 32>(random_);
  target->retry_at = wire::DeadlineAfter(now, ReconnectDelay(config_->options.timeouts, target->failures, random));
}

void Pool::OnClosed(Link* link, const Error& error) {
  if (link->state == Link::State::kClosed) return;
  const bool was_retired = link->state == Link::State::kRetired;
  const bool came_to_nothing = CameToNothing(*link);
  if (end_.ok()) {
    if (link->state == Link::State::kConnecting) stats_.failed.Add(1);
    if (came_to_nothing) NoteFailure(link->target, error);
  }
  Retire(link);
  link->state = Link::State::kClosed;
  if (link->was_open) stats_.connections.Subtract(1);

  links_.back()->slot = link->slot;
  std::swap(links_[link->slot], links_.back());
  closed_.push_back(std::move(links_.back()));
  links_.pop_back();
  ScheduleLater();
  if (!was_retired && end_.ok()) AfterLoss(came_to_nothing);
}

void Pool::AfterLoss(bool came_to_nothing) {
  // Servers that move say goodbye, or are just gone. A lookup begins with the next connection, beside it. Calls that
  // have waited for one that failed do not wait for a lookup on top.
  if (!came_to_nothing) addresses_.MarkStale();
  if (waiting_ > 0) Settle();
  if (came_to_nothing) addresses_.MarkStale();
  loop_->Arm(this, NextTry());
}

void Pool::OnAddresses() {
  if (!end_.ok()) return;
  if (!addresses_.complete()) return;  // the first ones in order may be among those that are missing
  const std::chrono::milliseconds timeout = config_->options.timeouts.connect;
  if (timeout.count() != 0) connect_by_ = wire::DeadlineAfter(addresses_.lookup_began(), timeout);
  UpdateTargets();
  Settle();
  connect_by_ = wire::kNever;
}

void Pool::UpdateTargets() {
  std::vector<std::vector<net::SocketAddress>> groups;
  std::vector<net::SocketAddress> addresses = addresses_.addresses();
  if (addresses.empty()) {
    failure_ = addresses_.error();
    return;
  }
  if (config_->options.balancing == Balancing::kFirstThatConnects) {
    groups.push_back(std::move(addresses));
  } else {
    for (const net::SocketAddress& address : addresses) groups.push_back({address});
  }
  const bool http2 = config_->tls == nullptr
                         ? config_->http2_in_clear
                         : std::find(config_->alpn.begin(), config_->alpn.end(), "h2") != config_->alpn.end();
  std::vector<std::unique_ptr<Target>> old = std::move(targets_);
  targets_.clear();
  for (std::vector<net::SocketAddress>& group : groups) {
    // One that shares an address goes on: of several, the connections may well lead to those that have remained.
    const auto found = std::find_if(old.begin(), old.end(), [&](const std::unique_ptr<Target>& target) {
      return target != nullptr && std::find_first_of(target->addresses.begin(), target->addresses.end(), group.begin(),
                                                     group.end(), SameAddress) != target->addresses.end();
    });
    if (found != old.end()) {
      targets_.push_back(std::move(*found));
    } else {
      targets_.push_back(std::make_unique<Target>());
      // Until the server says otherwise.
      targets_.back()->expected_capacity = http2 ? config_->session.max_concurrent_streams : 1;
    }
    Target& target = *targets_.back();
    if (!std::equal(group.begin(), group.end(), target.addresses.begin(), target.addresses.end(), SameAddress)) {
      target.addresses = std::move(group);
      target.failures = 0;
      target.retry_at = {};
    }
  }
  for (const auto& target : old) {
    if (target != nullptr) Abandon(target.get());
  }
}

void Pool::Abandon(Target* target) {
  const std::vector<Link*> links = std::move(target->links);
  target->links.clear();
  for (Link* link : links) {
    const bool connecting = link->state == Link::State::kConnecting;
    link->target = nullptr;
    Retire(link);
    if (connecting) {
      link->connection.Close(Error(Code::kUnavailable, "the server's name leads elsewhere by now"));
    } else {
      link->connection.Shutdown();
    }
  }
}

void Pool::Settle() {
  ServeWaiters();
  if (waiting_ > 0) {
    ConnectForWaiters();
    if (!Hopeful()) FailWaiters();
  }
  loop_->Arm(this, NextTry());
}

void Pool::ServeWaiters() {
  while (waiting_ > 0) {
    Connection* const connection = Choose(Idle::kLeave, nullptr);
    if (connection == nullptr) return;
    Waiter& waiter = waiters_.front();
    Forget(&waiter);
    waiter.OnConnection(connection);
  }
}

void Pool::ConnectForWaiters() {
  addresses_.Refresh();
  while (const std::optional<size_t> index = NextToConnect()) {
    Target* const target = targets_[*index].get();
    if (connecting_capacity_ >= waiting_) {
      // Enough, were it not for what the balancing is about: calls are not to hang on one target while there are
      // others.
      const bool alone = open_ == 0 && connecting_ < waiting_;
      if (!target->links.empty() || !(alone || StaggerIsOver())) return;
    }
    next_to_connect_ = *index + 1;
    Connect(target);
  }
}

bool Pool::StaggerIsOver() const {
  return open_ == 0 && stagger_end_ <= loop_->Now();
}

bool Pool::Hopeful() const {
  return connecting_ > 0 || open_ > 0 || addresses_.pending();
}

void Pool::FailWaiters() {
  // The error is copied: waiters may make other connections fail.
  const Error error = failure_;
  WaiterList failing;
  for (auto it = waiters_.begin(); it != waiters_.end();) {
    Waiter& waiter = *it++;
    if (waiter.wait_for_ready) continue;
    Forget(&waiter);
    failing.push_back(waiter);
  }
  while (!failing.empty()) {
    Waiter& waiter = failing.front();
    failing.pop_front();
    waiter.OnUnavailable(error);
  }
}

void Pool::FailRefused() {
  if (refused_.empty()) return;
  const Error error = !end_.ok() ? end_
                                 : Error(Code::kResourceExhausted,
                                         "more than " + std::to_string(config_->options.limits.max_waiting_calls) +
                                             " calls wait for a connection");
  WaiterList refused;
  refused.swap(refused_);  // those that are refused meanwhile have their turn later
  while (!refused.empty()) {
    Waiter& waiter = refused.front();
    refused.pop_front();
    waiter.OnUnavailable(error);
  }
}

wire::TimePoint Pool::NextTry() const {
  if (waiting_ == 0) return wire::kNever;
  const wire::TimePoint now = loop_->Now();
  wire::TimePoint next = addresses_.next_refresh();
  for (const auto& target : targets_) {
    const bool full = target->links.size() >= config_->options.limits.max_connections;
    // What may be connected to now is being connected to already, or not needed.
    if (!full && target->retry_at > now) next = std::min(next, target->retry_at);
    if (target->links.empty() && open_ == 0 && stagger_end_ > now) next = std::min(next, stagger_end_);
  }
  return next;
}

void Pool::OnTimer() {
  Settle();
}

void Pool::ScheduleLater() {
  if (later_->scheduled) return;
  later_->scheduled = true;
  loop_->Defer(later_.get());
}

void Pool::OnLater() {
  closed_.clear();
  FailRefused();
  if (waiting_ > 0) Settle();
}

}  // namespace connectrpc::transport
