// Whatever a server sends as gRPC-Web's last frame: an end, which is the same after a server of ours has written it.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "protocol/grpc_web.h"
#include "protocol/metadata_fields.h"
#include "protocol/utf8.h"
#include "wire/envelope.h"
#include "wire/metadata.h"

namespace {

using namespace connectrpc::protocol;  // NOLINT(google-build-using-namespace): all of it is under test

void Check(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  RpcEnd end = kGrpcWebClient.ParseEndFrame({reinterpret_cast<const char*>(data), size}, EndLimits());
  Check(connectrpc::CodeFromNumber(static_cast<int>(end.error.code)).has_value());
  size_t sendable = 0;
  for (connectrpc::HeaderField field : end.trailers) {
    Check(IsValidMetadata(field));
    if (!connectrpc::wire::IsReservedResponseName(field.name)) ++sendable;
  }

  connectrpc::wire::OutgoingBody body;
  ResponseMeta meta;
  meta.framing = connectrpc::wire::Framing::kGrpcWeb;
  kGrpcWebServer.WriteEnd(meta, end, nullptr, &body);
  Check(body.trailers.empty());
  std::string bytes(body.queue.size(), '\0');
  std::string_view pieces[64];
  size_t copied = 0;
  const size_t count = body.queue.Peek(pieces, 64);
  for (size_t i = 0; i < count; ++i) copied += pieces[i].copy(&bytes[copied], pieces[i].size());
  Check(copied == bytes.size() && bytes[0] == '\x80');

  const std::string_view payload = std::string_view(bytes).substr(connectrpc::wire::kEnvelopeHeaderSize);
  const RpcEnd again = kGrpcWebClient.ParseEndFrame(payload, {SIZE_MAX, SIZE_MAX});
  Check(again.error.code == end.error.code);
  Check(again.error.message == ToUtf8(end.error.message));
  Check(again.error.details.size() == end.error.details.size());
  Check(again.trailers.size() == sendable);
  return 0;
}
