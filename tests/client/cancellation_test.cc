#include "connectrpc/cancellation.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace connectrpc {
namespace {

class Listener final : public Cancellation::Listener {
 public:
  void OnCancel() override { ++told; }

  int told = 0;
};

TEST(CancellationTest, TellsEachListenerOnce) {
  Cancellation cancellation;
  Listener listeners[3];
  for (Listener& listener : listeners) EXPECT_TRUE(cancellation.Add(&listener));
  EXPECT_FALSE(cancellation.canceled());
  cancellation.Cancel();
  cancellation.Cancel();
  EXPECT_TRUE(cancellation.canceled());
  for (const Listener& listener : listeners) EXPECT_EQ(listener.told, 1);
}

TEST(CancellationTest, DoesNotTellThoseThatWereRemoved) {
  for (int removed = 0; removed < 3; ++removed) {  // the last, the middle, the first of the list
    SCOPED_TRACE(removed);
    Cancellation cancellation;
    Listener listeners[3];
    for (Listener& listener : listeners) EXPECT_TRUE(cancellation.Add(&listener));
    cancellation.Remove(&listeners[removed]);
    cancellation.Remove(&listeners[removed]);
    cancellation.Cancel();
    for (int i = 0; i < 3; ++i) EXPECT_EQ(listeners[i].told, i == removed ? 0 : 1);
    for (Listener& listener : listeners) cancellation.Remove(&listener);
  }
}

TEST(CancellationTest, TakesOneThatWasRemovedAgain) {
  Cancellation cancellation;
  Listener listener;
  EXPECT_TRUE(cancellation.Add(&listener));
  cancellation.Remove(&listener);
  EXPECT_TRUE(cancellation.Add(&listener));
  cancellation.Cancel();
  EXPECT_EQ(listener.told, 1);
}

TEST(CancellationTest, TakesNobodyAfterwards) {
  Cancellation cancellation;
  cancellation.Cancel();
  Listener listener;
  EXPECT_FALSE(cancellation.Add(&listener));
  EXPECT_EQ(listener.told, 0);
}

TEST(CancellationTest, ToldOrRemovedOnSeveralThreads) {
  Cancellation cancellation;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&cancellation] {
      for (int n = 0; n < 1000; ++n) {
        Listener listener;
        const bool added = cancellation.Add(&listener);
        cancellation.Remove(&listener);
        EXPECT_LE(listener.told, added ? 1 : 0);
      }
    });
  }
  cancellation.Cancel();
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace connectrpc
