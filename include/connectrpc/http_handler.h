#ifndef CONNECTRPC_HTTP_HANDLER_H_
#define CONNECTRPC_HTTP_HANDLER_H_

#include <functional>
#include <string>
#include <string_view>

#include "connectrpc/header_list.h"

namespace connectrpc {

// A request beside the RPCs. Valid during the call of the handler.
struct HttpRequest {
  std::string_view method;  // "GET"; case-sensitive
  std::string_view path;    // without query, escapes as they came
  std::string_view query;   // what follows '?'
  const HeaderList& headers;
  std::string_view body;  // at most Limits::max_unary_body_bytes
  std::string_view peer;  // as CallHead::peer
};

// Fields that belong to HTTP itself (content-length, connection and their like) are set by the server.
struct HttpResponse {
  int status = 200;
  HeaderList headers;  // names in lower case
  std::string body;
};

// Answers one request, for a health probe, metrics text or static bytes. Runs on the thread of a loop, on several at
// once, and must not block. HEAD requests are given as such; their body is left out by the server. What it throws
// becomes a 500.
using HttpHandler = std::function<HttpResponse(const HttpRequest&)>;

}  // namespace connectrpc

#endif  // CONNECTRPC_HTTP_HANDLER_H_
