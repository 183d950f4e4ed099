#include "interop/descriptor_routes.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/descriptor_database.h>

#include <utility>

namespace connectrpc::interop {
namespace {

using google::protobuf::DescriptorPool;
using google::protobuf::FileDescriptor;
using google::protobuf::MethodDescriptor;
using google::protobuf::MethodOptions;
using google::protobuf::ServiceDescriptor;

std::vector<const ServiceDescriptor*> LinkedServices() {
  std::vector<const ServiceDescriptor*> services;
  std::vector<std::string> files;
  // The only list there is of what is linked; "internal" in name, stable in practice since protobuf 2.
  DescriptorPool::internal_generated_database()->FindAllFileNames(&files);
  for (const std::string& name : files) {
    const FileDescriptor* file = DescriptorPool::generated_pool()->FindFileByName(name);
    if (file == nullptr) continue;
    for (int i = 0; i < file->service_count(); ++i) services.push_back(file->service(i));
  }
  return services;
}

void AddService(const ServiceDescriptor& service, const std::shared_ptr<ChannelTarget>& target,
                server::RouteTable* routes) {
  for (int i = 0; i < service.method_count(); ++i) {
    const MethodDescriptor& method = *service.method(i);
    server::Route route;
    route.stream_type = StreamTypeOf(method);
    route.no_side_effects = method.options().idempotency_level() == MethodOptions::NO_SIDE_EFFECTS;
    route.handler = std::make_unique<ChannelMethod>(target, method);
    // A service named twice keeps its first routes.
    static_cast<void>(routes->Add(PathOf(method), std::move(route)));
  }
}

}  // namespace

absl::Status AddDescriptorRoutes(const std::vector<std::string>& services, const std::shared_ptr<ChannelTarget>& target,
                                 server::RouteTable* routes) {
  if (services.empty()) {
    for (const ServiceDescriptor* service : LinkedServices()) AddService(*service, target, routes);
    return absl::OkStatus();
  }
  for (const std::string& name : services) {
    const ServiceDescriptor* service = DescriptorPool::generated_pool()->FindServiceByName(name);
    if (service == nullptr) {
      return absl::NotFoundError("HttpOptions: service \"" + name + "\" is not linked into this program");
    }
    AddService(*service, target, routes);
  }
  return absl::OkStatus();
}

}  // namespace connectrpc::interop
