// What a connection waits for, and what it does when that does not come.

#include "transport/connection.h"

namespace connectrpc::transport {
namespace {

using net::TimeoutAfter;

// Progress that does not deserve the name: a peer that takes less than this in the time of a stall is stalling.
constexpr uint64_t kMinOutputProgress = 1024;

}  // namespace

void Connection::UpdateDeadlines() {
  const ClientTimeouts& timeouts = config_->options.timeouts;
  if (!write_blocked_) {
    deadlines_.Clear(Deadline::kWrite);
  } else if (deadlines_.when(Deadline::kWrite) == wire::kNever) {
    write_mark_ = written_bytes_;
    deadlines_.Set(Deadline::kWrite, TimeoutAfter(Now(), timeouts.write_stall));
  }
  if (!attempts_.empty() || !ready_) {
    deadlines_.Clear(Deadline::kIdle);
  } else if (deadlines_.when(Deadline::kIdle) == wire::kNever) {
    deadlines_.Set(Deadline::kIdle, TimeoutAfter(Now(), http2_ ? timeouts.http2_idle : timeouts.http1_idle));
  }
  if (!http2_) return;
  if (attempts_.empty()) {
    ping_pending_ = false;
    deadlines_.Clear(Deadline::kKeepalive);
  } else if (deadlines_.when(Deadline::kKeepalive) == wire::kNever) {
    deadlines_.Set(Deadline::kKeepalive, TimeoutAfter(Now(), timeouts.keepalive_interval));
  }
  if (session_->settings_acknowledged()) deadlines_.Clear(Deadline::kSettingsAck);
}

void Connection::OnDeadline(Deadline which) {
  switch (which) {
    case Deadline::kPreface:
      Lose("server was silent");
      break;
    case Deadline::kSettingsAck:
      session_->EndForSettings();
      HandleEvents();
      TellOwner();
      ScheduleTurnEnd();
      break;
    case Deadline::kIdle:
      OnIdleDeadline();
      break;
    case Deadline::kWrite:
      OnWriteDeadline();
      break;
    case Deadline::kKeepalive:
      OnKeepaliveDeadline();
      break;
  }
}

void Connection::OnIdleDeadline() {
  if (!attempts_.empty() || ending_) return;
  session_->Shutdown();
  TellOwner();
  if (!ending_) {
    ending_ = true;
    owner_->OnGoingAway(this);
  }
  ScheduleTurnEnd();
}

void Connection::OnWriteDeadline() {
  if (!write_blocked_) return;
  if (written_bytes_ - write_mark_ < kMinOutputProgress) return Lose("server stopped reading");
  write_mark_ = written_bytes_;
  deadlines_.Set(Deadline::kWrite, TimeoutAfter(Now(), config_->options.timeouts.write_stall));
}

// Whatever the server sends is a sign of life: the answer to a PING may have to wait behind a large message.
void Connection::OnKeepaliveDeadline() {
  const ClientTimeouts& timeouts = config_->options.timeouts;
  if (attempts_.empty()) return;
  if (ping_pending_) return Lose("server did not answer a PING");
  wire::TimePoint next = TimeoutAfter(last_read_at_, timeouts.keepalive_interval);
  if (next <= Now()) {
    session_->Ping();
    ScheduleTurnEnd();
    ping_pending_ = timeouts.keepalive_ack.count() > 0;
    next = TimeoutAfter(Now(), ping_pending_ ? timeouts.keepalive_ack : timeouts.keepalive_interval);
  }
  deadlines_.Set(Deadline::kKeepalive, next);
}

}  // namespace connectrpc::transport
