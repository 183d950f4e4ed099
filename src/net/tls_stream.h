#ifndef CONNECTRPC_SRC_NET_TLS_STREAM_H_
#define CONNECTRPC_SRC_NET_TLS_STREAM_H_

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "net/byte_stream.h"
#include "net/loop.h"
#include "net/socket.h"
#include "net/timer.h"
#include "net/tls_context.h"

struct ssl_st;

namespace connectrpc::net {

struct TlsBio;

// What a client asks a server for.
struct TlsTarget {
  // A name, which is asked for (SNI) and which the certificate must have; or an IP address (brackets do no harm), which
  // the certificate must have. One without partial wildcards, and as a subject alternative name.
  std::string server_name;
  std::vector<std::string> alpn;  // offers, by preference; none: no ALPN
};

// TLS over a connected socket. The handshake begins with the first Read; Write sends nothing before it is over.
// One that fails is over when the peer has taken note, by ending the connection: the owner needs a timer for
// handshakes. (A client may read tls_failure() before.)
//
// Only close_notify is an end (kEnd): the end of the connection without it is kError, because anybody on the way could
// have cut it. Close sends none, and so tells the peer that something may be missing; ShutdownWrite does.
class TlsStream final : public ByteStream, private ByteStream::Watcher, private Timer {
 public:
  using Watcher = ByteStream::Watcher;

  // The server's end. `watcher` outlives the stream or its Close.
  TlsStream(Loop* loop, ConnectedSocket connected, std::shared_ptr<const TlsContext> context, Watcher* watcher);
  // The client's end. Where the context verifies servers, one that does not prove to be `target` ends the handshake,
  // and an empty name does.
  TlsStream(Loop* loop, ConnectedSocket connected, std::shared_ptr<const TlsContext> context, const TlsTarget& target,
            Watcher* watcher);
  ~TlsStream() override;
  TlsStream(const TlsStream&) = delete;
  TlsStream& operator=(const TlsStream&) = delete;

  // From now on `watcher` is called, also for what was waited for before.
  void SetWatcher(Watcher* watcher) { watcher_ = watcher; }
  // Moves the handshake on as Read does, and leaves what follows it unread.
  void MoveHandshakeOn();

  void WaitReadable() override;
  void WaitWritable() override;
  IoResult Read(char* buffer, size_t size) override;
  IoResult Write(wire::OutputQueue* queue) override;
  void ShutdownWrite() override;
  void Close() override;
  bool closed() const override { return socket_.closed(); }
  const std::string& peer() const override { return socket_.peer(); }
  bool handshaking() const override { return state_ == State::kHandshaking || state_ == State::kRefusing; }
  bool secure() const override { return true; }
  std::string_view alpn() const override;
  std::string_view tls_failure() const override { return failure_; }
  const PeerCertificate* peer_certificate() const override { return peer_certificate_.get(); }

 private:
  enum class State {
    kHandshaking,
    kRefusing,  // the handshake has failed; the peer has been told, and what it still sends is dropped until it ends
    kOpen,
    kEnded,   // the peer has sent close_notify
    kFailed,  // whatever comes is not to be trusted, and nothing more is sent
  };
  struct Deleter {
    void operator()(ssl_st* ssl) const;
  };

  void OnReadable() override;  // of the socket
  void OnWritable() override;  // of the socket
  void OnTimer() override;     // the next turn, where reading needs nothing from the socket

  bool CanWrite() const { return state_ == State::kOpen || state_ == State::kEnded; }
  bool HasInput() const;
  void Handshake();
  void DropInput(char* buffer, size_t size);
  size_t ReadRecords(char* buffer, size_t size);
  bool EncryptRecord(wire::OutputQueue* queue);
  // Takes note of what a call of OpenSSL that brought nothing means.
  void OnResult(int result);
  // Sends what OpenSSL has written as far as the socket takes it; the rest when it takes more.
  IoStatus Flush();

  Loop* const loop_;
  Watcher* watcher_;
  Socket socket_;
  const std::unique_ptr<TlsBio> bio_;
  const std::shared_ptr<const TlsContext> context_;
  std::unique_ptr<ssl_st, Deleter> ssl_;  // uses bio_
  std::unique_ptr<PeerCertificate> peer_certificate_;
  State state_ = State::kHandshaking;
  bool is_client_ = false;
  std::string server_name_;  // of a client
  std::string failure_;
  size_t dropped_bytes_ = 0;
  bool input_left_ = false;      // the last Read left bytes behind that are not in the socket any more
  bool wants_writable_ = false;  // WaitWritable was called
  bool wants_shutdown_ = false;  // ShutdownWrite was called
};

}  // namespace connectrpc::net

#endif  // CONNECTRPC_SRC_NET_TLS_STREAM_H_
