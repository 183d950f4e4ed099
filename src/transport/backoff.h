#ifndef CONNECTRPC_SRC_TRANSPORT_BACKOFF_H_
#define CONNECTRPC_SRC_TRANSPORT_BACKOFF_H_

#include <chrono>

#include "connectrpc/client_limits.h"
#include "wire/timeout.h"

namespace connectrpc::transport {

// How waits grow from failure to failure.
struct BackoffPolicy {
  std::chrono::milliseconds initial{1'000};
  std::chrono::milliseconds max{30'000};
  double multiplier = 2;
};

// After the n-th failure in a row (from 1): initial * multiplier^(n - 1), at most max; then varied by a fifth either
// way by `random`, from 0 to 1, so that clients that failed together do not come back together.
wire::Duration BackoffDelay(const BackoffPolicy& policy, int failures, double random);

// The same for connections and lookups. Not less than a millisecond: whoever waits for ready shall not spin where the
// back-off is switched off.
wire::Duration ReconnectDelay(const ClientTimeouts& timeouts, int failures, double random);

}  // namespace connectrpc::transport

#endif  // CONNECTRPC_SRC_TRANSPORT_BACKOFF_H_
