#include "connectrpc/client_interceptor.h"

#include <utility>

namespace connectrpc {

Error ClientCallInterceptor::OnRequest(std::string_view) {
  return Error();
}

void ClientCallInterceptor::OnHeaders(HeaderList*) {}

Error ClientCallInterceptor::OnResponse(std::string_view) {
  return Error();
}

void ClientCallInterceptor::OnEnd(Error*, HeaderList*) {}

namespace {

using Interceptors = std::vector<std::shared_ptr<ClientInterceptor>>;

// A call between its receiver and the call of the transport below. Gone when the receiver has let go of it.
class InterceptedCall final : public TransportCall, private TransportCall::Receiver, private LoopTask {
 public:
  InterceptedCall(CallLoop* loop, TransportCall::Receiver* receiver) : loop_(loop), receiver_(receiver) {}

  void Begin(const Interceptors& interceptors, Transport* transport, const MethodSpec& method, CallOptions options) {
    const std::optional<std::string> codec = options.codec;  // that of messages which are encoded by now
    for (const auto& interceptor : interceptors) {
      std::unique_ptr<ClientCallInterceptor> follower;
      Error error = interceptor->OnCall(method, &options, &follower);
      if (follower != nullptr) followers_.push_back(std::move(follower));
      if (error.ok()) continue;
      failure_ = std::move(error);
      end_posted_ = true;
      loop_->Post(this);
      return;
    }
    options.codec = codec;
    call_ = transport->Start(loop_, method, options, this);
  }

  SendResult Send(Payload message) override {
    if (call_ == nullptr || !failure_.ok()) return SendResult::kOk;
    for (const auto& follower : followers_) {
      Error error = follower->OnRequest(message.view());
      if (error.ok()) continue;
      Fail(std::move(error));
      return SendResult::kOk;
    }
    return call_->Send(std::move(message));
  }

  void CloseSend() override {
    if (call_ != nullptr) call_->CloseSend();
  }
  void PauseReading() override {
    if (call_ != nullptr) call_->PauseReading();
  }
  void ResumeReading() override {
    if (call_ != nullptr) call_->ResumeReading();
  }
  void Cancel(Error reason) override {
    if (call_ != nullptr) call_->Cancel(std::move(reason));
  }

  void Release() override {
    receiver_ = nullptr;
    if (call_ != nullptr) std::exchange(call_, nullptr)->Release();
    if (!ended_) {
      Error error(Code::kCanceled, "canceled by the caller");
      HeaderList trailers;
      TellEnd(&error, &trailers);
    }
    if (!end_posted_) delete this;
  }

 private:
  ~InterceptedCall() = default;

  void OnHeaders(const HeaderList& headers) override {
    if (followers_.empty()) {
      receiver_->OnHeaders(headers);
      return;
    }
    headers_ = headers;
    for (auto follower = followers_.rbegin(); follower != followers_.rend(); ++follower) {
      (*follower)->OnHeaders(&headers_);
    }
    receiver_->OnHeaders(headers_);
  }

  void OnMessage(Payload message) override {
    if (!failure_.ok()) return;
    for (auto follower = followers_.rbegin(); follower != followers_.rend(); ++follower) {
      Error error = (*follower)->OnResponse(message.view());
      if (error.ok()) continue;
      Fail(std::move(error));
      return;
    }
    receiver_->OnMessage(std::move(message));
  }

  void OnWritable() override { receiver_->OnWritable(); }

  void OnEnd(const Error& error, const HeaderList& trailers) override { End(error, trailers); }

  // A call that an interceptor did not let begin.
  void Run() override {
    end_posted_ = false;
    if (receiver_ != nullptr) {
      End(Error(), HeaderList());
    } else {
      delete this;
    }
  }

  void Fail(Error error) {
    failure_ = std::move(error);
    call_->Cancel(failure_);
  }

  // An error of an interceptor comes before what the transport says.
  void End(Error error, HeaderList trailers) {
    if (!failure_.ok()) {
      HeaderList metadata = std::move(error.metadata);
      error = failure_;
      if (error.metadata.empty()) error.metadata = std::move(metadata);
    }
    TellEnd(&error, &trailers);
    receiver_->OnEnd(error, trailers);  // which releases, and so destroys, this
  }

  void TellEnd(Error* error, HeaderList* trailers) {
    ended_ = true;
    for (auto follower = followers_.rbegin(); follower != followers_.rend(); ++follower) {
      (*follower)->OnEnd(error, trailers);
    }
  }

  CallLoop* const loop_;
  TransportCall::Receiver* receiver_;  // null once it has let go
  TransportCall* call_ = nullptr;
  std::vector<std::unique_ptr<ClientCallInterceptor>> followers_;  // the outermost first
  HeaderList headers_;
  Error failure_;
  bool end_posted_ = false;
  bool ended_ = false;
};

class InterceptedTransport final : public Transport {
 public:
  InterceptedTransport(std::shared_ptr<Transport> transport, Interceptors interceptors)
      : transport_(std::move(transport)), interceptors_(std::move(interceptors)) {}

  const CallOptions& defaults() const override { return transport_->defaults(); }
  CallLoop* PickLoop() override { return transport_->PickLoop(); }
  TransportCall* Start(CallLoop* loop, const MethodSpec& method, const CallOptions& options,
                       TransportCall::Receiver* receiver) override {
    auto* const call = new InterceptedCall(loop, receiver);
    call->Begin(interceptors_, transport_.get(), method, options);
    return call;
  }

 private:
  const std::shared_ptr<Transport> transport_;
  const Interceptors interceptors_;
};

}  // namespace

std::shared_ptr<Transport> Intercept(std::shared_ptr<Transport> transport,
                                     std::vector<std::shared_ptr<ClientInterceptor>> interceptors) {
  if (interceptors.empty()) return transport;
  return std::make_shared<InterceptedTransport>(std::move(transport), std::move(interceptors));
}

}  // namespace connectrpc
