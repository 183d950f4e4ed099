#include "transport/connection.h"

#include <algorithm>
#include <string>
#include <utility>

#include "transport/attempt.h"

namespace connectrpc::transport {
namespace {

// Output that is taken from the session at a time: what is not, flow control still holds back.
constexpr size_t kMaxOutputBytes = 128 * 1024;
// In one turn: other connections of the loop wait meanwhile.
constexpr int kMaxWritesPerTurn = 16;
constexpr int kMaxReadsPerTurn = 4;
// Blocks that are read from a connection that takes no output any more.
constexpr int kMaxReadsAfterLoss = 16;

bool Contains(const std::vector<std::string>& list, std::string_view text) {
  return std::find(list.begin(), list.end(), text) != list.end();
}

}  // namespace

void Connection::TurnEnd::Run() {
  scheduled = false;
  if (connection == nullptr) {
    delete this;
    return;
  }
  connection->OnTurnEnd();
}

Connection::Connection(const Config* config, net::Loop* loop, std::vector<net::SocketAddress> addresses, Owner* owner)
    : config_(config),
      loop_(loop),
      owner_(owner),
      turn_end_(std::make_unique<TurnEnd>(this)),
      deadlines_(loop, this),
      connect_deadline_(net::TimeoutAfter(loop->Now(), config->options.timeouts.connect)),
      last_read_at_(loop->Now()) {
  const ClientTimeouts& timeouts = config->options.timeouts;
  net::ConnectOptions options;
  options.address_timeout = timeouts.connect_address;
  options.stagger = timeouts.connect_stagger;
  options.deadline = connect_deadline_;
  options.local_address = config->options.local_address;
  options.tls = config->tls;
  options.server_name = config->server_name;
  options.alpn = config->alpn;
  connector_ = net::Connector::Start(loop, std::move(addresses), options, this, this);
}

Connection::~Connection() {
  if (!closed_) {
    closed_ = ending_ = true;
    FailAttempts(Error(Code::kCanceled, "connection was given up"));
  }
  if (!turn_end_->scheduled) return;
  turn_end_->connection = nullptr;
  turn_end_.release();  // destroys itself
}

size_t Connection::capacity() const {
  return ready() && loss_.empty() ? session_->capacity() : 0;
}

void Connection::OnConnected(absl::StatusOr<std::unique_ptr<net::ByteStream>> stream) {
  if (!stream.ok()) return End(Error(Code::kUnavailable, std::string(stream.status().message())));
  socket_ = *std::move(stream);
  bool http2 = config_->http2_in_clear;
  if (config_->tls != nullptr) {
    http2 = socket_->alpn() == "h2";
    if (!http2 && !Contains(config_->alpn, "http/1.1")) {
      return End(Error(Code::kUnavailable, "server does not speak HTTP/2 (by ALPN)"));
    }
  }
  StartSession(http2);
}

void Connection::StartSession(bool http2) {
  http2_ = http2;
  session_ = http2 ? http::NewHttp2ClientSession(config_->session) : http::NewHttp1ClientSession(config_->session);
  last_read_at_ = Now();
  if (http2) {
    deadlines_.Set(Deadline::kPreface, connect_deadline_);
    deadlines_.Set(Deadline::kSettingsAck, net::TimeoutAfter(Now(), config_->options.timeouts.http2_settings_ack));
  }
  TellOwner();
  ScheduleTurnEnd();
}

void Connection::Start(Attempt* attempt) {
  attempt->index_in_connection = attempts_.size();
  attempts_.push_back(attempt);
  session_->Start(attempt);
  // Now, since the stream may be gone by the end of the turn: whoever saw no room hears of it then.
  if (capacity() == 0) had_capacity_ = false;
  ScheduleTurnEnd();
}

void Connection::Resume(Attempt* attempt) {
  session_->Resume(attempt);
  ScheduleTurnEnd();
}

void Connection::Release(Attempt* attempt, size_t bytes) {
  session_->Release(attempt, bytes);
  ScheduleTurnEnd();
}

void Connection::Reset(Attempt* attempt) {
  session_->Reset(attempt);
  ScheduleTurnEnd();
}

void Connection::Forget(Attempt* attempt) {
  const size_t index = attempt->index_in_connection;
  attempts_[index] = attempts_.back();
  attempts_[index]->index_in_connection = index;
  attempts_.pop_back();
}

// A large message comes in few turns; other connections have theirs soon.
void Connection::OnReadable() {
  for (int reads = 0; reads < kMaxReadsPerTurn && ReadOnce(); ++reads) {
  }
}

bool Connection::ReadOnce() {
  if (closed_) return false;
  const net::IoResult read = socket_->Read(loop_->read_block(), net::Loop::kReadBlockSize);
  switch (read.status) {
    case net::IoStatus::kOk:
      last_read_at_ = Now();
      ping_pending_ = false;
      Ingest(std::string_view(loop_->read_block(), read.bytes));
      // Where less came than could, there is no more yet.
      return read.bytes == net::Loop::kReadBlockSize && !closed_ && session_->want_read();
    case net::IoStatus::kWouldBlock:
      ContinueReading();
      return false;
    case net::IoStatus::kEnd:
      Lose("server closed the connection");
      return false;
    case net::IoStatus::kError:
      Break();
      return false;
  }
  return false;
}

void Connection::Ingest(std::string_view bytes) {
  session_->Feed(bytes);
  HandleEvents();
  TellOwner();
  ScheduleTurnEnd();
}

void Connection::HandleEvents() {
  std::vector<http::HttpClientEvent>& events = session_->events();
  // By index and by value: what the attempts do may append events.
  for (size_t i = 0; i < events.size() && !closed_; ++i) {
    const http::HttpClientEvent event = events[i];
    Attempt* const attempt = static_cast<Attempt*>(event.stream);
    switch (event.kind) {
      case http::HttpClientEvent::Kind::kHead:
        attempt->OnHead(event.end);
        break;
      case http::HttpClientEvent::Kind::kBody:
        attempt->OnBody(event.bytes);
        break;
      case http::HttpClientEvent::Kind::kEnd:
        if (torn_) {
          attempt->OnLost(Error(Code::kUnavailable, std::string(loss_)));
        } else {
          attempt->OnAnswerEnd();
        }
        break;
      case http::HttpClientEvent::Kind::kReset:
        if (loss_.empty()) {
          attempt->OnReset();
        } else {
          attempt->OnLost(Error(Code::kUnavailable, std::string(loss_)));
        }
        break;
      case http::HttpClientEvent::Kind::kClosed:
        Forget(attempt);
        attempt->OnClosed();
        break;
    }
  }
  events.clear();
}

void Connection::TellOwner() {
  if (closed_) return;
  if (!ending_ && session_->going_away()) {
    ending_ = true;
    if (ready_) owner_->OnGoingAway(this);
  }
  if (!ready_ && !ending_ && session_->settings_received()) {
    ready_ = had_capacity_ = true;
    deadlines_.Clear(Deadline::kPreface);
    owner_->OnReady(this);
  }
  const bool had_capacity = std::exchange(had_capacity_, capacity() > 0);
  if (!had_capacity && had_capacity_) {
    owner_->OnCapacity(this);
    had_capacity_ = capacity() > 0;
  }
}

void Connection::ScheduleTurnEnd() {
  if (turn_end_->scheduled) return;
  turn_end_->scheduled = true;
  loop_->Defer(turn_end_.get());
}

void Connection::OnTurnEnd() {
  if (closed_) {
    owner_->OnClosed(this, error_);  // which may destroy this
    return;
  }
  if (session_ == nullptr) return;
  connector_.reset();
  HandleEvents();
  WriteOutput();
  TellOwner();
  if (closed_) return;
  if (session_->finished() && output_.empty() && !write_blocked_) {
    socket_->ShutdownWrite();
    End(Error(Code::kUnavailable, ready_ ? "connection has ended" : "server does not speak HTTP/2, or wants no calls"));
    return;
  }
  ContinueReading();
  UpdateDeadlines();
}

void Connection::WriteOutput() {
  for (int writes = 0; !write_blocked_ && !closed_; ++writes) {
    session_->Write(&output_, kMaxOutputBytes);
    HandleEvents();
    CheckOutput();
    if (closed_ || output_.empty()) return;
    if (writes == kMaxWritesPerTurn) return ScheduleTurnEnd();
    const net::IoResult result = socket_->Write(&output_);
    written_bytes_ += result.bytes;
    if (result.status == net::IoStatus::kError) return OnWriteFailed();
    if (result.status == net::IoStatus::kWouldBlock) {
      write_blocked_ = true;
      socket_->WaitWritable();
    }
  }
}

void Connection::OnWriteFailed() {
  for (int reads = 0; reads < kMaxReadsAfterLoss && !closed_; ++reads) {
    const net::IoResult read = socket_->Read(loop_->read_block(), net::Loop::kReadBlockSize);
    if (read.status == net::IoStatus::kEnd) return Lose("server closed the connection");
    if (read.status != net::IoStatus::kOk) break;
    session_->Feed(std::string_view(loop_->read_block(), read.bytes));
    HandleEvents();
  }
  Break();
}

void Connection::Break() {
  torn_ = true;
  Lose("connection to the server broke");
}

void Connection::CheckOutput() {
  if (!output_watched_) return;
  output_watched_ = false;
  for (size_t i = 0; i < attempts_.size(); ++i) {
    if (attempts_[i]->CheckOutput()) output_watched_ = true;
  }
}

void Connection::OnWritable() {
  write_blocked_ = false;
  ScheduleTurnEnd();
}

void Connection::ContinueReading() {
  if (!closed_ && session_->want_read()) socket_->WaitReadable();
}

void Connection::Shutdown() {
  if (closed_) return;
  ending_ = true;
  if (session_ == nullptr) return End(Error(Code::kUnavailable, "connection is not needed any more"));
  session_->Shutdown();
  ScheduleTurnEnd();
}

void Connection::Lose(std::string_view why) {
  if (closed_) return;
  loss_ = why;
  session_->FeedEnd();
  HandleEvents();
  if (ready_ || closed_) return End(Error(Code::kUnavailable, std::string(why)));
  End(Error(Code::kUnavailable, std::string(why) + " before its HTTP/2 preface"));
}

void Connection::End(Error error) {
  if (closed_) return;
  closed_ = ending_ = true;
  deadlines_.Stop();
  if (socket_ != nullptr) socket_->Close();
  FailAttempts(error);
  error_ = std::move(error);
  ScheduleTurnEnd();
}

void Connection::Close(const Error& error) {
  if (closed_) return;
  closed_ = ending_ = true;
  deadlines_.Stop();
  connector_.reset();
  if (session_ != nullptr && !write_blocked_) SayGoodbye();
  FailAttempts(error);
  if (socket_ != nullptr) socket_->Close();
  owner_->OnClosed(this, error);
}

// As far as the socket takes it. The events that come of it are of no use: every attempt is about to fail.
void Connection::SayGoodbye() {
  for (Attempt* attempt : attempts_) session_->Reset(attempt);
  session_->Shutdown();
  session_->Write(&output_, kMaxOutputBytes);
  if (socket_->Write(&output_).status == net::IoStatus::kOk) socket_->ShutdownWrite();
}

void Connection::FailAttempts(const Error& error) {
  while (!attempts_.empty()) {
    Attempt* const attempt = attempts_.back();
    attempts_.pop_back();
    if (!attempt->head_written) attempt->unprocessed = true;
    attempt->OnLost(error);
    attempt->OnClosed();
  }
}

}  // namespace connectrpc::transport
