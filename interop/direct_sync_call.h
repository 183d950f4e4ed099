#ifndef CONNECTRPC_INTEROP_DIRECT_SYNC_CALL_H_
#define CONNECTRPC_INTEROP_DIRECT_SYNC_CALL_H_

#include <grpcpp/server_context.h>
#include <grpcpp/support/status.h>

#include <memory>

#include "connectrpc/interop/direct.h"
#include "connectrpc/server.h"
#include "interop/unary_exchange.h"
#include "net/loop.h"
#include "server/handler_pool.h"
#include "server/method_handler.h"

namespace connectrpc::interop {

class DirectSyncMethod;

// A unary call of a method that returns when it is through: on a thread of the pool, which posts its completion to the
// loop, or on the loop's.
class DirectSyncCall final : public server::Kept, public server::CallHandler, private net::Task {
 public:
  // Begins a call; both arguments outlive it.
  void Open(const DirectSyncMethod* method, server::Responder* responder);

  void OnMessage(Payload message) override;
  void OnHalfClose() override;
  void OnWritable() override {}
  void OnCancel() override;

 private:
  class PoolTask final : public server::HandlerTask {
   public:
    explicit PoolTask(DirectSyncCall* call) : call_(call) {}
    void Run() override { call_->RunOnPool(); }

   private:
    DirectSyncCall* const call_;
  };

  void Run() override;  // the completion, on the loop
  void Call();
  void RunOnPool();
  void Complete();

  const DirectSyncMethod* method_ = nullptr;
  server::Responder* responder_ = nullptr;
  net::Loop* loop_ = nullptr;
  UnaryExchange<grpc::ServerContext> exchange_;
  PoolTask task_{this};
  grpc::ServerContext* context_ = nullptr;
  grpc::Status status_;
  bool on_pool_ = false;  // submitted
  bool cancelled_ = false;
};

// Runs the calls of such a method.
class DirectSyncMethod final : public server::MethodHandler {
 public:
  DirectSyncMethod(std::shared_ptr<const SyncUnaryMethod> method, const UnaryTypes& types, SyncHandlers where);

  server::CallHandler* Start(server::Responder* responder) override;

  const SyncUnaryMethod& method() const { return *method_; }
  const UnaryTypes& types() const { return types_; }
  SyncHandlers where() const { return where_; }

 private:
  const std::shared_ptr<const SyncUnaryMethod> method_;
  const UnaryTypes types_;
  const SyncHandlers where_;
};

}  // namespace connectrpc::interop

#endif  // CONNECTRPC_INTEROP_DIRECT_SYNC_CALL_H_
