#ifndef CONNECTRPC_LIMITS_H_
#define CONNECTRPC_LIMITS_H_

#include <chrono>
#include <cstddef>

namespace connectrpc {

// What a server bounds. Each value is the largest that is still accepted.
struct Limits {
  // A request message after decompression, in bytes. Beyond: resource_exhausted.
  size_t max_message_bytes = 4 * 1024 * 1024;
  // The body of a unary request as it travels, compressed or not, envelope included.
  size_t max_unary_body_bytes = 4 * 1024 * 1024 + 5;
  // All header fields of a request: name + value + 32 for each (RFC 9113 section 6.5.2). Beyond: 431, or
  // resource_exhausted for gRPC.
  size_t max_header_list_bytes = 16 * 1024;
  // Their number; on HTTP/2 each cookie crumb counts.
  size_t max_header_fields = 100;
  // The request line of HTTP/1.1, or :path of HTTP/2; a Connect GET carries its message there. Beyond: 414.
  size_t max_request_line_bytes = 8 * 1024;
  // Streams open at once on an HTTP/2 connection (SETTINGS_MAX_CONCURRENT_STREAMS).
  size_t max_concurrent_streams = 100;
  // Calls whose handler has not finished, of one connection; those that the client has given up included. Beyond:
  // REFUSED_STREAM.
  size_t max_running_calls_per_connection = 100;
  // What an HTTP/2 peer may send ahead of the handler, on one stream and on the whole connection.
  size_t stream_window_bytes = 65535;
  size_t connection_window_bytes = 1024 * 1024;
  // What a stream's part may grow to while the handler takes what comes, so that large messages come fast; that of all
  // streams together, by half of the connection's.
  size_t max_stream_window_bytes = 512 * 1024;
  // Response bytes held for a slow reader: beyond, a handler's writes wait. One message may exceed it.
  size_t max_stream_output_bytes = 64 * 1024;
  size_t max_connection_output_bytes = 1024 * 1024;
  // Request and response bytes that all connections of the server hold together. Beyond: no more request bytes are
  // asked for, and new calls are refused (REFUSED_STREAM, 503) until it has fallen.
  size_t max_buffered_bytes = 256 * 1024 * 1024;
  // Request bytes read and dropped after a call has been answered early.
  size_t max_drain_bytes = 1024 * 1024;
  // Connections at once, over all loops. Beyond: accepted and closed.
  size_t max_connections = 10000;
  // Connections at once from one IP address; 0 for no limit of its own. Beyond: accepted and closed.
  size_t max_connections_per_peer = 0;
  // TLS handshakes going on at once, over all loops. Beyond: accepted and closed.
  size_t max_handshakes = 1024;
  // Requests on one connection before it is told to go away; 0 for no limit.
  size_t max_requests_per_connection = 0;
  // A body that lags behind this rate, once it has had 5 s, is given up; 0 for no minimum. Unary requests only.
  size_t min_body_bytes_per_second = 240;
  // Brackets of a JSON message inside one another.
  int max_json_depth = 100;
  // Threads that run the sync handlers of directly mounted services; 0 means two for each core, and at least 8.
  size_t max_handler_threads = 0;
  // Calls that wait for one of these threads. Beyond: resource_exhausted.
  size_t max_queued_calls = 1'000;

  // HTTP/2 frames that cost work and bring nothing (PING, SETTINGS, PRIORITY, WINDOW_UPDATE, empty DATA, unknown
  // types): a peer may run up so many beyond those that go with its calls. Beyond: GOAWAY(ENHANCE_YOUR_CALM).
  size_t max_control_frames = 10'000;
  // CONTINUATION frames of one header block. Beyond: GOAWAY(ENHANCE_YOUR_CALM).
  size_t max_continuation_frames = 8;
  // Streams that a peer resets before their answer has begun, or makes us reset: so many at once, and so many a second
  // on top (CVE-2023-44487, CVE-2025-8671); each call that is answered makes up for one more. Beyond:
  // GOAWAY(ENHANCE_YOUR_CALM).
  size_t max_resets = 1'000;
  size_t max_resets_per_second = 33;
  // Frames waiting to be sent because the peer does not read. Beyond: GOAWAY(ENHANCE_YOUR_CALM).
  size_t max_queued_frames = 1'000;
  // PINGs that come sooner after one another than Timeouts permits. Beyond: GOAWAY(ENHANCE_YOUR_CALM,
  // "too_many_pings").
  size_t max_ping_strikes = 2;
};

// How long a server waits. Zero turns a timer off.
struct Timeouts {
  // From accept to the end of the TLS handshake.
  std::chrono::milliseconds tls_handshake{10'000};
  // From accept, or the end of the handshake, to the end of the HTTP/2 preface with its SETTINGS frame.
  std::chrono::milliseconds http2_preface{10'000};
  // From our SETTINGS to their acknowledgement. Beyond: GOAWAY(SETTINGS_TIMEOUT).
  std::chrono::milliseconds http2_settings_ack{10'000};
  // From accept, or the end of the handshake, to the end of the first request head, and from the first byte of each
  // later head on HTTP/1.1 to its end.
  std::chrono::milliseconds header_read{30'000};
  // A connection without a request.
  std::chrono::milliseconds http1_idle{60'000};
  std::chrono::milliseconds http2_idle{180'000};
  // A unary request whose body does not come on.
  std::chrono::milliseconds body_progress{30'000};
  // A socket that takes no output, or next to none.
  std::chrono::milliseconds write_stall{30'000};
  // A unary answer that the peer's flow control holds back, counted until it has taken it.
  std::chrono::milliseconds response_stall{60'000};
  // Draining a request body after an early answer.
  std::chrono::milliseconds drain{5'000};
  // Between PINGs of ours on an HTTP/2 connection with nothing else to read; off by default, 60 s is a good value.
  std::chrono::milliseconds keepalive_interval{0};
  // From a PING of ours to its answer. Beyond: the connection is closed.
  std::chrono::milliseconds keepalive_ack{20'000};
  // What a client must let pass between two PINGs of its own, while it has calls and while it has none.
  std::chrono::milliseconds min_ping_interval{10'000};
  std::chrono::milliseconds min_idle_ping_interval{300'000};
  // Age at which a connection is told to go away, varied by up to a tenth either way so that clients do not all come
  // back at once; and what it is granted from then on to finish its calls.
  std::chrono::milliseconds max_connection_age{0};
  std::chrono::milliseconds max_connection_age_grace{5'000};
  // What ~HttpServer grants running calls.
  std::chrono::milliseconds shutdown{5'000};
};

// What becomes of the timeout that a caller sets. Zero switches a rule off.
struct DeadlinePolicy {
  // Shorter timeouts are raised to this, longer ones cut to that, and calls without one are given the last.
  std::chrono::milliseconds min{0};
  std::chrono::milliseconds max{0};
  std::chrono::milliseconds none{0};
  // On streams, the longest wait for the caller's next message, counted while one is expected. Beyond:
  // deadline_exceeded.
  std::chrono::milliseconds per_message{0};
};

}  // namespace connectrpc

#endif  // CONNECTRPC_LIMITS_H_
