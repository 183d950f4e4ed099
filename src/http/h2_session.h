#ifndef CONNECTRPC_SRC_HTTP_H2_SESSION_H_
#define CONNECTRPC_SRC_HTTP_H2_SESSION_H_

#include <nghttp2/nghttp2.h>

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "http/h2_guard.h"
#include "http/h2_memory.h"
#include "http/h2_open_streams.h"
#include "http/h2_output.h"
#include "http/http_session.h"
#include "http/nghttp2_handles.h"
#include "wire/output_queue.h"

namespace connectrpc::http {

// The server's side of an HTTP/2 connection (RFC 9113), on nghttp2; prior knowledge or ALPN, no upgrade.
//
// nghttp2 keeps frames, HPACK, stream states and windows. This class turns its callbacks into events, gives window back
// as the server releases body bytes, and ends the connection where nghttp2 would go on (H2Guard) or stop without a
// word. A connection ends in one of three ways: by Fail, which writes the GOAWAY itself, since nghttp2 may not be used
// after a fatal error; by a GOAWAY with an error code that nghttp2 sent; by Shutdown. After the first two the nghttp2
// session is gone and input is ignored.
class H2Session final : public HttpSession {
 public:
  H2Session(const SessionLimits& limits, StreamSource* streams, SessionClock* clock, H2Memory* memory);
  H2Session(const H2Session&) = delete;
  H2Session& operator=(const H2Session&) = delete;

  void Feed(std::string_view bytes) override;
  void FeedEnd() override;
  void Respond(HttpStream* stream) override;
  void Resume(HttpStream* stream) override;
  void Release(HttpStream* stream, size_t count) override;
  void Reset(HttpStream* stream) override;
  void Shutdown() override;
  void EndNotice() override;
  void Ping() override;
  void EndForSettings() override;
  void HoldInput(bool hold) override;
  bool InputHeldBack(const HttpStream* stream) const override;
  bool OutputHeldBack(const HttpStream* stream) const override;
  size_t held_bytes() const override { return unreleased_bytes_ + queued_bytes_ + output_.own_bytes(); }
  size_t held_output_bytes() const override { return queued_bytes_; }
  void Write(wire::OutputQueue* out, size_t high_water) override;
  bool want_read() const override;
  bool idle() const override { return open_.empty(); }
  bool finished() const override;

  // For Nghttp2CallbacksOf alone. The functions return what the callback of that name in nghttp2.h returns, and call
  // back into nghttp2 only what it lets callbacks call: to queue a frame, to consume window.
  using Stream = HttpStream;
  static constexpr bool kIsClient = false;
  int OnBeginHeaders(const nghttp2_frame& frame);
  int OnHeader(const nghttp2_frame& frame, std::string_view name, std::string_view value);
  int OnFrameReceived(const nghttp2_frame& frame);
  int OnDataChunk(int32_t stream_id, std::string_view bytes);
  int OnStreamClose(int32_t stream_id, uint32_t error_code);
  int OnFrameSent(const nghttp2_frame& frame);
  int OnFrameNotSent(const nghttp2_frame& frame, int error);
  ssize_t ReadBody(HttpStream* stream, size_t size, uint32_t* data_flags);
  int SendBody(HttpStream* stream, std::string_view frame_header, size_t size);

 private:
  // A reset that has to wait until nghttp2 has finished the frame at hand.
  struct PendingReset {
    int32_t stream_id;
    uint32_t error_code;
  };

  void SubmitPreface();
  // The stream of an id, or null once nghttp2 has closed it (or it never had one).
  HttpStream* Find(int32_t stream_id);
  // The server has said all it wants to say on this stream.
  static bool AnswerEnded(const HttpStream& stream) { return stream.responded && stream.body.ended; }

  int BeginRequest(int32_t stream_id);
  void SetPriority(HttpStream* stream, std::string_view value);
  // The request is not well-formed: nothing more is heard of it.
  void ResetMalformed(HttpStream* stream);
  // The peer may send `count` more bytes of the stream's request, and on the connection.
  void ReturnWindow(HttpStream* stream, size_t count);
  void FinishHead(HttpStream* stream, const nghttp2_frame& frame);
  void EndRequest(HttpStream* stream);
  void ResetIfDrained(HttpStream* stream);
  // Lets the peer send more ahead on a stream that has much to say and whose bytes are released as they come.
  void WidenWindow(HttpStream* stream);
  void AddEvent(HttpEvent::Kind kind, HttpStream* stream, wire::EndStream end = wire::EndStream::kNo,
                std::string_view bytes = {});
  void AddClosingEvents(HttpStream* stream);
  void OnAnswerSent(const nghttp2_frame& frame);  // a frame of one
  void CountReset(const nghttp2_frame& frame);
  // Takes note of the size of a stream's body.
  void CountOutput(HttpStream* stream);
  wire::TimePoint Now() const { return clock_ != nullptr ? clock_->Now() : wire::TimePoint(); }

  // What became due with the frames that were just sent; false if nothing did.
  bool AfterFramesSent();

  // Takes note of a call's result: a fatal one ends the connection at the next Feed or Write.
  void Check(int result) {
    if (result != 0 && nghttp2_is_fatal(result) != 0) broken_ = true;
  }
  // After Feed: a reason to end the connection, if there is one. False if it has ended.
  bool CheckInput(ssize_t result);
  // Ends the connection with a GOAWAY of our own.
  void Fail(uint32_t error_code, std::string_view debug_data);
  // Ends the connection: aborts the open streams and frees nghttp2's session.
  void Drop();

  const SessionLimits limits_;
  StreamSource* const streams_;
  SessionClock* const clock_;  // may be null
  H2Guard guard_;
  Nghttp2Session session_;  // null once the connection has ended
  H2Output output_;
  OpenStreams<HttpStream> open_;      // acquired and not closed
  HttpStream* found_ = nullptr;       // the latest result of Find, as long as it is open
  std::vector<PendingReset> resets_;  // from OnFrameSent and OnFrameNotSent until nghttp2 has returned
  std::vector<nghttp2_nv> fields_;    // scratch of Respond and of trailers
  int32_t last_stream_id_ = 0;        // the highest stream that was begun
  size_t unreleased_bytes_ = 0;       // of all streams: delivered, and not released by the server
  size_t queued_bytes_ = 0;           // of all streams: bodies of answers
  size_t added_window_ = 0;           // of all streams: by WidenWindow
  size_t released_bytes_ = 0;         // due to the connection's window with the next Write
  bool hold_input_ = false;

  bool broken_ = false;            // see Check
  bool goaway_failed_ = false;     // nghttp2 sent a GOAWAY with an error code
  bool shutting_down_ = false;     // Shutdown was called
  bool shutdown_noticed_ = false;  // the peer has seen its notice, or need not any more
  bool said_last_stream_ = false;  // the second GOAWAY of Shutdown was queued
};

}  // namespace connectrpc::http

#endif  // CONNECTRPC_SRC_HTTP_H2_SESSION_H_
