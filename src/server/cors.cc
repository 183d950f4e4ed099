#include "server/cors.h"

#include <algorithm>
#include <array>

#include "wire/text.h"

namespace connectrpc::server {
namespace {

using wire::StartsWith;

// What Connect and gRPC-Web clients set in a browser (https://connectrpc.com/docs/cors).
constexpr std::string_view kProtocolHeaders =
    "content-type, connect-protocol-version, connect-timeout-ms, connect-accept-encoding, connect-content-encoding, "
    "grpc-timeout, grpc-accept-encoding, grpc-encoding, x-grpc-web, x-user-agent";
// In the head of a gRPC-Web answer without messages.
constexpr std::string_view kProtocolExposed = "grpc-status, grpc-message, grpc-status-details-bin";
constexpr std::string_view kAllowedMethods = "GET, POST";

// Fields that pages may read anyway, or that say nothing to them.
constexpr std::array<std::string_view, 9> kNotListed = {
    "cache-control", "content-language", "content-length", "content-type",          "expires",
    "last-modified", "pragma",           "vary",           "x-content-type-options"};

bool EndsWith(std::string_view text, std::string_view suffix) {
  return text.size() >= suffix.size() && text.substr(text.size() - suffix.size()) == suffix;
}

std::string Join(std::string_view first, const std::vector<std::string>& rest) {
  std::string list(first);
  for (const std::string& item : rest) list.append(", ").append(item);
  return list;
}

absl::Status Invalid(std::string_view option, std::string_view value, std::string_view why) {
  std::string text = "HttpOptions: cors.";
  text.append(option).append(" \"").append(value).append("\" ").append(why);
  return absl::InvalidArgumentError(text);
}

absl::Status CheckNames(std::string_view option, const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    if (!wire::IsToken(name)) return Invalid(option, name, "is no header name");
  }
  return absl::OkStatus();
}

// scheme "://" host [":" port], all in lower case, as browsers serialise origins.
bool IsOrigin(std::string_view text) {
  const size_t scheme = text.find("://");
  if (scheme == std::string_view::npos || scheme == 0) return false;
  const std::string_view host = text.substr(scheme + 3);
  if (host.empty() || host.find_first_of("/?#@ ,") != std::string_view::npos) return false;
  return std::none_of(text.begin(), text.end(), [](char c) { return (c >= 'A' && c <= 'Z') || c < 0x21 || c > 0x7e; });
}

}  // namespace

absl::Status CorsPolicy::Set(const CorsOptions& options) {
  for (const std::string& origin : options.allow_origins) {
    const size_t star = origin.find('*');
    if (origin == "*") {
      any_origin_ = true;
    } else if (star == std::string::npos && IsOrigin(origin)) {
      origins_.push_back(origin);
    } else if (star != std::string::npos && EndsWith(origin.substr(0, star), "://") &&
               StartsWith(origin.substr(star + 1), ".") &&
               IsOrigin(origin.substr(0, star) + "x" + origin.substr(star + 1)) &&
               origin.find('*', star + 1) == std::string::npos) {
      subdomains_.push_back({origin.substr(0, star), origin.substr(star + 1)});
    } else {
      return Invalid("allow_origins", origin,
                     "is none of \"https://host[:port]\" (lower case), \"https://*.host[:port]\", \"*\"");
    }
  }
  if (any_origin_ && options.allow_credentials) {
    return Invalid("allow_credentials", "true", "does not go with the origin \"*\": any page could act for its user");
  }
  absl::Status names = CheckNames("allow_headers", options.allow_headers);
  if (names.ok()) names = CheckNames("expose_headers", options.expose_headers);
  if (!names.ok()) return names;
  if (options.max_age.count() < 0) return Invalid("max_age", std::to_string(options.max_age.count()), "is negative");

  enabled_ = !options.allow_origins.empty();
  credentials_ = options.allow_credentials;
  any_header_ = std::count(options.allow_headers.begin(), options.allow_headers.end(), "*") > 0;
  allow_headers_ = Join(kProtocolHeaders, options.allow_headers);
  expose_headers_ = Join(kProtocolExposed, options.expose_headers);
  max_age_ = std::to_string(options.max_age.count());
  return absl::OkStatus();
}

bool CorsPolicy::Allows(std::string_view origin) const {
  // The origin of sandboxed frames and local files: of anybody.
  if (origin == "null") return false;
  if (any_origin_ || std::find(origins_.begin(), origins_.end(), origin) != origins_.end()) return true;
  return std::any_of(subdomains_.begin(), subdomains_.end(), [&](const Subdomains& allowed) {
    return origin.size() > allowed.prefix.size() + allowed.suffix.size() && StartsWith(origin, allowed.prefix) &&
           EndsWith(origin, allowed.suffix) && IsOrigin(origin);
  });
}

bool CorsPolicy::IsPreflight(const wire::RequestHead& request) {
  return request.method == "OPTIONS" && request.headers.Find("origin").has_value() &&
         request.headers.Find("access-control-request-method").has_value();
}

bool CorsPolicy::AddOrigin(const wire::RequestHead& request, HeaderList* headers) const {
  if (!any_origin_) headers->Add("vary", "origin");
  const std::optional<std::string_view> origin = request.headers.Find("origin");
  if (!origin.has_value() || request.headers.Count("origin") > 1 || !Allows(*origin)) return false;
  // Two of them, where a handler has set one as well, are as good as none.
  if (headers->Find("access-control-allow-origin").has_value()) return false;
  headers->Add("access-control-allow-origin", any_origin_ ? "*" : *origin);
  if (credentials_) headers->Add("access-control-allow-credentials", "true");
  return true;
}

void CorsPolicy::AnswerPreflight(const wire::RequestHead& request, wire::ResponseHead* response) const {
  response->Clear();
  response->status = 204;
  HeaderList& headers = response->headers;
  headers.Add("vary", "access-control-request-method, access-control-request-headers");
  if (!AddOrigin(request, &headers)) return;
  headers.Add("access-control-allow-methods", kAllowedMethods);
  AddAllowedHeaders(request, &headers);
  headers.Add("access-control-max-age", max_age_);
}

void CorsPolicy::AddAllowedHeaders(const wire::RequestHead& request, HeaderList* headers) const {
  // Repeats what was asked for: "*" itself leaves out authorization, and means nothing to requests with credentials.
  const std::optional<std::string_view> asked = request.headers.Find("access-control-request-headers");
  headers->Add("access-control-allow-headers", any_header_ && asked.has_value() ? *asked : allow_headers_);
}

void CorsPolicy::Decorate(const wire::RequestHead& request, wire::ResponseHead* response) const {
  HeaderList& headers = response->headers;
  const size_t own = headers.size();
  if (!AddOrigin(request, &headers)) return;
  std::string exposed = expose_headers_;
  for (size_t i = 0; i < own; ++i) {
    const std::string_view name = headers[i].name;
    if (std::find(kNotListed.begin(), kNotListed.end(), name) != kNotListed.end()) continue;
    if (StartsWith(name, "access-control-") || StartsWith(name, "grpc-")) continue;
    if (i > 0 && headers[i - 1].name == name) continue;
    exposed.append(", ").append(name);
  }
  headers.Add("access-control-expose-headers", exposed);
}

}  // namespace connectrpc::server
