#ifndef CONNECTRPC_SRC_HTTP_H1_REQUEST_H_
#define CONNECTRPC_SRC_HTTP_H1_REQUEST_H_

#include <cstdint>
#include <string>

#include "wire/http_head.h"

namespace connectrpc::http {

// What the head of a request says to the connection. Exactly these decide on its framing fields: what the application
// put under their names is left out.
struct H1RequestControl {
  enum class Length {
    kNone,     // no framing field: there is no body
    kKnown,    // content-length
    kChunked,  // transfer-encoding: chunked
  };
  Length length = Length::kNone;
  uint64_t content_length = 0;  // with kKnown
  bool close = false;           // the connection ends after the response
};

// Request line, fields, empty line of a request that RequestFault finds nothing wrong with. Appends to `*out`.
void AppendRequestHead(const wire::RequestHead& request, const H1RequestControl& control, std::string* out);

}  // namespace connectrpc::http

#endif  // CONNECTRPC_SRC_HTTP_H1_REQUEST_H_
