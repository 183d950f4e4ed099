#include "server/connection.h"

#include <utility>

#include "http/sessions.h"
#include "net/tls_stream.h"
#include "server/worker.h"

namespace connectrpc::server {
namespace {

constexpr int kMaxReadsPerTurn = 4;

}  // namespace

Connection::Connection(Worker* worker, net::ConnectedSocket socket, ServerTls::Handshake handshake)
    : worker_(worker),
      context_(worker->context()),
      handshake_(std::move(handshake)),
      handler_lane_(context_.handler_pool, &worker->handler_waker()),
      deadlines_(&worker->loop(), this),
      begun_at_(worker->loop().Now()),
      answered_at_(begun_at_),
      last_read_at_(begun_at_) {
  net::Loop* const loop = &worker->loop();
  net::ByteStream::Watcher* const watcher = this;
  if (handshake_ == nullptr) {
    socket_ = std::make_unique<net::Socket>(loop, std::move(socket), watcher);
  } else {
    socket_ = std::make_unique<net::TlsStream>(loop, std::move(socket), handshake_->context(), watcher);
  }
  StartDeadlines();
  socket_->WaitReadable();
}

Connection::~Connection() = default;

// A large message comes in few turns; other connections have theirs soon.
void Connection::OnReadable() {
  for (int reads = 0; reads < kMaxReadsPerTurn && ReadOnce(); ++reads) {
  }
}

bool Connection::ReadOnce() {
  net::IoResult read = socket_->Read(worker_->loop().read_block(), net::Loop::kReadBlockSize);
  if (handshake_ != nullptr && read.status != net::IoStatus::kError && !socket_->handshaking()) OnHandshakeEnd();
  switch (read.status) {
    case net::IoStatus::kOk:
      last_read_at_ = Now();
      if (ping_pending_) OnSignOfLife();
      Ingest(std::string_view(worker_->loop().read_block(), read.bytes));
      // Where less came than could, there is no more yet.
      return read.bytes == net::Loop::kReadBlockSize && !closed_ && session_ != nullptr && session_->want_read();
    case net::IoStatus::kWouldBlock:
      ContinueReading();
      return false;
    case net::IoStatus::kEnd:
      peer_ended_ = true;
      if (session_ == nullptr || lingering_) {
        Close();
        return false;
      }
      session_->FeedEnd();
      HandleEvents();
      ScheduleFlush();
      return false;
    case net::IoStatus::kError:
      Close();
      return false;
  }
  return false;
}

void Connection::OnHandshakeEnd() {
  handshake_.reset();
  begun_at_ = Now();
  // ALPN has decided: what the client sends now is nothing else (RFC 7301 section 3.2).
  StartSession(/*http1=*/socket_->alpn() != "h2");
  UpdatePhase();
  ScheduleFlush();
}

void Connection::StartSession(bool http1) {
  is_http1_ = http1;
  session_ = http1 ? http::NewHttp1ServerSession(context_.session_limits, this, &worker_->clock())
                   : http::NewHttp2ServerSession(context_.session_limits, this, &worker_->clock(), &worker_->memory());
  if (http1) {
    deadlines_.Clear(Deadline::kPreface);
  } else {
    StartHttp2Deadlines();
  }
}

void Connection::Ingest(std::string_view bytes) {
  if (lingering_) {
    lingered_bytes_ += bytes.size();
    if (lingered_bytes_ > context_.options.limits.max_drain_bytes) {
      Close();
    } else {
      socket_->WaitReadable();
    }
    return;
  }
  if (session_ == nullptr) {
    first_bytes_.append(bytes);
    http::Sniffed sniffed = http::SniffPreface(first_bytes_);
    if (sniffed == http::Sniffed::kNeedMore) {
      // More than the first byte in common with it: no other method of that name is in use.
      if (first_bytes_.size() > 1) StartHttp2Deadlines();
      socket_->WaitReadable();
      return;
    }
    StartSession(/*http1=*/sniffed == http::Sniffed::kHttp1);
    bytes = first_bytes_;
  }
  session_->Feed(bytes);
  HandleEvents();
  first_bytes_.clear();
  if (draining_) TellSession();
  ScheduleFlush();
}

void Connection::HandleEvents() {
  std::vector<http::HttpEvent>& events = session_->events();
  // By index and by value: what the streams do may append events.
  for (size_t i = 0; i < events.size(); ++i) {
    http::HttpEvent event = events[i];
    Stream* stream = static_cast<Stream*>(event.stream);
    switch (event.kind) {
      case http::HttpEvent::Kind::kHead:
        OnHead(stream, event.end);
        break;
      case http::HttpEvent::Kind::kBody:
        stream->OnBody(event.bytes, event.end);
        CountGathered(stream);
        break;
      case http::HttpEvent::Kind::kAborted:
        stream->OnAborted();
        break;
      case http::HttpEvent::Kind::kClosed:
        if (stream == latest_stream_) latest_stream_ = nullptr;
        if (stream->announced) --open_requests_;
        stream->announced = false;
        gathered_bytes_ -= std::exchange(stream->counted_gathered, 0);
        if (draining_) answered_while_draining_ = true;
        answered_at_ = Now();
        stream->CloseHttp();
        break;
    }
  }
  events.clear();
}

void Connection::OnHead(Stream* stream, wire::EndStream end) {
  ++open_requests_;
  latest_stream_ = stream;
  if (++requests_ == context_.options.limits.max_requests_per_connection) Retire();
  if (end == wire::EndStream::kNo) WatchBody();
  stream->OnHead(end);
}

void Connection::CountGathered(Stream* stream) {
  const size_t now = stream->gathered_bytes();
  gathered_bytes_ += now - std::exchange(stream->counted_gathered, now);
}

http::HttpStream* Connection::Acquire() {
  if (streams_.size() >= context_.options.limits.max_running_calls_per_connection || worker_->holds_too_much()) {
    return nullptr;
  }
  Stream* stream = worker_->streams().Acquire();
  stream->Open(&context_, &worker_->loop(), &worker_->streams(), this);
  stream->index_in_connection = streams_.size();
  streams_.push_back(stream);
  return stream;
}

void Connection::Forget(Stream* stream) {
  size_t index = stream->index_in_connection;
  streams_[index] = streams_.back();
  streams_[index]->index_in_connection = index;
  streams_.pop_back();
}

void Connection::ScheduleFlush() {
  if (flush_scheduled_ || closed_) return;
  flush_scheduled_ = true;
  worker_->loop().Defer(this);
}

void Connection::Run() {
  flush_scheduled_ = false;
  if (closed_ || session_ == nullptr) return;
  if (!write_blocked_ && !WriteOutput()) {
    Close();
    return;
  }
  ReportHeldBytes();
  if (session_->peer().flooded && !std::exchange(flood_counted_, true)) worker_->stats().floods.Add(1);
  if (session_->finished() && output_.empty() && !write_blocked_ && !lingering_) {
    Linger();
    return;
  }
  ContinueReading();
  UpdateDeadlines();
}

void Connection::ReportHeldBytes() {
  const size_t held = session_->held_bytes() + gathered_bytes_ + output_.size();
  if (held != reported_bytes_) {
    // Modulo 2^n, so that a decrease is one as well.
    worker_->AddHeldBytes(held - std::exchange(reported_bytes_, held));
  }
  if (input_held_ || !worker_->holds_too_much()) return;
  input_held_ = true;
  session_->HoldInput(true);
  worker_->WatchHeldBytes();
}

void Connection::ResumeInput() {
  if (!input_held_ || closed_) return;
  input_held_ = false;
  session_->HoldInput(false);
  ScheduleFlush();
}

bool Connection::WriteOutput() {
  for (;;) {
    session_->Write(&output_, context_.options.limits.max_connection_output_bytes);
    HandleEvents();
    CheckStreams();
    if (output_.empty()) return true;
    net::IoResult result = socket_->Write(&output_);
    written_bytes_ += result.bytes;
    if (result.status == net::IoStatus::kError) return false;
    if (result.status == net::IoStatus::kWouldBlock) {
      write_blocked_ = true;
      socket_->WaitWritable();
      return true;
    }
  }
}

void Connection::CheckStreams() {
  if (!output_watched_) return;
  output_watched_ = false;
  for (size_t i = 0; i < streams_.size(); ++i) {
    if (streams_[i]->CheckWritable()) output_watched_ = true;
  }
}

void Connection::OnWritable() {
  write_blocked_ = false;
  ScheduleFlush();
}

void Connection::ContinueReading() {
  if (closed_ || peer_ended_) return;
  if (session_ == nullptr || lingering_ || session_->want_read()) socket_->WaitReadable();
}

void Connection::Shutdown() {
  deadlines_.Clear(Deadline::kAge);  // what the server grants counts from now on
  age_reached_ = true;
  if (!draining_) {
    draining_ = true;
    // What a client has sent before it could know is served.
    if (session_ == nullptr || InConversation()) OnReadable();
    if (closed_) return;
    deadlines_.Set(Deadline::kNotice, net::TimeoutAfter(Now(), context_.options.timeouts.drain));
    if (!InConversation()) TellSession();
  }
  UpdatePhase();
  ScheduleFlush();
}

void Connection::Retire() {
  if (draining_) return;
  if (session_ == nullptr) {
    Close();
    return;
  }
  draining_ = true;
  deadlines_.Set(Deadline::kNotice, net::TimeoutAfter(Now(), context_.options.timeouts.drain));
  TellSession();
  ScheduleFlush();
}

void Connection::TellSession() {
  if (session_ == nullptr || session_told_) return;
  session_told_ = true;
  session_->Shutdown();
}

size_t Connection::Cut(const Error& reason) {
  size_t running = 0;
  for (size_t i = streams_.size(); i-- > 0;) {
    if (i >= streams_.size()) continue;  // a cancelled stream may take others' places
    if (streams_[i]->running()) ++running;
    streams_[i]->Cancel(reason);
  }
  if (session_ != nullptr && !write_blocked_) WriteOutput();
  Close();
  return running;
}

void Connection::Linger() {
  socket_->ShutdownWrite();
  // A connection that was idle when the server began to drain has no answer on its way that a reset could eat.
  if (peer_ended_ || (draining_ && !answered_while_draining_)) {
    Close();
    return;
  }
  lingering_ = true;
  socket_->WaitReadable();
  UpdatePhase();
}

void Connection::Close() {
  if (closed_) return;
  closed_ = true;
  deadlines_.Stop();
  worker_->AddHeldBytes(0 - std::exchange(reported_bytes_, 0));
  if (handshake_ != nullptr) {
    context_.tls->CountFailedHandshake();
    handshake_.reset();
  }
  socket_->Close();
  while (!streams_.empty()) {
    Stream* stream = streams_.back();
    streams_.pop_back();
    stream->DetachConnection();
    stream->CloseHttp();
  }
  worker_->Retire(this);
}

}  // namespace connectrpc::server
