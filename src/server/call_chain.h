#ifndef CONNECTRPC_SRC_SERVER_CALL_CHAIN_H_
#define CONNECTRPC_SRC_SERVER_CALL_CHAIN_H_

#include <memory>
#include <string_view>
#include <vector>

#include "connectrpc/interceptor.h"
#include "protocol/server_call.h"

namespace connectrpc::server {

// The interceptors that follow one call, outermost first; answers pass them in the other direction. What one of them
// throws is an `internal` error, whose text stays here. Reusable.
class CallChain final : public protocol::AnswerFilter {
 public:
  // Shows the head to each interceptor. An error refuses the call; those that were asked before see its end.
  Error Begin(const std::vector<std::shared_ptr<Interceptor>>& interceptors, const CallHead& head,
              HeaderList* metadata);
  void Clear() { calls_.clear(); }

  // Nobody follows the call.
  bool empty() const { return calls_.empty(); }

  Error OnRequest(std::string_view message);
  Error OnResponse(std::string_view message);
  void OnResponseHeaders(HeaderList* metadata) override;
  void OnEnd(protocol::RpcEnd* end) override;

 private:
  std::vector<std::unique_ptr<CallInterceptor>> calls_;
};

}  // namespace connectrpc::server

#endif  // CONNECTRPC_SRC_SERVER_CALL_CHAIN_H_
