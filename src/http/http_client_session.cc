#include "http/http_client_session.h"

namespace connectrpc::http {

void HttpClientStream::ClearHttp() {
  request.Clear();
  body.Clear();
  response.Clear();
  trailers.Clear();
  error_code = 0;
  unprocessed = false;
  fault = {};
  too_large = false;
  id = 0;
  request_sent = false;
  response_ended = false;
  deferred = false;
  head_written = false;
  head_delivered = false;
  given_up = false;
  reset_by_peer = false;
  header_list_size = 0;
  header_count = 0;
  informational = 0;
  unreleased_bytes = 0;
  slot = 0;
}

}  // namespace connectrpc::http
