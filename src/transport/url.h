#ifndef CONNECTRPC_SRC_TRANSPORT_URL_H_
#define CONNECTRPC_SRC_TRANSPORT_URL_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace connectrpc::transport {

// Where a server is, in the form in which people write it down.
struct Url {
  bool https = false;
  std::string host;       // in lower case: a name, an IPv4 address, or an IPv6 address without its brackets
  int port = 0;           // the scheme's own where the text has none
  std::string authority;  // "host", "host:8080", "[::1]:8080": the port only where it is not the scheme's own
  std::string path;       // "/prefix", without the slash at its end; or empty
};

// Reads "http" and "https" URLs (RFC 3986) that name nothing but a server: no user, query or fragment.
// Invalid_argument says what is wrong; it doesn't repeat the text, which may hold a password.
absl::StatusOr<Url> ParseUrl(std::string_view text);

// Whether it is what a URL may have as its host: a name, an IPv4 address, or an IPv6 address without brackets.
bool IsValidHost(std::string_view host);

}  // namespace connectrpc::transport

#endif  // CONNECTRPC_SRC_TRANSPORT_URL_H_
