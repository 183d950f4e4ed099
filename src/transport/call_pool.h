#ifndef CONNECTRPC_SRC_TRANSPORT_CALL_POOL_H_
#define CONNECTRPC_SRC_TRANSPORT_CALL_POOL_H_

#include <cstddef>
#include <memory>
#include <vector>

#include "connectrpc/call_options.h"
#include "connectrpc/method_spec.h"
#include "connectrpc/transport.h"
#include "transport/attempt_pool.h"
#include "transport/http_call.h"
#include "transport/loop_context.h"
#include "transport/spare_list.h"

namespace connectrpc::transport {

// The calls of one loop. On the loop's thread.
class CallPool final {
 public:
  // `context` outlives the pool.
  explicit CallPool(LoopContext* context);
  // Calls that were not released are destroyed: nobody may use them any more. After the pool of connections.
  ~CallPool();

  // Transport::Start.
  TransportCall* Start(const MethodSpec& method, const CallOptions& options, TransportCall::Receiver* receiver);

  // The transport ends: running calls end with `error`, at the end of the turn; so does whatever is started later.
  void Close(const Error& error);
  // Calls that were not released.
  size_t in_use() const { return calls_.size(); }

  // For the calls.
  AttemptPool& attempts() { return attempts_; }
  void Free(HttpCall* call);

 private:
  LoopContext* const context_;
  AttemptPool attempts_;
  SpareList<HttpCall> spare_;
  std::vector<std::unique_ptr<HttpCall>> calls_;
  Error closed_;  // not ok: the transport has ended
};

}  // namespace connectrpc::transport

#endif  // CONNECTRPC_SRC_TRANSPORT_CALL_POOL_H_
