#ifndef CONNECTRPC_TESTS_PROTOCOL_CLIENT_CALL_RUN_H_
#define CONNECTRPC_TESTS_PROTOCOL_CLIENT_CALL_RUN_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/call_registries.h"
#include "protocol/client_call.h"
#include "protocol/client_call_script.h"
#include "wire/http_head.h"

namespace connectrpc::test {

// What the call machine told its application.
struct ClientCallEvent {
  protocol::ClientCall::Event kind = protocol::ClientCall::Event::kNone;
  std::string message;
};

// Plays a script on a call machine: what the application does, and the answer, in whatever pieces. Script, registries
// and machine outlive this.
class ClientCallRun final {
 public:
  ClientCallRun(const ClientCallScript& script, const CallRegistries& registries, protocol::ClientCall* call);

  // Starts the call and sends all messages.
  Error Start();
  // The answer, step by step: all from memory that is gone afterwards. Without a head in the script, no head.
  void Head();
  void Feed(std::string_view bytes);
  // As the script has it: complete, reset, failed, or open.
  void End();
  void Complete(const HeaderList& trailers);
  void Reset(uint32_t error_code, std::string_view fault);
  void Fail(Error error);

  protocol::ClientCall& call() { return *call_; }
  const wire::RequestHead& request() const { return request_; }
  const wire::OutgoingBody& body() const { return body_; }
  std::string body_bytes() const;
  const std::vector<ClientCallEvent>& events() const { return events_; }
  size_t CountEvents(protocol::ClientCall::Event kind) const;
  // kEnd was told.
  bool ended() const { return CountEvents(protocol::ClientCall::Event::kEnd) > 0; }

 private:
  void TakeEvents();

  const ClientCallScript& script_;
  const CallRegistries& registries_;
  protocol::ClientCallConfig config_;
  protocol::ClientCall* const call_;
  wire::RequestHead request_;
  wire::OutgoingBody body_;
  std::vector<ClientCallEvent> events_;
};

// The whole answer, its body in these pieces.
void Answer(const std::vector<std::string_view>& pieces, ClientCallRun* run);

}  // namespace connectrpc::test

#endif  // CONNECTRPC_TESTS_PROTOCOL_CLIENT_CALL_RUN_H_
