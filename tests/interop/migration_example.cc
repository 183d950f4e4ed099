// What docs/migration.md shows of stubs over Connect, at work.

#include <grpcpp/client_context.h>
#include <grpcpp/create_channel.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "connectrpc/http_transport.h"
#include "connectrpc/interop/grpc_channel.h"
#include "connectrpc/interop/grpc_status.h"
#include "echo.grpc.pb.h"
#include "interop/echo_server.h"

namespace connectrpc::test {
namespace {

using echo::EchoRequest;
using echo::EchoResponse;
using echo::SyncEcho;

// snippet: channel
std::unique_ptr<SyncEcho::Stub> NewStub(const std::string& url) {
  auto transport = connectrpc::HttpTransport::Create(url);           // + added
  if (!transport.ok()) return nullptr;                               // + added
  return SyncEcho::NewStub(connectrpc::NewGrpcChannel(*transport));  // was: grpc::CreateChannel(...)
}
// end snippet

// snippet: protocol
std::shared_ptr<grpc::Channel> GrpcWebChannel(const std::string& url) {
  connectrpc::HttpTransportOptions options;
  options.protocol = connectrpc::Protocol::kGrpcWeb;
  options.http = connectrpc::HttpVersions::kHttp2;
  auto transport = connectrpc::HttpTransport::Create(url, options);
  return transport.ok() ? connectrpc::NewGrpcChannel(*transport) : nullptr;
}
// end snippet

// snippet: status
bool IsMissing(const grpc::Status& status) {
  const connectrpc::Error error = connectrpc::FromGrpcStatus(status);
  return error.code == connectrpc::Code::kNotFound;
}
// end snippet

TEST(MigrationExample, StubCallsOverConnect) {
  EchoServer server;
  const std::string url = "http://127.0.0.1:" + std::to_string(server.port());
  const std::unique_ptr<SyncEcho::Stub> stubs[] = {NewStub(url), SyncEcho::NewStub(GrpcWebChannel(url))};
  for (const auto& stub : stubs) {
    grpc::ClientContext context;
    EchoRequest request;
    request.set_text("hello");
    EchoResponse response;
    EXPECT_TRUE(stub->Echo(&context, request, &response).ok());
    EXPECT_EQ(response.text(), "hello");
  }
}

TEST(MigrationExample, StatusIsAnError) {
  EXPECT_TRUE(IsMissing(grpc::Status(grpc::StatusCode::NOT_FOUND, "")));
  EXPECT_FALSE(IsMissing(grpc::Status::OK));
}

}  // namespace
}  // namespace connectrpc::test
