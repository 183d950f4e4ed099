#ifndef CONNECTRPC_SRC_SERVER_CONNECTION_H_
#define CONNECTRPC_SRC_SERVER_CONNECTION_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "http/http_session.h"
#include "net/byte_stream.h"
#include "net/deadline_set.h"
#include "net/loop.h"
#include "net/socket.h"
#include "server/handler_pool.h"
#include "server/server_context.h"
#include "server/server_tls.h"
#include "server/stream.h"
#include "wire/output_queue.h"

namespace connectrpc::server {

class Worker;

// What a connection may be waiting for.
enum class Deadline {
  kPhase,        // what the connection as a whole is waiting for: a head, a request, the end of a body; see Connection
  kPreface,      // of HTTP/2
  kSettingsAck,  // of HTTP/2
  kNotice,       // that the peer has seen GOAWAY
  kWrite,        // that the socket takes output
  kStreams,      // that bodies and answers get on
  kKeepalive,    // the next PING of ours, or its answer
  kAge,          // the age at which to retire, then the end of the grace
};
using DeadlineSet = net::DeadlineSet<Deadline, 8>;

// One client connection: moves bytes between socket and HTTP session, and events from the session to the streams. Lives
// on its worker's loop and is owned by the worker.
//
// Output is written once at the end of a turn of the loop (ScheduleFlush), so what many streams produced leaves in few
// writes.
class Connection final : private net::ByteStream::Watcher,
                         private net::Task,
                         private DeadlineSet::Owner,
                         private http::StreamSource {
 public:
  // `handshake` is set for TLS.
  Connection(Worker* worker, net::ConnectedSocket socket, ServerTls::Handshake handshake);
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

  // The server ends: no new requests but those that are on their way; the connection ends when they are answered.
  void Shutdown();
  // Fails what runs, tells the client as far as the socket takes it, and ends. Returns the number of handlers that had
  // to be cancelled.
  size_t Cut(const Error& reason);
  // There is room again in what the server may hold: asks for request bytes that it had stopped asking for.
  void ResumeInput();

  // For the handlers of its calls.
  std::shared_ptr<Kept>& kept() { return kept_; }
  HandlerLane& handler_lane() { return handler_lane_; }

  // Where the worker keeps it.
  size_t index_in_worker = 0;

 private:
  // What the connection as a whole waits for. Never more than one of them matters.
  enum class Phase {
    kNothing,
    kHandshake,
    kFirstHead,
    kHead,      // the rest of a later one
    kIdle,      // a request
    kDrain,     // the end of a request body that nobody wants any more
    kGreeting,  // while shutting down: a request that may be on its way
    kLinger,    // the end, at the peer's side
  };

  void OnReadable() override;
  void OnWritable() override;
  http::HttpStream* Acquire() override;
  void Run() override;  // the flush

  // False if there is nothing more to read at once.
  bool ReadOnce();
  void OnHandshakeEnd();
  void StartSession(bool http1);
  void Ingest(std::string_view bytes);
  void HandleEvents();
  void OnHead(Stream* stream, wire::EndStream end);
  void CountGathered(Stream* stream);
  // False if the connection was lost.
  bool WriteOutput();
  void CheckStreams();
  void ContinueReading();
  // Tells the server how much is held, and stops asking for more where all connections hold too much.
  void ReportHeldBytes();
  // Ends this connection as Shutdown does, for a reason of its own.
  void Retire();
  void TellSession();

  // --- In connection_deadlines.cc ---
  wire::TimePoint Now() const;
  void StartDeadlines();
  void StartHttp2Deadlines();
  // At the end of a turn.
  void UpdateDeadlines();
  void UpdatePhase();
  bool InConversation() const;
  Phase CurrentPhase() const;
  wire::TimePoint PhaseEnd(Phase phase) const;
  void WatchBody();
  void OnDeadline(Deadline which) override;
  void OnPhaseEnd();
  void OnWriteDeadline();
  void OnKeepaliveDeadline();
  void OnSignOfLife();
  void OnAgeDeadline();
  void CheckProgress();
  // When the stream is to be looked at again; kNever if it needs no looking at. Gives it up if it is too late.
  wire::TimePoint CheckBody(Stream* stream);
  wire::TimePoint CheckAnswer(Stream* stream);
  wire::TimePoint CheckDrain(Stream* stream);
  wire::TimePoint BodyDeadline(const Stream& stream) const;
  void CountTimeout();

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
  std::shared_ptr<Kept> kept_;
  HandlerLane handler_lane_;
  std::vector<Stream*> streams_;     // in use, those only their handler still holds included
  Stream* latest_stream_ = nullptr;  // of the last head
  size_t requests_ = 0;              // heads so far
  size_t open_requests_ = 0;         // between kHead and kClosed
  size_t lingered_bytes_ = 0;
  size_t gathered_bytes_ = 0;  // of all streams
  size_t reported_bytes_ = 0;  // see ReportHeldBytes

  DeadlineSet deadlines_;
  wire::TimePoint begun_at_;  // accepted, or the end of the handshake
  Phase phase_ = Phase::kNothing;
  size_t phase_serial_ = 0;  // tells apart heads and pauses that follow one another within a turn
  uint64_t written_bytes_ = 0;
  uint64_t write_mark_ = 0;      // written_bytes_ when the write deadline was set
  wire::TimePoint answered_at_;  // the latest answer
  wire::TimePoint last_read_at_;
  bool ping_pending_ = false;
  bool settled_ = false;  // the peer's preface and its acknowledgement of ours have come
  bool age_reached_ = false;
  bool is_http1_ = false;
  bool flush_scheduled_ = false;
  bool write_blocked_ = false;
  bool output_watched_ = false;
  bool peer_ended_ = false;
  bool draining_ = false;
  bool session_told_ = false;  // that it is draining
  bool input_held_ = false;
  bool flood_counted_ = false;
  bool answered_while_draining_ = false;
  bool lingering_ = false;
  bool closed_ = false;
};

}  // namespace connectrpc::server

#endif  // CONNECTRPC_SRC_SERVER_CONNECTION_H_
