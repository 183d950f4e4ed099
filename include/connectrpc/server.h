#ifndef CONNECTRPC_SERVER_H_
#define CONNECTRPC_SERVER_H_

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

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
  // The request line of HTTP/1.1, or :path of HTTP/2; a Connect GET carries its message there. Beyond: 414, or 431 on
  // HTTP/2.
  size_t max_request_line_bytes = 8 * 1024;
  // Streams open at once on an HTTP/2 connection (SETTINGS_MAX_CONCURRENT_STREAMS).
  size_t max_concurrent_streams = 100;
  // Calls whose handler has not finished, of one connection; those that the client has given up included. Beyond:
  // REFUSED_STREAM.
  size_t max_running_calls_per_connection = 100;
  // What an HTTP/2 peer may send ahead of the handler, on one stream and on the whole connection.
  size_t stream_window_bytes = 65535;
  size_t connection_window_bytes = 1024 * 1024;
  // Response bytes held for a slow reader: beyond, a handler's writes wait. One message may exceed it.
  size_t max_stream_output_bytes = 64 * 1024;
  size_t max_connection_output_bytes = 1024 * 1024;
  // Request bytes read and dropped after a call has been answered early.
  size_t max_drain_bytes = 1024 * 1024;
  // Connections at once, over all loops. Beyond: accepted and closed.
  size_t max_connections = 10000;
  // Brackets of a JSON message inside one another.
  int max_json_depth = 100;
};

// How long a server waits. Zero turns a timer off.
struct Timeouts {
  // From accept to the end of the first request head, and from the first byte of each later head on HTTP/1.1 to its
  // end.
  std::chrono::milliseconds header_read{30'000};
  // An HTTP/1.1 connection without a request.
  std::chrono::milliseconds http1_idle{60'000};
  // Draining a request body after an early answer.
  std::chrono::milliseconds drain{5'000};
  // What ~HttpServer grants running calls.
  std::chrono::milliseconds shutdown{5'000};
};

struct CompressionOptions {
  bool enabled = true;  // compress responses where the caller accepts it; compressed requests are always understood
  // Messages shorter than this go out as they are.
  size_t min_bytes = 1024;
  int gzip_level = 1;
};

struct JsonFormat {
  bool enabled = true;
  bool print_default_values = false;
  bool preserve_field_names = false;
  bool enums_as_numbers = false;
};

struct HttpOptions {
  // Where to listen: "0.0.0.0:8080", "[::1]:8080", ":0" (the kernel chooses), "unix:/run/app.sock", "unix:@abstract".
  // At least one.
  std::vector<std::string> listen;
  // Event loops, each a thread; 0 means one for each core.
  int loops = 0;
  // Full names of the services to offer, such as "greet.v1.GreetService"; empty means every service that is linked into
  // the program. A name that is not linked is an error.
  std::vector<std::string> services;
  Limits limits;
  Timeouts timeouts;
  CompressionOptions compression;
  JsonFormat json;
};

// A running HTTP front end. It answers Connect, gRPC-Web and gRPC on HTTP/1.1 and HTTP/2 (by prior knowledge), on every
// address it listens on. Thread-safe.
class HttpServer {
 public:
  // Shutdown with Timeouts::shutdown. Destroy it before the grpc::Server behind it, or calls end with `unavailable`.
  virtual ~HttpServer() = default;

  // The addresses with their real ports, in the order of HttpOptions::listen.
  virtual const std::vector<std::string>& addresses() const = 0;
  // The port of the first address; 0 for a Unix socket.
  virtual int port() const = 0;

  // Stops accepting, tells HTTP/2 peers to go away, lets running calls finish, and after `grace` cancels what still
  // runs. Returns when no call runs any more: the number of calls that had to be cancelled. Again: 0 at once.
  virtual size_t Shutdown(std::chrono::milliseconds grace) = 0;
};

}  // namespace connectrpc

#endif  // CONNECTRPC_SERVER_H_
