#include "client/scripted_transport.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>

namespace connectrpc::test {

void ManualLoop::Run() {
  while (!tasks_.empty()) {
    LoopTask* const task = tasks_.front();
    tasks_.pop_front();
    RunInLoop([task] { task->Run(); });
  }
}

void ManualLoop::RunInLoop(const std::function<void()>& function) {
  const bool nested = std::exchange(in_loop_, true);
  function();
  in_loop_ = nested;
}

void ManualLoop::RunUntil(LoopTask* first, Completion* done) {
  if (in_loop_) {
    ADD_FAILURE() << "a wait inside the loop";
    std::abort();
  }
  Post(first);
  Run();
  while (!done->notified()) {
    on_idle();
    Run();
  }
}

ScriptedTransport::ScriptedTransport(Script script) : script_(script.begin(), script.end()) {
  loop_.on_idle = [this] {
    if (Play()) return;
    ADD_FAILURE() << "somebody waits for more than the script has";
    std::abort();
  };
}

bool ScriptedTransport::Play() {
  loop_.Run();
  if (script_.empty() || released_ || ended_ || receiver_ == nullptr) return false;
  loop_.RunInLoop([this] { TellNext(); });
  loop_.Run();
  return true;
}

void ScriptedTransport::TellNext() {
  const Event event = std::move(script_.front());
  script_.pop_front();
  Tell(event);
}

void ScriptedTransport::Tell(const Event& event) {
  switch (event.kind) {
    case Event::Kind::kHeaders:
      receiver_->OnHeaders(event.list);
      break;
    case Event::Kind::kMessage: {
      // Gone afterwards, so that who keeps borrowed bytes is found out.
      const auto bytes = std::make_unique<std::string>(event.bytes);
      receiver_->OnMessage(Payload::Borrow(*bytes));
      break;
    }
    case Event::Kind::kWritable:
      full_ = false;
      receiver_->OnWritable();
      break;
    case Event::Kind::kEnd:
      ended_ = true;
      receiver_->OnEnd(event.error, event.list);
      break;
  }
}

bool ScriptedTransport::Logged(const std::string& line) const {
  return std::find(log_.begin(), log_.end(), line) != log_.end();
}

TransportCall* ScriptedTransport::Start(CallLoop* loop, const MethodSpec& method, const CallOptions& options,
                                        TransportCall::Receiver* receiver) {
  EXPECT_EQ(loop, &loop_);
  EXPECT_TRUE(loop_.InLoop());
  EXPECT_EQ(receiver_, nullptr) << "a second call";
  receiver_ = receiver;
  options_ = options;
  log_.push_back("start " + std::string(method.path));
  return &call_;
}

SendResult ScriptedTransport::Call::Send(Payload message) {
  EXPECT_TRUE(transport_->loop_.InLoop());
  EXPECT_FALSE(transport_->released_);
  transport_->log_.push_back("send " + std::to_string(message.size()));
  transport_->sent_.push_back(message.TakeString());
  if (transport_->on_send) transport_->on_send();
  return transport_->full_ ? SendResult::kFull : SendResult::kOk;
}

void ScriptedTransport::Call::CloseSend() {
  EXPECT_FALSE(transport_->released_);
  transport_->log_.push_back("close");
}

void ScriptedTransport::Call::PauseReading() {
  EXPECT_FALSE(transport_->released_);
  transport_->log_.push_back("pause");
}

void ScriptedTransport::Call::ResumeReading() {
  EXPECT_FALSE(transport_->released_);
  transport_->log_.push_back("resume");
}

void ScriptedTransport::Call::Cancel(Error reason) {
  EXPECT_FALSE(transport_->released_);
  transport_->log_.push_back("cancel " + std::string(CodeName(reason.code)));
  if (transport_->ended_) return;
  transport_->script_.assign(1, Event::End(std::move(reason)));
}

void ScriptedTransport::Call::Release() {
  EXPECT_TRUE(transport_->loop_.InLoop());
  EXPECT_FALSE(transport_->released_) << "released twice";
  transport_->released_ = true;
  transport_->log_.push_back("release");
}

}  // namespace connectrpc::test
