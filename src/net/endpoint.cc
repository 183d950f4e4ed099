#include <algorithm>
#include <string_view>

#include "net/connector.h"

namespace connectrpc::net {
namespace {

constexpr size_t kMaxNameBytes = 253;  // RFC 1035 section 2.3.4, less what the wire form adds

absl::Status Invalid(const std::string& text, const std::string& reason) {
  return absl::InvalidArgumentError("address \"" + text + "\": " + reason);
}

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}

bool IsNameByte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || IsDigit(c) || c == '-' || c == '.' || c == '_';
}

// What inet_aton would take for (a part of) an address, "127.1" or "0x7f000001", though no certificate and no firewall
// rule spells it so.
bool EndsInNumber(std::string_view name) {
  if (!name.empty() && name.back() == '.') name.remove_suffix(1);
  const std::string_view label = name.substr(name.rfind('.') + 1);  // npos + 1 is 0
  return !label.empty() && IsDigit(label.front()) &&
         (std::all_of(label.begin(), label.end(), IsDigit) || label.substr(0, 2) == "0x" || label.substr(0, 2) == "0X");
}

}  // namespace

absl::StatusOr<Endpoint> ParseEndpoint(const std::string& text) {
  Endpoint endpoint;
  const size_t colon = text.rfind(':');
  const std::string host = text.substr(0, colon);
  const bool is_unix = text.compare(0, 5, "unix:") == 0;
  if (!is_unix) {
    if (colon == std::string::npos) return Invalid(text, "expected host:port or unix:path");
    if (host.empty()) return Invalid(text, "no host");
  }
  // All but names; and the port, which is the same for these.
  const bool is_name = !is_unix && host.front() != '[' && host.find(':') == std::string::npos &&
                       host.find_first_not_of("0123456789.") != std::string::npos;
  absl::StatusOr<std::vector<SocketAddress>> known =
      ParseListenAddress(is_name ? "0.0.0.0" + text.substr(colon) : text);
  if (!known.ok()) {
    return is_name ? Invalid(text, "the port is not a number from 1 to 65535") : known.status();
  }
  endpoint.port = PortOf(known->front());
  if (!is_unix) {
    if (endpoint.port == 0) return Invalid(text, "port 0 cannot be connected to");
    endpoint.host = host.front() == '[' ? host.substr(1, host.size() - 2) : host;
  }
  if (!is_name) {
    endpoint.addresses = *std::move(known);
    return endpoint;
  }
  // RFC 6761 section 6.3: no need to ask.
  if (host == "localhost") {
    endpoint.addresses = *ParseListenAddress(text);
    return endpoint;
  }
  if (host.size() > kMaxNameBytes) return Invalid(text, "the name is longer than 253 bytes");
  if (!std::all_of(host.begin(), host.end(), IsNameByte) || host.front() == '.' || host.find("..") != host.npos) {
    return Invalid(text, "not the name of a host (one that is not ASCII is written as \"xn--...\")");
  }
  if (EndsInNumber(host)) return Invalid(text, "neither a name nor an IP address");
  return endpoint;
}

absl::StatusOr<SocketAddress> ParseLocalAddress(const std::string& text) {
  const bool is_ipv6 = text.find(':') != std::string::npos;
  const auto addresses = ParseListenAddress(is_ipv6 ? "[" + text + "]:0" : text + ":0");
  // One: neither "" (any) nor "localhost".
  if (!addresses.ok() || addresses->size() != 1) {
    return absl::InvalidArgumentError("local address \"" + text + "\": not an IP address");
  }
  return addresses->front();
}

}  // namespace connectrpc::net
