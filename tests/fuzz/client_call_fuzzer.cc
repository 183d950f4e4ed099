// Any answer to any call, written as a transcript (tests/transcripts/README.md): the call ends once, what the machine
// tells its application is within the limits, in order and the same however the answer is cut, and nothing that comes
// later changes it.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

#include "protocol/client_call_run.h"
#include "protocol/client_call_script.h"
#include "protocol/heap_use.h"
#include "protocol/metadata_fields.h"

namespace {

using namespace connectrpc::test;  // NOLINT(google-build-using-namespace): the transcript's words
using connectrpc::Code;
using connectrpc::Error;
using connectrpc::HeaderField;
using connectrpc::HeaderList;
using connectrpc::Payload;
using connectrpc::protocol::ClientCall;
using connectrpc::protocol::RpcEnd;
using Event = ClientCall::Event;

constexpr size_t kMaxMessageBytes = 4096;
// Beyond what the script itself may need: an envelope's first step, and protobuf's JSON parser.
constexpr size_t kMaxAllocation = 256 * 1024;

void Check(bool condition) {
  if (!condition) std::abort();
}

// Sizes of pieces that the input chooses: each of its bytes is one, over and over.
void AnswerInPieces(std::string_view sizes, const ClientCallScript& script, ClientCallRun* run) {
  std::string_view body = script.body;
  run->Head();
  for (size_t i = 0; !body.empty(); ++i) {
    const size_t size = static_cast<unsigned char>(sizes[i % sizes.size()]) % 32;
    const std::string_view piece = body.substr(0, i > body.size() ? 1 : size);
    body.remove_prefix(piece.size());
    run->Feed(piece);
  }
  run->End();
}

void CheckEvents(const ClientCallScript& script, const ClientCallRun& run) {
  const auto& events = run.events();
  for (size_t i = 0; i < events.size(); ++i) {
    Check(events[i].message.size() <= script.start.max_message_bytes);
    if (events[i].kind == Event::kHeaders) Check(i == 0);
    if (events[i].kind == Event::kEnd) Check(i + 1 == events.size());
  }
  if (!ServerStreams(script.method.stream_type)) Check(run.CountEvents(Event::kMessage) <= 1);
}

bool Same(const HeaderList& a, const HeaderList& b) {
  if (a.size() != b.size()) return false;
  for (size_t i = 0; i < a.size(); ++i) {
    if (a[i].name != b[i].name || a[i].value != b[i].value) return false;
  }
  return true;
}

void CheckEnd(const ClientCallScript& script, ClientCallRun* run) {
  Check(run->ended() && run->call().ended());
  const RpcEnd& end = run->call().end();
  Check(connectrpc::CodeFromNumber(static_cast<int>(end.error.code)).has_value());
  if (!ServerStreams(script.method.stream_type)) {
    Check(run->CountEvents(Event::kMessage) == (end.error.ok() ? 1 : 0));
  }
  HeaderList metadata = run->call().headers();
  for (HeaderField field : end.trailers) metadata.Add(field.name, field.value);
  for (HeaderField field : metadata) Check(connectrpc::protocol::IsValidMetadata(field));
  Check(Same(end.error.metadata, end.error.ok() ? HeaderList() : metadata));

  const size_t events = run->events().size();
  const size_t sent = run->body().queue.size();
  run->call().SendMessage(Payload::Borrow("late"));
  run->call().CloseSend();
  run->Head();
  run->Feed({"\0\0\0\0\4late", 9});
  run->End();
  run->Complete(HeaderList());
  run->Reset(8, "late");
  run->Fail(Error(Code::kAborted, "late"));
  Check(run->events().size() == events && run->body().queue.size() == sent);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const CallRegistries registries;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  std::string problem;
  std::optional<ClientCallScript> script = ParseClientCallScript(input, &problem);
  if (!script.has_value()) return 0;
  script->start.max_message_bytes = std::min(script->start.max_message_bytes, kMaxMessageBytes);
  script->config.max_end_bytes = std::min(script->config.max_end_bytes, kMaxMessageBytes);

  (void)TakeLargestAllocation();  // what reading the script took
  ClientCall call;
  ClientCallRun whole(*script, registries, &call);
  if (!whole.Start().ok()) return 0;
  Answer({script->body}, &whole);
  CheckEvents(*script, whole);
  const Error error = call.end().error;
  const bool ended = whole.ended();
  if (!ended) {
    Check(script->open || (script->head_ends && !script->response.has_value()));
    whole.Fail(Error(Code::kCanceled, "canceled"));
  }
  CheckEnd(*script, &whole);

  // The same machine once more.
  ClientCallRun cut(*script, registries, &call);
  Check(cut.Start().ok());
  AnswerInPieces(input, *script, &cut);
  CheckEvents(*script, cut);
  // What follows the end is known of only where it comes together with that.
  const bool goes_on = error.message == "response goes on after its end";
  if (!goes_on) {
    Check(cut.ended() == ended);
    Check(cut.CountEvents(Event::kMessage) == whole.CountEvents(Event::kMessage));
    if (ended) Check(call.end().error.code == error.code && call.end().error.message == error.message);
  }
  cut.Fail(Error(Code::kCanceled, "canceled"));
  CheckEnd(*script, &cut);
  Check(TakeLargestAllocation() <= kMaxAllocation + 4 * size);
  return 0;
}
