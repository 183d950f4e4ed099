#include "net/socket.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <cerrno>
#include <utility>

#include "net/descriptor.h"

namespace connectrpc::net {
namespace {

constexpr size_t kMaxPieces = 64;  // of one system call

IoStatus StatusOf(int error) {
  return error == EAGAIN || error == EWOULDBLOCK ? IoStatus::kWouldBlock : IoStatus::kError;
}

// The front of `queue` as an array for sendmsg; returns how many pieces, and in `*bytes` their sum.
size_t Gather(const wire::OutputQueue& queue, iovec* pieces, size_t* bytes) {
  std::string_view views[kMaxPieces];
  const size_t count = queue.Peek(views, kMaxPieces);
  *bytes = 0;
  for (size_t i = 0; i < count; ++i) {
    pieces[i] = {const_cast<char*>(views[i].data()), views[i].size()};
    *bytes += views[i].size();
  }
  return count;
}

}  // namespace

ConnectedSocket::ConnectedSocket(int fd, std::string peer) : fd_(fd), peer_(std::move(peer)) {}

Socket::Socket(Loop* loop, ConnectedSocket connected, Watcher* watcher) : peer_(connected.peer()) {
  UniqueFd fd(connected.Release());
  const int on = 1;
  ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));  // a Unix socket refuses it, rightly
  descriptor_ = std::make_shared<Descriptor>(loop, std::move(fd), watcher);
}

Socket::~Socket() {
  Close();
}

void Socket::WaitReadable() {
  descriptor_->WaitReadable();
}

void Socket::WaitWritable() {
  descriptor_->WaitWritable();
}

IoResult Socket::Read(char* buffer, size_t size) {
  ssize_t received;
  do {
    received = ::recv(descriptor_->fd(), buffer, size, 0);
  } while (received < 0 && errno == EINTR);
  if (received < 0) return {StatusOf(errno), 0};
  if (received == 0 && size > 0) return {IoStatus::kEnd, 0};
  return {IoStatus::kOk, static_cast<size_t>(received)};
}

IoResult Socket::Write(wire::OutputQueue* queue) {
  IoResult result;
  while (!queue->empty()) {
    iovec pieces[kMaxPieces];
    size_t offered;
    msghdr message = {};
    message.msg_iov = pieces;
    message.msg_iovlen = Gather(*queue, pieces, &offered);
    const ssize_t sent = ::sendmsg(descriptor_->fd(), &message, MSG_NOSIGNAL);
    if (sent < 0) {
      if (errno == EINTR) continue;
      result.status = StatusOf(errno);
      return result;
    }
    queue->Consume(static_cast<size_t>(sent));
    result.bytes += static_cast<size_t>(sent);
    if (static_cast<size_t>(sent) < offered) {  // the kernel's buffer is full: asking again would only confirm it
      result.status = IoStatus::kWouldBlock;
      return result;
    }
  }
  return result;
}

void Socket::ShutdownWrite() {
  ::shutdown(descriptor_->fd(), SHUT_WR);
}

void Socket::Close() {
  descriptor_->Close();
}

bool Socket::closed() const {
  return descriptor_->closed();
}

}  // namespace connectrpc::net
