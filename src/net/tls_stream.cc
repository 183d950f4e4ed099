#include "net/tls_stream.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "net/openssl_handles.h"
#include "net/peer_certificate.h"
#include "net/tls_bio.h"
#include "net/tls_failure.h"

namespace connectrpc::net {
namespace {

constexpr size_t kRecordSize = SSL3_RT_MAX_PLAIN_LENGTH;
constexpr size_t kMaxPieces = 64;              // of one record
constexpr size_t kMaxUnsentBytes = 64 * 1024;  // then no more is encrypted until the socket has taken it
constexpr size_t kMaxUnreadAnswers = 2 * kMaxUnsentBytes;
constexpr size_t kReadBudget = 128 * 1024;      // of one Read, encrypted
constexpr size_t kMaxDroppedBytes = 64 * 1024;  // after a failed handshake

// Without what stands around a name in URLs and system calls, but not in certificates: the brackets and zone of an IPv6
// address, the final dot of a name.
std::string PlainName(std::string_view name) {
  if (name.size() >= 2 && name.front() == '[' && name.back() == ']') name = name.substr(1, name.size() - 2);
  if (name.find(':') != name.npos) name = name.substr(0, name.find('%'));
  if (!name.empty() && name.back() == '.') name.remove_suffix(1);
  return std::string(name);
}

// What went wrong; empty: nothing.
std::string SetTarget(SSL* ssl, const std::string& name, const std::vector<std::string>& alpn) {
  X509_VERIFY_PARAM* const parameters = SSL_get0_param(ssl);
  const bool verifies = SSL_get_verify_mode(ssl) != SSL_VERIFY_NONE;
  const bool is_address = X509_VERIFY_PARAM_set1_ip_asc(parameters, name.c_str()) == 1;
  if (verifies && name.empty()) return "no name to verify the server's certificate with";
  // OpenSSL would take it for all names that end so.
  if (verifies && name.front() == '.') return "'" + name + "' is not a name";
  // RFC 6066 section 3: addresses are not asked for.
  if (!is_address && !name.empty() && SSL_set_tlsext_host_name(ssl, name.c_str()) != 1) {
    return "'" + name + "' cannot be asked for: " + TakeOpenSslError();
  }
  if (verifies && !is_address && X509_VERIFY_PARAM_set1_host(parameters, name.data(), name.size()) != 1) {
    return "'" + name + "' cannot be verified: " + TakeOpenSslError();
  }
  X509_VERIFY_PARAM_set_hostflags(parameters,
                                  X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
  std::string offers;
  for (const std::string& protocol : alpn) offers += static_cast<char>(protocol.size()) + protocol;
  if (!offers.empty() && SSL_set_alpn_protos(ssl, reinterpret_cast<const unsigned char*>(offers.data()),
                                             static_cast<unsigned>(offers.size())) != 0) {
    return "ALPN: " + TakeOpenSslError();
  }
  return {};
}

}  // namespace

void TlsStream::Deleter::operator()(ssl_st* ssl) const {
  SSL_free(ssl);
}

TlsStream::TlsStream(Loop* loop, ConnectedSocket connected, std::shared_ptr<const TlsContext> context, Watcher* watcher)
    : loop_(loop),
      watcher_(watcher),
      socket_(loop, std::move(connected), this),
      bio_(std::make_unique<TlsBio>(&socket_)),
      context_(std::move(context)),
      ssl_(SSL_new(context_->get())) {
  BioPtr bio = bio_->NewBio();
  if (ssl_ == nullptr || bio == nullptr) {  // out of memory
    state_ = State::kFailed;
    return;
  }
  BIO* const both_ways = bio.release();
  SSL_set_bio(ssl_.get(), both_ways, both_ways);
  SSL_set_accept_state(ssl_.get());
}

TlsStream::TlsStream(Loop* loop, ConnectedSocket connected, std::shared_ptr<const TlsContext> context,
                     const TlsTarget& target, Watcher* watcher)
    : TlsStream(loop, std::move(connected), std::move(context), watcher) {
  is_client_ = true;
  server_name_ = PlainName(target.server_name);
  if (state_ == State::kHandshaking) {
    SSL_set_connect_state(ssl_.get());
    failure_ = SetTarget(ssl_.get(), server_name_, target.alpn);
    ERR_clear_error();
    if (failure_.empty()) return;
  } else {
    failure_ = "out of memory";
  }
  state_ = State::kFailed;
}

TlsStream::~TlsStream() {
  Close();
}

bool TlsStream::HasInput() const {
  return input_left_ || state_ == State::kEnded || state_ == State::kFailed;
}

void TlsStream::WaitReadable() {
  if (closed()) return;
  if (!HasInput()) {
    socket_.WaitReadable();
  } else if (!armed()) {
    // Past the time of this turn, so that the call comes in the next one, whatever this one is about to do.
    loop_->Arm(this, loop_->Now() + wire::Duration(1));
  }
}

void TlsStream::WaitWritable() {
  if (closed()) return;
  wants_writable_ = true;
  // During the handshake it is Read that leads to where writing is possible.
  if (!handshaking()) socket_.WaitWritable();
}

void TlsStream::OnReadable() {
  watcher_->OnReadable();  // may destroy this object
}

void TlsStream::OnTimer() {
  watcher_->OnReadable();  // may destroy this object
}

void TlsStream::OnWritable() {
  if (Flush() == IoStatus::kWouldBlock || handshaking()) return;
  if (std::exchange(wants_writable_, false)) watcher_->OnWritable();  // may destroy this object
}

IoResult TlsStream::Read(char* buffer, size_t size) {
  if (closed()) return {IoStatus::kError, 0};
  bio_->read_budget = kReadBudget;
  input_left_ = false;
  if (state_ == State::kHandshaking) Handshake();
  if (state_ == State::kRefusing) DropInput(buffer, size);
  const size_t bytes = state_ == State::kOpen ? ReadRecords(buffer, size) : 0;
  // Alerts, tickets, answers to key updates.
  if (!bio_->output.empty()) Flush();
  // A peer that makes OpenSSL answer (it may ask for renegotiation for ever) and does not read.
  if (bio_->output.size() > kMaxUnreadAnswers) state_ = State::kFailed;
  if (bytes > 0) return {IoStatus::kOk, bytes};
  if (state_ == State::kEnded) return {IoStatus::kEnd, 0};
  if (state_ == State::kFailed) return {IoStatus::kError, 0};
  return {IoStatus::kWouldBlock, 0};
}

void TlsStream::MoveHandshakeOn() {
  if (closed() || state_ != State::kHandshaking) return;
  bio_->read_budget = kReadBudget;
  Handshake();
  if (!bio_->output.empty()) Flush();
  input_left_ = state_ == State::kOpen && SSL_has_pending(ssl_.get()) != 0;
}

void TlsStream::Handshake() {
  ERR_clear_error();
  const int result = SSL_do_handshake(ssl_.get());
  if (result != 1) {
    OnResult(result);
    return;
  }
  state_ = State::kOpen;
  peer_certificate_ = VerifiedPeerCertificate(ssl_.get());
  if (wants_writable_) socket_.WaitWritable();
}

// Closing a socket whose peer still sends would reset the connection, and the reset may overtake our alert: with
// TLS 1.3 a client sends its first request before it learns that its certificate was refused.
void TlsStream::DropInput(char* buffer, size_t size) {
  while (state_ == State::kRefusing) {
    const IoResult result = socket_.Read(buffer, size);
    if (result.status == IoStatus::kWouldBlock) return;
    dropped_bytes_ += result.bytes;
    if (result.status != IoStatus::kOk || dropped_bytes_ > kMaxDroppedBytes) state_ = State::kFailed;
  }
}

size_t TlsStream::ReadRecords(char* buffer, size_t size) {
  size_t done = 0;
  while (done < size) {
    size_t read = 0;
    ERR_clear_error();
    const int result = SSL_read_ex(ssl_.get(), buffer + done, size - done, &read);
    if (result != 1) {
      OnResult(result);
      return done;
    }
    done += read;
  }
  input_left_ = SSL_has_pending(ssl_.get()) != 0;
  return done;
}

void TlsStream::OnResult(int result) {
  const int error = SSL_get_error(ssl_.get(), result);
  // Writing never waits, so this is all that can be waited for.
  if (error == SSL_ERROR_WANT_READ) return ERR_clear_error();
  if (error == SSL_ERROR_ZERO_RETURN && state_ == State::kOpen) {
    ERR_clear_error();
    state_ = State::kEnded;
    return;
  }
  if (is_client_ && failure_.empty()) failure_ = DescribeTlsFailure(ssl_.get(), server_name_);
  ERR_clear_error();
  if (state_ == State::kHandshaking && !bio_->ended) {
    state_ = State::kRefusing;
    wants_shutdown_ = true;
  } else {
    state_ = State::kFailed;
  }
  Flush();  // the alert
}

IoResult TlsStream::Write(wire::OutputQueue* queue) {
  IoResult result;
  if (closed() || state_ == State::kFailed) return {IoStatus::kError, 0};
  if (handshaking()) return {IoStatus::kWouldBlock, 0};
  for (;;) {
    if (!bio_->output.empty()) result.status = Flush();
    if (result.status != IoStatus::kOk || queue->empty()) return result;
    const size_t before = queue->size();
    while (!queue->empty() && bio_->output.size() < kMaxUnsentBytes) {
      if (!EncryptRecord(queue)) return {IoStatus::kError, result.bytes};
    }
    result.bytes += before - queue->size();
  }
}

bool TlsStream::EncryptRecord(wire::OutputQueue* queue) {
  std::string_view pieces[kMaxPieces];
  const size_t count = queue->Peek(pieces, kMaxPieces);
  std::string_view record = pieces[0].substr(0, kRecordSize);
  char gathered[kRecordSize];
  if (count > 1 && record.size() < kRecordSize) {
    // A copy costs less than a record, whose header and tag travel too.
    size_t size = 0;
    for (size_t i = 0; i < count && size < kRecordSize; ++i) {
      const std::string_view piece = pieces[i].substr(0, kRecordSize - size);
      std::memcpy(gathered + size, piece.data(), piece.size());
      size += piece.size();
    }
    record = std::string_view(gathered, size);
  }
  size_t written = 0;
  ERR_clear_error();
  if (SSL_write_ex(ssl_.get(), record.data(), record.size(), &written) != 1) {
    // Nothing can be waited for here: there is no renegotiation, and the output takes all.
    ERR_clear_error();
    state_ = State::kFailed;
    return false;
  }
  queue->Consume(written);  // less than the record where the peer has asked for short ones
  return true;
}

IoStatus TlsStream::Flush() {
  const IoStatus status = socket_.Write(&bio_->output).status;
  if (status == IoStatus::kWouldBlock) {
    socket_.WaitWritable();
  } else if (status == IoStatus::kError) {
    state_ = State::kFailed;
    if (is_client_ && failure_.empty()) failure_ = "the connection was lost";
  } else if (wants_shutdown_) {
    socket_.ShutdownWrite();
  }
  return status;
}

void TlsStream::ShutdownWrite() {
  if (closed() || std::exchange(wants_shutdown_, true)) return;
  if (CanWrite()) {
    ERR_clear_error();
    SSL_shutdown(ssl_.get());
    ERR_clear_error();
  }
  Flush();
}

void TlsStream::Close() {
  loop_->Disarm(this);
  socket_.Close();
}

std::string_view TlsStream::alpn() const {
  const unsigned char* protocol = nullptr;
  unsigned int size = 0;
  if (ssl_ != nullptr) SSL_get0_alpn_selected(ssl_.get(), &protocol, &size);
  return {reinterpret_cast<const char*>(protocol), size};
}

}  // namespace connectrpc::net
