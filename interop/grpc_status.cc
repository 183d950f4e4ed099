#include "interop/grpc_status.h"

#include <utility>

#include "protocol/google_rpc_status.h"

namespace connectrpc::interop {

Error ToError(const grpc::Status& status) {
  Error error(CodeFromNumber(status.error_code()).value_or(Code::kUnknown), status.error_message());
  Error detailed;
  if (!error.ok() && protocol::DecodeGoogleRpcStatus(status.error_details(), &detailed)) {
    error.details = std::move(detailed.details);
  }
  return error;
}

}  // namespace connectrpc::interop
