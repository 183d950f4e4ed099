#include "transport/attempt.h"

#include <chrono>
#include <utility>

#include "transport/attempt_pool.h"
#include "transport/connection.h"

namespace connectrpc::transport {
namespace {

// What may follow the end of a call before the end of its HTTP response: on HTTP/1.1 it is worth waiting for, since the
// connection is of no use without.
constexpr size_t kMaxDrainBytes = 64 * 1024;
constexpr std::chrono::seconds kMaxDrainTime{5};
// The buffer that is kept for the next attempt.
constexpr size_t kMaxSpareHeld = 4 * 1024;

}  // namespace

Error Attempt::Begin(const Config* config, const protocol::ClientCallStart& start, Watcher* watcher,
                     AttemptPool* pool) {
  pool_ = pool;
  watcher_ = watcher;
  Error error = call_.Start(config->call, start, &request, &body);
  request.scheme = config->scheme;
  request.authority = config->authority;
  return error;
}

void Attempt::Start(Connection* connection) {
  connection_ = connection;
  connection->Start(this);
}

void Attempt::Clear() {
  ClearHttp();
  held_.clear();
  if (held_.capacity() > kMaxSpareHeld) held_.shrink_to_fit();
  withheld_bytes_ = drained_bytes_ = output_mark_ = 0;
  reading_paused_ = held_end_ = waits_output_ = ended_ = broken_ = draining_ = reset_ = false;
}

bool Attempt::SendMessage(Payload message) {
  if (ended_) return true;
  call_.SendMessage(std::move(message));
  Flush();
  return !call_.ended();
}

bool Attempt::CloseSend() {
  if (ended_) return true;
  call_.CloseSend();
  Flush();
  return !call_.ended();
}

void Attempt::Poll() {
  held_.clear();
  Deliver();
}

void Attempt::Flush() {
  if (connection_ != nullptr && !closing()) connection_->Resume(this);
}

void Attempt::WatchOutput(size_t bytes) {
  waits_output_ = true;
  output_mark_ = bytes / 2;
  if (connection_ != nullptr) connection_->WatchOutput();
}

bool Attempt::CheckOutput() {
  if (!waits_output_ || ended_ || watcher_ == nullptr) return false;
  if (output_bytes() > output_mark_) return true;
  waits_output_ = false;
  const bool outer = std::exchange(busy_, true);
  watcher_->OnOutput();
  busy_ = outer;
  const bool waits = waits_output_;
  FreeIfUnused();
  return waits;
}

void Attempt::OnHead(wire::EndStream end) {
  if (!listening()) return;
  call_.OnHead(response, end);
  Deliver();
}

void Attempt::OnBody(std::string_view bytes) {
  if (!listening()) {
    drained_bytes_ += bytes.size();
    if (draining_ && drained_bytes_ > kMaxDrainBytes) return ResetStream();
    Used(bytes.size());
    return;
  }
  if (reading_paused_ || !held_.empty()) {
    held_.append(bytes);
    withheld_bytes_ += bytes.size();
    return;
  }
  const bool outer = std::exchange(busy_, true);
  call_.Feed(bytes);
  Deliver();
  Used(bytes.size());
  busy_ = outer;
  FreeIfUnused();
}

void Attempt::OnAnswerEnd() {
  if (!listening()) return;
  if (!held_.empty()) {
    held_end_ = true;
    return;
  }
  call_.OnEnd(trailers);
  Deliver();
}

void Attempt::OnReset() {
  broken_ = true;
  if (!listening()) return;
  if (too_large) return EndWith(Error(Code::kResourceExhausted, std::string(fault)));
  held_.clear();
  call_.OnReset(error_code, fault);
  Deliver();
}

void Attempt::OnLost(const Error& error) {
  // The answer was complete before: what is held of it is good.
  if (held_end_) return;
  broken_ = true;
  if (listening()) EndWith(error);
}

void Attempt::EndWith(Error error) {
  held_.clear();
  call_.Fail(std::move(error));
  Deliver();
}

void Attempt::OnClosed() {
  connection_ = nullptr;
  pool_->loop().Disarm(this);
  FreeIfUnused();
}

void Attempt::Deliver() {
  const bool outer = std::exchange(busy_, true);
  while (listening()) {
    if (reading_paused_) {
      held_ = call_.TakeUnread();
      if (!held_.empty()) break;
    }
    Payload message;
    const protocol::ClientCall::Event event = call_.Next(&message);
    if (event == protocol::ClientCall::Event::kNone) break;
    switch (event) {
      case protocol::ClientCall::Event::kNone:
        break;
      case protocol::ClientCall::Event::kHeaders:
        watcher_->OnHeaders(call_.headers());
        break;
      case protocol::ClientCall::Event::kMessage:
        watcher_->OnMessage(std::move(message));
        break;
      case protocol::ClientCall::Event::kEnd:
        ended_ = true;
        watcher_->OnEnd();
        break;
    }
  }
  busy_ = outer;
  FreeIfUnused();
}

void Attempt::ResumeReading() {
  reading_paused_ = false;
  const bool outer = std::exchange(busy_, true);
  if (!held_.empty()) {
    const std::string bytes = std::exchange(held_, {});
    call_.Feed(bytes);
    Deliver();
  }
  if (held_end_ && held_.empty() && listening()) {
    held_end_ = false;
    call_.OnEnd(trailers);
    Deliver();
  }
  if (!reading_paused_) Used(std::exchange(withheld_bytes_, 0));
  busy_ = outer;
  FreeIfUnused();
}

void Attempt::Used(size_t bytes) {
  if (connection_ == nullptr || closing() || bytes == 0) return;
  if (reading_paused_ && listening()) {
    withheld_bytes_ += bytes;
  } else {
    connection_->Release(this, bytes);
  }
}

void Attempt::Fail(Error error) {
  if (ended_) return;
  held_.clear();
  call_.Fail(std::move(error));
  Payload unwanted;
  while (call_.Next(&unwanted) != protocol::ClientCall::Event::kEnd) {
  }
  ended_ = true;
  ResetStream();
}

void Attempt::Abandon() {
  watcher_ = nullptr;
  held_.clear();
  if (!ended_ || !request_sent) {
    ResetStream();
  } else {
    Drain();
  }
  FreeIfUnused();
}

void Attempt::Drain() {
  if (connection_ == nullptr || closing()) return;
  draining_ = true;
  Used(std::exchange(withheld_bytes_, 0));
  pool_->loop().Arm(this, pool_->loop().Now() + kMaxDrainTime);
}

void Attempt::OnTimer() {
  ResetStream();
}

void Attempt::ResetStream() {
  if (connection_ == nullptr || closing()) return;
  reset_ = true;
  pool_->loop().Disarm(this);
  connection_->Reset(this);
}

void Attempt::FreeIfUnused() {
  if (!busy_ && watcher_ == nullptr && connection_ == nullptr) pool_->Free(this);
}

}  // namespace connectrpc::transport
