#include "connectrpc/interop/serve_http.h"

#include <grpcpp/support/channel_arguments.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "interop/channel_method.h"
#include "interop/descriptor_routes.h"
#include "interop/direct_service.h"
#include "interop/reflection_method.h"
#include "interop/standard_services.h"
#include "server/http_server.h"

namespace connectrpc {

namespace {

using google::protobuf::DescriptorPool;

// Names the mounted services that gRPC can be asked for as well: some of their methods may be left to it.
void AddMounted(const std::vector<std::shared_ptr<DirectService>>& mounted, const DescriptorPool& pool,
                std::vector<std::string>* names) {
  for (const auto& service : mounted) {
    if (pool.FindServiceByName(service->name()) != nullptr) names->push_back(service->name());
  }
}

absl::StatusOr<std::unique_ptr<HttpServer>> Serve(std::shared_ptr<grpc::Channel> channel,
                                                  interop::ChannelTarget::Kind kind, const DescriptorPool& pool,
                                                  const HttpOptions& options) {
  const std::shared_ptr<const DescriptorPool> standard = interop::NewStandardServicesPool();
  const absl::Status mounted = interop::CheckDirectServices(options.direct_services);
  if (!mounted.ok()) return mounted;
  std::vector<std::string> names = options.services;
  if (!names.empty()) AddMounted(options.direct_services, pool, &names);
  const auto services = interop::FindOfferedServices(names, pool, *standard);
  if (!services.ok()) return services.status();
  auto target = std::make_shared<interop::ChannelTarget>(std::move(channel), kind);
  target->pool = standard;
  if (options.call_info) target->call_info.emplace();

  server::RouteTable routes;
  // Before the others: the server may have a reflection service, too.
  if (options.reflection) interop::AddReflectionRoutes(*services, pool, standard, options.services.empty(), &routes);
  std::map<std::string, std::string> left;
  const absl::Status routed = interop::AddDirectRoutes(options.direct_services, &routes, &left);
  if (!routed.ok()) return routed;
  interop::AddServiceRoutes(*services, target, left, &routes);
  return server::StartHttpServer(options, std::move(routes));
}

}  // namespace

absl::StatusOr<std::unique_ptr<HttpServer>> ServeHttp(grpc::Server& server, const HttpOptions& options) {
  // Messages are bounded by HttpOptions::limits on the way in; what handlers answer is theirs to decide.
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(-1);
  return Serve(server.InProcessChannel(arguments), interop::ChannelTarget::Kind::kInProcess,
               *DescriptorPool::generated_pool(), options);
}

absl::StatusOr<std::unique_ptr<HttpServer>> ServeHttp(std::shared_ptr<grpc::Channel> channel,
                                                      const HttpOptions& options) {
  return ServeHttp(std::move(channel), *DescriptorPool::generated_pool(), options);
}

absl::StatusOr<std::unique_ptr<HttpServer>> ServeHttp(std::shared_ptr<grpc::Channel> channel,
                                                      const DescriptorPool& pool, const HttpOptions& options) {
  if (channel == nullptr) return absl::InvalidArgumentError("ServeHttp: channel is null");
  return Serve(std::move(channel), interop::ChannelTarget::Kind::kOther, pool, options);
}

}  // namespace connectrpc
