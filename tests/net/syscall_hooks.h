#ifndef CONNECTRPC_TESTS_NET_SYSCALL_HOOKS_H_
#define CONNECTRPC_TESTS_NET_SYSCALL_HOOKS_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>

#include "wire/timeout.h"

namespace connectrpc::testing {

// What becomes of one system call: fails with `error`, or transfers at most `max_bytes`.
struct CallFault {
  int error = 0;
  size_t max_bytes = SIZE_MAX;
};

// While one lives, the system calls that its thread makes are counted, and its functions are asked before each. The
// test program defines these calls in place of the C library's.
struct SyscallHooks {
  SyscallHooks();
  ~SyscallHooks();
  SyscallHooks(const SyscallHooks&) = delete;
  SyscallHooks& operator=(const SyscallHooks&) = delete;

  std::function<int()> before_accept;  // returns an error to fail with, or 0
  std::function<CallFault()> before_receive;
  std::function<CallFault()> before_send;
  std::function<void()> before_blocking;  // epoll_wait that may block
  int socket_error = 0;                   // what socket fails with
  std::optional<wire::TimePoint> now;     // what the thread's steady clock shows

  int accepts = 0;
  int receives = 0;
  int sends = 0;
  size_t most_pieces = 0;  // that one sendmsg was given
  int blockings = 0;
  int epoll_changes = 0;  // epoll_ctl
  int epoll_waits = 0;
  int timer_changes = 0;  // timerfd_settime
};

}  // namespace connectrpc::testing

#endif  // CONNECTRPC_TESTS_NET_SYSCALL_HOOKS_H_
