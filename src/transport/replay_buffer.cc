#include "transport/replay_buffer.h"

#include <utility>

#include "wire/output_queue.h"

namespace connectrpc::transport {
namespace {

// Kept for the next call.
constexpr size_t kMaxSpareMessages = 16;

}  // namespace

void ReplayBuffer::Add(Payload message) {
  message.EnsureOwned();
  bytes_ += message.size();
  Message& added = messages_.emplace_back();
  if (message.size() < wire::OutputQueue::kReferenceThreshold) {
    added.own = std::move(message);
  } else {
    added.shared = std::make_shared<const Payload>(std::move(message));
  }
}

Payload ReplayBuffer::Get(size_t index) const {
  const Message& message = messages_[index];
  if (message.shared == nullptr) return Payload::Borrow(message.own.view());
  auto holder = std::make_unique<std::shared_ptr<const Payload>>(message.shared);
  const auto release = [](void* owner) { delete static_cast<std::shared_ptr<const Payload>*>(owner); };
  return Payload::Adopt(message.shared->view(), release, holder.release());
}

void ReplayBuffer::Clear() {
  messages_.clear();
  if (messages_.capacity() > kMaxSpareMessages) messages_.shrink_to_fit();
  bytes_ = 0;
}

}  // namespace connectrpc::transport
