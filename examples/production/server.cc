// A front end as it stands at the edge of a deployment: authentication, CORS, an access log, metrics, a health probe,
// TLS with reload, and a drain when it is told to stop.
//
// usage: production_server HTTP_ADDRESS [CERTIFICATE_FILE KEY_FILE]
#include <grpcpp/grpcpp.h>
#include <pthread.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <iostream>
#include <memory>
#include <string>

#include "bearer_auth.h"
#include "connectrpc/interop/call_info.h"
#include "connectrpc/interop/serve_http.h"
#include "connectrpc/observers.h"
#include "greet.grpc.pb.h"

namespace {

class GreetServiceImpl final : public greet::v1::GreetService::CallbackService {
  grpc::ServerUnaryReactor* Greet(grpc::CallbackServerContext* context, const greet::v1::GreetRequest* request,
                                  greet::v1::GreetResponse* response) override {
    // snippet: call_info
    const std::optional<connectrpc::CallInfo> call = connectrpc::CallInfo::From(*context);
    const bool by_grpc = !call.has_value() || call->protocol == connectrpc::Protocol::kGrpc;
    // end snippet
    response->set_greeting("Hello, " + request->name() + (by_grpc ? ", by gRPC!" : ", by Connect!"));
    grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }
};

// snippet: plain_http
connectrpc::HttpResponse Text(int status, std::string_view type, std::string body) {
  connectrpc::HttpResponse response;
  response.status = status;
  response.headers.Add("content-type", type);
  response.body = std::move(body);
  return response;
}
// end snippet

// One line for each call, whole lines from all threads.
void WriteLine(std::string_view line) {
  std::string with_end(line);
  with_end += '\n';
  std::fwrite(with_end.data(), 1, with_end.size(), stderr);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2 && argc != 4) {
    std::cerr << "usage: production_server HTTP_ADDRESS [CERTIFICATE_FILE KEY_FILE]\n";
    return 2;
  }
  // Before any thread starts, so that these signals wait for sigwait below.
  sigset_t signals;
  sigemptyset(&signals);
  for (int number : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&signals, number);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);

  GreetServiceImpl service;
  grpc::EnableDefaultHealthCheckService(true);
  grpc::ServerBuilder builder;
  builder.RegisterService(&service);
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (server == nullptr) return 1;

  // snippet: options
  auto metrics = std::make_shared<connectrpc::Metrics>();
  std::atomic<bool> ready{true};

  connectrpc::HttpOptions http;
  http.listen = {argv[1]};
  http.reuse_port = true;  // the next release may start before this one has ended
  http.services = {"greet.v1.GreetService", "grpc.health.v1.Health"};
  http.cors.allow_origins = {"https://app.example.com", "https://*.dev.example.com"};
  http.cors.allow_headers = {"authorization"};
  http.deadlines.max = std::chrono::minutes(5);
  http.deadlines.none = std::chrono::minutes(1);
  http.interceptors = {std::make_shared<BearerAuth>("secret", "jane")};
  http.observers = {metrics, std::make_shared<connectrpc::AccessLog>(WriteLine)};
  http.http_handlers["/healthz"] = [&ready](const connectrpc::HttpRequest&) {
    return ready ? Text(200, "text/plain", "ok\n") : Text(503, "text/plain", "draining\n");
  };
  http.http_handlers["/metrics"] = [metrics](const connectrpc::HttpRequest&) {
    return Text(200, connectrpc::Metrics::kContentType, metrics->Text());
  };
  if (argc == 4) {
    http.tls.certificate_chain_file = argv[2];
    http.tls.private_key_file = argv[3];
  }
  // end snippet
  auto front = connectrpc::ServeHttp(*server, http);
  if (!front.ok()) {
    std::cerr << front.status() << "\n";
    return 1;
  }
  std::cout << "HTTP on port " << (*front)->port() << std::endl;

  // snippet: signals
  int signal = 0;
  while (sigwait(&signals, &signal) == 0 && signal == SIGHUP) {
    const absl::Status reloaded = (*front)->ReloadTls();
    if (!reloaded.ok()) std::cerr << reloaded << "\n";  // the old certificate goes on
  }
  ready = false;                                                    // load balancers stop sending
  const size_t cut = (*front)->Shutdown(std::chrono::seconds(20));  // running calls finish
  if (cut > 0) std::cerr << cut << " calls did not finish in time\n";
  server->Shutdown();  // only now: the front end needs it until its last call
  // end snippet
}
