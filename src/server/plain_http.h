#ifndef CONNECTRPC_SRC_SERVER_PLAIN_HTTP_H_
#define CONNECTRPC_SRC_SERVER_PLAIN_HTTP_H_

#include <cstddef>
#include <string>
#include <string_view>

#include "connectrpc/http_handler.h"
#include "wire/http_head.h"

namespace connectrpc::server {

// One request beside the RPCs: gathers the body, then asks the handler. Reusable.
class PlainExchange {
 public:
  // The methods that reach handlers.
  static bool IsAllowed(std::string_view method) { return method == "GET" || method == "HEAD" || method == "POST"; }

  void Start(const HttpHandler* handler) { handler_ = handler; }
  bool active() const { return handler_ != nullptr; }
  size_t gathered_bytes() const { return body_.size(); }

  // False once the body exceeds `max_bytes`.
  [[nodiscard]] bool Append(std::string_view bytes, size_t max_bytes);

  // Calls the handler and writes its answer.
  void Answer(const wire::RequestHead& request, std::string_view peer, wire::ResponseHead* response,
              wire::OutgoingBody* body);

  void Clear();

 private:
  const HttpHandler* handler_ = nullptr;
  std::string body_;
};

}  // namespace connectrpc::server

#endif  // CONNECTRPC_SRC_SERVER_PLAIN_HTTP_H_
