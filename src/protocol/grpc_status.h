#ifndef CONNECTRPC_SRC_PROTOCOL_GRPC_STATUS_H_
#define CONNECTRPC_SRC_PROTOCOL_GRPC_STATUS_H_

#include <optional>

#include "connectrpc/error.h"
#include "connectrpc/header_list.h"
#include "protocol/model.h"

// grpc-status, grpc-message and grpc-status-details-bin (PROTOCOL-HTTP2.md, "Responses"), in whatever list of fields
// they stand: HTTP trailers, the head of a Trailers-Only response, gRPC-Web's last frame.
namespace connectrpc::protocol {

// Adds the status, and for an error also message and details, where there are any. Code and message within the details
// are those of the status. What is not UTF-8 becomes U+FFFD.
void AppendGrpcStatus(const Error& error, HeaderList* fields);

// The status in `fields`, or nothing if they have none. A value that is no number from 0 to 16 is `unknown`. The
// content of valid details goes before code and message beside them. Details that cannot be decoded are handed on as
// one of type "google.rpc.Status" with the bytes as they are.
std::optional<Error> ParseGrpcStatus(const HeaderList& fields);

// The end that the trailers of a response tell of, with their metadata: `unknown` where they have no status.
RpcEnd ParseGrpcTrailers(const HeaderList& trailers);

// The same for the head of what may be a Trailers-Only response: nothing where it has no status.
std::optional<RpcEnd> ParseGrpcHeadEnd(const HeaderList& headers);

}  // namespace connectrpc::protocol

#endif  // CONNECTRPC_SRC_PROTOCOL_GRPC_STATUS_H_
