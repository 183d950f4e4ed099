#include "interop/front/line_writer.h"

#include <unistd.h>

#include <cerrno>
#include <utility>

namespace connectrpc::front {

LineWriter::LineWriter(int fd) : fd_(fd), thread_([this] { Run(); }) {}

LineWriter::~LineWriter() {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void LineWriter::Write(std::string_view line) {
  bool was_empty;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    if (pending_.size() + line.size() + 1 > kMaxPendingBytes) {
      ++dropped_;
      return;
    }
    was_empty = pending_.empty();
    pending_.append(line).append("\n");
  }
  if (was_empty) changed_.notify_one();
}

void LineWriter::Run() {
  std::unique_lock<std::mutex> lock(mutex_);
  for (bool is_read = true;;) {
    changed_.wait(lock, [this] { return stopping_ || !pending_.empty(); });
    if (pending_.empty() && dropped_ == 0) return;
    std::string lines = std::exchange(pending_, std::string());
    const uint64_t dropped = std::exchange(dropped_, 0);
    lock.unlock();
    if (dropped > 0) lines.append("{\"dropped\":").append(std::to_string(dropped)).append("}\n");
    // Once nobody reads any more, lines are thrown away: serving goes on.
    is_read = is_read && WriteAll(lines);
    lock.lock();
  }
}

bool LineWriter::WriteAll(std::string_view lines) const {
  while (!lines.empty()) {
    const ssize_t written = write(fd_, lines.data(), lines.size());
    if (written > 0) lines.remove_prefix(static_cast<size_t>(written));
    if (written < 0 && errno != EINTR) return false;
  }
  return true;
}

}  // namespace connectrpc::front
