#ifndef CONNECTRPC_SRC_CLIENT_TESTING_MEMORY_CALL_H_
#define CONNECTRPC_SRC_CLIENT_TESTING_MEMORY_CALL_H_

#include <chrono>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>

#include "client/message_codec.h"
#include "client/testing/thread_loop.h"
#include "connectrpc/client_call.h"

namespace connectrpc::client {

// A call between its receiver, on the loop, and its handler, on a thread of its own. Both sides hold it.
class MemoryCall final : public TransportCall, public std::enable_shared_from_this<MemoryCall>, private LoopTask {
 public:
  MemoryCall(ThreadLoop* loop, const CallOptions& options, const CallOptions& defaults, Receiver* receiver);

  // On the loop. Holds the call until its receiver releases it; arms the deadline. An error of the options ends it.
  void Begin();

  // TransportCall.
  SendResult Send(Payload message) override;
  void CloseSend() override;
  void PauseReading() override;
  void ResumeReading() override;
  void Cancel(Error reason) override;
  void Release() override;

  // On the handler's thread.
  const HeaderList& request_headers() const { return request_headers_; }
  std::optional<std::chrono::nanoseconds> timeout() const { return timeout_; }
  HeaderList& headers() { return headers_; }
  HeaderList& trailers() { return trailers_; }
  void SendHeaders();
  bool Read(MessageLite* message);
  bool Write(const MessageLite& message);
  void WaitUntilCanceled() const;
  // The handler's last word.
  void Finish(Error error);

  // From any thread.
  bool canceled() const;
  bool begun_badly() const { return !options_error_.ok(); }

 private:
  // On the loop: tells the receiver what there is to tell.
  void Run() override;
  // Tells one event. False when there is none, or no receiver any more.
  bool TellNext();
  void TellEnd(const Error& error, const HeaderList& trailers);
  // With the lock held, on any thread.
  void PostLocked();
  void EndLocked(Error reason);

  ThreadLoop* const loop_;
  Receiver* receiver_;  // on the loop; null when it has let go
  MessageCodec codec_ = MessageCodec::kProto;
  Error options_error_;
  size_t max_message_bytes_;
  std::optional<std::chrono::nanoseconds> timeout_;
  std::optional<ThreadLoop::Timers::iterator> deadline_;  // on the loop
  std::shared_ptr<MemoryCall> held_by_receiver_;          // on the loop
  HeaderList request_headers_;
  // The handler's until they are sent, and the receiver's afterwards.
  HeaderList headers_;
  HeaderList trailers_;

  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;  // what the handler waits for
  std::shared_ptr<MemoryCall> posted_;       // while Run is on its way
  std::deque<Payload> requests_;
  size_t request_bytes_ = 0;
  bool half_closed_ = false;
  bool caller_waits_ = false;  // for OnWritable
  std::deque<Payload> responses_;
  size_t response_bytes_ = 0;
  bool headers_sent_ = false;
  bool headers_told_ = false;
  bool paused_ = false;
  std::optional<Error> finished_;  // by the handler
  std::optional<Error> reason_;    // canceled with
  bool ended_ = false;
};

}  // namespace connectrpc::client

#endif  // CONNECTRPC_SRC_CLIENT_TESTING_MEMORY_CALL_H_
