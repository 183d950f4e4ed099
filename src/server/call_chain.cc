#include "server/call_chain.h"

#include <utility>

namespace connectrpc::server {
namespace {

Error Thrown() {
  return Error(Code::kInternal, "interceptor failed");
}

}  // namespace

Error CallChain::Begin(const std::vector<std::shared_ptr<Interceptor>>& interceptors, const CallHead& head,
                       HeaderList* metadata) {
  for (const auto& interceptor : interceptors) {
    std::unique_ptr<CallInterceptor> call;
    Error error;
    try {
      error = interceptor->OnHead(head, metadata, &call);
    } catch (...) {
      error = Thrown();
    }
    if (!error.ok()) return error;
    if (call != nullptr) calls_.push_back(std::move(call));
  }
  return Error();
}

Error CallChain::OnRequest(std::string_view message) {
  try {
    for (const auto& call : calls_) {
      Error error = call->OnRequest(message);
      if (!error.ok()) return error;
    }
  } catch (...) {
    return Thrown();
  }
  return Error();
}

Error CallChain::OnResponse(std::string_view message) {
  try {
    for (size_t i = calls_.size(); i-- > 0;) {
      Error error = calls_[i]->OnResponse(message);
      if (!error.ok()) return error;
    }
  } catch (...) {
    return Thrown();
  }
  return Error();
}

void CallChain::OnResponseHeaders(HeaderList* metadata) {
  for (size_t i = calls_.size(); i-- > 0;) {
    try {
      calls_[i]->OnResponseHeaders(metadata);
    } catch (...) {  // the answer goes on without what this one had to add
    }
  }
}

void CallChain::OnEnd(protocol::RpcEnd* end) {
  for (size_t i = calls_.size(); i-- > 0;) {
    try {
      calls_[i]->OnEnd(&end->error, &end->trailers);
    } catch (...) {
      end->error = Thrown();
    }
  }
}

}  // namespace connectrpc::server
