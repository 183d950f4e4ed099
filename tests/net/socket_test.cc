#include "net/socket.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <netinet/tcp.h>

#include <memory>
#include <random>
#include <thread>
#include <vector>

#include "net/net_test_util.h"
#include "net/syscall_hooks.h"
#include "wire/output_queue.h"

namespace connectrpc::net {
namespace {

using ::connectrpc::testing::CallFault;
using ::connectrpc::testing::SyscallHooks;
using wire::OutputQueue;

class SocketTest : public LoopTest {
 protected:
  SocketPair pair = MakeTcpPair();
  FunctionWatcher watcher;
};

// Sends back what it reads, and ends when the peer has ended.
class Echo final : public ByteStream::Watcher {
 public:
  Echo(Loop* loop, UniqueFd fd) : loop_(loop), socket(loop, Accepted(std::move(fd)), this) { socket.WaitReadable(); }

  void OnReadable() override {
    const IoResult read = socket.Read(loop_->read_block(), Loop::kReadBlockSize);
    switch (read.status) {
      case IoStatus::kOk:
        queue_.Append(std::string_view(loop_->read_block(), read.bytes));
        OnWritable();
        socket.WaitReadable();
        break;
      case IoStatus::kWouldBlock:
        socket.WaitReadable();
        break;
      case IoStatus::kEnd:
        ended_ = true;
        OnWritable();
        break;
      case IoStatus::kError:
        ADD_FAILURE() << "connection lost";
        loop_->Stop();
    }
  }

  void OnWritable() override {
    const IoResult written = socket.Write(&queue_);
    EXPECT_NE(written.status, IoStatus::kError);
    if (written.status == IoStatus::kWouldBlock) {
      ++blocked_writes;
      socket.WaitWritable();
    } else if (ended_) {
      socket.Close();
      loop_->Stop();
    }
  }

  int blocked_writes = 0;

 private:
  Loop* const loop_;
  OutputQueue queue_;
  bool ended_ = false;

 public:
  Socket socket;
};

void SetBuffer(const UniqueFd& fd, int option, int bytes) {
  ASSERT_EQ(::setsockopt(fd.get(), SOL_SOCKET, option, &bytes, sizeof(bytes)), 0);
}

// Sends `bytes` from one thread and expects them back in another, while the loop echoes.
std::string ThroughEcho(const UniqueFd& peer, const std::string& bytes, const std::function<void()>& run) {
  std::thread sender([&] {
    SendAll(peer, bytes);
    ::shutdown(peer.get(), SHUT_WR);
  });
  std::string received;
  std::thread receiver([&] { received = ReceiveAll(peer, bytes.size() + 1); });
  run();
  if (::testing::Test::HasFailure()) ::shutdown(peer.get(), SHUT_RDWR);  // or the threads would wait for ever
  sender.join();
  receiver.join();
  return received;
}

TEST_F(SocketTest, EchoesManyMegabytesThroughASmallBuffer) {
  SetBuffer(pair.ours, SO_SNDBUF, 4096);
  const std::string bytes = TestBytes(8 * 1024 * 1024);
  Echo echo(&loop, std::move(pair.ours));
  EXPECT_TRUE(ThroughEcho(pair.peers, bytes, [&] { Run(); }) == bytes);
  EXPECT_GT(echo.blocked_writes, 0);
}

TEST_F(SocketTest, ShortAndInterruptedCallsChangeNothing) {  // R16: short I/O
  const std::string bytes = TestBytes(100000);
  std::mt19937 random(3);
  const auto fault = [&] {
    switch (random() % 4) {
      case 0:
        return CallFault{EINTR};
      case 1:
        return CallFault{EAGAIN};
      case 2:
        return CallFault{0, 1};
      default:
        return CallFault{0, 1 + random() % 5000};
    }
  };
  for (int round = 0; round < 5; ++round) {
    pair = MakeTcpPair();
    SyscallHooks hooks;
    hooks.before_receive = fault;
    hooks.before_send = fault;
    Echo echo(&loop, std::move(pair.ours));
    EXPECT_TRUE(ThroughEcho(pair.peers, bytes, [&] { Run(); }) == bytes);
  }
}

TEST_F(SocketTest, WriteGathersUpTo64PiecesInACall) {
  const struct {
    const char* name;
    int pieces;
    size_t most_at_once;
  } kCases[] = {
      {"none", 0, 0}, {"one", 1, 1}, {"as many as one call takes", 64, 64}, {"one more", 65, 64}, {"many", 200, 64},
  };
  for (const auto& test : kCases) {
    SCOPED_TRACE(test.name);
    pair = MakeUnixPair();
    Socket socket(&loop, Accepted(std::move(pair.ours)), &watcher);
    // Long ones, which are queued by reference, and short ones in turn: each is a piece of its own.
    OutputQueue queue;
    std::string expected;
    for (int i = 0; i < test.pieces; ++i) {
      const std::string piece = TestBytes(i % 2 == 0 ? OutputQueue::kReferenceThreshold : 10 + i);
      expected += piece;
      queue.Append(Payload::Own(piece));
    }
    std::string received;
    std::thread receiver([&] { received = ReceiveAll(pair.peers, expected.size()); });
    SyscallHooks hooks;
    IoResult result;
    size_t bytes = 0;
    do {
      result = socket.Write(&queue);
      bytes += result.bytes;
    } while (result.status == IoStatus::kWouldBlock);
    receiver.join();
    EXPECT_EQ(result.status, IoStatus::kOk);
    EXPECT_EQ(bytes, expected.size());
    EXPECT_TRUE(queue.empty());
    EXPECT_TRUE(received == expected);
    EXPECT_EQ(hooks.most_pieces, test.most_at_once);
  }
}

TEST_F(SocketTest, WriteConsumesWhatTheKernelTook) {
  Socket socket(&loop, Accepted(std::move(pair.ours)), &watcher);
  OutputQueue queue;
  queue.Append("hello world");
  SyscallHooks hooks;
  hooks.before_send = [] { return CallFault{0, 5}; };
  const IoResult result = socket.Write(&queue);
  EXPECT_EQ(result.status, IoStatus::kWouldBlock);
  EXPECT_EQ(result.bytes, 5u);
  EXPECT_EQ(queue.size(), 6u);
  EXPECT_EQ(hooks.sends, 1);
  EXPECT_EQ(ReceiveAll(pair.peers, 5), "hello");
}

TEST_F(SocketTest, ReadTellsDataNothingAndEndApart) {
  Socket socket(&loop, Accepted(std::move(pair.ours)), &watcher);
  char buffer[3];
  IoResult result = socket.Read(buffer, sizeof(buffer));
  EXPECT_EQ(result.status, IoStatus::kWouldBlock);
  EXPECT_EQ(result.bytes, 0u);

  SendAll(pair.peers, "abcde");
  pair.peers = UniqueFd();
  std::vector<std::string> reads;
  watcher.on_readable = [&] {
    result = socket.Read(buffer, sizeof(buffer));
    if (result.status == IoStatus::kOk) reads.emplace_back(buffer, result.bytes);
    if (result.status == IoStatus::kEnd) {
      loop.Stop();
    } else {
      socket.WaitReadable();
    }
  };
  socket.WaitReadable();
  Run();
  EXPECT_THAT(reads, ::testing::ElementsAre("abc", "de"));
  EXPECT_EQ(socket.Read(buffer, sizeof(buffer)).status, IoStatus::kEnd) << "the end stays";
}

TEST_F(SocketTest, ResetIsAnErrorAndRaisesNoSignal) {  // R17: SIGPIPE has its default action here
  Socket socket(&loop, Accepted(std::move(pair.ours)), &watcher);
  ResetOnClose(pair.peers);
  pair.peers = UniqueFd();
  char buffer[10];
  watcher.on_readable = [&] {
    EXPECT_EQ(socket.Read(buffer, sizeof(buffer)).status, IoStatus::kError);
    loop.Stop();
  };
  socket.WaitReadable();
  Run();
  OutputQueue queue;
  queue.Append("x");
  const IoResult result = socket.Write(&queue);
  EXPECT_EQ(result.status, IoStatus::kError);
  EXPECT_EQ(result.bytes, 0u);
  EXPECT_EQ(queue.size(), 1u);
}

TEST_F(SocketTest, ResetWakesAWaitingWriter) {
  SetBuffer(pair.ours, SO_SNDBUF, 4096);
  Socket socket(&loop, Accepted(std::move(pair.ours)), &watcher);
  OutputQueue queue;
  queue.Append(Payload::Own(std::string(16 * 1024 * 1024, 'x')));
  EXPECT_EQ(socket.Write(&queue).status, IoStatus::kWouldBlock);
  FunctionTask reset([&] {
    ResetOnClose(pair.peers);
    pair.peers = UniqueFd();
  });
  watcher.on_writable = [&] {
    if (socket.Write(&queue).status == IoStatus::kWouldBlock) {
      socket.WaitWritable();
    } else {
      loop.Stop();
    }
  };
  socket.WaitWritable();
  loop.Post(&reset);
  Run();
  EXPECT_EQ(socket.Write(&queue).status, IoStatus::kError);
}

TEST_F(SocketTest, WritingToAnEndedPeerRaisesNoSignal) {
  pair = MakeUnixPair();
  Socket socket(&loop, Accepted(std::move(pair.ours)), &watcher);
  pair.peers = UniqueFd();
  OutputQueue queue;
  queue.Append("x");
  EXPECT_EQ(socket.Write(&queue).status, IoStatus::kError);
}

TEST_F(SocketTest, ShutdownWriteEndsOneDirectionOnly) {
  Socket socket(&loop, Accepted(std::move(pair.ours)), &watcher);
  socket.ShutdownWrite();
  EXPECT_EQ(ReceiveAll(pair.peers, 1), "");
  SendAll(pair.peers, "still");
  char buffer[10];
  watcher.on_readable = [&] {
    EXPECT_EQ(socket.Read(buffer, sizeof(buffer)).bytes, 5u);
    loop.Stop();
  };
  socket.WaitReadable();
  Run();
}

TEST_F(SocketTest, OneCallForEachWait) {
  Socket socket(&loop, Accepted(std::move(pair.ours)), &watcher);
  SendAll(pair.peers, "x");
  int readable = 0;
  int writable = 0;
  bool inside = true;
  watcher.on_readable = [&] {
    EXPECT_FALSE(inside);
    ++readable;
  };
  watcher.on_writable = [&] {
    EXPECT_FALSE(inside);
    ++writable;
  };
  socket.WaitReadable();
  socket.WaitReadable();
  socket.WaitWritable();
  socket.WaitWritable();
  inside = false;
  RunTurns(3);
  EXPECT_EQ(readable, 1);
  EXPECT_EQ(writable, 1);
  inside = true;
  socket.WaitReadable();  // the byte is still there
  inside = false;
  RunTurns(3);
  EXPECT_EQ(readable, 2);
  EXPECT_EQ(writable, 1);
}

TEST_F(SocketTest, WaitWhileOneIsPendingChangesNothing) {
  Socket socket(&loop, Accepted(std::move(pair.ours)), &watcher);
  int readable = 0;
  watcher.on_readable = [&] { ++readable; };
  socket.WaitReadable();
  RunTurns(2);
  socket.WaitReadable();
  EXPECT_EQ(readable, 0);
  SendAll(pair.peers, "x");
  RunTurns(3);
  EXPECT_EQ(readable, 1);
}

TEST_F(SocketTest, BusySocketIsServedOnceATurn) {  // R9: fairness
  Socket socket(&loop, Accepted(std::move(pair.ours)), &watcher);
  SendAll(pair.peers, "x");  // never read, so always readable
  int readable = 0;
  watcher.on_readable = [&] {
    ++readable;
    socket.WaitReadable();
  };
  socket.WaitReadable();
  RunTurns(5);
  EXPECT_EQ(readable, 5);
}

// Where sockets became ready one at a time, a turn may not look for a second one: that has the next turn.
TEST_F(SocketTest, NoneIsOverlookedForMoreThanATurn) {
  SyscallHooks hooks;
  SocketPair second_pair = MakeTcpPair();
  FunctionWatcher second_watcher;
  Socket first(&loop, Accepted(std::move(pair.ours)), &watcher);
  Socket second(&loop, Accepted(std::move(second_pair.ours)), &second_watcher);
  SendAll(pair.peers, "x");  // never read, so always readable
  int first_calls = 0;
  int second_calls = 0;
  watcher.on_readable = [&] {
    ++first_calls;
    first.WaitReadable();
  };
  second_watcher.on_readable = [&] { ++second_calls; };
  first.WaitReadable();
  for (int i = 0; i < 5; ++i) loop.RunTurn(Loop::Wait::kIfIdle);
  EXPECT_EQ(first_calls, 5);
  EXPECT_EQ(hooks.epoll_waits, 5 + 1);

  SendAll(second_pair.peers, "x");
  second.WaitReadable();
  for (int i = 0; i < 2; ++i) loop.RunTurn(Loop::Wait::kIfIdle);
  EXPECT_EQ(second_calls, 1);
  EXPECT_GT(first_calls, 5);
}

TEST_F(SocketTest, NoCallAfterClose) {
  const struct {
    const char* name;
    int turns_before_close;
  } kCases[] = {{"wait not started yet", 0}, {"wait pending", 1}};
  for (const auto& test : kCases) {
    SCOPED_TRACE(test.name);
    pair = MakeTcpPair();
    Socket socket(&loop, Accepted(std::move(pair.ours)), &watcher);
    EXPECT_FALSE(socket.closed());
    socket.WaitReadable();
    RunTurns(test.turns_before_close);
    SendAll(pair.peers, "x");
    socket.Close();
    socket.Close();
    EXPECT_TRUE(socket.closed());
    socket.WaitReadable();
    socket.WaitWritable();
    RunTurns(3);
    EXPECT_EQ(ReceiveAll(pair.peers, 1), "") << "the descriptor is closed";
  }
}

TEST_F(SocketTest, ClosedSocketReadsAndWritesNothing) {
  Socket socket(&loop, Accepted(std::move(pair.ours)), &watcher);
  socket.Close();
  char buffer[1];
  OutputQueue queue;
  queue.Append("x");
  EXPECT_EQ(socket.Read(buffer, 1).status, IoStatus::kError);
  EXPECT_EQ(socket.Write(&queue).status, IoStatus::kError);
  socket.ShutdownWrite();
}

TEST_F(SocketTest, CloseInsideACallHoldsTheOtherBack) {
  SendAll(pair.peers, "x");
  int calls = 0;
  Socket socket(&loop, Accepted(std::move(pair.ours)), &watcher);
  const auto close = [&] {
    ++calls;
    socket.Close();
  };
  watcher.on_readable = close;
  watcher.on_writable = close;
  socket.WaitReadable();
  socket.WaitWritable();
  RunTurns(3);
  EXPECT_EQ(calls, 1);
}

TEST_F(SocketTest, MayBeDestroyedInsideItsCall) {
  SendAll(pair.peers, "x");
  auto socket = std::make_unique<Socket>(&loop, Accepted(std::move(pair.ours)), &watcher);
  watcher.on_readable = [&] { socket.reset(); };
  socket->WaitReadable();
  RunTurns(3);
  EXPECT_EQ(socket, nullptr);
}

TEST_F(SocketTest, ClosedByAnotherThatIsReadyInTheSameTurn) {
  SocketPair second_pair = MakeTcpPair();
  SendAll(pair.peers, "x");
  SendAll(second_pair.peers, "x");
  int calls = 0;
  std::unique_ptr<Socket> first;
  std::unique_ptr<Socket> second;
  watcher.on_readable = [&] {
    ++calls;
    first.reset();
    second.reset();
  };
  first = std::make_unique<Socket>(&loop, Accepted(std::move(pair.ours)), &watcher);
  second = std::make_unique<Socket>(&loop, Accepted(std::move(second_pair.ours)), &watcher);
  first->WaitReadable();
  second->WaitReadable();
  RunTurns(3);
  EXPECT_EQ(calls, 1);
}

TEST(Socket, MayBeDestroyedWithPendingWaitsAndTheLoopAfterIt) {
  for (const int turns : {0, 1}) {
    SCOPED_TRACE(turns);
    FunctionWatcher watcher;
    watcher.on_writable = [] {};
    SocketPair pair = MakeTcpPair();
    Loop loop;
    Socket socket(&loop, Accepted(std::move(pair.ours)), &watcher);
    socket.WaitReadable();
    socket.WaitWritable();
    FunctionTask stop([&] { loop.Stop(); });
    for (int i = 0; i < turns; ++i) {
      loop.Post(&stop);
      loop.Run();
    }
  }
}

TEST(Socket, DestroyingAThousandWithPendingWaitsLeavesNoDescriptor) {
  Loop loop;
  FunctionWatcher watcher;
  const UniqueFd probe(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  for (int i = 0; i < 1000; ++i) {
    SocketPair pair = MakeUnixPair();
    Socket socket(&loop, Accepted(std::move(pair.ours)), &watcher);
    socket.WaitReadable();
  }
  const UniqueFd after(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  EXPECT_EQ(after.get(), probe.get() + 1);
}

TEST_F(SocketTest, WithoutADescriptorItIsLost) {
  Socket socket(&loop, ConnectedSocket(), &watcher);
  char buffer[1];
  watcher.on_readable = [&] {
    EXPECT_EQ(socket.Read(buffer, 1).status, IoStatus::kError);
    loop.Stop();
  };
  socket.WaitReadable();
  Run();
}

TEST_F(SocketTest, SetsTheDescriptorUp) {
  const int fd = pair.ours.get();
  ASSERT_EQ(::fcntl(fd, F_GETFL) & O_NONBLOCK, 0);
  Socket socket(&loop, ConnectedSocket(pair.ours.Release(), "ipv4:127.0.0.1:5000"), &watcher);
  EXPECT_EQ(socket.peer(), "ipv4:127.0.0.1:5000");
  EXPECT_NE(::fcntl(fd, F_GETFL) & O_NONBLOCK, 0);
  int no_delay = 0;
  socklen_t size = sizeof(no_delay);
  ASSERT_EQ(::getsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &no_delay, &size), 0);
  EXPECT_NE(no_delay, 0);
}

TEST(ConnectedSocket, ClosesUnlessTakenOver) {
  SocketPair pair = MakeUnixPair();
  { const ConnectedSocket dropped = Accepted(std::move(pair.ours)); }
  EXPECT_EQ(ReceiveAll(pair.peers, 1), "");

  pair = MakeUnixPair();
  const int fd = pair.ours.get();
  ConnectedSocket first = Accepted(std::move(pair.ours));
  ConnectedSocket second = std::move(first);
  EXPECT_EQ(first.Release(), -1);  // NOLINT: a moved-from socket owns nothing
  EXPECT_EQ(second.peer(), "test");
  const UniqueFd taken(second.Release());
  EXPECT_EQ(taken.get(), fd);
  EXPECT_EQ(second.Release(), -1);
  SendAll(taken, "x");
  EXPECT_EQ(ReceiveAll(pair.peers, 1), "x");
}

}  // namespace
}  // namespace connectrpc::net
