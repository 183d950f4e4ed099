#ifndef CONNECTRPC_SRC_WIRE_HTTP_HEAD_H_
#define CONNECTRPC_SRC_WIRE_HTTP_HEAD_H_

#include <string>

#include "connectrpc/header_list.h"
#include "wire/output_queue.h"

// The plain structs in which `http` and `protocol`, which do not know each other, meet.
namespace connectrpc::wire {

enum class HttpVersion { kHttp10, kHttp11, kHttp2 };

// Whether the bytes handed over are the last ones of their direction.
enum class EndStream : bool { kNo, kYes };

// The head of a request as it came (server) or as it will be sent (client). Header names are lower-case; values are the
// bytes of the wire ("-bin" values in base64). Pseudo header fields are not among `headers`, nor is Host, which is
// `authority`.
struct RequestHead {
  HttpVersion version = HttpVersion::kHttp2;
  std::string method;
  std::string target;  // path and query, as on the request line or in :path
  std::string scheme;  // "http" or "https"; empty on HTTP/1.1
  std::string authority;
  HeaderList headers;

  // Empties everything and keeps the capacity.
  void Clear();
};

struct ResponseHead {
  int status = 200;
  HeaderList headers;

  void Clear();
};

// The body of a response (server) or request (client): the protocol side appends, the HTTP session takes bytes as flow
// control lets it. After `ended` nothing is appended; `trailers` are sent after the last byte where the HTTP version
// has them.
struct OutgoingBody {
  OutputQueue queue;
  bool ended = false;
  HeaderList trailers;

  void Clear();
};

}  // namespace connectrpc::wire

#endif  // CONNECTRPC_SRC_WIRE_HTTP_HEAD_H_
