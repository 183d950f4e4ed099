#ifndef CONNECTRPC_INTEROP_GRPC_STATUS_H_
#define CONNECTRPC_INTEROP_GRPC_STATUS_H_

#include <grpcpp/support/status.h>

#include "connectrpc/error.h"

namespace connectrpc {

// An Error as a gRPC status: details become error_details(), a serialized google.rpc.Status. Metadata have no place in
// it.
grpc::Status ToGrpcStatus(const Error& error);

// A gRPC status as an Error. Codes outside 0 to 16 become kUnknown. error_details(), a serialized google.rpc.Status by
// convention, becomes the details; text that is no such message is dropped.
Error FromGrpcStatus(const grpc::Status& status);

}  // namespace connectrpc

#endif  // CONNECTRPC_INTEROP_GRPC_STATUS_H_
