#include "transport/backoff.h"

#include <algorithm>
#include <cmath>

namespace connectrpc::transport {
namespace {

// Durations that can be added to a time of this age of the world.
constexpr double kMaxNanoseconds = 4e18;

double Nanoseconds(std::chrono::milliseconds duration) {
  return static_cast<double>(duration.count()) * 1e6;
}

}  // namespace

wire::Duration BackoffDelay(const BackoffPolicy& policy, int failures, double random) {
  const double grown = Nanoseconds(policy.initial) * std::pow(policy.multiplier, std::max(failures, 1) - 1);
  const double varied = std::min(grown, Nanoseconds(policy.max)) * (0.8 + 0.4 * random);
  // Written so that what is no number (zero times the infinity of many failures) is nothing, too.
  if (!(varied > 0)) return wire::Duration(0);
  return wire::Duration(static_cast<wire::Duration::rep>(std::min(varied, kMaxNanoseconds)));
}

wire::Duration ReconnectDelay(const ClientTimeouts& timeouts, int failures, double random) {
  return std::max<wire::Duration>(BackoffDelay({timeouts.initial_backoff, timeouts.max_backoff}, failures, random),
                                  std::chrono::milliseconds(1));
}

}  // namespace connectrpc::transport
