#ifndef CONNECTRPC_SRC_NET_UNIQUE_FD_H_
#define CONNECTRPC_SRC_NET_UNIQUE_FD_H_

#include <unistd.h>

#include <utility>

namespace connectrpc::net {

// Owns a descriptor, or none (-1).
class UniqueFd {
 public:
  UniqueFd() = default;
  explicit UniqueFd(int fd) : fd_(fd) {}
  UniqueFd(UniqueFd&& other) noexcept : fd_(other.Release()) {}
  UniqueFd& operator=(UniqueFd&& other) noexcept {
    if (this != &other) Reset(other.Release());
    return *this;
  }
  ~UniqueFd() { Reset(-1); }

  int get() const { return fd_; }
  bool valid() const { return fd_ >= 0; }
  // The descriptor now belongs to the caller.
  int Release() { return std::exchange(fd_, -1); }

 private:
  void Reset(int fd) {
    if (fd_ >= 0) ::close(fd_);
    fd_ = fd;
  }

  int fd_ = -1;
};

}  // namespace connectrpc::net

#endif  // CONNECTRPC_SRC_NET_UNIQUE_FD_H_
