#include "transport/http_call.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "protocol/metadata_fields.h"
#include "transport/call_pool.h"
#include "transport/credentials.h"
#include "wire/metadata.h"

namespace connectrpc::transport {
namespace {

// How often a request is sent again that nobody has looked at. More often than not the next connection takes it; a
// server that refuses everything must not keep us busy.
constexpr int kMaxResends = 3;
constexpr size_t kDefaultMaxMessageBytes = 4 * 1024 * 1024;
// Servers take the time from what we told them, in milliseconds rounded down: they may be that much ahead.
constexpr std::chrono::milliseconds kTimeoutRounding{1};

template <class T>
T Pick(const std::optional<T>& mine, const std::optional<T>& defaults, T otherwise) {
  if (mine.has_value()) return *mine;
  return defaults.has_value() ? *defaults : std::move(otherwise);
}

std::string_view PickName(const std::optional<std::string>& mine, const std::optional<std::string>& defaults,
                          std::string_view otherwise) {
  if (mine.has_value()) return *mine;
  return defaults.has_value() ? std::string_view(*defaults) : otherwise;
}

Error DeadlineExceeded() {
  return Error(Code::kDeadlineExceeded, "deadline exceeded");
}

}  // namespace

void HttpCall::Begin(LoopContext* context, CallPool* pool, const MethodSpec& method, const CallOptions& options,
                     TransportCall::Receiver* receiver) {
  context_ = context;
  pool_ = pool;
  method_ = &method;
  receiver_ = receiver;
  state_ = State::kCollecting;
  Error wrong = Configure(options);
  if (!wrong.ok()) return EndLater(std::move(wrong));
  context_->budget.OnCall(now());
  if (deadline_ <= now()) return EndLater(DeadlineExceeded());
  SetTimer();
  TakeConnection();
}

void HttpCall::Clear() {
  metadata_.Clear();
  deadline_ = retry_at_ = wire::kNever;
  retry_ = nullptr;
  own_retry_.reset();
  state_ = State::kEnded;
  avoid_ = nullptr;
  replay_.Clear();
  attempts_ = resends_ = 0;
  error_ = Error();
  may_repeat_ = true;
  headers_told_ = send_closed_ = reading_paused_ = waits_writable_ = poll_due_ = resume_due_ = false;
}

Error HttpCall::Configure(const CallOptions& options) {
  const Config& config = *context_->config;
  const CallOptions& defaults = config.options.defaults;
  codec_ = PickName(options.codec, defaults.codec, "proto");
  if (codec_ != "proto" && codec_ != "json") {
    return Error(Code::kInvalidArgument, "unknown codec \"" + wire::Quoted(codec_) + "\"");
  }
  const std::string_view compression = PickName(options.compression, defaults.compression, "identity");
  start_.compressor = config.compressions.Find(compression);
  if (start_.compressor == nullptr && compression != "identity" && !compression.empty()) {
    return Error(Code::kInvalidArgument, "unknown compression \"" + wire::Quoted(compression) + "\"");
  }
  metadata_ = defaults.headers;
  for (const HeaderField field : options.headers) metadata_.Add(field.name, field.value);
  Error wrong = CheckHeaders();
  if (!wrong.ok()) return wrong;

  start_.method = method_;
  start_.protocol = config.options.protocol;
  start_.codec = codec_;
  start_.use_get = Pick(options.http_get, defaults.http_get, false);
  start_.max_message_bytes = Pick(options.max_message_bytes, defaults.max_message_bytes, kDefaultMaxMessageBytes);
  start_.metadata = &metadata_;
  wait_for_ready = Pick(options.wait_for_ready, defaults.wait_for_ready, false);
  if (options.retry.has_value()) {
    own_retry_ = options.retry;
    retry_ = &*own_retry_;
  } else if (defaults.retry.has_value()) {
    retry_ = &*defaults.retry;
  }
  const std::optional<std::chrono::nanoseconds>& timeout =
      options.timeout.has_value() ? options.timeout : defaults.timeout;
  if (timeout.has_value()) deadline_ = wire::DeadlineAfter(now(), *timeout);
  return Error();
}

Error HttpCall::CheckHeaders() const {
  Error wrong = protocol::CheckRequestMetadata(metadata_);
  if (!wrong.ok() || context_->config->credentials_allowed) return wrong;
  return CheckNoCredentials(metadata_);
}

void HttpCall::SetTimer() {
  const wire::TimePoint retry_at = state_ == State::kBackingOff ? retry_at_ : wire::kNever;
  context_->loop().Arm(this, std::min(deadline_, retry_at));
}

void HttpCall::OnTimer() {
  if (deadline_ <= now()) {
    EndLater(DeadlineExceeded());
    DeliverEnd();
    return;
  }
  state_ = State::kCollecting;
  SetTimer();
  TakeConnection();
}

// --- Attempts ---

void HttpCall::TakeConnection() {
  // A request of one message is complete when it begins: its length is known then, and an HTTP/1.1 connection is not
  // taken for longer than need be.
  if (!ClientStreams(method_->stream_type) && !send_closed_) return;
  state_ = State::kWaiting;
  Connection* const connection = context_->pool->Take(this, std::exchange(avoid_, nullptr));
  if (connection != nullptr) StartAttempt(connection);
}

void HttpCall::OnConnection(Connection* connection) {
  StartAttempt(connection);
}

void HttpCall::OnUnavailable(const Error& error) {
  state_ = State::kCollecting;
  // Whatever the method is, nothing of it has been sent.
  ++attempts_;
  if (Retry(error, Idempotency::kIdempotent)) return;
  EndLater(deadline_ <= now() ? DeadlineExceeded() : error);
  DeliverEnd();
}

void HttpCall::StartAttempt(Connection* connection) {
  state_ = State::kRunning;
  ++attempts_;
  attempt_ = pool_->attempts().Take();
  start_.timeout.reset();
  if (deadline_ != wire::kNever) start_.timeout = deadline_ - now();
  Error wrong = attempt_->Begin(context_->config, start_, this, &pool_->attempts());
  if (!wrong.ok()) {
    DropAttempt();
    return EndLater(std::move(wrong));
  }
  if (reading_paused_) attempt_->PauseReading();
  bool good = true;
  for (size_t i = 0; good && i < replay_.size(); ++i) good = attempt_->SendMessage(replay_.Get(i));
  if (good && send_closed_) good = attempt_->CloseSend();
  if (!good) return PollLater();
  attempt_->Start(connection);
  if (waits_writable_) attempt_->WatchOutput(context_->config->options.limits.max_stream_output_bytes);
  if (replay_.bytes() > context_->config->options.limits.max_replay_bytes) StopReplay();
}

void HttpCall::StopReplay() {
  may_repeat_ = false;
  replay_.Clear();
}

bool HttpCall::Resend() {
  if (!may_repeat_ || !attempt_->refused() || resends_ == kMaxResends) return false;
  ++resends_;
  --attempts_;
  context_->stats.resends.Add(1);
  avoid_ = attempt_->connection();
  DropAttempt();
  TakeConnection();
  return true;
}

bool HttpCall::Retry(const Error& error, Idempotency idempotency) {
  if (!may_repeat_ || retry_ == nullptr) return false;
  const std::optional<wire::Duration> delay =
      RetryDelay(*retry_, {idempotency, attempts_, &error}, context_->Random(), now(), &context_->budget);
  // Not where it would only be waiting for the deadline.
  if (!delay.has_value() || wire::DeadlineAfter(now(), *delay) >= deadline_) return false;
  context_->stats.retries.Add(1);
  if (attempt_ != nullptr) avoid_ = attempt_->connection();
  DropAttempt();
  state_ = State::kBackingOff;
  retry_at_ = wire::DeadlineAfter(now(), *delay);
  SetTimer();
  return true;
}

void HttpCall::DropAttempt() {
  if (attempt_ != nullptr) std::exchange(attempt_, nullptr)->Abandon();
}

// --- What comes back ---

void HttpCall::OnHeaders(const HeaderList& headers) {
  StopReplay();
  headers_told_ = true;
  const bool outer = std::exchange(busy_, true);
  receiver_->OnHeaders(headers);
  busy_ = outer;
  FreeIfUnused();
}

void HttpCall::OnMessage(Payload message) {
  StopReplay();
  const bool outer = std::exchange(busy_, true);
  receiver_->OnMessage(std::move(message));
  busy_ = outer;
  FreeIfUnused();
}

void HttpCall::OnOutput() {
  waits_writable_ = false;
  const bool outer = std::exchange(busy_, true);
  receiver_->OnWritable();
  busy_ = outer;
  FreeIfUnused();
}

void HttpCall::OnEnd() {
  const Error& error = attempt_->end().error;
  if (!error.ok()) {
    if (OutOfTime(error)) {
      error_ = DeadlineExceeded();
      error_.metadata = error.metadata;
    } else if (Resend() || Retry(error, method_->idempotency)) {
      return;
    }
  }
  state_ = State::kEnding;
  DeliverEnd();
}

// What a server does to a call whose time is up can look like anything but that.
bool HttpCall::OutOfTime(const Error& error) const {
  if (deadline_ == wire::kNever || deadline_ - now() >= kTimeoutRounding) return false;
  return attempt_->broken() || error.code == Code::kCanceled;
}

void HttpCall::DeliverEnd() {
  if (state_ != State::kEnding) return;
  state_ = State::kEnded;
  context_->loop().Disarm(this);
  const bool outer = std::exchange(busy_, true);
  if (receiver_ != nullptr) {
    // Those of an answer that is only an error could not be told before it was certain that it is not tried again.
    const bool answered = attempt_ != nullptr && error_.ok();
    if (answered && !headers_told_ && !attempt_->headers().empty()) receiver_->OnHeaders(attempt_->headers());
    if (receiver_ == nullptr) {  // has let go just now
    } else if (answered) {
      receiver_->OnEnd(attempt_->end().error, attempt_->end().trailers);
    } else {
      receiver_->OnEnd(error_, HeaderList());
    }
  }
  DropAttempt();
  busy_ = outer;
  FreeIfUnused();
}

// --- What the receiver wants ---

SendResult HttpCall::Send(Payload message) {
  if (!active()) return SendResult::kOk;
  if (attempt_ == nullptr || KeepsToo(message.size())) {
    replay_.Add(std::move(message));
    if (attempt_ == nullptr) return CheckOutput(replay_.bytes());
    message = replay_.Get(replay_.size() - 1);
  } else {
    StopReplay();
  }
  if (!attempt_->SendMessage(std::move(message))) PollLater();
  return CheckOutput(attempt_->output_bytes());
}

bool HttpCall::KeepsToo(size_t bytes) const {
  return may_repeat_ && replay_.bytes() + bytes <= context_->config->options.limits.max_replay_bytes;
}

SendResult HttpCall::CheckOutput(size_t bytes) {
  const size_t limit = context_->config->options.limits.max_stream_output_bytes;
  if (bytes < limit) return SendResult::kOk;
  waits_writable_ = true;
  if (attempt_ != nullptr) attempt_->WatchOutput(limit);
  return SendResult::kFull;
}

void HttpCall::CloseSend() {
  if (!active() || send_closed_) return;
  send_closed_ = true;
  if (attempt_ != nullptr) {
    if (!attempt_->CloseSend()) PollLater();
  } else if (state_ == State::kCollecting) {
    TakeConnection();
  }
}

void HttpCall::PauseReading() {
  reading_paused_ = true;
  resume_due_ = false;
  if (attempt_ != nullptr) attempt_->PauseReading();
}

void HttpCall::ResumeReading() {
  reading_paused_ = false;
  if (attempt_ == nullptr) return;
  if (attempt_->holds()) {
    resume_due_ = true;
    ScheduleRun();
  } else {
    attempt_->ResumeReading();
  }
}

void HttpCall::Cancel(Error reason) {
  if (!active()) return;
  if (reason.ok()) reason = Error(Code::kCanceled, "canceled");
  EndLater(std::move(reason));
}

void HttpCall::Release() {
  receiver_ = nullptr;
  if (state_ == State::kWaiting) context_->pool->Forget(this);
  context_->loop().Disarm(this);
  state_ = State::kEnded;
  DropAttempt();
  FreeIfUnused();
}

// --- Ends ---

void HttpCall::EndLater(Error error) {
  if (!active()) return;
  if (state_ == State::kWaiting) context_->pool->Forget(this);
  if (attempt_ != nullptr) {
    attempt_->Fail(std::move(error));
  } else {
    error_ = std::move(error);
  }
  state_ = State::kEnding;
  ScheduleRun();
}

void HttpCall::PollLater() {
  poll_due_ = true;
  ScheduleRun();
}

void HttpCall::ScheduleRun() {
  if (run_scheduled_) return;
  run_scheduled_ = true;
  context_->loop().Defer(this);
}

void HttpCall::Run() {
  run_scheduled_ = false;
  const bool outer = std::exchange(busy_, true);
  if (state_ == State::kEnding) {
    DeliverEnd();
  } else {
    if (std::exchange(poll_due_, false) && attempt_ != nullptr) attempt_->Poll();
    if (std::exchange(resume_due_, false) && attempt_ != nullptr) attempt_->ResumeReading();
  }
  busy_ = outer;
  FreeIfUnused();
}

void HttpCall::FreeIfUnused() {
  if (receiver_ == nullptr && !busy_ && !run_scheduled_) pool_->Free(this);
}

}  // namespace connectrpc::transport
