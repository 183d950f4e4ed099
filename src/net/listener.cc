#include "net/listener.h"

#include <linux/filter.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <iterator>
#include <system_error>
#include <utility>

#include "net/address.h"
#include "net/descriptor.h"

namespace connectrpc::net {
namespace {

constexpr int kBacklog = 4096;  // cut by the kernel to net.core.somaxconn
constexpr int kAcceptsPerTurn = 64;
constexpr std::chrono::milliseconds kPause{100};

enum class AcceptAction {
  kAgain,  // this connection is lost; the next may be fine
  kWait,   // none is there
  kPause,  // the process or the host has run out of something
  kStop,   // will never work again
};

// accept(2) names these errors, and asks to treat those of the network like EAGAIN.
AcceptAction ActionFor(int error) {
  switch (error) {
    case EAGAIN:
#if EWOULDBLOCK != EAGAIN
    case EWOULDBLOCK:
#endif
      return AcceptAction::kWait;
    case EINTR:
    case ECONNABORTED:
    case ECONNRESET:
    case EPERM:
    case EPROTO:
    case ENOPROTOOPT:
    case EOPNOTSUPP:
    case ENETDOWN:
    case ENETUNREACH:
    case EHOSTDOWN:
    case EHOSTUNREACH:
    case ENONET:
    case ETIMEDOUT:
      return AcceptAction::kAgain;
    case EBADF:
    case EINVAL:
    case ENOTSOCK:
    case EFAULT:
      return AcceptAction::kStop;
    default:  // EMFILE, ENFILE, ENOBUFS, ENOMEM; with others, too, neither spinning nor giving up is right
      return AcceptAction::kPause;
  }
}

// A socket file in the file system, told apart from one that somebody else put in its place.
struct SocketFile {
  std::string path;  // empty: none
  dev_t device = 0;
  ino_t inode = 0;

  static SocketFile Of(const std::string& path) {
    struct stat status;
    if (path.empty() || ::lstat(path.c_str(), &status) != 0 || !S_ISSOCK(status.st_mode)) return {};
    return {path, status.st_dev, status.st_ino};
  }

  void Remove() {
    const SocketFile now = Of(path);
    if (!now.path.empty() && now.device == device && now.inode == inode) ::unlink(path.c_str());
    path.clear();
  }
};

// Whether the file is left over from a process that is gone. A full backlog (EAGAIN) is a sign of life.
bool IsStaleSocketFile(const SocketAddress& address) {
  if (SocketFile::Of(UnixPathOf(address)).path.empty()) return false;
  const UniqueFd probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  return probe.valid() && ::connect(probe.get(), address.get(), address.size) != 0 && errno == ECONNREFUSED;
}

// Binds, replacing a stale socket file. 0 or errno.
int Bind(int fd, const SocketAddress& address) {
  if (::bind(fd, address.get(), address.size) == 0) return 0;
  const int error = errno;
  if (error != EADDRINUSE || !IsStaleSocketFile(address)) return error;
  ::unlink(UnixPathOf(address).c_str());
  return ::bind(fd, address.get(), address.size) == 0 ? 0 : errno;
}

struct BoundSocket {
  UniqueFd fd;
  SocketAddress address;
  SocketFile file;
};

// 0 or errno.
int BindAndListen(const SocketAddress& address, const ListenOptions& options, BoundSocket* bound) {
  UniqueFd fd(::socket(address.family(), SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd.valid()) return errno;
  const int on = 1;
  const int off = 0;
  if (address.family() != AF_UNIX && ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0) {
    return errno;
  }
  if (options.reuse_port && address.family() != AF_UNIX &&
      ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on)) != 0) {
    return errno;
  }
  if (address.family() == AF_INET6 && ::setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off)) != 0) {
    return errno;
  }
  if (const int error = Bind(fd.get(), address); error != 0) return error;
  SocketFile file = SocketFile::Of(UnixPathOf(address));
  SocketAddress actual;
  actual.size = sizeof(actual.storage);
  if (::listen(fd.get(), kBacklog) != 0 || ::getsockname(fd.get(), actual.get(), &actual.size) != 0) {
    const int error = errno;
    file.Remove();
    return error;
  }
  *bound = {std::move(fd), actual, std::move(file)};
  return 0;
}

// Drops the segments by which clients ask for a connection. No system call takes a socket out of its SO_REUSEPORT group
// and lets it live on; this has the same effect, once the clients ask again. The socket filter of a listener sees each
// segment from the TCP header on, and those of handshakes under way too.
bool DropConnectionRequests(int fd) {
  constexpr unsigned int kOffsetOfFlags = 13;
  constexpr unsigned int kDrop = 0;
  constexpr unsigned int kWhole = ~0U;
  sock_filter code[] = {
      BPF_STMT(BPF_LD | BPF_B | BPF_ABS, kOffsetOfFlags),
      BPF_STMT(BPF_ALU | BPF_AND | BPF_K, TH_SYN | TH_ACK),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, TH_SYN, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, kDrop),
      BPF_STMT(BPF_RET | BPF_K, kWhole),
  };
  const sock_fprog program = {std::size(code), code};
  return ::setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) == 0;
}

bool IsFamilyMissing(int error) {
  return error == EAFNOSUPPORT || error == EADDRNOTAVAIL;
}

absl::Status Unavailable(const std::string& address, int error) {
  return absl::UnavailableError("cannot listen on \"" + address + "\": " + std::generic_category().message(error));
}

}  // namespace

// Shared with itself while it accepts: the acceptor may destroy the listener.
struct Listener::State final : ByteStream::Watcher, Timer, std::enable_shared_from_this<State> {
  State(Loop* loop, const ListenOptions& options, BoundSocket bound)
      : loop(loop),
        shares_port(options.reuse_port && bound.address.family() != AF_UNIX),
        address(FormatAddress(bound.address)),
        port(PortOf(bound.address)),
        file(std::move(bound.file)),
        descriptor(std::make_shared<Descriptor>(loop, std::move(bound.fd), this)) {}

  void OnReadable() override;
  void OnWritable() override {}
  void OnTimer() override { descriptor->WaitReadable(); }

  // Accepts one connection, or says why not.
  AcceptAction AcceptOne();
  void AcceptAll();
  void Close();

  Loop* const loop;
  const bool shares_port;
  const std::string address;
  const int port;
  SocketFile file;
  const std::shared_ptr<Descriptor> descriptor;
  Acceptor* acceptor = nullptr;
};

void Listener::State::OnReadable() {
  const std::shared_ptr<State> self = shared_from_this();
  AcceptAction action = AcceptAction::kAgain;
  for (int i = 0; i < kAcceptsPerTurn && action == AcceptAction::kAgain; ++i) {
    action = AcceptOne();
    if (descriptor->closed()) return;
  }
  switch (action) {
    case AcceptAction::kAgain:  // the rest in the next turn
    case AcceptAction::kWait:
      descriptor->WaitReadable();
      break;
    case AcceptAction::kPause:
      loop->Arm(this, loop->Now() + kPause);
      break;
    case AcceptAction::kStop:
      Close();
      break;
  }
}

AcceptAction Listener::State::AcceptOne() {
  SocketAddress peer;
  peer.size = sizeof(peer.storage);
  const int fd = ::accept4(descriptor->fd(), peer.get(), &peer.size, SOCK_CLOEXEC | SOCK_NONBLOCK);
  if (fd < 0) return ActionFor(errno);
  UniqueFd owned(fd);
  try {
    std::string name = FormatPeer(peer);
    acceptor->OnAccept(ConnectedSocket(owned.Release(), std::move(name)));
  } catch (...) {
    return AcceptAction::kPause;  // out of memory: this connection is lost, the listener lives on
  }
  return AcceptAction::kAgain;
}

void Listener::State::AcceptAll() {
  if (acceptor == nullptr) return;
  const std::shared_ptr<State> self = shared_from_this();
  // More than a full backlog are newcomers, who may go on as long as they like.
  for (int i = 0; i < 2 * kBacklog && !descriptor->closed(); ++i) {
    if (AcceptOne() != AcceptAction::kAgain) return;
  }
}

void Listener::State::Close() {
  loop->Disarm(this);
  file.Remove();
  descriptor->Close();
}

absl::StatusOr<std::unique_ptr<Listener>> Listener::Open(Loop* loop, const std::string& address,
                                                         const ListenOptions& options) {
  absl::StatusOr<std::vector<SocketAddress>> candidates = ParseListenAddress(address);
  if (!candidates.ok()) return candidates.status();
  BoundSocket bound;
  int error = 0;
  for (const SocketAddress& candidate : *candidates) {
    error = BindAndListen(candidate, options, &bound);
    if (error == 0 || !IsFamilyMissing(error)) break;
  }
  if (error != 0) return Unavailable(address, error);
  auto state = std::make_shared<State>(loop, options, std::move(bound));
  if (state->descriptor->fd() < 0) {  // epoll took no more
    state->Close();
    return Unavailable(address, ENOMEM);
  }
  return std::unique_ptr<Listener>(new Listener(std::move(state)));
}

Listener::Listener(std::shared_ptr<State> state) : state_(std::move(state)) {}

Listener::~Listener() {
  Close();
}

void Listener::Start(Acceptor* acceptor) {
  state_->acceptor = acceptor;
  state_->descriptor->WaitReadable();
}

void Listener::Close() {
  state_->Close();
}

int Listener::port() const {
  return state_->port;
}

bool Listener::IgnoreNewcomers() {
  return state_->shares_port && !state_->descriptor->closed() && DropConnectionRequests(state_->descriptor->fd());
}

void Listener::AcceptAllAndClose() {
  state_->AcceptAll();
  state_->Close();
}

const std::string& Listener::address() const {
  return state_->address;
}

}  // namespace connectrpc::net
