#include "transport/call_pool.h"

#include <memory>
#include <utility>

namespace connectrpc::transport {

CallPool::CallPool(LoopContext* context) : context_(context), attempts_(&context->loop()) {}

CallPool::~CallPool() = default;

TransportCall* CallPool::Start(const MethodSpec& method, const CallOptions& options,
                               TransportCall::Receiver* receiver) {
  calls_.push_back(spare_.Take());
  HttpCall* const call = calls_.back().get();
  call->index_in_pool = calls_.size() - 1;
  context_->runner->AddCall();
  context_->stats.calls.Add(1);
  call->Begin(context_, this, method, options, receiver);
  if (!closed_.ok()) call->Cancel(closed_);
  return call;
}

void CallPool::Close(const Error& error) {
  closed_ = error;
  for (const auto& call : calls_) call->Cancel(error);
}

void CallPool::Free(HttpCall* call) {
  const size_t index = call->index_in_pool;
  std::swap(calls_[index], calls_.back());
  calls_[index]->index_in_pool = index;
  spare_.Give(std::move(calls_.back()));
  calls_.pop_back();
  context_->runner->RemoveCall();
  context_->stats.calls.Subtract(1);
}

}  // namespace connectrpc::transport
