#include "connectrpc/testing/fake_streams.h"

#include "client/testing/inline_loop.h"

namespace connectrpc::client {
namespace {

// A transport for one call.
class FakeTransport final : public Transport, public std::enable_shared_from_this<FakeTransport> {
 public:
  FakeTransport(StreamType type, std::vector<std::string> responses, FakeEnd end,
                std::function<void(const std::string&)> requests)
      : loop_(std::make_shared<InlineLoop>()), call_(this, std::move(responses), std::move(end), std::move(requests)) {
    method_.path = "/fake";
    method_.stream_type = type;
    loop_->on_idle = [this] { call_.EndNow(); };
  }

  const MethodSpec& method() const { return method_; }

  const CallOptions& defaults() const override { return defaults_; }
  CallLoop* PickLoop() override { return loop_.get(); }
  TransportCall* Start(CallLoop*, const MethodSpec&, const CallOptions&, TransportCall::Receiver* receiver) override {
    call_.Begin(receiver);
    return &call_;
  }

 private:
  class Call final : public TransportCall, private LoopTask {
   public:
    Call(FakeTransport* transport, std::vector<std::string> responses, FakeEnd end,
         std::function<void(const std::string&)> requests)
        : transport_(transport),
          responses_(std::move(responses)),
          end_(std::move(end)),
          requests_(std::move(requests)),
          may_end_(requests_ == nullptr) {}

    void Begin(Receiver* receiver) {
      receiver_ = receiver;
      PostOnce();
    }
    // On the loop, in a turn of its own.
    void EndNow() {
      may_end_ = true;
      PostOnce();
    }

    SendResult Send(Payload message) override {
      if (requests_ != nullptr) requests_(message.TakeString());
      return SendResult::kOk;
    }
    void CloseSend() override { EndNow(); }
    void PauseReading() override {}
    void ResumeReading() override {}
    void Cancel(Error reason) override {
      end_ = FakeEnd(std::move(reason));
      EndNow();
    }
    void Release() override { receiver_ = nullptr; }

   private:
    void PostOnce() {
      if (posted_ != nullptr) return;
      posted_ = transport_->shared_from_this();
      transport_->loop_->Post(this);
    }

    void Run() override {
      const std::shared_ptr<FakeTransport> held = std::move(posted_);
      if (receiver_ == nullptr) return;
      if (!std::exchange(answered_, true)) {
        receiver_->OnHeaders(end_.headers);
        for (std::string& response : responses_) receiver_->OnMessage(Payload::Own(std::move(response)));
      }
      if (!may_end_) return;
      Error error = end_.error;
      if (!error.ok() && error.metadata.empty()) {
        for (const HeaderList* list : {&end_.headers, &end_.trailers}) {
          for (const HeaderField field : *list) error.metadata.Add(field.name, field.value);
        }
      }
      receiver_->OnEnd(error, end_.trailers);
    }

    FakeTransport* const transport_;
    std::vector<std::string> responses_;
    FakeEnd end_;
    const std::function<void(const std::string&)> requests_;
    Receiver* receiver_ = nullptr;
    bool may_end_;
    std::shared_ptr<FakeTransport> posted_;  // while Run is on its way
    bool answered_ = false;
  };

  const CallOptions defaults_;
  MethodSpec method_;
  const std::shared_ptr<InlineLoop> loop_;
  Call call_;
};

}  // namespace

Stream StartFake(StreamType type, std::vector<std::string> responses, FakeEnd end,
                 std::function<void(const std::string&)> requests) {
  const auto transport =
      std::make_shared<FakeTransport>(type, std::move(responses), std::move(end), std::move(requests));
  Stream stream = Stream::Start(transport, transport->method(), CallOptions());
  if (type == StreamType::kServerStream) stream.CloseSend();
  return stream;
}

}  // namespace connectrpc::client
