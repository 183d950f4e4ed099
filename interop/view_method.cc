#include "connectrpc/interop/view_method.h"

#include <grpc/support/log.h>

#include <utility>

#include "interop/server_internals.h"

namespace connectrpc::interop {

void SetViewHandler(grpc::Service* service, int index, grpc::internal::RpcServiceMethod::ApiType style,
                    grpc::internal::RpcMethod::RpcType type, std::unique_ptr<grpc::internal::MethodHandler> handler) {
  grpc::internal::RpcServiceMethod* const method = MethodsOf(*service)[static_cast<size_t>(index)].get();
  GPR_ASSERT(method != nullptr && "a method cannot have views that has been marked as 'generic'");  // as gRPC has it
  method->SetServerApiType(style);
  method->SetHandler(handler.release());
  method->SetMethodType(type);
}

}  // namespace connectrpc::interop
