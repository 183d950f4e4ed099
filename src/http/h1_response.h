#ifndef CONNECTRPC_SRC_HTTP_H1_RESPONSE_H_
#define CONNECTRPC_SRC_HTTP_H1_RESPONSE_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "http/h1_output.h"
#include "wire/http_head.h"

// Writes the parts of an HTTP/1.1 response that h1_output.h has not. All functions append to `*out`.
namespace connectrpc::http {

// What the head of a response says to the connection. Exactly these decide on its framing fields: what the application
// put under their names is left out.
struct H1ResponseControl {
  enum class Length {
    kNone,        // no framing field: the status or the method excludes a body
    kKnown,       // content-length
    kChunked,     // transfer-encoding: chunked
    kUntilClose,  // the end of the connection ends the body
  };
  enum class Persistence {
    kDefault,    // goes on, as HTTP/1.1 takes for granted
    kKeepAlive,  // goes on, which HTTP/1.0 must be told
    kClose,      // ends after this response
  };
  Length length = Length::kNone;
  uint64_t content_length = 0;  // with kKnown
  Persistence persistence = Persistence::kDefault;
  std::string_view date;  // written unless it is empty or the head has one of its own
};

// Status line, fields, empty line. A field with CR, LF or NUL in it is left out; a status that is no final one is sent
// as 500.
void AppendResponseHead(const wire::ResponseHead& head, const H1ResponseControl& control, std::string* out);

inline constexpr std::string_view kContinueResponse = "HTTP/1.1 100 Continue\r\n\r\n";

// A whole response of plain text, after which the connection closes: for requests that no application sees.
void AppendErrorResponse(int status, std::string_view date, std::string* out);

// Empty for a status that has no name.
std::string_view ReasonPhrase(int status);

}  // namespace connectrpc::http

#endif  // CONNECTRPC_SRC_HTTP_H1_RESPONSE_H_
