#include "client/message_queue.h"

#include <gtest/gtest.h>

#include <string>

namespace connectrpc::client {
namespace {

TEST(MessageQueueTest, KeepsTheOrderHoweverFullItIs) {
  for (const int kept : {0, 1, 2, 7, 100}) {
    SCOPED_TRACE(kept);
    MessageQueue queue;
    int pushed = 0, popped = 0;
    while (pushed < kept) queue.Push(Payload::Own(std::to_string(pushed++)));
    for (int i = 0; i < 1000; ++i) {
      queue.Push(Payload::Own(std::to_string(pushed++)));
      EXPECT_EQ(queue.front().view(), std::to_string(popped));
      EXPECT_EQ(queue.Pop().view(), std::to_string(popped++));
    }
    while (!queue.empty()) EXPECT_EQ(queue.Pop().view(), std::to_string(popped++));
    EXPECT_EQ(popped, pushed);
    EXPECT_EQ(queue.cost(), 0u);
  }
}

TEST(MessageQueueTest, CountsEmptyMessagesToo) {
  MessageQueue queue;
  queue.Push(Payload::Own(""));
  EXPECT_EQ(queue.cost(), sizeof(Payload));
  queue.Push(Payload::Own("abc"));
  EXPECT_EQ(queue.cost(), 2 * sizeof(Payload) + 3);
  queue.Pop();
  EXPECT_EQ(queue.cost(), sizeof(Payload) + 3);
  queue.Clear();
  EXPECT_EQ(queue.cost(), 0u);
  EXPECT_TRUE(queue.empty());
}

}  // namespace
}  // namespace connectrpc::client
