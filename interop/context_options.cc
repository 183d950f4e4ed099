#include "interop/context_options.h"

#include <grpc/support/time.h>

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "connectrpc/interop/opened.h"

namespace connectrpc::interop {

// Neither wait_for_ready nor the metadata have a getter. (Interceptors are shown the metadata, but only with the batch
// that sends them: with a corked reactor that is not the first one.)
struct FlagsOfContext {
  using Type = uint32_t (grpc::ClientContext::*)() const;
  friend Type Opened(FlagsOfContext);
};

struct MetadataOfContext {
  using Type = std::multimap<std::string, std::string> grpc::ClientContext::*;
  friend Type Opened(MetadataOfContext);
};
template struct Open<FlagsOfContext, &grpc::ClientContext::initial_metadata_flags>;
template struct Open<MetadataOfContext, &grpc::ClientContext::send_initial_metadata_>;

namespace {

// How set_compression_algorithm tells gRPC core of its choice; nothing for a server.
constexpr std::string_view kCompressionRequest = "grpc-internal-encoding-request";

// Zero or less: the deadline has passed. The greatest value: there is none.
std::chrono::nanoseconds TimeLeft(gpr_timespec deadline) {
  constexpr auto kForEver = std::chrono::nanoseconds::max();
  if (gpr_time_cmp(deadline, gpr_inf_future(deadline.clock_type)) == 0) return kForEver;
  gpr_timespec left = gpr_convert_clock_type(deadline, GPR_TIMESPAN);
  const std::chrono::seconds seconds(left.tv_sec);
  if (seconds >= std::chrono::duration_cast<std::chrono::seconds>(kForEver)) return kForEver;
  if (seconds.count() < 0) return std::chrono::nanoseconds(-1);
  return seconds + std::chrono::nanoseconds(left.tv_nsec);
}

}  // namespace

Error ReadContext(grpc::ClientContext* context, CallOptions* options) {
  if (context->credentials() != nullptr) {
    return Error(Code::kUnimplemented, "call credentials do not work on this channel: add the metadata instead");
  }
  const std::chrono::nanoseconds left = TimeLeft(context->raw_deadline());
  if (left.count() <= 0) return Error(Code::kDeadlineExceeded, "Deadline Exceeded");
  if (left != std::chrono::nanoseconds::max()) options->timeout = left;

  options->codec = "proto";
  const uint32_t flags = (context->*Opened(FlagsOfContext()))();
  if ((flags & GRPC_INITIAL_METADATA_WAIT_FOR_READY_EXPLICITLY_SET) != 0) {
    options->wait_for_ready = (flags & GRPC_INITIAL_METADATA_WAIT_FOR_READY) != 0;
  }
  switch (context->compression_algorithm()) {
    case GRPC_COMPRESS_GZIP:
      options->compression = "gzip";
      break;
    case GRPC_COMPRESS_DEFLATE:
      options->compression = "deflate";
      break;
    default:  // not set
      break;
  }
  for (const auto& [name, value] : context->*Opened(MetadataOfContext())) {
    if (name != kCompressionRequest) options->headers.AddLowerCased(name, value);
  }
  return {};
}

}  // namespace connectrpc::interop
