#ifndef CONNECTRPC_INTEROP_GRPC_METADATA_H_
#define CONNECTRPC_INTEROP_GRPC_METADATA_H_

#include <grpcpp/client_context.h>
#include <grpcpp/support/string_ref.h>

#include <map>

#include "connectrpc/header_list.h"
#include "wire/timeout.h"

namespace connectrpc::interop {

// Metadata as a handler or server set it. Values of "-bin" names are raw on both sides.
HeaderList ToHeaderList(const std::multimap<grpc::string_ref, grpc::string_ref>& metadata);

// Puts metadata and deadline of a call on the context. The metadata must have passed wire::ReadMetadata: gRPC core
// aborts the process on names and values that it does not allow.
void FillContext(const HeaderList& metadata, wire::TimePoint deadline, grpc::ClientContext* context);

}  // namespace connectrpc::interop

#endif  // CONNECTRPC_INTEROP_GRPC_METADATA_H_
