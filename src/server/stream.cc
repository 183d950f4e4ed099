#include "server/stream.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "server/connection.h"
#include "server/server_context.h"
#include "server/stream_pool.h"
#include "wire/connect_query.h"
#include "wire/metadata.h"
#include "wire/text.h"

namespace connectrpc::server {
namespace {

// Interceptors may have changed what was checked when it was read, and gRPC core aborts on what it does not allow.
Error CheckMetadata(const HeaderList& metadata) {
  for (HeaderField field : metadata) {
    const bool valid = wire::IsValidMetadataName(field.name) && !wire::IsReservedRequestName(field.name) &&
                       (wire::IsBinaryName(field.name) || wire::IsValidMetadataValue(field.value));
    if (!valid) {
      return Error(Code::kInternal, "interceptor left invalid metadata \"" + wire::Quoted(field.name) + "\"");
    }
  }
  return Error();
}

// The field, if there is exactly one of that name.
std::optional<std::string_view> FindOnly(const HeaderList& headers, std::string_view name) {
  std::optional<std::string_view> found;
  for (HeaderField field : headers) {
    if (field.name != name) continue;
    if (found.has_value()) return std::nullopt;
    found = field.value;
  }
  return found;
}

// 0 if it is not known. The session has checked the field.
size_t ContentLength(const HeaderList& headers) {
  const std::string_view text = headers.Find("content-length").value_or(std::string_view());
  size_t length = 0;
  std::from_chars(text.data(), text.data() + text.size(), length);
  return length;
}

}  // namespace

void Stream::Open(const ServerContext* context, net::Loop* loop, StreamPool* pool, Connection* connection) {
  context_ = context;
  loop_ = loop;
  pool_ = pool;
  connection_ = connection;
}

void Stream::Clear() {
  ClearHttp();
  call_.StopReading();
  plain_.Clear();
  chain_.Clear();
  connection_ = nullptr;
  route_ = nullptr;
  handler_ = nullptr;
  message_deadline_ = wire::kNever;
  call_active_ = handler_muted_ = held_ = handler_done_ = false;
  http_closed_ = reading_paused_ = waits_writable_ = announced = false;
  withheld_bytes_ = 0;
  counted_gathered = 0;
}

void Stream::DetachConnection() {
  connection_ = nullptr;
  head_.certificate = nullptr;
}

void Stream::OnHead(wire::EndStream end) {
  announced = true;
  if (head_problem == HeadProblem::kTargetTooLong) {
    AnswerError(Error(Code::kResourceExhausted, "request path is too long"), 414);
    return;
  }
  if (head_problem != HeadProblem::kNone) {
    const char* what =
        head_problem == HeadProblem::kTooLarge ? "request head is too large" : "request has too many headers";
    AnswerError(Error(Code::kResourceExhausted, what), 431);
    return;
  }
  if (IsForeignHost()) {
    AnswerStatus(421);
    return;
  }
  const std::string_view path = wire::SplitTarget(request.target).path;
  route_ = context_->routes.Find(RpcPath(path));
  if (route_ != nullptr) {
    StartRpc(end);
  } else if (!StartPlain(path, end)) {
    AnswerError(Error(Code::kUnimplemented, "unknown method " + wire::Quoted(path)), 404);
  }
}

bool Stream::IsForeignHost() const {
  const std::vector<std::string>& hosts = context_->options.allowed_hosts;
  if (hosts.empty()) return false;
  std::string_view host = request.authority;
  // A colon inside brackets belongs to an IPv6 address.
  const size_t colon = host.rfind(':');
  if (colon != std::string_view::npos && host.find(']', colon) == std::string_view::npos) host = host.substr(0, colon);
  return std::none_of(hosts.begin(), hosts.end(),
                      [&](const std::string& allowed) { return wire::EqualsIgnoreCase(allowed, host); });
}

std::string_view Stream::RpcPath(std::string_view path) const {
  const std::string& prefix = context_->options.path_prefix;
  if (path.substr(0, prefix.size()) != prefix) return {};
  return path.substr(prefix.size());
}

void Stream::StartRpc(wire::EndStream end) {
  const std::string_view method = request.method;
  if (context_->cors.enabled() && CorsPolicy::IsPreflight(request)) {
    context_->cors.AnswerPreflight(request, &response);
    body.ended = true;
    connection_->session().Respond(this);
    connection_->ScheduleFlush();
    return;
  }
  const bool get_allowed = route_->no_side_effects && route_->stream_type == StreamType::kUnary;
  if (method == "GET" && get_allowed) {
    StartCall({wire::Framing::kConnectGet, {}}, end);
    return;
  }
  if (method != "POST") {
    AnswerStatus(405, "allow", get_allowed ? "GET, POST" : "POST");
    return;
  }
  std::optional<wire::ContentType> content_type;
  if (const std::optional<std::string_view> text = FindOnly(request.headers, "content-type")) {
    content_type = wire::ParseContentType(*text);
  }
  if (!content_type.has_value()) {
    AnswerStatus(415, "accept-post", context_->accept_post);
    return;
  }
  // gRPC needs HTTP trailers, and streams need a framing of the body's end: neither is there in the older versions.
  wire::HttpVersion version = request.version;
  if ((content_type->framing == wire::Framing::kGrpc && version != wire::HttpVersion::kHttp2) ||
      (route_->stream_type != StreamType::kUnary && version == wire::HttpVersion::kHttp10)) {
    AnswerStatus(505);
    return;
  }
  StartCall(*content_type, end);
}

bool Stream::StartPlain(std::string_view path, wire::EndStream end) {
  const auto found = context_->options.http_handlers.find(path);
  const HttpHandler& handler =
      found != context_->options.http_handlers.end() ? found->second : context_->options.unknown_route;
  if (!handler) return false;
  if (!PlainExchange::IsAllowed(request.method)) {
    AnswerStatus(405, "allow", "GET, HEAD, POST");
    return true;
  }
  plain_.Start(&handler);
  if (end == wire::EndStream::kYes) FeedPlain({}, end);
  return true;
}

void Stream::FeedPlain(std::string_view bytes, wire::EndStream end) {
  if (!plain_.Append(bytes, context_->options.limits.max_unary_body_bytes)) {
    plain_.Clear();
    AnswerStatus(413);
  } else if (end == wire::EndStream::kYes) {
    plain_.Answer(request, connection_->peer(), &response, &body);
    plain_.Clear();
    SendHead();
  }
}

void Stream::StartCall(const wire::ContentType& content_type, wire::EndStream end) {
  started_ = loop_->Now();
  switch (call_.Start(context_->call_config, request, content_type, route_->stream_type, started_, &response, &body)) {
    case protocol::ServerCall::StartResult::kUnsupportedMediaType:
      AnswerStatus(415, "accept-post", context_->accept_post);
      return;
    case protocol::ServerCall::StartResult::kAnswered:
      call_active_ = true;
      FillHead();
      Flush();
      return;
    case protocol::ServerCall::StartResult::kStarted:
      break;
  }
  call_active_ = true;
  FillHead();
  if (!context_->options.interceptors.empty()) {
    Error refused = chain_.Begin(context_->options.interceptors, head_, call_.request_metadata());
    if (refused.ok()) refused = CheckMetadata(call_.request().metadata);
    if (!chain_.empty()) call_.SetFilter(&chain_);
    if (!refused.ok()) {
      Fail(std::move(refused));
      return;
    }
  }
  if (call_.deadline() != wire::kNever) loop_->Arm(this, call_.deadline());
  // A method that takes one message starts when that message is there: its handler never sees a request that is
  // refused.
  if (ClientStreams(route_->stream_type)) {
    AwaitMessage(true);
    StartHandler();
  }
  if (end == wire::EndStream::kYes) OnBody({}, end);
}

void Stream::FillHead() {
  const protocol::RequestMeta& meta = call_.request();
  peer_ = connection_->peer();
  head_.method = route_->method;
  head_.stream_type = route_->stream_type;
  head_.protocol = protocol::FamilyOf(meta.framing);
  head_.codec = meta.codec;
  head_.is_get = meta.framing == wire::Framing::kConnectGet;
  head_.http_version = request.version == wire::HttpVersion::kHttp2    ? 20
                       : request.version == wire::HttpVersion::kHttp11 ? 11
                                                                       : 10;
  head_.peer = peer_;
  head_.certificate = connection_->peer_certificate();
  head_.deadline = call_.deadline();
}

void Stream::AwaitMessage(bool awaited) {
  const wire::Duration wait = context_->options.deadlines.per_message;
  if (wait.count() == 0 || http_closed_ || call_.finished()) return;
  message_deadline_ = awaited ? wire::DeadlineAfter(loop_->Now(), wait) : wire::kNever;
  loop_->Arm(this, std::min(call_.deadline(), message_deadline_));
}

void Stream::StartHandler() {
  held_ = true;
  CallHandler* handler = route_->handler->Start(this);
  held_ = false;
  if (handler_done_) return;
  handler_ = handler;
  pool_->HandlerStarted();
}

void Stream::OnBody(std::string_view bytes, wire::EndStream end) {
  if (plain_.active()) {
    FeedPlain(bytes, end);
    ReleaseBody(bytes.size());
    return;
  }
  if (!call_active_ || call_.finished()) {
    ReleaseBody(bytes.size());
    return;
  }
  if (!bytes.empty() && call_.request().framing == wire::Framing::kConnectGet) {
    call_active_ = false;
    loop_->Disarm(this);
    AnswerStatus(415);
    ReleaseBody(bytes.size());
    return;
  }
  if (end == wire::EndStream::kNo && call_.request().framing == wire::Framing::kConnectUnary &&
      call_.gathered_bytes() == 0) {
    call_.ExpectBody(ContentLength(request.headers));
  }
  call_.Feed(bytes, end);
  Deliver();
  ReleaseBody(bytes.size());
}

void Stream::Deliver() {
  Payload message;
  for (;;) {
    switch (call_.Next(&message)) {
      case protocol::ServerCall::Event::kNone:
        return;
      case protocol::ServerCall::Event::kMessage:
        if (!DeliverMessage(std::move(message))) return;
        break;
      case protocol::ServerCall::Event::kHalfClosed:
        AwaitMessage(false);
        if (handler_ != nullptr && !handler_muted_) handler_->OnHalfClose();
        break;
      case protocol::ServerCall::Event::kFailed:
        loop_->Disarm(this);
        CancelHandler();
        Flush();
        return;
    }
  }
}

bool Stream::DeliverMessage(Payload message) {
  if (!chain_.empty()) {
    Error refused = chain_.OnRequest(message.view());
    if (!refused.ok()) {
      Fail(std::move(refused));
      return false;
    }
  }
  if (ClientStreams(route_->stream_type)) AwaitMessage(true);
  if (handler_ == nullptr && !handler_done_) StartHandler();
  if (handler_ != nullptr && !handler_muted_) handler_->OnMessage(std::move(message));
  return true;
}

void Stream::OnAborted() {
  plain_.Clear();
  if (!call_active_ || call_.finished()) return;
  Fail(request_ended ? Error(Code::kCanceled, "client closed the connection")
                     : Error(Code::kInvalidArgument, "request body is broken or incomplete"));
}

void Stream::OnTimer() {
  const bool whole_call = call_.deadline() <= loop_->Now();
  Fail(Error(Code::kDeadlineExceeded, whole_call ? "deadline exceeded" : "no message came in time"));
}

void Stream::Cancel(Error reason) {
  if (plain_.active()) {
    plain_.Clear();
    AnswerStatus(reason.code == Code::kDeadlineExceeded ? 408 : 503);
  } else if (call_active_ && !call_.finished()) {
    Fail(std::move(reason));
  } else {
    CancelHandler();
  }
}

void Stream::Fail(Error error) {
  loop_->Disarm(this);
  call_.Fail(std::move(error));
  CancelHandler();
  Flush();
}

void Stream::CloseHttp() {
  NotifyObservers();
  http_closed_ = true;
  loop_->Disarm(this);
  held_ = true;
  CancelHandler();
  held_ = false;
  ReleaseIfUnused();
}

void Stream::CancelHandler() {
  if (handler_ == nullptr || handler_muted_) return;
  handler_muted_ = true;
  handler_->OnCancel();
}

void Stream::NotifyObservers() {
  if (!call_active_ || context_->options.observers.empty()) return;
  CallSummary summary;
  summary.code = call_.finished() ? call_.error().code : Code::kCanceled;
  summary.error_message = call_.error().message;
  const protocol::CallCounts& counts = call_.counts();
  summary.request_messages = counts.request_messages;
  summary.response_messages = counts.response_messages;
  summary.request_bytes = counts.request_bytes;
  summary.response_bytes = counts.response_bytes;
  summary.start = started_;
  summary.end = loop_->Now();
  for (const auto& observer : context_->options.observers) {
    try {
      observer->OnCallEnd(head_, summary);
    } catch (...) {  // its own loss
    }
  }
}

void Stream::Flush() {
  if (http_closed_ || connection_ == nullptr || !call_active_ || !call_.response_ready()) return;
  if (!responded) return SendHead();
  connection_->session().Resume(this);
  connection_->ScheduleFlush();
}

void Stream::SendHead() {
  if (!call_active_ || head_.protocol != Protocol::kGrpc) response.headers.Add("x-content-type-options", "nosniff");
  if (context_->cors.enabled()) context_->cors.Decorate(request, &response);
  connection_->session().Respond(this);
  connection_->ScheduleFlush();
}

void Stream::ReleaseBody(size_t bytes) {
  if (http_closed_ || connection_ == nullptr) return;
  if (reading_paused_) {
    withheld_bytes_ += bytes;
  } else if (bytes > 0) {
    connection_->session().Release(this, bytes);
  }
}

// What the client has to say while it may not is no fault of its own.
void Stream::PauseReading() {
  reading_paused_ = true;
  AwaitMessage(false);
}

void Stream::ResumeReading() {
  reading_paused_ = false;
  AwaitMessage(ClientStreams(route_->stream_type) && call_.awaiting_message());
  if (withheld_bytes_ == 0) return;
  ReleaseBody(std::exchange(withheld_bytes_, 0));
  if (connection_ != nullptr) connection_->ScheduleFlush();
}

void Stream::SendHeaders(const HeaderList& metadata) {
  if (http_closed_ || call_.finished()) return;
  call_.SendHeaders(metadata);
  Flush();
}

SendResult Stream::SendMessage(Payload message) {
  if (http_closed_ || call_.finished()) return SendResult::kOk;
  if (!chain_.empty()) {
    Error refused = chain_.OnResponse(message.view());
    if (!refused.ok()) {
      // The handler is in the middle of its own work: it is cancelled when the answer has gone.
      call_.Fail(std::move(refused));
      Flush();
      return SendResult::kOk;
    }
  }
  call_.SendMessage(std::move(message));
  return MessageSent();
}

SendResult Stream::SendMessage(const MessageSource& message) {
  if (http_closed_ || call_.finished()) return SendResult::kOk;
  const size_t size = message.size();
  // Interceptors see messages as they are before they leave.
  char* const room = chain_.empty() ? call_.SendMessageInPlace(size) : nullptr;
  if (room == nullptr) {
    std::string bytes(size, '\0');
    message.WriteTo(bytes.data());
    return SendMessage(Payload::Own(std::move(bytes)));
  }
  message.WriteTo(room);
  return MessageSent();
}

SendResult Stream::MessageSent() {
  Flush();
  if (body.queue.size() < context_->options.limits.max_stream_output_bytes) return SendResult::kOk;
  waits_writable_ = true;
  connection_->WatchOutput();
  return SendResult::kFull;
}

const HttpOptions& Stream::options() const {
  return context_->options;
}

std::shared_ptr<Kept>* Stream::kept_by_connection() {
  return connection_ != nullptr ? &connection_->kept() : nullptr;
}

HandlerLane* Stream::handler_lane() {
  return connection_ != nullptr ? &connection_->handler_lane() : nullptr;
}

bool Stream::CheckWritable() {
  if (!waits_writable_ || http_closed_) return false;
  if (body.queue.size() > context_->options.limits.max_stream_output_bytes / 2) return true;
  waits_writable_ = false;
  if (handler_ != nullptr && !handler_muted_) handler_->OnWritable();
  return waits_writable_;
}

void Stream::Finish(const protocol::RpcEnd& end) {
  handler_muted_ = true;
  if (http_closed_ || call_.finished()) return;
  if (reading_paused_) ResumeReading();
  loop_->Disarm(this);
  call_.Finish(end);
  Flush();
}

void Stream::Done() {
  if (handler_ != nullptr) pool_->HandlerDone();
  handler_ = nullptr;
  handler_done_ = true;
  ReleaseIfUnused();
}

void Stream::ReleaseIfUnused() {
  if (held_ || !http_closed_ || handler_ != nullptr) return;
  if (connection_ != nullptr) connection_->Forget(this);
  pool_->Release(this);
}

void Stream::AnswerStatus(int status, std::string_view name, std::string_view value) {
  response.Clear();
  response.status = status;
  if (!name.empty()) response.headers.Add(name, value);
  body.ended = true;
  SendHead();
}

void Stream::AnswerError(Error error, int http_status) {
  const HeaderList& headers = request.headers;
  std::optional<wire::ContentType> content_type;
  if (request.method == "GET") {
    content_type = wire::ContentType{wire::Framing::kConnectGet, "json"};
  } else if (std::optional<std::string_view> text = headers.Find("content-type")) {
    content_type = wire::ParseContentType(*text);
  }
  if (!content_type.has_value()) {
    AnswerStatus(http_status);
    return;
  }
  protocol::ResponseMeta meta;
  meta.framing = content_type->framing;
  meta.codec = content_type->codec;
  protocol::RpcEnd end;
  end.error = std::move(error);
  end.http_status = http_status;
  protocol::ServerProtocolFor(meta.framing).WriteEnd(meta, end, &response, &body);
  body.ended = true;
  SendHead();
}

}  // namespace connectrpc::server
