#include "http/h1_session.h"

#include <algorithm>
#include <limits>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "http/h1_output.h"
#include "http/sessions.h"

namespace connectrpc::http {
namespace {

// Capacity that an idle connection may keep in each of its buffers.
constexpr size_t kKeptBytes = 4 * 1024;
constexpr size_t kKeptEvents = 64;

}  // namespace

H1Session::H1Session(const SessionLimits& limits, StreamSource* streams, SessionClock* clock)
    : limits_(limits), streams_(streams), clock_(clock), parser_(limits) {}

void H1Session::Feed(std::string_view bytes) {
  RecycleBuffers();
  Consume(&bytes);
  ahead_.append(bytes);
  peer_.inside_head = stream_ == nullptr && parser_.inside_head();
}

void H1Session::Consume(std::string_view* bytes) {
  while (!bytes->empty()) {
    switch (input_) {
      case Input::kHead:
        ReadHead(bytes);
        break;
      case Input::kBody:
        ReadBody(bytes);
        break;
      case Input::kDropBody:
        DropBody(bytes);
        break;
      case Input::kAhead:
        return;
      case Input::kDrop:
        dropped_bytes_ += bytes->size();
        *bytes = {};
        break;
    }
  }
}

void H1Session::ReadHead(std::string_view* bytes) {
  switch (parser_.ReadHead(bytes, &head_)) {
    case wire::DecodeStatus::kNeedMore:
      break;
    case wire::DecodeStatus::kDone:
      BeginRequest();
      break;
    case wire::DecodeStatus::kError:
      RefuseRequest(parser_.error_status());
      break;
  }
}

void H1Session::ReadBody(std::string_view* bytes) {
  expect_continue_ = false;  // RFC 9110 section 10.1.1: not needed once the body has begun to arrive
  std::string_view piece;
  const wire::DecodeStatus status = parser_.ReadBody(bytes, &piece);
  if (!piece.empty()) {
    stream_->unreleased_bytes += piece.size();
    stream_->body_bytes += piece.size();
    stream_->body_progress_at = Now();
    Emit(HttpEvent::Kind::kBody, wire::EndStream::kNo, piece);
  }
  if (status == wire::DecodeStatus::kDone) EndRequest();
  if (status == wire::DecodeStatus::kError) AbortRequest();
}

void H1Session::DropBody(std::string_view* bytes) {
  const size_t offered = bytes->size();
  std::string_view piece;
  const wire::DecodeStatus status = parser_.ReadBody(bytes, &piece);
  dropped_bytes_ += offered - bytes->size();
  stream_->discarded_bytes += piece.size();
  if (status == wire::DecodeStatus::kDone) {
    stream_->request_ended = true;
    input_ = Input::kAhead;
  } else if (status == wire::DecodeStatus::kError || dropped_bytes_ > limits_.max_drain_bytes) {
    close_ = true;
    input_ = Input::kDrop;
  } else {
    return;
  }
  if (output_ == Output::kDone) CloseStream();
}

void H1Session::BeginRequest() {
  HttpStream* const stream = streams_->Acquire();
  if (stream == nullptr) {
    RefuseRequest(503);
    return;
  }
  stream_ = stream;
  // The stream's strings, empty now, take the place of those filled: capacities go round between them.
  std::swap(stream->request, head_);
  head_.Clear();
  const H1Control& control = parser_.control();
  stream->id = next_id_;
  next_id_ = next_id_ == std::numeric_limits<int32_t>::max() ? 1 : next_id_ + 1;
  stream->head_delivered = true;
  stream->begun_at = stream->body_progress_at = Now();
  stream->header_list_size = control.list_size;
  stream->header_count = control.fields;
  close_ = close_ || !control.keep_alive;
  expect_continue_ = control.expect_continue;
  dropped_bytes_ = 0;
  input_ = Input::kBody;
  Emit(HttpEvent::Kind::kHead, wire::EndStream::kNo);
  if (!parser_.has_body()) EndRequest();
}

void H1Session::EndRequest() {
  stream_->request_ended = true;
  input_ = Input::kAhead;
  if (!events_.empty() && events_.back().stream == stream_) {
    events_.back().end = wire::EndStream::kYes;
  } else {
    Emit(HttpEvent::Kind::kBody, wire::EndStream::kYes);
  }
}

void H1Session::AbortRequest() {
  close_ = true;
  input_ = Input::kDrop;
  // An answer that has ended lacks nothing from the peer any more: it only has to go out.
  if (!stream_->responded || !stream_->body.ended) Emit(HttpEvent::Kind::kAborted, wire::EndStream::kNo);
}

void H1Session::RefuseRequest(int status) {
  error_status_ = status;
  output_ = Output::kError;
  close_ = true;
  input_ = Input::kDrop;
  dropped_bytes_ = 0;
}

void H1Session::FeedEnd() {
  if (finished_ || peer_ended_) return;
  peer_ended_ = true;
  close_ = true;
  if (output_ == Output::kError) return;
  if (stream_ == nullptr) {
    Finish();
  } else if (output_ == Output::kDone) {
    CloseStream();
  } else if (input_ != Input::kDrop) {
    AbortRequest();
  }
}

void H1Session::Respond(HttpStream* stream) {
  if (stream != stream_ || stream_ == nullptr || stream->responded) return;
  stream->responded = true;
  stream->output_marked_at = Now();
  stream->output_mark = stream->body.queue.size();
  output_ = Output::kHead;
  response_control_.length = ChooseLength();
  response_control_.content_length = stream->body.queue.size();
  if (response_control_.length == H1ResponseControl::Length::kUntilClose) close_ = true;
  if (stream->body.ended) StopReadingBody();
}

void H1Session::Resume(HttpStream* stream) {
  if (stream != stream_ || stream_ == nullptr) return;
  stream->deferred = false;
  if (stream->responded && stream->body.ended) StopReadingBody();
}

void H1Session::Release(HttpStream* stream, size_t count) {
  if (stream == stream_ && stream_ != nullptr) stream->unreleased_bytes -= std::min(count, stream->unreleased_bytes);
}

void H1Session::Reset(HttpStream* stream) {
  if (stream != stream_ || stream_ == nullptr) return;
  close_ = true;
  CloseStream();
}

void H1Session::Shutdown() {
  close_ = true;
  // A request whose head has begun to arrive is served; it is the last one.
  if (stream_ == nullptr && !parser_.inside_head() && output_ != Output::kError) Finish();
}

H1ResponseControl::Length H1Session::ChooseLength() const {
  using Length = H1ResponseControl::Length;
  // RFC 9110 sections 15.3.5 and 15.4.5: neither has a body; a length of 304 would be that of another response.
  if (stream_->response.status == 204 || stream_->response.status == 304) return Length::kNone;
  if (stream_->body.ended) return Length::kKnown;
  return stream_->request.version == wire::HttpVersion::kHttp10 ? Length::kUntilClose : Length::kChunked;
}

H1ResponseControl::Persistence H1Session::ChoosePersistence() const {
  using Persistence = H1ResponseControl::Persistence;
  if (close_) return Persistence::kClose;
  return stream_->request.version == wire::HttpVersion::kHttp10 ? Persistence::kKeepAlive : Persistence::kDefault;
}

void H1Session::StopReadingBody() {
  if (input_ != Input::kBody) return;
  input_ = Input::kDropBody;
  // A client that still waits for "100 Continue" may leave the body out altogether, so what it sends next could be
  // either (RFC 9110 section 10.1.1); and a body without a length could go on for ever.
  const std::optional<uint64_t> remaining = parser_.remaining();
  if (expect_continue_ || !remaining.has_value() || *remaining > limits_.max_drain_bytes) close_ = true;
}

void H1Session::Write(wire::OutputQueue* out, size_t high_water) {
  RecycleBuffers();
  if (out->size() >= high_water) return;
  switch (output_) {
    case Output::kNone:
      // Without events: the server has seen the head.
      if (expect_continue_ && input_ == Input::kBody && events_.empty()) {
        out->Append(kContinueResponse);
        expect_continue_ = false;
      }
      break;
    case Output::kError:
      scratch_.clear();
      AppendErrorResponse(error_status_, date(), &scratch_);
      out->Append(scratch_);
      output_ = Output::kNone;
      Finish();
      break;
    case Output::kHead:
    case Output::kBody:
      WriteAnswer(out, high_water);
      break;
    case Output::kDone:
      break;
  }
}

void H1Session::WriteAnswer(wire::OutputQueue* out, size_t high_water) {
  wire::OutgoingBody& body = stream_->body;
  const bool is_head_request = stream_->request.method == "HEAD";
  const bool has_body = response_control_.length != H1ResponseControl::Length::kNone && !is_head_request;
  scratch_.clear();
  if (output_ == Output::kHead) {
    response_control_.persistence = ChoosePersistence();
    response_control_.date = date();
    AppendResponseHead(stream_->response, response_control_, &scratch_);
    output_ = Output::kBody;
  }
  if (!has_body) {
    body.queue.Clear();
    out->Append(scratch_);
  } else {
    WriteBody(&scratch_, &body, response_control_.length == H1ResponseControl::Length::kChunked, out, high_water);
  }
  if (body.ended && body.queue.empty()) {
    EndAnswer();
  } else {
    stream_->deferred = body.queue.empty();
  }
}

void H1Session::EndAnswer() {
  stream_->response_sent = true;
  output_ = Output::kDone;
  StopReadingBody();
  if (input_ == Input::kDropBody) return;
  CloseStream();
  ReadAhead();
}

void H1Session::ReadAhead() {
  std::string_view bytes = std::string_view(ahead_).substr(ahead_taken_);
  Consume(&bytes);
  ahead_taken_ = ahead_.size() - bytes.size();
  peer_.inside_head = stream_ == nullptr && parser_.inside_head();
}

void H1Session::CloseStream() {
  Emit(HttpEvent::Kind::kClosed, wire::EndStream::kNo);
  stream_ = nullptr;
  output_ = Output::kNone;
  expect_continue_ = false;
  if (close_) {
    Finish();
    return;
  }
  input_ = Input::kHead;
  parser_.NextRequest();
}

void H1Session::Finish() {
  finished_ = true;
  input_ = Input::kDrop;
}

void H1Session::Emit(HttpEvent::Kind kind, wire::EndStream end, std::string_view bytes) {
  HttpEvent event;
  event.kind = kind;
  event.end = end;
  event.stream = stream_;
  event.bytes = bytes;
  events_.push_back(event);
}

void H1Session::RecycleBuffers() {
  if (!events_.empty()) return;  // they may point into ahead_
  if (events_.capacity() > kKeptEvents) std::vector<HttpEvent>().swap(events_);
  if (scratch_.capacity() > kKeptBytes) std::string().swap(scratch_);
  if (ahead_taken_ < ahead_.size()) return;
  if (ahead_.capacity() > kKeptBytes) std::string().swap(ahead_);
  ahead_.clear();
  ahead_taken_ = 0;
}

bool H1Session::want_read() const {
  if (finished_ || peer_ended_) return false;
  switch (input_) {
    case Input::kHead:
    case Input::kDropBody:
      return true;
    case Input::kBody:
      return !hold_input_ && stream_->unreleased_bytes < limits_.stream_window_bytes;
    case Input::kAhead:
      return ahead_taken_ == ahead_.size();
    case Input::kDrop:
      return dropped_bytes_ <= limits_.max_drain_bytes;
  }
  return false;
}

bool H1Session::idle() const {
  return stream_ == nullptr && output_ == Output::kNone && input_ == Input::kHead && !parser_.inside_head();
}

size_t H1Session::held_output_bytes() const {
  return stream_ != nullptr ? stream_->body.queue.size() : 0;
}

size_t H1Session::held_bytes() const {
  return buffered_bytes() + held_output_bytes() + (stream_ != nullptr ? stream_->unreleased_bytes : 0);
}

std::unique_ptr<HttpSession> NewHttp1ServerSession(const SessionLimits& limits, StreamSource* streams,
                                                   SessionClock* clock) {
  return std::make_unique<H1Session>(limits, streams, clock);
}

}  // namespace connectrpc::http
