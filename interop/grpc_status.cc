#include "connectrpc/interop/grpc_status.h"

#include <string>
#include <utility>

#include "protocol/google_rpc_status.h"

namespace connectrpc {

grpc::Status ToGrpcStatus(const Error& error) {
  if (error.ok()) return grpc::Status();
  std::string details;
  if (!error.details.empty()) details = protocol::EncodeGoogleRpcStatus(error);
  return grpc::Status(static_cast<grpc::StatusCode>(error.code), error.message, details);
}

Error FromGrpcStatus(const grpc::Status& status) {
  Error error(CodeFromNumber(status.error_code()).value_or(Code::kUnknown), status.error_message());
  Error detailed;
  if (!error.ok() && protocol::DecodeGoogleRpcStatus(status.error_details(), &detailed)) {
    error.details = std::move(detailed.details);
  }
  return error;
}

}  // namespace connectrpc
