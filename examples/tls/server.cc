// A gRPC server whose front end speaks TLS, and takes new certificates on SIGHUP. With CLIENT_CA, only clients with a
// certificate of that authority are served.
//
// usage: tls_server CERTIFICATE_CHAIN PRIVATE_KEY [CLIENT_CA]   (files in PEM; HTTPS on a port that it prints)
#include <grpcpp/grpcpp.h>
#include <pthread.h>

#include <chrono>
#include <csignal>
#include <iostream>
#include <memory>
#include <string>

#include "connectrpc/interop/serve_http.h"
#include "greet.grpc.pb.h"

namespace {

using namespace greet::v1;

class GreetServiceImpl final : public GreetService::Service {
  grpc::Status Greet(grpc::ServerContext*, const GreetRequest* request, GreetResponse* response) override {
    response->set_greeting("Hello, " + request->name() + "!");
    return grpc::Status::OK;
  }
};

connectrpc::HttpOptions Options(const std::string& chain, const std::string& key, const std::string& client_ca) {
  // snippet: options
  connectrpc::HttpOptions http;
  http.listen = {"127.0.0.1:0"};
  http.tls.certificate_chain_file = chain;
  http.tls.private_key_file = key;
  // end snippet
  if (!client_ca.empty()) {
    // snippet: clients
    http.tls.client_certificates = connectrpc::TlsOptions::ClientCertificates::kRequired;
    http.tls.client_ca_file = client_ca;
    // end snippet
  }
  return http;
}

// Until SIGINT or SIGTERM.
void ReloadOnHangUp(const sigset_t& signals, connectrpc::HttpServer* front) {
  // snippet: reload
  for (int signal = 0; sigwait(&signals, &signal) == 0 && signal == SIGHUP;) {
    const absl::Status reloaded = front->ReloadTls();
    // Where this failed, the certificates of before stay in use.
    std::cout << (reloaded.ok() ? "certificates reloaded" : reloaded.ToString()) << std::endl;
  }
  // end snippet
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::cerr << "usage: " << argv[0] << " CERTIFICATE_CHAIN PRIVATE_KEY [CLIENT_CA]\n";
    return 2;
  }
  // Before any thread starts, so that these signals wait for sigwait.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGHUP);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);

  GreetServiceImpl service;
  grpc::ServerBuilder builder;
  builder.RegisterService(&service);
  std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  auto front = connectrpc::ServeHttp(*server, Options(argv[1], argv[2], argc > 3 ? argv[3] : ""));
  if (!front.ok()) {
    std::cerr << front.status() << "\n";
    return 1;
  }
  std::cout << "HTTPS on port " << (*front)->port() << std::endl;
  ReloadOnHangUp(signals, front->get());
  (*front)->Shutdown(std::chrono::seconds(5));
  server->Shutdown();
}
