#include "server/stream.h"

#include <utility>

#include "server/connection.h"
#include "server/server_context.h"
#include "server/stream_pool.h"
#include "wire/connect_query.h"
#include "wire/metadata.h"

namespace connectrpc::server {

void Stream::Open(const ServerContext* context, net::Loop* loop, StreamPool* pool, Connection* connection) {
  context_ = context;
  loop_ = loop;
  pool_ = pool;
  connection_ = connection;
}

void Stream::Clear() {
  ClearHttp();
  call_.StopReading();
  connection_ = nullptr;
  route_ = nullptr;
  handler_ = nullptr;
  call_active_ = handler_muted_ = held_ = handler_done_ = false;
  http_closed_ = reading_paused_ = waits_writable_ = announced = false;
  withheld_bytes_ = 0;
}

void Stream::OnHead(wire::EndStream end) {
  announced = true;
  if (head_problem != HeadProblem::kNone) {
    const char* what =
        head_problem == HeadProblem::kTooLarge ? "request head is too large" : "request has too many headers";
    AnswerError(Error(Code::kResourceExhausted, what), 431);
    return;
  }
  std::string_view path = wire::SplitTarget(request.target).path;
  route_ = context_->routes.Find(path);
  if (route_ == nullptr) {
    AnswerError(Error(Code::kUnimplemented, "unknown method " + wire::Quoted(path)), 404);
    return;
  }
  const std::string& method = request.method;
  bool get_allowed = route_->no_side_effects && route_->stream_type == StreamType::kUnary;
  if (method == "GET" && get_allowed) {
    StartCall({wire::Framing::kConnectGet, {}}, end);
    return;
  }
  if (method != "POST") {
    AnswerStatus(405, "allow", get_allowed ? "GET, POST" : "POST");
    return;
  }
  std::optional<wire::ContentType> content_type;
  if (request.headers.Count("content-type") == 1) {
    content_type = wire::ParseContentType(*request.headers.Find("content-type"));
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

void Stream::StartCall(const wire::ContentType& content_type, wire::EndStream end) {
  switch (
      call_.Start(context_->call_config, request, content_type, route_->stream_type, loop_->Now(), &response, &body)) {
    case protocol::ServerCall::StartResult::kUnsupportedMediaType:
      AnswerStatus(415, "accept-post", context_->accept_post);
      return;
    case protocol::ServerCall::StartResult::kAnswered:
      call_active_ = true;
      Flush();
      return;
    case protocol::ServerCall::StartResult::kStarted:
      break;
  }
  call_active_ = true;
  if (call_.deadline() != wire::kNever) loop_->Arm(this, call_.deadline());
  // A method that takes one message starts when that message is there: its handler never sees a request that is
  // refused.
  if (ClientStreams(route_->stream_type)) StartHandler();
  if (end == wire::EndStream::kYes) OnBody({}, end);
}

void Stream::StartHandler() {
  held_ = true;
  CallHandler* handler = route_->handler->Start(this);
  held_ = false;
  if (!handler_done_) handler_ = handler;
}

void Stream::OnBody(std::string_view bytes, wire::EndStream end) {
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
  call_.Feed(bytes, end);
  Deliver();
  ReleaseBody(bytes.size());
}

void Stream::Deliver() {
  for (;;) {
    wire::Payload message;
    switch (call_.Next(&message)) {
      case protocol::ServerCall::Event::kNone:
        return;
      case protocol::ServerCall::Event::kMessage:
        if (handler_ == nullptr && !handler_done_) StartHandler();
        if (handler_ == nullptr || handler_muted_) break;
        handler_->OnMessage(std::move(message));
        break;
      case protocol::ServerCall::Event::kHalfClosed:
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

void Stream::OnAborted() {
  if (!call_active_ || call_.finished()) return;
  Fail(request_ended ? Error(Code::kCanceled, "client closed the connection")
                     : Error(Code::kInvalidArgument, "request body is broken or incomplete"));
}

void Stream::OnTimer() {
  Fail(Error(Code::kDeadlineExceeded, "deadline exceeded"));
}

void Stream::Cancel(Error reason) {
  if (call_active_ && !call_.finished()) {
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

void Stream::Flush() {
  if (http_closed_ || connection_ == nullptr || !call_active_ || !call_.response_ready()) return;
  if (responded) {
    connection_->session().Resume(this);
  } else {
    connection_->session().Respond(this);
  }
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

void Stream::PauseReading() {
  reading_paused_ = true;
}

void Stream::ResumeReading() {
  reading_paused_ = false;
  if (withheld_bytes_ == 0) return;
  ReleaseBody(std::exchange(withheld_bytes_, 0));
  if (connection_ != nullptr) connection_->ScheduleFlush();
}

void Stream::SendHeaders(const HeaderList& metadata) {
  if (http_closed_ || call_.finished()) return;
  call_.SendHeaders(metadata);
  Flush();
}

SendResult Stream::SendMessage(wire::Payload message) {
  if (http_closed_ || call_.finished()) return SendResult::kOk;
  call_.SendMessage(std::move(message));
  Flush();
  if (body.queue.size() < context_->options.limits.max_stream_output_bytes) return SendResult::kOk;
  waits_writable_ = true;
  connection_->WatchOutput();
  return SendResult::kFull;
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
  loop_->Disarm(this);
  if (reading_paused_) ResumeReading();
  call_.Finish(end);
  Flush();
}

void Stream::Done() {
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
  connection_->session().Respond(this);
  connection_->ScheduleFlush();
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
  connection_->session().Respond(this);
  connection_->ScheduleFlush();
}

}  // namespace connectrpc::server
