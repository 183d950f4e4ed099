#ifndef CONNECTRPC_SRC_NET_SOCKET_H_
#define CONNECTRPC_SRC_NET_SOCKET_H_

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "net/loop.h"
#include "net/unique_fd.h"
#include "wire/output_queue.h"

namespace connectrpc::net {

class Descriptor;

// An accepted connection on its way from the listener to the loop that will serve it. Closes the descriptor unless it
// was taken over.
class AcceptedSocket {
 public:
  AcceptedSocket() = default;
  AcceptedSocket(int fd, std::string peer);

  int Release() { return fd_.Release(); }  // the descriptor now belongs to the caller
  // As gRPC spells addresses: "ipv4:127.0.0.1:5000", "ipv6:[::1]:5000", "unix:".
  const std::string& peer() const { return peer_; }

 private:
  UniqueFd fd_;
  std::string peer_;
};

enum class IoStatus {
  kOk,
  kWouldBlock,
  kEnd,    // read: the peer has sent its end of stream
  kError,  // the connection is lost
};

struct IoResult {
  IoStatus status = IoStatus::kOk;
  size_t bytes = 0;
};

// A connected, non-blocking stream socket (TCP with TCP_NODELAY, or Unix). Lives on one loop's thread. Never raises
// SIGPIPE.
class Socket final {
 public:
  class Watcher {
   public:
    virtual void OnReadable() = 0;
    virtual void OnWritable() = 0;

   protected:
    ~Watcher() = default;
  };

  // `watcher` outlives the socket or its Close. No call to it comes from inside a function of this class, nor after
  // Close.
  Socket(Loop* loop, AcceptedSocket accepted, Watcher* watcher);
  ~Socket();  // closes
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;

  // One call of the watcher when there is something to read (end and loss included); call again for the next. Calling
  // while a wait is pending changes nothing. At most one call of each kind in a turn, however busy the socket is.
  void WaitReadable();
  void WaitWritable();

  IoResult Read(char* buffer, size_t size);
  // Writes from the front of `queue` what the kernel takes, gathered, and consumes it there. kOk: all of it.
  // kWouldBlock: some may have gone.
  IoResult Write(wire::OutputQueue* queue);

  void ShutdownWrite();
  void Close();
  bool closed() const;

  const std::string& peer() const { return peer_; }

 private:
  std::shared_ptr<Descriptor> descriptor_;  // shared with waits that Asio still holds
  std::string peer_;
};

}  // namespace connectrpc::net

#endif  // CONNECTRPC_SRC_NET_SOCKET_H_
