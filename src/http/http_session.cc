#include "http/http_session.h"

namespace connectrpc::http {

void HttpStream::ClearHttp() {
  request.Clear();
  response.Clear();
  body.Clear();
  head_problem = HeadProblem::kNone;
  id = 0;
  request_ended = false;
  responded = false;
  head_sent = false;
  response_sent = false;
  deferred = false;
  discarded_bytes = 0;
  header_list_size = 0;
  header_count = 0;
  head_delivered = false;
  given_up = false;
  unreleased_bytes = 0;
  held_back_bytes = 0;
  added_window = 0;
  counted_output = 0;
  last_event = 0;
  slot = 0;
  check = {};
  begun_at = {};
  body_progress_at = {};
  body_bytes = 0;
  output_marked_at = {};
  output_mark = 0;
  answered_at = {};
}

}  // namespace connectrpc::http
