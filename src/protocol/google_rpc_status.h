#ifndef CONNECTRPC_SRC_PROTOCOL_GOOGLE_RPC_STATUS_H_
#define CONNECTRPC_SRC_PROTOCOL_GOOGLE_RPC_STATUS_H_

#include <string>
#include <string_view>

#include "connectrpc/error.h"

// google.rpc.Status in protobuf's wire format, which is what grpc-status-details-bin and grpc::Status::error_details()
// hold. Coded by hand: its generated code belongs to a package that not everybody links, and would be there twice where
// an application brings its own.
namespace connectrpc::protocol {

// Code, message and details of `error`; the message and the types must be UTF-8.
std::string EncodeGoogleRpcStatus(const Error& error);

// Replaces `*error`; a code outside 0 to 16 becomes `unknown`. False for what is not such a message.
[[nodiscard]] bool DecodeGoogleRpcStatus(std::string_view bytes, Error* error);

}  // namespace connectrpc::protocol

#endif  // CONNECTRPC_SRC_PROTOCOL_GOOGLE_RPC_STATUS_H_
