#include "interop/parent_call.h"

#include <grpc/byte_buffer.h>
#include <grpc/slice.h>
#include <grpcpp/server_builder.h>

#include <charconv>
#include <string>

#include "interop/grpc_metadata.h"

namespace connectrpc::interop {

ParentCall::ParentCall(ParentCalls* owner, uint64_t id) : owner_(owner), id_(id), message_(grpc_empty_slice()) {
  grpc_metadata_array_init(&trailers_);
  ended_.functor_run = [](grpc_completion_queue_functor* tag, int) {
    ParentCall* const call = static_cast<Ended*>(tag)->parent;
    call->owner_->Settle(call);
    call->Unref();
  };
  ended_.inlineable = 1;
  ended_.parent = this;
}

ParentCall::~ParentCall() {
  grpc_metadata_array_destroy(&trailers_);
  grpc_slice_unref(message_);
}

void ParentCall::Start(wire::TimePoint deadline) {
  if (deadline != wire::kNever) client_.set_deadline(ToTimespec(deadline));
  // Only makes the call: what gRPC C++ would do with it costs a thread hop at its end.
  owner_->stub_->PrepareCall(&client_, "/" + std::to_string(id_), owner_->queue_.get());
  grpc_op ops[2] = {};
  ops[0].op = GRPC_OP_SEND_INITIAL_METADATA;
  ops[1].op = GRPC_OP_RECV_STATUS_ON_CLIENT;
  ops[1].data.recv_status_on_client.trailing_metadata = &trailers_;
  ops[1].data.recv_status_on_client.status = &status_;
  ops[1].data.recv_status_on_client.status_details = &message_;
  grpc_call_start_batch(client_.c_call(), ops, 2, &ended_, nullptr);
}

void ParentCall::Cancel() {
  grpc_call_cancel(call_, nullptr);
}

void ParentCall::End() {
  if (has_server_half_) Finish(grpc::Status::OK);
  Unref();
}

void ParentCall::Unref() {
  if (references_.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
  ParentCalls* const owner = owner_;
  delete this;
  std::lock_guard<std::mutex> lock(owner->mutex_);
  if (--owner->live_ == 0) owner->changed_.notify_all();
}

ParentCalls::ParentCalls() {
  drained_tag_.functor_run = [](grpc_completion_queue_functor* tag, int) {
    ParentCalls* const owner = static_cast<Drained*>(tag)->owner;
    std::lock_guard<std::mutex> lock(owner->mutex_);
    owner->drained_ = true;
    owner->changed_.notify_all();
  };
  drained_tag_.inlineable = 1;
  drained_tag_.owner = this;
}

std::unique_ptr<ParentCalls> ParentCalls::Start() {
  std::unique_ptr<ParentCalls> calls(new ParentCalls);
  grpc::ServerBuilder builder;
  builder.RegisterCallbackGenericService(calls.get());
  calls->server_ = builder.BuildAndStart();
  if (calls->server_ == nullptr) return nullptr;
  calls->stub_ = std::make_unique<grpc::GenericStub>(calls->server_->InProcessChannel(grpc::ChannelArguments()));
  calls->queue_ =
      std::make_unique<grpc::CompletionQueue>(grpc_completion_queue_create_for_callback(&calls->drained_tag_, nullptr));
  calls->cancelled_ = calls->Begin(wire::kNever);
  if (!calls->cancelled_->has_server_half_) return nullptr;
  calls->cancelled_->Cancel();
  return calls;
}

ParentCalls::~ParentCalls() {
  if (cancelled_ != nullptr) cancelled_->End();
  {
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait(lock, [this] { return live_ == 0; });
  }
  stub_.reset();
  if (server_ != nullptr) server_->Shutdown();
  if (queue_ == nullptr) return;
  queue_->Shutdown();
  std::unique_lock<std::mutex> lock(mutex_);
  changed_.wait(lock, [this] { return drained_; });
}

ParentCall* ParentCalls::Begin(wire::TimePoint deadline) {
  ParentCall* call = nullptr;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    call = new ParentCall(this, ++last_id_);
    expected_.emplace(call->id_, call);
    ++live_;
  }
  call->Start(deadline);
  // Within the process gRPC has both halves by now.
  std::unique_lock<std::mutex> lock(mutex_);
  changed_.wait(lock, [call] { return call->settled_; });
  if (!call->has_server_half_ && cancelled_ != nullptr) call->call_ = cancelled_->call_;
  return call;
}

grpc::ServerGenericBidiReactor* ParentCalls::CreateReactor(grpc::GenericCallbackServerContext* context) {
  const std::string& method = context->method();
  uint64_t id = 0;
  std::from_chars(method.data() + 1, method.data() + method.size(), id);
  std::lock_guard<std::mutex> lock(mutex_);
  const auto found = expected_.find(id);
  if (found == expected_.end()) return nullptr;  // the client's half is over: gRPC answers
  ParentCall* const call = found->second;
  expected_.erase(found);
  call->references_.fetch_add(1, std::memory_order_relaxed);
  call->call_ = context->c_call();
  call->has_server_half_ = call->settled_ = true;
  changed_.notify_all();
  return call;
}

void ParentCalls::Settle(ParentCall* call) {
  std::lock_guard<std::mutex> lock(mutex_);
  if (call->settled_) return;
  expected_.erase(call->id_);
  call->settled_ = true;
  changed_.notify_all();
}

}  // namespace connectrpc::interop
