#ifndef CONNECTRPC_TESTS_PLUGIN_GREET_VIEW_STEPS_H_
#define CONNECTRPC_TESTS_PLUGIN_GREET_VIEW_STEPS_H_

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <string>
#include <utility>
#include <vector>

#include "plugin/greet_steps.h"

// The steps of greet_steps.h by client.views(), each blocking and with callbacks. What they read is kept beyond the
// call.
namespace greet::v1 {

template <class View>
using Owned = connectrpc::OwnedView<View>;

inline void ExpectGreetView(const GreetServiceClient::Views& client, const connectrpc::CallOptions& options,
                            const std::string& header, const std::string& value) {
  std::promise<connectrpc::Result<Owned<GreetResponseView>>> called_back;
  client.Greet(Named("Ada"), options,
               [&](connectrpc::Result<Owned<GreetResponseView>> result) { called_back.set_value(std::move(result)); });
  std::vector<connectrpc::Result<Owned<GreetResponseView>>> results;
  results.push_back(client.Greet(Named("Ada"), options));
  results.push_back(called_back.get_future().get());
  for (const auto& result : results) {
    ASSERT_TRUE(result.ok()) << result.error().message;
    EXPECT_EQ((*result)->greeting(), "Hello, Ada");
    EXPECT_EQ(result.headers().Find(header), value);
  }
  const connectrpc::Result<Owned<GreetResponseView>> refused = client.Greet(Named(""), options);
  EXPECT_EQ(refused.error().code, connectrpc::Code::kInvalidArgument);
  EXPECT_EQ((*refused)->greeting(), "");
}

inline void ExpectCountdownViews(const GreetServiceClient::Views& client, const connectrpc::CallOptions& options) {
  CountdownRequest three;
  three.set_from(3);
  for (const bool blocking : {true, false}) {
    connectrpc::ClientReader<Owned<CountdownResponseView>> countdown = client.Countdown(three, options);
    const auto read = [&](Owned<CountdownResponseView>* response) {
      if (blocking) return countdown.Read(response);
      std::promise<bool> done;
      countdown.Read(response, [&](bool got) { done.set_value(got); });
      return done.get_future().get();
    };
    std::vector<Owned<CountdownResponseView>> kept;
    for (Owned<CountdownResponseView> response; read(&response);) kept.push_back(std::move(response));
    EXPECT_TRUE(countdown.Finish().ok());
    countdown = {};
    ASSERT_EQ(kept.size(), 3u);
    for (int i = 0; i < 3; ++i) EXPECT_EQ(kept[i]->number(), 3 - i);
  }
}

inline void ExpectCollectView(const GreetServiceClient::Views& client, const connectrpc::CallOptions& options) {
  for (const bool blocking : {true, false}) {
    connectrpc::ClientWriter<CollectRequest, Owned<CollectResponseView>> collect = client.Collect(options);
    for (const char* name : {"Ada", "Grace"}) {
      CollectRequest request;
      request.set_name(name);
      EXPECT_TRUE(collect.Write(request));
    }
    std::promise<connectrpc::Result<Owned<CollectResponseView>>> called_back;
    const auto finish = [&] {
      if (blocking) return collect.Finish();
      collect.Finish(
          [&](connectrpc::Result<Owned<CollectResponseView>> result) { called_back.set_value(std::move(result)); });
      return called_back.get_future().get();
    };
    const connectrpc::Result<Owned<CollectResponseView>> names = finish();
    collect = {};
    ASSERT_TRUE(names.ok()) << names.error().message;
    ASSERT_EQ((*names)->names().size(), 2u);
    EXPECT_EQ((*names)->names()[0], "Ada");
    EXPECT_EQ((*names)->names()[1], "Grace");
  }
}

// `full_duplex`: an answer comes before the next request has left.
inline void ExpectChatViews(const GreetServiceClient::Views& client, const connectrpc::CallOptions& options,
                            bool full_duplex) {
  connectrpc::ClientReaderWriter<ChatRequest, Owned<ChatResponseView>> chat = client.Chat(options);
  std::vector<Owned<ChatResponseView>> kept;
  const auto read = [&] {
    Owned<ChatResponseView> response;
    ASSERT_TRUE(chat.Read(&response)) << chat.Finish().message;
    kept.push_back(std::move(response));
  };
  for (const char* text : {"a", "b"}) {
    ChatRequest request;
    request.set_text(text);
    ASSERT_TRUE(chat.Write(request));
    if (full_duplex) read();
  }
  chat.CloseSend();
  while (kept.size() < 2 && !testing::Test::HasFatalFailure()) read();
  ASSERT_EQ(kept.size(), 2u);
  Owned<ChatResponseView> none;
  EXPECT_FALSE(chat.Read(&none));
  EXPECT_TRUE(chat.Finish().ok());
  EXPECT_EQ(kept[0]->text(), "a!");
  EXPECT_EQ(kept[1]->text(), "b!");
}

}  // namespace greet::v1

#endif  // CONNECTRPC_TESTS_PLUGIN_GREET_VIEW_STEPS_H_
