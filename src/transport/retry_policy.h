#ifndef CONNECTRPC_SRC_TRANSPORT_RETRY_POLICY_H_
#define CONNECTRPC_SRC_TRANSPORT_RETRY_POLICY_H_

#include <cstddef>
#include <optional>

#include "connectrpc/call_options.h"
#include "connectrpc/error.h"
#include "connectrpc/method_spec.h"
#include "wire/timeout.h"

namespace connectrpc::transport {

// What share of the recent calls of a loop were retries. "Recent" is the last kPeriod to two of them. So that a client
// with few calls may retry as well, the first kFree in that time do not depend on the share.
class RetryBudget final {
 public:
  static constexpr wire::Duration kPeriod = std::chrono::seconds(10);
  static constexpr size_t kFree = 10;

  // A call has begun: its first attempt.
  void OnCall(wire::TimePoint now);
  // Whether one more attempt keeps retries within `share` of the calls, or is free; it is counted then. A share of 0
  // permits none.
  bool TryRetry(double share, wire::TimePoint now);

 private:
  struct Counts {
    size_t calls = 0;
    size_t retries = 0;
  };
  void Advance(wire::TimePoint now);

  wire::TimePoint period_end_{};
  Counts current_;
  Counts previous_;
};

// A call that failed, as far as it matters for making it again.
struct FailedAttempt {
  Idempotency idempotency = Idempotency::kUnknown;
  int attempts = 1;  // made so far, the failed one included
  const Error* error = nullptr;
};

// How long to wait before the next attempt, or nothing: the call has failed. `random` is from 0 to 1. Takes from the
// budget when it says yes. Not for the resending of what no server has processed, which is not a retry; nor does it
// know whether messages are still kept, or have come.
std::optional<wire::Duration> RetryDelay(const RetryPolicy& policy, const FailedAttempt& failed, double random,
                                         wire::TimePoint now, RetryBudget* budget);

// The wish in a google.rpc.RetryInfo among the error's details; a negative one is zero. Nothing where there is none, or
// where it is no such message.
std::optional<wire::Duration> RetryInfoDelay(const Error& error);

}  // namespace connectrpc::transport

#endif  // CONNECTRPC_SRC_TRANSPORT_RETRY_POLICY_H_
