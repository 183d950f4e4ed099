#include "interop/direct_stream_call.h"

#include <utility>

#include "connectrpc/interop/grpc_status.h"
#include "interop/kept_call.h"

namespace connectrpc::interop {
namespace {

// Reactions of one call that run in one go. A reactor that goes on writing after it was told that the call is cancelled
// would otherwise keep the loop to itself for ever.
constexpr int kMaxReactionsPerTurn = 256;

// Room for messages that is kept from call to call.
constexpr size_t kMaxSpareKept = 64;

}  // namespace

server::CallHandler* DirectStreamMethod::Start(server::Responder* responder) {
  std::unique_ptr<server::Kept>& kept = responder->kept_by_stream();
  auto* call = KeptAs<DirectStreamCall>(kept.get());
  if (call == nullptr || call->method() != this) {
    auto fresh = std::make_unique<DirectStreamCall>(this);
    call = fresh.get();
    kept = std::move(fresh);
  }
  return call->Begin(responder) ? call : nullptr;
}

DirectStreamCall::DirectStreamCall(const DirectStreamMethod* method)
    : method_(method), adapter_(method->method().NewAdapter(this)) {}

bool DirectStreamCall::Begin(server::Responder* responder) {
  responder_ = responder;
  loop_ = &responder->loop();
  read_ = write_ = send_headers_ = Operation::kIdle;
  headers_sent_ = half_closed_ = reading_paused_ = false;
  answered_ = finished_ = cancelled_ = cancel_due_ = false;
  finish_posted_.store(false, std::memory_order_relaxed);
  // A method that takes one message starts when that is there.
  return !ClientStreams(method_->types().stream_type) || StartMethod(nullptr);
}

bool DirectStreamCall::StartMethod(const void* request) {
  const DirectStreamMethod::Types& types = method_->types();
  if (types.stream_type == StreamType::kClientStream) response_ = types.response.message.make(arena_.get());
  grpc::CallbackServerContext* const context = context_.Begin(responder_, method_->types().parents.get());
  bool has_reactor = false;
  try {
    has_reactor = adapter_->Start(context, request, response_);
  } catch (...) {
    // As without a reactor.
  }
  if (!has_reactor) {
    Answer(nullptr, true, grpc::Status(grpc::StatusCode::UNIMPLEMENTED, ""));
    End();
    return false;
  }
  has_reactor_ = true;
  // Binding asks for what the reactor has asked for so far, with the reactor's mutex held.
  reacting_ = true;
  adapter_->Bind();
  reacting_ = false;
  return !React();
}

// --- Events of the call ---

void DirectStreamCall::OnMessage(Payload message) {
  if (answered_) return;
  if (!ClientStreams(method_->types().stream_type)) {
    const DirectType& type = method_->types().request;
    void* const request = type.message.make(arena_.get());
    Error error = DecodeMessage(responder_->codec(), type, std::move(message), request);
    if (error.ok()) {
      StartMethod(request);
    } else {
      Fail(std::move(error));
      Release();
    }
    return;
  }
  if (read_ == Operation::kOutstanding) {
    ReadFrom(std::move(message));
    React();
  } else {
    Keep(std::move(message));
  }
}

void DirectStreamCall::OnHalfClose() {
  half_closed_ = true;
  if (read_ != Operation::kOutstanding) return;
  read_ = Operation::kFailed;
  React();
}

void DirectStreamCall::OnWritable() {
  if (write_ != Operation::kOutstanding) return;
  write_ = Operation::kSucceeded;
  React();
}

void DirectStreamCall::OnCancel() {
  if (!has_reactor_) {
    Release();
    return;
  }
  Cancel();
  React();
}

// --- Operations ---

void DirectStreamCall::SendInitialMetadata() {
  if (!loop_->InLoopThread()) return Post(kSendInitialMetadata);
  DoSendInitialMetadata();
  ReactLater();
}

void DirectStreamCall::Read(void* message) {
  if (!loop_->InLoopThread()) {
    posted_read_ = message;
    return Post(kRead);
  }
  DoRead(message);
  ReactLater();
}

void DirectStreamCall::Write(const void* message, const grpc::WriteOptions& options) {
  // The other options ask that messages leave together, which they do in any case: at the end of the turn.
  const bool compress = !options.get_no_compression();
  if (!loop_->InLoopThread()) {
    posted_write_ = message;
    posted_compress_ = compress;
    return Post(kWrite);
  }
  DoWrite(message, compress);
  ReactLater();
}

void DirectStreamCall::WriteAndFinish(const void* message, const grpc::WriteOptions& options, grpc::Status status) {
  const bool compress = !options.get_no_compression();
  if (!loop_->InLoopThread()) {
    if (finish_posted_.exchange(true, std::memory_order_relaxed)) return;
    posted_write_ = message;
    posted_compress_ = compress;
    posted_status_ = std::move(status);
    return Post(kWriteAndFinish);
  }
  DoFinish(message, compress, status);
  ReactLater();
}

void DirectStreamCall::Finish(grpc::Status status) {
  if (!loop_->InLoopThread()) {
    if (finish_posted_.exchange(true, std::memory_order_relaxed)) return;
    posted_status_ = std::move(status);
    return Post(kFinish);
  }
  DoFinish(nullptr, true, status);
  ReactLater();
}

void DirectStreamCall::Post(uint32_t operation) {
  // Once the operation can be seen the call may end, unless the task is still to come.
  net::Loop* const loop = loop_;
  uint32_t before = posted_.load(std::memory_order_relaxed);
  uint32_t after;
  do {
    after = before | operation | kTask;
    if ((before & operation) != 0) after |= kTooMuch;
  } while (!posted_.compare_exchange_weak(before, after, std::memory_order_acq_rel, std::memory_order_relaxed));
  if ((before & kTask) == 0) loop->Post(this);
}

void DirectStreamCall::Run() {
  posted_.fetch_and(~static_cast<uint32_t>(kTask), std::memory_order_acq_rel);
  TakePosted();
  React();
}

void DirectStreamCall::TakePosted() {
  if ((posted_.load(std::memory_order_relaxed) & ~kTask) == 0) return;
  const uint32_t posted = posted_.fetch_and(kTask, std::memory_order_acq_rel);
  if ((posted & kTooMuch) != 0) FailTooMuch();
  if ((posted & kSendInitialMetadata) != 0) DoSendInitialMetadata();
  if ((posted & kRead) != 0) DoRead(posted_read_);
  if ((posted & kWrite) != 0) DoWrite(posted_write_, posted_compress_);
  if ((posted & kWriteAndFinish) != 0) DoFinish(posted_write_, posted_compress_, posted_status_);
  if ((posted & kFinish) != 0) DoFinish(nullptr, true, posted_status_);
}

void DirectStreamCall::DoSendInitialMetadata() {
  if (send_headers_ != Operation::kIdle) return FailTooMuch();
  if (!answered_) {
    Error error = SendHeaders(false);
    if (!error.ok()) Fail(std::move(error));
  }
  send_headers_ = answered_ ? Operation::kFailed : Operation::kSucceeded;
}

void DirectStreamCall::DoRead(void* message) {
  if (read_ != Operation::kIdle) return FailTooMuch();
  read_into_ = message;
  if (!kept_.empty()) {
    Payload next = std::move(kept_[first_kept_++]);
    if (first_kept_ == kept_.size()) DropKept();
    ReadFrom(std::move(next));
  } else {
    read_ = answered_ || half_closed_ ? Operation::kFailed : Operation::kOutstanding;
  }
}

void DirectStreamCall::DoWrite(const void* message, bool compress) {
  if (write_ != Operation::kIdle) return FailTooMuch();
  if (answered_) {
    write_ = Operation::kFailed;
    return;
  }
  Error error = message_.Prepare(responder_->codec(), method_->types().response, message);
  if (error.ok()) error = SendHeaders(true);
  if (error.ok()) {
    const bool full = SendPrepared(compress) == SendResult::kFull;
    write_ = full ? Operation::kOutstanding : Operation::kSucceeded;
  } else {
    Fail(std::move(error));
    write_ = Operation::kFailed;
  }
}

void DirectStreamCall::DoFinish(const void* message, bool compress, const grpc::Status& status) {
  // A write that another thread started before goes first.
  TakePosted();
  if (finished_) return;
  finished_ = true;
  if (!answered_) Answer(message, compress, status);
  DropKept();
  if (read_ == Operation::kOutstanding) read_ = Operation::kFailed;
  // It was taken, and OnWritable comes no more.
  if (write_ == Operation::kOutstanding) write_ = Operation::kSucceeded;
}

void DirectStreamCall::Answer(const void* message, bool compress, const grpc::Status& status) {
  answered_ = true;
  end_.Clear();
  if (!status.ok()) end_.error = FromGrpcStatus(status);
  if (end_.error.ok() && message == nullptr) message = response_;
  // A single response counts only in success; a message of a stream goes ahead of any end.
  if (!end_.error.ok() && !ServerStreams(method_->types().stream_type)) message = nullptr;
  Error error = context_.TakeTrailingMetadata(&end_.trailers);
  if (error.ok() && message != nullptr) {
    error = message_.Prepare(responder_->codec(), method_->types().response, message);
  }
  if (error.ok()) error = SendHeaders(true);
  if (error.ok()) {
    if (message != nullptr) SendPrepared(compress);
  } else {
    end_.Clear();
    end_.error = std::move(error);
  }
  responder_->Finish(end_);
}

SendResult DirectStreamCall::SendPrepared(bool compress) {
  if (compress) return message_.Send(responder_);
  responder_->SetCompressing(false);
  const SendResult result = message_.Send(responder_);
  responder_->SetCompressing(true);
  return result;
}

// --- Reactions ---

void DirectStreamCall::ReactLater() {
  if (reacting_ || !has_reactor_) return;
  if ((posted_.fetch_or(kTask, std::memory_order_acq_rel) & kTask) == 0) loop_->Post(this);
}

bool DirectStreamCall::React() {
  if (reacting_ || !has_reactor_) return false;
  reacting_ = true;
  int left = kMaxReactionsPerTurn;
  for (int ran = ReactOnce(); ran > 0 && left > 0; ran = ReactOnce()) left -= ran;
  reacting_ = false;
  if (left <= 0) ReactLater();
  if (!IsOver()) return false;
  End();
  return true;
}

// Each operation has its turn: a reactor that never ceases to write has its reads, too.
int DirectStreamCall::ReactOnce() {
  int ran = 0;
  if (std::exchange(cancel_due_, false)) {
    ++ran;
    Invoke([&] { adapter_->OnCancel(); });
  }
  const auto react = [&](Operation* operation, void (StreamAdapter::*reaction)(bool ok)) {
    if (*operation < Operation::kSucceeded) return;
    ++ran;
    const bool ok = std::exchange(*operation, Operation::kIdle) == Operation::kSucceeded;
    Invoke([&] { (adapter_.get()->*reaction)(ok); });
  };
  react(&send_headers_, &StreamAdapter::OnSendInitialMetadataDone);
  react(&write_, &StreamAdapter::OnWriteDone);
  react(&read_, &StreamAdapter::OnReadDone);
  return ran;
}

template <class Reaction>
void DirectStreamCall::Invoke(Reaction reaction) {
  try {
    reaction();
  } catch (...) {
    // Nobody knows whether Finish will ever be called: it is taken as called.
    if (finished_) return;
    Fail(Error(Code::kUnknown, "Unexpected error in RPC handling"));
    finished_ = true;
  }
}

bool DirectStreamCall::IsOver() const {
  return finished_ && !cancel_due_ && read_ == Operation::kIdle && write_ == Operation::kIdle &&
         send_headers_ == Operation::kIdle && posted_.load(std::memory_order_acquire) == 0;
}

void DirectStreamCall::End() {
  if (std::exchange(has_reactor_, false)) Invoke([&] { adapter_->OnDone(); });
  context_.End();
  Release();
}

void DirectStreamCall::Release() {
  response_ = nullptr;
  arena_.Reset();
  posted_status_ = grpc::Status();
  if (kept_.capacity() > kMaxSpareKept) std::vector<Payload>().swap(kept_);
  std::exchange(responder_, nullptr)->Done();
}

// --- Messages ---

Error DirectStreamCall::SendHeaders(bool goes_with_more) {
  if (headers_sent_) return Error();
  headers_sent_ = true;
  headers_.Clear();
  Error error = context_.TakeInitialMetadata(&headers_);
  if (!error.ok()) return error;
  // Where there are none, messages and ends bring a head of their own: with an error, one block is all of the answer.
  if (!headers_.empty() || !goes_with_more) responder_->SendHeaders(headers_);
  return Error();
}

void DirectStreamCall::ReadFrom(Payload bytes) {
  Error error = DecodeMessage(responder_->codec(), method_->types().request, std::move(bytes), read_into_);
  const bool ok = error.ok();
  // Not a half-close for the reactor, which would take it for the end of a good request.
  if (!ok) Fail(std::move(error));
  read_ = ok ? Operation::kSucceeded : Operation::kFailed;
}

void DirectStreamCall::Keep(Payload message) {
  message.EnsureOwned();
  kept_.push_back(std::move(message));
  if (reading_paused_) return;
  reading_paused_ = true;
  responder_->PauseReading();
}

void DirectStreamCall::DropKept() {
  kept_.clear();
  first_kept_ = 0;
  if (!reading_paused_) return;
  reading_paused_ = false;
  responder_->ResumeReading();
}

void DirectStreamCall::Fail(Error error) {
  if (!answered_) {
    end_.Clear();
    end_.error = std::move(error);
    responder_->Finish(end_);
  }
  Cancel();
}

void DirectStreamCall::Cancel() {
  answered_ = true;
  DropKept();
  if (read_ == Operation::kOutstanding) read_ = Operation::kFailed;
  if (write_ == Operation::kOutstanding) write_ = Operation::kFailed;
  if (cancelled_ || !has_reactor_) return;
  cancelled_ = cancel_due_ = true;
  context_.MarkCancelled();
}

void DirectStreamCall::FailTooMuch() {
  if (finished_) return;
  Fail(Error(Code::kInternal, "handler started an operation while another of its kind was under way"));
}

}  // namespace connectrpc::interop
