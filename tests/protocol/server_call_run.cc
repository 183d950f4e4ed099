#include "protocol/server_call_run.h"

#include <algorithm>
#include <cstring>
#include <memory>
#include <utility>

namespace connectrpc::test {

using protocol::ServerCall;

CallRun::CallRun(const CallScript& script, const CallRegistries& registries) : script_(script), config_(script.config) {
  config_.codecs = &registries.codecs;
  config_.compressions = &registries.compressions;
}

std::optional<wire::ContentType> CallRun::ContentTypeOf(const wire::RequestHead& request) {
  if (request.method == "GET") return wire::ContentType{wire::Framing::kConnectGet, ""};
  const std::optional<std::string_view> text = request.headers.Find("content-type");
  if (!text.has_value()) return std::nullopt;
  return wire::ParseContentType(*text);
}

ServerCall::StartResult CallRun::Start() {
  const std::optional<wire::ContentType> type = ContentTypeOf(script_.request);
  if (!type.has_value()) return ServerCall::StartResult::kUnsupportedMediaType;
  const ServerCall::StartResult result =
      call_.Start(config_, script_.request, *type, script_.stream_type, now_, &response_, &body_);
  if (result == ServerCall::StartResult::kStarted) React(CallStep::When::kStart, {});
  return result;
}

void CallRun::Feed(std::string_view bytes, wire::EndStream end) {
  std::unique_ptr<char[]> borrowed(new char[bytes.size()]);
  if (!bytes.empty()) std::memcpy(borrowed.get(), bytes.data(), bytes.size());
  call_.Feed({borrowed.get(), bytes.size()}, end);
  for (;;) {
    Payload message;
    const ServerCall::Event kind = call_.Next(&message);
    if (kind == ServerCall::Event::kNone) return;
    events_.push_back({kind, std::string(message.view())});
    if (kind == ServerCall::Event::kMessage) {
      ++messages_;
      React(CallStep::When::kMessage, message.view());
    } else if (kind == ServerCall::Event::kHalfClosed) {
      React(CallStep::When::kHalfClosed, {});
    }
  }
}

std::string CallRun::body_bytes() const {
  std::string_view pieces[1024];
  const size_t count = body_.queue.Peek(pieces, 1024);
  std::string bytes;
  for (size_t i = 0; i < count; ++i) bytes += pieces[i];
  return bytes;
}

size_t CallRun::CountEvents(ServerCall::Event kind) const {
  return static_cast<size_t>(
      std::count_if(events_.begin(), events_.end(), [&](const CallEvent& event) { return event.kind == kind; }));
}

void CallRun::React(CallStep::When when, std::string_view message) {
  for (const CallStep& step : script_.steps) {
    if (step.when != when || (step.message != 0 && step.message != messages_)) continue;
    if (fail_before_ == steps_done_) call_.Fail(Error(Code::kDeadlineExceeded, "deadline exceeded"));
    Do(step, message);
    ++steps_done_;
  }
}

void CallRun::Do(const CallStep& step, std::string_view message) {
  switch (step.what) {
    case CallStep::What::kSendHeaders:
      call_.SendHeaders(step.headers);
      return;
    case CallStep::What::kSendMessage:
      call_.SendMessage(Payload::Borrow(step.text));
      return;
    case CallStep::What::kEcho:
      call_.SendMessage(Payload::Borrow(message));
      return;
    case CallStep::What::kFinish:
      call_.Finish(step.end);
      return;
    case CallStep::What::kFail:
      call_.Fail(step.end.error);
      return;
  }
}

void FeedAll(const std::vector<std::string_view>& pieces, EndPlace place, bool ends, CallRun* run) {
  const bool with_last = ends && place == EndPlace::kWithLastPiece;
  for (size_t i = 0; i < pieces.size(); ++i) {
    const bool last = with_last && i + 1 == pieces.size();
    run->Feed(pieces[i], last ? wire::EndStream::kYes : wire::EndStream::kNo);
  }
  if (ends && !with_last) run->Feed({}, wire::EndStream::kYes);
}

}  // namespace connectrpc::test
