#ifndef CONNECTRPC_SRC_SERVER_CORS_H_
#define CONNECTRPC_SRC_SERVER_CORS_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "connectrpc/cors.h"
#include "wire/http_head.h"

namespace connectrpc::server {

// The server's side of the CORS protocol (https://fetch.spec.whatwg.org/#http-cors-protocol). Fixed once calls run.
class CorsPolicy {
 public:
  // Off until Set: then invalid_argument for an origin that no browser can send, or "*" together with credentials.
  absl::Status Set(const CorsOptions& options);
  bool enabled() const { return enabled_; }

  // Whether this OPTIONS request asks if another one may be sent.
  static bool IsPreflight(const wire::RequestHead& request);
  // Fills the head of the answer to a preflight, which has no body. An origin that is not allowed gets an answer
  // without permissions, so that the browser says why the page's request failed.
  void AnswerPreflight(const wire::RequestHead& request, wire::ResponseHead* response) const;

  // Adds to a complete head what lets the page read it: every field of the answer is exposed.
  void Decorate(const wire::RequestHead& request, wire::ResponseHead* response) const;

  bool Allows(std::string_view origin) const;

 private:
  // One label or more below a host: "https://*.example.com" is prefix "https://", suffix ".example.com".
  struct Subdomains {
    std::string prefix;
    std::string suffix;
  };

  // The fields that depend on the origin alone; false if it may not read the answer.
  bool AddOrigin(const wire::RequestHead& request, HeaderList* headers) const;
  void AddAllowedHeaders(const wire::RequestHead& request, HeaderList* headers) const;

  bool enabled_ = false;
  bool any_origin_ = false;
  bool credentials_ = false;
  bool any_header_ = false;
  std::vector<std::string> origins_;
  std::vector<Subdomains> subdomains_;
  std::string allow_headers_;
  std::string expose_headers_;
  std::string max_age_;
};

}  // namespace connectrpc::server

#endif  // CONNECTRPC_SRC_SERVER_CORS_H_
