#ifndef CONNECTRPC_TESTS_PROTOCOL_SERVER_CALL_SCRIPT_H_
#define CONNECTRPC_TESTS_PROTOCOL_SERVER_CALL_SCRIPT_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "connectrpc/error.h"
#include "connectrpc/header_list.h"
#include "connectrpc/protocol.h"
#include "protocol/model.h"
#include "protocol/server_call.h"
#include "wire/http_head.h"

// Calls as text: what the caller sends, what the handler does, what must come of it. tests/transcripts/README.md
// describes the form. Nothing here needs a test framework, so that fuzz targets read the same files.
namespace connectrpc::test {

// One thing that the handler does, and when.
struct CallStep {
  enum class When { kStart, kMessage, kHalfClosed };
  enum class What { kSendHeaders, kSendMessage, kEcho, kFinish, kFail };

  When when = When::kStart;
  size_t message = 0;  // kMessage: after the how-manyth, counted from 1; 0 for each
  What what = What::kFinish;
  HeaderList headers;
  std::string text;      // of kSendMessage
  protocol::RpcEnd end;  // of kFinish and kFail
};

struct CallScript {
  StreamType stream_type = StreamType::kUnary;
  protocol::CallConfig config;  // without its registries
  wire::RequestHead request;
  std::string body;
  bool ends = true;  // the request is ended after `body`
  std::vector<CallStep> steps;
  std::string expected;  // what follows the line "---"
};

// Nothing for text that is no script; `*problem` then says why.
std::optional<CallScript> ParseCallScript(std::string_view text, std::string* problem);

}  // namespace connectrpc::test

#endif  // CONNECTRPC_TESTS_PROTOCOL_SERVER_CALL_SCRIPT_H_
