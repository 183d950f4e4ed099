#include "interop/grpc_metadata.h"

#include <algorithm>
#include <chrono>
#include <string>
#include <string_view>

namespace connectrpc::interop {
// gpr's monotonic clock is the one behind std::chrono::steady_clock.
gpr_timespec ToTimespec(wire::TimePoint time) {
  auto since_epoch = time.time_since_epoch();
  auto seconds = std::chrono::duration_cast<std::chrono::seconds>(since_epoch);
  gpr_timespec spec;
  spec.tv_sec = seconds.count();
  spec.tv_nsec =
      static_cast<int32_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(since_epoch - seconds).count());
  spec.clock_type = GPR_CLOCK_MONOTONIC;
  return spec;
}

HeaderList ToHeaderList(const std::multimap<grpc::string_ref, grpc::string_ref>& metadata) {
  HeaderList list;
  for (const auto& [name, value] : metadata) {
    list.Add(std::string_view(name.data(), name.size()), std::string_view(value.data(), value.size()));
  }
  return list;
}

void FillContext(const HeaderList& metadata, wire::TimePoint deadline, grpc::ClientContext* context) {
  for (HeaderField field : metadata) context->AddMetadata(std::string(field.name), std::string(field.value));
  if (deadline != wire::kNever) context->set_deadline(ToTimespec(deadline));
}

wire::TimePoint DeadlineElsewhere(wire::TimePoint deadline, wire::TimePoint now) {
  constexpr wire::Duration kMost = std::chrono::milliseconds(10);
  if (deadline == wire::kNever || deadline <= now) return deadline;
  return deadline - std::min<wire::Duration>((deadline - now) / 100, kMost);
}

}  // namespace connectrpc::interop
