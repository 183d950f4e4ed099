#ifndef CONNECTRPC_CLIENT_LIMITS_H_
#define CONNECTRPC_CLIENT_LIMITS_H_

#include <chrono>
#include <cstddef>

namespace connectrpc {

// What a client bounds. Each value is the largest that is still accepted. (The size of a response message, and what is
// read ahead of the application, are CallOptions::max_message_bytes and max_unread_bytes.)
struct ClientLimits {
  // The header fields of a response, and its trailers, each: name + value + 32 for each field (RFC 9113 section 6.5.2).
  // The metadata of a Connect end-of-stream message and of a gRPC-Web trailer frame likewise. Beyond:
  // resource_exhausted.
  size_t max_header_list_bytes = 16 * 1024;
  size_t max_header_fields = 100;
  // Informational (1xx) responses before the one that counts.
  size_t max_informational_responses = 16;
  // An end-of-stream message, a trailer frame, or the body of an error, decompressed.
  size_t max_end_bytes = 1024 * 1024;
  // What a server may send ahead of the reader, on one stream and on the whole connection.
  size_t stream_window_bytes = 1024 * 1024;
  size_t connection_window_bytes = 4 * 1024 * 1024;
  // Request bytes held for a slow server: beyond, writes wait. One message may exceed it.
  size_t max_stream_output_bytes = 64 * 1024;
  // Request messages kept in case they have to be sent again. A call that has sent more is not repeated.
  size_t max_replay_bytes = 256 * 1024;
  // Connections to one address (with Balancing::kFirstThatConnects: to all), of one loop. Each HTTP/1.1 connection
  // carries one call; an HTTP/2 connection up to max_concurrent_streams, or what its server permits if that is less.
  // Calls beyond wait.
  size_t max_connections = 64;
  size_t max_concurrent_streams = 1000;
  // Calls that wait for a connection, of one loop. Beyond: resource_exhausted.
  size_t max_waiting_calls = 10'000;
  // A Connect GET with a longer URL falls back to POST.
  size_t max_get_url_bytes = 8 * 1024;

  // HTTP/2, as in Limits: frames that cost work and bring nothing, CONTINUATION frames of a header block, frames of
  // ours that wait because the server does not read. Beyond: the connection is ended with ENHANCE_YOUR_CALM.
  size_t max_control_frames = 10'000;
  size_t max_continuation_frames = 8;
  size_t max_queued_frames = 1'000;
};

// How long a client waits. Zero turns a timer off.
struct ClientTimeouts {
  // All of making a connection: name resolution, TCP, TLS, the server's HTTP/2 preface. Beyond: `unavailable`.
  std::chrono::milliseconds connect{20'000};
  // TCP to one of several addresses.
  std::chrono::milliseconds connect_address{5'000};
  // After an attempt to connect to one address the next is tried as well (RFC 8305).
  std::chrono::milliseconds connect_stagger{250};
  // Before connecting again after a failure: doubled each time up to the maximum, varied by a fifth either way. Calls
  // meanwhile fail with the last failure, unless they wait for ready.
  std::chrono::milliseconds initial_backoff{1'000};
  std::chrono::milliseconds max_backoff{30'000};
  // From our SETTINGS to their acknowledgement. Beyond: GOAWAY(SETTINGS_TIMEOUT).
  std::chrono::milliseconds http2_settings_ack{10'000};
  // A connection without a call is closed. Servers close HTTP/1.1 connections, too: earlier than they do is better.
  std::chrono::milliseconds http1_idle{50'000};
  std::chrono::milliseconds http2_idle{300'000};
  // A socket that takes no output while there is some.
  std::chrono::milliseconds write_stall{30'000};
  // Between PINGs on an HTTP/2 connection with calls and nothing else to read; off by default: servers count PINGs.
  std::chrono::milliseconds keepalive_interval{0};
  // From a PING of ours to its answer. Beyond: the connection is lost.
  std::chrono::milliseconds keepalive_ack{20'000};
};

}  // namespace connectrpc

#endif  // CONNECTRPC_CLIENT_LIMITS_H_
