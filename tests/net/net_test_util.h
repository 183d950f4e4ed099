#ifndef CONNECTRPC_TESTS_NET_NET_TEST_UTIL_H_
#define CONNECTRPC_TESTS_NET_NET_TEST_UTIL_H_

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <chrono>
#include <cstring>
#include <functional>
#include <string>
#include <utility>

#include "net/loop.h"
#include "net/socket.h"
#include "net/unique_fd.h"

namespace connectrpc::net {

class FunctionTask final : public Task {
 public:
  FunctionTask() = default;
  explicit FunctionTask(std::function<void()> function) : function(std::move(function)) {}
  void Run() override { function(); }
  std::function<void()> function;
};

class FunctionTimer final : public Timer {
 public:
  FunctionTimer() = default;
  explicit FunctionTimer(std::function<void()> function) : function(std::move(function)) {}
  void OnTimer() override { function(); }
  std::function<void()> function;
};

class FunctionWatcher final : public ByteStream::Watcher {
 public:
  void OnReadable() override { on_readable(); }
  void OnWritable() override { on_writable(); }
  std::function<void()> on_readable = [] { ADD_FAILURE() << "unexpected OnReadable"; };
  std::function<void()> on_writable = [] { ADD_FAILURE() << "unexpected OnWritable"; };
};

// A loop that fails the test, rather than hanging, when nobody stops it.
class LoopTest : public ::testing::Test {
 protected:
  ~LoopTest() override { loop.Disarm(&watchdog_); }

  void Run() {
    loop.Arm(&watchdog_, loop.Now() + std::chrono::seconds(60));
    loop.Run();
    loop.Disarm(&watchdog_);
  }
  // So many turns, each of which finds something to do.
  void RunTurns(int turns) {
    FunctionTask task;
    task.function = [&] {
      if (--turns > 0) {
        loop.Post(&task);
      } else {
        loop.Stop();
      }
    };
    if (turns > 0) {
      loop.Post(&task);
      Run();
    }
  }

  Loop loop;

 private:
  FunctionTimer watchdog_{[this] {
    ADD_FAILURE() << "nothing stopped the loop";
    loop.Stop();
  }};
};

struct SocketPair {
  UniqueFd ours;   // non-blocking
  UniqueFd peers;  // blocking, used by the test directly
};

inline SocketPair MakeUnixPair() {
  int fds[2] = {-1, -1};
  EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0) << std::strerror(errno);
  return {UniqueFd(fds[0]), UniqueFd(fds[1])};
}

inline SocketPair MakeTcpPair() {
  UniqueFd listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  EXPECT_EQ(::bind(listener.get(), generic, size), 0);
  EXPECT_EQ(::listen(listener.get(), 1), 0);
  EXPECT_EQ(::getsockname(listener.get(), generic, &size), 0);
  UniqueFd peers(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  EXPECT_EQ(::connect(peers.get(), generic, size), 0) << std::strerror(errno);
  return {UniqueFd(::accept(listener.get(), nullptr, nullptr)), std::move(peers)};
}

// Closing it sends a reset instead of an end.
inline void ResetOnClose(const UniqueFd& fd) {
  const linger hard = {1, 0};
  ASSERT_EQ(::setsockopt(fd.get(), SOL_SOCKET, SO_LINGER, &hard, sizeof(hard)), 0);
}

inline ConnectedSocket Accepted(UniqueFd fd) {
  return ConnectedSocket(fd.Release(), "test");
}

inline void SendAll(const UniqueFd& fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(fd.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    ASSERT_GT(sent, 0) << std::strerror(errno);
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
}

// Reads until `size` bytes are there, or the end.
inline std::string ReceiveAll(const UniqueFd& fd, size_t size) {
  std::string bytes(size, '\0');
  size_t done = 0;
  while (done < size) {
    const ssize_t received = ::read(fd.get(), &bytes[done], size - done);
    if (received <= 0) break;
    done += static_cast<size_t>(received);
  }
  bytes.resize(done);
  return bytes;
}

// Bytes that repeat only after 16 MiB, so that a lost or doubled piece shows.
inline std::string TestBytes(size_t size) {
  std::string bytes(size, '\0');
  uint32_t state = 1;
  for (char& byte : bytes) {
    state = state * 1664525 + 1013904223;
    byte = static_cast<char>(state >> 24);
  }
  return bytes;
}

}  // namespace connectrpc::net

#endif  // CONNECTRPC_TESTS_NET_NET_TEST_UTIL_H_
