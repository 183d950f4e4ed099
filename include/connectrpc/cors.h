#ifndef CONNECTRPC_CORS_H_
#define CONNECTRPC_CORS_H_

#include <chrono>
#include <string>
#include <vector>

namespace connectrpc {

// Which web pages of other origins may call (https://fetch.spec.whatwg.org/#http-cors-protocol). The methods, request
// headers and response headers of Connect and gRPC-Web are allowed and exposed without being named; so are the headers
// and trailers that the handler of a call sets.
struct CorsOptions {
  // "https://app.example.com" for one origin, "https://*.example.com" for all subdomains of a host, "*" for any origin.
  // Compared with what the browser sends, which is in lower case and without a default port. "null" is never allowed.
  // Empty: CORS is off, and OPTIONS requests are answered 405.
  std::vector<std::string> allow_origins;
  // Lets pages send cookies and client certificates. Not together with the origin "*".
  bool allow_credentials = false;
  // Request headers that pages may set beside those of the protocols; "*" for any.
  std::vector<std::string> allow_headers;
  // Response headers that pages may read beside those of the protocols and of the call's own handler.
  std::vector<std::string> expose_headers;
  // How long browsers may keep the answer to a preflight. They cap it themselves, Chromium at two hours.
  std::chrono::seconds max_age{7200};
};

}  // namespace connectrpc

#endif  // CONNECTRPC_CORS_H_
