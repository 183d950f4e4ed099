#include "http/h2_client_session.h"

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

#include "http/h2_head.h"
#include "http/h2_setup.h"
#include "http/nghttp2_callbacks.h"
#include "http/request_check.h"

namespace connectrpc::http {
namespace {

constexpr std::array<uint8_t, 8> kKeepalivePing = {'a', 'l', 'i', 'v', 'e', '?', '?', '?'};

constexpr std::string_view kBadHead = "the response's header is not valid";

// Three digits, which nghttp2 has made sure of.
int StatusOf(std::string_view value) {
  int status = 0;
  for (const char c : value) status = 10 * status + (c - '0');
  return status;
}

nghttp2_nv PseudoField(std::string_view name, std::string_view value) {
  return {Bytes(name), Bytes(value), name.size(), value.size(),
          NGHTTP2_NV_FLAG_NO_COPY_NAME | NGHTTP2_NV_FLAG_NO_COPY_VALUE};
}

}  // namespace

H2ClientSession::H2ClientSession(const ClientSessionLimits& limits, int32_t first_stream_id)
    : limits_(limits), guard_(limits_) {
  const Nghttp2Callbacks callbacks = Nghttp2CallbacksOf<H2ClientSession>::New();
  const Nghttp2Option options = NewNghttp2Option(limits_.max_continuation_frames, limits_.max_queued_frames);
  nghttp2_session* raw = nullptr;
  if (callbacks == nullptr || options == nullptr ||
      nghttp2_session_client_new2(&raw, callbacks.get(), this, options.get()) != 0) {
    return;  // finished() from the start
  }
  session_.reset(raw);
  SubmitPreface(first_stream_id);
}

// Written out at once: the preface has to be first even if Feed fails before the first Write.
void H2ClientSession::SubmitPreface(int32_t first_stream_id) {
  const std::array<nghttp2_settings_entry, 4> settings = {{
      {NGHTTP2_SETTINGS_ENABLE_PUSH, 0},
      {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, static_cast<uint32_t>(WindowSize(limits_.stream_window_bytes))},
      {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, SettingsValue(limits_.max_header_list_bytes)},
      {NGHTTP2_SETTINGS_NO_RFC7540_PRIORITIES, 1},
  }};
  Check(nghttp2_submit_settings(session_.get(), NGHTTP2_FLAG_NONE, settings.data(), settings.size()));
  Check(nghttp2_session_set_local_window_size(session_.get(), NGHTTP2_FLAG_NONE, 0,
                                              WindowSize(limits_.connection_window_bytes)));
  Check(nghttp2_session_set_next_stream_id(session_.get(), first_stream_id));
  if (output_.WritePreface(session_.get()) < 0) broken_ = true;
}

// --- Streams ---

size_t H2ClientSession::capacity() const {
  if (going_away()) return 0;
  const size_t theirs = nghttp2_session_get_remote_settings(session_.get(), NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS);
  const size_t most = std::min(theirs, limits_.max_concurrent_streams);
  return most - std::min(open_.size(), most);
}

bool H2ClientSession::going_away() const {
  return session_ == nullptr || shutting_down_ || nghttp2_session_check_request_allowed(session_.get()) == 0;
}

void H2ClientSession::Start(HttpClientStream* stream) {
  open_.ReserveOne();  // first, since it may throw
  waiting_.push_back(stream);
  open_.Add(stream);
  stream->request.version = wire::HttpVersion::kHttp2;
  stream->fault = RequestFault(stream->request);
}

// nghttp2 would queue heads as well, but it lets go of none of them, not even of streams that were given up, while the
// server permits no more streams.
bool H2ClientSession::SubmitWaiting() {
  if (waiting_.empty()) return false;
  size_t room = 0;
  if (session_ != nullptr) {
    const size_t theirs = nghttp2_session_get_remote_settings(session_.get(), NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS);
    room = theirs - std::min(theirs, open_.size() - waiting_.size());
  }
  size_t submitted = 0;
  size_t kept = 0;
  for (HttpClientStream* stream : waiting_) {
    const bool allowed = session_ != nullptr && nghttp2_session_check_request_allowed(session_.get()) != 0;
    if (!allowed || stream->given_up || !stream->fault.empty()) {
      stream->unprocessed = stream->fault.empty();
      stream->error_code = NGHTTP2_INTERNAL_ERROR;
      AddClosingEvents(stream);
      open_.Remove(stream);
    } else if (submitted < room) {
      Submit(stream);
      ++submitted;
    } else {
      waiting_[kept++] = stream;
    }
  }
  waiting_.resize(kept);
  return submitted > 0;
}

void H2ClientSession::Submit(HttpClientStream* stream) {
  const wire::RequestHead& request = stream->request;
  fields_.clear();
  fields_.push_back(PseudoField(":method", request.method));
  fields_.push_back(PseudoField(":scheme", request.scheme));
  fields_.push_back(PseudoField(":authority", request.authority));
  fields_.push_back(PseudoField(":path", request.target));
  AppendFields(request.headers, &fields_);
  const wire::OutgoingBody& body = stream->body;
  const bool head_only = body.ended && body.queue.empty() && body.trailers.empty();
  const nghttp2_data_provider provider = Nghttp2CallbacksOf<H2ClientSession>::BodyProvider(stream);
  stream->id = nghttp2_submit_request(session_.get(), nullptr, fields_.data(), fields_.size(),
                                      head_only ? nullptr : &provider, stream);
  Check(stream->id);  // a request is allowed, so it can only be for want of memory
  ++heads_queued_;
}

void H2ClientSession::Resume(HttpClientStream* stream) {
  if (session_ == nullptr || !open_.Contains(stream) || !stream->deferred) return;
  stream->deferred = false;
  Check(nghttp2_session_resume_data(session_.get(), stream->id));
}

void H2ClientSession::Release(HttpClientStream* stream, size_t count) {
  count = std::min(count, stream->unreleased_bytes);  // 0 once the stream is closed
  if (session_ == nullptr || count == 0) return;
  stream->unreleased_bytes -= count;
  Check(nghttp2_session_consume(session_.get(), stream->id, count));
}

void H2ClientSession::Reset(HttpClientStream* stream) {
  if (!open_.Contains(stream) || std::exchange(stream->given_up, true)) return;
  if (stream->id == 0) return;  // see SubmitWaiting
  Check(nghttp2_submit_rst_stream(session_.get(), NGHTTP2_FLAG_NONE, stream->id, NGHTTP2_CANCEL));
}

void H2ClientSession::Shutdown() {
  shutting_down_ = true;
}

void H2ClientSession::Ping() {
  if (session_ == nullptr) return;
  Check(nghttp2_submit_ping(session_.get(), NGHTTP2_FLAG_NONE, kKeepalivePing.data()));
}

// RFC 9113 section 6.5.3.
void H2ClientSession::EndForSettings() {
  if (session_ != nullptr) Fail(NGHTTP2_SETTINGS_TIMEOUT, "");
}

// --- Input and output ---

void H2ClientSession::Feed(std::string_view bytes) {
  if (session_ == nullptr) return;
  guard_.Scan(bytes, open_.size());
  if (guard_.flood() != H2Guard::Flood::kNone) return Fail(NGHTTP2_ENHANCE_YOUR_CALM, guard_.flood_name());
  CheckInput(nghttp2_session_mem_recv(session_.get(), Bytes(bytes), bytes.size()));
}

void H2ClientSession::CheckInput(ssize_t result) {
  // What our own streams put into the queue does not count: heads, and a reset for each.
  const size_t ours = heads_queued_ + open_.size();
  if (push_promised_) {
    Fail(NGHTTP2_PROTOCOL_ERROR, "PUSH_PROMISE");
  } else if (result < 0) {
    Fail(GoAwayCode(result), nghttp2_strerror(static_cast<int>(result)));
  } else if (broken_) {
    Fail(NGHTTP2_INTERNAL_ERROR, "");
  } else if (guard_.flood() != H2Guard::Flood::kNone) {  // of stray resets
    Fail(NGHTTP2_ENHANCE_YOUR_CALM, guard_.flood_name());
  } else if (nghttp2_session_get_outbound_queue_size(session_.get()) > limits_.max_queued_frames + ours) {
    Fail(NGHTTP2_ENHANCE_YOUR_CALM, "too_many_queued_frames");
  }
}

void H2ClientSession::FeedEnd() {
  if (session_ == nullptr) return;
  Drop(NGHTTP2_INTERNAL_ERROR,
       settings_received_ ? "the connection was lost" : "the connection was lost before the server spoke HTTP/2");
}

void H2ClientSession::Write(wire::OutputQueue* out, size_t high_water) {
  SubmitWaiting();
  output_.Begin(out, high_water);
  if (session_ != nullptr) SayGoodbye();
  while (session_ != nullptr && output_.wants_more()) {
    const ssize_t size = output_.WriteSome(session_.get());
    if (size < 0) broken_ = true;
    const bool more = AfterFramesSent();
    if (size <= 0 && !more && !SubmitWaiting()) break;
  }
  output_.End();
}

bool H2ClientSession::want_read() const {
  return session_ != nullptr && nghttp2_session_want_read(session_.get()) != 0;
}

bool H2ClientSession::finished() const {
  if (output_.own_bytes() > 0 || !waiting_.empty()) return false;
  if (session_ == nullptr) return true;
  return nghttp2_session_want_read(session_.get()) == 0 && nghttp2_session_want_write(session_.get()) == 0;
}

// --- What nghttp2 reports from Feed ---

// nghttp2 would refuse the promised stream alone.
int H2ClientSession::OnBeginFrame(const nghttp2_frame_hd& header) {
  if (header.type != NGHTTP2_PUSH_PROMISE) return 0;
  push_promised_ = true;
  return NGHTTP2_ERR_CALLBACK_FAILURE;
}

int H2ClientSession::OnBeginHeaders(const nghttp2_frame& frame) {
  if (HttpClientStream* stream = Find(frame.hd.stream_id)) {
    stream->header_list_size = 0;
    stream->header_count = 0;
  }
  return 0;
}

// Always 0: what goes wrong here is the stream's affair alone.
int H2ClientSession::OnHeader(const nghttp2_frame& frame, std::string_view name, std::string_view value) {
  HttpClientStream* stream = Find(frame.hd.stream_id);
  if (stream == nullptr || !stream->fault.empty()) return 0;
  const bool trailers = stream->head_delivered;
  if (!CountField(limits_, name, value, stream)) {
    Refuse(stream, NGHTTP2_ENHANCE_YOUR_CALM,
           trailers ? "the response's trailers are too large" : "the response's header is too large", true);
  } else if (trailers) {
    stream->trailers.Add(name, value);
  } else if (IsPseudoField(name)) {
    stream->response.status = StatusOf(value);  // there is no other
  } else {
    stream->response.headers.Add(name, value);
  }
  return 0;
}

int H2ClientSession::OnFrameReceived(const nghttp2_frame& frame) {
  const bool end_stream = (frame.hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
  HttpClientStream* stream = Find(frame.hd.stream_id);
  switch (frame.hd.type) {
    case NGHTTP2_HEADERS:
      if (stream == nullptr || !stream->fault.empty()) break;
      if (!stream->head_delivered) {
        FinishHead(stream, end_stream ? wire::EndStream::kYes : wire::EndStream::kNo);
      } else {
        guard_.OnResponseHead();
        AddEvent(HttpClientEvent::Kind::kEnd, stream);  // nghttp2 takes no trailers without END_STREAM
        EndResponse(stream);
      }
      break;
    case NGHTTP2_DATA:
      if (stream == nullptr || !end_stream) break;
      AddEvent(HttpClientEvent::Kind::kEnd, stream);
      EndResponse(stream);
      break;
    case NGHTTP2_RST_STREAM:
      if (stream == nullptr) {
        guard_.OnStrayReset();
      } else {
        stream->reset_by_peer = true;
      }
      break;
    case NGHTTP2_SETTINGS:
      ((frame.hd.flags & NGHTTP2_FLAG_ACK) != 0 ? settings_acknowledged_ : settings_received_) = true;
      break;
    default:
      break;
  }
  return 0;
}

// Frames that nghttp2 resets the stream for; it closes the connection for others by itself.
int H2ClientSession::OnInvalidFrame(const nghttp2_frame& frame, int error) {
  HttpClientStream* stream = Find(frame.hd.stream_id);
  if (stream == nullptr || !stream->fault.empty()) return 0;
  if (frame.hd.type == NGHTTP2_HEADERS && (error == NGHTTP2_ERR_HTTP_HEADER || error == NGHTTP2_ERR_HTTP_MESSAGING)) {
    stream->fault = stream->head_delivered ? "the response's trailers are not valid" : kBadHead;
  }
  return 0;
}

void H2ClientSession::FinishHead(HttpClientStream* stream, wire::EndStream end) {
  const int status = stream->response.status;
  if (status < 100) return Refuse(stream, NGHTTP2_PROTOCOL_ERROR, "the response's status is not valid");
  if (status < 200) {
    stream->response.Clear();
    if (++stream->informational > limits_.max_informational_responses) {
      Refuse(stream, NGHTTP2_ENHANCE_YOUR_CALM, "the server sent too many informational responses", true);
    }
    return;
  }
  guard_.OnResponseHead();
  stream->head_delivered = true;
  AddEvent(HttpClientEvent::Kind::kHead, stream, end);
  if (end == wire::EndStream::kYes) EndResponse(stream);
}

void H2ClientSession::EndResponse(HttpClientStream* stream) {
  stream->response_ended = true;
  guard_.OnResponseReceived();
  // The rest of the request is of no use any more (RFC 9113 section 8.1).
  if (!stream->request_sent && !std::exchange(stream->given_up, true)) {
    Check(nghttp2_submit_rst_stream(session_.get(), NGHTTP2_FLAG_NONE, stream->id, NGHTTP2_NO_ERROR));
  }
}

int H2ClientSession::OnDataChunk(int32_t stream_id, std::string_view bytes) {
  HttpClientStream* stream = Find(stream_id);
  if (stream == nullptr || stream->given_up || !stream->fault.empty()) {
    Check(nghttp2_session_consume_connection(session_.get(), bytes.size()));
    return 0;
  }
  stream->unreleased_bytes += bytes.size();
  guard_.OnDataReceived(bytes.size());
  AddEvent(HttpClientEvent::Kind::kBody, stream, wire::EndStream::kNo, bytes);
  return 0;
}

// Called from Feed and from Write.
int H2ClientSession::OnStreamClose(int32_t stream_id, uint32_t error_code) {
  HttpClientStream* stream = Find(stream_id);
  if (stream == nullptr) return 0;
  if (!stream->head_written) --heads_queued_;
  Check(nghttp2_session_consume_connection(session_.get(), stream->unreleased_bytes));
  stream->error_code = error_code;
  if (!stream->response_ended && stream->fault.empty()) ExplainReset(stream);
  AddClosingEvents(stream);
  open_.Remove(stream);
  return 0;
}

void H2ClientSession::ExplainReset(HttpClientStream* stream) {
  const bool answered = stream->head_delivered || stream->informational > 0;
  // nghttp2 closes streams beyond the last one of a GOAWAY with the same code.
  const bool refused = stream->error_code == NGHTTP2_REFUSED_STREAM;
  stream->unprocessed = !stream->head_written || (refused && !answered);
  if (stream->reset_by_peer || stream->unprocessed || refused) return;
  // What is left are resets of nghttp2's own that it explains to no callback.
  if (stream->error_code == NGHTTP2_FLOW_CONTROL_ERROR) {
    stream->fault = "the server does not keep to flow control";
  } else if (stream->response.headers.Find("content-length").has_value()) {
    stream->fault = "the response's body is not as long as its content-length says";
  } else {
    stream->fault = "the response is not valid HTTP/2";
  }
}

void H2ClientSession::AddClosingEvents(HttpClientStream* stream) {
  stream->unreleased_bytes = 0;
  if (!stream->response_ended && !stream->given_up) AddEvent(HttpClientEvent::Kind::kReset, stream);
  AddEvent(HttpClientEvent::Kind::kClosed, stream);
}

void H2ClientSession::AddEvent(HttpClientEvent::Kind kind, HttpClientStream* stream, wire::EndStream end,
                               std::string_view bytes) {
  events_.push_back({kind, end, stream, bytes});
}

// --- What nghttp2 asks and reports from Write ---

ssize_t H2ClientSession::ReadBody(HttpClientStream* stream, size_t size, uint32_t* data_flags) {
  const ssize_t count = ReadBodyPart(stream->body, size, data_flags);
  if (count < 0) {
    stream->deferred = true;
  } else if ((*data_flags & NGHTTP2_DATA_FLAG_NO_END_STREAM) != 0) {
    if (!AreFieldsValid(stream->body.trailers)) {
      stream->fault = "a trailer field of the request is not valid";
      return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;  // resets the stream
    }
    fields_.clear();
    AppendFields(stream->body.trailers, &fields_);
    Check(nghttp2_submit_trailer(session_.get(), stream->id, fields_.data(), fields_.size()));
  }
  return count;
}

int H2ClientSession::SendBody(HttpClientStream* stream, std::string_view frame_header, size_t size) {
  return output_.SendBody(&stream->body.queue, frame_header, size);
}

int H2ClientSession::OnFrameSent(const nghttp2_frame& frame) {
  switch (frame.hd.type) {
    case NGHTTP2_DATA:
      guard_.OnDataSent();
      OnRequestSent(frame);
      break;
    case NGHTTP2_HEADERS:
      OnRequestSent(frame);
      break;
    case NGHTTP2_PING:
      if ((frame.hd.flags & NGHTTP2_FLAG_ACK) == 0) guard_.OnPingSent();
      break;
    case NGHTTP2_GOAWAY:
      goaway_error_ = frame.goaway.error_code;
      break;
    default:
      break;
  }
  return 0;
}

void H2ClientSession::OnRequestSent(const nghttp2_frame& frame) {
  HttpClientStream* stream = Find(frame.hd.stream_id);
  if (stream == nullptr) return;
  if (!std::exchange(stream->head_written, true)) {
    --heads_queued_;
    guard_.OnRequestSent();
  }
  if ((frame.hd.flags & NGHTTP2_FLAG_END_STREAM) != 0) stream->request_sent = true;
}

// Frames whose stream or session ends anyway need nothing. nghttp2 closes a stream whose head cannot be sent.
int H2ClientSession::OnFrameNotSent(const nghttp2_frame& frame, int error) {
  if (frame.hd.type != NGHTTP2_HEADERS || error == NGHTTP2_ERR_STREAM_CLOSED || error == NGHTTP2_ERR_STREAM_CLOSING ||
      error == NGHTTP2_ERR_SESSION_CLOSING || error == NGHTTP2_ERR_START_STREAM_NOT_ALLOWED) {
    return 0;
  }
  HttpClientStream* stream = Find(frame.hd.stream_id);
  if (stream == nullptr || !stream->fault.empty()) return 0;
  stream->fault = stream->head_written ? "the request's trailers are too large" : "the request's header is too large";
  stream->too_large = true;
  if (stream->head_written) broken_trailers_.push_back(stream->id);
  return 0;
}

bool H2ClientSession::AfterFramesSent() {
  if (broken_) {
    Fail(NGHTTP2_INTERNAL_ERROR, "");
  } else if (goaway_error_ != NGHTTP2_NO_ERROR) {
    Drop(goaway_error_, ConnectionFault(goaway_error_));
  }
  if (session_ == nullptr) return false;
  for (const int32_t id : broken_trailers_) {
    Check(nghttp2_submit_rst_stream(session_.get(), NGHTTP2_FLAG_NONE, id, NGHTTP2_INTERNAL_ERROR));
  }
  const bool more = !broken_trailers_.empty();
  broken_trailers_.clear();
  return SayGoodbye() || more;
}

bool H2ClientSession::SayGoodbye() {
  if (!shutting_down_ || !open_.empty() || std::exchange(said_goodbye_, true)) return false;
  Check(nghttp2_submit_goaway(session_.get(), NGHTTP2_FLAG_NONE, 0, NGHTTP2_NO_ERROR, nullptr, 0));
  return true;
}

// --- The end of the connection ---

HttpClientStream* H2ClientSession::Find(int32_t stream_id) const {
  return static_cast<HttpClientStream*>(nghttp2_session_get_stream_user_data(session_.get(), stream_id));
}

void H2ClientSession::Refuse(HttpClientStream* stream, uint32_t error_code, std::string_view fault, bool too_large) {
  if (!stream->fault.empty()) return;
  stream->fault = fault;
  stream->too_large = too_large;
  Check(nghttp2_submit_rst_stream(session_.get(), NGHTTP2_FLAG_NONE, stream->id, error_code));
}

void H2ClientSession::Check(int result) {
  if (nghttp2_is_fatal(result) != 0) broken_ = true;
}

void H2ClientSession::Fail(uint32_t error_code, std::string_view debug_data) {
  output_.AppendGoAway(0, error_code, debug_data);
  Drop(error_code, ConnectionFault(error_code));
}

void H2ClientSession::Drop(uint32_t error_code, std::string_view fault) {
  waiting_.clear();
  for (HttpClientStream* stream : open_) {
    stream->error_code = error_code;
    if (stream->fault.empty()) {
      stream->fault = fault;
      stream->unprocessed = !stream->head_written;
    }
    AddClosingEvents(stream);
  }
  open_.Clear();
  session_.reset();
}

std::string_view H2ClientSession::ConnectionFault(uint32_t error_code) const {
  if (error_code == NGHTTP2_ENHANCE_YOUR_CALM) return "the server floods the connection with frames";
  if (error_code == NGHTTP2_SETTINGS_TIMEOUT) return "the server does not acknowledge the connection's settings";
  if (error_code == NGHTTP2_INTERNAL_ERROR) return "the connection failed";
  if (!settings_received_) return "the server does not speak HTTP/2";
  return "the server does not keep to the rules of HTTP/2";
}

std::unique_ptr<HttpClientSession> NewHttp2ClientSession(const ClientSessionLimits& limits) {
  return std::make_unique<H2ClientSession>(limits);
}

}  // namespace connectrpc::http
