// The smallest program with a generated client; all consumer projects build it. It calls a handler in memory, and makes
// a transport over HTTP.
#include <cstdio>
#include <memory>

#include "connectrpc/http_transport.h"
#include "connectrpc/testing/in_memory_transport.h"
#include "ping.connect.pb.h"

int main() {
  using ping::v1::PingRequest;
  using ping::v1::PingResponse;
  auto memory = std::make_shared<connectrpc::InMemoryTransport>();
  memory->HandleUnary<PingRequest, PingResponse>(
      ping::v1::PingServiceMethods::Ping,
      [](connectrpc::InMemoryCall&, const PingRequest& request, PingResponse* response) {
        response->set_text(request.text());
        return connectrpc::Error();
      });
  PingRequest request;
  request.set_text("ping");
  const connectrpc::Result<PingResponse> result = ping::v1::PingServiceClient(memory).Ping(request);
  std::printf("%s\n", result.ok() ? result->text().c_str() : result.error().message.c_str());

  const auto http = connectrpc::HttpTransport::Create("http://127.0.0.1:1");
  if (!http.ok()) std::printf("%s\n", http.status().ToString().c_str());
  return result.ok() && result->text() == "ping" && http.ok() ? 0 : 1;
}
