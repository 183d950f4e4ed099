#ifndef CONNECTRPC_SRC_TRANSPORT_HTTP_CALL_H_
#define CONNECTRPC_SRC_TRANSPORT_HTTP_CALL_H_

#include <cstddef>
#include <optional>
#include <string>

#include "connectrpc/call_options.h"
#include "connectrpc/method_spec.h"
#include "connectrpc/transport.h"
#include "net/loop.h"
#include "net/timer.h"
#include "transport/attempt.h"
#include "transport/loop_context.h"
#include "transport/pool.h"
#include "transport/replay_buffer.h"

namespace connectrpc::transport {

class CallPool;

// One call of a client over HTTP: takes a connection, makes an attempt, and another one where the first was not
// processed or a retry is due; ends at its deadline. Pooled.
class HttpCall final : public TransportCall,
                       private Pool::Waiter,
                       private Attempt::Watcher,
                       private net::Timer,
                       private net::Task {
 public:
  HttpCall() = default;

  // Takes the object, fresh or cleared by Clear, into use. All but `options` outlive it.
  void Begin(LoopContext* context, CallPool* pool, const MethodSpec& method, const CallOptions& options,
             TransportCall::Receiver* receiver);
  // Back to the state of a new object, keeping capacity.
  void Clear();

  SendResult Send(Payload message) override;
  void CloseSend() override;
  void PauseReading() override;
  void ResumeReading() override;
  void Cancel(Error reason) override;
  void Release() override;

  size_t index_in_pool = 0;

 private:
  enum class State {
    kCollecting,  // what has to be there before the request may begin
    kWaiting,     // for a connection
    kRunning,     // an attempt
    kBackingOff,  // between two attempts
    kEnding,      // OnEnd is due
    kEnded,
  };

  // Pool::Waiter
  void OnConnection(Connection* connection) override;
  void OnUnavailable(const Error& error) override;
  // Attempt::Watcher
  void OnHeaders(const HeaderList& headers) override;
  void OnMessage(Payload message) override;
  void OnOutput() override;
  void OnEnd() override;
  // net
  void OnTimer() override;
  void Run() override;

  wire::TimePoint now() const { return context_->loop().Now(); }
  bool active() const { return state_ < State::kEnding; }

  // Reads the options, and those of the transport where they are silent.
  Error Configure(const CallOptions& options);
  Error CheckHeaders() const;
  void SetTimer();

  // Goes for a connection, if all is there that the request begins with.
  void TakeConnection();
  void StartAttempt(Connection* connection);
  // No attempt will follow any more.
  void StopReplay();
  // Whether the attempt that has ended is followed by another one: at once, since nobody has looked at it, or later.
  bool Resend();
  bool Retry(const Error& error, Idempotency idempotency);
  void DropAttempt();

  bool OutOfTime(const Error& error) const;
  // A message of so many bytes is kept beside what was sent.
  bool KeepsToo(size_t bytes) const;
  SendResult CheckOutput(size_t bytes);

  // Ends the call now; OnEnd comes at the end of the turn, unless by DeliverEnd before.
  void EndLater(Error error);
  void DeliverEnd();
  // The attempt has something to tell that it did not tell at once.
  void PollLater();
  void ScheduleRun();
  void FreeIfUnused();

  LoopContext* context_ = nullptr;
  CallPool* pool_ = nullptr;
  TransportCall::Receiver* receiver_ = nullptr;  // null once released
  const MethodSpec* method_ = nullptr;

  HeaderList metadata_;
  std::string codec_;
  protocol::ClientCallStart start_;
  wire::TimePoint deadline_ = wire::kNever;
  const RetryPolicy* retry_ = nullptr;  // the transport's, or own_retry_
  std::optional<RetryPolicy> own_retry_;

  State state_ = State::kEnded;
  Attempt* attempt_ = nullptr;
  const Connection* avoid_ = nullptr;  // where the attempt before failed; not to be looked into
  ReplayBuffer replay_;                // messages sent so far, as long as an attempt may follow
  int attempts_ = 0;
  int resends_ = 0;
  wire::TimePoint retry_at_ = wire::kNever;
  Error error_;             // kEnding: what OnEnd brings; ok: what the attempt says
  bool may_repeat_ = true;  // nothing of the answer has been delivered, and all messages are kept
  bool headers_told_ = false;
  bool send_closed_ = false;
  bool reading_paused_ = false;
  bool waits_writable_ = false;
  bool poll_due_ = false;
  bool resume_due_ = false;
  bool run_scheduled_ = false;
  bool busy_ = false;  // an outer function of this object will call FreeIfUnused
};

}  // namespace connectrpc::transport

#endif  // CONNECTRPC_SRC_TRANSPORT_HTTP_CALL_H_
