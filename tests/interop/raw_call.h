#ifndef CONNECTRPC_TESTS_INTEROP_RAW_CALL_H_
#define CONNECTRPC_TESTS_INTEROP_RAW_CALL_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "interop/echo_server.h"
#include "interop/rpc.h"
#include "support/http1_client.h"
#include "support/http2_client.h"

// Requests that no proper client sends, over every protocol and version of HTTP.
namespace connectrpc::test {

// How a raw request travels.
struct Wire {
  const char* name;
  RpcProtocol protocol;
  bool http2;
};

constexpr Wire kConnectHttp1{"Connect over HTTP/1.1", RpcProtocol::kConnect, false};
constexpr Wire kConnectHttp2{"Connect over HTTP/2", RpcProtocol::kConnect, true};
constexpr Wire kWebHttp1{"gRPC-Web over HTTP/1.1", RpcProtocol::kGrpcWeb, false};
constexpr Wire kWebHttp2{"gRPC-Web over HTTP/2", RpcProtocol::kGrpcWeb, true};
constexpr Wire kGrpc{"gRPC", RpcProtocol::kGrpc, true};
constexpr Wire kWires[] = {kConnectHttp1, kConnectHttp2, kWebHttp1, kWebHttp2, kGrpc};

// A client that keeps its connection for as long as the server does.
class RawClient final {
 public:
  RawClient(int port, bool http2) : port_(port), http2_(http2) {}

  // Opens a new connection if there is none, or the last one was given up by the server.
  HttpResponse Exchange(const HttpRequest& request);
  // How many connections it took.
  int connections() const { return connections_; }

 private:
  int port_;
  bool http2_;
  int connections_ = 0;
  std::unique_ptr<Http1Client> http1_;
  std::unique_ptr<Http2Client> http2_client_;
};

// The whole call that `spec` describes, after `change` had its way with the request; binary messages.
CallResult RawCall(int port, const Wire& wire, const CallSpec& spec,
                   const std::function<void(HttpRequest*)>& change = nullptr);

// Whether an ordinary call on a new connection succeeds.
bool IsAlive(int port);

// A server for each test, and the state of its handlers.
HttpOptions WithLimits(const Limits& limits);

}  // namespace connectrpc::test

#endif  // CONNECTRPC_TESTS_INTEROP_RAW_CALL_H_
