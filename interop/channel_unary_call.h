#ifndef CONNECTRPC_INTEROP_CHANNEL_UNARY_CALL_H_
#define CONNECTRPC_INTEROP_CHANNEL_UNARY_CALL_H_

#include <grpcpp/client_context.h>
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/status.h>

#include "interop/channel_method.h"
#include "net/loop.h"
#include "server/method_handler.h"

namespace connectrpc::interop {

// A unary call on a channel: one batch of gRPC operations, one completion, which is posted to the loop. Deletes itself
// when it is done.
class ChannelUnaryCall final : public server::CallHandler, private net::Task {
 public:
  ChannelUnaryCall(const ChannelMethod& method, server::Responder* responder);

  void OnMessage(Payload message) override;
  void OnHalfClose() override;
  void OnWritable() override {}
  void OnCancel() override;

 private:
  ~ChannelUnaryCall() = default;
  void Run() override;  // the completion, on the loop
  void Answer();
  void End();

  const ChannelMethod& method_;
  server::Responder* responder_;
  net::Loop& loop_;
  grpc::ClientContext context_;
  grpc::ByteBuffer request_;
  grpc::ByteBuffer response_;
  grpc::Status status_;
  bool started_ = false;
  bool cancelled_ = false;
};

}  // namespace connectrpc::interop

#endif  // CONNECTRPC_INTEROP_CHANNEL_UNARY_CALL_H_
