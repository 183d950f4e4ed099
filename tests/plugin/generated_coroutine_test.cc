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

TEST(GeneratedCoroutineTest, Unary) {
  auto transport = std::make_shared<connectrpc::InMemoryTransport>();
  transport->HandleUnary<GreetRequest, GreetResponse>(
      GreetServiceMethods::Greet, [](connectrpc::InMemoryCall&, const GreetRequest& request, GreetResponse* response) {
        response->set_greeting("Hello, " + request.name());
        return connectrpc::Error();
      });
  GreetServiceClient client(transport);
  std::promise<std::string> greeting;
  Greet(client, greeting);
  EXPECT_EQ(greeting.get_future().get(), "Hello, Ada");
}

}  // namespace
}  // namespace greet::v1
