#ifndef CONNECTRPC_TESTS_INTEROP_SCRIPT_TRANSPORT_H_
#define CONNECTRPC_TESTS_INTEROP_SCRIPT_TRANSPORT_H_

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "connectrpc/transport.h"
#include "interop/loop_thread.h"

namespace connectrpc::test {

// One call as a test sees it: what the caller did, and, said by the test, what comes back. A call that is canceled ends
// with the reason.
class ScriptCall final : public TransportCall {
 public:
  struct Record {
    std::string path;
    StreamType stream_type = StreamType::kUnary;
    CallOptions options;
    std::vector<std::string> sent;
    bool send_closed = false;
    int pauses = 0;
    int resumes = 0;
    Error canceled;
    bool released = false;
  };

  ScriptCall(LoopThread* loop, const MethodSpec& method, const CallOptions& options, Receiver* receiver);

  // For the test's thread. Each returns when the receiver has been told.
  void Headers(const HeaderList& headers);
  void Message(std::string_view bytes);
  void Writable();
  void End(const Error& error, const HeaderList& trailers = {});
  // Success, right after `function` has run on the loop.
  void EndAfter(const std::function<void()>& function);
  // From now on Send returns kFull.
  void SetFull();
  // Waits until is_true(record), for as long as it takes.
  void Await(const std::function<bool(const Record&)>& is_true);
  Record record();

  SendResult Send(Payload message) override;
  void CloseSend() override;
  void PauseReading() override;
  void ResumeReading() override;
  void Cancel(Error reason) override;
  void Release() override;

 private:
  template <class Change>
  void Update(Change change);
  void Tell(const std::function<void(Receiver*)>& event);

  LoopThread* const loop_;
  Receiver* receiver_;  // the loop's; null once it has let go, or was told the end
  std::mutex mutex_;
  std::condition_variable changed_;
  Record record_;
  bool full_ = false;
};

// Calls live as long as the transport, for the test to look at them.
class ScriptTransport final : public Transport {
 public:
  explicit ScriptTransport(CallOptions defaults = {}) : defaults_(std::move(defaults)) {}

  const CallOptions& defaults() const override { return defaults_; }
  CallLoop* PickLoop() override { return &loop_; }
  TransportCall* Start(CallLoop* loop, const MethodSpec& method, const CallOptions& options,
                       TransportCall::Receiver* receiver) override;

  // Waits for the call of that number, counted from 0.
  ScriptCall* Call(size_t number = 0);
  size_t calls();
  LoopThread* loop() { return &loop_; }
  // Returns when all that has been posted to the loop has run.
  void Settle();

 private:
  const CallOptions defaults_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::unique_ptr<ScriptCall>> calls_;
  LoopThread loop_;
};

}  // namespace connectrpc::test

#endif  // CONNECTRPC_TESTS_INTEROP_SCRIPT_TRANSPORT_H_
