#ifndef CONNECTRPC_SRC_CLIENT_STREAM_CALL_H_
#define CONNECTRPC_SRC_CLIENT_STREAM_CALL_H_

#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>

#include "client/call_state.h"
#include "client/message_codec.h"
#include "client/message_queue.h"
#include "connectrpc/client_call.h"

namespace connectrpc::client {

// A call with a stream on either side, between the threads that use its handle and the loop. What both touch is under
// one lock, which is never held across a call of the transport's or of the application's. What has to be done on the
// loop is done by Pump, posted once however much there is to do; what has to be waited for there is a Waiter.
//
// Lives until the handle is gone, the transport has let go, and no task of it is on its way.
class StreamCall final : public CallState, private LoopTask, private TransportCall::Receiver {
 public:
  enum class Condition {
    kMessage,   // one is to be read, or will never be
    kWritable,  // what was written has been handed over, and more may be; or nothing may any more
    kHeaders,   // known, or will never be
    kEnd,
  };

  class CallbackRead;

  // An operation that goes on when a condition holds. Posted to the loop, where it stays listed as long as it does not.
  class Waiter : public LoopTask {
   public:
    Waiter(StreamCall* call, Condition condition) : call_(call), condition_(condition) {}
    Waiter(const Waiter&) = delete;
    Waiter& operator=(const Waiter&) = delete;

    void Run() final { call_->GoOn(this); }

    // On the loop. The waiter is not touched any more.
    virtual void OnReady() = 0;
    // Itself if it is one: it can take a message from where the transport has it.
    virtual CallbackRead* AsCallbackRead() { return nullptr; }

   protected:
    ~Waiter() = default;
    StreamCall* call() const { return call_; }

   private:
    friend class StreamCall;
    StreamCall* const call_;
    const Condition condition_;
    Waiter* next_waiting_ = nullptr;
  };

  // Begins a call; the one reference is the handle's. `method` outlives it.
  static StreamCall* Start(const std::shared_ptr<Transport>& transport, const MethodSpec& method,
                           const CallOptions& options, const MessageLite* request);

  // From any thread, unless said otherwise; the operations of client::Stream.
  bool Read(ResponseSlot message);
  void Read(ResponseSlot message, std::function<void(bool)> done);
  bool Write(const MessageLite& message);
  void Write(const MessageLite& message, std::function<void(bool)> done);
  void CloseSend();
  const HeaderList& headers();
  const HeaderList& trailers() const;
  // Drops what is unread of a stream, and what will come.
  void DropUnread();
  // Once the call has ended: how, and with what response.
  Error error() const;
  UnaryOutcome Outcome(ResponseSlot response);
  // Ends the call with `reason`, unless it has ended.
  void Cancel(Error reason);
  // The handle lets go.
  void Abandon();

  // Waits until the condition holds. False on the loop, where the call is canceled instead.
  [[nodiscard]] bool Wait(Condition condition);
  // Begins to wait: OnReady comes later, on the loop.
  void Await(Waiter* waiter);

 private:
  enum class Take { kMessage, kEnd, kNothingYet };

  class CallbackWrite;

  StreamCall(const std::shared_ptr<Transport>& transport, CallLoop* loop, const MethodSpec& method,
             const CallOptions& options);
  ~StreamCall() = default;

  // CallState.
  void OnCanceled() override;
  void OnUnreferenced() override { delete this; }
  // TransportCall::Receiver.
  void OnHeaders(const HeaderList& headers) override;
  void OnMessage(Payload message) override;
  void OnWritable() override;
  void OnEnd(const Error& error, const HeaderList& trailers) override;
  // LoopTask: what PostPump has posted.
  void Run() override;

  // On the loop.
  void Pump();
  void BeginCall();
  void SendQueued();
  void GoOn(Waiter* waiter);
  void List(Waiter* waiter);
  // Goes on with the waiters whose condition holds.
  void Advance();
  bool Holds(Condition condition) const;
  // The first callback that waits for a message, not listed any more; or null.
  CallbackRead* TakeCallbackRead();
  // Ends the call for those who use it.
  void End(Error error, const HeaderList& trailers);

  Take TakeMessage(Payload* message);
  // False, and the call fails, for what is no such message.
  bool Decode(Payload* encoded, const ResponseSlot& message);
  void Fail(Error error);
  // Encodes and queues; false when the call takes no more.
  bool Queue(const MessageLite& message);

  // With the lock held.
  bool GivenUpLocked() const { return ended_ || abandoned_ || !reason_.ok(); }
  bool CanceledLocked() const { return watching_ && canceled(); }
  bool MayWriteLocked() const { return !GivenUpLocked() && !close_requested_; }
  // The Cancellation may be gone once the call has ended, or the handle is destroyed: whichever comes first.
  void UnwatchLocked();
  // Whether the pump is to be posted now; PostPump does it, without the lock.
  [[nodiscard]] bool NeedPumpLocked();
  void PostPump() { loop()->Post(this); }

  const std::shared_ptr<Transport> transport_;
  const MethodSpec& method_;
  const size_t max_unread_bytes_;
  MessageCodec codec_ = MessageCodec::kProto;
  std::optional<CallOptions> kept_options_;  // until the call has begun
  const CallOptions* options_ = nullptr;     // likewise

  // On the loop.
  TransportCall* call_ = nullptr;
  bool begun_ = false;
  bool half_closed_ = false;
  bool cancel_told_ = false;
  Waiter* waiting_ = nullptr;

  mutable std::mutex mutex_;
  bool pump_posted_ = false;
  MessageQueue unread_;
  size_t messages_received_ = 0;
  bool reading_paused_ = false;
  bool resume_wanted_ = false;
  bool drop_unread_ = false;
  MessageQueue unsent_;
  bool transport_full_ = false;
  bool close_requested_ = false;
  // How it goes.
  bool abandoned_ = false;
  bool watching_ = false;  // between Watch and Unwatch
  Error reason_;           // why it is to be canceled
  Error failure_;          // found on this side: comes before what the transport says
  bool headers_known_ = false;
  HeaderList headers_;  // not changed once known, nor are those below after the end
  bool ended_ = false;
  Error error_;
  HeaderList trailers_;
  const HeaderList nothing_;
};

}  // namespace connectrpc::client

#endif  // CONNECTRPC_SRC_CLIENT_STREAM_CALL_H_
