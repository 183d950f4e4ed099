#include "protocol/client_call_run.h"

#include <algorithm>
#include <cstring>
#include <memory>
#include <utility>

namespace connectrpc::test {

using protocol::ClientCall;

ClientCallRun::ClientCallRun(const ClientCallScript& script, const CallRegistries& registries, ClientCall* call)
    : script_(script), registries_(registries), config_(script.config), call_(call) {
  config_.compressions = &registries.compressions;
}

Error ClientCallRun::Start() {
  protocol::ClientCallStart start = script_.start;
  start.method = &script_.method;
  start.codec = script_.codec;
  start.compressor = registries_.compressions.Find(script_.compression);
  start.metadata = &script_.metadata;
  Error error = call_->Start(config_, start, &request_, &body_);
  if (!error.ok()) return error;
  for (const std::string& message : script_.messages) call_->SendMessage(Payload::Borrow(message));
  if (script_.closes) call_->CloseSend();
  TakeEvents();
  return error;
}

void ClientCallRun::Head() {
  if (!script_.response.has_value()) return;
  const wire::ResponseHead head = *script_.response;
  call_->OnHead(head, script_.head_ends ? wire::EndStream::kYes : wire::EndStream::kNo);
  TakeEvents();
}

void ClientCallRun::Feed(std::string_view bytes) {
  std::unique_ptr<char[]> borrowed(new char[bytes.size()]);
  if (!bytes.empty()) std::memcpy(borrowed.get(), bytes.data(), bytes.size());
  call_->Feed({borrowed.get(), bytes.size()});
  TakeEvents();
}

void ClientCallRun::End() {
  if (script_.reset_code.has_value()) {
    Reset(*script_.reset_code, script_.fault);
  } else if (script_.failure.has_value()) {
    Fail(*script_.failure);
  } else if (!script_.open && !script_.head_ends) {
    Complete(script_.trailers);
  }
}

void ClientCallRun::Complete(const HeaderList& trailers) {
  const HeaderList copy = trailers;
  call_->OnEnd(copy);
  TakeEvents();
}

void ClientCallRun::Reset(uint32_t error_code, std::string_view fault) {
  const std::string copy(fault);
  call_->OnReset(error_code, copy);
  TakeEvents();
}

void ClientCallRun::Fail(Error error) {
  call_->Fail(std::move(error));
  TakeEvents();
}

std::string ClientCallRun::body_bytes() const {
  std::string_view pieces[1024];
  const size_t count = body_.queue.Peek(pieces, 1024);
  std::string bytes;
  for (size_t i = 0; i < count; ++i) bytes += pieces[i];
  return bytes;
}

size_t ClientCallRun::CountEvents(ClientCall::Event kind) const {
  return static_cast<size_t>(
      std::count_if(events_.begin(), events_.end(), [&](const ClientCallEvent& event) { return event.kind == kind; }));
}

void ClientCallRun::TakeEvents() {
  for (;;) {
    Payload message;
    const ClientCall::Event kind = call_->Next(&message);
    if (kind == ClientCall::Event::kNone) return;
    events_.push_back({kind, std::string(message.view())});
  }
}

void Answer(const std::vector<std::string_view>& pieces, ClientCallRun* run) {
  run->Head();
  for (std::string_view piece : pieces) run->Feed(piece);
  run->End();
}

}  // namespace connectrpc::test
