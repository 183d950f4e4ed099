// Whatever stands in grpc-status-details-bin: a status, or details handed on as they came; both survive the way through
// trailers.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

#include "codec/protobuf_version.h"
#include "protocol/google_rpc_status.h"
#include "protocol/grpc_status.h"
#include "wire/base64.h"

namespace {

using connectrpc::Code;
using connectrpc::Error;
using connectrpc::HeaderList;

void Check(bool condition) {
  if (!condition) std::abort();
}

void CheckSame(const Error& a, const Error& b) {
  Check(a.code == b.code && a.message == b.message && a.details.size() == b.details.size());
  for (size_t i = 0; i < a.details.size(); ++i) {
    Check(a.details[i].type == b.details[i].type && a.details[i].value == b.details[i].value);
  }
}

bool IsUtf8(const Error& error) {
  bool valid = connectrpc::codec::IsUtf8(error.message);
  for (const auto& detail : error.details) valid = valid && connectrpc::codec::IsUtf8(detail.type);
  return valid;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  Error status;
  const bool decoded = connectrpc::protocol::DecodeGoogleRpcStatus(bytes, &status);
  if (decoded) {
    Check(connectrpc::CodeFromNumber(static_cast<int>(status.code)).has_value());
    Error again;
    Check(connectrpc::protocol::DecodeGoogleRpcStatus(connectrpc::protocol::EncodeGoogleRpcStatus(status), &again));
    CheckSame(status, again);
  }

  HeaderList trailers;
  trailers.Add("grpc-status", "5");
  trailers.Add("grpc-status-details-bin", connectrpc::wire::EncodeBase64(bytes));
  const std::optional<Error> error = connectrpc::protocol::ParseGrpcStatus(trailers);
  Check(error.has_value() && !error->ok());
  Check(error->details.size() == (decoded ? status.details.size() : 1));
  if (!IsUtf8(*error)) return 0;
  trailers.Clear();
  connectrpc::protocol::AppendGrpcStatus(*error, &trailers);
  CheckSame(*error, connectrpc::protocol::ParseGrpcStatus(trailers).value_or(Error()));
  return 0;
}
