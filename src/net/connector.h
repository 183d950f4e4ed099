#ifndef CONNECTRPC_SRC_NET_CONNECTOR_H_
#define CONNECTRPC_SRC_NET_CONNECTOR_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "net/address.h"
#include "net/byte_stream.h"
#include "net/loop.h"
#include "net/tls_context.h"
#include "wire/timeout.h"

namespace connectrpc::net {

// Names a host for clients: a name to be resolved, or one address.
struct Endpoint {
  std::string host;  // a name, an IP address without brackets, or empty where `address` is set
  int port = 0;
  std::vector<SocketAddress> addresses;  // known without resolving: IP literals and Unix sockets
};

// Reads "10.0.0.1:80", "[::1]:80", "unix:/path", "unix:@name", "name:80"; "localhost" is 127.0.0.1, then ::1, and not
// looked up. Invalid_argument says what is wrong.
absl::StatusOr<Endpoint> ParseEndpoint(const std::string& text);

// Reads an IP address to connect from: "10.0.0.7", "::1". Invalid_argument otherwise.
absl::StatusOr<SocketAddress> ParseLocalAddress(const std::string& text);

// Looks a name up (getaddrinfo, on a thread of its own, which nothing can end: it goes on by itself when the resolver,
// or the loop, is gone). On the loop's thread; destroying it abandons the lookup, and no call comes any more.
class Resolver {
 public:
  class Watcher {
   public:
    // The addresses in the order in which they are to be tried (RFC 6724), families alternating (RFC 8305), or
    // `unavailable` with the reason. Never from inside Start.
    virtual void OnResolved(absl::StatusOr<std::vector<SocketAddress>> addresses) = 0;

   protected:
    ~Watcher() = default;
  };

  virtual ~Resolver() = default;
  static std::unique_ptr<Resolver> Start(Loop* loop, const Endpoint& endpoint, Watcher* watcher);
};

struct ConnectOptions {
  wire::Duration address_timeout{};  // TCP to one of several addresses; 0: none
  wire::Duration stagger{};          // after which the next address is tried as well; 0: only when one has failed
  wire::TimePoint deadline = wire::kNever;  // of all, the TLS handshake included
  std::string local_address;                // as ParseLocalAddress takes it; empty, and for Unix sockets: any
  // TLS, with the name to ask for and to verify (an IP address is verified as such and not asked for); null: in clear.
  std::shared_ptr<const TlsContext> tls;
  std::string server_name;
  // ALPN, in order of preference: "h2", "http/1.1". A server that does not choose one of these is refused; without a
  // choice HTTP/1.1 is spoken.
  std::vector<std::string> alpn;
};

// Makes one connection to the first of several addresses that takes it, trying them in turn and, after a while, side by
// side (RFC 8305), then shakes hands where TLS is asked for. On the loop's thread; destroying it gives up, and no call
// comes any more.
class Connector {
 public:
  class Watcher {
   public:
    // `unavailable`, with what each address said, or why the certificate was refused. The stream has `stream_watcher`
    // of Start, and over TLS its handshake is over. Never from inside Start.
    virtual void OnConnected(absl::StatusOr<std::unique_ptr<ByteStream>> stream) = 0;

   protected:
    ~Watcher() = default;
  };

  virtual ~Connector() = default;
  // At least one address. `stream_watcher` outlives the stream.
  static std::unique_ptr<Connector> Start(Loop* loop, std::vector<SocketAddress> addresses,
                                          const ConnectOptions& options, Watcher* watcher,
                                          ByteStream::Watcher* stream_watcher);
};

}  // namespace connectrpc::net

#endif  // CONNECTRPC_SRC_NET_CONNECTOR_H_
