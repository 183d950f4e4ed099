#ifndef CONNECTRPC_INTEROP_GRPC_METADATA_H_
#define CONNECTRPC_INTEROP_GRPC_METADATA_H_

#include <grpc/support/time.h>
#include <grpcpp/client_context.h>
#include <grpcpp/support/string_ref.h>

#include <map>

#include "connectrpc/header_list.h"
#include "wire/timeout.h"

namespace connectrpc::interop {

// Metadata as a handler or server set it. Values of "-bin" names are raw on both sides.
HeaderList ToHeaderList(const std::multimap<grpc::string_ref, grpc::string_ref>& metadata);

// By gRPC's monotonic clock; the time has an end (not wire::kNever).
gpr_timespec ToTimespec(wire::TimePoint time);

// Puts metadata and deadline of a call on the context. The metadata must have passed wire::ReadMetadata: gRPC core
// aborts the process on names and values that it does not allow.
void FillContext(const HeaderList& metadata, wire::TimePoint deadline, grpc::ClientContext* context);

// The deadline to give gRPC for a call to another process, when the caller's is `deadline`. gRPC sends the time that is
// left with two or three digits, rounded up, and by a clock that it has read a while ago: of 2 s it would make 2.01 s.
// A hundredth less is asked for, 10 ms at most, and the 2 s of the caller arrive as such.
wire::TimePoint DeadlineElsewhere(wire::TimePoint deadline, wire::TimePoint now);

}  // namespace connectrpc::interop

#endif  // CONNECTRPC_INTEROP_GRPC_METADATA_H_
