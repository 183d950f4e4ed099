#include "interop/direct_sync_call.h"

#include <typeinfo>
#include <utility>

namespace connectrpc::interop {

void DirectSyncCall::Open(const SyncUnaryMethod* method, const UnaryTypes* types, server::Responder* responder) {
  exchange_.Open(types, responder);
  method_ = method;
}

void DirectSyncCall::OnMessage(Payload message) {
  Error error = exchange_.ReadRequest(message, AllocatedMessages());
  if (error.ok()) return;
  exchange_.Fail(std::move(error));
  exchange_.Close();
}

void DirectSyncCall::OnHalfClose() {
  grpc::ServerContext* const context = exchange_.StartContext(nullptr);
  grpc::Status status;
  try {
    status = method_->Call(context, exchange_.request(), exchange_.response());
  } catch (...) {
    status = grpc::Status(grpc::StatusCode::UNKNOWN, "Unexpected error in RPC handling");  // gRPC's own words
  }
  exchange_.Answer(status);
  exchange_.Close();
}

void DirectSyncCall::OnCancel() {
  exchange_.Close();
}

DirectSyncMethod::DirectSyncMethod(std::shared_ptr<const SyncUnaryMethod> method, const UnaryTypes& types)
    : method_(std::move(method)), types_(types) {}

server::CallHandler* DirectSyncMethod::Start(server::Responder* responder) {
  std::unique_ptr<server::Kept>& kept = responder->kept_by_stream();
  if (kept == nullptr || typeid(*kept) != typeid(DirectSyncCall)) kept = std::make_unique<DirectSyncCall>();
  auto* const call = static_cast<DirectSyncCall*>(kept.get());
  call->Open(method_.get(), &types_, responder);
  return call;
}

}  // namespace connectrpc::interop
