#ifndef CONNECTRPC_SRC_TRANSPORT_ATTEMPT_POOL_H_
#define CONNECTRPC_SRC_TRANSPORT_ATTEMPT_POOL_H_

#include <memory>

#include "net/loop.h"
#include "transport/attempt.h"
#include "transport/spare_list.h"

namespace connectrpc::transport {

// The attempts of one loop. On the loop's thread; outlives its attempts.
class AttemptPool final {
 public:
  explicit AttemptPool(net::Loop* loop) : loop_(loop) {}

  Attempt* Take() { return spare_.Take().release(); }
  void Free(Attempt* attempt) { spare_.Give(std::unique_ptr<Attempt>(attempt)); }

  net::Loop& loop() { return *loop_; }

 private:
  net::Loop* const loop_;
  SpareList<Attempt> spare_;
};

}  // namespace connectrpc::transport

#endif  // CONNECTRPC_SRC_TRANSPORT_ATTEMPT_POOL_H_
