#ifndef CONNECTRPC_SRC_TRANSPORT_CONNECTION_H_
#define CONNECTRPC_SRC_TRANSPORT_CONNECTION_H_

#include <cstddef>
#include <vector>

#include "connectrpc/error.h"
#include "net/address.h"
#include "net/loop.h"
#include "transport/config.h"

namespace connectrpc::transport {

class Attempt;

// One connection to a server, from the moment it is begun to its end: connects, then moves bytes between socket and
// HTTP session, and events from the session to the attempts on it. Lives on one loop and is owned by a Pool. Output is
// written once at the end of a turn of the loop.
class Connection final {
 public:
  // None of these comes from inside a function of the connection but Close.
  class Owner {
   public:
    // It can take streams: the server's HTTP/2 preface has come, or it speaks HTTP/1.1.
    virtual void OnReady(Connection* connection) = 0;
    // capacity() has risen from 0.
    virtual void OnCapacity(Connection* connection) = 0;
    // No more streams: the server, or an idle timer, wants it to end. OnClosed follows when those running have ended.
    virtual void OnGoingAway(Connection* connection) = 0;
    // The end, after all its streams were. Before OnReady: why it could not be made. The owner destroys it, here or
    // later.
    virtual void OnClosed(Connection* connection, const Error& error) = 0;

   protected:
    ~Owner() = default;
  };

  // Begins to connect to the first of `addresses` that takes it. `config`, `loop` and `owner` outlive the connection.
  Connection(const Config* config, net::Loop* loop, std::vector<net::SocketAddress> addresses, Owner* owner);
  ~Connection();

  bool ready() const;
  size_t capacity() const;  // how many more streams it takes now; 0 unless ready
  size_t streams() const;   // that it carries

  // While capacity() > 0; the attempt lets go of it when it ends.
  void Start(Attempt* attempt);
  // Lets running streams end, takes no more.
  void Shutdown();
  // Ends now; attempts on it fail with `error`.
  void Close(const Error& error);
};

}  // namespace connectrpc::transport

#endif  // CONNECTRPC_SRC_TRANSPORT_CONNECTION_H_
