#include "client/testing/memory_call.h"

#include <google/protobuf/message_lite.h>

#include <algorithm>
#include <string>
#include <utility>

namespace connectrpc::client {
namespace {

constexpr size_t kMaxMessageBytes = 4 * 1024 * 1024;
// What waits in either direction before its sender waits, too.
constexpr size_t kMaxQueuedBytes = 64 * 1024;

void AddAll(const HeaderList& from, HeaderList* to) {
  for (const HeaderField field : from) to->Add(field.name, field.value);
}

}  // namespace

MemoryCall::MemoryCall(ThreadLoop* loop, const CallOptions& options, const CallOptions& defaults, Receiver* receiver)
    : loop_(loop),
      receiver_(receiver),
      options_error_(ChooseCodec(options, defaults, &codec_)),
      max_message_bytes_(options.max_message_bytes.value_or(defaults.max_message_bytes.value_or(kMaxMessageBytes))),
      timeout_(options.timeout ? options.timeout : defaults.timeout),
      request_headers_(defaults.headers) {
  AddAll(options.headers, &request_headers_);
}

void MemoryCall::Begin() {
  held_by_receiver_ = shared_from_this();
  if (begun_badly()) {
    Cancel(options_error_);
    return;
  }
  if (!timeout_) return;
  // Beyond a year nobody waits, and the clock would overflow.
  const auto timeout = std::min<std::chrono::nanoseconds>(*timeout_, std::chrono::hours(24 * 365));
  deadline_ = loop_->AddTimer(ThreadLoop::Clock::now() + timeout, [this] {
    deadline_.reset();
    Cancel(Error(Code::kDeadlineExceeded, "deadline exceeded"));
  });
}

SendResult MemoryCall::Send(Payload message) {
  message.EnsureOwned();
  std::lock_guard<std::mutex> lock(mutex_);
  if (ended_ || reason_ || half_closed_) return SendResult::kOk;
  request_bytes_ += message.size();
  requests_.push_back(std::move(message));
  changed_.notify_all();
  if (request_bytes_ < kMaxQueuedBytes) return SendResult::kOk;
  caller_waits_ = true;
  return SendResult::kFull;
}

void MemoryCall::CloseSend() {
  std::lock_guard<std::mutex> lock(mutex_);
  half_closed_ = true;
  changed_.notify_all();
}

void MemoryCall::PauseReading() {
  std::lock_guard<std::mutex> lock(mutex_);
  paused_ = true;
}

void MemoryCall::ResumeReading() {
  std::lock_guard<std::mutex> lock(mutex_);
  paused_ = false;
  PostLocked();
}

void MemoryCall::Cancel(Error reason) {
  std::lock_guard<std::mutex> lock(mutex_);
  EndLocked(std::move(reason));
}

void MemoryCall::EndLocked(Error reason) {
  if (ended_ || reason_) return;
  reason_ = std::move(reason);
  changed_.notify_all();
  PostLocked();
}

void MemoryCall::Release() {
  receiver_ = nullptr;
  if (deadline_) loop_->RemoveTimer(*std::exchange(deadline_, std::nullopt));
  {
    std::lock_guard<std::mutex> lock(mutex_);
    if (!ended_ && !reason_) reason_ = Error(Code::kCanceled, "canceled by the caller");
    changed_.notify_all();
  }
  held_by_receiver_.reset();
}

void MemoryCall::PostLocked() {
  if (posted_ != nullptr) return;
  posted_ = shared_from_this();
  loop_->Post(this);
}

void MemoryCall::Run() {
  std::shared_ptr<MemoryCall> self;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    self = std::move(posted_);
  }
  while (TellNext()) {
  }
}

bool MemoryCall::TellNext() {
  if (receiver_ == nullptr) return false;
  std::unique_lock<std::mutex> lock(mutex_);
  if (ended_) return false;
  if (reason_) {
    ended_ = true;
    lock.unlock();
    Error error = *reason_;
    if (headers_told_) error.metadata = headers_;
    TellEnd(error, HeaderList());
    return false;
  }
  if (headers_sent_ && !headers_told_) {
    headers_told_ = true;
    lock.unlock();
    receiver_->OnHeaders(headers_);
    return true;
  }
  if (caller_waits_ && request_bytes_ < kMaxQueuedBytes) {
    caller_waits_ = false;
    lock.unlock();
    receiver_->OnWritable();
    return true;
  }
  if (!responses_.empty()) {
    if (paused_) return false;
    Payload message = std::move(responses_.front());
    responses_.pop_front();
    response_bytes_ -= message.size();
    changed_.notify_all();
    if (message.size() > max_message_bytes_) {
      EndLocked(Error(Code::kResourceExhausted, "response message of " + std::to_string(message.size()) +
                                                    " bytes is beyond the limit of " +
                                                    std::to_string(max_message_bytes_)));
      return true;
    }
    lock.unlock();
    // Borrowed, as it mostly is where bytes come from a network.
    receiver_->OnMessage(Payload::Borrow(message.view()));
    return true;
  }
  if (!finished_) return false;
  ended_ = true;
  lock.unlock();
  Error error = std::move(*finished_);
  AddAll(error.metadata, &trailers_);
  if (!error.ok()) {
    error.metadata = headers_;
    AddAll(trailers_, &error.metadata);
  }
  TellEnd(error, trailers_);
  return false;
}

void MemoryCall::TellEnd(const Error& error, const HeaderList& trailers) {
  if (deadline_) loop_->RemoveTimer(*std::exchange(deadline_, std::nullopt));
  receiver_->OnEnd(error, trailers);
}

bool MemoryCall::canceled() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return reason_.has_value();
}

void MemoryCall::SendHeaders() {
  std::lock_guard<std::mutex> lock(mutex_);
  if (std::exchange(headers_sent_, true)) return;
  PostLocked();
}

bool MemoryCall::Read(MessageLite* message) {
  Payload encoded;
  {
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait(lock, [this] { return !requests_.empty() || half_closed_ || reason_; });
    if (reason_ || requests_.empty()) return false;
    encoded = std::move(requests_.front());
    requests_.pop_front();
    request_bytes_ -= encoded.size();
    if (caller_waits_ && request_bytes_ < kMaxQueuedBytes) PostLocked();
  }
  Error error = DecodeMessage(codec_, encoded.view(), message);
  if (error.ok()) return true;
  error.code = Code::kInvalidArgument;  // as servers say it
  Cancel(std::move(error));
  return false;
}

bool MemoryCall::Write(const MessageLite& message) {
  Payload encoded;
  Error error = EncodeMessage(codec_, message, &encoded);
  if (!error.ok()) {
    Cancel(std::move(error));
    return false;
  }
  std::unique_lock<std::mutex> lock(mutex_);
  changed_.wait(lock, [this] { return response_bytes_ < kMaxQueuedBytes || reason_; });
  if (reason_) return false;
  headers_sent_ = true;
  response_bytes_ += encoded.size();
  responses_.push_back(std::move(encoded));
  PostLocked();
  return true;
}

void MemoryCall::WaitUntilCanceled() const {
  std::unique_lock<std::mutex> lock(mutex_);
  changed_.wait(lock, [this] { return reason_.has_value(); });
}

void MemoryCall::Finish(Error error) {
  std::lock_guard<std::mutex> lock(mutex_);
  headers_sent_ = true;
  finished_ = std::move(error);
  PostLocked();
}

}  // namespace connectrpc::client
