#include "client/unary_call.h"

#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <memory>

#include "client/methods.h"
#include "client_test.pb.h"
#include "connectrpc/client.h"
#include "connectrpc/testing/in_memory_transport.h"

namespace connectrpc::test {
namespace {

TEST(UnaryCall, CallsAndReturnsHeadersMessageAndTrailers) {
  auto transport = std::make_shared<InMemoryTransport>();
  transport->HandleUnary<Ping, Pong>(kUnary, [](InMemoryCall& call, const Ping& ping, Pong* pong) {
    call.headers().Add("h", "1");
    call.trailers().Add("t", "2");
    pong->set_text(ping.text());
    return Error();
  });
  Ping ping;
  ping.set_text("x");
  Result<Pong> result = CallUnary<Ping, Pong>(*transport, kUnary, ping, {});
  EXPECT_TRUE(result.ok());
  EXPECT_EQ(result->text(), "x");
  EXPECT_EQ(result.headers().Find("h"), "1");
  EXPECT_EQ(result.trailers().Find("t"), "2");

  std::promise<Result<Pong>> promise;
  CallUnary<Ping, Pong>(transport, kUnary, ping, {}, [&](Result<Pong> r) { promise.set_value(std::move(r)); });
  EXPECT_EQ(promise.get_future().get()->text(), "x");
}

}  // namespace
}  // namespace connectrpc::test
