#ifndef CONNECTRPC_INTEROP_DIRECT_SERVICE_H_
#define CONNECTRPC_INTEROP_DIRECT_SERVICE_H_

#include <google/protobuf/descriptor.h>
#include <grpcpp/impl/rpc_service_method.h>
#include <grpcpp/impl/service_type.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "connectrpc/interop/direct.h"
#include "connectrpc/protocol.h"
#include "connectrpc/server.h"
#include "interop/parent_call.h"
#include "server/method_handler.h"
#include "server/route_table.h"

namespace connectrpc {

// A mounted service: how its methods are called, or why they are left to gRPC. Shared by the front ends that mount it.
class DirectService final {
 public:
  // Makes what handles a method's calls in one front end. `parents` are for methods whose handlers make calls from
  // their contexts.
  using NewHandler =
      std::function<std::unique_ptr<server::MethodHandler>(const std::shared_ptr<interop::ParentCalls>& parents)>;
  struct Method {
    std::string name;
    StreamType type = StreamType::kUnary;
    bool no_side_effects = false;
    NewHandler new_handler;  // empty: left to gRPC
    std::string reason;      // for MethodRoute
  };

  DirectService(const grpc::Service* service, std::string_view name, bool calls_from_context)
      : service_(service), name_(name), calls_from_context_(calls_from_context) {}

  void Add(Method method) { methods_.push_back(std::move(method)); }

  const std::string& name() const { return name_; }
  bool is_null() const { return service_ == nullptr; }
  bool calls_from_context() const { return calls_from_context_; }
  const std::vector<Method>& methods() const { return methods_; }

 private:
  const grpc::Service* const service_;
  const std::string name_;
  const bool calls_from_context_;
  std::vector<Method> methods_;
};

namespace interop {

struct DirectServiceBuilder::State {
  State(grpc::Service* mounted, std::string_view name, const DirectOptions& given);

  // The registration of the next method; null where it is not what `name` says, or a generic one.
  const grpc::internal::RpcServiceMethod* Find(std::string_view name) const;
  const google::protobuf::MethodDescriptor* FindDescriptor(std::string_view name) const;
  // The next method: called directly, or, without `new_handler`, left to gRPC.
  void Add(std::string_view name, StreamType type, std::string_view reason, DirectService::NewHandler new_handler);

  grpc::Service* const service;
  const DirectOptions options;
  const google::protobuf::ServiceDescriptor* const descriptor;  // null in lite builds
  size_t next = 0;                                              // index of the method to be added
  std::shared_ptr<DirectService> built;
};

// Fails for services that are null or mounted twice.
[[nodiscard]] absl::Status CheckDirectServices(const std::vector<std::shared_ptr<DirectService>>& services);

// Adds routes for the methods that are called directly, and to `left`, by path, why the others are not.
[[nodiscard]] absl::Status AddDirectRoutes(const std::vector<std::shared_ptr<DirectService>>& services,
                                           server::RouteTable* routes, std::map<std::string, std::string>* left);

}  // namespace interop
}  // namespace connectrpc

#endif  // CONNECTRPC_INTEROP_DIRECT_SERVICE_H_
