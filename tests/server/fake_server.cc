#include "server/fake_server.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <thread>
#include <utility>

#include "connectrpc/call_loop.h"
#include "server/handler_pool.h"
#include "server/http_server.h"
#include "server/method_handler.h"
#include "wire/envelope.h"

namespace connectrpc::test {
namespace {

using server::CallHandler;
using server::MethodHandler;
using server::Responder;

// Ends when it has answered or is cancelled, and then destroys itself.
class FakeCall : public CallHandler {
 public:
  explicit FakeCall(Responder* responder) : responder_(responder) {}
  virtual ~FakeCall() = default;

  void OnMessage(Payload message) override { input_ += message.view(); }
  void OnWritable() override {}
  void OnCancel() override { End(); }

 protected:
  void Answer(std::string message) {
    responder_->SendMessage(Payload::Own(std::move(message)));
    responder_->Finish({});
    End();
  }
  void End() {
    responder_->Done();
    delete this;
  }

  Responder* const responder_;
  std::string input_;
};

class EchoCall final : public FakeCall {
 public:
  using FakeCall::FakeCall;
  void OnHalfClose() override { Answer(std::move(input_)); }
};

class BigCall final : public FakeCall {
 public:
  using FakeCall::FakeCall;
  void OnHalfClose() override { Answer(std::string(std::strtoull(input_.c_str(), nullptr, 10), 'b')); }
};

class UploadCall final : public FakeCall {
 public:
  using FakeCall::FakeCall;
  void OnHalfClose() override { Answer(std::to_string(input_.size())); }
};

class ExpandCall final : public FakeCall {
 public:
  using FakeCall::FakeCall;
  void OnHalfClose() override {
    left_ = std::strtoull(input_.c_str(), nullptr, 10);
    OnWritable();
  }
  void OnWritable() override {
    while (left_ > 0) {
      --left_;
      if (responder_->SendMessage(Payload::Own(std::string(16 * 1024, 'e'))) == SendResult::kFull) return;
    }
    responder_->Finish({});
    End();
  }

 private:
  size_t left_ = 0;
};

class ChatCall final : public FakeCall {
 public:
  using FakeCall::FakeCall;
  void OnMessage(Payload message) override {
    if (responder_->SendMessage(Payload::Own(message.TakeString())) == SendResult::kFull) responder_->PauseReading();
  }
  void OnWritable() override { responder_->ResumeReading(); }
  void OnHalfClose() override {
    responder_->Finish({});
    End();
  }
};

class HoldCall final : public FakeCall, private net::Task {
 public:
  HoldCall(Responder* responder, HeldCalls* held) : FakeCall(responder), held_(held) {}
  void OnHalfClose() override {
    held_->Add(this, [this, loop = &responder_->loop()] { loop->Post(this); });
  }
  void OnCancel() override {
    held_->Remove(this);
    End();
  }

 private:
  void Run() override { Answer("released"); }

  HeldCalls* const held_;
};

// Its handler may block.
class PoolCall final : public FakeCall {
 public:
  PoolCall(Responder* responder, const FakeServer::BlockingHandler* handler)
      : FakeCall(responder), handler_(*handler), loop_(responder->loop()) {}

  void OnHalfClose() override {
    const server::Admission admission = responder_->handler_lane()->Submit(&work_);
    submitted_ = admission == server::Admission::kAccepted;
    if (submitted_) return;
    protocol::RpcEnd end;
    end.error = server::RefusalOf(admission);
    responder_->Finish(end);
    End();
  }
  void OnCancel() override {
    cancelled_ = true;
    if (!submitted_ || work_.Withdraw()) End();
  }

 private:
  class Work final : public server::HandlerTask {
   public:
    explicit Work(PoolCall* call) : call_(call) {}
    void Run() override {
      call_->output_ = call_->handler_(call_->input_);
      call_->loop_.Post(&call_->way_back_);
    }

   private:
    PoolCall* const call_;
  };
  class WayBack final : public net::Task {
   public:
    explicit WayBack(PoolCall* call) : call_(call) {}
    void Run() override { call_->cancelled_ ? call_->End() : call_->Answer(std::move(call_->output_)); }

   private:
    PoolCall* const call_;
  };

  const FakeServer::BlockingHandler& handler_;
  net::Loop& loop_;
  Work work_{this};
  WayBack way_back_{this};
  std::string output_;
  bool submitted_ = false;
  bool cancelled_ = false;
};

class FakeMethod final : public MethodHandler {
 public:
  explicit FakeMethod(std::function<CallHandler*(Responder*)> start) : start_(std::move(start)) {}
  CallHandler* Start(Responder* responder) override { return start_(responder); }

 private:
  std::function<CallHandler*(Responder*)> start_;
};

void AddMethod(const char* name, StreamType type, std::function<CallHandler*(Responder*)> start,
               server::RouteTable* routes) {
  server::Route route;
  route.stream_type = type;
  route.handler = std::make_unique<FakeMethod>(std::move(start));
  ASSERT_TRUE(routes->Add(std::string("/test.S/") + name, std::move(route)));
}

}  // namespace

void HeldCalls::Add(const void* call, std::function<void()> answer) {
  std::lock_guard<std::mutex> lock(mutex_);
  answers_[call] = std::move(answer);
  changed_.notify_all();
}

void HeldCalls::Remove(const void* call) {
  std::lock_guard<std::mutex> lock(mutex_);
  answers_.erase(call);
  changed_.notify_all();
}

void HeldCalls::Release() {
  std::lock_guard<std::mutex> lock(mutex_);
  for (const auto& [call, answer] : answers_) answer();
  answers_.clear();
}

bool HeldCalls::WaitFor(size_t count) {
  std::unique_lock<std::mutex> lock(mutex_);
  return changed_.wait_for(lock, kTimeLimit, [&] { return answers_.size() == count; });
}

std::string HeldCalls::Block() {
  Completion released;
  Add(&released, [&released] { released.Notify(); });
  released.Wait();
  return "released";
}

FakeServer::FakeServer(HttpOptions options, BlockingHandler handler) : handler_(std::move(handler)) {
  if (!handler_) handler_ = [this](const std::string&) { return held_.Block(); };
  if (options.listen.empty()) options.listen = {"127.0.0.1:0"};
  if (options.loops == 0) options.loops = 1;
  server::RouteTable routes;
  AddMethod(
      "Echo", StreamType::kUnary, [](Responder* r) { return new EchoCall(r); }, &routes);
  AddMethod(
      "Big", StreamType::kUnary, [](Responder* r) { return new BigCall(r); }, &routes);
  AddMethod(
      "Hold", StreamType::kUnary, [this](Responder* r) { return new HoldCall(r, &held_); }, &routes);
  AddMethod(
      "Block", StreamType::kUnary, [this](Responder* r) { return new PoolCall(r, &handler_); }, &routes);
  AddMethod(
      "Upload", StreamType::kClientStream, [](Responder* r) { return new UploadCall(r); }, &routes);
  AddMethod(
      "Expand", StreamType::kServerStream, [](Responder* r) { return new ExpandCall(r); }, &routes);
  AddMethod(
      "Chat", StreamType::kBidiStream, [](Responder* r) { return new ChatCall(r); }, &routes);
  auto server = server::StartHttpServer(options, std::move(routes));
  EXPECT_TRUE(server.ok()) << server.status();
  server_ = *std::move(server);
}

// Statistics tell nobody when they change.
bool FakeServer::WaitFor(const std::function<bool(const ServerStats&)>& condition) const {
  const auto limit = std::chrono::steady_clock::now() + kTimeLimit;
  while (!condition(server_->stats())) {
    if (std::chrono::steady_clock::now() > limit) return false;
    std::this_thread::yield();
  }
  return true;
}

HttpRequest Unary(const std::string& method, std::string body) {
  HttpRequest request;
  request.target = "/test.S/" + method;
  request.headers = {{"content-type", "application/proto"}};
  request.body = std::move(body);
  return request;
}

std::string Enveloped(const std::string& message) {
  std::string out;
  wire::EnvelopeHeader header;
  header.size = static_cast<uint32_t>(message.size());
  wire::AppendEnvelopeHeader(header, &out);
  return out + message;
}

HttpRequest Streaming(const std::string& method, const std::string& message) {
  HttpRequest request;
  request.target = "/test.S/" + method;
  request.headers = {{"content-type", "application/connect+proto"}};
  request.body = Enveloped(message);
  return request;
}

void ReadToEnd(TcpClient& client) {
  while (!client.Receive().empty()) {
  }
}

void ReadToEnd(Http2Client& client) {
  while (client.Pump()) {
  }
}

}  // namespace connectrpc::test
