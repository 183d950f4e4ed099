#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <memory>
#include <string>

#include "connectrpc/testing/fake_streams.h"
#include "connectrpc/testing/in_memory_transport.h"
#include "greet/v1/greet.connect.pb.h"
#include "greet/v1/greet_mock.connect.pb.h"
#include "plugin/greet_view_steps.h"

namespace greet::v1 {
namespace {

using connectrpc::CallOptions;
using connectrpc::Code;
using connectrpc::Error;
using connectrpc::InMemoryCall;
using connectrpc::InMemoryReader;
using connectrpc::InMemoryTransport;
using connectrpc::InMemoryWriter;
using testing::_;

class GeneratedClientTest : public testing::Test {
 protected:
  GeneratedClientTest() {
    transport_->HandleUnary<GreetRequest, GreetResponse>(
        GreetServiceMethods::Greet, [](InMemoryCall& call, const GreetRequest& request, GreetResponse* response) {
          call.headers().Add("seen", call.request_headers().Find("tag").value_or("nothing"));
          if (request.name().empty()) return Error(Code::kInvalidArgument, "name must not be empty");
          response->set_greeting("Hello, " + request.name());
          return Error();
        });
    transport_->HandleServerStream<CountdownRequest, CountdownResponse>(
        GreetServiceMethods::Countdown,
        [](InMemoryCall&, const CountdownRequest& request, InMemoryWriter<CountdownResponse>& responses) {
          for (int i = request.from(); i > 0; --i) {
            CountdownResponse response;
            response.set_number(i);
            responses.Write(response);
          }
          return Error();
        });
    transport_->HandleClientStream<CollectRequest, CollectResponse>(
        GreetServiceMethods::Collect,
        [](InMemoryCall&, InMemoryReader<CollectRequest>& requests, CollectResponse* response) {
          for (CollectRequest request; requests.Read(&request);) response->add_names(request.name());
          return Error();
        });
    transport_->HandleBidiStream<ChatRequest, ChatResponse>(
        GreetServiceMethods::Chat,
        [](InMemoryCall&, InMemoryReader<ChatRequest>& requests, InMemoryWriter<ChatResponse>& responses) {
          for (ChatRequest request; requests.Read(&request);) {
            ChatResponse response;
            response.set_text(request.text() + "!");
            responses.Write(response);
          }
          return Error();
        });
  }

  std::shared_ptr<InMemoryTransport> transport_ = std::make_shared<InMemoryTransport>();
  GreetServiceClient client_{transport_};
};

TEST_F(GeneratedClientTest, Specs) {
  using connectrpc::Idempotency;
  using connectrpc::StreamType;
  static_assert(GreetServiceMethods::Greet.path == "/greet.v1.GreetService/Greet");
  static_assert(GreetServiceMethods::Greet.stream_type == StreamType::kUnary);
  static_assert(GreetServiceMethods::Countdown.stream_type == StreamType::kServerStream);
  static_assert(GreetServiceMethods::Collect.stream_type == StreamType::kClientStream);
  static_assert(GreetServiceMethods::Chat.stream_type == StreamType::kBidiStream);
  static_assert(GreetServiceMethods::Greet.idempotency == Idempotency::kUnknown);
}

TEST_F(GeneratedClientTest, Unary) {
  CallOptions options;
  options.headers.Add("tag", "blue");
  ExpectGreet(client_, options, "seen", "blue");
}

TEST_F(GeneratedClientTest, UnaryByCallback) {
  std::promise<std::string> greeting;
  client_.Greet(Named("Ada"), {}, [&](connectrpc::Result<GreetResponse> result) {
    greeting.set_value(result.ok() ? result->greeting() : result.error().message);
  });
  EXPECT_EQ(greeting.get_future().get(), "Hello, Ada");
}

TEST_F(GeneratedClientTest, ServerStream) {
  ExpectCountdown(client_);
}
TEST_F(GeneratedClientTest, ClientStream) {
  ExpectCollect(client_);
}
TEST_F(GeneratedClientTest, BidiStream) {
  ExpectChat(client_);
}

// snippet: views
std::string GreetInPlace(GreetServiceClient& client) {
  const connectrpc::Result<connectrpc::OwnedView<GreetResponseView>> result = client.views().Greet(Named("Ada"));
  if (!result) return result.error().message;
  const GreetResponseView& response = **result;  // valid as long as `result`
  std::string text(response.greeting());

  CountdownRequest request;
  request.set_from(2);
  connectrpc::ClientReader<connectrpc::OwnedView<CountdownResponseView>> reader = client.views().Countdown(request);
  connectrpc::OwnedView<CountdownResponseView> number;  // each Read replaces it: move it to keep it
  while (reader.Read(&number)) text += " " + std::to_string(number->number());
  return text;
}
// end snippet

TEST_F(GeneratedClientTest, Views) {
  EXPECT_EQ(GreetInPlace(client_), "Hello, Ada 2 1");
  for (const char* codec : {"proto", "json"}) {
    SCOPED_TRACE(codec);
    CallOptions options;
    options.codec = codec;
    options.headers.Add("tag", "blue");
    ExpectGreetView(client_.views(), options, "seen", "blue");
    ExpectCountdownViews(client_.views(), options);
    ExpectCollectView(client_.views(), options);
    ExpectChatViews(client_.views(), options, true);
  }
}

TEST_F(GeneratedClientTest, ViewsMayOutliveTheClient) {
  auto client = std::make_unique<GreetServiceClient>(transport_);
  const GreetServiceClient::Views views = client->views();
  client.reset();
  connectrpc::Result<Owned<GreetResponseView>> result = views.Greet(Named("Ada"));
  transport_.reset();
  EXPECT_EQ((*result)->greeting(), "Hello, Ada");
}

// What a program that depends on the interface does.
std::string GreetAndCount(GreetServiceClientInterface& client) {
  const connectrpc::Result<GreetResponse> result = client.Greet(Named("Ada"));
  if (!result) return result.error().message;
  connectrpc::ClientReader<CountdownResponse> reader = client.Countdown(CountdownRequest());
  std::string text = result->greeting();
  for (CountdownResponse response; reader.Read(&response);) text += " " + std::to_string(response.number());
  return text;
}

TEST(GeneratedMockTest, StandsForTheClient) {
  MockGreetServiceClient client;
  EXPECT_CALL(client, Greet(_, _)).WillOnce([](const GreetRequest& request, const CallOptions&) {
    GreetResponse response;
    response.set_greeting("Mocked, " + request.name());
    return connectrpc::Result<GreetResponse>(response);
  });
  EXPECT_CALL(client, Countdown(_, _)).WillOnce([](const CountdownRequest&, const CallOptions&) {
    CountdownResponse two;
    two.set_number(2);
    return connectrpc::FakeReader<CountdownResponse>({two});
  });
  EXPECT_EQ(GreetAndCount(client), "Mocked, Ada 2");

  EXPECT_CALL(client, Greet(_, _)).WillOnce([](const GreetRequest&, const CallOptions&) {
    return Error(Code::kUnavailable, "gone");
  });
  EXPECT_EQ(GreetAndCount(client), "gone");
}

TEST(GeneratedMockTest, CallbackForm) {
  MockGreetServiceClient client;
  EXPECT_CALL(client, Greet(_, _, _))
      .WillOnce([](const GreetRequest&, const CallOptions&, const connectrpc::UnaryCallback<GreetResponse>& done) {
        done(Error(Code::kNotFound, "nobody"));
      });
  Code code = Code::kOk;
  client.Greet(Named("Ada"), {}, [&](connectrpc::Result<GreetResponse> result) { code = result.error().code; });
  EXPECT_EQ(code, Code::kNotFound);
}

}  // namespace
}  // namespace greet::v1
