// The same handler on gRPC's own port and behind the front end, in one process. Prints both ports and serves until it
// is killed.
//
// usage: echo_server sync|callback [LOOPS]
#include <grpcpp/grpcpp.h>

#include <cstdlib>
#include <iostream>
#include <memory>
#include <string>

#include "bench/echo.grpc.pb.h"
#include "connectrpc/interop/serve_http.h"

namespace {

using connectrpc::bench::EchoRequest;
using connectrpc::bench::EchoResponse;
using connectrpc::bench::EchoService;

class SyncEcho final : public EchoService::Service {
  grpc::Status Echo(grpc::ServerContext*, const EchoRequest* request, EchoResponse* response) override {
    response->set_text(request->text());
    return grpc::Status::OK;
  }
};

class CallbackEcho final : public EchoService::CallbackService {
  grpc::ServerUnaryReactor* Echo(grpc::CallbackServerContext* context, const EchoRequest* request,
                                 EchoResponse* response) override {
    response->set_text(request->text());
    grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }
};

}  // namespace

int main(int argc, char** argv) {
  std::string flavour = argc > 1 ? argv[1] : "";
  if (flavour != "sync" && flavour != "callback") {
    std::cerr << "usage: echo_server sync|callback [LOOPS]" << std::endl;
    return 2;
  }
  SyncEcho sync_echo;
  CallbackEcho callback_echo;
  int grpc_port = 0;
  grpc::ServerBuilder builder;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &grpc_port);
  if (flavour == "sync") {
    builder.RegisterService(&sync_echo);
  } else {
    builder.RegisterService(&callback_echo);
  }
  std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (server == nullptr) return 1;

  connectrpc::HttpOptions http;
  http.listen = {"127.0.0.1:0"};
  http.loops = argc > 2 ? std::atoi(argv[2]) : 1;
  auto front = connectrpc::ServeHttp(*server, http);
  if (!front.ok()) {
    std::cerr << front.status() << std::endl;
    return 1;
  }
  std::cout << grpc_port << " " << (*front)->port() << std::endl;
  server->Wait();
}
