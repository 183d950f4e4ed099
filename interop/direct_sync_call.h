#ifndef CONNECTRPC_INTEROP_DIRECT_SYNC_CALL_H_
#define CONNECTRPC_INTEROP_DIRECT_SYNC_CALL_H_

#include <grpcpp/server_context.h>
#include <grpcpp/support/status.h>

#include <memory>

#include "connectrpc/interop/direct.h"
#include "interop/unary_exchange.h"
#include "server/method_handler.h"

namespace connectrpc::interop {

// A unary call of a method that returns when it is through, on the loop's thread.
class DirectSyncCall final : public server::Kept, public server::CallHandler {
 public:
  // Begins a call; both arguments outlive it.
  void Open(const SyncUnaryMethod* method, const UnaryTypes* types, server::Responder* responder);

  void OnMessage(Payload message) override;
  void OnHalfClose() override;
  void OnWritable() override {}
  void OnCancel() override;

 private:
  UnaryExchange<grpc::ServerContext> exchange_;
  const SyncUnaryMethod* method_ = nullptr;
};

// Runs the calls of such a method.
class DirectSyncMethod final : public server::MethodHandler {
 public:
  DirectSyncMethod(std::shared_ptr<const SyncUnaryMethod> method, const UnaryTypes& types);

  server::CallHandler* Start(server::Responder* responder) override;

 private:
  const std::shared_ptr<const SyncUnaryMethod> method_;
  const UnaryTypes types_;
};

}  // namespace connectrpc::interop

#endif  // CONNECTRPC_INTEROP_DIRECT_SYNC_CALL_H_
