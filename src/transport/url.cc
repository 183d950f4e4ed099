#include "transport/url.h"

#include <algorithm>
#include <optional>

#include "net/connector.h"
#include "wire/text.h"

namespace connectrpc::transport {
namespace {

constexpr size_t kMaxNameBytes = 253;  // RFC 1035 section 2.3.4, as text
constexpr size_t kMaxLabelBytes = 63;

absl::Status Invalid(const std::string& what) {
  return absl::InvalidArgumentError("url: " + what);
}

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}
bool IsHexDigit(char c) {
  return IsDigit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}
bool IsLetter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool IsOneOf(char c, std::string_view set) {
  return set.find(c) != std::string_view::npos;
}

// Calls check(part) for each part between separators; false as soon as one does not pass.
template <class Check>
bool ForEachPart(std::string_view text, char separator, Check check) {
  while (true) {
    const size_t end = text.find(separator);
    if (!check(text.substr(0, end))) return false;
    if (end == std::string_view::npos) return true;
    text.remove_prefix(end + 1);
  }
}

// A name of the DNS, with the underscores that some have in practice, or an IPv4 address.
bool IsValidName(std::string_view name) {
  if (!name.empty() && name.back() == '.') name.remove_suffix(1);
  if (name.empty() || name.size() > kMaxNameBytes) return false;
  const bool labels = ForEachPart(name, '.', [](std::string_view label) {
    return !label.empty() && label.size() <= kMaxLabelBytes && label.front() != '-' && label.back() != '-' &&
           std::all_of(label.begin(), label.end(),
                       [](char c) { return IsLetter(c) || IsDigit(c) || IsOneOf(c, "-_"); });
  });
  // Not "1.2" or "0x7f.1", which the system would take for addresses, too.
  return labels && net::ParseEndpoint(std::string(name) + ":1").ok();
}

bool IsValidIpv6(std::string_view host) {
  // No zone: it means nothing to anybody but this host, and Host has no place for it.
  return host.find('%') == std::string_view::npos && host.find(':') != std::string_view::npos &&
         net::ParseEndpoint("[" + std::string(host) + "]:1").ok();
}

std::optional<int> ParsePort(std::string_view text) {
  if (text.empty() || text.size() > 5 || !std::all_of(text.begin(), text.end(), IsDigit)) return std::nullopt;
  int port = 0;
  for (const char digit : text) port = port * 10 + (digit - '0');
  if (port < 1 || port > 65535) return std::nullopt;
  return port;
}

absl::Status ReadAuthority(std::string_view text, Url* url) {
  if (text.find('@') != std::string_view::npos) return Invalid("must not hold a user or a password");
  if (text.empty()) return Invalid("has no host");
  std::string_view port;
  bool has_port = false;
  if (text.front() == '[') {
    const size_t end = text.find(']');
    if (end == std::string_view::npos) return Invalid("has a \"[\" without \"]\"");
    url->host = text.substr(1, end - 1);
    port = text.substr(end + 1);
    has_port = !port.empty();
    if (has_port && port.front() != ':') return Invalid("has something but a port behind \"]\"");
    if (!IsValidIpv6(url->host)) return Invalid("\"" + url->host + "\" is no IPv6 address (which has no zone here)");
  } else {
    const size_t colon = text.find(':');
    has_port = colon != std::string_view::npos;
    url->host = text.substr(0, colon);
    if (has_port) port = text.substr(colon);
    if (has_port && port.find(':', 1) != std::string_view::npos) {
      return Invalid("has several colons in its host: an IPv6 address stands in brackets");
    }
    if (!IsValidName(url->host)) return Invalid("\"" + url->host + "\" is no valid host name");
  }
  wire::LowerCase(&url->host);
  const int scheme_port = url->https ? 443 : 80;
  url->port = scheme_port;
  if (has_port) {
    const std::optional<int> number = ParsePort(port.substr(1));
    if (!number) return Invalid("its port is not a number from 1 to 65535");
    url->port = *number;
  }
  url->authority = text.front() == '[' ? "[" + url->host + "]" : url->host;
  if (url->port != scheme_port) url->authority += ":" + std::to_string(url->port);
  return absl::OkStatus();
}

bool IsValidSegment(std::string_view segment) {
  if (segment.empty() || segment == "." || segment == "..") return false;
  for (size_t i = 0; i < segment.size(); ++i) {
    if (segment[i] == '%') {
      if (i + 2 >= segment.size() || !IsHexDigit(segment[i + 1]) || !IsHexDigit(segment[i + 2])) return false;
      i += 2;
    } else if (!IsLetter(segment[i]) && !IsDigit(segment[i]) && !IsOneOf(segment[i], "-._~!$&'()*+,;=:@")) {
      return false;
    }
  }
  return true;
}

}  // namespace

bool IsValidHost(std::string_view host) {
  return host.find(':') != std::string_view::npos ? IsValidIpv6(host) : IsValidName(host);
}

absl::StatusOr<Url> ParseUrl(std::string_view text) {
  const size_t scheme_end = text.find("://");
  if (scheme_end == std::string_view::npos) return Invalid("must begin with \"http://\" or \"https://\"");
  Url url;
  url.https = wire::EqualsIgnoreCase(text.substr(0, scheme_end), "https");
  if (!url.https && !wire::EqualsIgnoreCase(text.substr(0, scheme_end), "http")) {
    return Invalid("its scheme must be \"http\" or \"https\"");
  }
  text.remove_prefix(scheme_end + 3);
  if (text.find('?') != std::string_view::npos) return Invalid("must not have a query");
  if (text.find('#') != std::string_view::npos) return Invalid("must not have a fragment");
  const size_t path_begin = std::min(text.find('/'), text.size());
  absl::Status status = ReadAuthority(text.substr(0, path_begin), &url);
  if (!status.ok()) return status;
  std::string_view path = text.substr(path_begin);
  if (!path.empty() && path.back() == '/') path.remove_suffix(1);
  if (path.empty()) return url;
  if (path.front() != '/' || !ForEachPart(path.substr(1), '/', IsValidSegment)) {
    return Invalid("its path must consist of segments that are not empty, \".\" or \"..\", with other bytes escaped");
  }
  url.path = path;
  return url;
}

}  // namespace connectrpc::transport
