#include "interop/bytes_call.h"

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <utility>

namespace connectrpc::test {
namespace {

// The body without its messages: what is left tells the end.
std::string WithoutMessages(std::string_view body) {
  std::string rest;
  while (body.size() >= 5) {
    uint32_t size = 0;
    for (int i = 1; i <= 4; ++i) size = size << 8 | static_cast<uint8_t>(body[i]);
    if (body[0] != 0) rest.append(body.substr(0, size_t{5} + size));
    body.remove_prefix(std::min(body.size(), size_t{5} + size));
  }
  return rest;
}

}  // namespace

Framing FramingOf(RpcProtocol protocol, const BytesSpec& spec) {
  CallSpec kind;
  kind.method = spec.streams ? "Chat" : "Echo";
  return FramingOf(protocol, kind);
}

HttpRequest EncodeCall(const BytesSpec& spec, Framing framing) {
  HttpRequest request = RequestHead(CallSpec(), framing, spec.codec);
  request.target = spec.path;
  for (const std::string& message : spec.messages) {
    request.body += framing == Framing::kConnectUnary ? message : Envelope(message);
  }
  return request;
}

BytesResult CallBytes(int port, const Wire& wire, const BytesSpec& spec) {
  const Framing framing = FramingOf(wire.protocol, spec);
  RawClient client(port, wire.http2);
  HttpResponse response = client.Exchange(EncodeCall(spec, framing));
  BytesResult result;
  result.http_status = response.status;
  if (framing == Framing::kConnectUnary && response.status == 200) {
    result.code = 0;
    result.messages = {response.body};
    return result;
  }
  if (response.status == 200) {
    result.messages = EnvelopePayloads(response.body);
    response.body = WithoutMessages(response.body);
  }
  CallResult end = DecodeResponse(response, framing, spec.codec);
  result.code = end.code;
  result.message = std::move(end.message);
  return result;
}

}  // namespace connectrpc::test
