#ifndef CONNECTRPC_SRC_HTTP_HTTP_SESSION_H_
#define CONNECTRPC_SRC_HTTP_HTTP_SESSION_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "http/h2_request_check.h"
#include "wire/http_head.h"
#include "wire/output_queue.h"
#include "wire/timeout.h"

namespace connectrpc::http {

// One request and its answer on a connection. The server derives its own stream type from it. Fields up to `body` are
// the contract between session and server; the rest is the session's. A stream comes out of StreamSource::Acquire as
// new, or as ClearHttp leaves it.
struct HttpStream {
  wire::RequestHead request;    // filled by the session before kHead; the server may read it until kClosed
  wire::ResponseHead response;  // filled by the server before Respond
  wire::OutgoingBody body;      // appended to by the server, drained by the session

  // Why the head could not be taken as it is: the server answers, in the caller's protocol where it can tell it, and
  // ignores the body.
  enum class HeadProblem { kNone, kTooLarge, kTooManyFields, kTargetTooLong };
  HeadProblem head_problem = HeadProblem::kNone;

  int32_t id = 0;               // HTTP/2 stream id; counts up from 1 on HTTP/1.1
  bool request_ended = false;   // the peer has sent all of the request
  bool responded = false;       // Respond was called
  bool head_sent = false;       // HTTP/2: the head of the answer was handed to the output
  bool response_sent = false;   // the last byte of the answer was handed to the output
  bool deferred = false;        // the session waits for Resume
  size_t discarded_bytes = 0;   // body bytes that arrived after the answer had ended
  size_t header_list_size = 0;  // while the head, or the trailer section, arrives
  size_t header_count = 0;      // the same; pseudo header fields are counted in the size only
  bool head_delivered = false;  // kHead was appended
  bool given_up = false;        // Reset was called
  size_t unreleased_bytes = 0;  // body bytes of events that Release has not given back yet
  size_t held_back_bytes = 0;   // of these, what the server has released while the session held input back
  size_t added_window = 0;      // HTTP/2: what its window has been widened by
  size_t counted_output = 0;    // bytes of `body` as the session's held_bytes counts them
  size_t last_event = 0;        // the place of this stream's latest event in events(), as long as that lists it
  size_t slot = 0;              // HTTP/2: its place among the session's open streams
  H2RequestCheck check;         // HTTP/2

  // How far the stream has come, by the session's clock; for the server's timers.
  wire::TimePoint begun_at{};          // the request's head was complete
  wire::TimePoint body_progress_at{};  // the latest bytes of its body came, or its head
  uint64_t body_bytes = 0;             // of the request, so far
  wire::TimePoint output_marked_at{};  // Respond was called; the server moves the mark on as the answer gets on
  size_t output_mark = 0;              // bytes of `body` at that time
  wire::TimePoint answered_at{};       // HTTP/2: the last byte of the answer was handed to the output

 protected:
  // For pools: back to the state of a new object, keeping capacity.
  void ClearHttp();
};

// Where a session gets its streams. Acquire is called when a request begins, inside Feed; the stream belongs to the
// session until its kClosed event, then to the server.
class StreamSource {
 public:
  // Null refuses the stream in a way that lets the client try again (REFUSED_STREAM; on HTTP/1.1 status 503).
  virtual HttpStream* Acquire() = 0;

 protected:
  ~StreamSource() = default;
};

struct HttpEvent {
  enum class Kind {
    kHead,     // stream->request is complete; `end` if no body follows
    kBody,     // `bytes` of the body, borrowed from the input of Feed; possibly empty with `end`. None come once the
               // answer has ended (Respond was called and stream->body.ended): the session drops those bytes itself.
    kAborted,  // the peer reset the stream, or its body is broken: no more kBody will come. The answer, if any is
               // possible, may still be given with Respond on HTTP/1.1; on HTTP/2 kClosed follows.
    kClosed,   // the last event of a stream: answered, aborted or given up, and forgotten by the session
  };
  Kind kind;
  wire::EndStream end = wire::EndStream::kNo;
  HttpStream* stream = nullptr;
  std::string_view bytes;
};

// Named limits of a session; the defaults are those of connectrpc::Limits.
struct SessionLimits {
  size_t max_header_list_bytes = 16 * 1024;  // name + value + 32 for each field (RFC 9113 section 6.5.2)
  size_t max_header_fields = 100;
  size_t max_request_line_bytes = 8 * 1024;  // request line, or :path
  size_t max_concurrent_streams = 100;       // HTTP/2
  size_t stream_window_bytes =
      65535;  // HTTP/2, what one stream may send ahead; HTTP/1.1: the same bound on unreleased bytes
  size_t max_stream_window_bytes = 512 * 1024;  // HTTP/2, see connectrpc::Limits
  size_t connection_window_bytes = 1024 * 1024;
  size_t max_drain_bytes = 1024 * 1024;  // request bytes read and thrown away after an early answer
  bool https_only = false;               // HTTP/2: the connection is secure, and so must :scheme be

  // HTTP/2, see connectrpc::Limits.
  size_t max_control_frames = 10'000;
  size_t max_continuation_frames = 8;
  size_t max_resets = 1'000;
  size_t max_resets_per_second = 33;
  size_t max_queued_frames = 1'000;
  size_t max_ping_strikes = 2;
  std::chrono::milliseconds min_ping_interval{10'000};        // while there are streams; 0 permits all
  std::chrono::milliseconds min_idle_ping_interval{300'000};  // while there are none
};

// What sessions know of the time; shared by the sessions of a loop.
class SessionClock {
 public:
  virtual wire::TimePoint Now() const = 0;
  // The value of the `date` field (RFC 9110 section 6.6.1); may be empty. Its bytes stay where they are for as long as
  // the clock lives, and hold the time of the latest call.
  virtual std::string_view Date() = 0;

 protected:
  ~SessionClock() = default;
};

// What the peer has done so far, for the server's timers.
struct PeerState {
  bool settings_received = false;      // HTTP/2: its preface is complete
  bool settings_acknowledged = false;  // HTTP/2: ours
  bool inside_head = false;            // a head has begun and not ended; on HTTP/2 any header block
  uint32_t heads_begun = 0;            // HTTP/2: header blocks, trailers included; wraps
  size_t unended = 0;                  // HTTP/2: requests that were answered in full and have not ended
  bool flooded = false;                // the session ended the connection for a flood
};

// The server's end of one HTTP connection as a state machine: bytes in, events out; answers in, bytes out. No sockets,
// threads or clock of its own. Event order for a stream: kHead, kBody*, then kAborted at most once; kClosed last,
// always, and alone where the head was never complete. A stream that ends by Reset shows no kAborted. Trailers of a
// request are checked and dropped. Destroying a session appends no events: call FeedEnd first.
//
// Use: Feed what was read, take events() in order, act on them (Respond, Release, ...), then Write into the
// connection's output. Nothing here calls back into the server but StreamSource::Acquire.
class HttpSession {
 public:
  virtual ~HttpSession() = default;

  // Takes all of `bytes`. Events it caused are appended to events() and refer to `bytes`: handle them before it goes
  // away. Protocol errors do not show here: the session answers them itself (GOAWAY, 400, ...) and then is finished().
  virtual void Feed(std::string_view bytes) = 0;

  // The peer will send nothing more (end of the byte stream, or its loss).
  virtual void FeedEnd() = 0;

  // Events not handled yet. The caller clears the list after handling it; sessions also append to it in Write, Reset
  // and FeedEnd.
  std::vector<HttpEvent>& events() { return events_; }

  // Starts the answer: stream->response is the head; the body follows from stream->body. Once for each stream. Leave
  // `response`, and `body.trailers` once `body.ended` is set, alone until kClosed: the session refers to them.
  virtual void Respond(HttpStream* stream) = 0;
  // stream->body got more bytes, or ended.
  virtual void Resume(HttpStream* stream) = 0;
  // `count` bytes of body events were used up: the peer may send as many again. What the server has not released when a
  // stream closes, the session gives back to the connection itself; Release after that does nothing, so the server need
  // not tell the two cases apart as long as it holds the stream.
  virtual void Release(HttpStream* stream, size_t count) = 0;
  // Gives the stream up without the rest of its request or answer. HTTP/2: RST_STREAM(CANCEL), or NO_ERROR where all of
  // the answer was sent; HTTP/1.1: the connection ends.
  virtual void Reset(HttpStream* stream) = 0;

  // No more requests: announces it, lets running ones finish, then the session is finished(). Requests that cross the
  // announcement are served: on HTTP/2 until the peer has shown that it has seen it, or EndNotice.
  virtual void Shutdown() = 0;
  // After Shutdown: waits no longer for that sign of the peer.
  virtual void EndNotice() {}

  // HTTP/2: asks the peer for a sign of life.
  virtual void Ping() {}
  // HTTP/2: ends the connection because our SETTINGS were not acknowledged (GOAWAY(SETTINGS_TIMEOUT)).
  virtual void EndForSettings() {}

  // While input is held back, what is released does not become window: the peer sends what it may and no more.
  virtual void HoldInput(bool hold) = 0;
  // Whether our flow control keeps the peer from sending more of this request.
  virtual bool InputHeldBack(const HttpStream* stream) const = 0;
  // Whether the peer's flow control keeps us from sending more of this answer.
  virtual bool OutputHeldBack(const HttpStream* stream) const = 0;
  // Bytes held: of requests, what was not released and what is kept ahead; of answers, what was not written.
  virtual size_t held_bytes() const = 0;
  // Bytes of answers among them.
  virtual size_t held_output_bytes() const = 0;

  const PeerState& peer() const { return peer_; }

  // Moves output into `*out` until there is none, or out->size() reaches high_water.
  virtual void Write(wire::OutputQueue* out, size_t high_water) = 0;

  // False while the session must not be fed (HTTP/1.1: a pipelined request waits for its turn, or unreleased bytes
  // reach the window). Turns true again by Release, or by a response's end.
  virtual bool want_read() const = 0;
  // No request is being received or answered.
  virtual bool idle() const = 0;
  // All is said: once the output is written, close. True after Shutdown with no streams left, and after fatal errors.
  virtual bool finished() const = 0;

 protected:
  std::vector<HttpEvent> events_;
  PeerState peer_;
};

}  // namespace connectrpc::http

#endif  // CONNECTRPC_SRC_HTTP_HTTP_SESSION_H_
