#include "interop/descriptor_routes.h"

#include <google/protobuf/descriptor_database.h>

#include <unordered_set>
#include <utility>

#include "interop/standard_services.h"

namespace connectrpc::interop {
namespace {

using google::protobuf::DescriptorPool;
using google::protobuf::FileDescriptor;
using google::protobuf::MethodDescriptor;
using google::protobuf::ServiceDescriptor;

std::string PathOf(const std::string& service, const MethodDescriptor& method) {
  return "/" + service + "/" + std::string(method.name());
}

class ServiceFinder final {
 public:
  ServiceFinder(const DescriptorPool& pool, const DescriptorPool& standard) : pool_(pool), standard_(standard) {}

  void AddLinked() {
    for (const FileDescriptor* file : LinkedFiles()) {
      for (int i = 0; i < file->service_count(); ++i) Add(file->service(i), std::string(file->service(i)->full_name()));
    }
    static_cast<void>(AddNamed(kHealthService));
    if (pool_.FindServiceByName(kReflectionAlphaService) != nullptr) static_cast<void>(AddNamed(kReflectionService));
  }

  // False if there is no such service.
  [[nodiscard]] bool AddNamed(const std::string& name) {
    std::string called_as = name;
    const ServiceDescriptor* service = pool_.FindServiceByName(name);
    if (service == nullptr) {
      service = standard_.FindServiceByName(name);
      if (name == kReflectionService && pool_.FindServiceByName(kReflectionAlphaService) != nullptr) {
        called_as = kReflectionAlphaService;
      }
    }
    if (service == nullptr) return false;
    Add(service, std::move(called_as));
    return true;
  }

  std::vector<OfferedService> Take() { return std::move(services_); }

 private:
  void Add(const ServiceDescriptor* service, std::string called_as) {
    if (seen_.insert(service).second) services_.push_back({service, std::move(called_as)});
  }

  const DescriptorPool& pool_;
  const DescriptorPool& standard_;
  std::unordered_set<const ServiceDescriptor*> seen_;
  std::vector<OfferedService> services_;
};

}  // namespace

std::vector<const FileDescriptor*> LinkedFiles() {
  std::vector<std::string> names;
  // The only list there is of what is linked; "internal" in name, stable in practice since protobuf 2.
  DescriptorPool::internal_generated_database()->FindAllFileNames(&names);
  std::vector<const FileDescriptor*> files;
  for (const std::string& name : names) {
    const FileDescriptor* file = DescriptorPool::generated_pool()->FindFileByName(name);
    if (file != nullptr) files.push_back(file);
  }
  return files;
}

absl::StatusOr<std::vector<OfferedService>> FindOfferedServices(const std::vector<std::string>& names,
                                                                const DescriptorPool& pool,
                                                                const DescriptorPool& standard) {
  const bool linked = &pool == DescriptorPool::generated_pool();
  ServiceFinder finder(pool, standard);
  if (names.empty()) {
    if (!linked) return absl::InvalidArgumentError("HttpOptions: services of a descriptor pool must be named");
    finder.AddLinked();
  }
  for (const std::string& name : names) {
    if (!finder.AddNamed(name)) {
      return absl::NotFoundError("HttpOptions: service \"" + name + "\" is not " +
                                 (linked ? "linked into this program" : "in the descriptor pool"));
    }
  }
  return finder.Take();
}

void AddServiceRoutes(const std::vector<OfferedService>& services, const std::shared_ptr<ChannelTarget>& target,
                      const std::map<std::string, std::string>& reasons, server::RouteTable* routes) {
  for (const OfferedService& service : services) {
    for (int i = 0; i < service.descriptor->method_count(); ++i) {
      const MethodDescriptor& method = *service.descriptor->method(i);
      server::Route route;
      route.stream_type = StreamTypeOf(method);
      route.no_side_effects = HasNoSideEffects(method);
      route.handler = std::make_unique<ChannelMethod>(target, method, PathOf(service.called_as, method));
      std::string path = PathOf(std::string(service.descriptor->full_name()), method);
      const auto reason = reasons.find(path);
      route.reason = reason != reasons.end() ? reason->second : "service is not mounted directly";
      static_cast<void>(routes->Add(std::move(path), std::move(route)));
    }
  }
}

}  // namespace connectrpc::interop
