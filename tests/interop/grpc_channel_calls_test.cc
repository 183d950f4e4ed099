// Stubs of every style, over every transport, call every method of a real server.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <tuple>
#include <vector>

#include "connectrpc/http_transport.h"
#include "connectrpc/interop/grpc_channel.h"
#include "interop/echo_server.h"
#include "interop/grpc_transport.h"
#include "interop/stub_caller.h"

namespace connectrpc::test {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsSupersetOf;
using ::testing::Pair;
using ::testing::SizeIs;

constexpr const char* kMethods[] = {"Echo", "Get", "Collect", "Expand", "Chat"};

struct TransportKind {
  std::string name;
  std::shared_ptr<Transport> (*make)(EchoServer* server);
};
std::ostream& operator<<(std::ostream& out, const TransportKind& kind) {
  return out << kind.name;
}

template <Protocol kProtocol, HttpVersions kVersions>
std::shared_ptr<Transport> NewHttpTransport(EchoServer* server) {
  HttpTransportOptions options;
  options.protocol = kProtocol;
  options.http = kVersions;
  options.loops = 2;
  auto transport = HttpTransport::Create("http://127.0.0.1:" + std::to_string(server->port()), options);
  EXPECT_TRUE(transport.ok()) << transport.status();
  return *transport;
}

std::shared_ptr<Transport> NewGrpcTransport(EchoServer* server) {
  return std::make_shared<GrpcTransport>(server->grpc_server().InProcessChannel(grpc::ChannelArguments()));
}

const TransportKind kTransports[] = {
    {"ConnectHttp1", NewHttpTransport<Protocol::kConnect, HttpVersions::kHttp1>},
    {"ConnectHttp2", NewHttpTransport<Protocol::kConnect, HttpVersions::kHttp2>},
    {"GrpcHttp2", NewHttpTransport<Protocol::kGrpc, HttpVersions::kHttp2>},
    {"GrpcWebHttp1", NewHttpTransport<Protocol::kGrpcWeb, HttpVersions::kHttp1>},
    {"GrpcWebHttp2", NewHttpTransport<Protocol::kGrpcWeb, HttpVersions::kHttp2>},
    {"GrpcInProcess", NewGrpcTransport},
};

echo::EchoRequest Request(std::string text) {
  echo::EchoRequest request;
  request.set_text(std::move(text));
  request.set_data(std::string("\0\xff\r\n", 4));
  request.set_responses(3);
  request.set_response_bytes(10);
  return request;
}

CallSpec Spec(const std::string& method) {
  CallSpec spec;
  spec.method = method;
  spec.requests = {Request("a")};
  return spec;
}

void AddField(google::protobuf::RepeatedPtrField<echo::Field>* fields, std::string name, std::string value) {
  echo::Field* field = fields->Add();
  field->set_name(std::move(name));
  field->set_value(std::move(value));
}

Fields SeenMetadata(const CallResult& result) {
  Fields fields;
  if (result.responses.empty()) return fields;
  for (const echo::Field& field : result.responses[0].metadata()) fields.emplace_back(field.name(), field.value());
  return fields;
}

class GrpcChannelTest : public ::testing::TestWithParam<std::tuple<StubStyle, TransportKind>> {
 protected:
  static void SetUpTestSuite() { server_ = std::make_unique<EchoServer>(); }
  static void TearDownTestSuite() { server_.reset(); }

  GrpcChannelTest() : channel_(NewGrpcChannel(std::get<1>(GetParam()).make(server_.get()))) {}

  EchoState& state() { return server_->state(); }
  CallResult Call(const CallSpec& spec) { return std::get<0>(GetParam()).call(channel_, spec); }

 private:
  static std::unique_ptr<EchoServer> server_;
  const std::shared_ptr<grpc::Channel> channel_;
};

std::unique_ptr<EchoServer> GrpcChannelTest::server_;

TEST_P(GrpcChannelTest, UnaryCallIsAnswered) {
  for (const char* method : {"Echo", "Get"}) {
    SCOPED_TRACE(method);
    const CallResult result = Call(Spec(method));
    EXPECT_EQ(result.code, 0) << result.message;
    ASSERT_THAT(result.responses, SizeIs(1));
    EXPECT_EQ(result.responses[0].text(), "a");
    EXPECT_EQ(result.responses[0].data(), std::string("\0\xff\r\n", 4));
  }
}

TEST_P(GrpcChannelTest, EmptyMessagesAreMessages) {
  for (const char* method : {"Echo", "Collect", "Chat"}) {
    SCOPED_TRACE(method);
    CallSpec spec = Spec(method);
    spec.requests = {echo::EchoRequest()};
    const CallResult result = Call(spec);
    EXPECT_EQ(result.code, 0) << result.message;
    EXPECT_THAT(result.responses, SizeIs(1));
  }
}

TEST_P(GrpcChannelTest, ClientStreamIsCollected) {
  CallSpec spec = Spec("Collect");
  spec.requests = {Request("a"), Request("b"), Request("c")};
  CallResult result = Call(spec);
  EXPECT_EQ(result.code, 0) << result.message;
  ASSERT_THAT(result.responses, SizeIs(1));
  EXPECT_EQ(result.responses[0].text(), "abc");

  spec.requests.clear();
  result = Call(spec);
  EXPECT_EQ(result.code, 0) << result.message;
  ASSERT_THAT(result.responses, SizeIs(1));
  EXPECT_EQ(result.responses[0].text(), "");
}

TEST_P(GrpcChannelTest, ServerStreamComesInOrder) {
  CallSpec spec = Spec("Expand");
  for (const uint32_t count : {0u, 1u, 100u}) {
    SCOPED_TRACE(count);
    spec.requests[0].set_responses(count);
    const CallResult result = Call(spec);
    EXPECT_EQ(result.code, 0) << result.message;
    ASSERT_THAT(result.responses, SizeIs(count));
    for (uint32_t i = 0; i < count; ++i) EXPECT_EQ(result.responses[i].index(), i);
  }
}

TEST_P(GrpcChannelTest, BidiStreamIsAnsweredMessageByMessage) {
  CallSpec spec = Spec("Chat");
  spec.requests.clear();
  for (int i = 0; i < 50; ++i) spec.requests.push_back(Request(std::to_string(i)));
  const CallResult result = Call(spec);
  EXPECT_EQ(result.code, 0) << result.message;
  ASSERT_THAT(result.responses, SizeIs(50));
  for (int i = 0; i < 50; ++i) EXPECT_EQ(result.responses[i].text(), std::to_string(i));
}

TEST_P(GrpcChannelTest, LargeMessagesPassBothWays) {
  const std::string data(1000 * 1000, 'd');
  for (const char* method : {"Echo", "Collect", "Expand", "Chat"}) {
    SCOPED_TRACE(method);
    CallSpec spec = Spec(method);
    spec.requests.clear();
    const bool writes_many = spec.method == "Collect" || spec.method == "Chat";
    for (int i = 0; i < (writes_many ? 8 : 1); ++i) {
      spec.requests.push_back(Request(""));
      spec.requests.back().set_data(data);
      spec.requests.back().set_response_bytes(static_cast<uint32_t>(data.size()));
      spec.requests.back().set_responses(8);
    }
    const CallResult result = Call(spec);
    EXPECT_EQ(result.code, 0) << result.message;
    ASSERT_THAT(result.responses, SizeIs(spec.method == "Expand" || spec.method == "Chat" ? 8 : 1));
    if (spec.method == "Collect") {
      EXPECT_EQ(result.responses[0].index(), 8 * data.size());
      continue;
    }
    for (const echo::EchoResponse& response : result.responses) EXPECT_EQ(response.data().size(), data.size());
  }
}

TEST_P(GrpcChannelTest, MetadataGoesBothWays) {
  const std::string binary("\0\x01\xff\r\n", 5);
  for (const char* method : kMethods) {
    SCOPED_TRACE(method);
    CallSpec spec = Spec(method);
    spec.metadata = {{"x-one", "1"}, {"x-many", "first"}, {"x-many", "second"}, {"x-raw-bin", binary}, {"x-empty", ""}};
    echo::EchoRequest& request = spec.requests[0];
    AddField(request.mutable_headers(), "x-head", "h");
    AddField(request.mutable_headers(), "x-head", "again");
    AddField(request.mutable_headers(), "x-head-bin", binary);
    AddField(request.mutable_trailers(), "x-trail", "t");
    AddField(request.mutable_trailers(), "x-trail", "again");
    AddField(request.mutable_trailers(), "x-trail-bin", binary);

    const CallResult result = Call(spec);
    EXPECT_EQ(result.code, 0) << result.message;
    EXPECT_THAT(SeenMetadata(result), IsSupersetOf(spec.metadata));
    EXPECT_EQ(Find(SeenMetadata(result), "x-many"), "first, second");
    EXPECT_EQ(Find(result.headers, "x-head"), "h, again");
    EXPECT_THAT(result.headers, Contains(Pair("x-head-bin", binary)));
    EXPECT_EQ(Find(result.trailers, "x-trail"), "t, again");
    EXPECT_THAT(result.trailers, Contains(Pair("x-trail-bin", binary)));
    EXPECT_EQ(Find(result.headers, "x-trail"), std::nullopt);
    EXPECT_EQ(Find(result.trailers, "x-head"), std::nullopt);
  }
}

TEST_P(GrpcChannelTest, ErrorKeepsCodeMessageDetailsAndMetadata) {
  echo::RpcStatus details;
  google::protobuf::Any* any = details.add_details();
  any->set_type_url("type.googleapis.com/connectrpc.test.echo.Field");
  any->set_value("\n\x01x");
  for (const char* method : kMethods) {
    SCOPED_TRACE(method);
    CallSpec spec = Spec(method);
    echo::EchoRequest& request = spec.requests[0];
    request.set_responses(2);
    request.mutable_outcome()->set_code(9);
    request.mutable_outcome()->set_message("not \xe2\x9c\x93 100%\r\n");
    request.mutable_outcome()->set_details(details.SerializeAsString());
    AddField(request.mutable_headers(), "x-head", "h");
    AddField(request.mutable_trailers(), "x-trail", "t");

    const CallResult result = Call(spec);
    EXPECT_EQ(result.code, 9);
    EXPECT_EQ(result.message, "not \xe2\x9c\x93 100%\r\n");
    EXPECT_THAT(result.details, ElementsAre(CallDetail{"connectrpc.test.echo.Field", "\n\x01x"}));
    EXPECT_EQ(Find(result.headers, "x-head"), "h");
    EXPECT_EQ(Find(result.trailers, "x-trail"), "t");
    EXPECT_TRUE(Find(result.trailers, "grpc-status-details-bin").has_value());
    const bool answers_first = spec.method == "Expand" || spec.method == "Chat";
    EXPECT_EQ(result.responses.empty(), !answers_first);
  }
}

TEST_P(GrpcChannelTest, HandlerSeesTheDeadline) {
  for (const char* method : kMethods) {
    SCOPED_TRACE(method);
    CallSpec spec = Spec(method);
    spec.timeout = kTimeLimit;
    const CallResult result = Call(spec);
    EXPECT_EQ(result.code, 0) << result.message;
    ASSERT_FALSE(result.responses.empty());
    EXPECT_GT(result.responses[0].remaining_ms(), 0);
    // gRPC's client rounds up what it sends, to three digits.
    EXPECT_LE(result.responses[0].remaining_ms(), spec.timeout->count() * 101 / 100);
  }
}

TEST_P(GrpcChannelTest, DeadlineEndsTheCallAndTellsTheHandler) {
  for (const char* method : kMethods) {
    SCOPED_TRACE(method);
    const EchoState::Counts before = state().counts();
    CallSpec spec = Spec(method);
    spec.timeout = std::chrono::milliseconds(200);
    spec.requests[0].set_pause(echo::PAUSE_UNTIL_CANCELLED);
    EXPECT_EQ(Call(spec).code, 4);
    // On a slow machine the call may end before it has reached the handler.
    EXPECT_TRUE(state().WaitUntil([&](const EchoState::Counts& now) {
      return now.running == 0 && now.cancelled - before.cancelled == now.started - before.started;
    }));
  }
}

TEST_P(GrpcChannelTest, DeadlineThatHasPassedReachesNoHandler) {
  for (const char* method : kMethods) {
    SCOPED_TRACE(method);
    const int before = state().counts().started;
    CallSpec spec = Spec(method);
    spec.timeout = std::chrono::milliseconds(-1);
    EXPECT_EQ(Call(spec).code, 4);
    EXPECT_EQ(state().counts().started, before);
  }
}

TEST_P(GrpcChannelTest, CancellationReachesTheHandler) {
  for (const char* method : kMethods) {
    SCOPED_TRACE(method);
    const int before = state().counts().cancelled;
    CallSpec spec = Spec(method);
    spec.requests[0].set_pause(echo::PAUSE_UNTIL_CANCELLED);
    spec.before_cancel = [&] {
      EXPECT_TRUE(state().WaitUntil([](const EchoState::Counts& now) { return now.paused == 1; }));
    };
    EXPECT_EQ(Call(spec).code, 1);
    EXPECT_TRUE(state().WaitUntil(
        [&](const EchoState::Counts& now) { return now.cancelled == before + 1 && now.running == 0; }));
  }
}

TEST_P(GrpcChannelTest, ManyCallsFromManyThreads) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&, i] {
      for (int j = 0; j < 20; ++j) {
        CallSpec spec = Spec(kMethods[(i + j) % 5]);
        spec.requests = {Request(std::to_string(i * 100 + j))};
        const CallResult result = Call(spec);
        EXPECT_EQ(result.code, 0) << result.message;
        ASSERT_FALSE(result.responses.empty());
        EXPECT_EQ(result.responses[0].text(), spec.requests[0].text());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

INSTANTIATE_TEST_SUITE_P(All, GrpcChannelTest,
                         ::testing::Combine(::testing::ValuesIn(kStubStyles), ::testing::ValuesIn(kTransports)),
                         [](const auto& info) {
                           return std::get<0>(info.param).name + "_" + std::get<1>(info.param).name;
                         });

}  // namespace
}  // namespace connectrpc::test
