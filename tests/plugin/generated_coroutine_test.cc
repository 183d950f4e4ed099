#include <gtest/gtest.h>

#include <coroutine>
#include <exception>
#include <future>
#include <memory>
#include <string>

#include "connectrpc/testing/in_memory_transport.h"
#include "greet/v1/greet.connect.pb.h"

namespace greet::v1 {
namespace {

// The least that a coroutine can be: begins at once, and its frame goes with it.
struct Detached {
  struct promise_type {
    Detached get_return_object() { return {}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() { std::terminate(); }
  };
};

Detached Greet(GreetServiceClient& client, std::promise<std::string>& greeting) {
  GreetRequest request;
  request.set_name("Ada");
  connectrpc::Result<GreetResponse> result = co_await client.CoGreet(request);
  greeting.set_value(result.ok() ? result->greeting() : result.error().message);
}

Detached GreetInPlace(GreetServiceClient& client, std::promise<std::string>& greeting) {
  GreetRequest request;
  request.set_name("Ada");
  const connectrpc::Result<connectrpc::OwnedView<GreetResponseView>> result = co_await client.views().CoGreet(request);
  CountdownRequest two;
  two.set_from(2);
  connectrpc::ClientReader<connectrpc::OwnedView<CountdownResponseView>> reader = client.views().Countdown(two);
  std::string text = result.ok() ? std::string((*result)->greeting()) : result.error().message;
  connectrpc::OwnedView<CountdownResponseView> number;
  while (co_await connectrpc::CoRead(reader, &number)) text += " " + std::to_string(number->number());
  greeting.set_value(text);
}

TEST(GeneratedCoroutineTest, OfMessagesAndOfViews) {
  auto transport = std::make_shared<connectrpc::InMemoryTransport>();
  transport->HandleUnary<GreetRequest, GreetResponse>(
      GreetServiceMethods::Greet, [](connectrpc::InMemoryCall&, const GreetRequest& request, GreetResponse* response) {
        response->set_greeting("Hello, " + request.name());
        return connectrpc::Error();
      });
  transport->HandleServerStream<CountdownRequest, CountdownResponse>(
      GreetServiceMethods::Countdown, [](connectrpc::InMemoryCall&, const CountdownRequest& request,
                                         connectrpc::InMemoryWriter<CountdownResponse>& responses) {
        for (int i = request.from(); i > 0; --i) {
          CountdownResponse response;
          response.set_number(i);
          responses.Write(response);
        }
        return connectrpc::Error();
      });
  GreetServiceClient client(transport);
  std::promise<std::string> greeting;
  Greet(client, greeting);
  EXPECT_EQ(greeting.get_future().get(), "Hello, Ada");

  std::promise<std::string> in_place;
  GreetInPlace(client, in_place);
  EXPECT_EQ(in_place.get_future().get(), "Hello, Ada 2 1");
}

}  // namespace
}  // namespace greet::v1
