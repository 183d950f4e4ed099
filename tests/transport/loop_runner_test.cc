#include "transport/loop_runner.h"

#include <gmock/gmock.h>
#include <signal.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "net/net_test_util.h"

namespace connectrpc::transport {
namespace {

using net::FunctionTask;
using net::FunctionTimer;
using net::FunctionWatcher;
using std::chrono::hours;
using std::chrono::milliseconds;

// No test depends on how long anything takes: the loop stays free for ever, or for no time at all.
constexpr hours kForEver{24 * 365};
constexpr wire::Duration kNoTime{0};

std::thread::id Here() {
  return std::this_thread::get_id();
}

// Runs `work` in a blocking call that ends with it, and says on which thread.
std::thread::id RunInCall(
    LoopRunner* runner, const std::function<void()>& work = [] {}) {
  std::thread::id where;
  Completion done;
  FunctionTask first([&] {
    EXPECT_TRUE(runner->InLoop());
    EXPECT_TRUE(runner->loop().InLoopThread());
    where = Here();
    work();
    done.Notify();
  });
  runner->RunUntil(&first, &done);
  EXPECT_FALSE(runner->InLoop());
  return where;
}

// Posts it, and says on which thread it ran.
std::thread::id RunPosted(
    LoopRunner* runner, const std::function<void()>& work = [] {}) {
  std::promise<std::thread::id> where;
  FunctionTask task([&] {
    EXPECT_TRUE(runner->InLoop());
    work();
    where.set_value(Here());
  });
  runner->Post(&task);
  return where.get_future().get();
}

void AwaitFreeLoop(LoopRunner* runner) {
  while (RunInCall(runner) != Here()) std::this_thread::yield();
}

TEST(LoopRunnerTest, CallsRunOnTheirCallersThreadWhileTheLoopIsFree) {
  LoopRunner runner(kForEver);
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(RunInCall(&runner), Here());
  std::thread other([&] {
    for (int i = 0; i < 1000; ++i) EXPECT_EQ(RunInCall(&runner), Here());
  });
  other.join();
  EXPECT_EQ(RunInCall(&runner), Here());
}

TEST(LoopRunnerTest, WhatIsPostedRunsOnTheOwnThread) {
  LoopRunner runner(kForEver);
  const std::thread::id own = RunPosted(&runner);
  EXPECT_NE(own, Here());
  for (int i = 0; i < 100; ++i) EXPECT_EQ(RunPosted(&runner), own);
}

TEST(LoopRunnerTest, OwnThreadLetsGoWhenNoCallIsLeft) {
  LoopRunner runner(kForEver);
  for (int round = 0; round < 100; ++round) {
    const std::thread::id own = RunPosted(&runner, [&] { runner.AddCall(); });
    for (int i = 0; i < 3; ++i) EXPECT_EQ(RunInCall(&runner), own) << "a call of somebody else is under way";
    RunPosted(&runner, [&] { runner.RemoveCall(); });
    AwaitFreeLoop(&runner);
    for (int i = 0; i < 10; ++i) EXPECT_EQ(RunInCall(&runner), Here());
  }
}

TEST(LoopRunnerTest, OwnThreadTakesTheLoopWithoutCallers) {
  LoopRunner runner(kNoTime);
  net::SocketPair pair = net::MakeUnixPair();
  std::promise<std::thread::id> readable;
  FunctionWatcher watcher;
  watcher.on_readable = [&] { readable.set_value(Here()); };
  std::optional<net::Socket> socket;
  RunInCall(&runner, [&] {
    socket.emplace(&runner.loop(), net::Accepted(std::move(pair.ours)), &watcher);
    socket->WaitReadable();
  });
  net::SendAll(pair.peers, "x");
  EXPECT_NE(readable.get_future().get(), Here());
  RunInCall(&runner, [&] { socket.reset(); });
}

// What a call waits for comes while its caller runs the loop.
TEST(LoopRunnerTest, CallerWaitsForEvents) {
  LoopRunner runner(kForEver);
  net::SocketPair pair = net::MakeUnixPair();
  std::thread echo([&] {
    for (int i = 0; i < 100; ++i) net::SendAll(pair.peers, net::ReceiveAll(pair.peers, 1));
  });
  Completion* waiting = nullptr;
  FunctionWatcher watcher;
  std::optional<net::Socket> socket;
  watcher.on_readable = [&] {
    EXPECT_EQ(socket->Read(runner.loop().read_block(), 1).bytes, 1u);
    waiting->Notify();
  };
  RunInCall(&runner, [&] { socket.emplace(&runner.loop(), net::Accepted(std::move(pair.ours)), &watcher); });
  for (int i = 0; i < 100; ++i) {
    Completion done;
    waiting = &done;
    FunctionTask first([&] {
      EXPECT_TRUE(runner.InLoop());
      wire::OutputQueue output;
      output.Append("x");
      EXPECT_EQ(socket->Write(&output).status, net::IoStatus::kOk);
      socket->WaitReadable();
    });
    runner.RunUntil(&first, &done);
  }
  echo.join();
  RunInCall(&runner, [&] { socket.reset(); });
}

// The caller waits for events and meets a post: what was posted does not run on its thread, nor does what follows.
TEST(LoopRunnerTest, CallerHandsOverWhenSomebodyPosts) {
  for (int round = 0; round < 200; ++round) {
    LoopRunner runner(kForEver);
    Completion done;
    std::atomic<bool> running{false};
    const std::thread::id caller = Here();
    FunctionTask first([&] {
      EXPECT_EQ(Here(), caller);
      runner.AddCall();
      running = true;
    });
    FunctionTimer timer;
    std::thread other([&] {
      while (!running) std::this_thread::yield();
      const std::thread::id own = RunPosted(&runner);
      EXPECT_NE(own, caller);
      EXPECT_NE(own, Here());
      EXPECT_EQ(RunInCall(&runner,
                          [&] {
                            timer.function = [&, own] {
                              EXPECT_EQ(Here(), own);
                              runner.RemoveCall();
                              done.Notify();
                            };
                            runner.loop().Arm(&timer, runner.loop().Now());
                          }),
                own);
    });
    runner.RunUntil(&first, &done);
    other.join();
  }
}

TEST(LoopRunnerTest, TasksPostedBeforeAndAfterHandingOverKeepTheirOrder) {
  for (int round = 0; round < 200; ++round) {
    LoopRunner runner(kForEver);
    Completion done;
    std::vector<int> order;  // on the loop
    std::vector<FunctionTask> tasks(6);
    for (int i = 0; i < 6; ++i) {
      tasks[i].function = [&, i] {
        order.push_back(i);
        if (i == 5) done.Notify();
      };
    }
    FunctionTask first([&] {
      runner.Post(&tasks[0]);
      std::thread([&] {
        runner.Post(&tasks[1]);
        runner.Post(&tasks[2]);
      }).join();
      runner.Post(&tasks[3]);  // after those of the other thread
      std::thread([&] { runner.Post(&tasks[4]); }).join();
      runner.Post(&tasks[5]);
    });
    runner.RunUntil(&first, &done);
    EXPECT_THAT(order, ::testing::ElementsAre(0, 1, 2, 3, 4, 5));
  }
}

TEST(LoopRunnerTest, OwnThreadContinuesCallsThatACallerLeaves) {
  LoopRunner runner(kForEver);
  std::promise<std::thread::id> fired;
  FunctionTimer timer([&] {
    runner.RemoveCall();
    EXPECT_EQ(runner.calls(), 0u);
    fired.set_value(Here());
  });
  EXPECT_EQ(RunInCall(&runner,
                      [&] {
                        runner.AddCall();
                        EXPECT_EQ(runner.calls(), 1u);
                        runner.loop().Arm(&timer, runner.loop().Now() + milliseconds(1));
                      }),
            Here());
  EXPECT_NE(fired.get_future().get(), Here());
}

// A call's last tasks need no other thread; a queue that never ends does not keep the caller.
TEST(LoopRunnerTest, CallerRunsWhatItsCallHasLeftBehind) {
  constexpr int kMost = 16;
  for (const int length : {1, kMost, kMost + 1, 100}) {
    SCOPED_TRACE(length);
    LoopRunner runner(kForEver);
    int here = 0;
    int left = length;
    std::promise<void> ended;
    const std::thread::id caller = Here();
    FunctionTask chain;
    chain.function = [&] {
      if (Here() == caller) ++here;
      if (--left > 0) {
        runner.Post(&chain);
      } else {
        ended.set_value();
      }
    };
    RunInCall(&runner, [&] { runner.Post(&chain); });
    ended.get_future().get();
    EXPECT_EQ(here, std::min(length, kMost));
  }
}

// Whatever they do to each other: a call runs on its caller's thread or on the own one, never on another caller's.
TEST(LoopRunnerTest, CallersCompete) {
  constexpr int kCallers = 3;
  constexpr int kCalls = 2000;
  for (const wire::Duration linger : {wire::Duration(kForEver), kNoTime}) {
    LoopRunner runner(linger);
    const std::thread::id own = RunPosted(&runner);
    std::atomic<int> wrong{0};
    int calls = 0;  // on the loop
    std::vector<std::thread> callers;
    for (int i = 0; i < kCallers; ++i) {
      callers.emplace_back([&] {
        for (int call = 0; call < kCalls; ++call) {
          // Ends a turn after it began, as real ones do.
          Completion done;
          FunctionTask second([&] {
            ++calls;
            runner.RemoveCall();
            done.Notify();
          });
          const std::thread::id caller = Here();
          FunctionTask first([&] {
            if (Here() != own && Here() != caller) ++wrong;
            runner.AddCall();
            runner.Post(&second);
          });
          runner.RunUntil(&first, &done);
        }
      });
    }
    for (std::thread& caller : callers) caller.join();
    EXPECT_EQ(wrong, 0);
    EXPECT_EQ(calls, kCallers * kCalls);
    RunPosted(&runner, [&] { EXPECT_EQ(runner.calls(), 0u); });
  }
}

TEST(LoopRunnerTest, PostsAndCallsAtOnce) {
  constexpr int kPosters = 3;
  constexpr int kTasks = 3000;
  LoopRunner runner(kForEver);
  const std::thread::id own = RunPosted(&runner);
  std::vector<int> next(kPosters, 0);  // on the loop
  std::atomic<int> total{0};
  std::vector<std::vector<FunctionTask>> tasks(kPosters);
  std::vector<std::thread> threads;
  for (int poster = 0; poster < kPosters; ++poster) {
    tasks[poster] = std::vector<FunctionTask>(kTasks);
    for (int i = 0; i < kTasks; ++i) {
      tasks[poster][i].function = [&, poster, i] {
        EXPECT_EQ(Here(), own);
        EXPECT_EQ(next[poster]++, i);
        ++total;
      };
    }
    threads.emplace_back([&, poster] {
      for (int i = 0; i < kTasks; ++i) {
        runner.Post(&tasks[poster][i]);
        if (i % 64 == 0) std::this_thread::yield();
      }
    });
  }
  for (int i = 0; i < 2; ++i) {
    threads.emplace_back([&] {
      while (total < kPosters * kTasks) {
        const std::thread::id where = RunInCall(&runner);
        EXPECT_TRUE(where == own || where == Here());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(total, kPosters * kTasks);
}

TEST(LoopRunnerTest, DestructionRunsWhatWasPosted) {
  for (const wire::Duration linger : {wire::Duration(kForEver), kNoTime}) {
    for (int round = 0; round < 300; ++round) {
      int ran = 0;
      std::vector<FunctionTask> tasks(3);
      {
        LoopRunner runner(linger);
        for (FunctionTask& task : tasks) task.function = [&] { ++ran; };
        if (round % 3 == 1) RunInCall(&runner);
        if (round % 3 == 2) RunPosted(&runner);
        for (FunctionTask& task : tasks) runner.Post(&task);
      }
      EXPECT_EQ(ran, 3);
    }
  }
}

TEST(LoopRunnerTest, DestructionAtAnyMoment) {
  for (const wire::Duration linger : {wire::Duration(kForEver), kNoTime}) {
    for (int round = 0; round < 300; ++round) {
      LoopRunner runner(linger);
      if (round % 5 == 1) RunInCall(&runner);
      if (round % 5 == 2) RunPosted(&runner);
      if (round % 5 == 3) RunInCall(&runner, [&] { runner.AddCall(); });
      for (int i = 0; i < round % 7; ++i) std::this_thread::yield();
    }
  }
}

// A callback may drop what holds the runner, on the own thread.
TEST(LoopRunnerTest, DestructionOnTheOwnThread) {
  for (const wire::Duration linger : {wire::Duration(kForEver), kNoTime}) {
    std::promise<void> ended;
    struct AtEndOfThread {
      ~AtEndOfThread() { ended->set_value(); }
      std::promise<void>* ended;
    };
    auto runner = std::make_unique<LoopRunner>(linger);
    bool later_ran = false;
    FunctionTask later([&] { later_ran = true; });
    FunctionTask task([&] {
      thread_local AtEndOfThread at_end{&ended};
      (void)at_end;
      runner->Post(&later);
      runner.reset();
    });
    runner->Post(&task);
    ended.get_future().get();
    EXPECT_TRUE(later_ran);
  }
}

TEST(LoopRunnerTest, OwnThreadTakesNoSignals) {
  LoopRunner runner(kForEver);
  RunPosted(&runner, [] {
    sigset_t blocked;
    ASSERT_EQ(pthread_sigmask(SIG_SETMASK, nullptr, &blocked), 0);
    for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGCHLD, SIGPIPE}) {
      EXPECT_EQ(sigismember(&blocked, signal), 1) << signal;
    }
  });
  sigset_t blocked;
  ASSERT_EQ(pthread_sigmask(SIG_SETMASK, nullptr, &blocked), 0);
  EXPECT_EQ(sigismember(&blocked, SIGTERM), 0) << "ours";
}

TEST(LoopRunnerDeathTest, WaitingForOneselfIsRefused) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(
      {
        LoopRunner runner(kForEver);
        RunInCall(&runner, [&] { RunInCall(&runner); });
      },
      "");
  EXPECT_DEATH(
      {
        auto runner = std::make_unique<LoopRunner>(kForEver);
        RunInCall(runner.get(), [&] { runner.reset(); });
      },
      "");
}

}  // namespace
}  // namespace connectrpc::transport
