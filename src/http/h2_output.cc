#include "http/h2_output.h"

#include <algorithm>
#include <cstdint>

#include "http/h2_setup.h"

namespace connectrpc::http {

void H2Output::Begin(wire::OutputQueue* out, size_t high_water) {
  out_ = out;
  high_water_ = high_water;
  out->AppendFrom(own_, own_.size());
}

ssize_t H2Output::WriteSome(nghttp2_session* session) {
  const uint8_t* bytes = nullptr;
  const ssize_t size = nghttp2_session_mem_send(session, &bytes);
  if (size <= 0) return size;
  out_->Append(std::string_view(reinterpret_cast<const char*>(bytes), static_cast<size_t>(size)));
  const uint8_t type = bytes[3];
  in_header_block_ =
      (type == NGHTTP2_HEADERS || type == NGHTTP2_CONTINUATION) && (bytes[4] & NGHTTP2_FLAG_END_HEADERS) == 0;
  return size;
}

void H2Output::End() {
  out_->AppendFrom(own_, own_.size());
  out_ = nullptr;
}

ssize_t H2Output::WritePreface(nghttp2_session* session) {
  out_ = &own_;
  high_water_ = SIZE_MAX;
  ssize_t size = 0;
  do {
    size = WriteSome(session);
  } while (size > 0);
  out_ = nullptr;
  return size;
}

void H2Output::AppendGoAway(int32_t last_stream_id, uint32_t error_code, std::string_view debug_data) {
  own_.Append(GoAwayFrame(last_stream_id, error_code, debug_data));
}

int H2Output::SendBody(wire::OutputQueue* body, std::string_view frame_header, size_t size) {
  out_->Append(frame_header);
  out_->AppendFrom(*body, size);
  return out_->size() >= high_water_ ? NGHTTP2_ERR_PAUSE : 0;
}

ssize_t ReadBodyPart(const wire::OutgoingBody& body, size_t size, uint32_t* data_flags) {
  const size_t available = body.queue.size();
  if (available == 0 && !body.ended) return NGHTTP2_ERR_DEFERRED;
  const size_t count = std::min(size, available);
  if (count > 0) *data_flags |= NGHTTP2_DATA_FLAG_NO_COPY;
  if (count == available && body.ended) {
    *data_flags |= NGHTTP2_DATA_FLAG_EOF;
    if (!body.trailers.empty()) *data_flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
  }
  return static_cast<ssize_t>(count);
}

}  // namespace connectrpc::http
