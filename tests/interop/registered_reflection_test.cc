// A program that links gRPC's own reflection service, in v1alpha, and a copy of the health service: they are offered as
// they are linked, and v1 beside v1alpha.

#include <gmock/gmock.h>
#include <google/protobuf/descriptor.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/security/credentials.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "grpc/health/v1/health.grpc.pb.h"
#include "grpc/reflection/v1/reflection.grpc.pb.h"
#include "interop/bytes_call.h"
#include "interop/echo_server.h"

namespace connectrpc::test {
namespace {

using google::protobuf::DescriptorPool;
using grpc::reflection::v1::ServerReflection;
using grpc::reflection::v1::ServerReflectionRequest;
using grpc::reflection::v1::ServerReflectionResponse;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

std::string PathOf(const std::string& version) {
  return "/grpc.reflection." + version + ".ServerReflection/ServerReflectionInfo";
}

BytesSpec ListServices(const std::string& version, Codec codec) {
  BytesSpec spec;
  spec.path = PathOf(version);
  spec.streams = true;
  spec.codec = codec;
  ServerReflectionRequest request;
  request.set_list_services("");
  spec.messages = {codec == Codec::kProto ? request.SerializeAsString() : "{\"listServices\":\"\"}"};
  return spec;
}

std::vector<std::string> Services(const BytesResult& result) {
  EXPECT_EQ(result.code, 0) << result.message;
  EXPECT_EQ(result.messages.size(), 1u);
  ServerReflectionResponse response;
  if (!result.messages.empty()) {
    EXPECT_TRUE(response.ParseFromString(result.messages[0]));
  }
  std::vector<std::string> names;
  for (const auto& service : response.list_services_response().service()) names.push_back(service.name());
  return names;
}

class RegisteredReflectionTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { grpc::reflection::InitProtoReflectionServerBuilderPlugin(); }
};

TEST_F(RegisteredReflectionTest, OlderVersionIsLinked) {
  const DescriptorPool* pool = DescriptorPool::generated_pool();
  EXPECT_NE(pool->FindServiceByName("grpc.reflection.v1alpha.ServerReflection"), nullptr);
  EXPECT_EQ(pool->FindServiceByName("grpc.reflection.v1.ServerReflection"), nullptr);
}

TEST_F(RegisteredReflectionTest, BothVersionsReachTheServersOwn) {
  EchoServer server;
  for (const char* version : {"v1alpha", "v1"}) {
    for (const Wire& wire : kWires) {
      SCOPED_TRACE(std::string(version) + ", " + wire.name);
      // The server's own service lists what is registered on it, the front end's would list what is linked.
      const auto services = Services(CallBytes(server.port(), wire, ListServices(version, Codec::kProto)));
      EXPECT_THAT(services, Contains("connectrpc.test.echo.SyncEcho"));
      EXPECT_THAT(services, Not(Contains("connectrpc.test.echo.Unregistered")));
      const BytesResult json = CallBytes(server.port(), wire, ListServices(version, Codec::kJson));
      EXPECT_EQ(json.code, 0) << json.message;
      ASSERT_EQ(json.messages.size(), 1u);
      EXPECT_THAT(json.messages[0], HasSubstr("\"name\":\"connectrpc.test.echo.SyncEcho\""));
    }
  }
}

TEST_F(RegisteredReflectionTest, NewerVersionByName) {
  EchoServer server;
  HttpOptions options = LocalOptions();
  options.services = {"grpc.reflection.v1.ServerReflection"};
  const auto front = ServeHttp(server.grpc_server(), options);
  ASSERT_TRUE(front.ok()) << front.status();
  EXPECT_THAT(Services(CallBytes((*front)->port(), kGrpc, ListServices("v1", Codec::kProto))),
              Contains("connectrpc.test.echo.SyncEcho"));
  EXPECT_EQ(CallBytes((*front)->port(), kGrpc, ListServices("v1alpha", Codec::kProto)).code,
            grpc::StatusCode::UNIMPLEMENTED);
}

TEST_F(RegisteredReflectionTest, StockStubOfTheNewerVersion) {
  EchoServer server;
  const auto stub = ServerReflection::NewStub(
      grpc::CreateChannel("127.0.0.1:" + std::to_string(server.port()), grpc::InsecureChannelCredentials()));
  grpc::ClientContext context;
  const auto stream = stub->ServerReflectionInfo(&context);
  ServerReflectionRequest request;
  request.set_file_containing_symbol("connectrpc.test.echo.SyncEcho");
  ServerReflectionResponse response;
  ASSERT_TRUE(stream->Write(request) && stream->Read(&response));
  EXPECT_GT(response.file_descriptor_response().file_descriptor_proto_size(), 0);
  request.set_file_containing_symbol("no.such.Symbol");
  ASSERT_TRUE(stream->Write(request) && stream->Read(&response));
  EXPECT_EQ(response.error_response().error_code(), grpc::StatusCode::NOT_FOUND);
  stream->WritesDone();
  EXPECT_TRUE(stream->Finish().ok());
}

// The front end's reflection takes over.
TEST_F(RegisteredReflectionTest, FrontEndsOwnComesFirst) {
  HttpOptions options = LocalOptions();
  options.reflection = true;
  EchoServer server(options);
  for (const char* version : {"v1alpha", "v1"}) {
    SCOPED_TRACE(version);
    const auto services = Services(CallBytes(server.port(), kGrpc, ListServices(version, Codec::kProto)));
    EXPECT_THAT(services, Contains("connectrpc.test.echo.Unregistered"));
    for (const char* reflection : {"grpc.reflection.v1.ServerReflection", "grpc.reflection.v1alpha.ServerReflection"}) {
      EXPECT_EQ(std::count(services.begin(), services.end(), reflection), 1) << reflection;
    }
    BytesSpec spec = ListServices(version, Codec::kJson);
    spec.messages = {"{\"fileContainingSymbol\":\"grpc.reflection.v1alpha.ServerReflection\"}"};
    EXPECT_THAT(CallBytes(server.port(), kGrpc, spec).messages, ElementsAre(HasSubstr("fileDescriptorProto")));
  }
}

// Two copies of one service in a program: that of the program counts.
class LinkedHealth final : public grpc::health::v1::Health::Service {
  grpc::Status Check(grpc::ServerContext*, const grpc::health::v1::HealthCheckRequest*,
                     grpc::health::v1::HealthCheckResponse* response) override {
    response->set_status(grpc::health::v1::HealthCheckResponse::NOT_SERVING);
    return grpc::Status::OK;
  }
};

TEST(LinkedHealthTest, Answers) {
  ASSERT_NE(DescriptorPool::generated_pool()->FindServiceByName("grpc.health.v1.Health"), nullptr);
  LinkedHealth health;
  grpc::ServerBuilder builder;
  builder.RegisterService(&health);
  const auto server = builder.BuildAndStart();
  for (const std::vector<std::string>& services : {std::vector<std::string>(), {"grpc.health.v1.Health"}}) {
    HttpOptions options = LocalOptions();
    options.services = services;
    auto front = ServeHttp(*server, options);
    ASSERT_TRUE(front.ok()) << front.status();
    BytesSpec spec;
    spec.path = "/grpc.health.v1.Health/Check";
    spec.codec = Codec::kJson;
    spec.messages = {"{}"};
    for (const Wire& wire : kWires) {
      SCOPED_TRACE(wire.name);
      EXPECT_THAT(CallBytes((*front)->port(), wire, spec).messages, ElementsAre("{\"status\":\"NOT_SERVING\"}"));
    }
  }
}

}  // namespace
}  // namespace connectrpc::test
