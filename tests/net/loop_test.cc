#include "net/loop.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <atomic>
#include <stdexcept>
#include <thread>
#include <vector>

#include "net/net_test_util.h"
#include "net/syscall_hooks.h"

namespace connectrpc::net {
namespace {

using ::connectrpc::testing::SyscallHooks;
using std::chrono::milliseconds;
using ::testing::ElementsAre;

TEST_F(LoopTest, TurnHandlesSocketsThenPostedThenTimersThenDeferred) {
  std::vector<std::string> order;
  FunctionTask deferred([&] {
    order.push_back("deferred");
    loop.Stop();
  });
  FunctionTimer timer([&] { order.push_back("timer"); });
  FunctionTask posted([&] { order.push_back("posted"); });
  FunctionWatcher watcher;
  watcher.on_readable = [&] { order.push_back("readable"); };
  SocketPair pair = MakeUnixPair();
  SendAll(pair.peers, "x");
  Socket socket(&loop, Accepted(std::move(pair.ours)), &watcher);

  loop.Defer(&deferred);
  loop.Arm(&timer, loop.Now());
  loop.Post(&posted);
  socket.WaitReadable();
  Run();
  EXPECT_THAT(order, ElementsAre("readable", "posted", "timer", "deferred"));
}

TEST_F(LoopTest, PostedTasksRunInOrder) {
  std::vector<int> order;
  std::vector<FunctionTask> tasks(100);
  for (int i = 0; i < 100; ++i) {
    tasks[i].function = [&, i] {
      order.push_back(i);
      if (i == 99) loop.Stop();
    };
    loop.Post(&tasks[i]);
  }
  Run();
  ASSERT_EQ(order.size(), 100u);
  EXPECT_TRUE(std::is_sorted(order.begin(), order.end()));
}

TEST_F(LoopTest, EachThreadsTasksRunInItsOrder) {
  constexpr int kThreads = 4;
  constexpr int kTasks = 5000;
  std::vector<int> next(kThreads, 0);
  int total = 0;
  std::vector<std::vector<FunctionTask>> tasks(kThreads);
  for (int thread = 0; thread < kThreads; ++thread) {
    tasks[thread] = std::vector<FunctionTask>(kTasks);
    for (int i = 0; i < kTasks; ++i) {
      tasks[thread][i].function = [&, thread, i] {
        EXPECT_TRUE(loop.InLoopThread());
        EXPECT_EQ(next[thread]++, i);
        if (++total == kThreads * kTasks) loop.Stop();
      };
    }
  }
  std::vector<std::thread> threads;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&, thread] {
      for (FunctionTask& task : tasks[thread]) loop.Post(&task);
    });
  }
  Run();
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(total, kThreads * kTasks);
}

// Each post meets a loop that is about to wait, or has just been woken: none may be lost.
TEST_F(LoopTest, PostsThatFollowOneAnotherAllArrive) {
  constexpr int kRounds = 5000;
  std::atomic<int> done{0};
  FunctionTask task([&] {
    if (done.fetch_add(1) + 1 == kRounds) loop.Stop();
  });
  std::thread poster([&] {
    for (int i = 0; i < kRounds; ++i) {
      loop.Post(&task);
      while (done.load() == i) std::this_thread::yield();
    }
  });
  Run();
  poster.join();
  EXPECT_EQ(done, kRounds);
}

TEST_F(LoopTest, OneWakeUpServesAllThatIsPostedWhileTheLoopWaits) {
  std::vector<FunctionTask> tasks(1000);
  int ran = 0;
  for (FunctionTask& task : tasks) task.function = [&] { ++ran; };
  FunctionTask deferred([&] {
    EXPECT_EQ(ran, 1000) << "not all in one turn";
    loop.Stop();
  });
  tasks[0].function = [&] {
    ++ran;
    loop.Defer(&deferred);
  };

  SyscallHooks hooks;
  int wake_ups = 0;
  hooks.before_blocking = [&] {
    std::thread([&] {
      SyscallHooks posters_hooks;
      for (FunctionTask& task : tasks) loop.Post(&task);
      wake_ups = posters_hooks.epoll_changes;
    }).join();
  };
  Run();
  EXPECT_EQ(ran, 1000);
  EXPECT_EQ(wake_ups, 1);
  EXPECT_EQ(hooks.blockings, 1);
}

TEST_F(LoopTest, DoesNotWaitWithATaskInTheQueue) {
  FunctionTask third([&] { loop.Stop(); });
  FunctionTask second([&] { loop.Defer(&third); });
  FunctionTask first([&] { loop.Post(&second); });
  loop.Post(&first);
  SyscallHooks hooks;
  Run();
  EXPECT_EQ(hooks.blockings, 0);
}

TEST_F(LoopTest, TaskPostedByATaskRunsInTheNextTurn) {
  std::vector<std::string> order;
  FunctionTask second([&] {
    order.push_back("second");
    loop.Stop();
  });
  FunctionTask deferred([&] { order.push_back("deferred"); });
  FunctionTask first([&] {
    order.push_back("first");
    loop.Post(&second);
    loop.Defer(&deferred);
  });
  loop.Post(&first);
  Run();
  EXPECT_THAT(order, ElementsAre("first", "deferred", "second"));
}

TEST_F(LoopTest, TasksThatQueueThemselvesDoNotHoldUpSocketsOrTimers) {
  FunctionTask posted;
  FunctionTask deferred;
  posted.function = [&] { loop.Post(&posted); };
  deferred.function = [&] { loop.Defer(&deferred); };
  bool readable = false;
  bool timer_fired = false;
  FunctionWatcher watcher;
  watcher.on_readable = [&] {
    readable = true;
    if (timer_fired) loop.Stop();
  };
  FunctionTimer timer([&] {
    timer_fired = true;
    if (readable) loop.Stop();
  });
  SocketPair pair = MakeUnixPair();
  SendAll(pair.peers, "x");
  Socket socket(&loop, Accepted(std::move(pair.ours)), &watcher);
  loop.Post(&posted);
  loop.Defer(&deferred);
  socket.WaitReadable();
  loop.Arm(&timer, loop.Now() + milliseconds(1));
  Run();
  EXPECT_TRUE(readable && timer_fired);
}

TEST_F(LoopTest, DeferredTasksRunInOrderAndThoseTheyDeferInTheNextTurn) {
  std::vector<std::string> order;
  FunctionTask third([&] {
    order.push_back("third");
    loop.Stop();
  });
  FunctionTask posted([&] { order.push_back("posted"); });
  FunctionTask first([&] {
    order.push_back("first");
    loop.Defer(&third);
    loop.Post(&posted);
  });
  FunctionTask second([&] { order.push_back("second"); });
  loop.Defer(&first);
  loop.Defer(&second);
  SyscallHooks hooks;
  Run();
  EXPECT_THAT(order, ElementsAre("first", "second", "posted", "third"));
  EXPECT_EQ(hooks.blockings, 0) << "waited with a task in the queue";
}

TEST_F(LoopTest, TaskMayQueueItselfAgainOrBeDestroyed) {
  struct Suicide final : Task {
    explicit Suicide(int* runs) : runs(runs) {}
    void Run() override {
      ++*runs;
      delete this;
    }
    int* runs;
  };
  int runs = 0;
  loop.Post(new Suicide(&runs));
  loop.Post(new Suicide(&runs));
  loop.Defer(new Suicide(&runs));
  RunTurns(3);
  EXPECT_EQ(runs, 3);
}

TEST_F(LoopTest, StopBeforeRunEndsItAndRunMayFollow) {
  bool ran = false;
  FunctionTask task([&] {
    ran = true;
    loop.Stop();
  });
  loop.Stop();
  Run();
  loop.Post(&task);
  Run();
  EXPECT_TRUE(ran);
}

TEST_F(LoopTest, StopFromAnotherThreadEndsALoopThatWaits) {
  SyscallHooks hooks;
  hooks.before_blocking = [&] { std::thread([&] { loop.Stop(); }).join(); };
  Run();
  EXPECT_EQ(hooks.blockings, 1);
}

TEST_F(LoopTest, StopFinishesTheTurn) {
  bool deferred_ran = false;
  FunctionTask deferred([&] { deferred_ran = true; });
  FunctionTask task([&] {
    loop.Stop();
    loop.Defer(&deferred);
  });
  loop.Post(&task);
  Run();
  EXPECT_TRUE(deferred_ran);
}

TEST(Loop, DropsWhatIsQueuedWhenItGoes) {
  FunctionTask posted([] { ADD_FAILURE(); });
  FunctionTask deferred([] { ADD_FAILURE(); });
  FunctionTimer timer([] { ADD_FAILURE(); });
  {
    Loop loop;
    loop.Post(&posted);
    loop.Defer(&deferred);
    loop.Arm(&timer, loop.Now());
  }
  EXPECT_FALSE(timer.armed());
}

TEST(Loop, BelongsToItsCreatorUntilAnotherThreadRunsIt) {
  Loop loop;
  EXPECT_TRUE(loop.InLoopThread());
  bool inside = false;
  FunctionTask task([&] {
    inside = loop.InLoopThread();
    loop.Stop();
  });
  loop.Post(&task);
  std::thread([&] {
    EXPECT_FALSE(loop.InLoopThread());
    loop.Run();
  }).join();
  EXPECT_TRUE(inside);
  EXPECT_TRUE(loop.InLoopThread());
}

TEST_F(LoopTest, NowIsReadAfterTheWait) {
  SocketPair pair = MakeUnixPair();
  FunctionWatcher watcher;
  wire::TimePoint sent_at{};
  SyscallHooks hooks;
  hooks.before_blocking = [&] {
    if (hooks.blockings > 1) return;
    sent_at = std::chrono::steady_clock::now();
    SendAll(pair.peers, "x");
  };
  watcher.on_readable = [&] {
    EXPECT_GE(loop.Now(), sent_at);
    loop.Stop();
  };
  Socket socket(&loop, Accepted(std::move(pair.ours)), &watcher);
  socket.WaitReadable();
  Run();
  EXPECT_NE(sent_at, wire::TimePoint{});
}

TEST_F(LoopTest, NowStandsStillWithinATurn) {
  wire::TimePoint first;
  FunctionTask deferred([&] {
    EXPECT_EQ(loop.Now(), first);
    loop.Stop();
  });
  FunctionTask task([&] {
    first = loop.Now();
    while (std::chrono::steady_clock::now() == first) {
    }
    loop.Defer(&deferred);
  });
  loop.Post(&task);
  Run();
}

TEST_F(LoopTest, ExceptionsOfCallbacksEndInTheLoop) {
  FunctionTask task([] { throw std::runtime_error("posted"); });
  FunctionTask deferred([] { throw std::runtime_error("deferred"); });
  FunctionTimer timer([] { throw std::runtime_error("timer"); });
  FunctionWatcher watcher;
  watcher.on_readable = [] { throw std::runtime_error("readable"); };
  SocketPair pair = MakeUnixPair();
  SendAll(pair.peers, "x");
  Socket socket(&loop, Accepted(std::move(pair.ours)), &watcher);
  socket.WaitReadable();
  loop.Post(&task);
  loop.Defer(&deferred);
  loop.Arm(&timer, loop.Now());
  RunTurns(3);
  EXPECT_FALSE(timer.armed());
}

}  // namespace
}  // namespace connectrpc::net
