#include "server/fake_server.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <thread>
#include <utility>

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

FakeServer::FakeServer(HttpOptions options) {
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
