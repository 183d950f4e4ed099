#include "conformance/pause.h"

#include <utility>

namespace connectrpc::conformance {

void Pause::Start(std::chrono::milliseconds duration, std::function<void(bool)> then) {
  if (duration.count() == 0) {
    then(true);
    return;
  }
  const std::lock_guard<std::mutex> lock(mutex_);
  // A new alarm each time: setting the old one again would replace the function that may still be running.
  alarm_.emplace();
  alarm_->Set(std::chrono::system_clock::now() + duration, std::move(then));
  if (cancelled_) alarm_->Cancel();
}

void Pause::Cancel() {
  const std::lock_guard<std::mutex> lock(mutex_);
  cancelled_ = true;
  if (alarm_) alarm_->Cancel();
}

}  // namespace connectrpc::conformance
