#ifndef CONNECTRPC_SRC_CLIENT_MESSAGE_QUEUE_H_
#define CONNECTRPC_SRC_CLIENT_MESSAGE_QUEUE_H_

#include <cstddef>
#include <utility>
#include <vector>

#include "connectrpc/payload.h"

namespace connectrpc::client {

// Messages in the order of their coming. Allocates nothing until there is one.
class MessageQueue {
 public:
  bool empty() const { return first_ == messages_.size(); }
  // What it holds, each message counted with what it costs to keep it, so that empty ones are bounded, too.
  size_t cost() const { return cost_; }
  // May be changed to another payload of the same size.
  Payload& front() { return messages_[first_]; }

  void Push(Payload message) {
    // Room in front is used again when it is most of all, so that moving costs each message a bounded number of times.
    if (messages_.size() == messages_.capacity() && first_ > messages_.size() / 2) {
      messages_.erase(messages_.begin(), messages_.begin() + static_cast<std::ptrdiff_t>(first_));
      first_ = 0;
    }
    cost_ += Cost(message);
    messages_.push_back(std::move(message));
  }

  Payload Pop() {
    Payload message = std::move(messages_[first_++]);
    cost_ -= Cost(message);
    if (empty()) Clear();
    return message;
  }

  void Clear() {
    messages_.clear();
    first_ = 0;
    cost_ = 0;
  }

 private:
  static size_t Cost(const Payload& message) { return message.size() + sizeof(Payload); }

  std::vector<Payload> messages_;
  size_t first_ = 0;
  size_t cost_ = 0;
};

}  // namespace connectrpc::client

#endif  // CONNECTRPC_SRC_CLIENT_MESSAGE_QUEUE_H_
