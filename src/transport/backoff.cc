#include "transport/backoff.h"

#include <algorithm>
#include <cmath>

namespace connectrpc::transport {

wire::Duration BackoffDelay(const BackoffPolicy& policy, int failures, double random) {
  const double initial = static_cast<double>(std::chrono::nanoseconds(policy.initial).count());
  const double max = static_cast<double>(std::chrono::nanoseconds(policy.max).count());
  // pow gives infinity for many failures, and then 0 * infinity is no number: zero stays zero.
  const double grown = initial > 0 ? initial * std::pow(policy.multiplier, failures - 1) : 0;
  return wire::Duration(static_cast<wire::Duration::rep>(std::min(grown, max) * (0.8 + 0.4 * random)));
}

}  // namespace connectrpc::transport
