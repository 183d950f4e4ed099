#ifndef CONNECTRPC_SRC_TRANSPORT_CONNECTION_H_
#define CONNECTRPC_SRC_TRANSPORT_CONNECTION_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "connectrpc/error.h"
#include "http/http_client_session.h"
#include "net/address.h"
#include "net/byte_stream.h"
#include "net/connector.h"
#include "net/deadline_set.h"
#include "net/loop.h"
#include "transport/config.h"
#include "wire/output_queue.h"

namespace connectrpc::transport {

class Attempt;

// What a connection may be waiting for.
enum class Deadline {
  kPreface,      // the server's, of HTTP/2
  kSettingsAck,  // of HTTP/2
  kIdle,         // a call
  kWrite,        // that the socket takes output
  kKeepalive,    // the next PING of ours, or its answer
};
using DeadlineSet = net::DeadlineSet<Deadline, 5>;

// One connection to a server, from the moment it is begun to its end: connects, then moves bytes between socket and
// HTTP session, and events from the session to the attempts on it. Lives on one loop and is owned by a Pool. Output is
// written once at the end of a turn of the loop.
class Connection final : private net::Connector::Watcher, private net::ByteStream::Watcher, private DeadlineSet::Owner {
 public:
  // None of these comes from inside a function of the connection but Close.
  class Owner {
   public:
    // It can take streams: the server's HTTP/2 preface has come, or it speaks HTTP/1.1.
    virtual void OnReady(Connection* connection) = 0;
    // capacity() has risen from 0.
    virtual void OnCapacity(Connection* connection) = 0;
    // No more streams: the server, or an idle timer, wants it to end. OnClosed follows when those running have ended.
    virtual void OnGoingAway(Connection* connection) = 0;
    // The end, after all its streams were. Before OnReady: why it could not be made. The owner destroys it, here or
    // later.
    virtual void OnClosed(Connection* connection, const Error& error) = 0;

   protected:
    ~Owner() = default;
  };

  // Begins to connect to the first of `addresses` that takes it. `config`, `loop` and `owner` outlive the connection.
  Connection(const Config* config, net::Loop* loop, std::vector<net::SocketAddress> addresses, Owner* owner);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  bool ready() const { return ready_ && !ending_; }
  size_t capacity() const;                             // how many more streams it takes now; 0 unless ready
  size_t streams() const { return attempts_.size(); }  // that it carries

  // While capacity() > 0; the attempt lets go of it when it ends.
  void Start(Attempt* attempt);
  // Lets running streams end, takes no more.
  void Shutdown();
  // Ends now; attempts on it fail with `error`.
  void Close(const Error& error);

  // For attempts: their body has more bytes or has ended; so many bytes of the answer were used up; they give the
  // stream up; they wait for room in their output.
  void Resume(Attempt* attempt);
  void Release(Attempt* attempt, size_t bytes);
  void Reset(Attempt* attempt);
  void WatchOutput() { output_watched_ = true; }
  net::Loop& loop() { return *loop_; }

 private:
  // What is due at the end of a turn. Apart, because a connection may be destroyed while it is queued.
  class TurnEnd final : public net::Task {
   public:
    explicit TurnEnd(Connection* connection) : connection(connection) {}
    void Run() override;

    Connection* connection;  // null once that is gone
    bool scheduled = false;
  };

  void OnConnected(absl::StatusOr<std::unique_ptr<net::ByteStream>> stream) override;
  void OnReadable() override;
  void OnWritable() override;
  void OnDeadline(Deadline which) override;

  void StartSession(bool http2);
  void ScheduleTurnEnd();
  void OnTurnEnd();
  // False if there is nothing more to read at once.
  bool ReadOnce();
  void Ingest(std::string_view bytes);
  void HandleEvents();
  void Forget(Attempt* attempt);
  void WriteOutput();
  void CheckOutput();
  void ContinueReading();
  // Tells the owner what has become of the session.
  void TellOwner();

  // The server has ended the connection, or it broke: streams that are not complete fail, and so does the connection.
  void Lose(std::string_view why);
  void Break();
  // The socket takes no more output. What the server said before it closed is there to be read.
  void OnWriteFailed();
  // Ends at once, and tells the owner at the end of the turn.
  void End(Error error);
  void SayGoodbye();
  void FailAttempts(const Error& error);

  // --- In connection_deadlines.cc ---
  wire::TimePoint Now() const { return loop_->Now(); }
  void UpdateDeadlines();
  void OnWriteDeadline();
  void OnKeepaliveDeadline();
  void OnIdleDeadline();

  const Config* const config_;
  net::Loop* const loop_;
  Owner* const owner_;
  std::unique_ptr<net::Connector> connector_;  // while it connects
  std::unique_ptr<net::ByteStream> socket_;
  std::unique_ptr<http::HttpClientSession> session_;
  std::unique_ptr<TurnEnd> turn_end_;
  wire::OutputQueue output_;
  std::vector<Attempt*> attempts_;

  DeadlineSet deadlines_;
  const wire::TimePoint connect_deadline_;
  wire::TimePoint last_read_at_;
  uint64_t written_bytes_ = 0;
  uint64_t write_mark_ = 0;  // written_bytes_ when the write deadline was set
  std::string_view loss_;    // why streams that end now do; empty while the session is to be believed
  Error error_;              // for OnClosed
  bool torn_ = false;        // lost, and not by an end of the server's: what its end completes is not complete
  bool http2_ = false;
  bool ready_ = false;
  bool ending_ = false;  // takes no more streams, and the owner knows
  bool had_capacity_ = false;
  bool write_blocked_ = false;
  bool output_watched_ = false;
  bool ping_pending_ = false;
  bool closed_ = false;
};

}  // namespace connectrpc::transport

#endif  // CONNECTRPC_SRC_TRANSPORT_CONNECTION_H_
