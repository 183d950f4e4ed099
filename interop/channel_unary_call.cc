#include "interop/channel_unary_call.h"

#include <utility>

#include "connectrpc/interop/grpc_status.h"
#include "interop/grpc_metadata.h"

namespace connectrpc::interop {

ChannelUnaryCall::ChannelUnaryCall(const ChannelMethod& method, server::Responder* responder)
    : method_(method), responder_(responder), loop_(responder->loop()) {}

void ChannelUnaryCall::OnMessage(Payload message) {
  Error error = method_.DecodeRequest(responder_->codec(), std::move(message), &request_);
  if (error.ok()) return;
  protocol::RpcEnd end;
  end.error = std::move(error);
  responder_->Finish(end);
  End();
}

void ChannelUnaryCall::OnHalfClose() {
  method_.FillContext(*responder_, &context_);
  started_ = true;
  method_.stub().UnaryCall(&context_, method_.path(), grpc::StubOptions(), &request_, &response_,
                           [this](grpc::Status status) {
                             status_ = std::move(status);
                             loop_.Post(this);
                           });
}

void ChannelUnaryCall::OnCancel() {
  cancelled_ = true;
  if (started_) {
    context_.TryCancel();
  } else {
    End();
  }
}

void ChannelUnaryCall::Run() {
  if (!cancelled_) Answer();
  End();
}

void ChannelUnaryCall::Answer() {
  protocol::RpcEnd end;
  end.trailers = ToHeaderList(context_.GetServerTrailingMetadata());
  end.error = FromGrpcStatus(status_);
  HeaderList headers = ToHeaderList(context_.GetServerInitialMetadata());
  Payload message;
  bool has_message = end.error.ok() && response_.Valid();
  if (has_message) {
    Error encode_error = method_.EncodeResponse(responder_->codec(), response_, &message);
    if (!encode_error.ok()) {
      end.error = std::move(encode_error);
      has_message = false;
    }
  }
  // Without metadata or message of its own an error goes out as one block, not as head and trailers.
  if (has_message || !headers.empty()) responder_->SendHeaders(headers);
  if (has_message) responder_->SendMessage(std::move(message));
  responder_->Finish(end);
}

void ChannelUnaryCall::End() {
  responder_->Done();
  delete this;
}

}  // namespace connectrpc::interop
