#ifndef CONNECTRPC_SRC_NET_DESCRIPTOR_H_
#define CONNECTRPC_SRC_NET_DESCRIPTOR_H_

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/intrusive/list_hook.hpp>
#include <memory>

#include "net/handler_memory.h"
#include "net/loop.h"
#include "net/socket.h"
#include "net/unique_fd.h"

namespace connectrpc::net {

// A non-blocking descriptor registered with a loop, and the waits for it. What Socket and Listener share.
//
// Waits are handed to Asio at the end of the turn: so a descriptor is served once a turn however busy it is, and a wait
// that Close overtakes costs no system call.
//
// Held by shared_ptr, because Asio still holds a wait after it was cancelled, until the loop's next turn.
class Descriptor final
    : public std::enable_shared_from_this<Descriptor>,
      public boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
 public:
  // `watcher` is called until Close, never from inside a function of this class. Where registering fails, fd() is -1
  // and each wait ends at once.
  Descriptor(Loop* loop, UniqueFd fd, ByteStream::Watcher* watcher);
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  // As in Socket.
  void WaitReadable() { Wait(&read_wait_); }
  void WaitWritable() { Wait(&write_wait_); }
  void Close();
  // Closes without closing the descriptor, which now belongs to the caller.
  UniqueFd Release();
  bool closed() const { return closed_; }

  int fd() { return asio_.is_open() ? asio_.native_handle() : -1; }

  // For the loop: hands the waits asked for to Asio.
  void StartWaits();

 private:
  struct OneWait {
    enum class State {
      kIdle,
      kAskedFor,  // until the end of the turn
      kStarted,   // Asio has it
    };
    State state = State::kIdle;
    HandlerMemory memory;
  };
  struct Handler;

  void Wait(OneWait* wait);
  void Start(OneWait* wait);
  void OnReady(OneWait* wait);

  Loop* const loop_;
  ByteStream::Watcher* const watcher_;
  boost::asio::posix::basic_stream_descriptor<boost::asio::io_context::executor_type> asio_;
  bool closed_ = false;
  OneWait read_wait_;
  OneWait write_wait_;
};

}  // namespace connectrpc::net

#endif  // CONNECTRPC_SRC_NET_DESCRIPTOR_H_
