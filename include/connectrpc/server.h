#ifndef CONNECTRPC_SERVER_H_
#define CONNECTRPC_SERVER_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <iosfwd>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "connectrpc/compression.h"
#include "connectrpc/cors.h"
#include "connectrpc/http_handler.h"
#include "connectrpc/interceptor.h"
#include "connectrpc/json_format.h"
#include "connectrpc/limits.h"
#include "connectrpc/tls.h"

namespace connectrpc {

struct JsonOptions : JsonFormat {
  bool enabled = true;
};

// Which thread calls the handlers of a directly mounted service that return when they are through.
enum class SyncHandlers {
  kOnPool,  // of a pool: Limits::max_handler_threads and max_queued_calls
  kInline,  // the loop's: only for handlers that never block, since everything else on that loop waits for them
};

struct DirectOptions {
  SyncHandlers sync_handlers = SyncHandlers::kOnPool;

  // Handlers may make calls with ClientContext::FromServerContext and FromCallbackServerContext, which pass deadline
  // and cancellation on; without it gRPC aborts the process when such a call is made. With it a call of gRPC's is
  // behind each context: that costs tens of microseconds, and peer() is not the client's any longer (CallInfo has its
  // address).
  bool calls_from_context = false;
};

// A service whose handlers are called without gRPC between, made by generated code (x.connect.grpc.pb.h).
class DirectService;

// How calls of a method reach its handler.
struct MethodRoute {
  enum class Kind {
    kChannel,  // through gRPC: its interceptors and its AuthMetadataProcessor run
    kDirect,   // by a call of the handler
    kOwn,      // answered by the front end itself, as reflection is
  };
  std::string method;  // "package.Service/Method"
  Kind kind = Kind::kChannel;
  std::string reason;  // "service is not mounted directly", "callback handler", ...
};

// A line for each method, in aligned columns:
//
//   greet.v1.GreetService/Greet      direct   callback handler
//   grpc.health.v1.Health/Check      channel  service is not mounted directly
std::string DescribeRoutes(const std::vector<MethodRoute>& routes);

struct HttpOptions {
  // Where to listen: "0.0.0.0:8080", "[::1]:8080", ":0" (the kernel chooses), "unix:/run/app.sock", "unix:@abstract".
  // At least one.
  std::vector<std::string> listen;
  // Lets several processes listen on the same port at once (SO_REUSEPORT): a new server takes over from an old one that
  // drains, without a gap.
  bool reuse_port = false;
  // Event loops, each a thread; 0 means one for each core.
  int loops = 0;
  // Full names of the services to offer, such as "greet.v1.GreetService"; empty means every service that is linked into
  // the program. A name that is not linked is an error. gRPC's health service is known without being linked.
  std::vector<std::string> services;
  // Answers gRPC server reflection (v1 and v1alpha) for the services offered, so that grpcurl and its like need no
  // .proto files. Off: only where the grpc::Server has a reflection service of its own.
  bool reflection = false;
  // What stands before "/package.Service/Method" in the paths of RPCs: "/api". Begins with "/", does not end with it.
  std::string path_prefix;
  // Plain HTTP beside the RPCs, by exact path: "/healthz". GET, HEAD and POST are passed on, others answered 405.
  std::map<std::string, HttpHandler, std::less<>> http_handlers;
  // Answers requests for paths that are neither of an RPC nor of a handler; none: 404, in the caller's protocol.
  HttpHandler unknown_route;
  // If not empty: the values of Host (:authority) that are served, without port; others are answered 421. A defence
  // against DNS rebinding for servers on a developer's machine: {"localhost", "127.0.0.1", "[::1]"}.
  std::vector<std::string> allowed_hosts;
  // Refuses Connect requests without connect-protocol-version (POST) or connect=v1 (GET).
  bool require_connect_protocol_version = false;
  // Tells handlers what HTTP knows of their call in metadata that CallInfo reads (connectrpc/interop/call_info.h).
  bool call_info = true;
  TlsOptions tls;
  CorsOptions cors;
  Limits limits;
  Timeouts timeouts;
  DeadlinePolicy deadlines;
  CompressionOptions compression;
  JsonOptions json;
  // The first is the outermost.
  std::vector<std::shared_ptr<Interceptor>> interceptors;
  std::vector<std::shared_ptr<CallObserver>> observers;
  // Services mounted by direct(), which is what fills it.
  std::vector<std::shared_ptr<DirectService>> direct_services;
  // Where to write, once the server has started and before ServeHttp returns, how each method is reached: what
  // DescribeRoutes says of HttpServer::routes. Null: nowhere.
  std::ostream* route_report = nullptr;

  // gRPC's server interceptors and AuthMetadataProcessor do not run for the service from now on; `interceptors` above
  // do. Its handlers are called without gRPC between, at a fraction of the cost: unary sync methods, and callback
  // methods of all four kinds. All other methods (HttpServer::routes says which, and why) go through gRPC as before, so
  // the service stays registered on the grpc::Server.
  //
  //   #include "greet/v1/greet.connect.grpc.pb.h"  // by the plugin's option `direct`
  //   http.direct(&greeter);
  //
  // `service`, of whatever style, outlives the front end. It is offered even if `services` does not name it.
  template <class Service>
  void direct(Service* service, const DirectOptions& direct_options = {}) {
    direct_services.push_back(ConnectDirect(service, direct_options));  // generated, beside the service's class
  }
};

// What a server holds at the moment, and what it has cut off since its start.
struct ServerStats {
  size_t connections = 0;
  size_t handshakes = 0;       // going on
  size_t calls = 0;            // whose handler has not finished
  size_t handler_threads = 0;  // that run a sync handler of a directly mounted service
  size_t queued_calls = 0;     // that wait for one of them
  size_t buffered_bytes = 0;   // as Limits::max_buffered_bytes counts
  uint64_t connections_accepted = 0;
  uint64_t connections_refused = 0;  // by a limit
  uint64_t handshakes_failed = 0;
  uint64_t timeouts = 0;  // connections closed, and calls given up, by one of Timeouts
  uint64_t floods = 0;    // connections ended with ENHANCE_YOUR_CALM
};

// A running HTTP front end. It answers Connect, gRPC-Web and gRPC on HTTP/1.1 and HTTP/2 (by ALPN or by prior
// knowledge), on every address it listens on. Thread-safe.
class HttpServer {
 public:
  // Shutdown with Timeouts::shutdown. Destroy it before the grpc::Server behind it, or calls end with `unavailable`.
  virtual ~HttpServer() = default;

  // The addresses with their real ports, in the order of HttpOptions::listen.
  virtual const std::vector<std::string>& addresses() const = 0;
  // The port of the first address; 0 for a Unix socket.
  virtual int port() const = 0;

  virtual ServerStats stats() const = 0;

  // Every method that is offered, in alphabetical order, and how it is reached.
  virtual const std::vector<MethodRoute>& routes() const = 0;

  // Reads the certificates again: new connections use what the files hold now, or what `tls` brings. Fails, and leaves
  // everything as it is, where they cannot be used, or the server was started without TLS.
  virtual absl::Status ReloadTls() = 0;
  virtual absl::Status ReloadTls(const TlsOptions& tls) = 0;

  // Stops accepting, tells HTTP/2 peers to go away and HTTP/1.1 peers that the connection closes, lets running calls
  // finish, and after `grace` cancels what still runs. Returns when no call runs any more: the number of calls that had
  // to be cancelled. Again: 0 at once.
  virtual size_t Shutdown(std::chrono::milliseconds grace) = 0;
};

}  // namespace connectrpc

#endif  // CONNECTRPC_SERVER_H_
