#ifndef CONNECTRPC_SRC_NET_LISTENER_H_
#define CONNECTRPC_SRC_NET_LISTENER_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "net/loop.h"
#include "net/socket.h"

namespace connectrpc::net {

struct ListenOptions {
  // Other sockets that say so too may listen on the same port (SO_REUSEPORT); the kernel deals connections out.
  bool reuse_port = false;
};

// A listening socket. Transient accept errors are passed over; when descriptors or memory run out (EMFILE, ENFILE,
// ENOBUFS, ENOMEM) accepting pauses for 100 ms and resumes.
class Listener final {
 public:
  class Acceptor {
   public:
    virtual void OnAccept(ConnectedSocket socket) = 0;

   protected:
    ~Acceptor() = default;
  };

  // `address`: "127.0.0.1:8080", "[::1]:8080", "localhost:0", ":8080" or "0.0.0.0:8080" (port 0 lets the kernel
  // choose), "unix:/path/to/socket", or "unix:@name" for an abstract name. A stale Unix socket file (nobody listens on
  // it) is replaced; a live one is an error. Binds and listens before it returns; accepts once Start was called. Errors
  // say which address and why.
  static absl::StatusOr<std::unique_ptr<Listener>> Open(Loop* loop, const std::string& address,
                                                        const ListenOptions& options = {});
  ~Listener();  // on the loop's thread, or when the loop does not run
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  // Calls `acceptor` for each connection, on the loop's thread, until Close. Call on the loop's thread or before it
  // runs.
  void Start(Acceptor* acceptor);
  // Stops; removes the Unix socket file. Connections that were not accepted yet are reset.
  void Close();
  // From now on newcomers are not answered, while handshakes under way can be completed and are accepted as before.
  // To be called a while before AcceptAllAndClose, which would reset those. A newcomer's kernel asks again (after a
  // second on Linux) and finds another socket of the SO_REUSEPORT group then, or that there is none.
  //
  // False where that gives newcomers nothing to find (no reuse_port), or does not work here. Not undone.
  bool IgnoreNewcomers();
  // Calls the acceptor for each connection that is waiting, then closes.
  void AcceptAllAndClose();

  // The port bound to; 0 for Unix sockets.
  int port() const;
  // Where it listens, with the real port: "127.0.0.1:41234", "unix:/path".
  const std::string& address() const;

 private:
  struct State;
  explicit Listener(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

}  // namespace connectrpc::net

#endif  // CONNECTRPC_SRC_NET_LISTENER_H_
