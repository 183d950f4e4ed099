// The server under test: gRPC handlers of any style behind the HTTP front end. The suite's runner starts it, writes
// one ServerCompatRequest to its stdin, reads one ServerCompatResponse from its stdout and ends it with SIGTERM.

#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <signal.h>

#include <algorithm>
#include <chrono>
#include <iostream>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "conformance/callback_service.h"
#include "conformance/compat_io.h"
#include "conformance/queue_service.h"
#include "conformance/sync_service.h"
#include "connectrpc/conformance/v1/server_compat.pb.h"
#include "connectrpc/conformance/v1/service.connect.grpc.pb.h"
#include "connectrpc/interop/serve_http.h"

namespace connectrpc::conformance {
namespace {

constexpr size_t kMaxRequestBytes = 1024 * 1024;
constexpr std::chrono::seconds kShutdownGrace{2};  // the runner kills after 5 s
constexpr std::string_view kUsage =
    "usage: conformance_server --flavour sync|callback|queue [--route channel|direct]\n"
    "Started by the runner of the Connect conformance suite; see conformance/README.md.\n";

// A gRPC server with handlers of one style, without a port of its own.
class GrpcServer final {
 public:
  explicit GrpcServer(std::string_view flavour) {
    grpc::ServerBuilder builder;
    if (flavour == "sync") {
      service_ = std::make_unique<SyncService>();
    } else if (flavour == "callback") {
      service_ = std::make_unique<CallbackService>();
    } else {
      queue_service_.emplace(&builder);
    }
    if (service_ != nullptr) builder.RegisterService(service_.get());
    server_ = builder.BuildAndStart();
    if (server_ != nullptr && queue_service_.has_value()) queue_service_->Start();
  }

  ~GrpcServer() {
    if (server_ != nullptr) server_->Shutdown();
    if (queue_service_.has_value()) queue_service_->Drain();
  }

  GrpcServer(const GrpcServer&) = delete;
  GrpcServer& operator=(const GrpcServer&) = delete;

  // Null if it did not start.
  grpc::Server* get() const { return server_.get(); }
  v1::ConformanceService::Service* service() const { return service_.get(); }

 private:
  std::unique_ptr<v1::ConformanceService::Service> service_;  // sync or callback
  std::optional<QueueService> queue_service_;                 // queue
  std::unique_ptr<grpc::Server> server_;
};

std::optional<v1::ServerCompatRequest> ReadRequest() {
  v1::ServerCompatRequest request;
  if (ReadCompatMessage(std::cin, kMaxRequestBytes, &request) != CompatRead::kMessage) {
    std::cerr << "conformance_server: no ServerCompatRequest on stdin\n";
    return std::nullopt;
  }
  if (request.http_version() == v1::HTTP_VERSION_3) {
    std::cerr << "conformance_server: HTTP/3 is not supported\n";
    return std::nullopt;
  }
  return request;
}

HttpOptions MakeOptions(const v1::ServerCompatRequest& request) {
  HttpOptions http;
  http.listen = {"127.0.0.1:0"};
  if (request.message_receive_limit() != 0) http.limits.max_message_bytes = request.message_receive_limit();
  if (request.use_tls()) {
    http.tls.certificate_chain_pem = request.server_creds().cert();
    http.tls.private_key_pem = request.server_creds().key();
  }
  if (!request.client_tls_cert().empty()) {
    http.tls.client_certificates = TlsOptions::ClientCertificates::kRequired;
    http.tls.client_ca_pem = request.client_tls_cert();
  }
  return http;
}

bool AnyDirect(const std::vector<MethodRoute>& routes) {
  return std::any_of(routes.begin(), routes.end(),
                     [](const MethodRoute& route) { return route.kind == MethodRoute::Kind::kDirect; });
}

bool WriteResponse(int port, const TlsOptions& tls) {
  v1::ServerCompatResponse response;
  response.set_host("127.0.0.1");
  response.set_port(port);
  response.set_pem_cert(tls.certificate_chain_pem);
  return WriteCompatMessage(response, std::cout);
}

// The end of stdin, which the runner closes early, means nothing.
void WaitForSignal(const sigset_t& signals) {
  int signal_number = 0;
  sigwait(&signals, &signal_number);
}

int Serve(std::string_view flavour, bool direct) {
  // Blocked before the first thread starts, so that none of them is interrupted in place of WaitForSignal.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);

  const std::optional<v1::ServerCompatRequest> request = ReadRequest();
  if (!request.has_value()) return 1;

  const GrpcServer server(flavour);
  if (server.get() == nullptr) {
    std::cerr << "conformance_server: the gRPC server does not start\n";
    return 1;
  }
  HttpOptions http = MakeOptions(*request);
  if (direct) http.direct(server.service());
  auto front = ServeHttp(*server.get(), http);
  if (!front.ok()) {
    std::cerr << "conformance_server: " << front.status() << "\n";
    return 1;
  }
  if (direct && !AnyDirect((*front)->routes())) {
    std::cerr << "conformance_server: no method is called directly\n" << DescribeRoutes((*front)->routes());
    return 1;
  }
  if (!WriteResponse((*front)->port(), http.tls)) return 1;

  WaitForSignal(signals);
  (*front)->Shutdown(kShutdownGrace);
  return 0;
}

// What follows `option` at that place; empty where it is not there.
std::string_view Value(const std::vector<std::string_view>& arguments, std::string_view option, size_t place) {
  return arguments.size() >= place + 2 && arguments[place] == option ? arguments[place + 1] : std::string_view();
}

int Main(int argc, char** argv) {
  if (argc == 2 && std::string_view(argv[1]) == "--help") {
    std::cout << kUsage;
    return 0;
  }
  const std::vector<std::string_view> arguments(argv + 1, argv + argc);
  const std::string_view flavour = Value(arguments, "--flavour", 0);
  const std::string_view route = arguments.size() == 2 ? "channel" : Value(arguments, "--route", 2);
  const bool known = flavour == "sync" || flavour == "callback" || (flavour == "queue" && route == "channel");
  if (!known || (route != "channel" && route != "direct")) {
    std::cerr << kUsage;
    return 2;
  }
  return Serve(flavour, route == "direct");
}

}  // namespace
}  // namespace connectrpc::conformance

int main(int argc, char** argv) {
  return connectrpc::conformance::Main(argc, argv);
}
