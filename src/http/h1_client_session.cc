#include "http/h1_client_session.h"

#include <algorithm>
#include <memory>
#include <vector>

#include "http/h1_output.h"
#include "http/request_check.h"

namespace connectrpc::http {
namespace {

constexpr uint32_t kInternalError = 2;  // RFC 9113 section 7
// Capacity that an idle connection may keep in each of its buffers.
constexpr size_t kKeptBytes = 4 * 1024;
constexpr size_t kKeptEvents = 64;

// RFC 9110 section 8.6: a length of 0 is said where the method lets a body be expected.
bool ExpectsBody(std::string_view method) {
  return method == "POST" || method == "PUT" || method == "PATCH";
}

}  // namespace

H1ClientSession::H1ClientSession(const ClientSessionLimits& limits) : limits_(limits), parser_(limits) {}

void H1ClientSession::Start(HttpClientStream* stream) {
  stream->request.version = wire::HttpVersion::kHttp11;
  stream_ = stream;
  output_ = Output::kHead;
  request_fault_ = RequestFault(stream->request);
}

void H1ClientSession::Resume(HttpClientStream* stream) {
  if (stream == stream_ && stream_ != nullptr) stream->deferred = false;
}

void H1ClientSession::Release(HttpClientStream* stream, size_t count) {
  if (stream == stream_ && stream_ != nullptr) stream->unreleased_bytes -= std::min(count, stream->unreleased_bytes);
}

void H1ClientSession::Reset(HttpClientStream* stream) {
  if (stream != stream_ || stream_ == nullptr) return;
  // As long as nothing was written the connection is as good as before.
  if (stream_->head_written) close_ = true;
  CloseStream();
}

void H1ClientSession::Shutdown() {
  close_ = true;
  if (stream_ == nullptr) Finish();
}

// --- The response ---

void H1ClientSession::Feed(std::string_view bytes) {
  RecycleBuffers();
  while (!bytes.empty()) {
    switch (input_) {
      case Input::kNothing:
        // An answer to nothing, such as 408 before an idle connection is closed, or the end of a response that was
        // longer than it said. Whatever it is, the next response could not be told from it.
        if (stream_ != nullptr) Break("the server sent a response before the request");
        Finish();
        break;
      case Input::kHead:
        ReadHead(&bytes);
        break;
      case Input::kBody:
        ReadBody(&bytes);
        break;
      case Input::kDrop:
        return;
    }
  }
}

void H1ClientSession::ReadHead(std::string_view* bytes) {
  switch (parser_.ReadHead(bytes, &stream_->response, &stream_->trailers)) {
    case wire::DecodeStatus::kNeedMore:
      return;
    case wire::DecodeStatus::kError:
      Break(parser_.refusal().fault, parser_.refusal().too_large);
      return;
    case wire::DecodeStatus::kDone:
      break;
  }
  if (stream_->response.status >= 200) return DeliverHead();
  if (++stream_->informational > limits_.max_informational_responses) {
    return Break("the server sent too many informational responses", true);
  }
  stream_->response.Clear();
  parser_.Expect(stream_->request.method == "HEAD");
}

void H1ClientSession::DeliverHead() {
  if (!parser_.keep_alive()) close_ = true;
  stream_->head_delivered = true;
  input_ = Input::kBody;
  if (parser_.has_body()) {
    Emit(HttpClientEvent::Kind::kHead);
  } else {
    Emit(HttpClientEvent::Kind::kHead, wire::EndStream::kYes);
    EndResponse();
  }
}

void H1ClientSession::ReadBody(std::string_view* bytes) {
  std::string_view piece;
  const wire::DecodeStatus status = parser_.ReadBody(bytes, &piece);
  if (!piece.empty()) {
    stream_->unreleased_bytes += piece.size();
    Emit(HttpClientEvent::Kind::kBody, wire::EndStream::kNo, piece);
  }
  if (status == wire::DecodeStatus::kError) Break(parser_.refusal().fault, parser_.refusal().too_large);
  if (status != wire::DecodeStatus::kDone) return;
  Emit(HttpClientEvent::Kind::kEnd);
  EndResponse();
}

void H1ClientSession::EndResponse() {
  stream_->response_ended = true;
  // Only the end of the connection gets rid of the rest of the request.
  if (!stream_->request_sent) close_ = true;
  CloseStream();
}

void H1ClientSession::FeedEnd() {
  if (finished_) return;
  if (stream_ != nullptr) {
    if (input_ == Input::kBody && parser_.until_close()) {
      Emit(HttpClientEvent::Kind::kEnd);
      close_ = true;
      EndResponse();
    } else if (input_ == Input::kBody) {
      Break("the connection was lost inside the response's body");
    } else {
      Break("the connection was lost before the response");
    }
  }
  Finish();
}

// --- The request ---

void H1ClientSession::Write(wire::OutputQueue* out, size_t high_water) {
  RecycleBuffers();
  if (output_ == Output::kNone) return;
  if (output_ == Output::kHead && !request_fault_.empty()) {
    stream_->fault = request_fault_;
    stream_->error_code = kInternalError;
    Emit(HttpClientEvent::Kind::kReset);
    CloseStream();
    return;
  }
  if (out->size() >= high_water) return;
  wire::OutgoingBody& body = stream_->body;
  scratch_.clear();
  if (output_ == Output::kHead) {
    const H1RequestControl control = Control();
    chunked_ = control.length == H1RequestControl::Length::kChunked;
    AppendRequestHead(stream_->request, control, &scratch_);
    output_ = Output::kBody;
    input_ = Input::kHead;
    stream_->head_written = true;
    parser_.Expect(stream_->request.method == "HEAD");
  }
  WriteBody(&scratch_, &body, chunked_, out, high_water);
  if (body.ended && body.queue.empty()) {
    stream_->request_sent = true;
    output_ = Output::kNone;
  } else {
    stream_->deferred = body.queue.empty();
  }
}

H1RequestControl H1ClientSession::Control() const {
  const wire::OutgoingBody& body = stream_->body;
  H1RequestControl control;
  control.close = close_;
  control.content_length = body.queue.size();
  if (!body.ended) {
    control.length = H1RequestControl::Length::kChunked;
  } else if (!body.queue.empty() || ExpectsBody(stream_->request.method)) {
    control.length = H1RequestControl::Length::kKnown;
  }
  return control;
}

// --- Ends ---

void H1ClientSession::Break(std::string_view fault, bool too_large) {
  stream_->fault = fault;
  stream_->too_large = too_large;
  stream_->error_code = kInternalError;
  stream_->unprocessed = !stream_->head_written;
  Emit(HttpClientEvent::Kind::kReset);
  close_ = true;
  CloseStream();
}

void H1ClientSession::CloseStream() {
  stream_->unreleased_bytes = 0;
  Emit(HttpClientEvent::Kind::kClosed);
  stream_ = nullptr;
  output_ = Output::kNone;
  input_ = Input::kNothing;
  if (close_) Finish();
}

void H1ClientSession::Finish() {
  finished_ = true;
  input_ = Input::kDrop;
}

void H1ClientSession::Emit(HttpClientEvent::Kind kind, wire::EndStream end, std::string_view bytes) {
  events_.push_back({kind, end, stream_, bytes});
}

void H1ClientSession::RecycleBuffers() {
  if (!events_.empty()) return;
  if (events_.capacity() > kKeptEvents) std::vector<HttpClientEvent>().swap(events_);
  if (scratch_.capacity() > kKeptBytes) std::string().swap(scratch_);
}

bool H1ClientSession::want_read() const {
  if (finished_) return false;
  return stream_ == nullptr || stream_->unreleased_bytes < limits_.stream_window_bytes;
}

std::unique_ptr<HttpClientSession> NewHttp1ClientSession(const ClientSessionLimits& limits) {
  return std::make_unique<H1ClientSession>(limits);
}

}  // namespace connectrpc::http
