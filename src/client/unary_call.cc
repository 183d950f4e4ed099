#include "client/unary_call.h"

#include <google/protobuf/message_lite.h>

#include <optional>
#include <utility>

namespace connectrpc::client {

void UnaryCall::Prepare(const MessageLite& request) {
  failure_ = ChooseCodec(*options_, transport_->defaults(), &codec_);
  if (failure_.ok()) failure_ = EncodeMessage(codec_, request, &request_);
}

void UnaryCall::Run() {
  if (failed()) {
    outcome_->error = std::move(failure_);
    Finish();
    return;
  }
  if (!Watch()) {
    // Told by a task of its own: the caller may be inside of the function that begins the call.
    failure_ = CanceledByCaller();
    loop()->Post(this);
    return;
  }
  call_ = transport_->Start(loop(), method_, *options_, this);
  call_->Send(std::move(request_));
  call_->CloseSend();
}

void UnaryCall::OnMessage(Payload message) {
  if (failed()) return;
  if (has_response_) {
    Fail(SecondResponse());
    return;
  }
  has_response_ = true;
  Error error = DecodeResponse(codec_, &message, response_);
  if (!error.ok()) Fail(std::move(error));
}

void UnaryCall::Fail(Error error) {
  failure_ = std::move(error);
  call_->Cancel(failure_);
}

void UnaryCall::OnCanceled() {
  if (call_ != nullptr) call_->Cancel(CanceledByCaller());
}

void UnaryCall::OnEnd(const Error& error, const HeaderList& trailers) {
  Unwatch();
  outcome_->trailers = trailers;
  if (!failed() && error.ok() && !has_response_) failure_ = NoResponse();
  outcome_->error = failed() ? WithMetadata(std::move(failure_), outcome_->headers, trailers) : error;
  std::exchange(call_, nullptr)->Release();
  Finish();
}

void UnaryCall::Finish() {
  if (!outcome_->error.ok() && has_response_) ClearResponse(response_);
  OnDone();
  Unref();
}

namespace {

class BlockingCall final : public UnaryCall {
 public:
  BlockingCall(Transport* transport, CallLoop* loop, const MethodSpec& method, const CallOptions& options,
               ResponseSlot response, UnaryOutcome* outcome)
      : UnaryCall(transport, loop, method, options, response, outcome) {}

  void Wait() { loop()->RunUntil(this, &unreferenced_); }

 private:
  void OnDone() override {}
  void OnUnreferenced() override { unreferenced_.Notify(); }

  Completion unreferenced_;
};

class CallbackCall final : public UnaryCall {
 public:
  CallbackCall(const std::shared_ptr<Transport>& transport, CallLoop* loop, const MethodSpec& method,
               const CallOptions& options, std::unique_ptr<UnaryCompletion> completion)
      : UnaryCall(transport.get(), loop, method, options, completion->response(), &outcome_),
        transport_(transport),
        completion_(std::move(completion)) {}

  void Begin(const CallOptions& options) {
    if (loop()->InLoop() && !failed()) {
      Run();
      return;
    }
    set_options(kept_options_.emplace(options));
    loop()->Post(this);
  }

 private:
  void OnDone() override { completion_->OnDone(std::move(outcome_)); }
  void OnUnreferenced() override { delete this; }

  const std::shared_ptr<Transport> transport_;
  const std::unique_ptr<UnaryCompletion> completion_;
  std::optional<CallOptions> kept_options_;
  UnaryOutcome outcome_;
};

}  // namespace

UnaryOutcome CallUnary(Transport& transport, const MethodSpec& method, const MessageLite& request,
                       const CallOptions& options, ResponseSlot response) {
  UnaryOutcome outcome;
  CallLoop* const loop = transport.PickLoop();
  if (loop->InLoop()) {
    outcome.error = BlockedOnLoop();
    return outcome;
  }
  BlockingCall call(&transport, loop, method, options, response, &outcome);
  call.Prepare(request);
  call.Wait();
  return outcome;
}

void CallUnary(const std::shared_ptr<Transport>& transport, const MethodSpec& method, const MessageLite& request,
               const CallOptions& options, std::unique_ptr<UnaryCompletion> completion) {
  // The call may have ended, and let go of the transport, before Post has returned.
  const std::shared_ptr<Transport> held = transport;
  auto* const call = new CallbackCall(transport, transport->PickLoop(), method, options, std::move(completion));
  call->Prepare(request);
  call->Begin(options);
}

}  // namespace connectrpc::client
