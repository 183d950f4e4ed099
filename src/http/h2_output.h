#ifndef CONNECTRPC_SRC_HTTP_H2_OUTPUT_H_
#define CONNECTRPC_SRC_HTTP_H2_OUTPUT_H_

#include <nghttp2/nghttp2.h>

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "wire/http_head.h"
#include "wire/output_queue.h"

namespace connectrpc::http {

// The way of an HTTP/2 connection's output: nghttp2's frames, bodies among them without a copy, and what leaves before
// anything of nghttp2's: our preface, or our last GOAWAY.
//
// Flow of a session's Write: Begin; WriteSome while wants_more() and there is more; End.
class H2Output {
 public:
  void Begin(wire::OutputQueue* out, size_t high_water);
  // Nothing may come between the frames of a header block, so that is always written whole.
  bool wants_more() const { return out_->size() < high_water_ || in_header_block_; }
  // One frame, or a run of DATA frames. Returns what nghttp2_session_mem_send did: 0 if there was nothing to send.
  ssize_t WriteSome(nghttp2_session* session);
  void End();

  // All that `session` has to say goes into what leaves first. Returns the last result of nghttp2_session_mem_send.
  ssize_t WritePreface(nghttp2_session* session);
  // Leaves when nghttp2 writes no more.
  void AppendGoAway(int32_t last_stream_id, uint32_t error_code, std::string_view debug_data);
  // Bytes of both that have not left.
  size_t own_bytes() const { return own_.size(); }

  // nghttp2's send_data callback: a DATA frame of `size` bytes of `body`.
  int SendBody(wire::OutputQueue* body, std::string_view frame_header, size_t size);

 private:
  wire::OutputQueue own_;
  wire::OutputQueue* out_ = nullptr;  // during Write
  size_t high_water_ = 0;             // the same
  bool in_header_block_ = false;      // a HEADERS frame left whose CONTINUATION frames have not
};

// nghttp2's read callback: how much of `body` may go into a frame of at most `size` bytes, or NGHTTP2_ERR_DEFERRED.
// With NGHTTP2_DATA_FLAG_NO_END_STREAM among the flags, body.trailers come next.
ssize_t ReadBodyPart(const wire::OutgoingBody& body, size_t size, uint32_t* data_flags);

}  // namespace connectrpc::http

#endif  // CONNECTRPC_SRC_HTTP_H2_OUTPUT_H_
