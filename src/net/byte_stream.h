#ifndef CONNECTRPC_SRC_NET_BYTE_STREAM_H_
#define CONNECTRPC_SRC_NET_BYTE_STREAM_H_

#include <cstddef>
#include <string>
#include <string_view>

#include "connectrpc/tls.h"
#include "wire/output_queue.h"

namespace connectrpc::net {

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

// A connection as its owner reads and writes it, in clear (Socket) or in TLS (TlsStream). Non-blocking; lives on one
// loop's thread.
class ByteStream {
 public:
  class Watcher {
   public:
    virtual void OnReadable() = 0;
    virtual void OnWritable() = 0;

   protected:
    ~Watcher() = default;
  };

  virtual ~ByteStream() = default;  // closes

  // One call of the watcher when there is something to read (end and loss included); call again for the next. Calling
  // while a wait is pending changes nothing. At most one call of each kind in a turn, however busy the connection is.
  // None from inside a function of this class, nor after Close.
  virtual void WaitReadable() = 0;
  virtual void WaitWritable() = 0;

  // While a handshake goes on, reading moves it on and gives kWouldBlock; a failed one is kError.
  virtual IoResult Read(char* buffer, size_t size) = 0;
  // Writes from the front of `queue` what can go, gathered, and consumes it there. kOk: all of it. kWouldBlock: some
  // may have gone; wait until writable and call again, even where the queue is empty by now.
  virtual IoResult Write(wire::OutputQueue* queue) = 0;

  // No more output: the peer reads an end (in TLS, close_notify before it).
  virtual void ShutdownWrite() = 0;
  virtual void Close() = 0;
  virtual bool closed() const = 0;

  // As gRPC spells addresses: "ipv4:127.0.0.1:5000", "ipv6:[::1]:5000", "unix:".
  virtual const std::string& peer() const = 0;

  // A TLS handshake has begun or is awaited, and is not over. False in clear.
  virtual bool handshaking() const { return false; }
  // Whether bytes travel encrypted.
  virtual bool secure() const { return false; }
  // What ALPN agreed on: "h2", "http/1.1", or empty. Known after the handshake.
  virtual std::string_view alpn() const { return {}; }
  // What has gone wrong with TLS, in words: "certificate has expired". Empty: nothing, or no more is known than that
  // the connection is lost.
  virtual std::string_view tls_failure() const { return {}; }
  // The peer's verified certificate; null without one. Valid as long as the stream.
  virtual const PeerCertificate* peer_certificate() const { return nullptr; }
};

}  // namespace connectrpc::net

#endif  // CONNECTRPC_SRC_NET_BYTE_STREAM_H_
