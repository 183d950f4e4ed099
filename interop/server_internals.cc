#include "interop/server_internals.h"

#include <grpcpp/test/default_reactor_test_peer.h>
#include <grpcpp/version_info.h>

#include <algorithm>
#include <atomic>
#include <string_view>
#include <utility>

#include "connectrpc/interop/opened.h"

namespace connectrpc::interop {

using grpc::ServerContextBase;
using grpc::Service;

struct DeadlineOfContext {
  using Type = gpr_timespec ServerContextBase::*;
  friend Type Opened(DeadlineOfContext);
};
struct AuthOfContext {
  using Type = std::shared_ptr<const grpc::AuthContext> ServerContextBase::*;
  friend Type Opened(AuthOfContext);
};
struct AllocatorStateOfContext {
  using Type = grpc::RpcAllocatorState* ServerContextBase::*;
  friend Type Opened(AllocatorStateOfContext);
};
struct CancelledOfContext {
  using Type = std::atomic_bool ServerContextBase::*;
  friend Type Opened(CancelledOfContext);
};
struct DefaultReactorUsedInContext {
  using Type = std::atomic_bool ServerContextBase::*;
  friend Type Opened(DefaultReactorUsedInContext);
};
struct TagOfContext {
  using Type = bool ServerContextBase::*;
  friend Type Opened(TagOfContext);
};
struct RequestMetadataOfContext {
  using Type = grpc::internal::MetadataMap ServerContextBase::*;
  friend Type Opened(RequestMetadataOfContext);
};
struct InitialMetadataOfContext {
  using Type = std::multimap<std::string, std::string> ServerContextBase::*;
  friend Type Opened(InitialMetadataOfContext);
};
struct TrailingMetadataOfContext {
  using Type = std::multimap<std::string, std::string> ServerContextBase::*;
  friend Type Opened(TrailingMetadataOfContext);
};
struct MethodsOfService {
  using Type = std::vector<std::unique_ptr<grpc::internal::RpcServiceMethod>> Service::*;
  friend Type Opened(MethodsOfService);
};
template struct Open<DeadlineOfContext, &ServerContextBase::deadline_>;
template struct Open<AuthOfContext, &ServerContextBase::auth_context_>;
template struct Open<AllocatorStateOfContext, &ServerContextBase::message_allocator_state_>;
template struct Open<CancelledOfContext, &ServerContextBase::marked_cancelled_>;
template struct Open<DefaultReactorUsedInContext, &ServerContextBase::default_reactor_used_>;
template struct Open<TagOfContext, &ServerContextBase::has_notify_when_done_tag_>;
template struct Open<RequestMetadataOfContext, &ServerContextBase::client_metadata_>;
template struct Open<InitialMetadataOfContext, &ServerContextBase::initial_metadata_>;
template struct Open<TrailingMetadataOfContext, &ServerContextBase::trailing_metadata_>;
template struct Open<MethodsOfService, &Service::methods_>;

// The call is in a struct whose type is private, too, and cannot be named; set_call has other parameters in each
// version.
grpc_call*& CallOf(ServerContextBase& context);
template <auto kCall>
struct OpenCall {
  friend grpc_call*& CallOf(ServerContextBase& context) { return (context.*kCall).call; }
};
template struct OpenCall<&ServerContextBase::call_>;

// The same goes for what MakeDefaultReactor leaves behind.
bool HasMadeReactor(const ServerContextBase& context);
template <auto kTestUnary>
struct OpenTestUnary {
  friend bool HasMadeReactor(const ServerContextBase& context) { return context.*kTestUnary != nullptr; }
};
template struct OpenTestUnary<&ServerContextBase::test_unary_>;

// How set_compression_algorithm leaves its choice to gRPC core.
constexpr std::string_view kCompressionRequest = "grpc-internal-encoding-request";

// Whether all members of contexts are known to ResetContext: a new one might take something from call to call.
constexpr bool kKnowsContexts = GRPC_CPP_VERSION_MAJOR == 1 && GRPC_CPP_VERSION_MINOR == 51;

void SetCall(grpc_call* call, ServerContextBase* context) {
  CallOf(*context) = call;
}

void SetDeadline(gpr_timespec deadline, ServerContextBase* context) {
  context->*Opened(DeadlineOfContext()) = deadline;
}

void SetAuthContext(std::shared_ptr<const grpc::AuthContext> auth, ServerContextBase* context) {
  context->*Opened(AuthOfContext()) = std::move(auth);
}

void SetAllocatorState(grpc::RpcAllocatorState* state, ServerContextBase* context) {
  context->*Opened(AllocatorStateOfContext()) = state;
}

void SetCancelled(ServerContextBase* context) {
  (context->*Opened(CancelledOfContext())).store(true, std::memory_order_release);
}

grpc::ServerUnaryReactor* MakeDefaultReactor(grpc::CallbackServerContext* context) {
  if (!kKnowsContexts) return nullptr;
  return grpc::testing::DefaultReactorTestPeer(context).reactor();
}

bool ResetContext(ServerContextBase* context) {
  // Of the members that a handler's functions change, these have values that nothing tells from those of a new context,
  // or cannot be changed back.
  const bool reactor_used = (context->*Opened(DefaultReactorUsedInContext())).load(std::memory_order_relaxed);
  if (!kKnowsContexts || reactor_used != HasMadeReactor(*context) || context->*Opened(TagOfContext()) ||
      context->compression_level_set() || CompressionAlgorithmIsSet(*context)) {
    return false;
  }
  auto& initial_metadata = context->*Opened(InitialMetadataOfContext());
  auto& trailing_metadata = context->*Opened(TrailingMetadataOfContext());
  if (!initial_metadata.empty()) initial_metadata.clear();
  if (!trailing_metadata.empty()) trailing_metadata.clear();
  (context->*Opened(RequestMetadataOfContext())).Reset();
  SetDeadline(gpr_inf_future(GPR_CLOCK_REALTIME), context);
  SetAuthContext(nullptr, context);
  SetAllocatorState(nullptr, context);
  (context->*Opened(CancelledOfContext())).store(false, std::memory_order_relaxed);
  return true;
}

grpc_metadata_array* RequestMetadataOf(ServerContextBase* context) {
  return (context->*Opened(RequestMetadataOfContext())).arr();
}

const std::multimap<std::string, std::string>& InitialMetadataOf(const ServerContextBase& context) {
  return context.*Opened(InitialMetadataOfContext());
}

const std::multimap<std::string, std::string>& TrailingMetadataOf(const ServerContextBase& context) {
  return context.*Opened(TrailingMetadataOfContext());
}

bool CompressionAlgorithmIsSet(const ServerContextBase& context) {
  const auto& metadata = InitialMetadataOf(context);
  return std::any_of(metadata.begin(), metadata.end(),
                     [](const auto& field) { return field.first == kCompressionRequest; });
}

const std::vector<std::unique_ptr<grpc::internal::RpcServiceMethod>>& MethodsOf(const Service& service) {
  return service.*Opened(MethodsOfService());
}

}  // namespace connectrpc::interop
