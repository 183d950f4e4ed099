#include "connectrpc/cancellation.h"

namespace connectrpc {

void Cancellation::Cancel() {
  std::lock_guard<std::mutex> lock(mutex_);
  canceled_ = true;
  while (first_ != nullptr) {
    Listener* const listener = first_;
    first_ = listener->next_;
    if (first_ != nullptr) first_->previous_ = nullptr;
    listener->listed_ = false;
    listener->OnCancel();
  }
}

bool Cancellation::canceled() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return canceled_;
}

bool Cancellation::Add(Listener* listener) {
  std::lock_guard<std::mutex> lock(mutex_);
  if (canceled_) return false;
  listener->previous_ = nullptr;
  listener->next_ = first_;
  if (first_ != nullptr) first_->previous_ = listener;
  first_ = listener;
  listener->listed_ = true;
  return true;
}

void Cancellation::Remove(Listener* listener) {
  std::lock_guard<std::mutex> lock(mutex_);
  if (!listener->listed_) return;
  listener->listed_ = false;
  if (listener->previous_ != nullptr) listener->previous_->next_ = listener->next_;
  if (listener->next_ != nullptr) listener->next_->previous_ = listener->previous_;
  if (first_ == listener) first_ = listener->next_;
}

}  // namespace connectrpc
