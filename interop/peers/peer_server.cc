// A gRPC server with an HTTP front end, run as services are: SIGTERM or SIGINT ends it when the calls that it has are
// done, SIGHUP makes it read its certificates again. interop/run calls it with foreign clients.
//
// usage: peer_server [OPTION]...
//   --listen ADDRESS      where the front end listens; may come several times; default 127.0.0.1:0
//   --name NAME           what it calls itself in its answers
//   --cert FILE --key FILE  serve TLS
//   --client-ca FILE      demand client certificates of this authority
//   --cors-origin ORIGIN  pages of this origin may call; may come several times
//   --cors-header NAME    and may send this header; may come several times
//   --cors-credentials    and may send cookies
//   --reflection          answer gRPC server reflection
//   --reuse-port          share the port with another process
//   --grace SECONDS       what running calls are granted after SIGTERM; default 10
//
// It prints `listening on PORT`, after SIGHUP `certificates: ` with what came of it, and in the end
// `drained: N calls, N cancelled`.
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <pthread.h>
#include <signal.h>

#include <chrono>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "connectrpc/interop/serve_http.h"
#include "interop/peers/peer_service.h"

namespace {

struct Options {
  connectrpc::HttpOptions http;
  std::string name = "peer";
  std::vector<std::string> pages;
  std::vector<std::string> page_headers;
  bool page_cookies = false;
  std::chrono::seconds grace{10};
};

std::optional<Options> ParseArguments(int argc, char** argv) {
  Options options;
  connectrpc::HttpOptions& http = options.http;
  for (int i = 1; i < argc; ++i) {
    const std::string_view flag = argv[i];
    if (flag == "--cors-credentials") {
      options.page_cookies = true;
      continue;
    }
    if (flag == "--reflection") {
      http.reflection = true;
      continue;
    }
    if (flag == "--reuse-port") {
      http.reuse_port = true;
      continue;
    }

    if (++i == argc) return std::nullopt;
    const std::string value = argv[i];
    if (flag == "--listen") {
      http.listen.push_back(value);
    } else if (flag == "--name") {
      options.name = value;
    } else if (flag == "--cert") {
      http.tls.certificate_chain_file = value;
    } else if (flag == "--key") {
      http.tls.private_key_file = value;
    } else if (flag == "--client-ca") {
      http.tls.client_ca_file = value;
      http.tls.client_certificates = connectrpc::TlsOptions::ClientCertificates::kRequired;
    } else if (flag == "--cors-origin") {
      options.pages.push_back(value);
    } else if (flag == "--cors-header") {
      options.page_headers.push_back(value);
    } else if (flag == "--grace") {
      options.grace = std::chrono::seconds(std::atoi(value.c_str()));
    } else {
      return std::nullopt;
    }
  }
  // snippet: cors
  // These pages may call, set these headers, and send cookies if they are allowed to.
  http.cors.allow_origins = options.pages;  // {"https://app.example.com", "https://*.dev.example.com"}
  http.cors.allow_headers = options.page_headers;
  http.cors.allow_credentials = options.page_cookies;
  // end snippet
  if (http.listen.empty()) http.listen.push_back("127.0.0.1:0");
  return options;
}

// snippet: signals
// Call it before the first thread starts, gRPC's included: all threads inherit it, so that these signals wait for
// ServeUntilToldToStop.
sigset_t BlockSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (int number : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&signals, number);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  return signals;
}

// Returns how many calls had to be cancelled.
size_t ServeUntilToldToStop(const sigset_t& signals, connectrpc::HttpServer& front, std::chrono::seconds grace) {
  for (;;) {
    int number = 0;
    sigwait(&signals, &number);
    if (number != SIGHUP) return front.Shutdown(grace);
    // A pair that does not fit is refused, and the one before stays in use.
    std::cout << "certificates: " << front.ReloadTls() << std::endl;
  }
}
// end snippet

}  // namespace

int main(int argc, char** argv) {
  const std::optional<Options> options = ParseArguments(argc, argv);
  if (!options.has_value()) {
    std::cerr << "peer_server: wrong arguments; see the head of interop/peers/peer_server.cc\n";
    return 2;
  }
  const sigset_t signals = BlockSignals();

  connectrpc::peers::PeerService service(options->name);
  grpc::ServerBuilder builder;
  builder.RegisterService(&service);
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (server == nullptr) {
    std::cerr << "peer_server: the gRPC server does not start\n";
    return 1;
  }
  auto front = connectrpc::ServeHttp(*server, options->http);
  if (!front.ok()) {
    std::cerr << "peer_server: " << front.status() << "\n";
    return 1;
  }
  std::cout << "listening on " << (*front)->port() << std::endl;

  const size_t cancelled = ServeUntilToldToStop(signals, **front, options->grace);
  std::cout << "drained: " << service.calls() << " calls, " << cancelled << " cancelled" << std::endl;
  // The front end goes before the server whose handlers it calls, as their order here has it.
}
