#include "transport/loop_runner.h"

#include <gmock/gmock.h>
#include <signal.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "net/net_test_util.h"

namespace connectrpc::transport {
namespace {

using net::FunctionTask;
using net::FunctionTimer;

class LoopRunnerTest : public ::testing::Test {
 protected:
  // A blocking call: where its part on the loop ran.
  std::thread::id Call() {
    std::thread::id where;
    Completion done;
    FunctionTask first([&] {
      EXPECT_TRUE(runner.InLoop());
      where = std::this_thread::get_id();
      done.Notify();
    });
    runner.RunUntil(&first, &done);
    EXPECT_FALSE(runner.InLoop());
    return where;
  }

  LoopRunner runner;
};

TEST_F(LoopRunnerTest, CallsOneAfterAnotherRunOnTheCallersThread) {
  while (Call() != std::this_thread::get_id()) {
  }
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(Call(), std::this_thread::get_id());
}

}  // namespace
}  // namespace connectrpc::transport
