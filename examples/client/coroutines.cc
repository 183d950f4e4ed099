// The same calls as C++20 coroutines. What runs them is the program's affair: here nothing but the transport's loop,
// which resumes a coroutine where its call has ended.
//
// usage: coroutine_client URL
#include <coroutine>
#include <exception>
#include <future>
#include <iostream>

#include "connectrpc/coroutine.h"
#include "connectrpc/http_transport.h"
#include "greet.connect.pb.h"

using namespace greet::v1;

namespace {

// The least of a coroutine type: begins at once, and its end can be waited for.
struct Job {
  struct promise_type {
    Job get_return_object() { return Job{done.get_future()}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() { done.set_value(); }
    void unhandled_exception() { std::terminate(); }

    std::promise<void> done;
  };
  std::future<void> done;
};

// snippet: coroutine
Job Talk(GreetServiceClient& client) {
  GreetRequest request;
  request.set_name("Ada");
  connectrpc::Result<GreetResponse> result = co_await client.CoGreet(request);
  std::cout << "Greet: " << (result.ok() ? result->greeting() : result.error().message) << "\n";

  CountdownRequest from;
  from.set_from(3);
  connectrpc::ClientReader<CountdownResponse> reader = client.Countdown(from);
  std::cout << "Countdown:";
  CountdownResponse number;
  while (co_await connectrpc::CoRead(reader, &number)) std::cout << " " << number.number();
  connectrpc::Error error = co_await connectrpc::CoFinish(reader);
  std::cout << (error.ok() ? "" : " " + error.message) << "\n";
}
// end snippet

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  auto transport = connectrpc::HttpTransport::Create(argv[1]);
  if (!transport.ok()) return 1;
  GreetServiceClient client(*transport);
  Talk(client).done.wait();
}
