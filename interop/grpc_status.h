#ifndef CONNECTRPC_INTEROP_GRPC_STATUS_H_
#define CONNECTRPC_INTEROP_GRPC_STATUS_H_

#include <grpcpp/support/status.h>

#include "connectrpc/error.h"

namespace connectrpc::interop {

// A handler's status in the neutral form. Codes outside 0 to 16 become kUnknown. error_details(), a serialized
// google.rpc.Status by convention, becomes the details; text that is no such message is dropped.
Error ToError(const grpc::Status& status);

}  // namespace connectrpc::interop

#endif  // CONNECTRPC_INTEROP_GRPC_STATUS_H_
