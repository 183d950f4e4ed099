#include "protocol/client_call_show.h"

#include <string_view>

#include "protocol/show_body.h"
#include "protocol/transcript.h"

namespace connectrpc::test {
namespace {

using protocol::ClientCall;
using protocol::Show;

std::string ShowFields(std::string_view what, const HeaderList& fields) {
  std::string out;
  for (HeaderField field : fields) {
    out.append("  ").append(what).append(" ");
    out += Show(field.name) + ": " + Show(field.value) + "\n";
  }
  return out;
}

std::string ShowRequest(ClientCallRun& run, const CallRegistries& registries) {
  if (!run.call().request_ready()) return "no request\n";
  std::string out = Show(run.request());
  const std::string bytes = run.body_bytes();
  const std::string_view type = run.request().headers.Find("content-type").value_or("");
  const bool bare = type.find("connect+") == std::string_view::npos && type.find("grpc") == std::string_view::npos;
  if (!bytes.empty() && bare) {
    const bool compressed = run.request().headers.Find("content-encoding") == "gzip";
    out += "\n" + (compressed ? ShowGzip(bytes, registries) : Show(bytes)) + "\n";
  } else if (!bytes.empty()) {
    out += "\n" + ShowEnvelopes(bytes, registries);
  }
  return run.body().ended ? out : out + "\nopen\n";
}

std::string ShowEvent(const ClientCallEvent& event, const ClientCall& call) {
  switch (event.kind) {
    case ClientCall::Event::kNone:
      break;
    case ClientCall::Event::kHeaders:
      return "headers\n" + ShowFields("header", call.headers());
    case ClientCall::Event::kMessage:
      return Line("message", Show(event.message));
    case ClientCall::Event::kEnd:
      return "end " + Show(call.end().error) + "\n" + ShowFields("trailer", call.end().trailers) +
             ShowFields("metadata", call.end().error.metadata);
  }
  return "none\n";
}

}  // namespace

std::string ShowClientCall(const Error& started, ClientCallRun& run, const CallRegistries& registries) {
  if (!started.ok()) return "refused " + Show(started) + "\n";
  return ShowRequest(run, registries) + "\n" + ShowClientEvents(run);
}

std::string ShowClientEvents(ClientCallRun& run) {
  std::string out;
  for (const ClientCallEvent& event : run.events()) out += ShowEvent(event, run.call());
  return out;
}

}  // namespace connectrpc::test
