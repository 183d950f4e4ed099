// The smallest program with a front end; both consumer projects build it. It starts, and stops.
#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/server_builder.h>

#include <cstdio>
#include <memory>

#include "connectrpc/interop/serve_http.h"

int main() {
  grpc::CallbackGenericService service;
  std::unique_ptr<grpc::Server> server = grpc::ServerBuilder().RegisterCallbackGenericService(&service).BuildAndStart();

  connectrpc::HttpOptions http;
  http.listen = {"127.0.0.1:0"};
  auto front = connectrpc::ServeHttp(*server, http);
  if (!front.ok()) {
    std::fprintf(stderr, "%s\n", front.status().ToString().c_str());
    return 1;
  }
  std::printf("listening on %s\n", (*front)->addresses()[0].c_str());
  return (*front)->port() > 0 ? 0 : 1;
}
