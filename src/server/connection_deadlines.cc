// What a connection waits for, and what it does when that does not come.

#include <algorithm>
#include <chrono>

#include "server/connection.h"
#include "server/worker.h"

namespace connectrpc::server {
namespace {

using net::TimeoutAfter;
using std::chrono::milliseconds;

// What a body has before Limits::min_body_bytes_per_second applies to it.
constexpr std::chrono::seconds kBodyRateGrace{5};
// Progress that does not deserve the name: a peer that takes less than this in the time of a stall is stalling.
constexpr size_t kMinOutputProgress = 1024;
// While the server shuts down: how long a client is listened to whose request may be on its way, since it has just
// connected, or been answered on HTTP/1.1.
constexpr milliseconds kGreetingTime{500};

}  // namespace

wire::TimePoint Connection::Now() const {
  return worker_->loop().Now();
}

void Connection::CountTimeout() {
  worker_->stats().timeouts.Add(1);
}

void Connection::StartDeadlines() {
  const milliseconds age = context_.options.timeouts.max_connection_age;
  if (age.count() > 0) deadlines_.Set(Deadline::kAge, TimeoutAfter(begun_at_, worker_->Vary(age)));
  UpdatePhase();
}

void Connection::StartHttp2Deadlines() {
  const Timeouts& timeouts = context_.options.timeouts;
  deadlines_.Set(Deadline::kPreface, TimeoutAfter(begun_at_, timeouts.http2_preface));
  if (session_ == nullptr) return;
  deadlines_.Set(Deadline::kSettingsAck, TimeoutAfter(Now(), timeouts.http2_settings_ack));
  deadlines_.Set(Deadline::kKeepalive, TimeoutAfter(Now(), timeouts.keepalive_interval));
}

void Connection::UpdateDeadlines() {
  UpdatePhase();
  if (!write_blocked_) {
    deadlines_.Clear(Deadline::kWrite);
  } else if (deadlines_.when(Deadline::kWrite) == wire::kNever) {
    write_mark_ = written_bytes_;
    deadlines_.Set(Deadline::kWrite, TimeoutAfter(Now(), context_.options.timeouts.write_stall));
  }
  if (session_->held_output_bytes() > 0) {
    deadlines_.SetNoLater(Deadline::kStreams, TimeoutAfter(Now(), context_.options.timeouts.response_stall));
  }
  if (session_->peer().unended > 0) {
    deadlines_.SetNoLater(Deadline::kStreams, TimeoutAfter(Now(), context_.options.timeouts.drain));
  }
  if (is_http1_ || settled_) return;
  const http::PeerState& peer = session_->peer();
  if (peer.settings_received) deadlines_.Clear(Deadline::kPreface);
  if (peer.settings_acknowledged) deadlines_.Clear(Deadline::kSettingsAck);
  settled_ = peer.settings_received && peer.settings_acknowledged;
}

// --- The connection as a whole ---

void Connection::UpdatePhase() {
  const Phase phase = CurrentPhase();
  const size_t serial = requests_ + (session_ != nullptr ? session_->peer().heads_begun : 0);
  const bool another = serial != phase_serial_ && (phase == Phase::kHead || phase == Phase::kIdle);
  phase_serial_ = serial;
  if (phase == phase_ && !another) return;
  phase_ = phase;
  deadlines_.Set(Deadline::kPhase, PhaseEnd(phase));
}

// HTTP/1.1 has no way to tell a client that it must not send its next request here. One that has just finished its
// handshake, or sends them in quick succession, is told with its next answer.
bool Connection::InConversation() const {
  return is_http1_ && session_ != nullptr && open_requests_ == 0 &&
         Now() - std::max(begun_at_, answered_at_) < kGreetingTime;
}

Connection::Phase Connection::CurrentPhase() const {
  if (handshake_ != nullptr) return Phase::kHandshake;
  if (lingering_) return Phase::kLinger;
  if (draining_ && !session_told_) return Phase::kGreeting;
  // An HTTP/2 client that never confirms GOAWAY holds nobody up.
  if (draining_ && open_requests_ == 0) return Phase::kLinger;
  if (requests_ == 0) return Phase::kFirstHead;
  if (session_->peer().inside_head) return Phase::kHead;
  if (open_requests_ == 0) return output_.empty() ? Phase::kIdle : Phase::kNothing;
  if (!is_http1_) return Phase::kNothing;
  const bool dropping = latest_stream_ != nullptr && latest_stream_->response_sent && !latest_stream_->request_ended;
  return dropping ? Phase::kDrain : Phase::kNothing;
}

wire::TimePoint Connection::PhaseEnd(Phase phase) const {
  const Timeouts& timeouts = context_.options.timeouts;
  switch (phase) {
    case Phase::kNothing:
      break;
    case Phase::kHandshake:
      return TimeoutAfter(Now(), timeouts.tls_handshake);
    case Phase::kFirstHead:
    case Phase::kHead:
      return TimeoutAfter(Now(), timeouts.header_read);
    case Phase::kIdle:
      return TimeoutAfter(Now(), is_http1_ ? timeouts.http1_idle : timeouts.http2_idle);
    case Phase::kGreeting:
      return std::max(begun_at_, answered_at_) + kGreetingTime;
    case Phase::kDrain:
    case Phase::kLinger:
      return TimeoutAfter(Now(), timeouts.drain);
  }
  return wire::kNever;
}

void Connection::OnDeadline(Deadline which) {
  switch (which) {
    case Deadline::kPhase:
      OnPhaseEnd();
      break;
    case Deadline::kPreface:
      CountTimeout();
      Close();
      break;
    case Deadline::kSettingsAck:
      CountTimeout();
      session_->EndForSettings();
      HandleEvents();
      ScheduleFlush();
      break;
    case Deadline::kNotice:
      if (session_ != nullptr) session_->EndNotice();
      ScheduleFlush();
      break;
    case Deadline::kWrite:
      OnWriteDeadline();
      break;
    case Deadline::kStreams:
      CheckProgress();
      break;
    case Deadline::kKeepalive:
      OnKeepaliveDeadline();
      break;
    case Deadline::kAge:
      OnAgeDeadline();
      break;
  }
}

void Connection::OnPhaseEnd() {
  switch (phase_) {
    case Phase::kIdle:
      CountTimeout();
      // On HTTP/2 a request may be on its way, and there is a way to say that it can be sent again.
      if (!is_http1_) return Retire();
      break;
    case Phase::kHandshake:
    case Phase::kFirstHead:
    case Phase::kHead:
    case Phase::kDrain:
      CountTimeout();
      break;
    case Phase::kGreeting:
      if (session_ == nullptr) break;
      TellSession();
      UpdatePhase();
      ScheduleFlush();
      return;
    case Phase::kNothing:
    case Phase::kLinger:
      break;
  }
  Close();
}

void Connection::OnWriteDeadline() {
  if (!write_blocked_) return;
  if (written_bytes_ - write_mark_ < kMinOutputProgress) {
    CountTimeout();
    Close();
    return;
  }
  write_mark_ = written_bytes_;
  deadlines_.Set(Deadline::kWrite, TimeoutAfter(Now(), context_.options.timeouts.write_stall));
}

void Connection::OnKeepaliveDeadline() {
  const Timeouts& timeouts = context_.options.timeouts;
  if (ping_pending_) {
    CountTimeout();
    Close();
    return;
  }
  wire::TimePoint next = TimeoutAfter(last_read_at_, timeouts.keepalive_interval);
  if (next <= Now()) {
    session_->Ping();
    ScheduleFlush();
    ping_pending_ = timeouts.keepalive_ack.count() > 0;
    next = TimeoutAfter(Now(), ping_pending_ ? timeouts.keepalive_ack : timeouts.keepalive_interval);
  }
  deadlines_.Set(Deadline::kKeepalive, next);
}

// Whatever the peer sends is one: the answer to a PING may have to wait behind a large upload.
void Connection::OnSignOfLife() {
  ping_pending_ = false;
  deadlines_.Set(Deadline::kKeepalive, TimeoutAfter(Now(), context_.options.timeouts.keepalive_interval));
}

void Connection::OnAgeDeadline() {
  if (age_reached_) {
    CountTimeout();
    Cut(Error(Code::kUnavailable, "connection has reached its maximum age"));
    return;
  }
  age_reached_ = true;
  Retire();
  if (!closed_) {
    deadlines_.Set(Deadline::kAge, TimeoutAfter(Now(), context_.options.timeouts.max_connection_age_grace));
  }
}

// --- Its streams ---

// Not earlier than any body can be late: the check itself finds out which of them are, and when to look again.
void Connection::WatchBody() {
  deadlines_.SetNoLater(Deadline::kStreams, TimeoutAfter(Now(), context_.options.timeouts.body_progress));
  if (context_.options.limits.min_body_bytes_per_second > 0) {
    deadlines_.SetNoLater(Deadline::kStreams, Now() + kBodyRateGrace);
  }
}

void Connection::CheckProgress() {
  wire::TimePoint next = wire::kNever;
  for (size_t i = streams_.size(); i-- > 0;) {
    if (i >= streams_.size()) continue;  // one that is given up may take others' places
    Stream* const stream = streams_[i];
    if (!stream->announced) continue;  // its handler alone is left
    next = std::min(next, stream->responded && stream->body.ended ? CheckAnswer(stream) : CheckBody(stream));
  }
  HandleEvents();
  if (closed_) return;
  deadlines_.Set(Deadline::kStreams, next);
  ScheduleFlush();
}

wire::TimePoint Connection::BodyDeadline(const Stream& stream) const {
  wire::TimePoint deadline = TimeoutAfter(stream.body_progress_at, context_.options.timeouts.body_progress);
  const size_t rate = context_.options.limits.min_body_bytes_per_second;
  if (rate > 0) {
    // When it would fall below the rate if nothing more came.
    const auto earned = std::chrono::duration_cast<wire::Duration>(
        std::chrono::duration<double>(static_cast<double>(stream.body_bytes) / static_cast<double>(rate)));
    deadline =
        std::min(deadline, wire::DeadlineAfter(stream.begun_at, std::max<wire::Duration>(earned, kBodyRateGrace)));
  }
  return deadline;
}

wire::TimePoint Connection::CheckBody(Stream* stream) {
  if (stream->request_ended || !stream->unary_request()) return wire::kNever;
  // The client may not send what we have not asked for, because other streams of its connection fill the window. It
  // starts anew then. Not so where the whole server holds too much: bodies that do not end are part of the reason.
  if (!input_held_ && session_->InputHeldBack(stream)) {
    stream->begun_at = stream->body_progress_at = Now();
    stream->body_bytes = 0;
  }
  const wire::TimePoint deadline = BodyDeadline(*stream);
  if (deadline > Now()) return deadline;
  CountTimeout();
  stream->Cancel(Error(Code::kDeadlineExceeded, "request body did not arrive in time"));
  if (!stream->responded) session_->Reset(stream);
  return wire::kNever;
}

wire::TimePoint Connection::CheckDrain(Stream* stream) {
  const wire::TimePoint end = TimeoutAfter(stream->answered_at, context_.options.timeouts.drain);
  if (end > Now()) return end;
  session_->Reset(stream);
  return wire::kNever;
}

wire::TimePoint Connection::CheckAnswer(Stream* stream) {
  if (stream->response_sent) return is_http1_ || stream->request_ended ? wire::kNever : CheckDrain(stream);
  if (!stream->unary_answer()) return wire::kNever;
  const milliseconds stall = context_.options.timeouts.response_stall;
  if (TimeoutAfter(stream->output_marked_at, stall) <= Now()) {
    const size_t left = stream->body.queue.size();
    if (session_->OutputHeldBack(stream) && left + kMinOutputProgress > stream->output_mark) {
      CountTimeout();
      session_->Reset(stream);
      return wire::kNever;
    }
    stream->output_mark = left;
    stream->output_marked_at = Now();
  }
  return TimeoutAfter(stream->output_marked_at, stall);
}

}  // namespace connectrpc::server
