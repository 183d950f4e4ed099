#ifndef CONNECTRPC_SRC_HTTP_H1_HEAD_H_
#define CONNECTRPC_SRC_HTTP_H1_HEAD_H_

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "http/h1_framing.h"
#include "wire/http_head.h"

namespace connectrpc::http {

// What an HTTP/1.x request head says to the connection rather than to the application.
struct H1Control {
  bool chunked = false;
  uint64_t content_length = 0;   // unless chunked
  bool keep_alive = false;       // the client wants the connection to go on (RFC 9112 section 9.3)
  bool expect_continue = false;  // it waits for "100 Continue" before it sends the body
  size_t list_size = 0;          // name + value + 32 for each field
  size_t fields = 0;
};

// Builds a RequestHead from a request line and fields that the parser found to be well formed, and judges what they
// mean together. Each step returns 0, or the status with which to refuse the request; then no step may follow.
class H1HeadBuilder {
 public:
  // The outputs must be empty; they are complete when OnEnd returned 0.
  static constexpr bool kIsRequest = true;
  using Refusal = int;

  H1HeadBuilder(size_t max_list_bytes, wire::RequestHead* head, H1Control* control)
      : max_list_bytes_(max_list_bytes), head_(head), control_(control) {}

  // `version` is 10 or 11.
  [[nodiscard]] int OnRequestLine(std::string_view method, std::string_view target, int version);
  // `value` is without outer whitespace.
  [[nodiscard]] int OnField(std::string_view name, std::string_view value);
  [[nodiscard]] int OnEnd();

 private:
  // Reduces the target to path and query (RFC 9112 section 3.2).
  [[nodiscard]] int ResolveTarget();

  size_t max_list_bytes_;
  wire::RequestHead* head_;
  H1Control* control_;

  int hosts_ = 0;
  H1Framing framing_;
  bool unknown_expectation_ = false;
};

// The status for a request line that the parser refused: 505 if all that is wrong is the version of HTTP, 400
// otherwise.
int StatusOfBadRequestLine(std::string_view line);

}  // namespace connectrpc::http

#endif  // CONNECTRPC_SRC_HTTP_H1_HEAD_H_
