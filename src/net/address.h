#ifndef CONNECTRPC_SRC_NET_ADDRESS_H_
#define CONNECTRPC_SRC_NET_ADDRESS_H_

#include <sys/socket.h>

#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace connectrpc::net {

// Where a socket is bound, or its peer.
struct SocketAddress {
  sockaddr_storage storage = {};  // ss_family: AF_INET, AF_INET6 or AF_UNIX
  socklen_t size = 0;

  sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
  int family() const { return storage.ss_family; }
};

// Reads an address to listen on, in the forms of Listener::Open: the addresses to try, in this order, until one is of a
// family that this host has. ":8080" is IPv6's wildcard (which takes IPv4 too), then IPv4's; "localhost" is 127.0.0.1,
// then ::1; each other form is one address. Names are not resolved. Invalid_argument says what is wrong with the text.
absl::StatusOr<std::vector<SocketAddress>> ParseListenAddress(const std::string& text);

// The inverse: "127.0.0.1:80", "[::1]:80", "unix:/path", "unix:@name".
std::string FormatAddress(const SocketAddress& address);

// As gRPC spells the address of a peer: "ipv4:127.0.0.1:5000", "ipv6:[::1]:5000", "unix:". An IPv4 peer of a socket for
// both families is an IPv4 peer.
std::string FormatPeer(const SocketAddress& address);

// What counts as one peer in an address that FormatPeer wrote: the IPv4 address, or the first 64 bits of an IPv6
// address (networks of that size are given to single customers). Empty for Unix sockets.
std::string PeerNetwork(std::string_view peer);

// 0 for Unix sockets.
int PortOf(const SocketAddress& address);

// The path of the socket file; empty for IP and for abstract names.
std::string UnixPathOf(const SocketAddress& address);

}  // namespace connectrpc::net

#endif  // CONNECTRPC_SRC_NET_ADDRESS_H_
