#include "http/h2_session.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <utility>

#include "http/h2_head.h"
#include "http/h2_priority.h"
#include "http/h2_setup.h"
#include "http/nghttp2_callbacks.h"
#include "http/sessions.h"

namespace connectrpc::http {
namespace {

// The PING whose answer shows that the peer has seen the notice of Shutdown.
constexpr std::array<uint8_t, 8> kShutdownPing = {'s', 'h', 'u', 't', 'd', 'o', 'w', 'n'};
constexpr std::array<uint8_t, 8> kKeepalivePing = {'a', 'l', 'i', 'v', 'e', '?', '?', '?'};

}  // namespace

H2Session::H2Session(const SessionLimits& limits, StreamSource* streams, SessionClock* clock, H2Memory* memory)
    : limits_(limits), streams_(streams), clock_(clock), guard_(limits_, clock) {
  const Nghttp2Callbacks callbacks = Nghttp2CallbacksOf<H2Session>::New();
  const Nghttp2Option options = NewNghttp2ServerOption(limits_.max_continuation_frames, limits_.max_queued_frames);
  nghttp2_mem functions{};
  if (memory != nullptr) functions = Nghttp2MemOf(memory);
  nghttp2_session* raw = nullptr;
  if (callbacks == nullptr || options == nullptr ||
      nghttp2_session_server_new3(&raw, callbacks.get(), this, options.get(),
                                  memory != nullptr ? &functions : nullptr) != 0) {
    return;  // finished() from the start
  }
  session_.reset(raw);
  SubmitPreface();
}

// Written out at once: the preface has to be first even if Feed fails before the first Write.
void H2Session::SubmitPreface() {
  const std::array<nghttp2_settings_entry, 4> settings = {{
      {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, SettingsValue(limits_.max_concurrent_streams)},
      {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, static_cast<uint32_t>(WindowSize(limits_.stream_window_bytes))},
      {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, SettingsValue(limits_.max_header_list_bytes)},
      {NGHTTP2_SETTINGS_NO_RFC7540_PRIORITIES, 1},
  }};
  Check(nghttp2_submit_settings(session_.get(), NGHTTP2_FLAG_NONE, settings.data(), settings.size()));
  Check(nghttp2_session_set_local_window_size(session_.get(), NGHTTP2_FLAG_NONE, 0,
                                              WindowSize(limits_.connection_window_bytes)));
  if (output_.WritePreface(session_.get()) < 0) broken_ = true;
}

void H2Session::Feed(std::string_view bytes) {
  if (session_ == nullptr) return;
  guard_.Scan(bytes, open_.size());
  peer_.inside_head = guard_.inside_head();
  peer_.heads_begun = guard_.heads_begun();
  if (guard_.flood() != H2Guard::Flood::kNone) return Fail(NGHTTP2_ENHANCE_YOUR_CALM, guard_.flood_name());
  if (!CheckInput(nghttp2_session_mem_recv(session_.get(), Bytes(bytes), bytes.size()))) return;
  if (shutdown_noticed_) EndNotice();
}

bool H2Session::CheckInput(ssize_t result) {
  if (result < 0) {
    Fail(GoAwayCode(result), nghttp2_strerror(static_cast<int>(result)));
  } else if (broken_) {
    Fail(NGHTTP2_INTERNAL_ERROR, "");
  } else if (guard_.flood() != H2Guard::Flood::kNone) {  // of resets
    Fail(NGHTTP2_ENHANCE_YOUR_CALM, guard_.flood_name());
  } else if (nghttp2_session_get_outbound_queue_size(session_.get()) > limits_.max_queued_frames) {
    // What grows it is the peer's doing: answers to its frames while it does not read, or resets of its streams.
    Fail(NGHTTP2_ENHANCE_YOUR_CALM, "too_many_queued_frames");
  }
  return session_ != nullptr;
}

void H2Session::FeedEnd() {
  if (session_ != nullptr) Drop();
}

void H2Session::Respond(HttpStream* stream) {
  if (session_ == nullptr || !open_.Contains(stream) || stream->responded) return;
  stream->responded = true;
  CountOutput(stream);
  stream->output_marked_at = Now();
  stream->output_mark = stream->body.queue.size();
  // Three digits; nghttp2 copies them, since they lie here.
  std::array<uint8_t, 3> status{};
  int rest = stream->response.status;
  for (size_t i = status.size(); i-- > 0; rest /= 10) status[i] = static_cast<uint8_t>('0' + rest % 10);

  static constexpr std::string_view kStatus = ":status";
  fields_.clear();
  fields_.push_back({Bytes(kStatus), status.data(), kStatus.size(), status.size(), NGHTTP2_NV_FLAG_NO_COPY_NAME});
  AppendFields(stream->response.headers, &fields_);
  if (clock_ != nullptr) AppendDate(clock_->Date(), stream->response.headers, &fields_);

  const wire::OutgoingBody& body = stream->body;
  const bool head_only = body.ended && body.queue.empty() && body.trailers.empty();
  const nghttp2_data_provider provider = Nghttp2CallbacksOf<H2Session>::BodyProvider(stream);
  Check(nghttp2_submit_response(session_.get(), stream->id, fields_.data(), fields_.size(),
                                head_only ? nullptr : &provider));
}

void H2Session::Resume(HttpStream* stream) {
  if (session_ == nullptr || !open_.Contains(stream)) return;
  if (stream->responded) CountOutput(stream);
  if (!stream->deferred) return;
  stream->deferred = false;
  Check(nghttp2_session_resume_data(session_.get(), stream->id));
}

void H2Session::Release(HttpStream* stream, size_t count) {
  count = std::min(count, stream->unreleased_bytes - stream->held_back_bytes);  // 0 once the stream is closed
  if (session_ == nullptr || count == 0) return;
  unreleased_bytes_ -= count;
  if (hold_input_) {
    stream->held_back_bytes += count;
    return;
  }
  stream->unreleased_bytes -= count;
  if (!stream->request_ended) {
    WidenWindow(stream);
  } else if (stream->unreleased_bytes == 0) {
    added_window_ -= std::exchange(stream->added_window, 0);
  }
  ReturnWindow(stream, count);
}

// The connection's window is filled once for all that was released between two writes, the stream's only while more of
// its request is to come.
void H2Session::ReturnWindow(HttpStream* stream, size_t count) {
  released_bytes_ += count;
  if (!stream->request_ended) Check(nghttp2_session_consume_stream(session_.get(), stream->id, count));
}

// With the first window alone a large message comes at the pace of round trips, in small reads. What is added costs
// nothing as long as the server takes what comes. Where it stops doing so, all streams together have been given at most
// half of the connection's window on top of their first ones: the others go on.
void H2Session::WidenWindow(HttpStream* stream) {
  const size_t window = limits_.stream_window_bytes + stream->added_window;
  // Before our SETTINGS are acknowledged, nghttp2's idea of the window is not ours.
  if (!peer_.settings_acknowledged || stream->unreleased_bytes > 0 || stream->body_bytes < window / 2) return;
  if (window >= limits_.max_stream_window_bytes) return;
  const size_t room = limits_.connection_window_bytes / 2 - added_window_;
  // Half of what is left, so that something is left for others.
  const size_t added = std::min(room / 2, limits_.max_stream_window_bytes - window);
  if (added < window / 4) return;
  stream->added_window += added;
  added_window_ += added;
  Check(
      nghttp2_session_set_local_window_size(session_.get(), NGHTTP2_FLAG_NONE, stream->id, WindowSize(window + added)));
}

void H2Session::HoldInput(bool hold) {
  hold_input_ = hold;
  if (hold || session_ == nullptr) return;
  for (HttpStream* stream : open_) {
    if (stream->held_back_bytes == 0) continue;
    stream->unreleased_bytes -= stream->held_back_bytes;
    ReturnWindow(stream, std::exchange(stream->held_back_bytes, 0));
  }
}

bool H2Session::InputHeldBack(const HttpStream* stream) const {
  if (session_ == nullptr) return false;
  return nghttp2_session_get_local_window_size(session_.get()) <= 0 ||
         nghttp2_session_get_stream_local_window_size(session_.get(), stream->id) <= 0;
}

bool H2Session::OutputHeldBack(const HttpStream* stream) const {
  if (session_ == nullptr) return false;
  return nghttp2_session_get_remote_window_size(session_.get()) <= 0 ||
         nghttp2_session_get_stream_remote_window_size(session_.get(), stream->id) <= 0;
}

void H2Session::Reset(HttpStream* stream) {
  if (session_ == nullptr || !open_.Contains(stream)) return;
  stream->given_up = true;
  Check(nghttp2_submit_rst_stream(session_.get(), NGHTTP2_FLAG_NONE, stream->id,
                                  stream->response_sent ? NGHTTP2_NO_ERROR : NGHTTP2_CANCEL));
}

// RFC 9113 section 6.8: first a GOAWAY that refuses nothing; the second, which says where it ends, when the peer can be
// expected to have stopped.
void H2Session::Shutdown() {
  if (session_ == nullptr || shutting_down_) return;
  shutting_down_ = true;
  Check(nghttp2_submit_shutdown_notice(session_.get()));
  Check(nghttp2_submit_ping(session_.get(), NGHTTP2_FLAG_NONE, kShutdownPing.data()));
}

void H2Session::EndNotice() {
  if (session_ == nullptr || !shutting_down_ || said_last_stream_) return;
  said_last_stream_ = true;
  Check(nghttp2_submit_goaway(session_.get(), NGHTTP2_FLAG_NONE,
                              nghttp2_session_get_last_proc_stream_id(session_.get()), NGHTTP2_NO_ERROR, nullptr, 0));
}

void H2Session::Ping() {
  if (session_ == nullptr) return;
  Check(nghttp2_submit_ping(session_.get(), NGHTTP2_FLAG_NONE, kKeepalivePing.data()));
}

// RFC 9113 section 6.5.3.
void H2Session::EndForSettings() {
  if (session_ != nullptr) Fail(NGHTTP2_SETTINGS_TIMEOUT, "");
}

void H2Session::Write(wire::OutputQueue* out, size_t high_water) {
  output_.Begin(out, high_water);
  while (session_ != nullptr && output_.wants_more()) {
    if (released_bytes_ > 0) {
      Check(nghttp2_session_consume_connection(session_.get(), std::exchange(released_bytes_, 0)));
    }
    const ssize_t size = output_.WriteSome(session_.get());
    if (size < 0) broken_ = true;
    const bool more = AfterFramesSent() || released_bytes_ > 0;
    if (size <= 0 && !more) break;
  }
  output_.End();
}

bool H2Session::want_read() const {
  return session_ != nullptr && nghttp2_session_want_read(session_.get()) != 0;
}

bool H2Session::finished() const {
  if (output_.own_bytes() > 0) return false;
  return session_ == nullptr ||
         (nghttp2_session_want_read(session_.get()) == 0 && nghttp2_session_want_write(session_.get()) == 0);
}

// --- What nghttp2 reports from Feed ---

int H2Session::OnBeginHeaders(const nghttp2_frame& frame) {
  if (frame.headers.cat == NGHTTP2_HCAT_REQUEST) return BeginRequest(frame.hd.stream_id);
  if (HttpStream* stream = Find(frame.hd.stream_id)) {  // trailers
    stream->header_list_size = 0;
    stream->header_count = 0;
  }
  return 0;
}

int H2Session::BeginRequest(int32_t stream_id) {
  // First, since it may throw, and then the stream would be lost.
  open_.ReserveOne();
  HttpStream* stream = streams_->Acquire();
  if (stream == nullptr) {
    // By itself the return value would reset with INTERNAL_ERROR, which does not tell the client to try again.
    Check(nghttp2_submit_rst_stream(session_.get(), NGHTTP2_FLAG_NONE, stream_id, NGHTTP2_REFUSED_STREAM));
    return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
  }
  stream->id = stream_id;
  stream->request.version = wire::HttpVersion::kHttp2;
  open_.Add(stream);
  found_ = stream;
  last_stream_id_ = stream_id;
  Check(nghttp2_session_set_stream_user_data(session_.get(), stream_id, stream));
  return 0;
}

int H2Session::OnHeader(const nghttp2_frame& frame, std::string_view name, std::string_view value) {
  HttpStream* stream = Find(frame.hd.stream_id);
  if (stream == nullptr) return 0;
  FieldResult result = FieldResult::kTaken;
  if (frame.headers.cat == NGHTTP2_HCAT_REQUEST) {
    result = TakeRequestField(limits_, name, value, stream);
  } else if (!stream->check.TakeField(RequestFieldOf(name), name, value)) {
    result = FieldResult::kMalformed;
  } else if (!CountField(limits_, name, value, stream)) {
    Check(nghttp2_submit_rst_stream(session_.get(), NGHTTP2_FLAG_NONE, stream->id, NGHTTP2_ENHANCE_YOUR_CALM));
  }
  if (result == FieldResult::kTaken) return 0;
  if (result == FieldResult::kPriority) {
    SetPriority(stream, value);
    return 0;
  }
  ResetMalformed(stream);
  // Shows no more of the fields. The reset that nghttp2 would send for it comes after ours, and is dropped.
  return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
}

void H2Session::SetPriority(HttpStream* stream, std::string_view value) {
  const Priority priority = ParsePriority(value);
  const nghttp2_extpri wanted = {priority.urgency, priority.incremental ? 1 : 0};
  Check(nghttp2_session_change_extpri_stream_priority(session_.get(), stream->id, &wanted, 0));
}

void H2Session::ResetMalformed(HttpStream* stream) {
  Check(nghttp2_submit_rst_stream(session_.get(), NGHTTP2_FLAG_NONE, stream->id, NGHTTP2_PROTOCOL_ERROR));
}

int H2Session::OnFrameReceived(const nghttp2_frame& frame) {
  HttpStream* stream = Find(frame.hd.stream_id);
  switch (frame.hd.type) {
    case NGHTTP2_HEADERS:
      if (stream == nullptr) break;
      if (frame.headers.cat == NGHTTP2_HCAT_REQUEST) {
        FinishHead(stream, frame);
      } else {
        // RFC 9113 section 8.1: nothing comes after them.
        (frame.hd.flags & NGHTTP2_FLAG_END_STREAM) != 0 ? EndRequest(stream) : ResetMalformed(stream);
      }
      break;
    case NGHTTP2_DATA:
      if (stream != nullptr && (frame.hd.flags & NGHTTP2_FLAG_END_STREAM) != 0) EndRequest(stream);
      break;
    case NGHTTP2_RST_STREAM:
      if (stream == nullptr) {
        guard_.OnStrayReset();
      } else if (!stream->head_sent) {
        guard_.OnReset();
      }
      break;
    case NGHTTP2_SETTINGS:
      ((frame.hd.flags & NGHTTP2_FLAG_ACK) != 0 ? peer_.settings_acknowledged : peer_.settings_received) = true;
      break;
    case NGHTTP2_PING:
      if (shutting_down_ && (frame.hd.flags & NGHTTP2_FLAG_ACK) != 0 &&
          std::memcmp(frame.ping.opaque_data, kShutdownPing.data(), kShutdownPing.size()) == 0) {
        shutdown_noticed_ = true;
      }
      break;
    default:
      break;
  }
  return 0;
}

void H2Session::FinishHead(HttpStream* stream, const nghttp2_frame& frame) {
  const bool ended = (frame.hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
  if (!stream->check.EndHead() || (ended && !stream->check.EndRequest())) return ResetMalformed(stream);
  guard_.OnRequest();
  if (stream->head_problem != HttpStream::HeadProblem::kNone) guard_.OnReset();
  stream->begun_at = stream->body_progress_at = Now();
  stream->request_ended = ended;
  stream->head_delivered = true;
  AddEvent(HttpEvent::Kind::kHead, stream, stream->request_ended ? wire::EndStream::kYes : wire::EndStream::kNo);
}

void H2Session::EndRequest(HttpStream* stream) {
  if (!stream->check.EndRequest()) return ResetMalformed(stream);
  stream->request_ended = true;
  if (stream->response_sent) --peer_.unended;
  if (AnswerEnded(*stream)) return;
  if (stream->last_event < events_.size() && events_[stream->last_event].stream == stream) {
    events_[stream->last_event].end = wire::EndStream::kYes;
  } else {
    AddEvent(HttpEvent::Kind::kBody, stream, wire::EndStream::kYes);
  }
}

int H2Session::OnDataChunk(int32_t stream_id, std::string_view bytes) {
  HttpStream* stream = Find(stream_id);
  if (stream != nullptr && !stream->check.TakeBody(bytes.size())) {
    ResetMalformed(stream);
    released_bytes_ += bytes.size();
    return 0;
  }
  if (stream != nullptr && !AnswerEnded(*stream)) {
    stream->unreleased_bytes += bytes.size();
    unreleased_bytes_ += bytes.size();
    stream->body_bytes += bytes.size();
    stream->body_progress_at = Now();
    guard_.OnDataReceived(bytes.size());
    AddEvent(HttpEvent::Kind::kBody, stream, wire::EndStream::kNo, bytes);
    return 0;
  }
  // Dropped. So that the peer comes to an end and reads the answer, its window goes on being filled, up to a bound;
  // other streams must not suffer in any case.
  if (stream != nullptr) stream->discarded_bytes += bytes.size();
  if (stream != nullptr && stream->discarded_bytes <= limits_.max_drain_bytes) {
    ReturnWindow(stream, bytes.size());
  } else {
    released_bytes_ += bytes.size();
    if (stream != nullptr) ResetIfDrained(stream);
  }
  return 0;
}

// Called from Feed and from Write.
int H2Session::OnStreamClose(int32_t stream_id, uint32_t /*error_code*/) {
  HttpStream* stream = Find(stream_id);
  if (stream == nullptr) return 0;
  released_bytes_ += stream->unreleased_bytes;
  if (stream->response_sent && !stream->request_ended) --peer_.unended;
  AddClosingEvents(stream);
  open_.Remove(stream);
  found_ = nullptr;
  return 0;
}

void H2Session::AddClosingEvents(HttpStream* stream) {
  unreleased_bytes_ -= stream->unreleased_bytes - stream->held_back_bytes;
  queued_bytes_ -= stream->counted_output;
  added_window_ -= stream->added_window;
  stream->unreleased_bytes = stream->held_back_bytes = stream->counted_output = stream->added_window = 0;
  if (stream->head_delivered && !stream->response_sent && !stream->given_up) {
    AddEvent(HttpEvent::Kind::kAborted, stream);
  }
  AddEvent(HttpEvent::Kind::kClosed, stream);
}

void H2Session::AddEvent(HttpEvent::Kind kind, HttpStream* stream, wire::EndStream end, std::string_view bytes) {
  events_.push_back({kind, end, stream, bytes});
  stream->last_event = events_.size() - 1;
}

// --- What nghttp2 asks and reports from Write ---

ssize_t H2Session::ReadBody(HttpStream* stream, size_t size, uint32_t* data_flags) {
  const ssize_t count = ReadBodyPart(stream->body, size, data_flags);
  if (count < 0) {
    stream->deferred = true;
  } else if ((*data_flags & NGHTTP2_DATA_FLAG_NO_END_STREAM) != 0) {
    fields_.clear();
    AppendFields(stream->body.trailers, &fields_);
    Check(nghttp2_submit_trailer(session_.get(), stream->id, fields_.data(), fields_.size()));
  }
  return count;
}

int H2Session::SendBody(HttpStream* stream, std::string_view frame_header, size_t size) {
  const int result = output_.SendBody(&stream->body.queue, frame_header, size);
  CountOutput(stream);
  return result;
}

void H2Session::CountOutput(HttpStream* stream) {
  queued_bytes_ -= stream->counted_output;
  stream->counted_output = stream->body.queue.size();
  queued_bytes_ += stream->counted_output;
}

int H2Session::OnFrameSent(const nghttp2_frame& frame) {
  switch (frame.hd.type) {
    case NGHTTP2_DATA:
      guard_.OnDataSent();
      OnAnswerSent(frame);
      break;
    case NGHTTP2_HEADERS:
      guard_.OnHeadersSent();
      OnAnswerSent(frame);
      break;
    case NGHTTP2_RST_STREAM:
      CountReset(frame);
      break;
    case NGHTTP2_GOAWAY:
      if (frame.goaway.error_code != NGHTTP2_NO_ERROR) goaway_failed_ = true;
      if (frame.goaway.error_code == NGHTTP2_ENHANCE_YOUR_CALM) peer_.flooded = true;
      break;
    default:
      break;
  }
  return 0;
}

void H2Session::OnAnswerSent(const nghttp2_frame& frame) {
  HttpStream* stream = Find(frame.hd.stream_id);
  if (stream == nullptr) return;
  stream->head_sent = true;
  if ((frame.hd.flags & NGHTTP2_FLAG_END_STREAM) == 0) return;
  stream->response_sent = true;
  if (stream->head_problem == HttpStream::HeadProblem::kNone) guard_.OnResponseSent();
  if (stream->request_ended) return;
  // No reset yet, as RFC 9113 section 8.1 would permit: some clients (curl 7.88) throw the answer away with it. What
  // still comes is dropped, within bounds of size (OnDataChunk) and time (the server's, by answered_at).
  stream->answered_at = Now();
  ++peer_.unended;
  ResetIfDrained(stream);
}

// RFC 9113 section 8.1: the answer is complete, so the client need not go on.
void H2Session::ResetIfDrained(HttpStream* stream) {
  if (!stream->response_sent || stream->discarded_bytes <= limits_.max_drain_bytes) return;
  if (!std::exchange(stream->given_up, true)) resets_.push_back({stream->id, NGHTTP2_NO_ERROR});
}

// Of the resets that we send, those that a peer can provoke at no cost of its own: not the polite end of an early
// answer, nor one that broke off after it had begun.
void H2Session::CountReset(const nghttp2_frame& frame) {
  const uint32_t code = frame.rst_stream.error_code;
  const HttpStream* stream = Find(frame.hd.stream_id);
  const bool broken_off = code == NGHTTP2_CANCEL && stream != nullptr && stream->responded;
  if (code != NGHTTP2_NO_ERROR && !broken_off) guard_.OnReset();
}

// A head that is too large to send, for one. Frames whose stream or session ends anyway need nothing.
int H2Session::OnFrameNotSent(const nghttp2_frame& frame, int error) {
  if (frame.hd.type != NGHTTP2_HEADERS || error == NGHTTP2_ERR_STREAM_CLOSED || error == NGHTTP2_ERR_STREAM_CLOSING ||
      error == NGHTTP2_ERR_SESSION_CLOSING) {
    return 0;
  }
  resets_.push_back({frame.hd.stream_id, NGHTTP2_INTERNAL_ERROR});
  return 0;
}

bool H2Session::AfterFramesSent() {
  if (broken_) {
    Fail(NGHTTP2_INTERNAL_ERROR, "");
  } else if (guard_.flood() != H2Guard::Flood::kNone) {
    Fail(NGHTTP2_ENHANCE_YOUR_CALM, guard_.flood_name());
  } else if (goaway_failed_) {
    Drop();
  }
  if (session_ == nullptr || resets_.empty()) return false;
  for (const PendingReset& reset : resets_) {
    Check(nghttp2_submit_rst_stream(session_.get(), NGHTTP2_FLAG_NONE, reset.stream_id, reset.error_code));
  }
  resets_.clear();
  return true;
}

// --- Streams, and the end of the connection ---

// Most lookups in a row are for the same stream: a head has several fields.
HttpStream* H2Session::Find(int32_t stream_id) {
  if (found_ == nullptr || found_->id != stream_id) {
    found_ = static_cast<HttpStream*>(nghttp2_session_get_stream_user_data(session_.get(), stream_id));
  }
  return found_;
}

void H2Session::Fail(uint32_t error_code, std::string_view debug_data) {
  if (error_code == NGHTTP2_ENHANCE_YOUR_CALM) peer_.flooded = true;
  output_.AppendGoAway(last_stream_id_, error_code, debug_data);
  Drop();
}

void H2Session::Drop() {
  for (HttpStream* stream : open_) AddClosingEvents(stream);
  open_.Clear();
  found_ = nullptr;
  resets_.clear();
  peer_.unended = 0;
  session_.reset();
}

std::unique_ptr<HttpSession> NewHttp2ServerSession(const SessionLimits& limits, StreamSource* streams,
                                                   SessionClock* clock, H2Memory* memory) {
  return std::make_unique<H2Session>(limits, streams, clock, memory);
}

}  // namespace connectrpc::http
