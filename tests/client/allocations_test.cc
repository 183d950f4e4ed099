#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>

#include "client/messages.h"
#include "client/methods.h"
#include "connectrpc/client.h"
#include "wire/allocations.h"

namespace connectrpc::test {
namespace {

// Answers with the request, and allocates nothing.
class MirrorTransport final : public Transport, private TransportCall, private LoopTask {
 public:
  const CallOptions& defaults() const override { return defaults_; }
  CallLoop* PickLoop() override { return &loop_; }
  TransportCall* Start(CallLoop*, const MethodSpec&, const CallOptions&, TransportCall::Receiver* receiver) override {
    receiver_ = receiver;
    return this;
  }

 private:
  // One task at a time, run at once by whoever waits.
  class Loop final : public CallLoop {
   public:
    void Post(LoopTask* task) override { posted_ = task; }
    bool InLoop() const override { return false; }
    void RunUntil(LoopTask* first, Completion* done) override {
      first->Run();
      while (!done->notified()) std::exchange(posted_, nullptr)->Run();
    }

   private:
    LoopTask* posted_ = nullptr;
  };

  SendResult Send(Payload message) override {
    message_ = std::move(message);
    return SendResult::kOk;
  }
  void CloseSend() override { loop_.Post(this); }
  void PauseReading() override {}
  void ResumeReading() override {}
  void Cancel(Error) override {}
  void Release() override {}
  void Run() override {
    receiver_->OnHeaders(nothing_);
    receiver_->OnMessage(Payload::Borrow(message_.view()));
    receiver_->OnEnd(success_, nothing_);
  }

  Loop loop_;
  const CallOptions defaults_{};
  const HeaderList nothing_{};
  const Error success_{};
  TransportCall::Receiver* receiver_ = nullptr;
  Payload message_;
};

TEST(Allocations, OfABlockingUnaryCallAreThoseOfItsMessages) {
  MirrorTransport transport;
  const Ping ping = MakePing(std::string(64, 'x'));
  const Allocations allocations;
  {
    const Result<Pong> result = CallUnary<Ping, Pong>(transport, kUnary, ping, {});
    EXPECT_EQ(result->text().size(), 64u);
  }
  // The encoded request; the response's text and its characters.
  EXPECT_LE(allocations.count(), 3u);
}

TEST(Allocations, OfABlockingUnaryCallWithAViewAreThoseOfItsBytes) {
  MirrorTransport transport;
  const Ping ping = MakePing(std::string(64, 'x'));
  const Allocations allocations;
  {
    const Result<OwnedPong> result = CallUnary<Ping, OwnedPong>(transport, kUnary, ping, {});
    EXPECT_EQ((*result)->text().size(), 64u);
  }
  // The encoded request; what the handle holds, and its memory for bytes and view.
  EXPECT_LE(allocations.count(), 3u);
}

}  // namespace
}  // namespace connectrpc::test
