#include "interop/direct_callback_call.h"

#include <utility>

#include "interop/kept_call.h"
#include "interop/server_internals.h"

namespace connectrpc::interop {

void DirectCallbackCall::Open(const CallbackUnaryMethod* method, const UnaryTypes* types,
                              server::Responder* responder) {
  exchange_.Open(types, responder);
  method_ = method;
  loop_ = &responder->loop();
  messages_ = AllocatedMessages();
  cancelled_ = false;
}

void DirectCallbackCall::OnMessage(Payload message) {
  Error error = Read(std::move(message));
  if (error.ok()) return;
  exchange_.Fail(std::move(error));
  Close();
}

Error DirectCallbackCall::Read(Payload message) {
  try {
    if (method_->Allocate(&messages_)) return exchange_.ReadRequest(std::move(message), messages_);
  } catch (...) {
  }
  return Error(Code::kResourceExhausted, "cannot allocate the messages of the call");
}

void DirectCallbackCall::OnHalfClose() {
  grpc::CallbackServerContext* const context = StartContext();
  finish_asked_.store(false, std::memory_order_relaxed);
  work_.store(kBusy, std::memory_order_relaxed);
  grpc::ServerUnaryReactor* reactor = nullptr;
  try {
    reactor = method_->Call(context, exchange_.request(), exchange_.response());
  } catch (...) {  // as with no reactor, gRPC answers that the method is not implemented
  }
  if (reactor == nullptr) {
    exchange_.Answer(grpc::Status(grpc::StatusCode::UNIMPLEMENTED, ""));
    Close();
    return;
  }
  Bind(reactor);
  DoAll();
}

// A reactor's lock, taken to bind it and destroyed with it, costs as much as the rest of a small call where Abseil
// looks for deadlocks (as in Debian's); a default reactor that is bound from the start takes none.
grpc::CallbackServerContext* DirectCallbackCall::StartContext() {
  grpc::CallbackServerContext* const context = exchange_.StartContext(messages_.state);
  if (exchange_.context_is_new()) {
    default_reactor_ = MakeDefaultReactor(context);
    if (default_reactor_ != nullptr) BindReactor(default_reactor_);
  }
  return context;
}

void DirectCallbackCall::Bind(grpc::ServerUnaryReactor* reactor) {
  reactor_ = reactor;
  if (reactor == default_reactor_) return;
  finish_asked_.store(false, std::memory_order_relaxed);
  work_.store(kBusy, std::memory_order_relaxed);
  BindReactor(reactor);
}

void DirectCallbackCall::OnCancel() {
  cancelled_ = true;
  if (reactor_ == nullptr) {
    Close();
    return;
  }
  exchange_.MarkCancelled();
  // Unless the call is busy this is its turn to be it.
  if (work_.fetch_or(kBusy | kCancel, std::memory_order_acq_rel) == 0) DoAll();
}

void DirectCallbackCall::Finish(grpc::Status status) {
  if (finish_asked_.exchange(true, std::memory_order_acq_rel)) return;
  status_ = std::move(status);
  Ask(kFinish);
}

void DirectCallbackCall::SendInitialMetadata() {
  Ask(kSendHeaders);
}

void DirectCallbackCall::Ask(Work work) {
  net::Loop* const loop = loop_;
  if (work_.fetch_or(work, std::memory_order_acq_rel) != 0) return;  // it is busy, or about to be
  if (loop->InLoopThread()) {
    loop->Defer(this);
  } else {
    loop->Post(this);
  }
}

void DirectCallbackCall::Run() {
  work_.fetch_or(kBusy, std::memory_order_relaxed);
  DoAll();
}

void DirectCallbackCall::DoAll() {
  for (;;) {
    const unsigned work = work_.exchange(kBusy, std::memory_order_acq_rel);
    if ((work & kSendHeaders) != 0) {
      if (!cancelled_) exchange_.SendHeaders();
      React([&] { reactor_->OnSendInitialMetadataDone(!cancelled_); });
    }
    if ((work & kCancel) != 0) React([&] { reactor_->OnCancel(); });
    if ((work & kFinish) != 0) {
      Complete();
      return;
    }
    unsigned expected = kBusy;
    if (work_.compare_exchange_strong(expected, 0, std::memory_order_acq_rel)) return;
  }
}

template <class Reaction>
void DirectCallbackCall::React(Reaction reaction) {
  try {
    reaction();
    return;
  } catch (...) {
  }
  if (std::exchange(cancelled_, true)) return;
  exchange_.MarkCancelled();
  exchange_.Fail(Error(Code::kUnknown, "Unexpected error in RPC handling"));
  work_.fetch_or(kCancel, std::memory_order_relaxed);  // for DoAll, which called this
}

void DirectCallbackCall::Complete() {
  if (!cancelled_) exchange_.Answer(status_);
  if (!status_.ok()) status_ = grpc::Status();
  try {
    std::exchange(reactor_, nullptr)->OnDone();
  } catch (...) {  // its own loss
  }
  work_.store(0, std::memory_order_relaxed);
  Close();
}

void DirectCallbackCall::Close() {
  if (messages_.state != nullptr) messages_.release(messages_.state);
  messages_ = AllocatedMessages();
  exchange_.Close();
}

DirectCallbackMethod::DirectCallbackMethod(std::shared_ptr<const CallbackUnaryMethod> method, const UnaryTypes& types)
    : method_(std::move(method)), types_(types) {}

server::CallHandler* DirectCallbackMethod::Start(server::Responder* responder) {
  auto* const call = KeptCall<DirectCallbackCall>(responder);
  call->Open(method_.get(), &types_, responder);
  return call;
}

}  // namespace connectrpc::interop
