// gRPC's health service through the front end, by a program that does not link its descriptors.

#include <gmock/gmock.h>
#include <google/protobuf/descriptor.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/security/credentials.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "grpc/health/v1/health.grpc.pb.h"
#include "interop/bytes_call.h"
#include "interop/echo_server.h"

namespace connectrpc::test {
namespace {

using grpc::health::v1::HealthCheckRequest;
using grpc::health::v1::HealthCheckResponse;
using ::testing::ElementsAre;

constexpr char kService[] = "connectrpc.test.echo.SyncEcho";

// With the health service that comes with gRPC.
class HealthTest : public ::testing::Test {
 protected:
  HealthTest() {
    grpc::EnableDefaultHealthCheckService(true);
    server_ = std::make_unique<EchoServer>();
    grpc::EnableDefaultHealthCheckService(false);
    SetServing(true);
  }

  void SetServing(bool serving) { server_->grpc_server().GetHealthCheckService()->SetServingStatus(kService, serving); }

  static BytesSpec Spec(const std::string& method, const std::string& service, Codec codec) {
    BytesSpec spec;
    spec.path = "/grpc.health.v1.Health/" + method;
    spec.streams = method == "Watch";
    spec.codec = codec;
    HealthCheckRequest request;
    request.set_service(service);
    spec.messages = {codec == Codec::kProto ? request.SerializeAsString() : "{\"service\":\"" + service + "\"}"};
    return spec;
  }
  static std::string Status(HealthCheckResponse::ServingStatus status, Codec codec) {
    if (codec == Codec::kJson) return "{\"status\":\"" + HealthCheckResponse::ServingStatus_Name(status) + "\"}";
    HealthCheckResponse response;
    response.set_status(status);
    return response.SerializeAsString();
  }

  std::unique_ptr<EchoServer> server_;
};

TEST_F(HealthTest, IsNotLinked) {
  EXPECT_EQ(google::protobuf::DescriptorPool::generated_pool()->FindServiceByName("grpc.health.v1.Health"), nullptr);
}

TEST_F(HealthTest, CheckTellsTheStatus) {
  for (const Wire& wire : kWires) {
    for (const Codec codec : {Codec::kProto, Codec::kJson}) {
      SCOPED_TRACE(std::string(wire.name) + (codec == Codec::kJson ? ", JSON" : ""));
      SetServing(true);
      BytesResult result = CallBytes(server_->port(), wire, Spec("Check", kService, codec));
      EXPECT_EQ(result.code, 0) << result.message;
      EXPECT_THAT(result.messages, ElementsAre(Status(HealthCheckResponse::SERVING, codec)));
      SetServing(false);
      result = CallBytes(server_->port(), wire, Spec("Check", kService, codec));
      EXPECT_EQ(result.code, 0) << result.message;
      EXPECT_THAT(result.messages, ElementsAre(Status(HealthCheckResponse::NOT_SERVING, codec)));
      // The server as a whole.
      result = CallBytes(server_->port(), wire, Spec("Check", "", codec));
      EXPECT_THAT(result.messages, ElementsAre(Status(HealthCheckResponse::SERVING, codec)));
    }
  }
}

TEST_F(HealthTest, UnknownServiceIsNotFound) {
  for (const Wire& wire : kWires) {
    for (const Codec codec : {Codec::kProto, Codec::kJson}) {
      SCOPED_TRACE(std::string(wire.name) + (codec == Codec::kJson ? ", JSON" : ""));
      const BytesResult result = CallBytes(server_->port(), wire, Spec("Check", "no.such.Service", codec));
      EXPECT_EQ(result.code, grpc::StatusCode::NOT_FOUND);
      if (wire.protocol == RpcProtocol::kConnect) {
        EXPECT_EQ(result.http_status, 404);
      }
    }
  }
}

TEST_F(HealthTest, WatchTellsEachChange) {
  for (const Wire& wire : {kConnectHttp2, kWebHttp2, kGrpc}) {
    for (const Codec codec : {Codec::kProto, Codec::kJson}) {
      SCOPED_TRACE(std::string(wire.name) + (codec == Codec::kJson ? ", JSON" : ""));
      SetServing(true);
      const BytesSpec spec = Spec("Watch", kService, codec);
      Http2Client client(server_->port());
      const int32_t id = client.Send(EncodeCall(spec, FramingOf(wire.protocol, spec)));
      std::string expected = Envelope(Status(HealthCheckResponse::SERVING, codec));
      EXPECT_EQ(client.ReadBody(id, expected.size()).body, expected);
      SetServing(false);
      expected += Envelope(Status(HealthCheckResponse::NOT_SERVING, codec));
      EXPECT_EQ(client.ReadBody(id, expected.size()).body, expected);
      client.SendReset(id, NGHTTP2_CANCEL);
    }
  }
}

TEST_F(HealthTest, WatchOfAnUnknownServiceStaysOpen) {
  const BytesSpec spec = Spec("Watch", "not.yet.Service", Codec::kJson);
  Http2Client client(server_->port());
  const int32_t id = client.Send(EncodeCall(spec, Framing::kConnectStream));
  std::string expected = Envelope(Status(HealthCheckResponse::SERVICE_UNKNOWN, Codec::kJson));
  EXPECT_EQ(client.ReadBody(id, expected.size()).body, expected);
  server_->grpc_server().GetHealthCheckService()->SetServingStatus("not.yet.Service", true);
  expected += Envelope(Status(HealthCheckResponse::SERVING, Codec::kJson));
  EXPECT_EQ(client.ReadBody(id, expected.size()).body, expected);
  client.SendReset(id, NGHTTP2_CANCEL);
}

TEST_F(HealthTest, StockStub) {
  const auto stub = grpc::health::v1::Health::NewStub(
      grpc::CreateChannel("127.0.0.1:" + std::to_string(server_->port()), grpc::InsecureChannelCredentials()));
  HealthCheckRequest request;
  request.set_service(kService);
  HealthCheckResponse response;
  grpc::ClientContext check;
  ASSERT_TRUE(stub->Check(&check, request, &response).ok());
  EXPECT_EQ(response.status(), HealthCheckResponse::SERVING);

  grpc::ClientContext watch;
  const auto reader = stub->Watch(&watch, request);
  ASSERT_TRUE(reader->Read(&response));
  EXPECT_EQ(response.status(), HealthCheckResponse::SERVING);
  SetServing(false);
  ASSERT_TRUE(reader->Read(&response));
  EXPECT_EQ(response.status(), HealthCheckResponse::NOT_SERVING);
  watch.TryCancel();
  EXPECT_FALSE(reader->Read(&response));
  EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::CANCELLED);
}

TEST_F(HealthTest, OfferedOnlyIfNamedAmongOthers) {
  const struct {
    const char* name;
    std::vector<std::string> services;
    int code;
  } cases[] = {
      {"none named", {}, 0},
      {"named", {"grpc.health.v1.Health"}, 0},
      {"named beside others", {kService, "grpc.health.v1.Health"}, 0},
      {"others named", {kService}, grpc::StatusCode::UNIMPLEMENTED},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    HttpOptions options = LocalOptions();
    options.services = c.services;
    const auto front = ServeHttp(server_->grpc_server(), options);
    ASSERT_TRUE(front.ok()) << front.status();
    const BytesResult result = CallBytes((*front)->port(), kConnectHttp1, Spec("Check", kService, Codec::kJson));
    EXPECT_EQ(result.code, c.code);
    EXPECT_EQ(result.http_status, c.code == 0 ? 200 : 404);
  }
}

// A program's own health service, of lite messages and therefore without descriptors.
class OwnHealth final : public grpc::health::v1::Health::Service {
  grpc::Status Check(grpc::ServerContext*, const HealthCheckRequest* request, HealthCheckResponse* response) override {
    response->set_status(request->service() == "mine" ? HealthCheckResponse::SERVING
                                                      : HealthCheckResponse::NOT_SERVING);
    return grpc::Status::OK;
  }
};

TEST(OwnHealthTest, Answers) {
  OwnHealth health;
  grpc::ServerBuilder builder;
  builder.RegisterService(&health);
  const auto server = builder.BuildAndStart();
  auto front = ServeHttp(*server, LocalOptions());
  ASSERT_TRUE(front.ok()) << front.status();
  BytesSpec spec;
  spec.path = "/grpc.health.v1.Health/Check";
  spec.codec = Codec::kJson;
  spec.messages = {"{\"service\":\"mine\"}"};
  for (const Wire& wire : kWires) {
    SCOPED_TRACE(wire.name);
    EXPECT_THAT(CallBytes((*front)->port(), wire, spec).messages, ElementsAre("{\"status\":\"SERVING\"}"));
  }
}

// The paths are offered, but nobody is behind them.
TEST(NoHealthTest, IsUnimplemented) {
  EchoServer server;
  BytesSpec spec;
  spec.path = "/grpc.health.v1.Health/Check";
  for (const Wire& wire : kWires) {
    SCOPED_TRACE(wire.name);
    EXPECT_EQ(CallBytes(server.port(), wire, spec).code, grpc::StatusCode::UNIMPLEMENTED);
  }
}

}  // namespace
}  // namespace connectrpc::test
