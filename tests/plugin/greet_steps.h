#ifndef CONNECTRPC_TESTS_PLUGIN_GREET_STEPS_H_
#define CONNECTRPC_TESTS_PLUGIN_GREET_STEPS_H_

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "greet/v1/greet.connect.pb.h"

// What the generated client of golden/plain's GreetService does with a method of each kind, whoever answers: a greeter
// that greets by name, counts down to one, collects names, and answers a text with itself and a "!".
namespace greet::v1 {

inline GreetRequest Named(const std::string& name) {
  GreetRequest request;
  request.set_name(name);
  return request;
}

// The greeter refuses those without a name. `header` is one of its answer.
inline void ExpectGreet(GreetServiceClientInterface& client, const connectrpc::CallOptions& options,
                        const std::string& header, const std::string& value) {
  const connectrpc::Result<GreetResponse> greeting = client.Greet(Named("Ada"), options);
  ASSERT_TRUE(greeting.ok()) << greeting.error().message;
  EXPECT_EQ(greeting->greeting(), "Hello, Ada");
  EXPECT_EQ(greeting.headers().Find(header), value);
  EXPECT_EQ(client.Greet(Named("")).error().code, connectrpc::Code::kInvalidArgument);
}

inline void ExpectCountdown(GreetServiceClientInterface& client) {
  CountdownRequest three;
  three.set_from(3);
  connectrpc::ClientReader<CountdownResponse> countdown = client.Countdown(three);
  std::vector<int> numbers;
  for (CountdownResponse response; countdown.Read(&response);) numbers.push_back(response.number());
  EXPECT_TRUE(countdown.Finish().ok());
  EXPECT_THAT(numbers, testing::ElementsAre(3, 2, 1));
}

inline void ExpectCollect(GreetServiceClientInterface& client) {
  connectrpc::ClientWriter<CollectRequest, CollectResponse> collect = client.Collect();
  for (const char* name : {"Ada", "Grace"}) {
    CollectRequest request;
    request.set_name(name);
    EXPECT_TRUE(collect.Write(request));
  }
  const connectrpc::Result<CollectResponse> names = collect.Finish();
  ASSERT_TRUE(names.ok()) << names.error().message;
  EXPECT_THAT(names->names(), testing::ElementsAre("Ada", "Grace"));
}

inline void ExpectChat(GreetServiceClientInterface& client) {
  connectrpc::ClientReaderWriter<ChatRequest, ChatResponse> chat = client.Chat();
  for (const char* text : {"a", "b"}) {
    ChatRequest request;
    request.set_text(text);
    ASSERT_TRUE(chat.Write(request));
    ChatResponse response;
    ASSERT_TRUE(chat.Read(&response));
    EXPECT_EQ(response.text(), text + std::string("!"));
  }
  chat.CloseSend();
  ChatResponse response;
  EXPECT_FALSE(chat.Read(&response));
  EXPECT_TRUE(chat.Finish().ok());
}

}  // namespace greet::v1

#endif  // CONNECTRPC_TESTS_PLUGIN_GREET_STEPS_H_
