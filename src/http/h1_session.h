#ifndef CONNECTRPC_SRC_HTTP_H1_SESSION_H_
#define CONNECTRPC_SRC_HTTP_H1_SESSION_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "http/h1_parser.h"
#include "http/h1_response.h"
#include "http/http_session.h"
#include "wire/http_head.h"
#include "wire/output_queue.h"

namespace connectrpc::http {

// The server's end of an HTTP/1.x connection. One request is in flight at a time; what the peer sends behind it is kept
// until its answer is out. Body events point into what was fed, or into those kept bytes, which stay as they are until
// the next Feed or Write.
class H1Session final : public HttpSession {
 public:
  H1Session(const SessionLimits& limits, StreamSource* streams, SessionClock* clock = nullptr);

  void Feed(std::string_view bytes) override;
  void FeedEnd() override;
  void Respond(HttpStream* stream) override;
  void Resume(HttpStream* stream) override;
  void Release(HttpStream* stream, size_t count) override;
  void Reset(HttpStream* stream) override;
  void Shutdown() override;
  void HoldInput(bool hold) override { hold_input_ = hold; }
  bool InputHeldBack(const HttpStream* stream) const override { return stream == stream_ && !want_read(); }
  bool OutputHeldBack(const HttpStream*) const override { return false; }
  size_t held_bytes() const override;
  size_t held_output_bytes() const override;
  void Write(wire::OutputQueue* out, size_t high_water) override;

  bool want_read() const override;
  bool idle() const override;
  bool finished() const override { return finished_; }

  // Bytes of the peer that are kept: of an incomplete head or chunk line, and of requests that wait.
  size_t buffered_bytes() const { return parser_.buffered_bytes() + ahead_.size() - ahead_taken_; }

 private:
  // What the next byte from the peer is.
  enum class Input {
    kHead,      // of the next request; stream_ is null
    kBody,      // of stream_'s request, delivered as events
    kDropBody,  // of stream_'s request, which is answered already: parsed, counted and dropped
    kAhead,     // of a later request, while stream_'s request is complete and not answered
    kDrop,      // of no meaning any more: counted and dropped
  };
  // How far the answer is.
  enum class Output {
    kNone,   // Respond was not called
    kError,  // the session itself answers, with error_status_; stream_ is null
    kHead,   // stream_'s head is to be written
    kBody,   // its body is being written
    kDone,   // all is written; the rest of the request is awaited (kDropBody)
  };

  // Takes bytes until there are none, or those that are left belong to a later request.
  void Consume(std::string_view* bytes);
  void ReadHead(std::string_view* bytes);
  void ReadBody(std::string_view* bytes);
  void DropBody(std::string_view* bytes);

  void BeginRequest();
  void EndRequest();
  // No more of the body will come, though it has not ended.
  void AbortRequest();
  void RefuseRequest(int status);

  H1ResponseControl::Length ChooseLength() const;
  H1ResponseControl::Persistence ChoosePersistence() const;
  // The answer has ended: what is still to come of the request is of no use.
  void StopReadingBody();
  void WriteAnswer(wire::OutputQueue* out, size_t high_water);
  void EndAnswer();
  void ReadAhead();

  // The stream's last event, then the next request or the end.
  void CloseStream();
  void Finish();
  void Emit(HttpEvent::Kind kind, wire::EndStream end, std::string_view bytes = {});
  void RecycleBuffers();
  std::string_view date() const { return clock_ != nullptr ? clock_->Date() : std::string_view(); }
  wire::TimePoint Now() const { return clock_ != nullptr ? clock_->Now() : wire::TimePoint(); }

  const SessionLimits limits_;
  StreamSource* const streams_;
  SessionClock* const clock_;  // may be null
  H1Parser parser_;
  wire::RequestHead head_;  // while it arrives; exchanged with the stream's
  HttpStream* stream_ = nullptr;
  int32_t next_id_ = 1;

  Input input_ = Input::kHead;
  bool peer_ended_ = false;
  bool expect_continue_ = false;  // "100 Continue" is owed
  size_t dropped_bytes_ = 0;      // of the current request
  std::string ahead_;             // bytes behind the request in flight, from ahead_taken_ on
  size_t ahead_taken_ = 0;

  Output output_ = Output::kNone;
  int error_status_ = 0;
  H1ResponseControl response_control_;
  std::string scratch_;  // heads on their way to the output

  bool hold_input_ = false;
  bool close_ = false;  // no request after the current one
  bool finished_ = false;
};

}  // namespace connectrpc::http

#endif  // CONNECTRPC_SRC_HTTP_H1_SESSION_H_
