#include "interop/call_messages.h"

namespace connectrpc::interop {

void CallMessages::Open(const UnaryTypes* types) {
  if (types == types_) return;
  Discard();
  types_ = types;
}

void* CallMessages::request() {
  if (request_ == nullptr) request_ = types_->request.message.make(arena_.get());
  return request_;
}

void* CallMessages::response() {
  if (response_ == nullptr) response_ = types_->response.message.make(arena_.get());
  return response_;
}

void CallMessages::Close(size_t request_bytes, size_t response_bytes) {
  if (types_->request.message.clears_to_little) {
    if (request_ != nullptr) types_->request.message.clear(request_);
    request_bytes = 0;
  }
  const size_t left = kMaxWireBytes - wire_bytes_;
  if (request_bytes > left || response_bytes > left - request_bytes ||
      arena_.get()->SpaceAllocated() > kMaxArenaBytes) {
    Discard();
    return;
  }
  wire_bytes_ += request_bytes + response_bytes;
  if (response_ != nullptr) types_->response.message.clear(response_);
}

void CallMessages::Discard() {
  wire_bytes_ = 0;
  if (request_ == nullptr && response_ == nullptr) return;
  request_ = response_ = nullptr;
  arena_.Reset();
}

}  // namespace connectrpc::interop
