#ifndef CONNECTRPC_INTEROP_DIRECT_CALLBACK_CALL_H_
#define CONNECTRPC_INTEROP_DIRECT_CALLBACK_CALL_H_

#include <grpcpp/server_context.h>
#include <grpcpp/support/server_callback.h>
#include <grpcpp/support/status.h>

#include <atomic>
#include <memory>

#include "connectrpc/interop/direct.h"
#include "interop/unary_exchange.h"
#include "net/loop.h"
#include "server/method_handler.h"

namespace connectrpc::interop {

// A unary call of a method that returns a reactor. What the reactor asks for, on whatever thread, is done later on the
// loop's, never inside of its own function: gRPC holds the reactor's lock while it passes on what was asked for before
// the method had returned.
//
// Reactions come one after the other, on the loop's thread. One that throws fails the call as far as the client sees
// it; the reactor is told by OnCancel, and Finish remains due, as only it knows what other threads still do for it.
class DirectCallbackCall final : public server::Kept,
                                 public server::CallHandler,
                                 private grpc::ServerCallbackUnary,
                                 private net::Task {
 public:
  // Begins a call; both arguments outlive it.
  void Open(const CallbackUnaryMethod* method, const UnaryTypes* types, server::Responder* responder);

  void OnMessage(Payload message) override;
  void OnHalfClose() override;
  void OnWritable() override {}
  void OnCancel() override;

 private:
  // What is to be done on the loop; kBusy: somebody does it.
  enum Work : unsigned { kBusy = 1, kSendHeaders = 2, kCancel = 4, kFinish = 8 };

  void Finish(grpc::Status status) override;
  void SendInitialMetadata() override;
  void CallOnDone() override {}
  grpc::internal::ServerReactor* reactor() override { return reactor_; }
  grpc_call* call() { return nullptr; }  // a pure virtual function of later versions

  // Into the messages of the call. The error is the one to answer with.
  [[nodiscard]] Error Read(Payload message);
  // Has the context's default reactor bound before the handler sees it.
  grpc::CallbackServerContext* StartContext();
  // What the method has returned. Nothing that was asked for before can have come from it, unless it is the default
  // one.
  void Bind(grpc::ServerUnaryReactor* reactor);

  void Run() override;
  // From any thread. Nothing may be touched afterwards: the call may be over.
  void Ask(Work work);
  void DoAll();
  template <class Reaction>
  void React(Reaction reaction);
  void Complete();
  void Close();

  UnaryExchange<grpc::CallbackServerContext> exchange_;
  const CallbackUnaryMethod* method_ = nullptr;
  net::Loop* loop_ = nullptr;
  AllocatedMessages messages_;
  grpc::ServerUnaryReactor* reactor_ = nullptr;          // from the method's return to OnDone
  grpc::ServerUnaryReactor* default_reactor_ = nullptr;  // the context's, bound to this object; null if it is not
  grpc::Status status_;
  std::atomic<unsigned> work_{0};
  std::atomic<bool> finish_asked_{false};
  bool cancelled_ = false;
};

// Runs the calls of such a method.
class DirectCallbackMethod final : public server::MethodHandler {
 public:
  DirectCallbackMethod(std::shared_ptr<const CallbackUnaryMethod> method, const UnaryTypes& types);

  server::CallHandler* Start(server::Responder* responder) override;

 private:
  const std::shared_ptr<const CallbackUnaryMethod> method_;
  const UnaryTypes types_;
};

}  // namespace connectrpc::interop

#endif  // CONNECTRPC_INTEROP_DIRECT_CALLBACK_CALL_H_
