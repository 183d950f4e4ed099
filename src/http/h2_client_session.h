#ifndef CONNECTRPC_SRC_HTTP_H2_CLIENT_SESSION_H_
#define CONNECTRPC_SRC_HTTP_H2_CLIENT_SESSION_H_

#include <nghttp2/nghttp2.h>

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "http/h2_guard.h"
#include "http/h2_open_streams.h"
#include "http/h2_output.h"
#include "http/http_client_session.h"
#include "http/nghttp2_handles.h"
#include "wire/output_queue.h"

namespace connectrpc::http {

// The client's side of an HTTP/2 connection (RFC 9113), on nghttp2; prior knowledge or ALPN, no upgrade, no push. The
// mirror of H2Session: what nghttp2 does, how callbacks become events, how window is given back and how a connection
// ends is the same.
class H2ClientSession final : public HttpClientSession {
 public:
  // The streams of a connection are numbered from `first_stream_id`, an odd number.
  explicit H2ClientSession(const ClientSessionLimits& limits, int32_t first_stream_id = 1);
  H2ClientSession(const H2ClientSession&) = delete;
  H2ClientSession& operator=(const H2ClientSession&) = delete;

  size_t capacity() const override;
  void Start(HttpClientStream* stream) override;
  void Resume(HttpClientStream* stream) override;
  void Release(HttpClientStream* stream, size_t count) override;
  void Reset(HttpClientStream* stream) override;
  void Feed(std::string_view bytes) override;
  void FeedEnd() override;
  void Write(wire::OutputQueue* out, size_t high_water) override;
  void Shutdown() override;
  void Ping() override;
  void EndForSettings() override;
  bool settings_received() const override { return settings_received_; }
  bool settings_acknowledged() const override { return settings_acknowledged_; }
  bool going_away() const override;
  bool want_read() const override;
  bool idle() const override { return open_.empty(); }
  bool finished() const override;

  // For Nghttp2CallbacksOf alone. The functions return what the callback of that name in nghttp2.h returns, and call
  // back into nghttp2 only what it lets callbacks call: to queue a frame, to consume window.
  using Stream = HttpClientStream;
  static constexpr bool kIsClient = true;
  int OnBeginFrame(const nghttp2_frame_hd& header);
  int OnBeginHeaders(const nghttp2_frame& frame);
  int OnHeader(const nghttp2_frame& frame, std::string_view name, std::string_view value);
  int OnFrameReceived(const nghttp2_frame& frame);
  int OnInvalidFrame(const nghttp2_frame& frame, int error);
  int OnDataChunk(int32_t stream_id, std::string_view bytes);
  int OnStreamClose(int32_t stream_id, uint32_t error_code);
  int OnFrameSent(const nghttp2_frame& frame);
  int OnFrameNotSent(const nghttp2_frame& frame, int error);
  ssize_t ReadBody(HttpClientStream* stream, size_t size, uint32_t* data_flags);
  int SendBody(HttpClientStream* stream, std::string_view frame_header, size_t size);

 private:
  void SubmitPreface(int32_t first_stream_id);
  // Of the streams that wait: submits those for which there is room, closes those that shall not start. False if it
  // has submitted none.
  bool SubmitWaiting();
  // Gives a stream its number, and its head to nghttp2.
  void Submit(HttpClientStream* stream);
  // The stream of an id, or null once nghttp2 has closed it (or it never had one).
  HttpClientStream* Find(int32_t stream_id) const;

  void FinishHead(HttpClientStream* stream, wire::EndStream end);
  void EndResponse(HttpClientStream* stream);
  // The response is not to be believed: names the fault, unless there is one already, and resets the stream.
  void Refuse(HttpClientStream* stream, uint32_t error_code, std::string_view fault, bool too_large = false);
  void AddEvent(HttpClientEvent::Kind kind, HttpClientStream* stream, wire::EndStream end = wire::EndStream::kNo,
                std::string_view bytes = {});
  void AddClosingEvents(HttpClientStream* stream);
  // Says why a stream broke whose fault nobody has named.
  static void ExplainReset(HttpClientStream* stream);
  void OnRequestSent(const nghttp2_frame& frame);  // a frame of one

  // What became due with the frames that were just sent; false if nothing did.
  bool AfterFramesSent();
  // Our last GOAWAY, when the last stream has ended after Shutdown.
  bool SayGoodbye();

  // Takes note of a call's result: a fatal one ends the connection at the next Feed or Write.
  void Check(int result);
  // After Feed: a reason to end the connection, if there is one.
  void CheckInput(ssize_t result);
  // Ends the connection with a GOAWAY of our own.
  void Fail(uint32_t error_code, std::string_view debug_data);
  // Ends the connection: breaks the open streams and frees nghttp2's session.
  void Drop(uint32_t error_code, std::string_view fault);
  std::string_view ConnectionFault(uint32_t error_code) const;

  const ClientSessionLimits limits_;
  H2Guard guard_;
  Nghttp2Session session_;  // null once the connection has ended
  H2Output output_;
  OpenStreams<HttpClientStream> open_;      // started and not closed
  std::vector<HttpClientStream*> waiting_;  // of these, those that nghttp2 has not heard of
  std::vector<int32_t> broken_trailers_;    // streams to reset, from OnFrameNotSent until nghttp2 has returned
  std::vector<nghttp2_nv> fields_;          // scratch of Submit and of trailers
  size_t heads_queued_ = 0;                 // with nghttp2, and not written

  bool broken_ = false;         // see Check
  bool push_promised_ = false;  // the server did what we had forbidden
  uint32_t goaway_error_ = 0;   // nghttp2 sent a GOAWAY with an error code
  bool settings_received_ = false;
  bool settings_acknowledged_ = false;
  bool shutting_down_ = false;  // Shutdown was called
  bool said_goodbye_ = false;
};

}  // namespace connectrpc::http

#endif  // CONNECTRPC_SRC_HTTP_H2_CLIENT_SESSION_H_
