#ifndef CONNECTRPC_TESTS_PROTOCOL_SERVER_CALL_RUN_H_
#define CONNECTRPC_TESTS_PROTOCOL_SERVER_CALL_RUN_H_

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/call_registries.h"
#include "protocol/server_call.h"
#include "protocol/server_call_script.h"
#include "wire/content_type.h"
#include "wire/http_head.h"
#include "wire/timeout.h"

namespace connectrpc::test {

// What the call machine told its handler.
struct CallEvent {
  protocol::ServerCall::Event kind = protocol::ServerCall::Event::kNone;
  std::string message;
};

// Plays a script on a call machine: the request, in whatever pieces, and the handler. Both it and the registries
// outlive this.
class CallRun final {
 public:
  CallRun(const CallScript& script, const CallRegistries& registries);

  // The framing that the head asks for; nothing if it names none of ours, which a server answers itself.
  static std::optional<wire::ContentType> ContentTypeOf(const wire::RequestHead& request);

  // Reads the head and, if that starts the call, does what the handler does first.
  protocol::ServerCall::StartResult Start();
  // Hands over a piece, from memory that is gone afterwards, and does what the handler does on each event.
  void Feed(std::string_view bytes, wire::EndStream end);

  protocol::ServerCall& call() { return call_; }
  const wire::ResponseHead& response() const { return response_; }
  const wire::OutgoingBody& body() const { return body_; }
  std::string body_bytes() const;
  wire::TimePoint now() const { return now_; }
  const std::vector<CallEvent>& events() const { return events_; }
  size_t CountEvents(protocol::ServerCall::Event kind) const;
  size_t steps_done() const { return steps_done_; }

  // Before the step that is the how-manyth to be done, counted from 0, the call fails with kDeadlineExceeded.
  void FailBeforeStep(size_t index) { fail_before_ = index; }

 private:
  void React(CallStep::When when, std::string_view message);
  void Do(const CallStep& step, std::string_view message);

  const CallScript& script_;
  protocol::CallConfig config_;
  const wire::TimePoint now_{std::chrono::hours(1)};
  protocol::ServerCall call_;
  wire::ResponseHead response_;
  wire::OutgoingBody body_;
  std::vector<CallEvent> events_;
  size_t messages_ = 0;
  size_t steps_done_ = 0;
  std::optional<size_t> fail_before_;
};

// Ends the request where the script does: with the last piece, or with an empty one after it, as HTTP may.
enum class EndPlace { kWithLastPiece, kAfterwards };
void FeedAll(const std::vector<std::string_view>& pieces, EndPlace place, bool ends, CallRun* run);

}  // namespace connectrpc::test

#endif  // CONNECTRPC_TESTS_PROTOCOL_SERVER_CALL_RUN_H_
