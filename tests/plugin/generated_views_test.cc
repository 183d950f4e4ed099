// Generated clients' calls that give views, over HTTP to a gRPC service behind the front end.
#include <grpcpp/server_builder.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "connectrpc/http_transport.h"
#include "connectrpc/interop/serve_http.h"
#include "greet/v1/greet.grpc.pb.h"
#include "plugin/greet_view_steps.h"

namespace greet::v1 {
namespace {

using connectrpc::HttpVersions;
using connectrpc::Protocol;

class Greeter final : public GreetService::Service {
  grpc::Status Greet(grpc::ServerContext* context, const GreetRequest* request, GreetResponse* response) override {
    context->AddInitialMetadata("seen", "yes");
    if (request->name().empty()) return grpc::Status(grpc::StatusCode::INVALID_ARGUMENT, "name must not be empty");
    response->set_greeting("Hello, " + request->name());
    return grpc::Status::OK;
  }
  grpc::Status Countdown(grpc::ServerContext*, const CountdownRequest* request,
                         grpc::ServerWriter<CountdownResponse>* writer) override {
    for (int i = request->from(); i > 0; --i) {
      CountdownResponse response;
      response.set_number(i);
      writer->Write(response);
    }
    return grpc::Status::OK;
  }
  grpc::Status Collect(grpc::ServerContext*, grpc::ServerReader<CollectRequest>* reader,
                       CollectResponse* response) override {
    for (CollectRequest request; reader->Read(&request);) response->add_names(request.name());
    return grpc::Status::OK;
  }
  grpc::Status Chat(grpc::ServerContext*, grpc::ServerReaderWriter<ChatResponse, ChatRequest>* stream) override {
    for (ChatRequest request; stream->Read(&request);) {
      ChatResponse response;
      response.set_text(request.text() + "!");
      stream->Write(response);
    }
    return grpc::Status::OK;
  }
};

struct Way {
  const char* name;
  Protocol protocol;
  HttpVersions http;
  const char* codec;
};

class GeneratedViewsTest : public testing::TestWithParam<Way> {
 protected:
  GeneratedViewsTest() {
    connectrpc::HttpOptions http;
    http.listen = {"127.0.0.1:0"};
    auto front = connectrpc::ServeHttp(*server_, http);
    EXPECT_TRUE(front.ok()) << front.status();
    front_ = *std::move(front);
    connectrpc::HttpTransportOptions options;
    options.protocol = GetParam().protocol;
    options.http = GetParam().http;
    options.defaults.codec = GetParam().codec;
    auto transport = connectrpc::HttpTransport::Create("http://127.0.0.1:" + std::to_string(front_->port()), options);
    EXPECT_TRUE(transport.ok()) << transport.status();
    client_ = std::make_unique<GreetServiceClient>(*std::move(transport));
  }

  Greeter greeter_;
  const std::unique_ptr<grpc::Server> server_ = grpc::ServerBuilder().RegisterService(&greeter_).BuildAndStart();
  std::unique_ptr<connectrpc::HttpServer> front_;
  std::unique_ptr<GreetServiceClient> client_;
};
INSTANTIATE_TEST_SUITE_P(Ways, GeneratedViewsTest,
                         testing::Values(Way{"Connect", Protocol::kConnect, HttpVersions::kHttp2, "proto"},
                                         Way{"ConnectJson", Protocol::kConnect, HttpVersions::kHttp2, "json"},
                                         Way{"ConnectHttp1", Protocol::kConnect, HttpVersions::kHttp1, "proto"},
                                         Way{"Grpc", Protocol::kGrpc, HttpVersions::kHttp2, "proto"},
                                         Way{"GrpcJson", Protocol::kGrpc, HttpVersions::kHttp2, "json"},
                                         Way{"GrpcWeb", Protocol::kGrpcWeb, HttpVersions::kHttp2, "proto"},
                                         Way{"GrpcWebHttp1Json", Protocol::kGrpcWeb, HttpVersions::kHttp1, "json"}),
                         [](const auto& info) { return std::string(info.param.name); });

TEST_P(GeneratedViewsTest, EachKindOfMethod) {
  ExpectGreetView(client_->views(), {}, "seen", "yes");
  ExpectCountdownViews(client_->views(), {});
  ExpectCollectView(client_->views(), {});
  ExpectChatViews(client_->views(), {}, GetParam().http == HttpVersions::kHttp2);
}

TEST_P(GeneratedViewsTest, OutliveClientAndTransport) {
  const std::string name(100'000, 'x');
  connectrpc::Result<Owned<GreetResponseView>> result = client_->views().Greet(Named(name));
  ASSERT_TRUE(result.ok()) << result.error().message;
  client_.reset();
  front_.reset();
  EXPECT_EQ((*result)->greeting(), "Hello, " + name);
}

}  // namespace
}  // namespace greet::v1
