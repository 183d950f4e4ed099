#ifndef CONNECTRPC_INTEROP_FRONT_LINE_WRITER_H_
#define CONNECTRPC_INTEROP_FRONT_LINE_WRITER_H_

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

namespace connectrpc::front {

// Writes lines to a file descriptor from a thread of its own, so that those who log never wait for those who read.
// Lines that come faster than they are read are dropped while kMaxPendingBytes wait; a line {"dropped":n} says how
// many. Thread-safe.
class LineWriter {
 public:
  static constexpr size_t kMaxPendingBytes = 1024 * 1024;

  // The descriptor stays the caller's. SIGPIPE must be ignored where it may be a pipe.
  explicit LineWriter(int fd);
  // Writes what is pending.
  ~LineWriter();
  LineWriter(const LineWriter&) = delete;
  LineWriter& operator=(const LineWriter&) = delete;

  // `line` without its end.
  void Write(std::string_view line);

 private:
  void Run();
  // False when nobody reads any more.
  [[nodiscard]] bool WriteAll(std::string_view lines) const;

  const int fd_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::string pending_;
  uint64_t dropped_ = 0;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace connectrpc::front

#endif  // CONNECTRPC_INTEROP_FRONT_LINE_WRITER_H_
