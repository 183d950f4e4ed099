#include "interop/server_internals.h"

#include <atomic>
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

grpc_metadata_array* RequestMetadataOf(ServerContextBase* context) {
  return (context->*Opened(RequestMetadataOfContext())).arr();
}

const std::multimap<std::string, std::string>& InitialMetadataOf(const ServerContextBase& context) {
  return context.*Opened(InitialMetadataOfContext());
}

const std::multimap<std::string, std::string>& TrailingMetadataOf(const ServerContextBase& context) {
  return context.*Opened(TrailingMetadataOfContext());
}

const std::vector<std::unique_ptr<grpc::internal::RpcServiceMethod>>& MethodsOf(const Service& service) {
  return service.*Opened(MethodsOfService());
}

}  // namespace connectrpc::interop
