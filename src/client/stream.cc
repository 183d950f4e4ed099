#include <google/protobuf/message_lite.h>

#include <utility>

#include "client/stream_call.h"
#include "connectrpc/client_call.h"

// The handle of a StreamCall.
namespace connectrpc::client {
namespace {

Error NoCall() {
  return Error(Code::kFailedPrecondition, "no call: the stream is empty, or was moved from");
}

const HeaderList& NoHeaders() {
  static const HeaderList none;
  return none;
}

class CallbackFinish final : public StreamCall::Waiter {
 public:
  CallbackFinish(StreamCall* call, std::function<void(Error)> done)
      : Waiter(call, StreamCall::Condition::kEnd), done_(std::move(done)) {
    call->Ref();
  }
  void OnReady() override {
    done_(call()->error());
    call()->Unref();
    delete this;
  }

 private:
  const std::function<void(Error)> done_;
};

class CallbackResponse final : public StreamCall::Waiter {
 public:
  CallbackResponse(StreamCall* call, std::unique_ptr<UnaryCompletion> completion)
      : Waiter(call, StreamCall::Condition::kEnd), completion_(std::move(completion)) {
    call->Ref();
  }
  void OnReady() override {
    completion_->OnDone(call()->Outcome(completion_->response()));
    call()->Unref();
    delete this;
  }

 private:
  const std::unique_ptr<UnaryCompletion> completion_;
};

}  // namespace

Stream::Stream(Stream&& other) noexcept : call_(std::exchange(other.call_, nullptr)) {}

Stream& Stream::operator=(Stream&& other) noexcept {
  if (this != &other) {
    if (call_ != nullptr) call_->Abandon();
    call_ = std::exchange(other.call_, nullptr);
  }
  return *this;
}

Stream::~Stream() {
  if (call_ != nullptr) call_->Abandon();
}

Stream Stream::Start(const std::shared_ptr<Transport>& transport, const MethodSpec& method, const CallOptions& options,
                     const MessageLite* request) {
  return Stream(StreamCall::Start(transport, method, options, request));
}

bool Stream::Read(ResponseSlot message) {
  return call_ != nullptr && call_->Read(message);
}

void Stream::Read(ResponseSlot message, std::function<void(bool)> done) {
  if (call_ == nullptr) return done(false);
  call_->Read(message, std::move(done));
}

bool Stream::Write(const MessageLite& message) {
  return call_ != nullptr && call_->Write(message);
}

void Stream::Write(const MessageLite& message, std::function<void(bool)> done) {
  if (call_ == nullptr) return done(false);
  call_->Write(message, std::move(done));
}

void Stream::CloseSend() {
  if (call_ != nullptr) call_->CloseSend();
}

const HeaderList& Stream::headers() {
  return call_ != nullptr ? call_->headers() : NoHeaders();
}

const HeaderList& Stream::trailers() const {
  return call_ != nullptr ? call_->trailers() : NoHeaders();
}

Error Stream::Finish() {
  if (call_ == nullptr) return NoCall();
  call_->CloseSend();
  call_->DropUnread();
  return call_->Wait(StreamCall::Condition::kEnd) ? call_->error() : BlockedOnLoop();
}

void Stream::Finish(std::function<void(Error)> done) {
  if (call_ == nullptr) return done(NoCall());
  call_->CloseSend();
  call_->DropUnread();
  call_->Await(new CallbackFinish(call_, std::move(done)));
}

UnaryOutcome Stream::FinishWithResponse(ResponseSlot response) {
  UnaryOutcome outcome;
  if (call_ == nullptr) {
    outcome.error = NoCall();
    return outcome;
  }
  call_->CloseSend();
  if (call_->Wait(StreamCall::Condition::kEnd)) return call_->Outcome(response);
  outcome.error = BlockedOnLoop();
  return outcome;
}

void Stream::FinishWithResponse(std::unique_ptr<UnaryCompletion> completion) {
  if (call_ == nullptr) {
    UnaryOutcome outcome;
    outcome.error = NoCall();
    return completion->OnDone(std::move(outcome));
  }
  call_->CloseSend();
  call_->Await(new CallbackResponse(call_, std::move(completion)));
}

void Stream::Cancel() {
  if (call_ != nullptr) call_->Cancel(CanceledByCaller());
}

}  // namespace connectrpc::client
