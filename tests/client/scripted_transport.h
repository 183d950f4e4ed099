#ifndef CONNECTRPC_TESTS_CLIENT_SCRIPTED_TRANSPORT_H_
#define CONNECTRPC_TESTS_CLIENT_SCRIPTED_TRANSPORT_H_

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "connectrpc/transport.h"

namespace connectrpc::test {

// A loop that runs on whichever thread waits for something, or asks it to: one at a time.
class ManualLoop final : public CallLoop {
 public:
  void Post(LoopTask* task) override {
    task->next = nullptr;
    tasks_.push_back(task);
  }
  bool InLoop() const override { return in_loop_; }
  void RunUntil(LoopTask* first, Completion* done) override;

  // Runs what is posted, until nothing is.
  void Run();
  // Runs a function as if it were a task.
  void RunInLoop(const std::function<void()>& function);

  // What to do where somebody waits and nothing is posted.
  std::function<void()> on_idle;

 private:
  std::deque<LoopTask*> tasks_;
  bool in_loop_ = false;
};

// One thing that happens to a call.
struct Event {
  enum class Kind { kHeaders, kMessage, kWritable, kEnd };

  static Event Headers(HeaderList headers = {}) { return {Kind::kHeaders, "", Error(), std::move(headers)}; }
  static Event Message(std::string bytes) { return {Kind::kMessage, std::move(bytes), Error(), {}}; }
  static Event Writable() { return {Kind::kWritable, "", Error(), {}}; }
  static Event End(Error error = Error(), HeaderList trailers = {}) {
    return {Kind::kEnd, "", std::move(error), std::move(trailers)};
  }

  Kind kind;
  std::string bytes;
  Error error;
  HeaderList list;
};

using Script = std::vector<Event>;

// Carries one call, to which happens what a script says: the next event whenever somebody waits and the loop has
// nothing to do, or at Play. A call that is canceled ends with the reason next. Keeps a log of what is done to it.
class ScriptedTransport final : public Transport {
 public:
  explicit ScriptedTransport(Script script);

  // The next event, after what is posted, and what it causes. False where there is none.
  bool Play();
  // In the loop: the next event, before what is posted.
  void TellNext();
  void PlayAll() {
    while (Play()) {
    }
  }

  ManualLoop& loop() { return loop_; }
  // "start /path", "send 3", "close", "pause", "resume", "cancel canceled", "release"
  const std::vector<std::string>& log() const { return log_; }
  bool Logged(const std::string& line) const;
  const std::vector<std::string>& sent() const { return sent_; }
  bool released() const { return released_; }
  // Send gives kFull from the next one on, until an event makes it writable.
  void Fill() { full_ = true; }
  // Runs within each Send.
  std::function<void()> on_send;

  CallOptions& mutable_defaults() { return defaults_; }
  const CallOptions& defaults() const override { return defaults_; }
  CallLoop* PickLoop() override { return &loop_; }
  TransportCall* Start(CallLoop* loop, const MethodSpec& method, const CallOptions& options,
                       TransportCall::Receiver* receiver) override;

  // As they were at Start.
  const CallOptions& options() const { return options_; }

 private:
  class Call final : public TransportCall {
   public:
    explicit Call(ScriptedTransport* transport) : transport_(transport) {}

    SendResult Send(Payload message) override;
    void CloseSend() override;
    void PauseReading() override;
    void ResumeReading() override;
    void Cancel(Error reason) override;
    void Release() override;

   private:
    ScriptedTransport* const transport_;
  };

  void Tell(const Event& event);

  ManualLoop loop_;
  Call call_{this};
  std::deque<Event> script_;
  CallOptions defaults_;
  CallOptions options_;
  TransportCall::Receiver* receiver_ = nullptr;
  bool full_ = false;
  bool ended_ = false;
  bool released_ = false;
  std::vector<std::string> log_;
  std::vector<std::string> sent_;
};

}  // namespace connectrpc::test

#endif  // CONNECTRPC_TESTS_CLIENT_SCRIPTED_TRANSPORT_H_
