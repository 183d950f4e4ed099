#ifndef CONNECTRPC_SRC_SERVER_CONNECTION_H_
#define CONNECTRPC_SRC_SERVER_CONNECTION_H_

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "http/http_session.h"
#include "net/byte_stream.h"
#include "net/loop.h"
#include "net/socket.h"
#include "server/server_context.h"
#include "server/server_tls.h"
#include "server/stream.h"
#include "wire/output_queue.h"

namespace connectrpc::server {

class Worker;

// One client connection: moves bytes between socket and HTTP session, and events from the session to the streams. Lives
// on its worker's loop and is owned by the worker.
//
// Output is written once at the end of a turn of the loop (ScheduleFlush), so what many streams produced leaves in few
// writes.
class Connection final : private net::ByteStream::Watcher,
                         private net::Task,
                         private net::Timer,
                         private http::StreamSource {
 public:
  // `handshake` is set for TLS.
  Connection(Worker* worker, net::AcceptedSocket socket, ServerTls::Handshake handshake);
  ~Connection();

  http::HttpSession& session() { return *session_; }

  // Who the client is: its address as gRPC spells it, and its certificate if it showed one that was verified.
  const std::string& peer() const { return socket_->peer(); }
  const PeerCertificate* peer_certificate() const { return socket_->peer_certificate(); }
  bool secure() const { return socket_->secure(); }

  // Output may be there: to be written at the end of the turn.
  void ScheduleFlush();
  bool flush_scheduled() const { return flush_scheduled_; }
  // A stream waits for room in its output.
  void WatchOutput() { output_watched_ = true; }
  // The stream has gone back to the pool.
  void Forget(Stream* stream);

  // No new requests; the connection ends when running ones are answered.
  void Shutdown();
  // Fails what runs, tells the client as far as the socket takes it, and ends. Returns the number of handlers that had
  // to be cancelled.
  size_t Cut();

  // Where the worker keeps it.
  size_t index_in_worker = 0;

 private:
  // What the one timer of the connection is for. Never more than one of them matters.
  enum class Waiting { kNothing, kHandshake, kFirstHead, kHead, kIdle, kDrain, kLinger };

  void OnReadable() override;
  void OnWritable() override;
  void OnTimer() override;
  http::HttpStream* Acquire() override;
  void Run() override;  // the flush

  void OnHandshakeEnd();
  void StartSession(bool http1);
  void Ingest(std::string_view bytes);
  void HandleEvents();
  // False if the connection was lost.
  bool WriteOutput();
  void CheckStreams();
  void ContinueReading();
  void UpdateTimer();
  Waiting WaitingFor() const;
  wire::TimePoint TimerFor(Waiting waiting) const;
  // All was said: shut the write side, read and drop what still comes so that no reset eats the answer, then close.
  void Linger();
  // Ends now; the worker deletes the object after the turn.
  void Close();

  Worker* worker_;
  const ServerContext& context_;
  std::unique_ptr<net::ByteStream> socket_;
  ServerTls::Handshake handshake_;              // while it goes on
  std::unique_ptr<http::HttpSession> session_;  // null until the first bytes, or ALPN, told the version
  std::string first_bytes_;
  wire::OutputQueue output_;
  std::vector<Stream*> streams_;     // in use, those only their handler still holds included
  Stream* latest_stream_ = nullptr;  // of the last head
  size_t open_requests_ = 0;         // between kHead and kClosed
  size_t bytes_since_request_ = 0;   // read while no request was open
  size_t lingered_bytes_ = 0;
  Waiting waiting_ = Waiting::kNothing;
  bool is_http1_ = false;
  bool any_head_ = false;
  bool flush_scheduled_ = false;
  bool write_blocked_ = false;
  bool output_watched_ = false;
  bool peer_ended_ = false;
  bool draining_ = false;
  bool answered_while_draining_ = false;
  bool lingering_ = false;
  bool closed_ = false;
};

}  // namespace connectrpc::server

#endif  // CONNECTRPC_SRC_SERVER_CONNECTION_H_
