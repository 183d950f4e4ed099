#ifndef CONNECTRPC_INTEROP_BATCH_OPERATIONS_H_
#define CONNECTRPC_INTEROP_BATCH_OPERATIONS_H_

#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/interceptor.h>

// How a hijacked batch receives a message. gRPC wants the interceptor to fill it through a void*, which points to
// whatever type the stub has: a generated message or its base class, a ByteBuffer, or a type of the application's own
// with SerializationTraits. Only the operation behind the batch knows it; so the bytes are handed to the operation, the
// way core does it, and the type's own SerializationTraits parse them.
namespace connectrpc::interop {

// Whether gRPC's operations look as the functions below know them. Otherwise they must not be called.
bool KnowsOperations();

// At PRE_RECV_MESSAGE. False: the message cannot be parsed, and was not given. True: it was given, and has been parsed
// or will be, on the thread that waits for the batch; see WasParsed.
[[nodiscard]] bool GiveMessage(grpc::experimental::InterceptorBatchMethods* batch, grpc::ByteBuffer message);

// At POST_RECV_MESSAGE, after a message was given.
bool WasParsed(grpc::experimental::InterceptorBatchMethods* batch);

}  // namespace connectrpc::interop

#endif  // CONNECTRPC_INTEROP_BATCH_OPERATIONS_H_
