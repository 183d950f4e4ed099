#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "client/messages.h"
#include "client/methods.h"
#include "connectrpc/client.h"
#include "connectrpc/testing/in_memory_transport.h"

// Calls on several threads, for the thread sanitizer above all.
namespace connectrpc::test {
namespace {

constexpr int kRounds = 50;

class ConcurrencyTest : public testing::Test {
 protected:
  ConcurrencyTest() {
    transport_->HandleUnary<Ping, Pong>(kUnary, [](InMemoryCall&, const Ping& ping, Pong* pong) {
      pong->set_number(ping.number());
      return Error();
    });
    transport_->HandleBidiStream<Ping, Pong>(
        kBidi, [](InMemoryCall&, InMemoryReader<Ping>& requests, InMemoryWriter<Pong>& responses) {
          Ping ping;
          Pong pong;
          while (requests.Read(&ping)) {
            pong.set_number(ping.number());
            pong.set_data(ping.data());
            if (!responses.Write(pong)) break;
          }
          return Error();
        });
  }

  const std::shared_ptr<InMemoryTransport> transport_ = std::make_shared<InMemoryTransport>();
};

TEST_F(ConcurrencyTest, UnaryCallsOfManyThreads) {
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([this, thread] {
      for (int i = 0; i < kRounds; ++i) {
        Ping ping;
        ping.set_number(1000 * thread + i);
        const Result<Pong> result = CallUnary<Ping, Pong>(*transport_, kUnary, ping, {});
        EXPECT_EQ(result->number(), ping.number());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST_F(ConcurrencyTest, OneThreadWritesWhileAnotherReads) {
  CallOptions options;
  options.max_unread_bytes = 5'000;
  auto stream = StartBidiStream<Ping, Pong>(transport_, kBidi, options);
  constexpr int kMessages = 500;
  std::thread writer([&] {
    Ping ping;
    ping.set_data(std::string(1000, 'x'));
    for (int i = 0; i < kMessages; ++i) {
      ping.set_number(i);
      EXPECT_TRUE(stream.Write(ping));
    }
    stream.CloseSend();
  });
  Pong pong;
  int read = 0;
  for (; stream.Read(&pong); ++read) EXPECT_EQ(pong.number(), read);
  writer.join();
  EXPECT_EQ(read, kMessages);
  EXPECT_TRUE(stream.Finish().ok());
}

TEST_F(ConcurrencyTest, AThirdThreadCancels) {
  for (int round = 0; round < kRounds; ++round) {
    auto stream = StartBidiStream<Ping, Pong>(transport_, kBidi, {});
    std::thread writer([&] {
      Ping ping;
      ping.set_data(std::string(1000, 'x'));
      while (stream.Write(ping)) {
      }
    });
    std::thread reader([&] {
      Pong pong;
      (void)stream.headers();
      while (stream.Read(&pong)) {
      }
    });
    std::thread canceler([&] { stream.Cancel(); });
    writer.join();
    reader.join();
    canceler.join();
    EXPECT_EQ(stream.Finish().code, Code::kCanceled);
  }
}

TEST_F(ConcurrencyTest, ACancellationMeetsTheEnd) {
  for (int round = 0; round < kRounds; ++round) {
    Cancellation cancellation;
    CallOptions options;
    options.cancellation = &cancellation;
    std::thread canceler([&] { cancellation.Cancel(); });
    const Result<Pong> result = CallUnary<Ping, Pong>(*transport_, kUnary, Ping(), options);
    EXPECT_TRUE(result.ok() || result.error().code == Code::kCanceled) << result.error().message;
    canceler.join();
  }
}

TEST_F(ConcurrencyTest, ACancellationNeedNotOutliveTheHandles) {
  for (int round = 0; round < kRounds; ++round) {
    const auto cancellation = std::make_unique<Cancellation>();
    CallOptions options;
    options.cancellation = cancellation.get();
    auto stream = StartBidiStream<Ping, Pong>(transport_, kBidi, options);
    if (round % 2 == 0) stream.CloseSend();  // so that it ends at about the same time
  }
}

TEST_F(ConcurrencyTest, HandlesAreDestroyedWhileMessagesCome) {
  for (int round = 0; round < kRounds; ++round) {
    auto stream = StartBidiStream<Ping, Pong>(transport_, kBidi, {});
    for (int i = 0; i < 10; ++i) EXPECT_TRUE(stream.Write(Ping()));
    Pong pong;
    EXPECT_TRUE(stream.Read(&pong));
  }
}

TEST_F(ConcurrencyTest, CallbacksAreToldWhenTheirHandleIsDestroyed) {
  for (int round = 0; round < kRounds; ++round) {
    Pong pong;
    std::promise<void> read, finished;
    {
      auto stream = StartBidiStream<Ping, Pong>(transport_, kBidi, {});
      stream.Read(&pong, [&](bool) { read.set_value(); });
      stream.Finish([&](Error) { finished.set_value(); });
    }
    read.get_future().wait();
    finished.get_future().wait();
  }
}

TEST_F(ConcurrencyTest, CallbacksBeginFurtherCalls) {
  std::promise<int> done;
  std::function<void(int)> call = [&](int left) {
    if (left == 0) return done.set_value(left);
    Ping ping;
    ping.set_number(left);
    CallUnary<Ping, Pong>(transport_, kUnary, ping, {}, [&call, left](Result<Pong> result) {
      EXPECT_EQ(result->number(), left);
      call(left - 1);
    });
  };
  call(kRounds);
  EXPECT_EQ(done.get_future().get(), 0);
}

}  // namespace
}  // namespace connectrpc::test
