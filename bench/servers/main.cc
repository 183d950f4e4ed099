// Serves the workloads with handlers of one style over one route, on a free port of the machine, which it prints; runs
// until it is killed.
//
// usage: bench_server STYLE ROUTE [--redis PORT] [--loops N] [--tls-certificate FILE --tls-key FILE] [--compress gzip]
//   STYLE       sync | callback | arena | queue | sync-view | callback-view; arena: callback with messages on arenas
//               (grpc::MessageAllocator); the last two: log ingest takes views
//   ROUTE       grpc     gRPC's own port
//               channel  the front end, handlers through gRPC
//               direct   the front end, handlers called directly
//   --compress  what gRPC's own port compresses answers with; the front end does whatever callers accept
#include <grpcpp/grpcpp.h>

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <string>

#include "bench/servers/payloads.h"
#include "bench/servers/services.h"
#include "connectrpc/interop/serve_http.h"

namespace {

using connectrpc::bench::Services;
using connectrpc::bench::Store;

// Above the largest body, and what 10,000 connections need, each with a call.
constexpr int kMaxMessageBytes = 64 * 1024 * 1024;
constexpr size_t kMaxConnections = 20'000;
// gRPC's, and those of other projects, so that all do the same work.
constexpr int kGzipLevel = 6;

struct Arguments {
  std::string style;
  std::string route;
  int redis = 0;
  int loops = 1;
  std::string tls_certificate;
  std::string tls_key;
  std::string compress;
  bool valid = false;
};

Arguments Read(int argc, char** argv) {
  Arguments arguments;
  if (argc < 3) return arguments;
  arguments.style = argv[1];
  arguments.route = argv[2];
  arguments.valid = argc % 2 == 1;
  for (int i = 3; i + 1 < argc; i += 2) {
    const std::string name = argv[i];
    if (name == "--redis") {
      arguments.redis = std::atoi(argv[i + 1]);
    } else if (name == "--loops") {
      arguments.loops = std::atoi(argv[i + 1]);
    } else if (name == "--tls-certificate") {
      arguments.tls_certificate = argv[i + 1];
    } else if (name == "--tls-key") {
      arguments.tls_key = argv[i + 1];
    } else if (name == "--compress" && std::string(argv[i + 1]) == "gzip") {
      arguments.compress = argv[i + 1];
    } else {
      arguments.valid = false;
    }
  }
  if (arguments.tls_certificate.empty() != arguments.tls_key.empty()) arguments.valid = false;
  return arguments;
}

std::unique_ptr<Services> NewServices(const std::string& style, Store* store) {
  if (style == "sync") return connectrpc::bench::NewSyncServices(store);
  if (style == "callback") return connectrpc::bench::NewCallbackServices(store);
  if (style == "arena") return connectrpc::bench::NewArenaServices(store);
  if (style == "queue") return connectrpc::bench::NewQueueServices(store);
  if (style == "sync-view") return connectrpc::bench::NewSyncViewServices(store);
  if (style == "callback-view") return connectrpc::bench::NewCallbackViewServices(store);
  return nullptr;
}

std::string Content(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
}

std::shared_ptr<grpc::ServerCredentials> OwnPortCredentials(const Arguments& arguments) {
  if (arguments.tls_key.empty()) return grpc::InsecureServerCredentials();
  grpc::SslServerCredentialsOptions tls;
  tls.pem_key_cert_pairs.push_back({Content(arguments.tls_key), Content(arguments.tls_certificate)});
  return grpc::SslServerCredentials(tls);
}

void SetUpOwnPort(const Arguments& arguments, grpc::ServerBuilder* builder, int* port) {
  builder->AddListeningPort("127.0.0.1:0", OwnPortCredentials(arguments), port);
  if (!arguments.compress.empty()) builder->SetDefaultCompressionAlgorithm(GRPC_COMPRESS_GZIP);
}

connectrpc::HttpOptions FrontOptions(const Arguments& arguments) {
  connectrpc::HttpOptions http;
  http.listen = {"127.0.0.1:0"};
  http.loops = arguments.loops;
  http.tls.certificate_chain_file = arguments.tls_certificate;
  http.tls.private_key_file = arguments.tls_key;
  http.compression.gzip_level = kGzipLevel;
  http.limits.max_message_bytes = kMaxMessageBytes;
  http.limits.max_unary_body_bytes = kMaxMessageBytes + 5;
  http.limits.max_connections = kMaxConnections;
  http.limits.max_handshakes = kMaxConnections;
  http.limits.max_queued_calls = kMaxConnections;
  return http;
}

}  // namespace

int main(int argc, char** argv) {
  const Arguments arguments = Read(argc, argv);
  std::unique_ptr<Store> store;
  if (arguments.redis != 0 && (store = Store::Connect(arguments.redis)) == nullptr) return 1;
  const std::unique_ptr<Services> services = NewServices(arguments.style, store.get());
  const bool own_port = arguments.route == "grpc";
  const bool direct = arguments.route == "direct";
  if (!arguments.valid || services == nullptr || !(own_port || direct || arguments.route == "channel")) {
    std::cerr << "usage: bench_server sync|callback|arena|queue|sync-view|callback-view grpc|channel|direct [--redis "
                 "PORT] [--loops N] "
                 "[--tls-certificate FILE --tls-key FILE] [--compress gzip]"
              << std::endl;
    return 2;
  }
  if (!connectrpc::bench::PayloadsAreRight()) return 1;

  int port = 0;
  grpc::ServerBuilder builder;
  builder.SetMaxReceiveMessageSize(kMaxMessageBytes);
  // For sync handlers, as everybody has one loop.
  builder.SetSyncServerOption(grpc::ServerBuilder::NUM_CQS, 1);
  if (own_port) SetUpOwnPort(arguments, &builder, &port);
  services->Register(&builder);
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (server == nullptr) return 1;
  services->Start();

  std::unique_ptr<connectrpc::HttpServer> front;
  if (!own_port) {
    connectrpc::HttpOptions http = FrontOptions(arguments);
    if (direct) services->MountDirectly(&http);
    auto started = connectrpc::ServeHttp(*server, http);
    if (!started.ok()) {
      std::cerr << started.status() << std::endl;
      return 1;
    }
    front = *std::move(started);
    port = front->port();
    for (const connectrpc::MethodRoute& route : front->routes()) {
      const bool is_direct = route.kind == connectrpc::MethodRoute::Kind::kDirect;
      std::cerr << route.method << ": " << (is_direct ? "direct" : "channel") << ", " << route.reason << std::endl;
    }
  }
  std::cout << port << std::endl;
  server->Wait();
}
