#include "wire/http_head.h"

namespace connectrpc::wire {

void RequestHead::Clear() {
  version = HttpVersion::kHttp2;
  method.clear();
  target.clear();
  scheme.clear();
  authority.clear();
  headers.Clear();
}

void ResponseHead::Clear() {
  status = 200;
  headers.Clear();
}

void OutgoingBody::Clear() {
  queue.Clear();
  ended = false;
  trailers.Clear();
}

}  // namespace connectrpc::wire
