// The smallest program with a service that is mounted directly. It starts, and calls itself.
#include <grpcpp/server_builder.h>

#include <cstdio>
#include <memory>
#include <string>

#include "connectrpc/http_transport.h"
#include "connectrpc/interop/serve_http.h"
#include "ping.connect.grpc.pb.h"
#include "ping.connect.pb.h"

using ping::v1::PingRequest;
using ping::v1::PingResponse;

class PingHandlers final : public ping::v1::PingService::Service {
  grpc::Status Ping(grpc::ServerContext*, const PingRequest* request, PingResponse* response) override {
    response->set_text(request->text());
    return grpc::Status::OK;
  }
};

int main() {
  PingHandlers handlers;
  std::unique_ptr<grpc::Server> server = grpc::ServerBuilder().RegisterService(&handlers).BuildAndStart();

  connectrpc::HttpOptions http;
  http.listen = {"127.0.0.1:0"};
  http.services = {"ping.v1.PingService"};
  http.direct(&handlers);
  auto front = connectrpc::ServeHttp(*server, http);
  if (!front.ok()) {
    std::fprintf(stderr, "%s\n", front.status().ToString().c_str());
    return 1;
  }
  const auto& routes = (*front)->routes();
  for (const auto& route : routes) std::printf("%s: %s\n", route.method.c_str(), route.reason.c_str());

  auto transport = connectrpc::HttpTransport::Create("http://127.0.0.1:" + std::to_string((*front)->port()));
  if (!transport.ok()) return 1;
  PingRequest request;
  request.set_text("ping");
  const auto result = ping::v1::PingServiceClient(*transport).Ping(request);
  std::printf("%s\n", result.ok() ? result->text().c_str() : result.error().message.c_str());
  const bool direct = routes.size() == 1 && routes[0].kind == connectrpc::MethodRoute::Kind::kDirect;
  return direct && result.ok() && result->text() == "ping" ? 0 : 1;
}
