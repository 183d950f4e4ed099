#ifndef CONNECTRPC_INTEROP_UNARY_EXCHANGE_H_
#define CONNECTRPC_INTEROP_UNARY_EXCHANGE_H_

#include <grpcpp/support/status.h>

#include "connectrpc/error.h"
#include "connectrpc/interop/direct.h"
#include "connectrpc/payload.h"
#include "interop/call_messages.h"
#include "interop/direct_context.h"
#include "interop/direct_message.h"
#include "protocol/model.h"
#include "server/method_handler.h"

namespace connectrpc::interop {

// A unary call without gRPC between, whatever the style of its handler: messages, context, answer. Kept from call to
// call, in memory that each uses again.
//
// Flow: Open, ReadRequest, StartContext; the handler runs; Answer or Fail; Close. On the loop's thread, but
// MarkCancelled.
template <class Context>
class UnaryExchange final {
 public:
  // Begins a call; `types` outlives it.
  void Open(const UnaryTypes* types, server::Responder* responder);

  // Reads the request into new messages, or into those that an allocator has made. An error is for Fail.
  [[nodiscard]] Error ReadRequest(Payload bytes, const AllocatedMessages& messages);
  const void* request() const { return request_; }
  void* response() const { return response_; }

  Context* StartContext(grpc::RpcAllocatorState* state);
  bool context_is_new() const { return context_.is_new(); }
  void MarkCancelled() { context_.MarkCancelled(); }

  // What the handler has set for the head of the answer; once, and not after Answer.
  void SendHeaders();
  void Answer(const grpc::Status& status);
  // Answers without the handler.
  void Fail(Error error);

  // The call is over; the next Open may come, or the end of this object, before it returns.
  void Close();

 private:
  // Answers with the error, if it is one.
  bool HasFailed(Error error);

  CallMessages messages_;
  DirectContext<Context> context_;
  const UnaryTypes* types_ = nullptr;
  server::Responder* responder_ = nullptr;
  void* request_ = nullptr;
  void* response_ = nullptr;
  size_t request_bytes_ = 0;
  bool headers_sent_ = false;
  bool answered_ = false;  // by a response
  DirectAnswer answer_;
  HeaderList headers_;
  protocol::RpcEnd end_;
};

}  // namespace connectrpc::interop

#endif  // CONNECTRPC_INTEROP_UNARY_EXCHANGE_H_
