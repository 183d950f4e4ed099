#include "transport/credentials.h"

#include <algorithm>
#include <string>
#include <string_view>

#include "net/address.h"
#include "wire/text.h"

namespace connectrpc::transport {
namespace {

bool IsLocal(const net::SocketAddress& address) {
  const std::string peer = net::FormatPeer(address);
  return wire::StartsWith(peer, "unix:") || wire::StartsWith(peer, "ipv4:127.") ||
         wire::StartsWith(peer, "ipv6:[::1]:");
}

bool IsLocal(const net::Endpoint& endpoint) {
  return !endpoint.addresses.empty() && std::all_of(endpoint.addresses.begin(), endpoint.addresses.end(),
                                                    [](const net::SocketAddress& address) { return IsLocal(address); });
}

bool IsCredential(std::string_view name) {
  return name == "authorization" || name == "proxy-authorization" || name == "cookie";
}

}  // namespace

bool StaysOnThisHost(const std::vector<net::Endpoint>& endpoints) {
  return std::all_of(endpoints.begin(), endpoints.end(),
                     [](const net::Endpoint& endpoint) { return IsLocal(endpoint); });
}

Error CheckNoCredentials(const HeaderList& headers) {
  for (const HeaderField field : headers) {
    if (!IsCredential(field.name)) continue;
    return Error(Code::kInvalidArgument, "\"" + std::string(field.name) +
                                             "\" would be sent in clear; see "
                                             "HttpTransportOptions::allow_credentials_in_clear");
  }
  return Error();
}

}  // namespace connectrpc::transport
