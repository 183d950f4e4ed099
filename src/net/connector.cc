#include "net/connector.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

#include "net/descriptor.h"
#include "net/socket.h"
#include "net/timer.h"
#include "net/tls_stream.h"

namespace connectrpc::net {
namespace {

constexpr size_t kMaxNamedFailures = 8;  // in one error; a name may have hundreds of addresses

using Stream = absl::StatusOr<std::unique_ptr<ByteStream>>;

std::string Words(int error) {
  return std::generic_category().message(error);
}

std::string Milliseconds(wire::Duration time) {
  return std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(time).count()) + " ms";
}

class TimerTo final : public Timer {
 public:
  using Function = void (*)(void*);
  TimerTo(Function function, void* argument) : function_(function), argument_(argument) {}
  void OnTimer() override { function_(argument_); }

 private:
  const Function function_;
  void* const argument_;
};

// 0 or errno.
int BindLocal(int fd, const std::string& text, int family) {
  if (text.empty() || family == AF_UNIX) return 0;
  const absl::StatusOr<SocketAddress> local = ParseLocalAddress(text);
  if (!local.ok()) return EINVAL;
  if (local->family() != family) return EAFNOSUPPORT;
  const int on = 1;
  // The port is chosen by connect, which knows more ports to be free.
  ::setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof(on));
  return ::bind(fd, local->get(), local->size) == 0 ? 0 : errno;
}

// 0 or errno: what has become of a connection that was begun.
int ResultOf(int fd, const SocketAddress& address) {
  int error = 0;
  socklen_t size = sizeof(error);
  if (::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0) return errno;
  if (error != 0 || address.family() == AF_UNIX) return error;
  // Where nobody listens on a port of the kernel's choice, the kernel may choose that same port for us, and we would
  // talk to ourselves (RFC 9293 section 3.5, simultaneous open).
  SocketAddress own;
  own.size = sizeof(own.storage);
  if (::getsockname(fd, own.get(), &own.size) != 0) return errno;
  return FormatAddress(own) == FormatAddress(address) ? ECONNREFUSED : 0;
}

class TheConnector;

// One address that is being tried.
class Attempt final : public ByteStream::Watcher, private Timer {
 public:
  Attempt(TheConnector* connector, Loop* loop, const SocketAddress& address)
      : connector_(connector), loop_(loop), address_(address) {}
  ~Attempt() {
    loop_->Disarm(this);
    if (descriptor_ != nullptr) descriptor_->Close();
  }

  // 0 or errno. What follows is told to the connector, not from in here.
  int Begin(const ConnectOptions& options);
  const SocketAddress& address() const { return address_; }
  ConnectedSocket Release() { return ConnectedSocket(descriptor_->Release().Release(), FormatPeer(address_)); }

 private:
  void OnReadable() override {}
  void OnWritable() override;
  void OnTimer() override;

  TheConnector* const connector_;
  Loop* const loop_;
  const SocketAddress address_;
  std::shared_ptr<Descriptor> descriptor_;  // shared with a wait that Asio still holds
};

class TheConnector final : public Connector, public ByteStream::Watcher {
 public:
  TheConnector(Loop* loop, std::vector<SocketAddress> addresses, const ConnectOptions& options,
               Connector::Watcher* watcher, ByteStream::Watcher* stream_watcher)
      : loop_(loop),
        addresses_(std::move(addresses)),
        options_(options),
        watcher_(watcher),
        stream_watcher_(stream_watcher) {}
  ~TheConnector() override {
    for (TimerTo* timer : {&deadline_, &stagger_, &answer_}) loop_->Disarm(timer);
  }

  void Begin();

  // Of an attempt, which they destroy.
  void OnConnected(Attempt* attempt);
  void OnFailed(Attempt* attempt, const std::string& reason);
  const ConnectOptions& options() const { return options_; }

 private:
  // Tries addresses until one takes its time.
  void TryNext();
  void OnReadable() override;  // of the TLS stream
  void OnWritable() override {}
  void OnDeadline();

  void Fail(const SocketAddress& address, const std::string& reason);
  // With what the addresses tried so far have said.
  absl::Status Failure(const std::string& summary) const;
  absl::Status TlsFailure(const std::string& reason) const;
  // What ALPN has to object to; empty: nothing.
  std::string AlpnFailure() const;
  // The end: now or, from inside Start, soon.
  void Answer(Stream stream);

  Loop* const loop_;
  const std::vector<SocketAddress> addresses_;
  const ConnectOptions options_;
  Connector::Watcher* const watcher_;
  ByteStream::Watcher* const stream_watcher_;

  size_t next_ = 0;                                 // of the addresses
  std::vector<std::unique_ptr<Attempt>> attempts_;  // under way
  std::vector<std::string> failures_;
  size_t unnamed_failures_ = 0;
  std::string address_;             // that took the connection
  std::unique_ptr<TlsStream> tls_;  // during the handshake
  bool starting_ = false;
  std::optional<Stream> answer_to_come_;

  TimerTo deadline_{[](void* self) { static_cast<TheConnector*>(self)->OnDeadline(); }, this};
  TimerTo stagger_{[](void* self) { static_cast<TheConnector*>(self)->TryNext(); }, this};
  TimerTo answer_{[](void* self) {
                    auto* const connector = static_cast<TheConnector*>(self);
                    connector->Answer(*std::exchange(connector->answer_to_come_, std::nullopt));
                  },
                  this};
};

int Attempt::Begin(const ConnectOptions& options) {
  UniqueFd fd(::socket(address_.family(), SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd.valid()) return errno;
  if (const int error = BindLocal(fd.get(), options.local_address, address_.family()); error != 0) return error;
  // Unix sockets do not wait: EAGAIN is a server with a full backlog, and will not get better by itself.
  if (::connect(fd.get(), address_.get(), address_.size) != 0 && errno != EINPROGRESS && errno != EINTR) return errno;
  descriptor_ = std::make_shared<Descriptor>(loop_, std::move(fd), this);
  if (descriptor_->fd() < 0) return ENOMEM;
  descriptor_->WaitWritable();
  if (options.address_timeout > wire::Duration::zero()) loop_->Arm(this, loop_->Now() + options.address_timeout);
  return 0;
}

void Attempt::OnWritable() {
  const int error = ResultOf(descriptor_->fd(), address_);
  if (error != 0) return connector_->OnFailed(this, Words(error));
  connector_->OnConnected(this);
}

void Attempt::OnTimer() {
  connector_->OnFailed(this, "no answer within " + Milliseconds(connector_->options().address_timeout));
}

void TheConnector::Begin() {
  starting_ = true;
  if (options_.deadline <= loop_->Now()) {
    OnDeadline();
  } else {
    loop_->Arm(&deadline_, options_.deadline);
    TryNext();
  }
  starting_ = false;
}

void TheConnector::TryNext() {
  while (next_ < addresses_.size()) {
    const SocketAddress& address = addresses_[next_++];
    auto attempt = std::make_unique<Attempt>(this, loop_, address);
    const int error = attempt->Begin(options_);
    if (error != 0) {
      Fail(address, Words(error));
      continue;
    }
    attempts_.push_back(std::move(attempt));
    if (options_.stagger > wire::Duration::zero() && next_ < addresses_.size()) {
      loop_->Arm(&stagger_, loop_->Now() + options_.stagger);
    }
    return;
  }
  if (attempts_.empty()) Answer(Failure("cannot connect"));
}

void TheConnector::OnFailed(Attempt* attempt, const std::string& reason) {
  Fail(attempt->address(), reason);
  attempts_.erase(std::find_if(attempts_.begin(), attempts_.end(),
                               [&](const std::unique_ptr<Attempt>& one) { return one.get() == attempt; }));
  loop_->Disarm(&stagger_);
  TryNext();
}

void TheConnector::OnConnected(Attempt* attempt) {
  const SocketAddress address = attempt->address();
  ConnectedSocket socket = attempt->Release();
  attempts_.clear();
  loop_->Disarm(&stagger_);
  address_ = FormatAddress(address);
  if (options_.tls == nullptr) return Answer(std::make_unique<Socket>(loop_, std::move(socket), stream_watcher_));
  tls_ = std::make_unique<TlsStream>(loop_, std::move(socket), options_.tls,
                                     TlsTarget{options_.server_name, options_.alpn}, this);
  OnReadable();
}

void TheConnector::OnReadable() {
  tls_->MoveHandshakeOn();
  if (!tls_->tls_failure().empty()) return Answer(TlsFailure(std::string(tls_->tls_failure())));
  if (tls_->handshaking()) return tls_->WaitReadable();
  if (std::string reason = AlpnFailure(); !reason.empty()) return Answer(TlsFailure(reason));
  tls_->SetWatcher(stream_watcher_);
  Answer(std::move(tls_));
}

std::string TheConnector::AlpnFailure() const {
  const auto offered = [&](const std::string& protocol) {
    return std::find(options_.alpn.begin(), options_.alpn.end(), protocol) != options_.alpn.end();
  };
  const std::string choice(tls_->alpn());
  if (!choice.empty()) return offered(choice) ? "" : "the server has chosen by ALPN what it was not offered";
  // Without a choice the connection speaks what there was before ALPN.
  if (options_.alpn.empty() || offered("http/1.1")) return "";
  return "the server does not agree to " + options_.alpn.front() + " by ALPN";
}

void TheConnector::OnDeadline() {
  for (const auto& attempt : attempts_) Fail(attempt->address(), "no answer yet");
  attempts_.clear();
  loop_->Disarm(&stagger_);
  if (tls_ != nullptr) return Answer(TlsFailure("no end of it in time"));
  Answer(Failure("cannot connect in time"));
}

void TheConnector::Fail(const SocketAddress& address, const std::string& reason) {
  if (failures_.size() < kMaxNamedFailures) {
    failures_.push_back(FormatAddress(address) + ": " + reason);
  } else {
    ++unnamed_failures_;
  }
}

absl::Status TheConnector::Failure(const std::string& summary) const {
  std::string text = summary;
  const char* separator = ": ";
  for (const std::string& failure : failures_) text += std::exchange(separator, "; ") + failure;
  if (unnamed_failures_ > 0) text += "; and " + std::to_string(unnamed_failures_) + " more";
  return absl::UnavailableError(text);
}

absl::Status TheConnector::TlsFailure(const std::string& reason) const {
  return absl::UnavailableError("TLS handshake with " + address_ + ": " + reason);
}

void TheConnector::Answer(Stream stream) {
  loop_->Disarm(&deadline_);
  if (starting_) {
    answer_to_come_ = std::move(stream);
    loop_->Arm(&answer_, loop_->Now());
  } else {
    watcher_->OnConnected(std::move(stream));  // may destroy this object
  }
}

}  // namespace

std::unique_ptr<Connector> Connector::Start(Loop* loop, std::vector<SocketAddress> addresses,
                                            const ConnectOptions& options, Watcher* watcher,
                                            ByteStream::Watcher* stream_watcher) {
  auto connector = std::make_unique<TheConnector>(loop, std::move(addresses), options, watcher, stream_watcher);
  connector->Begin();
  return connector;
}

}  // namespace connectrpc::net
