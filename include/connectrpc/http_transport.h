#ifndef CONNECTRPC_HTTP_TRANSPORT_H_
#define CONNECTRPC_HTTP_TRANSPORT_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "connectrpc/call_options.h"
#include "connectrpc/client_limits.h"
#include "connectrpc/compression.h"
#include "connectrpc/protocol.h"
#include "connectrpc/tls.h"
#include "connectrpc/transport.h"

namespace connectrpc {

// Which versions of HTTP a client speaks.
enum class HttpVersions {
  // Over TLS what the server chooses by ALPN, HTTP/2 preferred (gRPC: HTTP/2 only). In clear HTTP/2 for gRPC, HTTP/1.1
  // for Connect and gRPC-Web, since many servers take no HTTP/2 there.
  kAuto,
  kHttp1,
  kHttp2,  // in clear by prior knowledge. Full-duplex streams need it.
};

// How calls are spread over the addresses of a server.
enum class Balancing {
  kFirstThatConnects,  // one address at a time, the next when it fails
  kRoundRobin,
  kLeastLoadedOfTwo,  // of two picked at random, the one with fewer calls
};

struct HttpTransportOptions {
  Protocol protocol = Protocol::kConnect;
  HttpVersions http = HttpVersions::kAuto;
  // What calls do where their own options are silent. The headers are sent with each call.
  CallOptions defaults;
  // Where to connect in place of what the URL's host resolves to: "10.0.0.1:8080", "[::1]:8080", "unix:/run/app.sock",
  // "unix:@abstract". The URL still gives Host, and the name that the server's certificate must have.
  std::vector<std::string> addresses;
  Balancing balancing = Balancing::kFirstThatConnects;
  // "https" URLs only.
  ClientTlsOptions tls;
  // Lets calls send credentials (authorization, proxy-authorization, cookie) to "http" URLs. Without it such a call
  // fails with invalid_argument, unless the server is reached by a Unix socket or a loopback address.
  bool allow_credentials_in_clear = false;
  // Compression of requests is chosen by CallOptions::compression; here are the algorithms, their levels, the size from
  // which on messages are compressed, and, by `enabled`, whether servers are told that we accept them.
  CompressionOptions compression;
  ClientLimits limits;
  ClientTimeouts timeouts;
  // "user-agent"; empty: "connect-cpp/" and the version.
  std::string user_agent;
  // The local address of connections: "10.0.0.7", "::1"; empty: the kernel's choice.
  std::string local_address;
  // Event loops, each with a thread of its own for what no caller waits for. A call lives on one of them; each has its
  // own connections.
  int loops = 1;
};

// What a transport holds at the moment, and what it has done since its start.
struct HttpTransportStats {
  size_t connections = 0;
  size_t connecting = 0;
  size_t calls = 0;  // that have not ended, or whose end was not taken yet
  uint64_t connections_made = 0;
  uint64_t connections_failed = 0;
  uint64_t retries = 0;  // by RetryPolicy
  uint64_t resends = 0;  // of what a server has not processed
};

// A pool of HTTP/2 and HTTP/1.1 connections to one server, shared by all clients of it. Connects when there is a call
// to make; reconnects with back-off. Thread-safe.
class HttpTransport : public Transport {
 public:
  // `url`: "https://api.example.com", "http://localhost:8080/prefix". Its scheme decides between TLS and clear text;
  // its path stands before "/package.Service/Method". Fails with invalid_argument, naming it, for what is wrong with
  // the URL or the options, certificates included. Does not connect.
  static absl::StatusOr<std::shared_ptr<HttpTransport>> Create(std::string_view url,
                                                               const HttpTransportOptions& options = {});

  // Ends running calls with `canceled`, closes the connections. Not while a blocking call runs on it.
  ~HttpTransport() override = default;

  virtual HttpTransportStats stats() const = 0;
};

}  // namespace connectrpc

#endif  // CONNECTRPC_HTTP_TRANSPORT_H_
