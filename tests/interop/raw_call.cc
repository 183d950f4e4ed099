#include "interop/raw_call.h"

namespace connectrpc::test {

HttpResponse RawClient::Exchange(const HttpRequest& request) {
  if (http2_) {
    if (http2_client_ == nullptr) {
      http2_client_ = std::make_unique<Http2Client>(port_);
      ++connections_;
    }
    HttpResponse response = http2_client_->Exchange(request);
    if (!http2_client_->Ping()) http2_client_.reset();
    return response;
  }
  if (http1_ == nullptr) {
    http1_ = std::make_unique<Http1Client>(port_);
    ++connections_;
  }
  HttpResponse response = http1_->Exchange(request);
  if (response.status == 0 || Find(response.headers, "connection") == "close") http1_.reset();
  return response;
}

CallResult RawCall(int port, const Wire& wire, const CallSpec& spec, const std::function<void(HttpRequest*)>& change) {
  const Framing framing = FramingOf(wire.protocol, spec);
  HttpRequest request = EncodeCall(spec, framing, Codec::kProto);
  if (change) change(&request);
  RawClient client(port, wire.http2);
  return DecodeResponse(client.Exchange(request), framing, Codec::kProto);
}

bool IsAlive(int port) {
  return RawCall(port, kConnectHttp1, CallSpec()).code == 0;
}

HttpOptions WithLimits(const Limits& limits) {
  HttpOptions options = LocalOptions();
  options.limits = limits;
  return options;
}

}  // namespace connectrpc::test
