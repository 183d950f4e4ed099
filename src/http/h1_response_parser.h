#ifndef CONNECTRPC_SRC_HTTP_H1_RESPONSE_PARSER_H_
#define CONNECTRPC_SRC_HTTP_H1_RESPONSE_PARSER_H_

#include <cstddef>
#include <memory>
#include <string_view>

#include "connectrpc/header_list.h"
#include "http/h1_body.h"
#include "http/h1_lines.h"
#include "http/h1_response_head.h"
#include "http/http_client_session.h"
#include "wire/decode_status.h"
#include "wire/http_head.h"

namespace connectrpc::http {

// Reads HTTP/1.x responses, one after the other, on Boost.Beast's parser: the mirror of H1Parser, as strict.
//
// Flow: Expect; ReadHead until kDone; an informational head (1xx) is followed by Expect and another; otherwise, if
// has_body(), ReadBody until kDone. Both take bytes from the front of `*input` and leave the rest there. After kError
// nothing can be read any more.
class H1ResponseParser {
 public:
  explicit H1ResponseParser(const ClientSessionLimits& limits);
  ~H1ResponseParser();
  H1ResponseParser(const H1ResponseParser&) = delete;
  H1ResponseParser& operator=(const H1ResponseParser&) = delete;

  // `to_head_request`: what comes answers HEAD, and has no body.
  void Expect(bool to_head_request);

  // kDone: `*head`, which must be empty before the first call, is filled. Trailers are appended to `*trailers` when the
  // body ends, so both stay where they are until then.
  wire::DecodeStatus ReadHead(std::string_view* input, wire::ResponseHead* head, HeaderList* trailers);

  // As H1BodyReader::Read.
  wire::DecodeStatus ReadBody(std::string_view* input, std::string_view* piece);

  bool has_body() const { return info_.body != H1ResponseInfo::Body::kNone; }
  bool until_close() const { return body_.until_close(); }
  bool keep_alive() const { return info_.keep_alive; }
  // What is wrong, after kError.
  const H1Refusal& refusal() const { return refusal_; }
  size_t buffered_bytes() const { return pending_.size() + body_.buffered_bytes(); }

 private:
  class Engine;

  wire::DecodeStatus Fail(H1Refusal refusal);

  const ClientSessionLimits limits_;
  std::unique_ptr<Engine> engine_;
  HeadScanner head_scanner_;
  H1Part pending_;  // of a head that is not complete
  bool to_head_request_ = false;
  H1ResponseInfo info_;
  H1BodyReader body_;
  H1Refusal refusal_;
};

}  // namespace connectrpc::http

#endif  // CONNECTRPC_SRC_HTTP_H1_RESPONSE_PARSER_H_
