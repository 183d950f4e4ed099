#include "connectrpc/interop/serve_http.h"

#include <grpcpp/support/channel_arguments.h>

#include <utility>

#include "interop/channel_method.h"
#include "interop/descriptor_routes.h"
#include "server/http_server.h"

namespace connectrpc {

absl::StatusOr<std::unique_ptr<HttpServer>> ServeHttp(grpc::Server& server, const HttpOptions& options) {
  // Messages are bounded by HttpOptions::limits on the way in; what handlers answer is theirs to decide.
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(-1);
  return ServeHttp(server.InProcessChannel(arguments), options);
}

absl::StatusOr<std::unique_ptr<HttpServer>> ServeHttp(std::shared_ptr<grpc::Channel> channel,
                                                      const HttpOptions& options) {
  if (channel == nullptr) return absl::InvalidArgumentError("ServeHttp: channel is null");
  server::RouteTable routes;
  auto target = std::make_shared<interop::ChannelTarget>(std::move(channel));
  absl::Status added = interop::AddDescriptorRoutes(options.services, target, &routes);
  if (!added.ok()) return added;
  return server::StartHttpServer(options, std::move(routes));
}

}  // namespace connectrpc
