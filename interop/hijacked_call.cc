#include "interop/hijacked_call.h"

#include <grpc/impl/codegen/grpc_types.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "connectrpc/interop/grpc_status.h"
#include "interop/batch_operations.h"
#include "interop/byte_buffer.h"
#include "interop/context_options.h"

namespace connectrpc::interop {
namespace {

using Hook = grpc::experimental::InterceptionHookPoints;

constexpr size_t kDefaultMaxUnreadBytes = 256 * 1024;  // CallOptions::max_unread_bytes

StreamType ToStreamType(grpc::experimental::ClientRpcInfo::Type type) {
  using Type = grpc::experimental::ClientRpcInfo::Type;
  switch (type) {
    case Type::CLIENT_STREAMING:
      return StreamType::kClientStream;
    case Type::SERVER_STREAMING:
      return StreamType::kServerStream;
    case Type::BIDI_STREAMING:
      return StreamType::kBidiStream;
    default:
      return StreamType::kUnary;
  }
}

// What an unread message takes: buffer and slice around it, too.
size_t Cost(size_t message_bytes) {
  constexpr size_t kOverhead = 128;
  return message_bytes + kOverhead;
}

Error CanceledError() {
  return Error(Code::kCanceled, "CANCELLED");
}

Error UnreadableError() {
  return Error(Code::kInternal, "the response message cannot be parsed");
}

void Append(const HeaderList& fields, std::multimap<grpc::string_ref, grpc::string_ref>* metadata) {
  for (HeaderField field : fields) {
    metadata->emplace(grpc::string_ref(field.name.data(), field.name.size()),
                      grpc::string_ref(field.value.data(), field.value.size()));
  }
}

}  // namespace

HijackedCall::HijackedCall(Transport* transport, grpc::experimental::ClientRpcInfo* info)
    : transport_(transport),
      loop_(transport->PickLoop()),
      context_(info->client_context()),
      path_(info->method()),
      method_{path_, ToStreamType(info->type())},
      max_unread_bytes_(transport->defaults().max_unread_bytes.value_or(kDefaultMaxUnreadBytes)) {}

void HijackedCall::Intercept(Methods* methods) {
  if (methods->QueryInterceptionHookPoint(Hook::PRE_SEND_CANCEL)) {
    RequestCancel();
    return;
  }
  Stage stage = Stage::kSend;
  bool message_given = false;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    auto known = Find(methods);
    if (known == known_.end()) {
      known_.push_back({methods, Stage::kSend, false});
    } else {
      stage = known->stage == Stage::kSend ? Stage::kReceive : Stage::kFinish;
      known->stage = stage;
      message_given = known->message_given;
      if (stage == Stage::kFinish) known_.erase(known);
    }
  }
  switch (stage) {
    case Stage::kSend:
      Queue(methods);
      return;
    case Stage::kReceive:
      Receive(methods);
      return;
    case Stage::kFinish:
      if (message_given && !WasParsed(methods)) OnUnreadable(methods);
      methods->Proceed();
      return;
  }
}

std::vector<HijackedCall::Known>::iterator HijackedCall::Find(Methods* methods) {
  return std::find_if(known_.begin(), known_.end(), [&](const Known& known) { return known.methods == methods; });
}

void HijackedCall::Queue(Methods* methods) {
  Outgoing batch;
  batch.methods = methods;
  batch.has_message = methods->QueryInterceptionHookPoint(Hook::PRE_SEND_MESSAGE);
  // The buffer keeps its bytes: an empty one could not be failed.
  if (batch.has_message) batch.message = ToPayload(*methods->GetSerializedSendMessage());
  batch.closes = methods->QueryInterceptionHookPoint(Hook::PRE_SEND_CLOSE);
  Post([&] { queued_.push_back(std::move(batch)); });
}

void HijackedCall::RequestCancel() {
  Post([this] { cancel_requested_ = true; });
}

void HijackedCall::OnUnreadable(Methods* methods) {
  if (methods->QueryInterceptionHookPoint(Hook::POST_RECV_STATUS)) {
    *methods->GetRecvStatus() = ToGrpcStatus(UnreadableError());
  } else {
    Post([this] { unreadable_ = true; });
  }
}

template <class Change>
void HijackedCall::Post(Change change) {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    change();
    if (posted_ != nullptr) return;
    posted_ = shared_from_this();
  }
  loop_->Post(this);
}

void HijackedCall::Abandon() {
  Completion gone;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    if (!carried_ && posted_ == nullptr) return;
  }
  if (loop_->InLoop()) {
    LetGo();
    return;
  }
  Post([&] { abandoned_ = &gone; });
  gone.Wait();
}

void HijackedCall::LetGo() {
  ended_ = true;
  if (call_ != nullptr) std::exchange(call_, nullptr)->Release();
}

void HijackedCall::Run() {
  std::shared_ptr<HijackedCall> self;
  bool cancel = false;
  bool unreadable = false;
  Completion* abandoned = nullptr;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    self = std::move(posted_);
    sending_.swap(queued_);
    cancel = cancel_requested_;
    unreadable = std::exchange(unreadable_, false);
    abandoned = abandoned_;
  }
  if (abandoned != nullptr) {
    LetGo();
    abandoned->Notify();
    return;
  }
  if (unreadable && ended_ && error_.ok()) error_ = UnreadableError();
  if (unreadable) Cancel(UnreadableError());
  if (cancel) Cancel(CanceledError());
  for (Outgoing& batch : sending_) Send(&batch);
  sending_.clear();
}

void HijackedCall::Send(Outgoing* batch) {
  // With the first batch, whatever it asks for: deadline and cancellation must end it even if nothing is ever sent.
  if (!std::exchange(started_, true) && !ended_) Start();
  SendResult result = SendResult::kOk;
  if (call_ != nullptr && !cancel_told_) {
    if (batch->has_message) result = call_->Send(std::move(batch->message));
    if (batch->closes) call_->CloseSend();
  } else if (batch->has_message) {
    FailMessage(batch->methods);
  }
  if (result == SendResult::kFull && !batch->closes) {
    writing_.push_back(batch->methods);
    return;
  }
  Continue(batch->methods);
}

void HijackedCall::FailMessage(Methods* methods) {
  // A unary batch tells by its status how it went; applications take it that the batch itself does not fail.
  if (method_.stream_type != StreamType::kUnary) methods->FailHijackedSendMessage();
}

void HijackedCall::Start() {
  CallOptions options;
  Error error = KnowsOperations() ? ReadContext(context_, &options)
                                  : Error(Code::kUnimplemented, "this version of gRPC cannot be carried");
  if (!error.ok()) {
    End(std::move(error));
    return;
  }
  {
    std::lock_guard<std::mutex> lock(mutex_);
    carried_ = true;
  }
  call_ = transport_->Start(loop_, method_, options, this);
}

void HijackedCall::Continue(Methods* methods) {
  if (hijacked_) {
    methods->Proceed();
  } else {
    hijacked_ = true;
    methods->Hijack();
  }
}

void HijackedCall::Receive(Methods* methods) {
  Incoming batch;
  batch.methods = methods;
  batch.wants_headers = methods->QueryInterceptionHookPoint(Hook::PRE_RECV_INITIAL_METADATA);
  batch.wants_message = methods->QueryInterceptionHookPoint(Hook::PRE_RECV_MESSAGE);
  batch.wants_status = methods->QueryInterceptionHookPoint(Hook::PRE_RECV_STATUS);
  const bool first = !std::exchange(seen_first_, true);
  // So reactors begin, which ask for the status at once and go on reading: OnDone waits for their reads. With the other
  // stubs, who asks for the status has read what he wants to, unless he is still reading.
  if (first) asks_early_ = batch.wants_headers && !batch.wants_message && !batch.wants_status;
  const bool reads =
      std::any_of(receiving_.begin(), receiving_.end(), [](const Incoming& b) { return b.wants_message; });
  if (batch.wants_status && !batch.wants_message && !asks_early_ && !reads) Discard();
  receiving_.push_back(batch);
  Deliver();
}

void HijackedCall::Discard() {
  discards_ = true;
  unread_.clear();
  unread_bytes_ = 0;
  ResumeReading();
}

void HijackedCall::ResumeReading() {
  if (!reading_paused_) return;
  reading_paused_ = false;
  if (call_ != nullptr) call_->ResumeReading();
}

void HijackedCall::OnHeaders(const HeaderList& headers) {
  headers_ = headers;
  has_headers_ = true;
  Deliver();
}

void HijackedCall::OnMessage(Payload message) {
  has_headers_ = true;  // none will come any more
  if (discards_) return;
  if (!ServerStreams(method_.stream_type) && !unread_.empty()) {
    Cancel(Error(Code::kUnimplemented, "more than one response message"));
    return;
  }
  unread_bytes_ += Cost(message.size());
  unread_.push_back(ToByteBuffer(std::move(message)));
  Deliver();
  if (unread_bytes_ < max_unread_bytes_ || reading_paused_ || !ServerStreams(method_.stream_type)) return;
  reading_paused_ = true;
  call_->PauseReading();
}

void HijackedCall::OnWritable() {
  std::vector<Methods*> writing;
  writing.swap(writing_);
  for (Methods* methods : writing) Continue(methods);
}

void HijackedCall::OnEnd(const Error& error, const HeaderList& trailers) {
  trailers_ = trailers;
  End(error);
}

void HijackedCall::Cancel(Error reason) {
  if (ended_) return;
  Discard();
  if (call_ != nullptr) {
    cancel_told_ = true;
    call_->Cancel(std::move(reason));
  } else {
    End(std::move(reason));
  }
}

void HijackedCall::End(Error error) {
  // When the last batch has been finished the context may be destroyed at once, and gRPC's reference with it.
  std::shared_ptr<HijackedCall> self = shared_from_this();
  error_ = std::move(error);
  LetGo();
  {
    std::lock_guard<std::mutex> lock(mutex_);
    carried_ = false;
    // Of a cancellation and an end that met, the caller knows only the first.
    if (error_.ok() && cancel_requested_) error_ = CanceledError();
  }
  for (Methods* methods : writing_) FailMessage(methods);
  OnWritable();
  Deliver();
}

void HijackedCall::Deliver() {
  for (size_t i = 0; i < receiving_.size();) {
    if (!Ready(receiving_[i])) {
      ++i;
      continue;
    }
    Incoming batch = receiving_[i];
    receiving_.erase(receiving_.begin() + static_cast<ptrdiff_t>(i));
    Complete(batch);
    i = 0;  // the status may have waited for this message
  }
}

bool HijackedCall::Ready(const Incoming& batch) const {
  if (batch.wants_headers && !has_headers_ && !ended_) return false;
  if (batch.wants_status) return ended_ && (batch.wants_message || asks_early_ || unread_.empty());
  return !batch.wants_message || ended_ || !unread_.empty();
}

void HijackedCall::Complete(const Incoming& batch) {
  if (batch.wants_headers) Append(headers_, batch.methods->GetRecvInitialMetadata());
  bool message_given = false;
  if (batch.wants_message) {
    message_given = TakeMessage(batch);
    if (!message_given) batch.methods->FailHijackedRecvMessage();
  }
  if (batch.wants_status) FillStatus(batch.methods);
  {
    std::lock_guard<std::mutex> lock(mutex_);
    Find(batch.methods)->message_given = message_given;
  }
  batch.methods->Proceed();
}

bool HijackedCall::TakeMessage(const Incoming& batch) {
  const bool single = batch.wants_status;
  if (single && !error_.ok()) return false;
  if (unread_.empty()) {
    if (single) error_ = Error(Code::kUnimplemented, "the response has no message");
    return false;
  }
  grpc::ByteBuffer message;
  message.Swap(&unread_.front());
  unread_.pop_front();
  unread_bytes_ -= Cost(message.Length());
  if (unread_bytes_ <= max_unread_bytes_ / 2) ResumeReading();
  if (GiveMessage(batch.methods, std::move(message))) return true;
  if (single) {
    error_ = UnreadableError();
  } else {
    Cancel(UnreadableError());
  }
  return false;
}

void HijackedCall::FillStatus(Methods* methods) {
  grpc::Status status = ToGrpcStatus(error_);
  // gRPC shows the details as a trailer, too.
  if (!error_.details.empty()) trailers_.Add("grpc-status-details-bin", status.error_details());
  Append(trailers_, methods->GetRecvTrailingMetadata());
  *methods->GetRecvStatus() = std::move(status);
}

}  // namespace connectrpc::interop
