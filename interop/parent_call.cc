#include "interop/parent_call.h"

#include <grpcpp/server_builder.h>
#include <grpcpp/support/channel_arguments.h>

#include <utility>

#include "interop/grpc_metadata.h"

namespace connectrpc::interop {

void ParentCall::End() {
  owner_->End(this);
}

std::unique_ptr<ParentCalls> ParentCalls::Start() {
  std::unique_ptr<ParentCalls> calls(new ParentCalls);
  grpc::ServerBuilder builder;
  builder.RegisterAsyncGenericService(&calls->service_);
  calls->queue_ = builder.AddCompletionQueue();
  calls->server_ = builder.BuildAndStart();
  if (calls->server_ == nullptr) return nullptr;
  calls->stub_ = std::make_unique<grpc::GenericStub>(calls->server_->InProcessChannel(grpc::ChannelArguments()));
  calls->cancelled_ = calls->Begin(wire::kNever);
  if (calls->cancelled_->call_ == nullptr) return nullptr;
  calls->cancelled_->Cancel();
  return calls;
}

ParentCalls::~ParentCalls() {
  if (cancelled_ != nullptr) cancelled_->End();
  stub_.reset();
  if (server_ != nullptr) server_->Shutdown();
  queue_->Shutdown();
  void* tag = nullptr;
  bool ok = false;
  while (queue_->Next(&tag, &ok)) {  // the arrival that does not come
  }
}

ParentCall* ParentCalls::Begin(wire::TimePoint deadline) {
  std::lock_guard<std::mutex> lock(mutex_);
  if (next_ == nullptr) {
    next_ = std::make_unique<ParentCall::Arrived>();
    service_.RequestCall(&next_->context, &next_->stream, queue_.get(), queue_.get(), &next_);
  }
  auto* const call = new ParentCall(this, "/" + std::to_string(++last_name_));
  beginning_ = call;
  if (deadline != wire::kNever) call->client_.set_deadline(ToTimespec(deadline));
  call->client_half_ = stub_->PrepareCall(&call->client_, call->name_, queue_.get());
  call->client_half_->StartCall(&call->client_started_);
  call->client_half_->Finish(&call->status_, &call->client_over_);
  while (call->server_half_ == nullptr && !call->client_over_) TakeEvent();
  beginning_ = nullptr;
  if (call->server_half_ != nullptr) {
    call->call_ = call->server_half_->context.c_call();
  } else if (cancelled_ != nullptr) {
    call->call_ = cancelled_->call_;
  }
  return call;
}

void ParentCalls::End(ParentCall* call) {
  std::lock_guard<std::mutex> lock(mutex_);
  if (call->server_half_ != nullptr) {
    call->server_half_->stream.Finish(grpc::Status::OK, &call->answered_);
  } else {
    call->answered_ = true;
  }
  while (!call->client_started_ || !call->client_over_ || !call->answered_) TakeEvent();
  delete call;
}

void ParentCalls::TakeEvent() {
  void* tag = nullptr;
  bool ok = false;
  if (!queue_->Next(&tag, &ok)) return;
  if (tag == &next_) {
    TakeArrival();
  } else {
    *static_cast<bool*>(tag) = true;
  }
}

void ParentCalls::TakeArrival() {
  std::unique_ptr<ParentCall::Arrived> arrived = std::move(next_);
  if (beginning_ != nullptr && arrived->context.method() == beginning_->name_) {
    beginning_->server_half_ = std::move(arrived);
    return;
  }
  // The client's half was over before this one came: nobody waits for it.
  bool answered = false;
  arrived->stream.Finish(grpc::Status::CANCELLED, &answered);
  next_ = std::make_unique<ParentCall::Arrived>();
  service_.RequestCall(&next_->context, &next_->stream, queue_.get(), queue_.get(), &next_);
  while (!answered) TakeEvent();
}

}  // namespace connectrpc::interop
