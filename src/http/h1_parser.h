#ifndef CONNECTRPC_SRC_HTTP_H1_PARSER_H_
#define CONNECTRPC_SRC_HTTP_H1_PARSER_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "http/h1_body.h"
#include "http/h1_head.h"
#include "http/h1_lines.h"
#include "http/http_session.h"
#include "wire/decode_status.h"
#include "wire/http_head.h"

namespace connectrpc::http {

// Reads HTTP/1.x requests, one after the other, on Boost.Beast's parser; what that parser lets pass and a server must
// not is refused here. Trailer fields are checked and dropped. At most one head, or one chunk line with trailer
// section, is kept while it is incomplete; bodies are not kept.
//
// Flow: ReadHead until kDone; if has_body(), ReadBody until kDone; then NextRequest, and again. Both take bytes from
// the front of `*input` and leave the rest there. After kError nothing can be read any more.
class H1Parser {
 public:
  explicit H1Parser(const SessionLimits& limits);
  ~H1Parser();
  H1Parser(const H1Parser&) = delete;
  H1Parser& operator=(const H1Parser&) = delete;

  // kDone: `*head`, which must be empty before the first call, is filled, and control() is valid. kError: see
  // error_status().
  wire::DecodeStatus ReadHead(std::string_view* input, wire::RequestHead* head);

  // Sets `*piece` to the body bytes found, which lie in `*input`, or to nothing. kNeedMore: call again with what is
  // left, or with new input. kDone: the body has ended, with `*piece`.
  wire::DecodeStatus ReadBody(std::string_view* input, std::string_view* piece);

  void NextRequest();

  const H1Control& control() const { return control_; }
  bool has_body() const { return control_.chunked || control_.content_length > 0; }
  // Body bytes that have not been read yet, where the request tells.
  std::optional<uint64_t> remaining() const { return body_.remaining(); }
  // Whether some of a head has been read and not all.
  bool inside_head() const { return !head_done_ && head_scanner_.started(); }
  int error_status() const { return error_status_; }
  size_t buffered_bytes() const { return pending_.size() + body_.buffered_bytes(); }

 private:
  class Engine;

  wire::DecodeStatus Fail(int status);

  const SessionLimits limits_;
  std::unique_ptr<Engine> engine_;
  HeadScanner head_scanner_;
  H1Part pending_;  // of a head that is not complete
  bool head_done_ = false;
  H1Control control_;
  H1BodyReader body_;
  int error_status_ = 0;
};

}  // namespace connectrpc::http

#endif  // CONNECTRPC_SRC_HTTP_H1_PARSER_H_
