#include "net/syscall_hooks.h"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <vector>

namespace connectrpc::testing {
namespace {

thread_local SyscallHooks* hooks = nullptr;

// The first `max_bytes` of what `message` points to.
std::vector<iovec> Cut(const msghdr& message, size_t max_bytes) {
  std::vector<iovec> pieces;
  for (size_t i = 0; i < message.msg_iovlen && max_bytes > 0; ++i) {
    iovec piece = message.msg_iov[i];
    piece.iov_len = std::min(piece.iov_len, max_bytes);
    max_bytes -= piece.iov_len;
    pieces.push_back(piece);
  }
  return pieces;
}

}  // namespace

SyscallHooks::SyscallHooks() {
  hooks = this;
}
SyscallHooks::~SyscallHooks() {
  hooks = nullptr;
}

extern "C" int accept4(int fd, sockaddr* address, socklen_t* size, int flags) {
  if (hooks != nullptr) {
    ++hooks->accepts;
    const int error = hooks->before_accept ? hooks->before_accept() : 0;
    if (error != 0) {
      errno = error;
      return -1;
    }
  }
  return static_cast<int>(::syscall(SYS_accept4, fd, address, size, flags));
}

extern "C" int socket(int family, int type, int protocol) noexcept {
  if (hooks != nullptr && hooks->socket_error != 0) {
    errno = hooks->socket_error;
    return -1;
  }
  return static_cast<int>(::syscall(SYS_socket, family, type, protocol));
}

extern "C" ssize_t recv(int fd, void* buffer, size_t size, int flags) {
  CallFault fault;
  if (hooks != nullptr) {
    ++hooks->receives;
    if (hooks->before_receive) fault = hooks->before_receive();
  }
  if (fault.error != 0) {
    errno = fault.error;
    return -1;
  }
  return ::syscall(SYS_recvfrom, fd, buffer, std::min(size, fault.max_bytes), flags, nullptr, nullptr);
}

extern "C" ssize_t sendmsg(int fd, const msghdr* message, int flags) {
  CallFault fault;
  if (hooks != nullptr) {
    ++hooks->sends;
    hooks->most_pieces = std::max<size_t>(hooks->most_pieces, message->msg_iovlen);
    if (hooks->before_send) fault = hooks->before_send();
  }
  if (fault.error != 0) {
    errno = fault.error;
    return -1;
  }
  std::vector<iovec> pieces = Cut(*message, fault.max_bytes);
  msghdr cut = *message;
  cut.msg_iov = pieces.data();
  cut.msg_iovlen = pieces.size();
  return ::syscall(SYS_sendmsg, fd, &cut, flags);
}

extern "C" int epoll_wait(int fd, epoll_event* events, int max_events, int timeout_ms) {
  if (hooks != nullptr) ++hooks->epoll_waits;
  if (hooks != nullptr && timeout_ms != 0) {
    ++hooks->blockings;
    if (hooks->before_blocking) hooks->before_blocking();
  }
  return static_cast<int>(::syscall(SYS_epoll_pwait, fd, events, max_events, timeout_ms, nullptr, 0));
}

extern "C" int epoll_ctl(int fd, int operation, int target, epoll_event* event) noexcept {
  if (hooks != nullptr) ++hooks->epoll_changes;
  return static_cast<int>(::syscall(SYS_epoll_ctl, fd, operation, target, event));
}

extern "C" int timerfd_settime(int fd, int flags, const itimerspec* time, itimerspec* before) noexcept {
  if (hooks != nullptr) ++hooks->timer_changes;
  return static_cast<int>(::syscall(SYS_timerfd_settime, fd, flags, time, before));
}

extern "C" int clock_gettime(clockid_t clock, timespec* time) noexcept {
  if (hooks != nullptr && hooks->now.has_value() && clock == CLOCK_MONOTONIC) {
    const auto since = std::chrono::nanoseconds(hooks->now->time_since_epoch()).count();
    *time = {static_cast<time_t>(since / 1'000'000'000), static_cast<long>(since % 1'000'000'000)};  // NOLINT: POSIX
    return 0;
  }
  return static_cast<int>(::syscall(SYS_clock_gettime, clock, time));
}

}  // namespace connectrpc::testing
