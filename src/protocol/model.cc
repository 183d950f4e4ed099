#include "protocol/model.h"

namespace connectrpc::protocol {

void RequestMeta::Clear() {
  framing = response_framing = wire::Framing::kConnectUnary;
  path.clear();
  codec.clear();
  content_encoding.clear();
  accept_encoding.clear();
  timeout.reset();
  names_version = false;
  metadata.Clear();
  get_message.reset();
}

void ResponseMeta::Clear() {
  framing = wire::Framing::kConnectUnary;
  codec.clear();
  content_encoding.clear();
  accept_encoding.clear();
  metadata.Clear();
}

void RpcEnd::Clear() {
  error.code = Code::kOk;
  error.message.clear();
  error.details.clear();
  error.metadata.Clear();
  trailers.Clear();
  http_status.reset();
}

}  // namespace connectrpc::protocol
