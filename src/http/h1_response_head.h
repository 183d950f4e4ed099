#ifndef CONNECTRPC_SRC_HTTP_H1_RESPONSE_HEAD_H_
#define CONNECTRPC_SRC_HTTP_H1_RESPONSE_HEAD_H_

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "connectrpc/header_list.h"
#include "http/h1_framing.h"
#include "http/http_client_session.h"
#include "wire/http_head.h"

namespace connectrpc::http {

// What an HTTP/1.x response head says to the connection rather than to the application.
struct H1ResponseInfo {
  enum class Body {
    kNone,
    kLength,  // content_length bytes, more than 0
    kChunked,
    kUntilClose,  // the end of the connection ends it
  };
  Body body = Body::kNone;
  uint64_t content_length = 0;
  bool keep_alive = false;  // the connection goes on after it (RFC 9112 section 9.3)
};

// What is wrong with a response.
struct H1Refusal {
  std::string_view fault;  // a literal; empty: nothing
  bool too_large = false;  // it is a limit on head or trailers

  bool operator==(const H1Refusal& other) const { return fault == other.fault; }
};

// Builds a ResponseHead from a status line and fields that the parser found to be well formed, and judges what they
// mean together; then takes the trailers. After a refusal no step may follow.
class H1ResponseHeadBuilder {
 public:
  static constexpr bool kIsRequest = false;
  using Refusal = H1Refusal;

  // The outputs must be empty; head and info are complete when OnEnd refused nothing. `to_head_request`: the request's
  // method was HEAD.
  H1ResponseHeadBuilder(const ClientSessionLimits& limits, bool to_head_request, wire::ResponseHead* head,
                        H1ResponseInfo* info, HeaderList* trailers)
      : max_list_bytes_(limits.max_header_list_bytes),
        to_head_request_(to_head_request),
        head_(head),
        info_(info),
        trailers_(trailers) {}

  // `version` is 10 or 11.
  [[nodiscard]] H1Refusal OnStatusLine(int status, int version);
  // `value` is without outer whitespace.
  [[nodiscard]] H1Refusal OnField(std::string_view name, std::string_view value);
  [[nodiscard]] H1Refusal OnEnd();
  [[nodiscard]] H1Refusal OnTrailer(std::string_view name, std::string_view value);

 private:
  size_t max_list_bytes_;
  bool to_head_request_;
  wire::ResponseHead* head_;
  H1ResponseInfo* info_;
  HeaderList* trailers_;
  H1Framing framing_;
  bool http11_ = false;
};

}  // namespace connectrpc::http

#endif  // CONNECTRPC_SRC_HTTP_H1_RESPONSE_HEAD_H_
