#ifndef CONNECTRPC_TESTS_PROTOCOL_CLIENT_CALL_SCRIPT_H_
#define CONNECTRPC_TESTS_PROTOCOL_CLIENT_CALL_SCRIPT_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "connectrpc/error.h"
#include "connectrpc/header_list.h"
#include "connectrpc/method_spec.h"
#include "protocol/client_call.h"
#include "wire/http_head.h"

// Calls as text: what the application sends, what the server answers, what must come of it.
// tests/transcripts/README.md describes the form. Nothing here needs a test framework, so that fuzz targets read the
// same files.
namespace connectrpc::test {

struct ClientCallScript {
  protocol::ClientCallConfig config;  // without its registry
  MethodSpec method{"/test.Service/Method"};
  protocol::ClientCallStart start;  // without what points elsewhere
  std::string codec = "proto";
  std::string compression;
  HeaderList metadata;
  std::vector<std::string> messages;
  bool closes = false;  // CloseSend comes after them

  std::optional<wire::ResponseHead> response;
  std::string body;
  HeaderList trailers;
  bool head_ends = false;  // nothing follows the head, and HTTP says so with it
  // How the answer goes out: it is complete, or one of these.
  bool open = false;
  std::optional<uint32_t> reset_code;
  std::string fault;
  std::optional<Error> failure;
  bool whole = false;  // where the body is cut plays a part

  std::string expected;  // what follows the line "---"
};

// Nothing for text that is no script; `*problem` then says why.
std::optional<ClientCallScript> ParseClientCallScript(std::string_view text, std::string* problem);

}  // namespace connectrpc::test

#endif  // CONNECTRPC_TESTS_PROTOCOL_CLIENT_CALL_SCRIPT_H_
