#ifndef CONNECTRPC_SRC_HTTP_HTTP_CLIENT_SESSION_H_
#define CONNECTRPC_SRC_HTTP_HTTP_CLIENT_SESSION_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "wire/http_head.h"
#include "wire/output_queue.h"

namespace connectrpc::http {

// One request of ours and its answer: the mirror of HttpStream. The transport derives its own stream type from it.
// Fields up to `unprocessed` are the contract between session and transport; the rest is the session's.
struct HttpClientStream {
  wire::RequestHead request;    // filled by the transport before Start, but for version
  wire::OutgoingBody body;      // appended to by the transport, drained by the session
  wire::ResponseHead response;  // filled by the session before kHead; 1xx heads are counted and dropped
  HeaderList trailers;          // filled before kEnd

  // How the stream broke, before kReset.
  uint32_t error_code = 0;  // HTTP/2's (RFC 9113 section 7); of HTTP/1.1, and of a lost connection, INTERNAL_ERROR
  // The server has certainly not looked at the request (REFUSED_STREAM, beyond the last stream of a GOAWAY, nothing of
  // it was written): it may be sent again. Not where the fault is the request's own.
  bool unprocessed = false;
  // What is wrong where the session found the fault; a literal. Empty where the peer reset the stream.
  std::string_view fault;
  bool too_large = false;  // the fault is a limit on heads or trailers

  int32_t id = 0;
  bool request_sent = false;    // the last byte of the request was handed to the output
  bool response_ended = false;  // kEnd was appended
  bool deferred = false;        // the session waits for Resume
  bool head_written = false;    // some of the request was handed to the output
  bool head_delivered = false;  // kHead was appended
  bool given_up = false;        // nothing but kClosed comes any more: Reset was called, or the rest is not needed
  bool reset_by_peer = false;   // HTTP/2: a RST_STREAM came
  size_t header_list_size = 0;  // while a head or trailer section arrives
  size_t header_count = 0;      // the same
  size_t informational = 0;     // 1xx responses so far
  size_t unreleased_bytes = 0;  // body bytes of events that Release has not given back yet
  size_t slot = 0;              // HTTP/2: its place among the session's open streams

 protected:
  // For pools: back to the state of a new object, keeping capacity.
  void ClearHttp();
};

struct HttpClientEvent {
  enum class Kind {
    kHead,    // stream->response is complete; `end` if neither body nor trailers follow
    kBody,    // `bytes` of the body, borrowed from the input of Feed
    kEnd,     // the answer is complete, with stream->trailers. Not after a kHead with `end`
    kReset,   // the stream broke: error_code, unprocessed, fault. In place of what would have come
    kClosed,  // the last event of a stream: the session has forgotten it
  };
  Kind kind;
  wire::EndStream end = wire::EndStream::kNo;
  HttpClientStream* stream = nullptr;
  std::string_view bytes;
};

// Named limits of a session; the defaults are those of connectrpc::ClientLimits.
struct ClientSessionLimits {
  size_t max_header_list_bytes = 16 * 1024;
  size_t max_header_fields = 100;
  size_t max_informational_responses = 16;
  size_t max_concurrent_streams = 1000;
  size_t stream_window_bytes = 1024 * 1024;  // HTTP/1.1: the same bound on unreleased bytes
  size_t connection_window_bytes = 4 * 1024 * 1024;
  size_t max_control_frames = 10'000;
  size_t max_continuation_frames = 8;
  size_t max_queued_frames = 1'000;
};

// The client's end of one HTTP connection as a state machine: requests in, bytes out; bytes in, events out. No sockets,
// threads or clock. Event order for a stream: kHead, kBody*, kEnd; or kReset at any point instead of the rest; kClosed
// last, always: also after Reset, alone then. A stream whose answer is complete before its request is: kEnd comes, and
// kClosed when the session has got rid of the rest (HTTP/2: RST_STREAM(NO_ERROR); HTTP/1.1: the connection ends).
//
// Use: Start a stream, Write what is due, Feed what was read, take events() in order, act on them, Write again. Nothing
// here calls back.
class HttpClientSession {
 public:
  virtual ~HttpClientSession() = default;

  // How many more streams may be started now: 0 once the session is going_away, at the server's
  // SETTINGS_MAX_CONCURRENT_STREAMS, or, on HTTP/1.1, while a call is under way.
  virtual size_t capacity() const = 0;
  // stream->request is the head; the body follows from stream->body. Only while capacity() > 0. Leave `request`, and
  // `body.trailers` once `body.ended` is set, alone until kClosed.
  virtual void Start(HttpClientStream* stream) = 0;
  // stream->body got more bytes, or ended.
  virtual void Resume(HttpClientStream* stream) = 0;
  // `count` bytes of body events were used up: the server may send as many again. What was not released when a stream
  // closes, the session gives back itself.
  virtual void Release(HttpClientStream* stream, size_t count) = 0;
  // Gives the stream up. HTTP/2: RST_STREAM(CANCEL); HTTP/1.1: the connection ends. kClosed follows.
  virtual void Reset(HttpClientStream* stream) = 0;

  // Takes all of `bytes`. Events it caused are appended to events() and refer to `bytes`. Protocol errors do not show
  // here: the session resets its streams, says so to the server, and then is finished().
  virtual void Feed(std::string_view bytes) = 0;
  // The server will send nothing more: end of the byte stream, or its loss.
  virtual void FeedEnd() = 0;

  // Events not handled yet; the caller clears the list. Sessions append to it in Feed, FeedEnd, Write and Reset.
  std::vector<HttpClientEvent>& events() { return events_; }

  // Moves output into `*out` until there is none, or out->size() reaches high_water.
  virtual void Write(wire::OutputQueue* out, size_t high_water) = 0;

  // No more streams: running ones finish, then the session is finished().
  virtual void Shutdown() = 0;
  // HTTP/2: asks for a sign of life; ends the connection since our SETTINGS were not acknowledged.
  virtual void Ping() {}
  virtual void EndForSettings() {}

  // HTTP/2: the server's preface has come; on HTTP/1.1 always true. Until then its limits are not known.
  virtual bool settings_received() const { return true; }
  virtual bool settings_acknowledged() const { return true; }  // ours
  // The server wants no more streams (GOAWAY, "connection: close").
  virtual bool going_away() const = 0;
  virtual bool want_read() const = 0;  // false: HTTP/1.1, unreleased bytes reach the window
  // No stream is open.
  virtual bool idle() const = 0;
  // All is said and done, or the connection is of no use: once the output is written, close.
  virtual bool finished() const = 0;

 protected:
  std::vector<HttpClientEvent> events_;
};

std::unique_ptr<HttpClientSession> NewHttp1ClientSession(const ClientSessionLimits& limits);
std::unique_ptr<HttpClientSession> NewHttp2ClientSession(const ClientSessionLimits& limits);

}  // namespace connectrpc::http

#endif  // CONNECTRPC_SRC_HTTP_HTTP_CLIENT_SESSION_H_
