#include "transport/recorded_call.h"

#include <gtest/gtest.h>

#include <utility>

#include "support/tcp_client.h"

namespace connectrpc::test {
namespace {

class Work final : public LoopTask {
 public:
  explicit Work(const std::function<void()>* work) : work_(work) {}
  void Run() override {
    (*work_)();
    done.Notify();
  }
  Completion done;

 private:
  const std::function<void()>* work_;
};

}  // namespace

RecordedCall::~RecordedCall() {
  if (call_ != nullptr) Release();
}

void RecordedCall::OnLoop(const std::function<void()>& work) {
  Work task(&work);
  loop_->RunUntil(&task, &task.done);
}

void RecordedCall::Start(const MethodSpec& method, const std::string& message, const CallOptions& options) {
  OnLoop([&] {
    inside_ = true;
    call_ = transport_->Start(loop_, method, options, this);
    if (!ClientStreams(method.stream_type)) {
      call_->Send(Payload::Borrow(message));
      call_->CloseSend();
    }
    inside_ = false;
  });
}

void RecordedCall::Begin(const MethodSpec& method, const CallOptions& options) {
  OnLoop([&] {
    inside_ = true;
    call_ = transport_->Start(loop_, method, options, this);
    inside_ = false;
  });
}

SendResult RecordedCall::Send(const std::string& message) {
  SendResult result = SendResult::kOk;
  OnLoop([&] {
    inside_ = true;
    result = call_->Send(Payload::Own(message));
    inside_ = false;
  });
  return result;
}

void RecordedCall::CloseSend() {
  OnLoop([&] {
    inside_ = true;
    call_->CloseSend();
    inside_ = false;
  });
}

void RecordedCall::Pause() {
  OnLoop([&] { call_->PauseReading(); });
}

void RecordedCall::Resume() {
  OnLoop([&] {
    inside_ = true;
    call_->ResumeReading();
    inside_ = false;
  });
}

void RecordedCall::Cancel(Error reason) {
  OnLoop([&] {
    inside_ = true;
    call_->Cancel(std::move(reason));
    inside_ = false;
  });
}

void RecordedCall::Release() {
  OnLoop([&] {
    if (call_ != nullptr) std::exchange(call_, nullptr)->Release();
  });
}

void RecordedCall::WaitFor(const char* what, const std::function<bool()>& condition) {
  std::unique_lock<std::mutex> lock(mutex_);
  EXPECT_TRUE(changed_.wait_for(lock, kTimeLimit, condition)) << "no " << what;
}

HeaderList RecordedCall::WaitHeaders() {
  WaitFor("headers", [&] { return has_headers_; });
  return headers_;
}

std::vector<std::string> RecordedCall::WaitMessages(size_t count) {
  WaitFor("messages", [&] { return messages_.size() >= count; });
  std::lock_guard<std::mutex> lock(mutex_);
  return messages_;
}

void RecordedCall::WaitWritable() {
  WaitFor("OnWritable", [&] { return writables_ > 0; });
  std::lock_guard<std::mutex> lock(mutex_);
  writables_ = 0;
}

Error RecordedCall::WaitEnd() {
  WaitFor("end", [&] { return ended_; });
  return error_;
}

std::vector<std::string> RecordedCall::events() {
  std::lock_guard<std::mutex> lock(mutex_);
  return events_;
}

bool RecordedCall::ended() {
  std::lock_guard<std::mutex> lock(mutex_);
  return ended_;
}

size_t RecordedCall::received_bytes() {
  std::lock_guard<std::mutex> lock(mutex_);
  return received_bytes_;
}

void RecordedCall::Note(const std::string& event, const std::function<void()>& keep) {
  EXPECT_FALSE(inside_) << event << " from inside a function of the call";
  EXPECT_TRUE(loop_->InLoop());
  {
    std::lock_guard<std::mutex> lock(mutex_);
    EXPECT_FALSE(ended_) << event << " after the end";
    keep();
    events_.push_back(event);
    changed_.notify_all();
  }
  if (hook_) hook_(*this, event);
}

void RecordedCall::OnHeaders(const HeaderList& headers) {
  Note("headers", [&] {
    EXPECT_FALSE(has_headers_);
    EXPECT_TRUE(messages_.empty());
    headers_ = headers;
    has_headers_ = true;
  });
}

void RecordedCall::OnMessage(Payload message) {
  Note("message", [&] {
    received_bytes_ += message.size();
    messages_.push_back(message.TakeString());
  });
}

void RecordedCall::OnWritable() {
  Note("writable", [&] { ++writables_; });
}

void RecordedCall::OnEnd(const Error& error, const HeaderList& trailers) {
  Note("end", [&] {
    ended_ = true;
    error_ = error;
    trailers_ = trailers;
  });
}

std::shared_ptr<HttpTransport> MakeTransport(const std::string& url, const HttpTransportOptions& options) {
  auto transport = HttpTransport::Create(url, options);
  EXPECT_TRUE(transport.ok()) << transport.status();
  return transport.ok() ? *std::move(transport) : nullptr;
}

HttpTransportOptions Http2Options(Protocol protocol) {
  HttpTransportOptions options;
  options.protocol = protocol;
  options.http = HttpVersions::kHttp2;
  return options;
}

}  // namespace connectrpc::test
