// What docs/handlers.md shows of CallInfo, at work.

#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server_builder.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <string>

#include "connectrpc/interop/call_info.h"
#include "connectrpc/interop/serve_http.h"
#include "echo.grpc.pb.h"
#include "interop/echo_server.h"
#include "interop/raw_call.h"

namespace connectrpc::test {
namespace {

using echo::EchoRequest;
using echo::EchoResponse;

// snippet: caller
// The address of whoever called, through a front end or on gRPC's own port.
std::string CallerOf(const grpc::ServerContextBase& context) {
  const std::optional<connectrpc::CallInfo> call = connectrpc::CallInfo::From(context);
  return call.has_value() ? call->peer : context.peer();
}
// end snippet

// snippet: identity
// Whether the caller has shown a certificate of that SPIFFE id to the front end.
bool IsCaller(const grpc::ServerContextBase& context, const std::string& spiffe_id) {
  const std::optional<connectrpc::CallInfo> call = connectrpc::CallInfo::From(context);
  if (!call.has_value() || !call->certificate.has_value()) return false;
  const std::vector<std::string>& uris = call->certificate->uris;
  return std::find(uris.begin(), uris.end(), spiffe_id) != uris.end();
}
// end snippet

class ExampleService final : public echo::SyncEcho::Service {
  grpc::Status Echo(grpc::ServerContext* context, const EchoRequest*, EchoResponse* response) override {
    response->set_text(CallerOf(*context));
    response->set_index(IsCaller(*context, "spiffe://example.com/a") ? 1 : 0);
    return grpc::Status::OK;
  }
};

TEST(CallInfoExampleTest, TellsTheCaller) {
  ExampleService service;
  int grpc_port = 0;
  grpc::ServerBuilder builder;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &grpc_port);
  builder.RegisterService(&service);
  const auto server = builder.BuildAndStart();
  const auto front = ServeHttp(*server, LocalOptions());
  ASSERT_TRUE(front.ok()) << front.status();
  CallSpec spec;
  spec.metadata = {{"connectrpc-peer", "forged"}, {"connectrpc-client-uri", "spiffe://example.com/a"}};
  for (const int port : {(*front)->port(), grpc_port}) {
    const CallResult result = RawCall(port, kGrpc, spec);
    ASSERT_EQ(result.responses.size(), 1u) << result.message;
    EXPECT_EQ(result.responses[0].text().compare(0, 15, "ipv4:127.0.0.1:"), 0) << result.responses[0].text();
    EXPECT_EQ(result.responses[0].index(), 0u);
  }
}

}  // namespace
}  // namespace connectrpc::test
