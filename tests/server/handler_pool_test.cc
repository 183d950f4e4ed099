#include "server/handler_pool.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pthread.h>

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "net/loop.h"

namespace connectrpc::server {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class Work final : public HandlerTask {
 public:
  explicit Work(std::function<void()> work) : work_(std::move(work)) {}
  void Run() override { work_(); }

 private:
  const std::function<void()> work_;
};

// Tasks that block until they are released.
class Gate final {
 public:
  void Pass() {
    std::unique_lock<std::mutex> lock(mutex_);
    ++arrived_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return open_; });
  }
  void WaitForArrivals(size_t count) {
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait(lock, [&] { return arrived_ >= count; });
  }
  void Open() {
    std::lock_guard<std::mutex> lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  size_t arrived_ = 0;
  bool open_ = false;
};

// What ran, in order.
class Journal final {
 public:
  void Add(const std::string& entry) {
    std::lock_guard<std::mutex> lock(mutex_);
    entries_.push_back(entry);
  }
  std::vector<std::string> entries() const {
    std::lock_guard<std::mutex> lock(mutex_);
    return entries_;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> entries_;
};

Limits With(size_t threads, size_t queued) {
  Limits limits;
  limits.max_handler_threads = threads;
  limits.max_queued_calls = queued;
  return limits;
}

void WaitUntilNothingRuns(const HandlerPool& pool) {
  for (HandlerPool::Stats stats = pool.stats(); stats.running + stats.waiting > 0; stats = pool.stats()) {
    std::this_thread::yield();
  }
}

// A pool whose only thread is blocked, so that tests see what waits, and in which order it then runs.
class BlockedPool final {
 public:
  explicit BlockedPool(size_t queued = 1000) : pool_(With(1, queued)) {
    EXPECT_EQ(lane_.Submit(&blocker_), Admission::kAccepted);
    gate_.WaitForArrivals(1);
  }
  ~BlockedPool() { gate_.Open(); }

  HandlerPool& pool() { return pool_; }
  HandlerTask& blocker() { return blocker_; }
  // A task that writes down that it runs.
  HandlerTask* Entry(const std::string& entry) {
    tasks_.push_back(std::make_unique<Work>([this, entry] { journal_.Add(entry); }));
    return tasks_.back().get();
  }
  HandlerTask* Submit(HandlerLane* lane, const std::string& entry) {
    HandlerTask* const task = Entry(entry);
    EXPECT_EQ(lane->Submit(task), Admission::kAccepted) << entry;
    return task;
  }
  // Runs what waits.
  std::vector<std::string> Release() {
    gate_.Open();
    WaitUntilNothingRuns(pool_);
    pool_.Join();
    return journal_.entries();
  }

 private:
  Gate gate_;
  Journal journal_;
  std::vector<std::unique_ptr<Work>> tasks_;
  Work blocker_{[this] { gate_.Pass(); }};
  HandlerPool pool_;
  HandlerLane lane_{&pool_};
};

TEST(HandlerPoolTest, RunsAsManyAtOnceAsItHasThreads) {
  const size_t by_default = std::max<size_t>(8, 2 * std::thread::hardware_concurrency());
  const struct {
    const char* name;
    size_t limit, threads;
  } cases[] = {
      {"one", 1, 1},
      {"three", 3, 3},
      {"default", 0, by_default},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    Gate gate;
    std::vector<std::unique_ptr<Work>> tasks;
    HandlerPool pool(With(c.limit, 1));
    HandlerLane lane(&pool);
    EXPECT_EQ(pool.stats().threads, 0u);
    for (size_t i = 0; i < c.threads + 1; ++i) {
      tasks.push_back(std::make_unique<Work>([&] { gate.Pass(); }));
      EXPECT_EQ(lane.Submit(tasks.back().get()), Admission::kAccepted) << i;
      gate.WaitForArrivals(std::min(i + 1, c.threads));
    }
    const HandlerPool::Stats stats = pool.stats();
    EXPECT_EQ(stats.threads, c.threads);
    EXPECT_EQ(stats.running, c.threads);
    EXPECT_EQ(stats.waiting, 1u);
    gate.Open();
    gate.WaitForArrivals(c.threads + 1);
  }
}

TEST(HandlerPoolTest, QueuesAsManyAsItMay) {
  for (const size_t limit : {0, 1, 3}) {
    SCOPED_TRACE(limit);
    BlockedPool blocked(limit);
    HandlerLane lane(&blocked.pool());
    std::vector<std::string> expected;
    HandlerTask* last = nullptr;
    for (size_t i = 0; i < limit; ++i) {
      expected.push_back(std::to_string(i));
      last = blocked.Submit(&lane, expected.back());
    }
    HandlerLane other(&blocked.pool());
    EXPECT_EQ(lane.Submit(blocked.Entry("too many")), Admission::kQueueFull);
    EXPECT_EQ(other.Submit(blocked.Entry("too many")), Admission::kQueueFull);
    EXPECT_EQ(blocked.pool().stats().waiting, limit);
    if (last != nullptr) {  // one that goes makes room for one
      EXPECT_TRUE(last->Withdraw());
      EXPECT_EQ(lane.Submit(last), Admission::kAccepted);
      EXPECT_EQ(lane.Submit(blocked.Entry("too many")), Admission::kQueueFull);
    }
    EXPECT_EQ(blocked.Release(), expected);
  }
}

// Tasks for which a thread is there do not count, even while it is still waking up.
TEST(HandlerPoolTest, FreeThreadsNeedNoQueue) {
  Gate gate;
  std::vector<std::unique_ptr<Work>> tasks;
  for (int i = 0; i < 4; ++i) tasks.push_back(std::make_unique<Work>([&] { gate.Pass(); }));
  HandlerPool pool(With(3, 0));
  HandlerLane lane(&pool);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(lane.Submit(tasks[i].get()), Admission::kAccepted) << i;
  EXPECT_EQ(lane.Submit(tasks[3].get()), Admission::kQueueFull);
  gate.Open();
  WaitUntilNothingRuns(pool);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(lane.Submit(tasks[i].get()), Admission::kAccepted) << i;
}

TEST(HandlerPoolTest, RefusalsSayWhy) {
  EXPECT_TRUE(RefusalOf(Admission::kAccepted).ok());
  EXPECT_EQ(RefusalOf(Admission::kQueueFull).code, Code::kResourceExhausted);
  EXPECT_THAT(RefusalOf(Admission::kQueueFull).message, HasSubstr("max_queued_calls"));
  EXPECT_EQ(RefusalOf(Admission::kNoThread).code, Code::kResourceExhausted);
  EXPECT_THAT(RefusalOf(Admission::kNoThread).message, HasSubstr("thread"));
}

TEST(HandlerPoolTest, StartsThreadsAsTheyAreNeeded) {
  HandlerPool pool(With(8, 10));
  HandlerLane lane(&pool);
  EXPECT_EQ(pool.stats().threads, 0u);
  char name[16] = "";
  Work task([&] { pthread_getname_np(pthread_self(), name, sizeof name); });
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(lane.Submit(&task), Admission::kAccepted);
    WaitUntilNothingRuns(pool);
    EXPECT_EQ(pool.stats().threads, 1u);
  }
  pool.Join();
  EXPECT_STREQ(name, "rpc-handler");
}

// A loop's turn that has to do with nothing but the waker.
void RunTurn(net::Loop* loop) {
  loop->Enter();
  loop->RunTurn(net::Loop::Wait::kNo);
  loop->Leave();
}

void WaitUntilAThreadSleeps(const HandlerPool& pool) {
  while (pool.stats().sleeping == 0) std::this_thread::yield();
}

TEST(HandlerPoolTest, WakesAThreadAtTheEndOfATurn) {
  net::Loop loop;
  HandlerPool pool(With(1, 10));
  HandlerWaker waker(&pool, &loop);
  HandlerLane lane(&pool, &waker);
  Work first([] {}), second([] {});
  EXPECT_EQ(lane.Submit(&first), Admission::kAccepted);  // starts the thread
  WaitUntilNothingRuns(pool);
  RunTurn(&loop);
  for (int turn = 0; turn < 3; ++turn) {
    WaitUntilAThreadSleeps(pool);
    EXPECT_EQ(lane.Submit(&first), Admission::kAccepted);
    EXPECT_EQ(lane.Submit(&second), Admission::kAccepted);
    EXPECT_EQ(pool.stats().sleeping, 1u);
    EXPECT_EQ(pool.stats().waiting, 2u);
    RunTurn(&loop);
    WaitUntilNothingRuns(pool);
  }
}

TEST(HandlerPoolTest, WakesAThreadForManyTasksAtOnce) {
  constexpr size_t kMany = HandlerPool::kWakeUpAtOnce;
  net::Loop loop;
  HandlerPool pool(With(1, kMany));
  HandlerWaker waker(&pool, &loop);
  HandlerLane lane(&pool, &waker);
  std::vector<std::unique_ptr<Work>> tasks;
  for (size_t i = 0; i <= kMany; ++i) tasks.push_back(std::make_unique<Work>([] {}));
  EXPECT_EQ(lane.Submit(tasks[0].get()), Admission::kAccepted);
  WaitUntilNothingRuns(pool);
  WaitUntilAThreadSleeps(pool);
  for (size_t i = 1; i < kMany; ++i) EXPECT_EQ(lane.Submit(tasks[i].get()), Admission::kAccepted);
  EXPECT_EQ(pool.stats().waiting, kMany - 1);
  EXPECT_EQ(lane.Submit(tasks[kMany].get()), Admission::kAccepted);
  WaitUntilNothingRuns(pool);
}

// A loop that has stopped runs no task of its own any more.
TEST(HandlerPoolTest, JoinWakesThoseThatATurnHasNotWoken) {
  net::Loop loop;
  HandlerPool pool(With(1, 10));
  HandlerWaker waker(&pool, &loop);
  HandlerLane lane(&pool, &waker);
  int ran = 0;
  Work task([&] { ++ran; });
  EXPECT_EQ(lane.Submit(&task), Admission::kAccepted);
  WaitUntilNothingRuns(pool);
  WaitUntilAThreadSleeps(pool);
  EXPECT_EQ(lane.Submit(&task), Admission::kAccepted);
  pool.Join();
  EXPECT_EQ(ran, 2);
}

TEST(HandlerPoolTest, TasksOfALaneKeepTheirOrder) {
  BlockedPool blocked;
  HandlerLane lane(&blocked.pool());
  for (const char* entry : {"a1", "a2", "a3"}) blocked.Submit(&lane, entry);
  EXPECT_THAT(blocked.Release(), ElementsAre("a1", "a2", "a3"));
}

TEST(HandlerPoolTest, LanesTakeTurns) {
  BlockedPool blocked;
  HandlerLane flood(&blocked.pool()), single(&blocked.pool()), pair(&blocked.pool());
  for (const char* entry : {"a1", "a2", "a3", "a4"}) blocked.Submit(&flood, entry);
  blocked.Submit(&single, "b1");
  for (const char* entry : {"c1", "c2"}) blocked.Submit(&pair, entry);
  EXPECT_THAT(blocked.Release(), ElementsAre("a1", "b1", "c1", "a2", "c2", "a3", "a4"));
}

// A lane that has just been served comes before one whose first task comes only now; one that became empty has lost its
// turn.
TEST(HandlerPoolTest, LanesTakeTurnsWithThoseThatComeLater) {
  BlockedPool blocked;
  HandlerLane a(&blocked.pool()), b(&blocked.pool());
  HandlerTask* const late = blocked.Entry("b1");
  Work submits_late([&] { EXPECT_EQ(b.Submit(late), Admission::kAccepted); });
  EXPECT_EQ(a.Submit(&submits_late), Admission::kAccepted);
  for (const char* entry : {"a2", "a3"}) blocked.Submit(&a, entry);
  EXPECT_TRUE(blocked.Submit(&b, "b0")->Withdraw());
  EXPECT_THAT(blocked.Release(), ElementsAre("a2", "b1", "a3"));
}

TEST(HandlerPoolTest, TasksCanBeWithdrawn) {
  const struct {
    const char* name;
    std::vector<size_t> withdrawn;
    std::vector<std::string> ran;
  } cases[] = {
      {"first", {0}, {"a2", "b1", "a3"}}, {"middle", {1}, {"a1", "b1", "a3"}}, {"last", {2}, {"a1", "b1", "a2"}},
      {"only", {3}, {"a1", "a2", "a3"}},  {"two", {0, 1}, {"a3", "b1"}},       {"a lane", {2, 0, 1}, {"b1"}},
      {"all", {3, 0, 2, 1}, {}},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    BlockedPool blocked;
    HandlerLane a(&blocked.pool()), b(&blocked.pool());
    HandlerTask* tasks[4] = {blocked.Submit(&a, "a1"), blocked.Submit(&a, "a2"), blocked.Submit(&a, "a3"),
                             blocked.Submit(&b, "b1")};
    EXPECT_EQ(blocked.pool().stats().waiting, 4u);
    for (const size_t i : c.withdrawn) {
      EXPECT_TRUE(tasks[i]->Withdraw());
      EXPECT_FALSE(tasks[i]->Withdraw());
    }
    EXPECT_EQ(blocked.pool().stats().waiting, 4 - c.withdrawn.size());
    EXPECT_EQ(blocked.Release(), c.ran);
  }
}

TEST(HandlerPoolTest, WhatRunsOrHasRunCannotBeWithdrawn) {
  BlockedPool blocked;
  EXPECT_FALSE(blocked.blocker().Withdraw());
  HandlerTask* const never_submitted = blocked.Entry("x");
  EXPECT_FALSE(never_submitted->Withdraw());
  HandlerLane lane(&blocked.pool());
  HandlerTask* const task = blocked.Submit(&lane, "ran");
  EXPECT_THAT(blocked.Release(), ElementsAre("ran"));
  EXPECT_FALSE(task->Withdraw());
  EXPECT_FALSE(blocked.blocker().Withdraw());
}

TEST(HandlerPoolTest, WithdrawnTasksCanBeSubmittedAgain) {
  BlockedPool blocked;
  HandlerLane a(&blocked.pool()), b(&blocked.pool());
  HandlerTask* const task = blocked.Submit(&a, "1");
  blocked.Submit(&a, "2");
  EXPECT_TRUE(task->Withdraw());
  EXPECT_EQ(b.Submit(task), Admission::kAccepted);
  EXPECT_THAT(blocked.Release(), ElementsAre("2", "1"));
}

TEST(HandlerPoolTest, TasksOutliveTheirLane) {
  BlockedPool blocked;
  HandlerTask* withdrawn = nullptr;
  {
    HandlerLane a(&blocked.pool()), b(&blocked.pool()), never_used(&blocked.pool());
    for (const char* entry : {"a1", "a2"}) blocked.Submit(&a, entry);
    withdrawn = blocked.Submit(&a, "a3");
    blocked.Submit(&b, "b1");
  }
  HandlerLane c(&blocked.pool());
  blocked.Submit(&c, "c1");
  EXPECT_EQ(blocked.pool().stats().waiting, 5u);
  EXPECT_TRUE(withdrawn->Withdraw());
  // Lanes go in the reverse order: b's task comes first.
  EXPECT_THAT(blocked.Release(), ElementsAre("b1", "c1", "a1", "a2"));
}

TEST(HandlerPoolTest, DestructionRunsWhatWaitsAndWaitsForWhatRuns) {
  std::atomic<int> ran{0};
  Gate gate;
  std::vector<std::unique_ptr<Work>> tasks;
  auto pool = std::make_unique<HandlerPool>(With(2, 10));
  auto lane = std::make_unique<HandlerLane>(pool.get());
  for (int i = 0; i < 7; ++i) {
    tasks.push_back(std::make_unique<Work>([&] {
      gate.Pass();
      ++ran;
    }));
    EXPECT_EQ(lane->Submit(tasks.back().get()), Admission::kAccepted);
  }
  gate.WaitForArrivals(2);
  lane.reset();
  std::atomic<bool> destroyed{false};
  std::thread destroyer([&] {
    pool.reset();
    destroyed = true;
  });
  EXPECT_FALSE(destroyed);
  gate.Open();
  destroyer.join();
  EXPECT_EQ(ran, 7);
}

TEST(HandlerPoolTest, NothingIsAcceptedAfterJoin) {
  Work task([] { FAIL(); });
  {
    HandlerPool pool(With(1, 10));
    pool.Join();
    HandlerLane lane(&pool);
    EXPECT_EQ(lane.Submit(&task), Admission::kNoThread);
    EXPECT_FALSE(task.Withdraw());
  }
  // Not by a task either that Join waits for.
  HandlerPool pool(With(1, 10));
  HandlerLane lane(&pool);
  Gate gate;
  Admission late = Admission::kAccepted;
  Work submits([&] {
    gate.Pass();
    do {
      late = lane.Submit(&task);
    } while (late == Admission::kAccepted && task.Withdraw());
  });
  EXPECT_EQ(lane.Submit(&submits), Admission::kAccepted);
  gate.Open();
  pool.Join();
  EXPECT_EQ(late, Admission::kNoThread);
}

TEST(HandlerPoolTest, ThreadsSurviveExceptions) {
  HandlerPool pool(With(1, 10));
  HandlerLane lane(&pool);
  std::thread::id first, second;
  Work throws_error([&] {
    first = std::this_thread::get_id();
    throw std::runtime_error("handler");
  });
  Work throws_number([] { throw 1; });
  Work works([&] { second = std::this_thread::get_id(); });
  for (HandlerTask* task : {&throws_error, &throws_number, &works}) {
    EXPECT_EQ(lane.Submit(task), Admission::kAccepted);
  }
  WaitUntilNothingRuns(pool);
  pool.Join();
  EXPECT_EQ(first, second);
  EXPECT_NE(first, std::thread::id());
}

TEST(HandlerPoolTest, TasksMayEndThemselvesOrComeAgain) {
  HandlerPool pool(With(1, 10));
  HandlerLane lane(&pool);
  class SelfDeleting final : public HandlerTask {
   public:
    void Run() override { delete this; }
  };
  EXPECT_EQ(lane.Submit(new SelfDeleting), Admission::kAccepted);

  int runs = 0;
  std::unique_ptr<Work> again;
  Gate done;
  again = std::make_unique<Work>([&] {
    if (++runs == 100) return done.Pass();
    EXPECT_EQ(lane.Submit(again.get()), Admission::kAccepted);
  });
  EXPECT_EQ(lane.Submit(again.get()), Admission::kAccepted);
  done.Open();
  done.WaitForArrivals(1);
  pool.Join();
  EXPECT_EQ(runs, 100);
}

// Every thread that is free is put to work: the tasks of a round wait for one another. A wake-up that gets lost hangs
// it.
TEST(HandlerPoolTest, AllThreadsWakeUpForABurst) {
  constexpr size_t kThreads = 4;
  HandlerPool pool(With(kThreads, 0));
  HandlerLane lane(&pool);
  for (int round = 0; round < 300; ++round) {
    Gate gate;
    std::vector<std::unique_ptr<Work>> tasks;
    for (size_t i = 0; i < kThreads; ++i) {
      tasks.push_back(std::make_unique<Work>([&] { gate.Pass(); }));
      ASSERT_EQ(lane.Submit(tasks.back().get()), Admission::kAccepted) << round;
    }
    gate.WaitForArrivals(kThreads);
    gate.Open();
    WaitUntilNothingRuns(pool);
  }
  EXPECT_EQ(pool.stats().threads, kThreads);
}

// Each task runs once, or was withdrawn, or refused.
TEST(HandlerPoolTest, ManySubmitters) {
  constexpr int kSubmitters = 4, kTasks = 2000;
  HandlerPool pool(With(3, 50));
  std::atomic<int> ran{0}, withdrawn{0}, refused{0};
  std::vector<std::vector<std::unique_ptr<Work>>> tasks(kSubmitters);
  std::vector<std::thread> submitters;
  for (int s = 0; s < kSubmitters; ++s) {
    submitters.emplace_back([&, s] {
      HandlerLane lane(&pool);
      for (int i = 0; i < kTasks; ++i) {
        tasks[s].push_back(std::make_unique<Work>([&] { ++ran; }));
        if (lane.Submit(tasks[s].back().get()) != Admission::kAccepted) {
          ++refused;
        } else if (i % 3 == 0 && tasks[s].back()->Withdraw()) {
          ++withdrawn;
        }
        if (i % 100 == 0) static_cast<void>(pool.stats());
      }
    });
  }
  for (std::thread& submitter : submitters) submitter.join();
  pool.Join();
  EXPECT_EQ(ran + withdrawn + refused, kSubmitters * kTasks);
  EXPECT_GT(ran, 0);
}

// Makes the process unable to start threads: none has room for such a stack.
class NoThreads final {
 public:
  NoThreads() {
    pthread_getattr_default_np(&before_);
    pthread_attr_t huge;
    pthread_attr_init(&huge);
    pthread_attr_setstacksize(&huge, size_t{1} << 47);
    EXPECT_EQ(pthread_setattr_default_np(&huge), 0);
    pthread_attr_destroy(&huge);
  }
  ~NoThreads() {
    pthread_setattr_default_np(&before_);
    pthread_attr_destroy(&before_);
  }

 private:
  pthread_attr_t before_;
};

TEST(HandlerPoolTest, GoesOnWithFewerThreads) {
  Gate gate;
  std::atomic<int> ran{0};
  std::vector<std::unique_ptr<Work>> tasks;
  for (int i = 0; i < 4; ++i) {
    tasks.push_back(std::make_unique<Work>([&] {
      gate.Pass();
      ++ran;
    }));
  }
  HandlerPool pool(With(3, 1));
  HandlerLane lane(&pool);
  {
    const NoThreads none;
    EXPECT_EQ(lane.Submit(tasks[0].get()), Admission::kNoThread);
  }
  EXPECT_EQ(lane.Submit(tasks[0].get()), Admission::kAccepted) << "tries again while it has none";
  gate.WaitForArrivals(1);
  {
    const NoThreads none;
    EXPECT_EQ(lane.Submit(tasks[1].get()), Admission::kAccepted);
    EXPECT_EQ(lane.Submit(tasks[2].get()), Admission::kQueueFull);
    EXPECT_EQ(pool.stats().threads, 1u);
  }
  gate.Open();
  WaitUntilNothingRuns(pool);
  EXPECT_EQ(ran, 2);
  // Having had nothing to do, it tries again: three that wait for one another.
  Gate all;
  std::vector<std::unique_ptr<Work>> more;
  for (int i = 0; i < 3; ++i) {
    more.push_back(std::make_unique<Work>([&] { all.Pass(); }));
    EXPECT_EQ(lane.Submit(more.back().get()), Admission::kAccepted) << i;
  }
  all.WaitForArrivals(3);
  all.Open();
  pool.Join();
}

}  // namespace
}  // namespace connectrpc::server
