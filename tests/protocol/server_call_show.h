#ifndef CONNECTRPC_TESTS_PROTOCOL_SERVER_CALL_SHOW_H_
#define CONNECTRPC_TESTS_PROTOCOL_SERVER_CALL_SHOW_H_

#include <string>

#include "protocol/server_call.h"
#include "protocol/server_call_run.h"

namespace connectrpc::test {

// What came of a call, in the words of tests/transcripts/README.md: the events, then the answer.
std::string ShowCall(protocol::ServerCall::StartResult result, CallRun& run, const CallRegistries& registries);
// The answer alone.
std::string ShowAnswer(CallRun& run, const CallRegistries& registries);

}  // namespace connectrpc::test

#endif  // CONNECTRPC_TESTS_PROTOCOL_SERVER_CALL_SHOW_H_
