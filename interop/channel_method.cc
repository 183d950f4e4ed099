#include "interop/channel_method.h"

#include <google/protobuf/descriptor.pb.h>

#include <chrono>
#include <utility>

#include "interop/byte_buffer.h"
#include "interop/channel_stream_call.h"
#include "interop/channel_unary_call.h"
#include "interop/grpc_metadata.h"

namespace connectrpc::interop {

StreamType StreamTypeOf(const google::protobuf::MethodDescriptor& method) {
  if (method.client_streaming()) {
    return method.server_streaming() ? StreamType::kBidiStream : StreamType::kClientStream;
  }
  return method.server_streaming() ? StreamType::kServerStream : StreamType::kUnary;
}

bool HasNoSideEffects(const google::protobuf::MethodDescriptor& method) {
  return method.options().idempotency_level() == google::protobuf::MethodOptions::NO_SIDE_EFFECTS;
}

ChannelMethod::ChannelMethod(std::shared_ptr<ChannelTarget> target, const google::protobuf::MethodDescriptor& method,
                             std::string path)
    : target_(std::move(target)),
      input_type_(method.input_type()),
      output_type_(method.output_type()),
      path_(std::move(path)),
      stream_type_(StreamTypeOf(method)) {}

server::CallHandler* ChannelMethod::Start(server::Responder* responder) {
  if (!target_->is_serving()) {
    protocol::RpcEnd end;
    end.error = Error(Code::kUnavailable, "server has been shut down");
    responder->Finish(end);
    responder->Done();
    return nullptr;
  }
  // Each call deletes itself once it has told the responder that it is done.
  if (stream_type_ == StreamType::kUnary) return new ChannelUnaryCall(*this, responder);
  return new ChannelStreamCall(*this, responder);
}

void ChannelMethod::FillContext(const server::Responder& call, grpc::ClientContext* context) const {
  wire::TimePoint deadline = call.deadline();
  if (target_->kind == ChannelTarget::Kind::kOther) {
    deadline = DeadlineElsewhere(deadline, std::chrono::steady_clock::now());
  }
  interop::FillContext(call.request_meta().metadata, deadline, context);
  if (target_->call_info.has_value()) target_->call_info->Write(call.head(), context);
}

Error ChannelMethod::DecodeRequest(const codec::Codec& codec, Payload message, grpc::ByteBuffer* out) const {
  if (!codec.is_binary()) {
    std::string binary, reason;
    if (!codec.ToBinary(*input_type_, message.view(), &binary, &reason)) {
      return Error(Code::kInvalidArgument, "cannot decode request: " + reason);
    }
    message = Payload::Own(std::move(binary));
  }
  *out = ToByteBuffer(std::move(message));
  return Error();
}

Error ChannelMethod::EncodeResponse(const codec::Codec& codec, const grpc::ByteBuffer& message, Payload* out) const {
  *out = ToPayload(message);
  if (codec.is_binary()) return Error();
  std::string encoded, reason;
  if (!codec.FromBinary(*output_type_, out->view(), &encoded, &reason)) {
    return Error(Code::kInternal, "cannot encode response: " + reason);
  }
  *out = Payload::Own(std::move(encoded));
  return Error();
}

}  // namespace connectrpc::interop
