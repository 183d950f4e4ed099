#include "support/tcp_client.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <cerrno>
#include <cstring>

namespace connectrpc::test {

TcpClient::TcpClient(int port, int receive_buffer) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  timeval limit = {};
  limit.tv_sec = kTimeLimit.count();
  ::setsockopt(fd_.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
  ::setsockopt(fd_.get(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
  int on = 1;
  ::setsockopt(fd_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  if (receive_buffer > 0) {
    ::setsockopt(fd_.get(), SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof(receive_buffer));
  }
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(::connect(fd_.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0) << std::strerror(errno);
}

int TcpClient::local_port() const {
  sockaddr_in address = {};
  socklen_t size = sizeof(address);
  EXPECT_EQ(::getsockname(fd_.get(), reinterpret_cast<sockaddr*>(&address), &size), 0) << std::strerror(errno);
  return ntohs(address.sin_port);
}

bool TcpClient::Send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) {
      EXPECT_FALSE(errno == EAGAIN || errno == EWOULDBLOCK) << "the server reads nothing";
      return false;
    }
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
  return true;
}

std::string TcpClient::Receive() {
  std::string bytes(64 * 1024, '\0');
  const ssize_t received = ::recv(fd_.get(), bytes.data(), bytes.size(), 0);
  EXPECT_FALSE(received < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) << "the server sends nothing";
  bytes.resize(received > 0 ? static_cast<size_t>(received) : 0);
  return bytes;
}

void TcpClient::ShutdownWrite() {
  ::shutdown(fd_.get(), SHUT_WR);
}

void TcpClient::Close() {
  fd_ = net::UniqueFd();
}

void TcpClient::Reset() {
  const linger hard = {1, 0};
  ::setsockopt(fd_.get(), SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
  Close();
}

}  // namespace connectrpc::test
