// One grpc::Server with a service of each style; every client calls every method of each, by both routes.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <tuple>

#include "interop/caller.h"
#include "interop/echo_server.h"

namespace connectrpc::test {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsSupersetOf;
using ::testing::Pair;
using ::testing::SizeIs;

struct Flavour {
  const char* name;
  const char* service;
  Mount mount;
};
constexpr Flavour kFlavours[] = {
    {"SyncEcho", "SyncEcho", Mount::kChannel},      {"CallbackEcho", "CallbackEcho", Mount::kChannel},
    {"CqEcho", "CqEcho", Mount::kChannel},          {"GenericEcho", "GenericEcho", Mount::kChannel},
    {"DirectSyncEcho", "SyncEcho", Mount::kDirect}, {"DirectCallbackEcho", "CallbackEcho", Mount::kDirect},
};
constexpr const char* kMethods[] = {"Echo", "Get", "Collect", "Expand", "Chat"};

echo::EchoRequest Request(std::string text) {
  echo::EchoRequest request;
  request.set_text(std::move(text));
  request.set_data(std::string("\0\xff\r\n", 4));
  request.set_responses(3);
  request.set_response_bytes(10);
  return request;
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

class FlavourTest : public ::testing::TestWithParam<std::tuple<Flavour, CallerKind>> {
 protected:
  static void SetUpTestSuite() {
    server_ = std::make_unique<EchoServer>();
    direct_server_ = std::make_unique<EchoServer>(LocalOptions(), Mount::kDirect);
  }
  static void TearDownTestSuite() {
    server_.reset();
    direct_server_.reset();
  }

  FlavourTest() : caller_(std::get<1>(GetParam()).make(server().port())) {}

  static EchoServer& server() { return std::get<0>(GetParam()).mount == Mount::kDirect ? *direct_server_ : *server_; }
  EchoState& state() { return server().state(); }
  CallSpec Spec(const std::string& method) const {
    CallSpec spec;
    spec.service = std::get<0>(GetParam()).service;
    spec.method = method;
    spec.requests = {Request("a")};
    return spec;
  }
  CallResult Call(const CallSpec& spec) { return caller_->Call(spec); }

 private:
  static std::unique_ptr<EchoServer> server_;
  static std::unique_ptr<EchoServer> direct_server_;
  std::unique_ptr<Caller> caller_;
};

std::unique_ptr<EchoServer> FlavourTest::server_;
std::unique_ptr<EchoServer> FlavourTest::direct_server_;

TEST_P(FlavourTest, UnaryCallIsAnswered) {
  for (const char* method : {"Echo", "Get"}) {
    SCOPED_TRACE(method);
    const CallResult result = Call(Spec(method));
    EXPECT_EQ(result.code, 0) << result.message;
    ASSERT_THAT(result.responses, SizeIs(1));
    EXPECT_EQ(result.responses[0].text(), "a");
    EXPECT_EQ(result.responses[0].data(), std::string("\0\xff\r\n", 4));
  }
}

TEST_P(FlavourTest, ClientStreamIsCollected) {
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

TEST_P(FlavourTest, ServerStreamComesInOrder) {
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

TEST_P(FlavourTest, BidiStreamIsAnsweredMessageByMessage) {
  CallSpec spec = Spec("Chat");
  spec.requests.clear();
  for (int i = 0; i < 50; ++i) spec.requests.push_back(Request(std::to_string(i)));
  const CallResult result = Call(spec);
  EXPECT_EQ(result.code, 0) << result.message;
  ASSERT_THAT(result.responses, SizeIs(50));
  for (int i = 0; i < 50; ++i) EXPECT_EQ(result.responses[i].text(), std::to_string(i));
}

TEST_P(FlavourTest, MetadataGoesBothWays) {
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

TEST_P(FlavourTest, ErrorKeepsCodeMessageDetailsAndMetadata) {
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
    const bool answers_first = spec.method == "Expand" || spec.method == "Chat";
    EXPECT_EQ(result.responses.empty(), !answers_first);
  }
}

TEST_P(FlavourTest, HandlerSeesTheDeadline) {
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

TEST_P(FlavourTest, DeadlineEndsTheCallAndTellsTheHandler) {
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

TEST_P(FlavourTest, CancellationReachesTheHandler) {
  for (const char* method : kMethods) {
    SCOPED_TRACE(method);
    const int before = state().counts().cancelled;
    CallSpec spec = Spec(method);
    spec.requests[0].set_pause(echo::PAUSE_UNTIL_CANCELLED);
    spec.before_cancel = [&] {
      EXPECT_TRUE(state().WaitUntil([](const EchoState::Counts& now) { return now.paused == 1; }));
    };
    Call(spec);
    EXPECT_TRUE(state().WaitUntil(
        [&](const EchoState::Counts& now) { return now.cancelled == before + 1 && now.running == 0; }));
  }
}

INSTANTIATE_TEST_SUITE_P(All, FlavourTest,
                         ::testing::Combine(::testing::ValuesIn(kFlavours), ::testing::ValuesIn(AllCallers())),
                         [](const auto& info) {
                           return std::string(std::get<0>(info.param).name) + "_" + std::get<1>(info.param).name;
                         });

}  // namespace
}  // namespace connectrpc::test
