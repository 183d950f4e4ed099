#ifndef CONNECTRPC_TESTS_SUPPORT_TCP_CLIENT_H_
#define CONNECTRPC_TESTS_SUPPORT_TCP_CLIENT_H_

#include <chrono>
#include <string>
#include <string_view>

#include "net/unique_fd.h"

namespace connectrpc::test {

// How long a test waits for what must happen. Passing it is a failure; nothing else depends on it.
constexpr std::chrono::seconds kTimeLimit{90};

// A blocking connection to a port of this machine.
class TcpClient {
 public:
  // `receive_buffer` bounds what the kernel holds unread; 0 leaves it to the kernel.
  explicit TcpClient(int port, int receive_buffer = 0);
  virtual ~TcpClient() = default;

  // This end's.
  int local_port() const;

  // False if the connection is lost.
  virtual bool Send(std::string_view bytes);
  // What has arrived, at least one byte; empty at the end of the connection, and, as a failure of the test, after the
  // time limit.
  virtual std::string Receive();
  virtual void ShutdownWrite();
  void Close();
  // Closes with a TCP reset instead of an end.
  void Reset();

 private:
  net::UniqueFd fd_;
};

}  // namespace connectrpc::test

#endif  // CONNECTRPC_TESTS_SUPPORT_TCP_CLIENT_H_
