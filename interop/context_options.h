#ifndef CONNECTRPC_INTEROP_CONTEXT_OPTIONS_H_
#define CONNECTRPC_INTEROP_CONTEXT_OPTIONS_H_

#include <grpcpp/client_context.h>

#include "connectrpc/call_options.h"
#include "connectrpc/error.h"

namespace connectrpc::interop {

// What a stub's ClientContext asks of its call. An error is what the call ends with before it begins: the deadline has
// passed, or the context has call credentials, which gRPC does not show to anybody and which must not be left out
// silently.
Error ReadContext(grpc::ClientContext* context, CallOptions* options);

}  // namespace connectrpc::interop

#endif  // CONNECTRPC_INTEROP_CONTEXT_OPTIONS_H_
