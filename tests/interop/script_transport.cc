#include "interop/script_transport.h"

#include <utility>

namespace connectrpc::test {

ScriptCall::ScriptCall(LoopThread* loop, const MethodSpec& method, const CallOptions& options, Receiver* receiver)
    : loop_(loop), receiver_(receiver) {
  record_.path = method.path;
  record_.stream_type = method.stream_type;
  record_.options = options;
}

template <class Change>
void ScriptCall::Update(Change change) {
  std::lock_guard<std::mutex> lock(mutex_);
  change(&record_);
  changed_.notify_all();
}

void ScriptCall::Tell(const std::function<void(Receiver*)>& event) {
  Completion done;
  loop_->PostFunction([&] {
    if (receiver_ != nullptr) event(receiver_);
    done.Notify();
  });
  done.Wait();
}

void ScriptCall::Headers(const HeaderList& headers) {
  Tell([&](Receiver* receiver) { receiver->OnHeaders(headers); });
}
void ScriptCall::Message(std::string_view bytes) {
  Tell([&](Receiver* receiver) { receiver->OnMessage(Payload::Borrow(bytes)); });
}
void ScriptCall::Writable() {
  Tell([](Receiver* receiver) { receiver->OnWritable(); });
}
void ScriptCall::End(const Error& error, const HeaderList& trailers) {
  Tell([&](Receiver* receiver) {
    receiver_ = nullptr;
    receiver->OnEnd(error, trailers);
  });
}

void ScriptCall::EndAfter(const std::function<void()>& function) {
  Tell([&](Receiver* receiver) {
    function();
    receiver_ = nullptr;
    receiver->OnEnd(Error(), {});
  });
}

void ScriptCall::SetFull() {
  std::lock_guard<std::mutex> lock(mutex_);
  full_ = true;
}

void ScriptCall::Await(const std::function<bool(const Record&)>& is_true) {
  std::unique_lock<std::mutex> lock(mutex_);
  changed_.wait(lock, [&] { return is_true(record_); });
}

ScriptCall::Record ScriptCall::record() {
  std::lock_guard<std::mutex> lock(mutex_);
  return record_;
}

SendResult ScriptCall::Send(Payload message) {
  bool full = false;
  Update([&](Record* record) {
    record->sent.push_back(message.TakeString());
    full = full_;
  });
  return full ? SendResult::kFull : SendResult::kOk;
}
void ScriptCall::CloseSend() {
  Update([](Record* record) { record->send_closed = true; });
}
void ScriptCall::PauseReading() {
  Update([](Record* record) { ++record->pauses; });
}
void ScriptCall::ResumeReading() {
  Update([](Record* record) { ++record->resumes; });
}
void ScriptCall::Cancel(Error reason) {
  loop_->PostFunction([this, reason] {
    if (receiver_ != nullptr) std::exchange(receiver_, nullptr)->OnEnd(reason, {});
  });
  Update([&](Record* record) { record->canceled = std::move(reason); });
}
void ScriptCall::Release() {
  receiver_ = nullptr;
  Update([](Record* record) { record->released = true; });
}

TransportCall* ScriptTransport::Start(CallLoop* /*loop*/, const MethodSpec& method, const CallOptions& options,
                                      TransportCall::Receiver* receiver) {
  std::lock_guard<std::mutex> lock(mutex_);
  calls_.push_back(std::make_unique<ScriptCall>(&loop_, method, options, receiver));
  changed_.notify_all();
  return calls_.back().get();
}

ScriptCall* ScriptTransport::Call(size_t number) {
  std::unique_lock<std::mutex> lock(mutex_);
  changed_.wait(lock, [&] { return calls_.size() > number; });
  return calls_[number].get();
}

size_t ScriptTransport::calls() {
  std::lock_guard<std::mutex> lock(mutex_);
  return calls_.size();
}

void ScriptTransport::Settle() {
  Completion done;
  loop_.PostFunction([&] { done.Notify(); });
  done.Wait();
}

}  // namespace connectrpc::test
