#include "client/stream_call.h"

#include <google/protobuf/message_lite.h>

#include <utility>

namespace connectrpc::client {
namespace {

constexpr size_t kDefaultMaxUnreadBytes = 256 * 1024;
// Requests that the loop has not handed to the transport yet; the transport bounds what it holds itself.
constexpr size_t kMaxUnsentBytes = 64 * 1024;

size_t MaxUnreadBytes(const CallOptions& options, const CallOptions& defaults) {
  return options.max_unread_bytes.value_or(defaults.max_unread_bytes.value_or(kDefaultMaxUnreadBytes));
}

// A thread that waits.
class BlockedThread final : public StreamCall::Waiter {
 public:
  using Waiter::Waiter;
  void OnReady() override { ready_.Notify(); }
  Completion* ready() { return &ready_; }

 private:
  Completion ready_;
};

}  // namespace

class StreamCall::CallbackRead final : public Waiter {
 public:
  CallbackRead(StreamCall* call, ResponseSlot message, std::function<void(bool)> done)
      : Waiter(call, Condition::kMessage), message_(message), done_(std::move(done)) {
    call->Ref();
  }

  void OnReady() override {
    Payload encoded;
    Complete(call()->TakeMessage(&encoded) == Take::kMessage && call()->Decode(&encoded, message_));
  }
  CallbackRead* AsCallbackRead() override { return this; }
  void OnMessage(Payload* encoded) { Complete(call()->Decode(encoded, message_)); }

 private:
  void Complete(bool read) {
    done_(read);
    call()->Unref();
    delete this;
  }

  const ResponseSlot message_;
  const std::function<void(bool)> done_;
};

class StreamCall::CallbackWrite final : public Waiter {
 public:
  CallbackWrite(StreamCall* call, bool queued, std::function<void(bool)> done)
      : Waiter(call, Condition::kWritable), queued_(queued), done_(std::move(done)) {
    call->Ref();
  }

  void OnReady() override {
    bool taken;
    {
      std::lock_guard<std::mutex> lock(call()->mutex_);
      taken = queued_ && !call()->GivenUpLocked();
    }
    done_(taken);
    call()->Unref();
    delete this;
  }

 private:
  const bool queued_;
  const std::function<void(bool)> done_;
};

StreamCall::StreamCall(const std::shared_ptr<Transport>& transport, CallLoop* loop, const MethodSpec& method,
                       const CallOptions& options)
    : CallState(loop, options.cancellation),
      transport_(transport),
      method_(method),
      max_unread_bytes_(MaxUnreadBytes(options, transport->defaults())),
      options_(&options) {}

StreamCall* StreamCall::Start(const std::shared_ptr<Transport>& transport, const MethodSpec& method,
                              const CallOptions& options, const MessageLite* request) {
  auto* const call = new StreamCall(transport, transport->PickLoop(), method, options);
  call->failure_ = ChooseCodec(options, transport->defaults(), &call->codec_);
  if (request != nullptr) {
    Payload encoded;
    if (call->failure_.ok()) call->failure_ = EncodeMessage(call->codec_, *request, &encoded);
    call->unsent_.Push(std::move(encoded));
    call->close_requested_ = true;
  }
  call->Ref();  // until the end
  call->Ref();  // for Run
  call->pump_posted_ = true;
  if (call->loop()->InLoop()) {
    call->Run();
  } else {
    call->options_ = &call->kept_options_.emplace(options);
    call->PostPump();
  }
  return call;
}

// On the loop.

void StreamCall::Run() {
  Pump();
  Unref();
}

void StreamCall::Pump() {
  bool abandoned, resume;
  Error reason;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    pump_posted_ = false;
    if (ended_) return;
    abandoned = abandoned_;
    resume = std::exchange(resume_wanted_, false) && std::exchange(reading_paused_, false);
    reason = reason_;
  }
  if (abandoned) {
    TransportCall* const call = std::exchange(call_, nullptr);
    if (call != nullptr) call->Release();
    End(CanceledByCaller(), HeaderList());
    return;
  }
  if (!begun_) BeginCall();
  if (call_ == nullptr) return;
  if (!reason.ok() && !std::exchange(cancel_told_, true)) call_->Cancel(std::move(reason));
  if (resume) call_->ResumeReading();
  SendQueued();
  Advance();
}

void StreamCall::BeginCall() {
  begun_ = true;
  Error error;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    error = failure_.ok() ? reason_ : failure_;
    if (error.ok() && !abandoned_) watching_ = Watch();
    if (error.ok() && !watching_) error = CanceledByCaller();
  }
  if (error.ok()) {
    call_ = transport_->Start(loop(), method_, *options_, this);
  } else {
    End(std::move(error), HeaderList());  // inside of Start no callback waits for it yet
  }
  options_ = nullptr;
  kept_options_.reset();
}

void StreamCall::SendQueued() {
  for (;;) {
    Payload message;
    {
      std::lock_guard<std::mutex> lock(mutex_);
      // What was wished for after a cancellation must not get ahead of it: a server would take the call for complete.
      if (transport_full_ || half_closed_ || GivenUpLocked() || CanceledLocked()) return;
      if (unsent_.empty()) {
        if (!close_requested_) return;
        half_closed_ = true;
      } else {
        message = unsent_.Pop();
      }
    }
    if (half_closed_) {
      call_->CloseSend();
    } else if (call_->Send(std::move(message)) == SendResult::kFull) {
      std::lock_guard<std::mutex> lock(mutex_);
      transport_full_ = true;
    }
  }
}

void StreamCall::OnHeaders(const HeaderList& headers) {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    headers_ = headers;
    headers_known_ = true;
  }
  Advance();
}

void StreamCall::OnMessage(Payload message) {
  CallbackRead* reader = nullptr;
  bool pause = false, second = false;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    if (drop_unread_ || abandoned_ || !failure_.ok() || !reason_.ok()) return;
    ++messages_received_;
    second = !ServerStreams(method_.stream_type) && messages_received_ > 1;
    if (!second && unread_.empty()) reader = TakeCallbackRead();
    if (!second && reader == nullptr) {
      message.EnsureOwned();
      unread_.Push(std::move(message));
      pause = unread_.cost() >= max_unread_bytes_ && !std::exchange(reading_paused_, true);
    }
  }
  if (second) {
    Fail(SecondResponse());
  } else if (reader != nullptr) {
    reader->OnMessage(&message);
  } else {
    Advance();
    // A reader may have made room in the meantime: what it wished for comes after, with Pump.
    if (pause) call_->PauseReading();
  }
}

void StreamCall::OnWritable() {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    transport_full_ = false;
  }
  SendQueued();
  Advance();
}

void StreamCall::OnCanceled() {
  Cancel(CanceledByCaller());
}

void StreamCall::OnEnd(const Error& error, const HeaderList& trailers) {
  std::exchange(call_, nullptr)->Release();
  End(error, trailers);
}

void StreamCall::End(Error error, const HeaderList& trailers) {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    ended_ = true;
    // Of a cancellation and an end that met, the caller knows only the first.
    if (error.ok()) error = std::move(reason_);
    if (error.ok() && CanceledLocked()) error = CanceledByCaller();
    UnwatchLocked();
    const bool one_response = !ServerStreams(method_.stream_type);
    if (failure_.ok() && error.ok() && one_response && messages_received_ == 0) {
      failure_ = NoResponse();
    }
    error_ = failure_.ok() ? std::move(error) : WithMetadata(std::move(failure_), headers_, trailers);
    trailers_ = trailers;
    unsent_.Clear();
  }
  Advance();
  Unref();
}

void StreamCall::GoOn(Waiter* waiter) {
  if (Holds(waiter->condition_)) {
    waiter->OnReady();
  } else {
    List(waiter);
  }
}

void StreamCall::List(Waiter* waiter) {
  Waiter** link = &waiting_;
  while (*link != nullptr) link = &(*link)->next_waiting_;
  waiter->next_waiting_ = nullptr;
  *link = waiter;
}

void StreamCall::Advance() {
  Waiter** link = &waiting_;
  while (*link != nullptr) {
    Waiter* const waiter = *link;
    if (Holds(waiter->condition_)) {
      *link = waiter->next_waiting_;
      waiter->OnReady();
    } else {
      link = &waiter->next_waiting_;
    }
  }
}

bool StreamCall::Holds(Condition condition) const {
  std::lock_guard<std::mutex> lock(mutex_);
  if (ended_) return true;
  switch (condition) {
    case Condition::kMessage:
      return !unread_.empty();
    case Condition::kWritable:
      return GivenUpLocked() || (unsent_.empty() && !transport_full_);
    case Condition::kHeaders:
      return headers_known_;
    case Condition::kEnd:
      return false;
  }
  return false;
}

StreamCall::CallbackRead* StreamCall::TakeCallbackRead() {
  for (Waiter** link = &waiting_; *link != nullptr; link = &(*link)->next_waiting_) {
    CallbackRead* const reader = (*link)->AsCallbackRead();
    if (reader == nullptr) continue;
    *link = (*link)->next_waiting_;
    return reader;
  }
  return nullptr;
}

// On any thread.

void StreamCall::UnwatchLocked() {
  if (std::exchange(watching_, false)) Unwatch();
}

bool StreamCall::NeedPumpLocked() {
  if (ended_ || pump_posted_) return false;
  pump_posted_ = true;
  Ref();
  return true;
}

bool StreamCall::Wait(Condition condition) {
  if (loop()->InLoop()) {
    Cancel(BlockedOnLoop());
    return false;
  }
  BlockedThread thread(this, condition);
  loop()->RunUntil(&thread, thread.ready());
  return true;
}

void StreamCall::Await(Waiter* waiter) {
  if (loop()->InLoop() && !Holds(waiter->condition_)) {
    List(waiter);  // whatever makes it hold from now on also makes Advance run
  } else {
    Ref();  // the callback may destroy the handle, and with it the loop, before Post has returned
    loop()->Post(waiter);
    Unref();
  }
}

StreamCall::Take StreamCall::TakeMessage(Payload* message) {
  bool pump = false;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    if (unread_.empty()) return ended_ || drop_unread_ || !failure_.ok() ? Take::kEnd : Take::kNothingYet;
    *message = unread_.Pop();
    // Not with each message: what half the room holds is sent at once.
    if (reading_paused_ && !resume_wanted_ && unread_.cost() <= max_unread_bytes_ / 2) {
      resume_wanted_ = true;
      pump = NeedPumpLocked();
    }
  }
  if (pump) PostPump();
  return Take::kMessage;
}

bool StreamCall::Decode(Payload* encoded, const ResponseSlot& message) {
  Error error = DecodeResponse(codec_, encoded, message);
  if (error.ok()) return true;
  ClearResponse(message);
  Fail(std::move(error));
  return false;
}

void StreamCall::Fail(Error error) {
  bool pump = false;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    unread_.Clear();
    if (ended_) {
      error_ = WithMetadata(std::move(error), headers_, trailers_);
    } else if (failure_.ok()) {
      failure_ = std::move(error);
      if (reason_.ok()) reason_ = failure_;
      pump = NeedPumpLocked();
    }
  }
  if (pump) PostPump();
}

bool StreamCall::Read(ResponseSlot message) {
  for (;;) {
    Payload encoded;
    switch (TakeMessage(&encoded)) {
      case Take::kMessage:
        return Decode(&encoded, message);
      case Take::kEnd:
        return false;
      case Take::kNothingYet:
        if (!Wait(Condition::kMessage)) return false;
    }
  }
}

void StreamCall::Read(ResponseSlot message, std::function<void(bool)> done) {
  Await(new CallbackRead(this, message, std::move(done)));
}

bool StreamCall::Queue(const MessageLite& message) {
  Payload encoded;
  Error error = EncodeMessage(codec_, message, &encoded);
  if (!error.ok()) {
    Fail(std::move(error));
    return false;
  }
  bool pump;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    if (!MayWriteLocked()) return false;
    unsent_.Push(std::move(encoded));
    pump = NeedPumpLocked();
  }
  if (pump) PostPump();
  return true;
}

bool StreamCall::Write(const MessageLite& message) {
  bool wait;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    if (!MayWriteLocked()) return false;
    wait = transport_full_ || unsent_.cost() >= kMaxUnsentBytes;
  }
  if (wait && !Wait(Condition::kWritable)) return false;
  return Queue(message);
}

void StreamCall::Write(const MessageLite& message, std::function<void(bool)> done) {
  Await(new CallbackWrite(this, Queue(message), std::move(done)));
}

void StreamCall::CloseSend() {
  bool pump;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    if (std::exchange(close_requested_, true)) return;
    pump = NeedPumpLocked();
  }
  if (pump) PostPump();
}

const HeaderList& StreamCall::headers() {
  bool wait;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    wait = !headers_known_ && !ended_;
  }
  return wait && !Wait(Condition::kHeaders) ? nothing_ : headers_;
}

const HeaderList& StreamCall::trailers() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return ended_ ? trailers_ : nothing_;
}

void StreamCall::DropUnread() {
  bool pump = false;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    drop_unread_ = true;
    unread_.Clear();
    if (reading_paused_) {
      resume_wanted_ = true;
      pump = NeedPumpLocked();
    }
  }
  if (pump) PostPump();
}

Error StreamCall::error() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return ended_ ? error_ : BlockedOnLoop();
}

UnaryOutcome StreamCall::Outcome(ResponseSlot response) {
  UnaryOutcome outcome;
  outcome.error = error();
  std::lock_guard<std::mutex> lock(mutex_);
  if (!ended_) return outcome;
  outcome.headers = headers_;
  outcome.trailers = trailers_;
  if (!error_.ok()) return outcome;
  // Stays where it is: the answer may be asked for again.
  Error error = unread_.empty() ? NoResponse() : DecodeKeptResponse(codec_, &unread_.front(), response);
  if (!error.ok()) {
    ClearResponse(response);
    error_ = outcome.error = WithMetadata(std::move(error), headers_, trailers_);
  }
  return outcome;
}

void StreamCall::Cancel(Error reason) {
  bool pump;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    if (!reason_.ok()) return;
    // Of messages that came before, none is read after it: how far the network was ahead of the reader decides nothing.
    const bool unread = ServerStreams(method_.stream_type) && !unread_.empty();
    if (unread) unread_.Clear();
    if (ended_) {
      if (unread) error_ = std::move(reason);
      return;
    }
    reason_ = std::move(reason);
    pump = NeedPumpLocked();
  }
  if (pump) PostPump();
}

void StreamCall::Abandon() {
  bool pump;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    abandoned_ = true;
    UnwatchLocked();
    unread_.Clear();
    pump = NeedPumpLocked();
  }
  if (pump) PostPump();
  Unref();
}

}  // namespace connectrpc::client
