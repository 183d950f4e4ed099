#ifndef CONNECTRPC_TESTS_FRONT_PROCESS_H_
#define CONNECTRPC_TESTS_FRONT_PROCESS_H_

#include <sys/types.h>

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace connectrpc::test {

// A program that a test runs, with all that it prints, on both streams, as lines. Killed when the test is through.
class Process final {
 public:
  explicit Process(const std::vector<std::string>& command);
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  // The first line not yet given out that contains `text`; waits for it. Fails the test and gives "" if the program
  // ends, or a minute passes, without one.
  std::string WaitForLine(const std::string& text);
  void Signal(int signal);
  // Waits for the end, which fails the test if it does not come within a minute; the exit status, or 128 + the signal
  // that it died of.
  int Wait();
  // All lines so far; after Wait, all.
  std::string Output();

 private:
  void Read();

  pid_t pid_ = -1;
  int pipe_ = -1;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> lines_;
  size_t given_ = 0;
  bool ended_ = false;
  std::thread reader_;
};

// The number at the end of a line.
int PortOf(const std::string& line);

}  // namespace connectrpc::test

#endif  // CONNECTRPC_TESTS_FRONT_PROCESS_H_
