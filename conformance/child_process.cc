#include "conformance/child_process.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>

namespace connectrpc::conformance {
namespace {

// What the child does between fork and exec.
[[noreturn]] void Become(char* const* command, int pipe_fd, int output, pid_t parent) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(127);  // it ended before the line above
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  dup2(STDERR_FILENO, STDOUT_FILENO);  // stdout belongs to the parent
  dup2(pipe_fd, output);
  execv(command[0], command);
  perror(command[0]);
  _exit(127);
}

// False when the time is over first.
bool WaitFor(pid_t pid, std::chrono::milliseconds time) {
  sigset_t child_signal;
  sigemptyset(&child_signal);
  sigaddset(&child_signal, SIGCHLD);
  using Clock = std::chrono::steady_clock;
  const Clock::time_point end = Clock::now() + time;
  while (waitpid(pid, nullptr, WNOHANG) == 0) {
    const auto left = std::chrono::duration_cast<std::chrono::nanoseconds>(end - Clock::now()).count();
    if (left <= 0) return false;
    timespec wait;
    wait.tv_sec = static_cast<time_t>(left / 1'000'000'000);
    wait.tv_nsec = static_cast<long>(left % 1'000'000'000);
    sigtimedwait(&child_signal, nullptr, &wait);
  }
  return true;
}

}  // namespace

ChildProcess::~ChildProcess() {
  Stop(std::chrono::milliseconds(0));
  if (output_fd_ >= 0) close(output_fd_);
}

bool ChildProcess::Start(const std::vector<std::string>& command, int output) {
  std::vector<char*> arguments;
  for (const std::string& argument : command) arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);

  std::array<int, 2> pipe_fds;
  if (pipe2(pipe_fds.data(), O_CLOEXEC) != 0) return false;
  const pid_t parent = getpid();
  pid_ = fork();
  if (pid_ == 0) Become(arguments.data(), pipe_fds[1], output, parent);
  close(pipe_fds[1]);
  output_fd_ = pipe_fds[0];
  return pid_ > 0;
}

std::optional<std::string> ChildProcess::ReadLine() {
  std::string line;
  char byte = 0;
  for (;;) {
    const ssize_t count = read(output_fd_, &byte, 1);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return std::nullopt;
    if (byte == '\n') return line;
    line += byte;
  }
}

void ChildProcess::Stop(std::chrono::milliseconds grace) {
  if (pid_ <= 0) return;
  kill(pid_, SIGTERM);
  if (!WaitFor(pid_, grace)) {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  pid_ = -1;
}

}  // namespace connectrpc::conformance
