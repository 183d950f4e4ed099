#ifndef CONNECTRPC_SRC_TRANSPORT_POOL_H_
#define CONNECTRPC_SRC_TRANSPORT_POOL_H_

#include <boost/intrusive/list.hpp>

#include "connectrpc/error.h"
#include "net/loop.h"
#include "transport/config.h"
#include "transport/connection.h"

namespace connectrpc::transport {

// The connections of one loop to the addresses of one server: resolves names, connects when calls wait, backs off after
// failures, and chooses among what is there (Balancing).
class Pool final {
 public:
  // A call that needs a connection. Embedded in the call; listed from Take until it is told, or Forget.
  class Waiter : public boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
   public:
    // One with room for a stream, to be used at once.
    virtual void OnConnection(Connection* connection) = 0;
    // None can be made. Not told to those that wait for ready.
    virtual void OnUnavailable(const Error& error) = 0;

    bool wait_for_ready = false;

   protected:
    ~Waiter() = default;
  };

  // `config` and `loop` outlive the pool.
  Pool(const Config* config, net::Loop* loop);
  // Closes what is left; no waiter may be listed.
  ~Pool();

  // A connection with room for a stream, to be used at once; or null: the waiter is listed and will be told, never from
  // inside. `avoid` is where an earlier attempt of the same call failed: taken only where there is no other.
  Connection* Take(Waiter* waiter, const Connection* avoid = nullptr);
  void Forget(Waiter* waiter);

  // The transport ends: every connection is closed, attempts fail with `error`.
  void Close(const Error& error);
};

}  // namespace connectrpc::transport

#endif  // CONNECTRPC_SRC_TRANSPORT_POOL_H_
