#ifndef CONNECTRPC_CONFORMANCE_CHILD_PROCESS_H_
#define CONNECTRPC_CONFORMANCE_CHILD_PROCESS_H_

#include <sys/types.h>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace connectrpc::conformance {

// A program that this one starts, reads from, and stops. The kernel kills it when the thread that started it ends in
// any other way.
class ChildProcess final {
 public:
  ChildProcess() = default;
  ~ChildProcess();

  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  // Starts the program of that path with these arguments. `output` is what ReadLine reads, STDOUT_FILENO or
  // STDERR_FILENO; all else that it prints goes to stderr. Files that are open without O_CLOEXEC stay open in it. False
  // if the system refuses. A program that cannot be run ends at once. No other thread may run yet.
  [[nodiscard]] bool Start(const std::vector<std::string>& command, int output);

  // The next line of its output, without the end of line, once it is whole; nothing when the output has ended.
  std::optional<std::string> ReadLine();

  // SIGTERM, and SIGKILL after `grace`; returns when it has ended. SIGCHLD must be blocked. Another thread may be in
  // ReadLine.
  void Stop(std::chrono::milliseconds grace);

 private:
  pid_t pid_ = -1;  // none, or not any more
  int output_fd_ = -1;
};

}  // namespace connectrpc::conformance

#endif  // CONNECTRPC_CONFORMANCE_CHILD_PROCESS_H_
