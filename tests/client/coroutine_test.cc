#include "connectrpc/coroutine.h"

#include <gtest/gtest.h>

#include <condition_variable>
#include <coroutine>
#include <deque>
#include <future>
#include <memory>
#include <mutex>
#include <thread>

#include "client/methods.h"
#include "client_test.pb.h"
#include "connectrpc/testing/in_memory_transport.h"

namespace connectrpc::test {
namespace {

// The least that a coroutine can be: it begins at once, and its frame goes with it, or by Destroy.
struct Coroutine {
  struct promise_type {
    Coroutine get_return_object() { return {std::coroutine_handle<promise_type>::from_promise(*this)}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() { std::terminate(); }
  };

  void Destroy() { handle.destroy(); }

  std::coroutine_handle<promise_type> handle;
};

// Runs what it is given on a thread of its own; until Go, it only keeps it.
class Executor {
 public:
  Executor() = default;
  ~Executor() {
    Go();
    {
      std::lock_guard<std::mutex> lock(mutex_);
      stopping_ = true;
      changed_.notify_all();
    }
    thread_.join();
  }

  std::thread::id id() const { return thread_.get_id(); }
  void Hold() {
    std::lock_guard<std::mutex> lock(mutex_);
    held_ = true;
  }
  void Go() {
    std::lock_guard<std::mutex> lock(mutex_);
    held_ = false;
    changed_.notify_all();
  }
  void WaitForWork() {
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait(lock, [this] { return !queue_.empty(); });
  }
  void Run(std::function<void()> function) {
    std::lock_guard<std::mutex> lock(mutex_);
    queue_.push_back(std::move(function));
    changed_.notify_all();
  }
  ResumeFunction function() {
    return [this](std::function<void()> resume) { Run(std::move(resume)); };
  }

 private:
  void Loop() {
    std::unique_lock<std::mutex> lock(mutex_);
    for (;;) {
      changed_.wait(lock, [this] { return (!queue_.empty() && !held_) || (stopping_ && queue_.empty()); });
      if (queue_.empty()) return;
      const std::function<void()> function = std::move(queue_.front());
      queue_.pop_front();
      lock.unlock();
      function();
      lock.lock();
    }
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> queue_;
  bool held_ = false;
  bool stopping_ = false;
  std::thread thread_{[this] { Loop(); }};
};

Ping MakePing(const std::string& text) {
  Ping ping;
  ping.set_text(text);
  return ping;
}

class CoroutineTest : public testing::Test {
 protected:
  CoroutineTest() {
    transport_->HandleUnary<Ping, Pong>(kUnary, [](InMemoryCall& call, const Ping& ping, Pong* pong) {
      call.trailers().Add("t", "1");
      if (ping.text() == "fail") return Error(Code::kNotFound, "failed");
      pong->set_text(ping.text());
      return Error();
    });
    transport_->HandleBidiStream<Ping, Pong>(
        kBidi, [](InMemoryCall&, InMemoryReader<Ping>& requests, InMemoryWriter<Pong>& responses) {
          Ping ping;
          Pong pong;
          while (requests.Read(&ping)) {
            pong.set_text(ping.text());
            responses.Write(pong);
          }
          return Error(Code::kAborted, "enough");
        });
    transport_->HandleServerStream<Ping, Pong>(kServerStream,
                                               [](InMemoryCall&, const Ping& ping, InMemoryWriter<Pong>& responses) {
                                                 Pong pong;
                                                 for (int i = 0; i < static_cast<int>(ping.number()); ++i) {
                                                   pong.set_number(i);
                                                   responses.Write(pong);
                                                 }
                                                 return Error();
                                               });
    transport_->HandleClientStream<Ping, Pong>(kClientStream,
                                               [](InMemoryCall&, InMemoryReader<Ping>& requests, Pong* pong) {
                                                 Ping ping;
                                                 while (requests.Read(&ping)) pong->set_number(pong->number() + 1);
                                                 return Error();
                                               });
  }

  // Makes the methods with one request wait until their call is canceled.
  void HandleByWaiting() {
    // Not by way of the test, which may be over when a handler returns.
    transport_->HandleUnary<Ping, Pong>(kUnary, [waits = waits_](InMemoryCall& call, const Ping&, Pong*) {
      waits->begun.Notify();
      call.WaitUntilCanceled();
      waits->canceled.Notify();
      return Error();
    });
    transport_->HandleServerStream<Ping, Pong>(
        kServerStream, [waits = waits_](InMemoryCall& call, const Ping&, InMemoryWriter<Pong>&) {
          waits->begun.Notify();
          call.WaitUntilCanceled();
          waits->canceled.Notify();
          return Error();
        });
  }

  struct Waits {
    Completion begun;
    Completion canceled;
  };

  const std::shared_ptr<Waits> waits_ = std::make_shared<Waits>();
  const std::shared_ptr<InMemoryTransport> transport_ = std::make_shared<InMemoryTransport>();
};

TEST_F(CoroutineTest, AwaitsUnaryCalls) {
  std::promise<Result<Pong>> first, second;
  [](std::shared_ptr<Transport> transport, std::promise<Result<Pong>>& first,
     std::promise<Result<Pong>>& second) -> Coroutine {
    const CallOptions options;
    first.set_value(co_await CoCallUnary<Ping, Pong>(transport, kUnary, MakePing("one"), options));
    second.set_value(co_await CoCallUnary<Ping, Pong>(transport, kUnary, MakePing("fail"), options));
  }(transport_, first, second);
  EXPECT_EQ(first.get_future().get()->text(), "one");
  const Result<Pong> failed = second.get_future().get();
  EXPECT_EQ(failed.error().code, Code::kNotFound);
  EXPECT_EQ(failed.trailers().Find("t"), "1");
}

TEST_F(CoroutineTest, AwaitsEachOperationOfStreams) {
  std::promise<void> done;
  [](std::shared_ptr<Transport> transport, std::promise<void>& done) -> Coroutine {
    Pong pong;
    auto bidi = StartBidiStream<Ping, Pong>(transport, kBidi, {});
    for (const char* text : {"a", "b"}) {
      EXPECT_TRUE(co_await CoWrite(bidi, MakePing(text)));
      EXPECT_TRUE(co_await CoRead(bidi, &pong));
      EXPECT_EQ(pong.text(), text);
    }
    bidi.CloseSend();
    EXPECT_FALSE(co_await CoRead(bidi, &pong));
    const Error bidi_end = co_await CoFinish(bidi);
    EXPECT_EQ(bidi_end.code, Code::kAborted);

    Ping three;
    three.set_number(3);
    auto reader = StartServerStream<Ping, Pong>(transport, kServerStream, three, {});
    for (int i = 0; i < 3; ++i) {
      EXPECT_TRUE(co_await CoRead(reader, &pong));
      EXPECT_EQ(pong.number(), i);
    }
    EXPECT_FALSE(co_await CoRead(reader, &pong));
    const Error read_end = co_await CoFinish(reader);
    EXPECT_TRUE(read_end.ok());

    auto writer = StartClientStream<Ping, Pong>(transport, kClientStream, {});
    EXPECT_TRUE(co_await CoWrite(writer, three));
    EXPECT_TRUE(co_await CoWrite(writer, three));
    const Result<Pong> result = co_await CoFinish(writer);
    EXPECT_EQ(result->number(), 2);
    done.set_value();
  }(transport_, done);
  done.get_future().wait();
}

TEST_F(CoroutineTest, GoesOnWithinTheLoopByDefault) {
  std::promise<bool> in_loop;
  [](std::shared_ptr<Transport> transport, std::promise<bool>& in_loop) -> Coroutine {
    CallOptions options;
    co_await CoCallUnary<Ping, Pong>(transport, kUnary, Ping(), options);
    in_loop.set_value(transport->PickLoop()->InLoop());
  }(transport_, in_loop);
  EXPECT_TRUE(in_loop.get_future().get());
}

TEST_F(CoroutineTest, GoesOnWhereItIsToldTo) {
  Executor executor;
  std::promise<std::thread::id> thread;
  [](std::shared_ptr<Transport> transport, Executor& executor, std::promise<std::thread::id>& thread) -> Coroutine {
    CallOptions options;
    co_await CoCallUnary<Ping, Pong>(transport, kUnary, Ping(), options).ResumeOn(executor.function());
    thread.set_value(std::this_thread::get_id());
  }(transport_, executor, thread);
  EXPECT_EQ(thread.get_future().get(), executor.id());
}

TEST_F(CoroutineTest, DestroyedWhileItAwaitsCancelsAUnaryCall) {
  HandleByWaiting();
  Coroutine coroutine = [](std::shared_ptr<Transport> transport) -> Coroutine {
    CallOptions options;
    co_await CoCallUnary<Ping, Pong>(transport, kUnary, Ping(), options);
    ADD_FAILURE() << "resumed";
  }(transport_);
  waits_->begun.Wait();
  coroutine.Destroy();
  waits_->canceled.Wait();
}

TEST_F(CoroutineTest, DestroyedWhileItAwaitsCancelsAStream) {
  HandleByWaiting();
  Pong pong;
  auto reader = StartServerStream<Ping, Pong>(transport_, kServerStream, Ping(), {});
  Coroutine coroutine = [](ClientReader<Pong>& reader, Pong* pong) -> Coroutine {
    (void)co_await CoRead(reader, pong);
    ADD_FAILURE() << "resumed";
  }(reader, &pong);
  waits_->begun.Wait();
  coroutine.Destroy();
  waits_->canceled.Wait();
  EXPECT_EQ(reader.Finish().code, Code::kCanceled);
}

TEST_F(CoroutineTest, DestroyedBeforeItsExecutorGetsToItIsNotResumed) {
  Executor executor;
  executor.Hold();
  Coroutine coroutine = [](std::shared_ptr<Transport> transport, Executor& executor) -> Coroutine {
    CallOptions options;
    co_await CoCallUnary<Ping, Pong>(transport, kUnary, Ping(), options).ResumeOn(executor.function());
    ADD_FAILURE() << "resumed";
  }(transport_, executor);
  executor.WaitForWork();
  coroutine.Destroy();
}

TEST_F(CoroutineTest, ListensToTheCallersCancellationAsWell) {
  HandleByWaiting();
  Cancellation cancellation;
  std::promise<Code> code;
  [](std::shared_ptr<Transport> transport, Cancellation& cancellation, std::promise<Code>& code) -> Coroutine {
    CallOptions options;
    options.cancellation = &cancellation;
    const Result<Pong> result = co_await CoCallUnary<Ping, Pong>(transport, kUnary, Ping(), options);
    code.set_value(result.error().code);
  }(transport_, cancellation, code);
  waits_->begun.Wait();
  cancellation.Cancel();
  EXPECT_EQ(code.get_future().get(), Code::kCanceled);
}

TEST_F(CoroutineTest, FailsWhereTheCallersCancellationHasHappened) {
  Cancellation cancellation;
  cancellation.Cancel();
  std::promise<Code> code;
  [](std::shared_ptr<Transport> transport, Cancellation& cancellation, std::promise<Code>& code) -> Coroutine {
    CallOptions options;
    options.cancellation = &cancellation;
    const Result<Pong> result = co_await CoCallUnary<Ping, Pong>(transport, kUnary, Ping(), options);
    code.set_value(result.error().code);
  }(transport_, cancellation, code);
  EXPECT_EQ(code.get_future().get(), Code::kCanceled);
}

TEST_F(CoroutineTest, DestroyedLeavesTheCallersCancellationAlone) {
  HandleByWaiting();
  auto cancellation = std::make_unique<Cancellation>();
  Coroutine coroutine = [](std::shared_ptr<Transport> transport, Cancellation* cancellation) -> Coroutine {
    CallOptions options;
    options.cancellation = cancellation;
    co_await CoCallUnary<Ping, Pong>(transport, kUnary, Ping(), options);
    ADD_FAILURE() << "resumed";
  }(transport_, cancellation.get());
  waits_->begun.Wait();
  coroutine.Destroy();
  cancellation.reset();
  waits_->canceled.Wait();
}

TEST_F(CoroutineTest, MayHoldTheLastOfItsTransport) {
  std::promise<std::string> text;
  [](std::promise<std::string>& text) -> Coroutine {
    auto transport = std::make_shared<InMemoryTransport>();
    transport->HandleUnary<Ping, Pong>(kUnary, [](InMemoryCall&, const Ping& ping, Pong* pong) {
      pong->set_text(ping.text());
      return Error();
    });
    CallOptions options;
    const Result<Pong> result = co_await CoCallUnary<Ping, Pong>(transport, kUnary, MakePing("last"), options);
    transport.reset();
    text.set_value(result->text());
  }(text);
  EXPECT_EQ(text.get_future().get(), "last");
}

}  // namespace
}  // namespace connectrpc::test
