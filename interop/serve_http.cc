#include "connectrpc/interop/serve_http.h"

#include <grpcpp/support/channel_arguments.h>

#include <utility>

#include "interop/channel_method.h"
#include "interop/descriptor_routes.h"
#include "server/http_server.h"

namespace connectrpc {

namespace {

absl::StatusOr<std::unique_ptr<HttpServer>> Serve(std::shared_ptr<grpc::Channel> channel,
                                                  interop::ChannelTarget::Kind kind, const HttpOptions& options) {
  server::RouteTable routes;
  auto target = std::make_shared<interop::ChannelTarget>(std::move(channel), kind);
  absl::Status added = interop::AddDescriptorRoutes(options.services, target, &routes);
  if (!added.ok()) return added;
  return server::StartHttpServer(options, std::move(routes));
}

}  // namespace

absl::StatusOr<std::unique_ptr<HttpServer>> ServeHttp(grpc::Server& server, const HttpOptions& options) {
  // Messages are bounded by HttpOptions::limits on the way in; what handlers answer is theirs to decide.
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(-1);
  return Serve(server.InProcessChannel(arguments), interop::ChannelTarget::Kind::kInProcess, options);
}

absl::StatusOr<std::unique_ptr<HttpServer>> ServeHttp(std::shared_ptr<grpc::Channel> channel,
                                                      const HttpOptions& options) {
  if (channel == nullptr) return absl::InvalidArgumentError("ServeHttp: channel is null");
  return Serve(std::move(channel), interop::ChannelTarget::Kind::kOther, options);
}

}  // namespace connectrpc
