#ifndef CONNECTRPC_TESTS_PROTOCOL_CLIENT_CALL_SHOW_H_
#define CONNECTRPC_TESTS_PROTOCOL_CLIENT_CALL_SHOW_H_

#include <string>

#include "connectrpc/error.h"
#include "protocol/client_call_run.h"

namespace connectrpc::test {

// What came of a call that began with `started`, in the words of tests/transcripts/README.md: the request, then the
// events.
std::string ShowClientCall(const Error& started, ClientCallRun& run, const CallRegistries& registries);
// The events alone.
std::string ShowClientEvents(ClientCallRun& run);

}  // namespace connectrpc::test

#endif  // CONNECTRPC_TESTS_PROTOCOL_CLIENT_CALL_SHOW_H_
