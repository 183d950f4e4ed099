#ifndef CONNECTRPC_SRC_WIRE_TIMEOUT_H_
#define CONNECTRPC_SRC_WIRE_TIMEOUT_H_

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace connectrpc::wire {

// Monotonic; layers that may not read the clock get it as an argument.
using TimePoint = std::chrono::steady_clock::time_point;
using Duration = std::chrono::nanoseconds;

inline constexpr TimePoint kNever = TimePoint::max();

// now + timeout, kNever where the sum is not representable.
TimePoint DeadlineAfter(TimePoint now, Duration timeout);

// Connect-Timeout-Ms: 1 to 10 ASCII digits, nothing else. Nothing for anything else.
std::optional<Duration> ParseConnectTimeout(std::string_view text);
// grpc-timeout: 1 to 8 ASCII digits and one of H M S m u n. What Duration can't hold becomes Duration::max().
std::optional<Duration> ParseGrpcTimeout(std::string_view text);

// Empty where the value has more than 10 digits: the header is then left out. Less than a millisecond rounds up to 1;
// zero and negative give "0".
std::string FormatConnectTimeout(Duration timeout);
// The finest unit that fits in 8 digits; Duration::max() and beyond give "99999999H".
std::string FormatGrpcTimeout(Duration timeout);

}  // namespace connectrpc::wire

#endif  // CONNECTRPC_SRC_WIRE_TIMEOUT_H_
