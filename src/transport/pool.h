#ifndef CONNECTRPC_SRC_TRANSPORT_POOL_H_
#define CONNECTRPC_SRC_TRANSPORT_POOL_H_

#include <boost/intrusive/list.hpp>
#include <cstddef>
#include <memory>
#include <optional>
#include <random>
#include <vector>

#include "connectrpc/error.h"
#include "net/connector.h"
#include "net/loop.h"
#include "transport/address_source.h"
#include "transport/balancing.h"
#include "transport/config.h"
#include "transport/connection.h"
#include "transport/counter.h"

namespace connectrpc::transport {

// What a pool has and has done: see HttpTransportStats.
struct PoolStats {
  Counter connections;
  Counter connecting;
  Counter made;
  Counter failed;
};

// The connections of one loop to the addresses of one server: resolves names, connects when calls wait, backs off after
// failures, and chooses among what is there (Balancing).
//
// What is connected to is a target: one address or, with kFirstThatConnects, all of them in their order. A target that
// vanishes from what the names lead to takes no more calls; those that run on it end in peace.
class Pool final : private AddressSource::Watcher, private Balancer::Backends, private net::Timer {
 public:
  // Tagged: what waits may be in other lists, too.
  using WaiterHook = boost::intrusive::list_base_hook<boost::intrusive::tag<struct WaiterTag>,
                                                      boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;
  // A call that needs a connection. Embedded in the call; listed from Take until it is told, or Forget.
  class Waiter : public WaiterHook {
   public:
    // One with room for a stream, to be used at once.
    virtual void OnConnection(Connection* connection) = 0;
    // None can be made. Not told to those that wait for ready, unless too many calls wait, or the transport ends.
    virtual void OnUnavailable(const Error& error) = 0;

    bool wait_for_ready = false;

   protected:
    ~Waiter() = default;

   private:
    friend class Pool;
    bool counted_ = false;  // in waiting_
  };

  // `config` and `loop` outlive the pool. Tests choose `seed`, and what looks names up.
  Pool(const Config* config, net::Loop* loop, std::minstd_rand::result_type seed = std::random_device{}(),
       StartResolver start_resolver = &net::Resolver::Start);
  // Closes what is left; no waiter may be listed.
  ~Pool();
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  // A connection with room for a stream, to be used at once; or null: the waiter is listed and will be told, never from
  // inside. `avoid` is where an earlier attempt of the same call failed: taken only where there is no other.
  Connection* Take(Waiter* waiter, const Connection* avoid = nullptr);
  void Forget(Waiter* waiter);

  // The transport ends: every connection is closed, attempts fail with `error`, and so do calls that wait or come.
  void Close(const Error& error);

  // From any thread.
  const PoolStats& stats() const { return stats_; }

 private:
  class Link;
  class Later;
  struct Target;
  using WaiterList = boost::intrusive::list<Waiter, boost::intrusive::base_hook<WaiterHook>,
                                            boost::intrusive::constant_time_size<false>>;
  using RoomHook = boost::intrusive::list_base_hook<boost::intrusive::tag<struct RoomTag>,
                                                    boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;
  using LinkList =
      boost::intrusive::list<Link, boost::intrusive::base_hook<RoomHook>, boost::intrusive::constant_time_size<false>>;

  // AddressSource::Watcher
  void OnAddresses() override;
  // Balancer::Backends
  size_t Count() const override { return targets_.size(); }
  bool CanTake(size_t index) override;
  size_t Load(size_t index) override;
  // net::Timer
  void OnTimer() override;

  // Of links.
  void OnReady(Link* link);
  void OnRoom(Link* link);
  void OnGoingAway(Link* link);
  void OnClosed(Link* link, const Error& error);

  // At the end of a turn.
  void OnLater();

  enum class Idle { kLeave, kConnect };
  // A connection for a call. kConnect: where it is the turn of a target without one, begins to connect to that.
  Connection* Choose(Idle idle, const Connection* avoid);
  // Whether a connection to it may be begun now.
  bool MayConnect(const Target& target) const;
  // The target that the next connection goes to, if any: of those with the fewest, the first after the last one.
  std::optional<size_t> NextToConnect() const;
  void Connect(Target* target);
  // Whether its end says that connecting makes no sense at the moment: no call has had it.
  bool CameToNothing(const Link& link) const;
  void NoteFailure(Target* target, const Error& error);
  // It takes no more calls.
  void Retire(Link* link);
  void UpdateTargets();
  void AfterLoss(bool came_to_nothing);
  // Its links go, those with calls when these have ended.
  void Abandon(Target* target);

  // Does for the waiters whatever can be done now. Waiters may call Take and Forget from inside.
  void Settle();
  void ServeWaiters();
  void ConnectForWaiters();
  // No connection has been made for so long that another target is to be tried as well (RFC 8305).
  bool StaggerIsOver() const;
  // Whether something is under way that waiters may get a connection from.
  bool Hopeful() const;
  void FailWaiters();
  void FailRefused();
  // When something may be tried that waiters wait for.
  wire::TimePoint NextTry() const;
  void ScheduleLater();

  const Config* const config_;
  net::Loop* const loop_;
  PoolStats stats_;
  std::minstd_rand random_;
  AddressSource addresses_;
  Balancer balancer_;
  std::vector<std::unique_ptr<Target>> targets_;
  std::vector<std::unique_ptr<Link>> links_;   // of all targets, and of those that were abandoned
  std::vector<std::unique_ptr<Link>> closed_;  // until the end of the turn
  WaiterList waiters_;
  size_t waiting_ = 0;  // in waiters_
  WaiterList refused_;  // to be told at the end of the turn
  std::unique_ptr<Later> later_;
  size_t connecting_ = 0;
  size_t connecting_capacity_ = 0;  // what these connections will probably take
  size_t open_ = 0;                 // connections that take calls, or will when some end
  size_t next_to_connect_ = 0;
  bool choose_idle_targets_ = false;  // CanTake includes targets that have to be connected to first
  wire::TimePoint stagger_end_ = wire::kNever;
  wire::TimePoint connect_by_ = wire::kNever;  // for connections that are begun now
  Error failure_;                              // the last one, of names or connections
  Error end_;                                  // not ok: closed
};

}  // namespace connectrpc::transport

#endif  // CONNECTRPC_SRC_TRANSPORT_POOL_H_
