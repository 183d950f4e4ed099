#include "protocol/server_call_show.h"

#include <chrono>
#include <optional>
#include <string_view>

#include "protocol/show_body.h"
#include "protocol/text_body.h"
#include "protocol/transcript.h"

namespace connectrpc::test {
namespace {

using protocol::ServerCall;
using protocol::Show;

std::string ShowStart(CallRun& run) {
  ServerCall& call = run.call();
  std::string out = "started " + std::string(call.codec()->name());
  if (call.deadline() != wire::kNever) {
    const auto left = std::chrono::duration_cast<std::chrono::microseconds>(call.deadline() - run.now());
    out += " deadline=" + std::to_string(left.count()) + "us";
  }
  out += "\n";
  for (HeaderField field : call.request().metadata) out += "  " + Show(field.name) + ": " + Show(field.value) + "\n";
  return out;
}

std::string ShowEvent(const CallEvent& event) {
  switch (event.kind) {
    case ServerCall::Event::kNone:
      break;
    case ServerCall::Event::kMessage:
      return Line("message", Show(event.message));
    case ServerCall::Event::kHalfClosed:
      return "half_closed\n";
    case ServerCall::Event::kFailed:
      return "failed\n";
  }
  return "none\n";
}

std::string ShowBody(CallRun& run, const CallRegistries& registries) {
  const std::string bytes = run.body_bytes();
  if (bytes.empty()) return "";
  const wire::Framing framing = run.call().request().response_framing;
  if (wire::IsText(framing)) {
    const std::optional<std::string> decoded = ReadPaddedBase64(bytes);
    return "\nbase64\n" + (decoded.has_value() ? ShowEnvelopes(*decoded, registries) : Show(bytes));
  }
  if (framing != wire::Framing::kConnectUnary && framing != wire::Framing::kConnectGet) {
    return "\n" + ShowEnvelopes(bytes, registries);
  }
  const bool compressed = run.response().headers.Find("content-encoding") == "gzip";
  return "\n" + (compressed ? ShowGzip(bytes, registries) : Show(bytes)) + "\n";
}

}  // namespace

std::string ShowCall(ServerCall::StartResult result, CallRun& run, const CallRegistries& registries) {
  std::string out;
  switch (result) {
    case ServerCall::StartResult::kUnsupportedMediaType:
      return "unsupported_media_type\n";
    case ServerCall::StartResult::kAnswered:
      out = "answered\n";
      break;
    case ServerCall::StartResult::kStarted:
      out = ShowStart(run);
      break;
  }
  for (const CallEvent& event : run.events()) out += ShowEvent(event);
  return out + "\n" + ShowAnswer(run, registries);
}

std::string ShowAnswer(CallRun& run, const CallRegistries& registries) {
  if (!run.call().response_ready()) return "no answer\n";
  std::string out = std::to_string(run.response().status) + "\n" + Show(run.response().headers);
  out += ShowBody(run, registries);
  if (!run.body().trailers.empty()) out += "\n" + Show(run.body().trailers);
  return run.body().ended ? out : out + "\nopen\n";
}

}  // namespace connectrpc::test
