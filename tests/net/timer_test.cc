#include "net/timer.h"

#include <gmock/gmock.h>

#include <random>
#include <thread>
#include <vector>

#include "net/net_test_util.h"
#include "net/syscall_hooks.h"

namespace connectrpc::net {
namespace {

using ::connectrpc::testing::SyscallHooks;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::ElementsAre;

class TimerTest : public LoopTest {};

TEST_F(TimerTest, TimersFireByTimeNeverEarly) {
  std::vector<int> order;
  const wire::TimePoint start = loop.Now();
  std::vector<FunctionTimer> timers(3);
  for (int i = 0; i < 3; ++i) {
    timers[i].function = [&, i] {
      EXPECT_FALSE(timers[i].armed());
      EXPECT_GE(loop.Now(), timers[i].when());
      order.push_back(i);
      if (order.size() == 3) loop.Stop();
    };
  }
  loop.Arm(&timers[0], start + milliseconds(20));
  loop.Arm(&timers[1], start + milliseconds(5));
  loop.Arm(&timers[2], start + milliseconds(10));
  EXPECT_TRUE(timers[0].armed());
  EXPECT_EQ(timers[0].when(), start + milliseconds(20));
  Run();
  EXPECT_THAT(order, ElementsAre(1, 2, 0));
}

TEST_F(TimerTest, TimersOfOneTimeFireInTheOrderOfArming) {
  std::vector<int> order;
  std::vector<FunctionTimer> timers(5);
  for (int i = 0; i < 5; ++i) {
    timers[i].function = [&, i] {
      order.push_back(i);
      if (i == 4) loop.Stop();
    };
    loop.Arm(&timers[i], loop.Now());
  }
  Run();
  EXPECT_THAT(order, ElementsAre(0, 1, 2, 3, 4));
}

TEST_F(TimerTest, RearmingReplacesTheTime) {
  std::vector<std::string> order;
  FunctionTimer earlier([&] { order.push_back("made earlier"); });
  FunctionTimer later([&] {
    order.push_back("made later");
    loop.Stop();
  });
  FunctionTimer fixed([&] { order.push_back("fixed"); });
  loop.Arm(&earlier, loop.Now() + hours(1));
  loop.Arm(&later, loop.Now());
  loop.Arm(&fixed, loop.Now() + milliseconds(5));
  loop.Arm(&earlier, loop.Now());
  loop.Arm(&later, loop.Now() + milliseconds(10));
  Run();
  EXPECT_THAT(order, ElementsAre("made earlier", "fixed", "made later"));
}

TEST_F(TimerTest, TimerMadeEarlierAfterTheLoopBeganToWaitFires) {
  FunctionTimer timer([&] { loop.Stop(); });
  loop.Arm(&timer, loop.Now() + hours(1));
  FunctionTask task([&] { loop.Arm(&timer, loop.Now() + milliseconds(1)); });
  SyscallHooks hooks;
  hooks.before_blocking = [&] {
    if (hooks.blockings == 1) std::thread([&] { loop.Post(&task); }).join();
  };
  Run();
  EXPECT_FALSE(timer.armed());
}

TEST_F(TimerTest, LoopWaitsAgainAfterATimerWasMadeEarlier) {
  FunctionTimer timer([] { ADD_FAILURE(); });
  loop.Arm(&timer, loop.Now() + seconds(30));  // before the watchdog
  FunctionTask earlier([&] { loop.Arm(&timer, loop.Now() + seconds(20)); });
  FunctionTask stop([&] { loop.Stop(); });
  SyscallHooks hooks;
  hooks.before_blocking = [&] { std::thread([&] { loop.Post(hooks.blockings == 1 ? &earlier : &stop); }).join(); };
  Run();
  EXPECT_EQ(hooks.blockings, 2);
  loop.Disarm(&timer);
}

TEST_F(TimerTest, DisarmedTimersStaySilent) {
  FunctionTimer stop([&] { loop.Stop(); });
  FunctionTimer silent([] { ADD_FAILURE(); });
  FunctionTimer never([] { ADD_FAILURE(); });
  FunctionTimer due_too([] { ADD_FAILURE(); });
  FunctionTimer disarms([&] { loop.Disarm(&due_too); });
  loop.Arm(&silent, loop.Now() + milliseconds(1));
  loop.Disarm(&silent);
  loop.Disarm(&silent);
  loop.Arm(&never, loop.Now() + milliseconds(1));
  loop.Arm(&never, wire::kNever);
  EXPECT_FALSE(never.armed());
  loop.Arm(&disarms, loop.Now());
  loop.Arm(&due_too, loop.Now());
  loop.Arm(&stop, loop.Now() + milliseconds(10));
  Run();
}

TEST_F(TimerTest, TimerMayArmItselfAgain) {
  int fired = 0;
  FunctionTimer timer;
  timer.function = [&] {
    if (++fired == 5) {
      loop.Stop();
    } else {
      loop.Arm(&timer, loop.Now() + milliseconds(1));
    }
  };
  loop.Arm(&timer, loop.Now());
  Run();
  EXPECT_EQ(fired, 5);
}

TEST_F(TimerTest, TimerThatArmsItselfForNowDoesNotHoldUpTheTurn) {
  std::vector<std::string> order;
  FunctionTask posted([&] {
    order.push_back("posted");
    loop.Stop();
  });
  FunctionTimer timer;
  timer.function = [&] {
    if (order.empty()) loop.Post(&posted);
    order.push_back("timer");
    loop.Arm(&timer, loop.Now() - hours(1));
  };
  loop.Arm(&timer, loop.Now());
  Run();
  loop.Disarm(&timer);
  // Posted in the first turn, so it runs in the second, before the timer's second time.
  EXPECT_THAT(order, ElementsAre("timer", "posted", "timer"));
}

TEST_F(TimerTest, TimerArmedByATaskForNowFiresInTheSameTurn) {
  std::vector<std::string> order;
  FunctionTimer timer([&] { order.push_back("timer"); });
  FunctionTask deferred([&] {
    order.push_back("deferred");
    loop.Stop();
  });
  FunctionTask task([&] {
    loop.Defer(&deferred);
    loop.Arm(&timer, loop.Now());
  });
  loop.Post(&task);
  Run();
  EXPECT_THAT(order, ElementsAre("timer", "deferred"));
}

TEST_F(TimerTest, FarAwayTimesDoNotOverflow) {
  FunctionTimer far([] { ADD_FAILURE(); });
  loop.Arm(&far, wire::kNever - wire::Duration(1));
  FunctionTask task([&] { loop.Stop(); });
  SyscallHooks hooks;
  hooks.before_blocking = [&] { std::thread([&] { loop.Post(&task); }).join(); };
  Run();
  EXPECT_EQ(hooks.blockings, 1);
  loop.Disarm(&far);
}

TEST_F(TimerTest, TimersOfShortCallsCostNoSystemCallEach) {
  FunctionTimer idle([] { ADD_FAILURE(); });
  FunctionTimer deadline([] { ADD_FAILURE(); });
  FunctionTask call;
  int calls = 0;
  call.function = [&] {
    loop.Arm(&idle, loop.Now() + seconds(30));  // put off in each turn
    if (calls % 2 == 0) loop.Arm(&deadline, loop.Now() + seconds(20));
    if (calls % 2 == 1) loop.Disarm(&deadline);  // by a later turn than armed it
    if (++calls < 1000) {
      loop.Post(&call);
    } else {
      loop.Stop();
    }
  };
  loop.Post(&call);
  SyscallHooks hooks;
  Run();
  loop.Disarm(&idle);
  EXPECT_LE(hooks.timer_changes, 4);
}

TEST_F(TimerTest, RandomArmingFiresEachTimerOnceAtItsLastTime) {
  constexpr int kTimers = 200;
  std::mt19937 random(7);
  std::vector<wire::TimePoint> expected(kTimers, wire::kNever);
  std::vector<int> fired(kTimers, 0);
  wire::TimePoint latest{};
  std::vector<FunctionTimer> timers(kTimers);
  for (int i = 0; i < kTimers; ++i) {
    timers[i].function = [&, i] {
      ++fired[i];
      EXPECT_EQ(timers[i].when(), expected[i]);
      EXPECT_GE(timers[i].when(), latest) << "out of order";
      latest = timers[i].when();
    };
  }
  for (int step = 0; step < 5000; ++step) {
    const int i = static_cast<int>(random() % kTimers);
    if (random() % 4 == 0) {
      expected[i] = wire::kNever;
      loop.Disarm(&timers[i]);
    } else {
      expected[i] = loop.Now() + std::chrono::microseconds(random() % 20000);
      loop.Arm(&timers[i], expected[i]);
    }
  }
  FunctionTimer stop([&] { loop.Stop(); });
  loop.Arm(&stop, loop.Now() + milliseconds(20));
  Run();
  for (int i = 0; i < kTimers; ++i) EXPECT_EQ(fired[i], expected[i] == wire::kNever ? 0 : 1) << i;
}

TEST(TimerDeathTest, DestroyingAnArmedTimerAborts) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(
      {
        Loop loop;
        FunctionTimer timer;
        loop.Arm(&timer, loop.Now() + hours(1));
      },
      "");
}

}  // namespace
}  // namespace connectrpc::net
