#include "interop/callback_echo.h"

#include <grpcpp/support/server_callback.h>

#include <atomic>
#include <stdexcept>

#include "interop/echo_logic.h"

namespace connectrpc::test {
namespace {

using echo::EchoRequest;
using echo::EchoResponse;

void ThrowIfAsked(const EchoRequest& request) {
  if (request.throws()) throw std::runtime_error("thrown by the handler");
}

// What the reactors of all method kinds share; `Reactor` is gRPC's.
template <class Reactor>
class EchoReactor : public Reactor {
 protected:
  EchoReactor(grpc::CallbackServerContext* context, EchoState* state) : context_(context), state_(state) {
    state_->Update([](EchoState::Counts& counts) { ++counts.started, ++counts.running; });
  }
  ~EchoReactor() override = default;

  void CountRead() {
    state_->Update([](EchoState::Counts& counts) { ++counts.reads; });
  }
  void CountWrite() {
    state_->Update([](EchoState::Counts& counts) { ++counts.writes; });
  }
  // Whether the call goes on later, or ends as cancelled.
  bool Pause(const EchoRequest& request) {
    if (request.pause() == echo::PAUSE_NONE) return false;
    state_->Update([](EchoState::Counts& counts) { ++counts.paused; });
    if ((seen_.fetch_or(kPaused) & kCancelled) != 0) FinishPaused();
    return true;
  }
  void OnCancel() override {
    if ((seen_.fetch_or(kCancelled) & kPaused) != 0) FinishPaused();
  }
  void OnDone() override {
    state_->Update([](EchoState::Counts& counts) { --counts.running; });
    delete this;
  }

  grpc::CallbackServerContext* context_;
  EchoRequest request_;
  EchoResponse response_;
  uint32_t index_ = 0;

 private:
  // Both may come first, on different threads; the second one ends the call.
  enum Seen { kPaused = 1, kCancelled = 2 };

  void FinishPaused() {
    state_->Update([](EchoState::Counts& counts) { --counts.paused, ++counts.cancelled; });
    this->Finish(grpc::Status(grpc::StatusCode::CANCELLED, "handler saw the cancellation"));
  }

  EchoState* state_;
  std::atomic<int> seen_{0};
};

class UnaryReactor final : public EchoReactor<grpc::ServerUnaryReactor> {
 public:
  UnaryReactor(grpc::CallbackServerContext* context, const EchoRequest& request, EchoResponse* response,
               EchoState* state)
      : EchoReactor(context, state) {
    CountRead();
    SetMetadata(request, context);
    if (Pause(request)) return;
    if (request.outcome().code() == 0) {
      *response = Reply(request, *context);
      CountWrite();
    }
    Finish(OutcomeOf(request));
  }
};

template <class In>
class CollectReactor final : public EchoReactor<grpc::ServerReadReactor<In>> {
  using Base = EchoReactor<grpc::ServerReadReactor<In>>;

 public:
  CollectReactor(grpc::CallbackServerContext* context, EchoResponse* response, EchoState* state)
      : Base(context, state), out_(response) {
    this->StartRead(&in_);
  }

  void OnReadDone(bool ok) override {
    if (!ok) {
      response_ = Reply(last_, *context_);
      response_.set_text(text_);
      response_.clear_data();
      response_.set_index(index_);
      if (last_.outcome().code() == 0) *out_ = response_;
      this->Finish(OutcomeOf(last_));
      return;
    }
    request_ = MessageOf(in_);
    this->CountRead();
    ThrowIfAsked(request_);
    if (!any_) SetMetadata(request_, context_);
    any_ = true;
    text_ += request_.text();
    index_ += static_cast<uint32_t>(request_.data().size());
    if (this->Pause(request_)) return;
    last_.Swap(&request_);
    this->StartRead(&in_);
  }

 private:
  using Base::context_, Base::request_, Base::response_, Base::index_;

  EchoResponse* out_;
  In in_;
  EchoRequest last_;
  std::string text_;
  bool any_ = false;
};

class ExpandReactor final : public EchoReactor<grpc::ServerWriteReactor<EchoResponse>> {
 public:
  ExpandReactor(grpc::CallbackServerContext* context, const EchoRequest& request, EchoState* state)
      : EchoReactor(context, state) {
    request_ = request;
    CountRead();
    SetMetadata(request, context);
    Next();
  }

  void OnWriteDone(bool ok) override {
    if (!ok) {
      Finish(grpc::Status(grpc::StatusCode::CANCELLED, "cannot write"));
      return;
    }
    CountWrite();
    Next();
  }

 private:
  void Next() {
    if (index_ < request_.responses()) {
      response_ = ExpandReply(request_, *context_, index_++);
      StartWrite(&response_);
    } else if (!Pause(request_)) {
      Finish(OutcomeOf(request_));
    }
  }
};

template <class In>
class ChatReactor final : public EchoReactor<grpc::ServerBidiReactor<In, EchoResponse>> {
  using Base = EchoReactor<grpc::ServerBidiReactor<In, EchoResponse>>;

 public:
  ChatReactor(grpc::CallbackServerContext* context, EchoState* state) : Base(context, state) { this->StartRead(&in_); }

  void OnReadDone(bool ok) override {
    if (!ok) {
      this->Finish(grpc::Status::OK);
      return;
    }
    request_ = MessageOf(in_);
    this->CountRead();
    ThrowIfAsked(request_);
    if (index_ == 0) SetMetadata(request_, context_);
    response_ = Reply(request_, *context_);
    response_.set_index(index_++);
    this->StartWrite(&response_);
  }

  void OnWriteDone(bool ok) override {
    if (!ok) {
      this->Finish(grpc::Status(grpc::StatusCode::CANCELLED, "cannot write"));
      return;
    }
    this->CountWrite();
    if (this->Pause(request_)) return;
    if (request_.outcome().code() != 0) {
      this->Finish(OutcomeOf(request_));
    } else {
      this->StartRead(&in_);
    }
  }

 private:
  using Base::context_, Base::request_, Base::response_, Base::index_;

  In in_;
};

template <class In>
grpc::ServerUnaryReactor* StartUnary(grpc::CallbackServerContext* context, const In& in, EchoResponse* response,
                                     EchoState* state) {
  const EchoRequest& request = MessageOf(in);
  ThrowIfAsked(request);
  return new UnaryReactor(context, request, response, state);
}

template <class In>
grpc::ServerWriteReactor<EchoResponse>* StartExpand(grpc::CallbackServerContext* context, const In& in,
                                                    EchoState* state) {
  const EchoRequest& request = MessageOf(in);
  ThrowIfAsked(request);
  return new ExpandReactor(context, request, state);
}

}  // namespace

grpc::ServerUnaryReactor* CallbackEchoService::Echo(grpc::CallbackServerContext* context, const EchoRequest* request,
                                                    EchoResponse* response) {
  return StartUnary(context, *request, response, state_);
}

grpc::ServerUnaryReactor* CallbackEchoService::Get(grpc::CallbackServerContext* context, const EchoRequest* request,
                                                   EchoResponse* response) {
  return StartUnary(context, *request, response, state_);
}

grpc::ServerReadReactor<EchoRequest>* CallbackEchoService::Collect(grpc::CallbackServerContext* context,
                                                                   EchoResponse* response) {
  return new CollectReactor<EchoRequest>(context, response, state_);
}

grpc::ServerWriteReactor<EchoResponse>* CallbackEchoService::Expand(grpc::CallbackServerContext* context,
                                                                    const EchoRequest* request) {
  return StartExpand(context, *request, state_);
}

grpc::ServerBidiReactor<EchoRequest, EchoResponse>* CallbackEchoService::Chat(grpc::CallbackServerContext* context) {
  return new ChatReactor<EchoRequest>(context, state_);
}

grpc::ServerUnaryReactor* CallbackViewEchoService::Echo(grpc::CallbackServerContext* context, const Request* request,
                                                        EchoResponse* response) {
  return StartUnary(context, *request, response, state_);
}

grpc::ServerUnaryReactor* CallbackViewEchoService::Get(grpc::CallbackServerContext* context, const Request* request,
                                                       EchoResponse* response) {
  return StartUnary(context, *request, response, state_);
}

grpc::ServerReadReactor<CallbackViewEchoService::Request>* CallbackViewEchoService::Collect(
    grpc::CallbackServerContext* context, EchoResponse* response) {
  return new CollectReactor<Request>(context, response, state_);
}

grpc::ServerWriteReactor<EchoResponse>* CallbackViewEchoService::Expand(grpc::CallbackServerContext* context,
                                                                        const Request* request) {
  return StartExpand(context, *request, state_);
}

grpc::ServerBidiReactor<CallbackViewEchoService::Request, EchoResponse>* CallbackViewEchoService::Chat(
    grpc::CallbackServerContext* context) {
  return new ChatReactor<Request>(context, state_);
}

}  // namespace connectrpc::test
