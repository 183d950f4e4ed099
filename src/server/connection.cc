#include "server/connection.h"

#include <utility>

#include "http/sessions.h"
#include "net/tls_stream.h"
#include "server/worker.h"

namespace connectrpc::server {

Connection::Connection(Worker* worker, net::AcceptedSocket socket, ServerTls::Handshake handshake)
    : worker_(worker), context_(worker->context()), handshake_(std::move(handshake)) {
  net::Loop* const loop = &worker->loop();
  net::ByteStream::Watcher* const watcher = this;
  if (handshake_ == nullptr) {
    socket_ = std::make_unique<net::Socket>(loop, std::move(socket), watcher);
  } else {
    socket_ = std::make_unique<net::TlsStream>(loop, std::move(socket), handshake_->context(), net::TlsRole::kServer,
                                               watcher);
  }
  UpdateTimer();
  socket_->WaitReadable();
}

Connection::~Connection() {
  worker_->loop().Disarm(this);
}

void Connection::OnReadable() {
  net::IoResult read = socket_->Read(worker_->loop().read_block(), net::Loop::kReadBlockSize);
  if (handshake_ != nullptr && read.status != net::IoStatus::kError && !socket_->handshaking()) OnHandshakeEnd();
  switch (read.status) {
    case net::IoStatus::kOk:
      Ingest(std::string_view(worker_->loop().read_block(), read.bytes));
      return;
    case net::IoStatus::kWouldBlock:
      ContinueReading();
      return;
    case net::IoStatus::kEnd:
      peer_ended_ = true;
      if (session_ == nullptr || lingering_) {
        Close();
        return;
      }
      session_->FeedEnd();
      HandleEvents();
      ScheduleFlush();
      return;
    case net::IoStatus::kError:
      Close();
      return;
  }
}

void Connection::OnHandshakeEnd() {
  handshake_.reset();
  // ALPN has decided: what the client sends now is nothing else (RFC 7301 section 3.2).
  StartSession(/*http1=*/socket_->alpn() != "h2");
  ScheduleFlush();
}

void Connection::StartSession(bool http1) {
  is_http1_ = http1;
  session_ = http1 ? http::NewHttp1ServerSession(context_.session_limits, this)
                   : http::NewHttp2ServerSession(context_.session_limits, this);
  if (draining_) session_->Shutdown();
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
  if (open_requests_ == 0) bytes_since_request_ += bytes.size();
  if (session_ == nullptr) {
    first_bytes_.append(bytes);
    http::Sniffed sniffed = http::SniffPreface(first_bytes_);
    if (sniffed == http::Sniffed::kNeedMore) {
      socket_->WaitReadable();
      return;
    }
    StartSession(/*http1=*/sniffed == http::Sniffed::kHttp1);
    bytes = first_bytes_;
  }
  session_->Feed(bytes);
  HandleEvents();
  first_bytes_.clear();
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
        any_head_ = true;
        ++open_requests_;
        latest_stream_ = stream;
        stream->OnHead(event.end);
        break;
      case http::HttpEvent::Kind::kBody:
        stream->OnBody(event.bytes, event.end);
        break;
      case http::HttpEvent::Kind::kAborted:
        stream->OnAborted();
        break;
      case http::HttpEvent::Kind::kClosed:
        if (stream == latest_stream_) latest_stream_ = nullptr;
        if (stream->announced) --open_requests_;
        if (draining_) answered_while_draining_ = true;
        bytes_since_request_ = 0;
        stream->CloseHttp();
        break;
    }
  }
  events.clear();
}

http::HttpStream* Connection::Acquire() {
  if (draining_ || streams_.size() >= context_.options.limits.max_running_calls_per_connection) return nullptr;
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
  if (session_->finished() && output_.empty() && !write_blocked_ && !lingering_) {
    Linger();
    return;
  }
  ContinueReading();
  UpdateTimer();
}

bool Connection::WriteOutput() {
  for (;;) {
    session_->Write(&output_, context_.options.limits.max_connection_output_bytes);
    HandleEvents();
    CheckStreams();
    if (output_.empty()) return true;
    net::IoResult result = socket_->Write(&output_);
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

Connection::Waiting Connection::WaitingFor() const {
  if (handshake_ != nullptr) return Waiting::kHandshake;
  if (lingering_) return Waiting::kLinger;
  // An HTTP/2 client that never confirms GOAWAY holds nobody up.
  if (draining_ && open_requests_ == 0) return Waiting::kLinger;
  if (!any_head_) return Waiting::kFirstHead;
  if (!is_http1_) return Waiting::kNothing;
  if (open_requests_ == 0) return bytes_since_request_ > 0 ? Waiting::kHead : Waiting::kIdle;
  bool dropping = latest_stream_ != nullptr && latest_stream_->response_sent && !latest_stream_->request_ended;
  return dropping ? Waiting::kDrain : Waiting::kNothing;
}

wire::TimePoint Connection::TimerFor(Waiting waiting) const {
  const Timeouts& timeouts = context_.options.timeouts;
  std::chrono::milliseconds wait{0};
  switch (waiting) {
    case Waiting::kNothing:
      break;
    case Waiting::kHandshake:
      wait = timeouts.tls_handshake;
      break;
    case Waiting::kFirstHead:
    case Waiting::kHead:
      wait = timeouts.header_read;
      break;
    case Waiting::kIdle:
      wait = timeouts.http1_idle;
      break;
    case Waiting::kDrain:
    case Waiting::kLinger:
      wait = timeouts.drain;
      break;
  }
  return wait.count() == 0 ? wire::kNever : wire::DeadlineAfter(worker_->loop().Now(), wait);
}

void Connection::UpdateTimer() {
  Waiting waiting = WaitingFor();
  if (waiting == waiting_) return;
  waiting_ = waiting;
  worker_->loop().Arm(this, TimerFor(waiting));
}

void Connection::OnTimer() {
  Close();
}

void Connection::Shutdown() {
  draining_ = true;
  if (session_ == nullptr) {
    Close();
    return;
  }
  session_->Shutdown();
  ScheduleFlush();
}

size_t Connection::Cut() {
  size_t running = 0;
  for (size_t i = streams_.size(); i-- > 0;) {
    if (i >= streams_.size()) continue;  // a cancelled stream may take others' places
    if (streams_[i]->running()) ++running;
    streams_[i]->Cancel(Error(Code::kUnavailable, "server is shutting down"));
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
  UpdateTimer();
}

void Connection::Close() {
  if (closed_) return;
  closed_ = true;
  worker_->loop().Disarm(this);
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
