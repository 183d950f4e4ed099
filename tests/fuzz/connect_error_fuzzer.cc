// Whatever a server sends as the error of a unary call: what is read is an error, and writing it again changes nothing.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "protocol/connect_error.h"

namespace {

using connectrpc::Code;
using connectrpc::Error;

void Check(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view json(reinterpret_cast<const char*>(data), size);
  Error error;
  if (!connectrpc::protocol::ParseConnectError(json, Error(Code::kUnavailable, "fallback"), &error)) return 0;
  Check(!error.ok() && connectrpc::CodeFromNumber(static_cast<int>(error.code)).has_value());
  Check(error.metadata.empty());

  std::string written;
  connectrpc::protocol::AppendConnectError(error, &written);
  Error again;
  // Escapes may make the text six times as long, and so too long.
  if (written.size() > connectrpc::protocol::kMaxConnectJsonBytes) return 0;
  Check(connectrpc::protocol::ParseConnectError(written, Error(Code::kAborted, ""), &again));
  Check(again.code == error.code && again.message == error.message);
  Check(again.details.size() == error.details.size());
  for (size_t i = 0; i < again.details.size(); ++i) {
    Check(again.details[i].type == error.details[i].type);
    Check(again.details[i].value == error.details[i].value);
  }
  return 0;
}
