#include "interop/direct_sync_call.h"

#include <utility>

#include "interop/kept_call.h"

namespace connectrpc::interop {

void DirectSyncCall::Open(const DirectSyncMethod* method, server::Responder* responder) {
  exchange_.Open(&method->types(), responder);
  method_ = method;
  responder_ = responder;
  loop_ = &responder->loop();
  on_pool_ = cancelled_ = false;
}

void DirectSyncCall::OnMessage(Payload message) {
  Error error = exchange_.ReadRequest(std::move(message), AllocatedMessages());
  if (error.ok()) return;
  exchange_.Fail(std::move(error));
  exchange_.Close();
}

void DirectSyncCall::OnHalfClose() {
  context_ = exchange_.StartContext(nullptr);
  if (method_->where() == SyncHandlers::kInline) {
    Call();
    Complete();
    return;
  }
  const server::Admission admission = responder_->handler_lane()->Submit(&task_);
  if (admission == server::Admission::kAccepted) {
    on_pool_ = true;
    return;
  }
  exchange_.Fail(server::RefusalOf(admission));
  exchange_.Close();
}

void DirectSyncCall::OnCancel() {
  if (!on_pool_ || task_.Withdraw()) {
    exchange_.Close();
    return;
  }
  cancelled_ = true;
  exchange_.MarkCancelled();
}

void DirectSyncCall::Call() {
  try {
    status_ = method_->method().Call(context_, exchange_.request(), exchange_.response());
  } catch (...) {
    status_ = grpc::Status(grpc::StatusCode::UNKNOWN, "Unexpected error in RPC handling");  // gRPC's own words
  }
}

void DirectSyncCall::RunOnPool() {
  Call();
  loop_->Post(this);
}

void DirectSyncCall::Run() {
  Complete();
}

void DirectSyncCall::Complete() {
  if (!cancelled_) exchange_.Answer(status_);
  status_ = grpc::Status();
  exchange_.Close();
}

DirectSyncMethod::DirectSyncMethod(std::shared_ptr<const SyncUnaryMethod> method, const UnaryTypes& types,
                                   SyncHandlers where)
    : method_(std::move(method)), types_(types), where_(where) {}

server::CallHandler* DirectSyncMethod::Start(server::Responder* responder) {
  auto* const call = KeptCall<DirectSyncCall>(responder);
  call->Open(this, responder);
  return call;
}

}  // namespace connectrpc::interop
