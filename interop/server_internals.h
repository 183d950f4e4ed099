#ifndef CONNECTRPC_INTEROP_SERVER_INTERNALS_H_
#define CONNECTRPC_INTEROP_SERVER_INTERNALS_H_

#include <grpc/grpc.h>
#include <grpcpp/impl/rpc_service_method.h>
#include <grpcpp/impl/service_type.h>
#include <grpcpp/security/auth_context.h>
#include <grpcpp/server_context.h>
#include <grpcpp/support/server_callback.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

// The private parts of gRPC's contexts and services, for calls that gRPC core does not know. Beside
// connectrpc/interop/grpc_internals.h, which holds what generated code needs, the only place that names them.
namespace connectrpc::interop {

// What c_call() returns; the destructor of the context unrefs what is there by then.
void SetCall(grpc_call* call, grpc::ServerContextBase* context);
void SetDeadline(gpr_timespec deadline, grpc::ServerContextBase* context);
void SetAuthContext(std::shared_ptr<const grpc::AuthContext> auth, grpc::ServerContextBase* context);
void SetAllocatorState(grpc::RpcAllocatorState* state, grpc::ServerContextBase* context);
// IsCancelled from now on. From any thread.
void SetCancelled(grpc::ServerContextBase* context);

// Makes the default reactor of a new context before its handler asks for it. Bound once, it serves every call that the
// context serves. Null where contexts serve one call each: with versions whose contexts ResetContext does not know.
grpc::ServerUnaryReactor* MakeDefaultReactor(grpc::CallbackServerContext* context);
// Takes the traces of a call out of its context, which then is as it was before the call, but for a default reactor
// that MakeDefaultReactor has made. False where they cannot all be taken out: such a context can only be destroyed. The
// call and the array of request metadata are the caller's to take away first.
[[nodiscard]] bool ResetContext(grpc::ServerContextBase* context);

// What client_metadata() makes its map of, at the first look. The destructor of the context gives the array to
// gpr_free.
grpc_metadata_array* RequestMetadataOf(grpc::ServerContextBase* context);

// What the handler has added.
const std::multimap<std::string, std::string>& InitialMetadataOf(const grpc::ServerContextBase& context);
const std::multimap<std::string, std::string>& TrailingMetadataOf(const grpc::ServerContextBase& context);

// The handler has called set_compression_algorithm; without that compression_algorithm() holds nothing.
bool CompressionAlgorithmIsSet(const grpc::ServerContextBase& context);

// In the order in which generated code adds them; null for methods that were given to an AsyncGenericService.
const std::vector<std::unique_ptr<grpc::internal::RpcServiceMethod>>& MethodsOf(const grpc::Service& service);

}  // namespace connectrpc::interop

#endif  // CONNECTRPC_INTEROP_SERVER_INTERNALS_H_
