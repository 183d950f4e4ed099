#ifndef CONNECTRPC_SRC_NET_SOCKET_H_
#define CONNECTRPC_SRC_NET_SOCKET_H_

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "net/byte_stream.h"
#include "net/loop.h"
#include "net/unique_fd.h"
#include "wire/output_queue.h"

namespace connectrpc::net {

class Descriptor;

// A connection, accepted or made, on its way to what will read and write it. Closes the descriptor unless it was taken
// over.
class ConnectedSocket {
 public:
  ConnectedSocket() = default;
  ConnectedSocket(int fd, std::string peer);

  int Release() { return fd_.Release(); }  // the descriptor now belongs to the caller
  // As gRPC spells addresses: "ipv4:127.0.0.1:5000", "ipv6:[::1]:5000", "unix:".
  const std::string& peer() const { return peer_; }

 private:
  UniqueFd fd_;
  std::string peer_;
};

// A connected, non-blocking stream socket (TCP with TCP_NODELAY, or Unix). Lives on one loop's thread. Never raises
// SIGPIPE.
class Socket final : public ByteStream {
 public:
  // `watcher` outlives the socket or its Close.
  Socket(Loop* loop, ConnectedSocket connected, Watcher* watcher);
  ~Socket() override;
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;

  void WaitReadable() override;
  void WaitWritable() override;
  IoResult Read(char* buffer, size_t size) override;
  IoResult Write(wire::OutputQueue* queue) override;
  void ShutdownWrite() override;
  void Close() override;
  bool closed() const override;
  const std::string& peer() const override { return peer_; }

 private:
  std::shared_ptr<Descriptor> descriptor_;  // shared with waits that Asio still holds
  std::string peer_;
};

}  // namespace connectrpc::net

#endif  // CONNECTRPC_SRC_NET_SOCKET_H_
