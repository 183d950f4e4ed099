#include "transport/loop_runner.h"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <mutex>
#include <utility>

#include "net/thread.h"
#include "wire/timeout.h"

namespace connectrpc::transport {
namespace {

// Turns of a caller whose call is over, for tasks that the call has left behind. A queue that is still not empty is
// somebody else's work.
constexpr int kMaxLastTurns = 16;

// In the order of appending.
class TaskQueue {
 public:
  bool empty() const { return first_ == nullptr; }
  void Append(LoopTask* task) {
    task->next = nullptr;
    (first_ == nullptr ? first_ : last_->next) = task;
    last_ = task;
  }
  LoopTask* TakeFirst() {
    LoopTask* const task = first_;
    first_ = task->next;
    return task;
  }

 private:
  LoopTask* first_ = nullptr;
  LoopTask* last_ = nullptr;
};

}  // namespace

struct LoopRunner::State {
  enum class Driver { kNobody, kCaller, kOwnThread };

  explicit State(wire::Duration linger) : linger(linger) {}

  bool InLoop() const { return driving.load(std::memory_order_relaxed) == std::this_thread::get_id(); }
  void Enter();
  void Leave();

  void PostFromOutside(LoopTask* task);
  // True if the calling thread shall drive; else the task was posted.
  bool TakeOrPost(LoopTask* task);
  void PostLocked(LoopTask* task);
  // Until `done`, or until somebody else wants the loop.
  void DriveAsCaller(Completion* done);
  void LeaveAsCaller();

  void RunOwnThread();
  // True: the loop is the own thread's. False: there is no more to do.
  bool AwaitTurn(std::unique_lock<std::mutex>* lock);
  void DriveAsOwnThread();
  bool LetGo();

  const wire::Duration linger;
  net::Loop loop;
  size_t calls = 0;                        // for the thread that drives
  std::atomic<std::thread::id> driving{};  // that thread, written by itself
  std::atomic<bool> hand_over{false};      // the caller that drives shall stop; written under the mutex
  std::atomic<bool> used{false};           // the own thread had more to do than to watch idle connections
  std::atomic<bool> stop{false};           // written under the mutex

  std::mutex mutex;
  std::condition_variable changed;  // what the own thread waits for
  Driver driver = Driver::kNobody;
  bool wanted = false;  // the own thread, without delay
  TaskQueue queue;      // for the own thread's time; not in the loop, where a caller would run them
  wire::TimePoint left = std::chrono::steady_clock::now();
};

void LoopRunner::State::Enter() {
  loop.Enter();
  driving.store(std::this_thread::get_id(), std::memory_order_relaxed);
}

void LoopRunner::State::Leave() {
  driving.store(std::thread::id(), std::memory_order_relaxed);
  loop.Leave();
}

void LoopRunner::State::PostFromOutside(LoopTask* task) {
  std::lock_guard<std::mutex> lock(mutex);
  PostLocked(task);
}

void LoopRunner::State::PostLocked(LoopTask* task) {
  switch (driver) {
    case Driver::kOwnThread:
      used.store(true, std::memory_order_relaxed);
      loop.Post(task);
      return;
    case Driver::kCaller:
      queue.Append(task);
      if (!InLoop() && !hand_over.exchange(true, std::memory_order_relaxed)) loop.Wake();
      return;
    case Driver::kNobody:
      queue.Append(task);
      if (!std::exchange(wanted, true)) changed.notify_one();
      return;
  }
}

bool LoopRunner::State::TakeOrPost(LoopTask* task) {
  std::lock_guard<std::mutex> lock(mutex);
  if (driver != Driver::kNobody || wanted) {
    PostLocked(task);
    return false;
  }
  driver = Driver::kCaller;
  return true;
}

void LoopRunner::State::DriveAsCaller(Completion* done) {
  int last_turns = 0;
  while (!hand_over.load(std::memory_order_relaxed)) {
    const bool over = done->notified();
    if (over && (!loop.HasTasks() || ++last_turns > kMaxLastTurns)) return;
    loop.RunTurn(over ? net::Loop::Wait::kNo : net::Loop::Wait::kIfIdle);
  }
}

void LoopRunner::State::LeaveAsCaller() {
  const bool unfinished = calls > 0 || loop.HasTasks();
  const wire::TimePoint now = loop.Now();
  Leave();
  std::lock_guard<std::mutex> lock(mutex);
  driver = Driver::kNobody;
  hand_over.store(false, std::memory_order_relaxed);
  left = now;
  wanted = unfinished || !queue.empty() || linger == wire::Duration::zero();
  if (wanted) changed.notify_one();
}

void LoopRunner::State::RunOwnThread() {
  std::unique_lock<std::mutex> lock(mutex);
  while (AwaitTurn(&lock)) {
    driver = Driver::kOwnThread;
    Enter();
    used.store(wanted, std::memory_order_relaxed);
    wanted = false;
    while (!queue.empty()) loop.Post(queue.TakeFirst());
    lock.unlock();
    DriveAsOwnThread();
    lock.lock();
  }
}

bool LoopRunner::State::AwaitTurn(std::unique_lock<std::mutex>* lock) {
  for (;;) {
    const bool nobody = driver == Driver::kNobody;
    // At the end nothing is waited for.
    if (nobody && stop.load(std::memory_order_relaxed)) return loop.HasTasks() || !queue.empty();
    if (nobody && wanted) return true;
    // A caller that leaves does not say so, which would cost it a system call.
    const wire::TimePoint now = std::chrono::steady_clock::now();
    const wire::TimePoint when = nobody ? left + linger : now + kLinger;
    if (when <= now) return true;
    changed.wait_until(*lock, when);
  }
}

void LoopRunner::State::DriveAsOwnThread() {
  do {
    loop.RunTurn(net::Loop::Wait::kIfIdle);
  } while (!LetGo());
}

// A loop without calls that has nothing to do but to watch its connections is kept only after a while: whoever made the
// last call may be about to make the next one.
bool LoopRunner::State::LetGo() {
  const bool ending = stop.load(std::memory_order_relaxed);
  if (!ending && (calls > 0 || !used.load(std::memory_order_relaxed))) return false;
  std::lock_guard<std::mutex> lock(mutex);
  if (loop.HasTasks()) return false;  // those of other threads come under the mutex
  left = loop.Now();
  driver = Driver::kNobody;
  Leave();
  return true;
}

LoopRunner::LoopRunner(wire::Duration linger)
    : state_(std::make_shared<State>(linger)),
      own_thread_(net::StartThread([state = state_] { state->RunOwnThread(); })) {}

LoopRunner::~LoopRunner() {
  const bool on_own_thread = own_thread_.get_id() == std::this_thread::get_id();
  if (InLoop() && !on_own_thread) std::abort();  // RunUntil would return into freed memory
  {
    std::lock_guard<std::mutex> lock(state_->mutex);
    state_->stop.store(true, std::memory_order_relaxed);
    state_->changed.notify_one();
    if (state_->driver == State::Driver::kOwnThread) state_->loop.Wake();
  }
  if (on_own_thread) {
    own_thread_.detach();
  } else {
    own_thread_.join();
  }
}

net::Loop& LoopRunner::loop() {
  return state_->loop;
}

void LoopRunner::Post(LoopTask* task) {
  // A caller that is about to hand over keeps no more for itself, or its tasks would overtake those that wait.
  if (InLoop() && !state_->hand_over.load(std::memory_order_relaxed)) return state_->loop.Post(task);
  state_->PostFromOutside(task);
}

bool LoopRunner::InLoop() const {
  return state_->InLoop();
}

void LoopRunner::RunUntil(LoopTask* first, Completion* done) {
  if (InLoop()) std::abort();  // it would wait for itself
  if (state_->TakeOrPost(first)) {
    state_->Enter();
    state_->loop.Post(first);
    state_->DriveAsCaller(done);
    state_->LeaveAsCaller();
  }
  done->Wait();
}

void LoopRunner::AddCall() {
  ++state_->calls;
}

void LoopRunner::RemoveCall() {
  --state_->calls;
}

size_t LoopRunner::calls() const {
  return state_->calls;
}

}  // namespace connectrpc::transport
