#ifndef CONNECTRPC_SRC_TRANSPORT_LOOP_CONTEXT_H_
#define CONNECTRPC_SRC_TRANSPORT_LOOP_CONTEXT_H_

#include <random>

#include "transport/config.h"
#include "transport/counter.h"
#include "transport/loop_runner.h"
#include "transport/pool.h"
#include "transport/retry_policy.h"

namespace connectrpc::transport {

// What the calls of one loop count for HttpTransportStats.
struct CallStats {
  Counter calls;  // that were not released
  Counter retries;
  Counter resends;
};

// What the calls of one loop share. On the loop, but for the stats; outlives the calls.
struct LoopContext {
  const Config* config = nullptr;
  LoopRunner* runner = nullptr;
  Pool* pool = nullptr;
  RetryBudget budget;
  CallStats stats;
  std::minstd_rand random;

  net::Loop& loop() const { return runner->loop(); }
  // From 0 to 1.
  double Random() { return std::generate_canonical<double, 32>(random); }
};

}  // namespace connectrpc::transport

#endif  // CONNECTRPC_SRC_TRANSPORT_LOOP_CONTEXT_H_
