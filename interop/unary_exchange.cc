#include "interop/unary_exchange.h"

#include <utility>

#include "connectrpc/interop/grpc_status.h"

namespace connectrpc::interop {
template <class Context>
void UnaryExchange<Context>::Open(const UnaryTypes* types, server::Responder* responder) {
  types_ = types;
  responder_ = responder;
  headers_sent_ = false;
}

template <class Context>
Error UnaryExchange<Context>::ReadRequest(const Payload& bytes, const AllocatedMessages& messages) {
  request_ = messages.request;
  response_ = messages.response;
  if (request_ == nullptr) request_ = types_->request.message.make(arena_.get());
  if (response_ == nullptr) response_ = types_->response.message.make(arena_.get());
  return DecodeMessage(responder_->codec(), types_->request, bytes.view(), request_);
}

template <class Context>
Context* UnaryExchange<Context>::StartContext(grpc::RpcAllocatorState* state) {
  return context_.Begin(responder_, state);
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
  if (!status.ok()) end_.error = FromGrpcStatus(status);
  headers_.Clear();
  Error invalid;
  if (!headers_sent_) invalid = context_.TakeInitialMetadata(&headers_);
  if (invalid.ok()) invalid = context_.TakeTrailingMetadata(&end_.trailers);
  if (invalid.ok() && end_.error.ok()) invalid = message_.Prepare(responder_->codec(), types_->response, response_);
  if (!invalid.ok()) {
    Fail(std::move(invalid));
    return;
  }
  // Without metadata or message of its own an error goes out as one block, not as head and trailers.
  if (!headers_sent_ && (end_.error.ok() || !headers_.empty())) responder_->SendHeaders(headers_);
  if (end_.error.ok()) message_.Send(responder_);
  responder_->Finish(end_);
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
  arena_.Reset();
  request_ = response_ = nullptr;
  std::exchange(responder_, nullptr)->Done();
}

template class UnaryExchange<grpc::ServerContext>;
template class UnaryExchange<grpc::CallbackServerContext>;

}  // namespace connectrpc::interop
