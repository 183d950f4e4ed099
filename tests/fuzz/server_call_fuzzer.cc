// Any call, written as a transcript (tests/transcripts/README.md), in any pieces: it ends at most once, what the
// machine tells its handler is within the limits and in order, and the answer is one that a client of the protocol can
// read.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

#include "protocol/heap_use.h"
#include "protocol/server_call_answer.h"
#include "protocol/server_call_run.h"
#include "protocol/server_call_script.h"

namespace {

using namespace connectrpc::test;  // NOLINT(google-build-using-namespace): the transcript's words
using connectrpc::Code;
using connectrpc::Error;
using connectrpc::Payload;
using connectrpc::protocol::ServerCall;
using connectrpc::wire::EndStream;

constexpr size_t kMaxMessageBytes = 4096;
// Beyond what the messages that a script sends may need for their queue.
constexpr size_t kMaxAllocation = 256 * 1024;

void Check(bool condition) {
  if (!condition) std::abort();
}

// Sizes of pieces that the input chooses: each of its bytes is one, over and over.
void FeedInPieces(std::string_view sizes, const CallScript& script, CallRun* run) {
  std::string_view body = script.body;
  for (size_t i = 0; !body.empty(); ++i) {
    const size_t size = static_cast<unsigned char>(sizes[i % sizes.size()]) % 32;
    const std::string_view piece = body.substr(0, i > body.size() ? 1 : size);
    body.remove_prefix(piece.size());
    run->Feed(piece, script.ends && body.empty() && sizes.front() % 2 == 0 ? EndStream::kYes : EndStream::kNo);
  }
  if (script.ends) run->Feed({}, EndStream::kYes);
}

void CheckEvents(const CallScript& script, const CallRun& run) {
  const auto& events = run.events();
  for (size_t i = 0; i < events.size(); ++i) {
    Check(events[i].message.size() <= script.config.max_message_bytes);
    if (events[i].kind == ServerCall::Event::kFailed) Check(i + 1 == events.size());
  }
  Check(run.CountEvents(ServerCall::Event::kHalfClosed) <= 1);
  if (!ClientStreams(script.stream_type)) Check(run.CountEvents(ServerCall::Event::kMessage) <= 1);
}

void CheckAnswer(const CallRegistries& registries, CallRun* run) {
  ServerCall& call = run->call();
  Check(call.finished() && call.response_ready());
  const std::string bytes = run->body_bytes();
  const CallAnswer answer =
      ReadCallAnswer(call.request(), run->response(), run->body(), bytes, registries.compressions);
  Check(answer.fault.empty());
  Check(answer.end.error.code == call.error().code);

  const size_t fields = run->response().headers.size() + run->body().trailers.size();
  call.SendHeaders(connectrpc::HeaderList());
  call.SendMessage(Payload::Borrow("late"));
  call.Finish(connectrpc::protocol::RpcEnd());
  call.Fail(Error(Code::kAborted, "late"));
  Check(run->body().queue.size() == bytes.size());
  Check(run->response().headers.size() + run->body().trailers.size() == fields);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const CallRegistries registries;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  std::string problem;
  std::optional<CallScript> script = ParseCallScript(input, &problem);
  if (!script.has_value()) return 0;
  script->config.max_message_bytes = std::min(script->config.max_message_bytes, kMaxMessageBytes);
  script->config.max_unary_body_bytes = std::min(script->config.max_unary_body_bytes, kMaxMessageBytes);

  (void)TakeLargestAllocation();  // what reading the script took
  CallRun run(*script, registries);
  const ServerCall::StartResult result = run.Start();
  if (result == ServerCall::StartResult::kUnsupportedMediaType) return 0;
  FeedInPieces(input, *script, &run);
  CheckEvents(*script, run);
  if (result == ServerCall::StartResult::kAnswered) Check(run.call().finished());
  // A request that has ended has told its handler so, unless the call is over.
  if (script->ends && !run.call().finished()) {
    Check(!run.events().empty() && run.events().back().kind == ServerCall::Event::kHalfClosed);
  }
  run.call().Fail(Error(Code::kCanceled, "client closed the connection"));
  run.Feed({}, EndStream::kNo);
  Check(TakeLargestAllocation() <= kMaxAllocation + 2 * size);
  CheckEvents(*script, run);
  CheckAnswer(registries, &run);
  return 0;
}
