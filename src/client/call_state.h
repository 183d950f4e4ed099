#ifndef CONNECTRPC_SRC_CLIENT_CALL_STATE_H_
#define CONNECTRPC_SRC_CLIENT_CALL_STATE_H_

#include <atomic>

#include "connectrpc/call_loop.h"
#include "connectrpc/cancellation.h"
#include "connectrpc/error.h"

namespace connectrpc::client {

// What a caller's own cancellation, and misuse of the loop, are reported as.
Error CanceledByCaller();
Error BlockedOnLoop();

// Answers of a wrong number of messages where there is to be one. Transports over HTTP find them themselves.
Error NoResponse();
Error SecondResponse();

// An error that is found on this side, with what the server had sent: as transports give it with theirs.
Error WithMetadata(Error error, const HeaderList& headers, const HeaderList& trailers);

// What calls of all kinds have: a count of those who still hold the state (the caller, the transport, tasks on their
// way to the loop), and an ear for the Cancellation that the options name.
class CallState : private Cancellation::Listener {
 public:
  CallState(const CallState&) = delete;
  CallState& operator=(const CallState&) = delete;

  // From any thread. The last Unref calls OnUnreferenced, after which the object is not touched any more.
  void Ref() { references_.fetch_add(1, std::memory_order_relaxed); }
  void Unref() {
    if (references_.fetch_sub(1, std::memory_order_acq_rel) == 1) OnUnreferenced();
  }

  CallLoop* loop() const { return loop_; }

 protected:
  // One reference is held.
  CallState(CallLoop* loop, Cancellation* cancellation)
      : loop_(loop), cancellation_(cancellation), cancel_task_(this) {}
  ~CallState() = default;

  // Each once, not at the same time: between them a cancellation is told by OnCanceled. False: it has happened already.
  [[nodiscard]] bool Watch() { return cancellation_ == nullptr || cancellation_->Add(this); }
  void Unwatch() {
    if (cancellation_ != nullptr) cancellation_->Remove(this);
  }

  // Between Watch and Unwatch: what OnCanceled may still be on its way to tell.
  bool canceled() const { return cancellation_ != nullptr && cancellation_->canceled(); }

  // On the loop; may come after Unwatch.
  virtual void OnCanceled() = 0;
  virtual void OnUnreferenced() = 0;

 private:
  class CancelTask final : public LoopTask {
   public:
    explicit CancelTask(CallState* state) : state_(state) {}
    void Run() override {
      state_->OnCanceled();
      state_->Unref();
    }

   private:
    CallState* const state_;
  };

  void OnCancel() override {
    Ref();
    loop_->Post(&cancel_task_);
  }

  CallLoop* const loop_;
  Cancellation* const cancellation_;
  CancelTask cancel_task_;
  std::atomic<int> references_{1};
};

}  // namespace connectrpc::client

#endif  // CONNECTRPC_SRC_CLIENT_CALL_STATE_H_
