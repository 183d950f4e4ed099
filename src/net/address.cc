#include "net/address.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/un.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <optional>
#include <string_view>

namespace connectrpc::net {
namespace {

constexpr std::string_view kUnixPrefix = "unix:";

absl::Status Invalid(const std::string& text, const std::string& reason) {
  return absl::InvalidArgumentError("address \"" + text + "\": " + reason);
}

template <class Sockaddr>
SocketAddress FromSockaddr(const Sockaddr& from, socklen_t size = sizeof(Sockaddr)) {
  SocketAddress address;
  std::memcpy(&address.storage, &from, size);
  address.size = size;
  return address;
}

template <class Sockaddr>
Sockaddr ToSockaddr(const SocketAddress& address) {
  Sockaddr to = {};
  std::memcpy(&to, &address.storage, std::min<size_t>(sizeof(to), address.size));
  return to;
}

SocketAddress MakeIpv4(in_addr host, uint16_t port) {
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr = host;
  return FromSockaddr(address);
}

SocketAddress MakeIpv6(const in6_addr& host, uint32_t scope, uint16_t port) {
  sockaddr_in6 address = {};
  address.sin6_family = AF_INET6;
  address.sin6_port = htons(port);
  address.sin6_addr = host;
  address.sin6_scope_id = scope;
  return FromSockaddr(address);
}

bool IsDigits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::optional<uint16_t> ParsePort(std::string_view text) {
  if (!IsDigits(text) || text.size() > 5) return std::nullopt;
  unsigned value = 0;
  for (const char digit : text) value = value * 10 + static_cast<unsigned>(digit - '0');
  if (value > 65535) return std::nullopt;
  return static_cast<uint16_t>(value);
}

// "fe80::1%eth0": the interface by name or number (RFC 4007 section 11).
std::optional<SocketAddress> ParseIpv6(std::string_view text, uint16_t port) {
  uint32_t scope = 0;
  const size_t percent = text.find('%');
  if (percent != std::string_view::npos) {
    const std::string interface_name(text.substr(percent + 1));
    if (IsDigits(interface_name) && interface_name.size() <= 9) {
      scope = static_cast<uint32_t>(std::stoul(interface_name));
    } else {
      scope = ::if_nametoindex(interface_name.c_str());
      if (scope == 0) return std::nullopt;
    }
  }
  in6_addr host;
  if (::inet_pton(AF_INET6, std::string(text.substr(0, percent)).c_str(), &host) != 1) return std::nullopt;
  return MakeIpv6(host, scope, port);
}

absl::StatusOr<std::vector<SocketAddress>> ParseUnix(const std::string& text) {
  const std::string_view path = std::string_view(text).substr(kUnixPrefix.size());
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  if (path.empty() || path == "@") return Invalid(text, "no path");
  // An abstract name begins with NUL and ends where the address ends; a path ends with NUL (unix(7)).
  const bool abstract = path.front() == '@';
  const size_t needed = path.size() + (abstract ? 0 : 1);
  if (needed > sizeof(address.sun_path)) {
    return Invalid(text, "longer than the " + std::to_string(sizeof(address.sun_path) - 1) + " bytes of a path");
  }
  std::memcpy(address.sun_path, path.data(), path.size());
  if (abstract) address.sun_path[0] = '\0';
  return std::vector<SocketAddress>{
      FromSockaddr(address, static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + needed))};
}

// sun_path as the kernel gave it, which need not end with NUL.
std::string_view UnixNameOf(const sockaddr_un& address, socklen_t size) {
  constexpr size_t kOffset = offsetof(sockaddr_un, sun_path);
  if (size <= kOffset) return {};
  const std::string_view name(address.sun_path, std::min<size_t>(size - kOffset, sizeof(address.sun_path)));
  return name.front() == '\0' ? name : name.substr(0, name.find('\0'));
}

std::string FormatIpv4(const in_addr& host, uint16_t port) {
  char text[INET_ADDRSTRLEN];
  ::inet_ntop(AF_INET, &host, text, sizeof(text));
  return std::string(text) + ":" + std::to_string(port);
}

std::string FormatIpv6(const sockaddr_in6& address) {
  char text[INET6_ADDRSTRLEN];
  ::inet_ntop(AF_INET6, &address.sin6_addr, text, sizeof(text));
  std::string result = "[" + std::string(text);
  if (address.sin6_scope_id != 0) result += "%" + std::to_string(address.sin6_scope_id);
  return result + "]:" + std::to_string(ntohs(address.sin6_port));
}

}  // namespace

absl::StatusOr<std::vector<SocketAddress>> ParseListenAddress(const std::string& text) {
  if (text.find('\0') != std::string::npos) return absl::InvalidArgumentError("address with a NUL byte");
  if (text.compare(0, kUnixPrefix.size(), kUnixPrefix) == 0) return ParseUnix(text);

  const size_t colon = text.rfind(':');
  if (colon == std::string::npos) return Invalid(text, "expected host:port or unix:path");
  const std::string host = text.substr(0, colon);
  const std::optional<uint16_t> port = ParsePort(std::string_view(text).substr(colon + 1));
  if (!port) return Invalid(text, "the port is not a number from 0 to 65535");

  const in_addr loopback = {htonl(INADDR_LOOPBACK)};
  if (host.empty()) return std::vector{MakeIpv6(in6addr_any, 0, *port), MakeIpv4({htonl(INADDR_ANY)}, *port)};
  if (host == "localhost") return std::vector{MakeIpv4(loopback, *port), MakeIpv6(in6addr_loopback, 0, *port)};
  if (host.front() == '[' && host.back() == ']') {
    const auto address = ParseIpv6(std::string_view(host).substr(1, host.size() - 2), *port);
    if (!address) return Invalid(text, "not an IPv6 address");
    return std::vector{*address};
  }
  if (host.find(':') != std::string::npos) return Invalid(text, "an IPv6 address stands in brackets, [::1]:8080");
  in_addr ipv4;
  if (::inet_pton(AF_INET, host.c_str(), &ipv4) != 1) {
    return Invalid(text, "the host is neither a numeric address nor localhost");
  }
  return std::vector{MakeIpv4(ipv4, *port)};
}

std::string FormatAddress(const SocketAddress& address) {
  if (address.family() == AF_INET) {
    const auto ipv4 = ToSockaddr<sockaddr_in>(address);
    return FormatIpv4(ipv4.sin_addr, ntohs(ipv4.sin_port));
  }
  if (address.family() == AF_INET6) return FormatIpv6(ToSockaddr<sockaddr_in6>(address));
  const auto unix_address = ToSockaddr<sockaddr_un>(address);
  std::string name(UnixNameOf(unix_address, address.size));
  if (!name.empty() && name.front() == '\0') name.front() = '@';
  return std::string(kUnixPrefix) + name;
}

std::string FormatPeer(const SocketAddress& address) {
  if (address.family() == AF_INET) return "ipv4:" + FormatAddress(address);
  if (address.family() != AF_INET6) return std::string(kUnixPrefix);  // clients have no name, or one of no use
  const auto ipv6 = ToSockaddr<sockaddr_in6>(address);
  if (!IN6_IS_ADDR_V4MAPPED(&ipv6.sin6_addr)) return "ipv6:" + FormatIpv6(ipv6);
  in_addr mapped;
  std::memcpy(&mapped, &ipv6.sin6_addr.s6_addr[12], sizeof(mapped));
  return "ipv4:" + FormatIpv4(mapped, ntohs(ipv6.sin6_port));
}

std::string PeerNetwork(std::string_view peer) {
  constexpr std::string_view kIpv4 = "ipv4:";
  constexpr std::string_view kIpv6 = "ipv6:[";
  if (peer.substr(0, kIpv4.size()) == kIpv4) {
    peer.remove_prefix(kIpv4.size());
    return std::string(peer.substr(0, peer.find(':')));
  }
  if (peer.substr(0, kIpv6.size()) != kIpv6) return {};
  peer.remove_prefix(kIpv6.size());
  const std::string text(peer.substr(0, peer.find_first_of("]%")));
  in6_addr address;
  if (::inet_pton(AF_INET6, text.c_str(), &address) != 1) return {};
  return "6" + std::string(reinterpret_cast<const char*>(address.s6_addr), 8);
}

int PortOf(const SocketAddress& address) {
  if (address.family() == AF_INET) return ntohs(ToSockaddr<sockaddr_in>(address).sin_port);
  if (address.family() == AF_INET6) return ntohs(ToSockaddr<sockaddr_in6>(address).sin6_port);
  return 0;
}

std::string UnixPathOf(const SocketAddress& address) {
  if (address.family() != AF_UNIX) return {};
  const auto unix_address = ToSockaddr<sockaddr_un>(address);
  const std::string_view name = UnixNameOf(unix_address, address.size);
  return name.empty() || name.front() == '\0' ? std::string() : std::string(name);
}

}  // namespace connectrpc::net
