#include "transport/raw_server.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace connectrpc::test {

RawConnection::RawConnection(net::UniqueFd fd) : fd_(std::move(fd)) {
  timeval limit = {};
  limit.tv_sec = kTimeLimit.count();
  ::setsockopt(fd_.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
  ::setsockopt(fd_.get(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
  int on = 1;
  ::setsockopt(fd_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

bool RawConnection::Send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) {
      EXPECT_FALSE(errno == EAGAIN || errno == EWOULDBLOCK) << "the client reads nothing";
      return false;
    }
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
  return true;
}

std::string RawConnection::Receive() {
  std::string bytes(64 * 1024, '\0');
  const ssize_t received = ::recv(fd_.get(), bytes.data(), bytes.size(), 0);
  EXPECT_FALSE(received < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) << "the client sends nothing";
  bytes.resize(received > 0 ? static_cast<size_t>(received) : 0);
  return bytes;
}

bool RawConnection::ReceiveBytes(char* bytes, size_t size) {
  return ::recv(fd_.get(), bytes, size, MSG_WAITALL) == static_cast<ssize_t>(size);
}

std::string RawConnection::ReceiveUntil(std::string_view text) {
  std::string all;
  while (all.find(text) == std::string::npos) {
    const std::string bytes = Receive();
    if (bytes.empty()) {
      ADD_FAILURE() << "the connection ended before \"" << text << "\"";
      break;
    }
    all += bytes;
  }
  return all;
}

size_t RawConnection::ReceiveToEnd() {
  size_t size = 0;
  for (std::string bytes = Receive(); !bytes.empty(); bytes = Receive()) size += bytes.size();
  return size;
}

void RawConnection::ShutdownWrite() {
  ::shutdown(fd_.get(), SHUT_WR);
}

void RawConnection::Close() {
  fd_ = net::UniqueFd();
}

void RawConnection::Reset() {
  const linger hard = {1, 0};
  ::setsockopt(fd_.get(), SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
  Close();
}

RawServer::RawServer(int receive_buffer) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  if (receive_buffer > 0) {
    ::setsockopt(fd_.get(), SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof(receive_buffer));
  }
  timeval limit = {};
  limit.tv_sec = kTimeLimit.count();
  ::setsockopt(fd_.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  EXPECT_EQ(::bind(fd_.get(), generic, size), 0) << std::strerror(errno);
  EXPECT_EQ(::listen(fd_.get(), 16), 0) << std::strerror(errno);
  EXPECT_EQ(::getsockname(fd_.get(), generic, &size), 0) << std::strerror(errno);
  port_ = ntohs(address.sin_port);
}

RawConnection RawServer::Accept() {
  const int fd = ::accept4(fd_.get(), nullptr, nullptr, SOCK_CLOEXEC);
  EXPECT_GE(fd, 0) << "nobody connects: " << std::strerror(errno);
  return RawConnection(net::UniqueFd(fd));
}

RawHttp2::RawHttp2(RawConnection connection, const std::vector<std::pair<uint16_t, uint32_t>>& settings)
    : connection_(std::move(connection)) {
  while (input_.size() < http::kHttp2Preface.size()) {
    const std::string bytes = connection_.Receive();
    if (bytes.empty()) break;
    input_ += bytes;
  }
  EXPECT_EQ(input_.substr(0, http::kHttp2Preface.size()), http::kHttp2Preface);
  input_.erase(0, http::kHttp2Preface.size());
  std::string payload;
  for (const auto& [id, value] : settings) {
    payload.push_back(static_cast<char>(id >> 8));
    payload.push_back(static_cast<char>(id & 0xff));
    payload += Uint32(value);
  }
  Send(Frame(NGHTTP2_SETTINGS, 0, 0, payload));
}

RawFrame RawHttp2::Next() {
  for (;;) {
    std::vector<RawFrame> frames = ParseFrames(input_);
    if (!frames.empty() && frames.front().type != 0xff) {
      RawFrame frame = std::move(frames.front());
      input_.erase(0, 9 + frame.payload.size());
      if (frame.type != NGHTTP2_SETTINGS) return frame;
      if ((frame.flags & NGHTTP2_FLAG_ACK) == 0) Send(Frame(NGHTTP2_SETTINGS, NGHTTP2_FLAG_ACK, 0));
      continue;
    }
    const std::string bytes = connection_.Receive();
    if (bytes.empty()) return {0xff, 0, 0, {}};
    input_ += bytes;
  }
}

RawFrame RawHttp2::Next(uint8_t type) {
  for (;;) {
    RawFrame frame = Next();
    if (frame.type == type) return frame;
    if (frame.type != 0xff) continue;
    ADD_FAILURE() << "the connection ended before a frame of type " << int{type};
    return frame;
  }
}

void RawHttp2::ReadRequestBody(int32_t id) {
  for (;;) {
    const RawFrame frame = Next();
    if (frame.type == 0xff) return;
    if (frame.stream_id == id && frame.type == NGHTTP2_DATA && (frame.flags & NGHTTP2_FLAG_END_STREAM) != 0) return;
  }
}

void RawHttp2::SendHead(int32_t id, const Fields& fields, bool end) {
  Send(HeadersFrames(id, end ? NGHTTP2_FLAG_END_STREAM : NGHTTP2_FLAG_NONE, Block(fields)));
}

void RawHttp2::SendData(int32_t id, std::string_view bytes, bool end) {
  Send(Frame(NGHTTP2_DATA, end ? NGHTTP2_FLAG_END_STREAM : NGHTTP2_FLAG_NONE, id, bytes));
}

void RawHttp2::SendReset(int32_t id, uint32_t code) {
  Send(Frame(NGHTTP2_RST_STREAM, 0, id, Uint32(code)));
}

void RawHttp2::SendGoAway(int32_t last_id, uint32_t code) {
  Send(Frame(NGHTTP2_GOAWAY, 0, 0, Uint32(static_cast<uint32_t>(last_id)) + Uint32(code)));
}

void RawHttp2::Answer(int32_t id, std::string_view message) {
  SendHead(id, {{":status", "200"}, {"content-type", "application/proto"}});
  SendData(id, message, /*end=*/true);
}

}  // namespace connectrpc::test
