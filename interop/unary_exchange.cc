#include "interop/unary_exchange.h"

#include <utility>

#include "connectrpc/interop/grpc_status.h"

namespace connectrpc::interop {
template <class Context>
void UnaryExchange<Context>::Open(const UnaryTypes* types, server::Responder* responder) {
  types_ = types;
  responder_ = responder;
  headers_sent_ = answered_ = false;
  messages_.Open(types);
}

template <class Context>
Error UnaryExchange<Context>::ReadRequest(Payload bytes, const AllocatedMessages& messages) {
  request_ = messages.request != nullptr ? messages.request : messages_.request();
  response_ = messages.response != nullptr ? messages.response : messages_.response();
  request_bytes_ = bytes.size();
  return DecodeMessage(responder_->codec(), types_->request, std::move(bytes), request_);
}

template <class Context>
Context* UnaryExchange<Context>::StartContext(grpc::RpcAllocatorState* state) {
  return context_.Begin(responder_, types_->parents.get(), state);
}

template <class Context>
void UnaryExchange<Context>::SendHeaders() {
  if (std::exchange(headers_sent_, true)) return;
  Error error = context_.TakeInitialMetadata(&headers_);
  if (error.ok()) {
    responder_->SendHeaders(headers_);
  } else {
    Fail(std::move(error));
  }
}

template <class Context>
void UnaryExchange<Context>::Answer(const grpc::Status& status) {
  end_.Clear();
  headers_.Clear();
  if (!headers_sent_ && HasFailed(context_.TakeInitialMetadata(&headers_))) return;
  if (HasFailed(context_.TakeTrailingMetadata(&end_.trailers))) return;
  if (status.ok()) {
    if (HasFailed(answer_.Prepare(responder_->codec(), types_->response, response_))) return;
  } else {
    end_.error = FromGrpcStatus(status);
  }
  // Without metadata or message of its own an error goes out as one block, not as head and trailers.
  if (!headers_sent_ && (status.ok() || !headers_.empty())) responder_->SendHeaders(headers_);
  if (status.ok()) answer_.Send(responder_);
  answered_ = status.ok();
  responder_->Finish(end_);
}

template <class Context>
bool UnaryExchange<Context>::HasFailed(Error error) {
  if (error.ok()) return false;
  Fail(std::move(error));
  return true;
}

template <class Context>
void UnaryExchange<Context>::Fail(Error error) {
  end_.Clear();
  end_.error = std::move(error);
  responder_->Finish(end_);
}

template <class Context>
void UnaryExchange<Context>::Close() {
  context_.End();
  if (answered_) {
    messages_.Close(request_bytes_, answer_.binary_size());
  } else {
    messages_.Discard();
  }
  request_ = response_ = nullptr;
  std::exchange(responder_, nullptr)->Done();
}

template class UnaryExchange<grpc::ServerContext>;
template class UnaryExchange<grpc::CallbackServerContext>;

}  // namespace connectrpc::interop
