#include "interop/channel_stream_call.h"

#include <chrono>
#include <utility>

#include "connectrpc/interop/grpc_status.h"
#include "interop/grpc_metadata.h"

namespace connectrpc::interop {
namespace {

// Request bytes that wait for the handler before reading from the client pauses.
constexpr size_t kMaxQueuedBytes = 64 * 1024;

// Empty initial metadata may be the first half of an error without any: the status is then right behind it, and the
// answer should be one block. A caller that waits for the head gets it after this time.
constexpr std::chrono::milliseconds kEmptyHeadersDelay{1};

}  // namespace

ChannelStreamCall::ChannelStreamCall(const ChannelMethod& method, server::Responder* responder)
    : method_(method), responder_(responder), loop_(responder->loop()) {
  if (ClientStreams(method.stream_type())) StartGrpc();
}

void ChannelStreamCall::StartGrpc() {
  started_ = true;
  method_.FillContext(*responder_, &context_);
  method_.stub().PrepareBidiStreamingCall(&context_, method_.path(), grpc::StubOptions(), this);
  AddHold();  // operations are started from the loop, outside of reactions
  StartRead(&response_);
  StartCall();
}

void ChannelStreamCall::OnMessage(Payload message) {
  grpc::ByteBuffer request;
  Error error = method_.DecodeRequest(responder_->codec(), std::move(message), &request);
  if (!error.ok()) {
    Fail(std::move(error));
    return;
  }
  if (read_ended_) return;  // the server has finished: it reads no more
  queued_bytes_ += request.Length();
  writes_.push_back(std::move(request));
  if (queued_bytes_ >= kMaxQueuedBytes && !reading_paused_) {
    reading_paused_ = true;
    responder_->PauseReading();
  }
  if (started_) ContinueWriting();
}

void ChannelStreamCall::OnHalfClose() {
  half_closed_ = true;
  if (!started_) StartGrpc();
  ContinueWriting();
}

void ChannelStreamCall::ContinueWriting() {
  if (write_pending_ || read_ended_ || writes_done_) return;
  if (!writes_.empty()) {
    write_pending_ = true;
    bool last = half_closed_ && writes_.size() == 1;
    writes_done_ = last;
    StartWrite(&writes_.front(), last ? grpc::WriteOptions().set_last_message() : grpc::WriteOptions());
  } else if (half_closed_) {
    writes_done_ = true;
    StartWritesDone();
  }
}

void ChannelStreamCall::OnWritable() {
  if (!read_waits_) return;
  read_waits_ = false;
  StartRead(&response_);
}

void ChannelStreamCall::OnCancel() {
  muted_ = true;
  if (!started_) {
    End();
    return;
  }
  CancelGrpc();
}

void ChannelStreamCall::CancelGrpc() {
  context_.TryCancel();
  // A read may be waiting for OnWritable, which will not come: start it, to see it fail.
  OnWritable();
}

void ChannelStreamCall::OnReadInitialMetadataDone(bool /*ok*/) {
  Notify(kHeaders);
}
void ChannelStreamCall::OnReadDone(bool ok) {
  Notify(ok ? kReadMessage : kReadEnd);
}
void ChannelStreamCall::OnWriteDone(bool ok) {
  Notify(ok ? kWritten : kWriteFailed);
}
void ChannelStreamCall::OnDone(const grpc::Status& status) {
  status_ = status;
  Notify(kDone);
}

void ChannelStreamCall::Notify(Event event) {
  // With kDone set the loop may delete the object at once, unless the post is still to come.
  net::Loop& loop = loop_;
  if (events_.fetch_or(event) == 0) loop.Post(this);
}

void ChannelStreamCall::Run() {
  uint32_t events = events_.exchange(0) | std::exchange(unhandled_, 0);
  if ((events & kHeaders) != 0) HandleHeaders();
  if ((events & kReadMessage) != 0) {
    // Reactions of different operations may overtake each other.
    if (headers_received_) {
      HandleMessage();
    } else {
      unhandled_ |= kReadMessage;
    }
  }
  if ((events & kReadEnd) != 0) read_ended_ = true;
  if ((events & (kWritten | kWriteFailed)) != 0) HandleWritten((events & kWritten) != 0);
  if ((events & kDone) != 0) {
    End();
    return;
  }
  ReleaseHoldIfIdle();
}

void ChannelStreamCall::HandleHeaders() {
  headers_received_ = true;
  if (muted_) return;
  headers_ = ToHeaderList(context_.GetServerInitialMetadata());
  if (headers_.empty()) {
    loop_.Arm(this, loop_.Now() + kEmptyHeadersDelay);
  } else {
    FlushHeaders();
  }
}

void ChannelStreamCall::OnTimer() {
  if (!muted_) FlushHeaders();
}

void ChannelStreamCall::FlushHeaders() {
  if (headers_flushed_) return;
  headers_flushed_ = true;
  responder_->SendHeaders(headers_);
}

void ChannelStreamCall::HandleMessage() {
  if (!muted_) {
    FlushHeaders();
    Payload message;
    Error error = method_.EncodeResponse(responder_->codec(), response_, &message);
    if (!error.ok()) {
      Fail(std::move(error));
    } else if (responder_->SendMessage(std::move(message)) == SendResult::kFull) {
      read_waits_ = true;
      return;
    }
  }
  StartRead(&response_);
}

void ChannelStreamCall::HandleWritten(bool ok) {
  write_pending_ = false;
  queued_bytes_ -= writes_.front().Length();
  writes_.pop_front();
  if (!ok || read_ended_) {
    writes_.clear();
    queued_bytes_ = 0;
    writes_done_ = true;
  }
  if (reading_paused_ && queued_bytes_ < kMaxQueuedBytes / 2) {
    reading_paused_ = false;
    if (!muted_) responder_->ResumeReading();
  }
  ContinueWriting();
}

void ChannelStreamCall::ReleaseHoldIfIdle() {
  if (hold_released_ || !started_ || !read_ended_ || write_pending_) return;
  hold_released_ = true;
  RemoveHold();
}

void ChannelStreamCall::Fail(Error error) {
  if (muted_) return;
  muted_ = true;
  protocol::RpcEnd end;
  end.error = std::move(error);
  responder_->Finish(end);
  if (started_) {
    CancelGrpc();
  } else {
    End();
  }
}

void ChannelStreamCall::End() {
  loop_.Disarm(this);
  if (!muted_) {
    protocol::RpcEnd end;
    end.error = FromGrpcStatus(status_);
    end.trailers = ToHeaderList(context_.GetServerTrailingMetadata());
    if (end.error.ok() || !headers_.empty()) FlushHeaders();
    responder_->Finish(end);
  }
  responder_->Done();
  delete this;
}

}  // namespace connectrpc::interop
