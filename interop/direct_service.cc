#include "interop/direct_service.h"

#include <set>
#include <utility>

#include "interop/channel_method.h"
#include "interop/direct_callback_call.h"
#include "interop/direct_stream_call.h"
#include "interop/direct_sync_call.h"
#include "interop/server_internals.h"

namespace connectrpc::interop {
namespace {

using google::protobuf::DescriptorPool;
using google::protobuf::MethodDescriptor;
using grpc::internal::RpcMethod;
using grpc::internal::RpcServiceMethod;

// Why a method that nobody but gRPC can call is what it is; `type` as the .proto has it.
const char* ReasonOf(const RpcServiceMethod& method, StreamType type) {
  switch (method.api_type()) {
    case RpcServiceMethod::ApiType::ASYNC:
      return "completion queue handler";
    case RpcServiceMethod::ApiType::RAW:
    case RpcServiceMethod::ApiType::RAW_CALL_BACK:
      return "raw handler";
    case RpcServiceMethod::ApiType::SYNC:
      // Methods marked as streamed, and only they, are registered as what they are not.
      if (method.method_type() == RpcMethod::BIDI_STREAMING && type != StreamType::kBidiStream) {
        return "streamed handler";
      }
      if (type != StreamType::kUnary) return "sync streaming handler";
      break;
    case RpcServiceMethod::ApiType::CALL_BACK:
      break;
  }
  return "handler of another message type";
}

UnaryTypes TypesOf(const MessageType& request, const MessageType& response, const MethodDescriptor* descriptor) {
  UnaryTypes types{{request}, {response}};
  if (descriptor != nullptr) {
    types.request.descriptor = descriptor->input_type();
    types.response.descriptor = descriptor->output_type();
  }
  return types;
}

template <class Types>
Types With(const std::shared_ptr<ParentCalls>& parents, Types types) {
  types.parents = parents;
  return types;
}

}  // namespace

DirectServiceBuilder::State::State(grpc::Service* mounted, std::string_view name, const DirectOptions& given)
    : service(mounted),
      options(given),
      descriptor(DescriptorPool::generated_pool()->FindServiceByName(std::string(name))),
      built(std::make_shared<DirectService>(mounted, name, given.calls_from_context)) {}

const RpcServiceMethod* DirectServiceBuilder::State::Find(std::string_view name) const {
  if (service == nullptr || next >= MethodsOf(*service).size()) return nullptr;
  const RpcServiceMethod* const method = MethodsOf(*service)[next].get();
  if (method == nullptr || method->name() != "/" + built->name() + "/" + std::string(name)) return nullptr;
  return method;
}

const MethodDescriptor* DirectServiceBuilder::State::FindDescriptor(std::string_view name) const {
  return descriptor != nullptr ? descriptor->FindMethodByName(std::string(name)) : nullptr;
}

void DirectServiceBuilder::State::Add(std::string_view name, StreamType type, std::string_view reason,
                                      DirectService::NewHandler new_handler) {
  const MethodDescriptor* const method = FindDescriptor(name);
  const bool no_side_effects = method != nullptr && HasNoSideEffects(*method);
  built->Add({std::string(name), type, no_side_effects, std::move(new_handler), std::string(reason)});
  ++next;
}

DirectServiceBuilder::DirectServiceBuilder(grpc::Service* service, std::string_view name, const DirectOptions& options)
    : state_(std::make_unique<State>(service, name, options)) {}

DirectServiceBuilder::~DirectServiceBuilder() = default;

DirectServiceBuilder::Registered DirectServiceBuilder::Next(std::string_view name) const {
  Registered registered;
  const RpcServiceMethod* const method = state_->Find(name);
  if (method == nullptr) return registered;
  registered.handler = method->handler();
  registered.sync = method->api_type() == RpcServiceMethod::ApiType::SYNC;
  registered.callback = method->api_type() == RpcServiceMethod::ApiType::CALL_BACK;
  return registered;
}

grpc::Service* DirectServiceBuilder::service() const {
  return state_->service;
}

void DirectServiceBuilder::Add(std::string_view name, StreamType type, const MessageType& request,
                               const MessageType& response, std::unique_ptr<SyncUnaryMethod> method) {
  const std::shared_ptr<const SyncUnaryMethod> shared = std::move(method);
  const UnaryTypes types = TypesOf(request, response, state_->FindDescriptor(name));
  const SyncHandlers where = state_->options.sync_handlers;
  state_->Add(name, type, "sync handler", [=](const std::shared_ptr<ParentCalls>& parents) {
    return std::make_unique<DirectSyncMethod>(shared, With(parents, types), where);
  });
}

void DirectServiceBuilder::Add(std::string_view name, StreamType type, const MessageType& request,
                               const MessageType& response, std::unique_ptr<CallbackUnaryMethod> method) {
  const std::shared_ptr<const CallbackUnaryMethod> shared = std::move(method);
  const UnaryTypes types = TypesOf(request, response, state_->FindDescriptor(name));
  state_->Add(name, type, "callback handler", [=](const std::shared_ptr<ParentCalls>& parents) {
    return std::make_unique<DirectCallbackMethod>(shared, With(parents, types));
  });
}

void DirectServiceBuilder::Add(std::string_view name, StreamType type, const MessageType& request,
                               const MessageType& response, std::unique_ptr<StreamMethod> method) {
  const std::shared_ptr<const StreamMethod> shared = std::move(method);
  const UnaryTypes messages = TypesOf(request, response, state_->FindDescriptor(name));
  const DirectStreamMethod::Types types{type, messages.request, messages.response};
  state_->Add(name, type, "callback handler", [=](const std::shared_ptr<ParentCalls>& parents) {
    return std::make_unique<DirectStreamMethod>(shared, With(parents, types));
  });
}

void DirectServiceBuilder::AddOther(std::string_view name, StreamType type) {
  const char* reason = "no such method is registered";
  if (const RpcServiceMethod* const method = state_->Find(name)) {
    const auto* const handler = dynamic_cast<const DirectHandler*>(method->handler());
    if (handler != nullptr && handler->direct_type() == type) return handler->AddTo(this, name);
    reason = ReasonOf(*method, type);
  } else if (state_->service != nullptr && state_->next < MethodsOf(*state_->service).size() &&
             MethodsOf(*state_->service)[state_->next] == nullptr) {
    reason = "generic handler";
  }
  state_->Add(name, type, reason, nullptr);
}

std::shared_ptr<DirectService> DirectServiceBuilder::Build() {
  return state_->built;
}

absl::Status CheckDirectServices(const std::vector<std::shared_ptr<DirectService>>& services) {
  std::set<std::string> names;
  for (const auto& service : services) {
    if (service == nullptr || service->is_null()) {
      return absl::InvalidArgumentError("HttpOptions: a directly mounted service is null");
    }
    if (!names.insert(service->name()).second) {
      return absl::InvalidArgumentError("HttpOptions: service \"" + service->name() + "\" is mounted twice");
    }
  }
  return absl::OkStatus();
}

absl::Status AddDirectRoutes(const std::vector<std::shared_ptr<DirectService>>& services, server::RouteTable* routes,
                             std::map<std::string, std::string>* left) {
  std::shared_ptr<ParentCalls> parents;  // of this front end
  for (const auto& service : services) {
    if (service->calls_from_context() && parents == nullptr) {
      parents = ParentCalls::Start();
      if (parents == nullptr) return absl::InternalError("DirectOptions::calls_from_context: gRPC starts no server");
    }
    for (const DirectService::Method& method : service->methods()) {
      std::string path = "/" + service->name() + "/" + method.name;
      if (method.new_handler == nullptr) {
        left->emplace(std::move(path), method.reason);
        continue;
      }
      server::Route route;
      route.stream_type = method.type;
      route.no_side_effects = method.no_side_effects;
      route.handler = method.new_handler(service->calls_from_context() ? parents : nullptr);
      route.kind = MethodRoute::Kind::kDirect;
      route.reason = method.reason;
      static_cast<void>(routes->Add(std::move(path), std::move(route)));
    }
  }
  return absl::OkStatus();
}

}  // namespace connectrpc::interop
