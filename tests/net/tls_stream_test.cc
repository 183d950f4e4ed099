#include "net/tls_stream.h"

#include <gmock/gmock.h>

#include <random>
#include <string>
#include <vector>

#include "net/syscall_hooks.h"
#include "net/tls_test_util.h"

namespace connectrpc::net {
namespace {

using ::connectrpc::testing::CallFault;
using ::connectrpc::testing::SyscallHooks;
using test::TlsPeerOptions;
using wire::OutputQueue;

constexpr int kVersions[] = {TLS1_2_VERSION, TLS1_3_VERSION};

class TlsStreamTest : public TlsTest {
 protected:
  TlsStreamTest() : context_(Context(WithCertificate(certificate))) {}

  void Start(int version, SocketPair pair = MakeUnixPair(), size_t read_size = Loop::kReadBlockSize) {
    TlsPeerOptions client;
    client.max_version = version;
    Connect(context_, client, std::move(pair), read_size);
  }
  void Open(int version, SocketPair pair = MakeUnixPair(), size_t read_size = Loop::kReadBlockSize) {
    Start(version, std::move(pair), read_size);
    ASSERT_TRUE(Handshake()) << peer->error();
  }
  // With kernel buffers that hold next to nothing.
  static SocketPair Narrow(SocketPair pair) {
    const int bytes = 4096;
    for (const int fd : {pair.ours.get(), pair.peers.get()}) {
      EXPECT_EQ(::setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof(bytes)), 0);
      EXPECT_EQ(::setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes)), 0);
    }
    return pair;
  }

  const std::shared_ptr<const TlsContext> context_;
};

// The first request travels with the end of the handshake, and must not get lost.
TEST_F(TlsStreamTest, HandshakeInPiecesOfAnySize) {
  for (const int version : kVersions) {
    for (const size_t most : {size_t{1}, size_t{2}, size_t{7}, size_t{100}, SIZE_MAX}) {
      SCOPED_TRACE(std::to_string(version) + ", " + std::to_string(most));
      Start(version);
      EXPECT_TRUE(server->stream.handshaking());
      EXPECT_TRUE(server->stream.secure());
      bool client_done = false;
      const bool arrived = ExchangeUntil(
          [&] {
            if (!client_done && (client_done = peer->Handshake())) peer->Write("first");
            return server->received == "first";
          },
          most);
      EXPECT_TRUE(arrived) << peer->error();
      EXPECT_FALSE(server->stream.handshaking());
      server->Write("answer");
      std::string answer;
      EXPECT_TRUE(ExchangeUntil([&] { return (answer += peer->Read()) == "answer"; }));
    }
  }
}

TEST_F(TlsStreamTest, NoTlsAtAllIsAnError) {
  for (const char* bytes :
       {"GET / HTTP/1.1\r\nHost: a\r\n\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "\x16\x03\x01\xff\xff"}) {
    Start(TLS1_3_VERSION);
    SendAll(peer_fd, bytes);
    ::shutdown(peer_fd.get(), SHUT_WR);
    EXPECT_TRUE(ExchangeUntil([&] { return server->status == IoStatus::kError; }));
    EXPECT_FALSE(server->stream.handshaking()) << "is over";
    EXPECT_EQ(server->received, "");
    server->Write("x");
    EXPECT_EQ(server->write_status, IoStatus::kError);
  }
}

// A client that goes on sending does not keep the connection.
TEST_F(TlsStreamTest, FailedHandshakeDropsOnlySoMuch) {
  Start(TLS1_3_VERSION);
  SendAll(peer_fd, "GET / HTTP/1.1\r\n");
  const std::string piece(16 * 1024, 'x');
  for (int i = 0; i < 4; ++i) {
    Exchange();
    EXPECT_TRUE(server->stream.handshaking());
    SendAll(peer_fd, piece);
  }
  EXPECT_TRUE(client_lost_) << "has been told";
  Exchange();
  EXPECT_EQ(server->status, IoStatus::kWouldBlock) << "64 KiB";
  SendAll(peer_fd, "x");
  EXPECT_TRUE(ExchangeUntil([&] { return server->status == IoStatus::kError; }));
}

TEST_F(TlsStreamTest, WriteWaitsForTheHandshake) {
  for (const int version : kVersions) {
    Start(version);
    server->Write("early");
    EXPECT_EQ(server->write_status, IoStatus::kWouldBlock);
    EXPECT_EQ(server->output.size(), 5u);
    RunTurns(3);
    EXPECT_EQ(server->blocked_writes, 1) << "no call before there is something to do";
    ASSERT_TRUE(Handshake()) << peer->error();
    std::string received;
    EXPECT_TRUE(ExchangeUntil([&] { return (received += peer->Read()) == "early"; }));
    EXPECT_EQ(server->write_status, IoStatus::kOk);
  }
}

// S51: whoever cuts the connection must not pass for the peer.
TEST_F(TlsStreamTest, OnlyCloseNotifyIsAnEnd) {
  const std::string bytes = TestBytes(40000);
  for (const int version : kVersions) {
    Open(version);
    peer->TakeOutput();
    peer->Write(bytes);
    peer->End();
    const size_t whole = peer->TakeOutput().size();
    for (const size_t cut :
         {size_t{0}, size_t{1}, size_t{4}, size_t{5}, size_t{6}, size_t{1000}, size_t{16405}, size_t{20000},
          size_t{33000}, whole - 32, whole - 24, whole - 19, whole - 2, whole - 1, whole}) {
      SCOPED_TRACE(std::to_string(version) + ", " + std::to_string(cut) + " of " + std::to_string(whole));
      Open(version);
      peer->Write(bytes);
      peer->End();
      SendAll(peer_fd, peer->TakeOutput().substr(0, cut));
      ::shutdown(peer_fd.get(), SHUT_WR);
      const IoStatus expected = cut == whole ? IoStatus::kEnd : IoStatus::kError;
      EXPECT_TRUE(ExchangeUntil([&] { return server->status == expected; }));
      EXPECT_EQ(server->received, bytes.substr(0, server->received.size()));
      if (cut == whole) {
        EXPECT_EQ(server->received.size(), bytes.size());
      }
    }
  }
}

TEST_F(TlsStreamTest, EndStays) {
  Open(TLS1_3_VERSION);
  peer->Write("last");
  peer->End();
  EXPECT_TRUE(ExchangeUntil([&] { return server->status == IoStatus::kEnd; }));
  EXPECT_EQ(server->received, "last");
  // Nothing comes from the socket any more, but who waits is told again.
  server->readable_calls = 0;
  server->stream.WaitReadable();
  RunTurns(3);
  EXPECT_EQ(server->readable_calls, 1);
  EXPECT_EQ(server->status, IoStatus::kEnd);
  server->Write("answer");
  std::string answer;
  EXPECT_TRUE(ExchangeUntil([&] { return (answer += peer->Read()) == "answer"; })) << "half closed only";
}

TEST_F(TlsStreamTest, TamperedBytesAreAnError) {
  for (const int version : kVersions) {
    Open(version);
    peer->Write("hello");
    std::string record = peer->TakeOutput();
    record.back() = static_cast<char>(record.back() ^ 1);
    SendAll(peer_fd, record);
    EXPECT_TRUE(ExchangeUntil([&] { return server->status == IoStatus::kError; }));
    EXPECT_EQ(server->received, "");
    EXPECT_TRUE(ExchangeUntil([&] { return peer->Read().empty() && !peer->error().empty(); }));
    EXPECT_EQ(peer->error(), "sslv3 alert bad record mac");
  }
}

// --- Much data ---

TEST_F(TlsStreamTest, ManyMegabytesBothWaysThroughSmallBuffers) {
  const std::string bytes = TestBytes(3 * 1024 * 1024);
  for (const int version : kVersions) {
    Open(version, Narrow(MakeUnixPair()));
    server->on_data = [&] {
      server->output.Append(std::exchange(server->received, {}));
      server->Flush();
    };
    std::string_view rest = bytes;
    std::string back;
    const bool done = ExchangeUntil([&] {
      const std::string_view piece = rest.substr(0, 30000);
      if (!piece.empty()) peer->Write(piece);
      rest.remove_prefix(piece.size());
      back += peer->Read();
      return back.size() >= bytes.size();
    });
    EXPECT_TRUE(done) << back.size();
    EXPECT_TRUE(back == bytes);
    EXPECT_GT(server->blocked_writes, 0);
  }
}

TEST_F(TlsStreamTest, ShortAndInterruptedCallsChangeNothing) {  // R16: short I/O
  const std::string bytes = TestBytes(200000);
  std::mt19937 random(7);
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
  for (const int version : kVersions) {
    Start(version);
    SyscallHooks hooks;
    bool client_done = false;
    std::string back;
    server->on_data = [&] {
      server->output.Append(std::exchange(server->received, {}));
      server->Flush();
    };
    for (int round = 0; round < 100000 && back.size() < bytes.size(); ++round) {
      if (!client_done && (client_done = peer->Handshake())) peer->Write(bytes.substr(0, 16000));
      SendAll(peer_fd, peer->TakeOutput());
      hooks.before_receive = hooks.before_send = fault;  // for the loop's calls, not for those of the test
      RunTurns(3);
      hooks.before_receive = hooks.before_send = nullptr;
      char buffer[4096];
      const ssize_t got = ::recv(peer_fd.get(), buffer, sizeof(buffer), MSG_DONTWAIT);
      if (got > 0) peer->Feed(std::string_view(buffer, static_cast<size_t>(got)));
      if (!client_done) continue;
      const size_t before = back.size();
      back += peer->Read();
      if (back.size() / 16000 > before / 16000 && back.size() % 16000 == 0 && back.size() < bytes.size()) {
        peer->Write(bytes.substr(back.size(), 16000));
      }
    }
    EXPECT_TRUE(back == bytes) << back.size();
  }
}

TEST_F(TlsStreamTest, WriteGathersPiecesIntoRecordsAndRecordsIntoCalls) {
  Open(TLS1_3_VERSION);
  ExchangeUntil([&] { return !peer->Read().empty(); });  // tickets
  const struct {
    const char* name;
    std::vector<size_t> pieces;
    size_t records;
  } cases[] = {
      {"one small", {10}, 1},
      {"large and small in turn", {16384, 9, 16384, 9}, 3},
      {"exactly a record", {16384}, 1},
      {"one byte more", {16385}, 2},
      {"two records", {32768}, 2},
      {"small before large", {9, 16384}, 2},
      {"three records", {9, 20000, 20000}, 3},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    std::string expected;
    for (const size_t size : c.pieces) {
      const std::string piece = TestBytes(size);
      expected += piece;
      server->output.Append(Payload::Own(piece));
    }
    SyscallHooks hooks;
    server->Flush();
    EXPECT_EQ(hooks.sends, 1);
    EXPECT_EQ(server->write_status, IoStatus::kOk);
    std::string encrypted(256 * 1024, '\0');
    const ssize_t got = ::recv(peer_fd.get(), encrypted.data(), encrypted.size(), MSG_DONTWAIT);
    ASSERT_GT(got, 0);
    encrypted.resize(static_cast<size_t>(got));
    EXPECT_EQ(encrypted.size(), expected.size() + c.records * (5 + 1 + 16));  // header, content type, tag
    peer->Feed(encrypted);
    EXPECT_EQ(peer->Read(), expected);
  }
}

// What OpenSSL holds does not make the socket readable again.
TEST_F(TlsStreamTest, BytesThatAreBufferedAreReadTurnByTurn) {
  const std::string bytes = TestBytes(100000);
  for (const int version : kVersions) {
    for (const size_t read_size : {size_t{1000}, size_t{16384}, size_t{16385}}) {
      SCOPED_TRACE(std::to_string(version) + ", " + std::to_string(read_size));
      Open(version, MakeUnixPair(), read_size);
      for (size_t i = 0; i < bytes.size(); i += 10000) peer->Write(std::string_view(bytes).substr(i, 10000));
      SendAll(peer_fd, peer->TakeOutput());
      int turns = 0;
      for (; server->received.size() < bytes.size() && turns < 1000; ++turns) {
        const int calls = server->readable_calls;
        RunTurns(1);
        EXPECT_LE(server->readable_calls, calls + 1) << "at most one call in a turn";
      }
      EXPECT_TRUE(server->received == bytes) << server->received.size();
    }
  }
}

// --- What TLS says beside the data ---

TEST_F(TlsStreamTest, KeysMayChangeAtAnyTime) {
  Open(TLS1_3_VERSION);
  std::string sent;
  std::string back;
  for (int i = 0; i < 20; ++i) {
    peer->UpdateKey();
    peer->Write("ping");
    EXPECT_TRUE(ExchangeUntil([&] { return server->received.size() == 4u * (i + 1); }));
    server->Write("pong");
    sent += "pong";
    EXPECT_TRUE(ExchangeUntil([&] { return (back += peer->Read()) == sent; })) << peer->error();
  }
}

TEST_F(TlsStreamTest, RecordsWithoutDataDoNotKeepItBusy) {
  Open(TLS1_3_VERSION);
  for (int i = 0; i < 30; ++i) peer->UpdateKey();
  peer->Write("x");
  EXPECT_TRUE(ExchangeUntil([&] { return server->received == "x" || server->status == IoStatus::kError; }));
}

TEST_F(TlsStreamTest, RenegotiationIsRefused) {
  Open(TLS1_2_VERSION);
  EXPECT_EQ(SSL_renegotiate(peer->ssl()), 1);
  peer->Handshake();
  EXPECT_TRUE(ExchangeUntil([&] {
    peer->Handshake();
    return !peer->error().empty();
  }));
  EXPECT_EQ(peer->error(), "no renegotiation");
  EXPECT_EQ(server->received, "");
}

// --- The end ---

TEST_F(TlsStreamTest, ShutdownWriteEndsOneDirectionOnly) {
  for (const int version : kVersions) {
    Open(version);
    server->Write("last");
    server->stream.ShutdownWrite();
    server->stream.ShutdownWrite();
    std::string received;
    EXPECT_TRUE(ExchangeUntil([&] {
      received += peer->Read();
      return peer->ended() && client_lost_;
    }));
    EXPECT_EQ(received, "last");
    EXPECT_EQ(peer->error(), "");
    peer->Write("still");
    EXPECT_TRUE(ExchangeUntil([&] { return server->received == "still"; }));
  }
}

TEST_F(TlsStreamTest, ShutdownWriteComesAfterWhatTheSocketHasNotTakenYet) {
  Open(TLS1_3_VERSION, Narrow(MakeUnixPair()));
  const std::string bytes = TestBytes(200000);
  server->output.Append(Payload::Own(bytes));
  std::string received;
  bool told = false;
  EXPECT_TRUE(ExchangeUntil([&] {
    if (!told && server->output.empty()) {
      server->stream.ShutdownWrite();
      told = true;
    } else if (!told) {
      server->Flush();
    }
    received += peer->Read();
    return peer->ended() && client_lost_;
  }));
  EXPECT_TRUE(received == bytes);
}

TEST_F(TlsStreamTest, CloseTellsThePeerThatSomethingMayBeMissing) {
  Open(TLS1_3_VERSION);
  server->Write("some");
  std::string received;
  EXPECT_TRUE(ExchangeUntil([&] { return (received += peer->Read()) == "some"; }));
  server->stream.Close();
  EXPECT_TRUE(server->stream.closed());
  EXPECT_TRUE(ExchangeUntil([&] { return client_lost_; }));
  EXPECT_EQ(peer->Read(), "");
  EXPECT_FALSE(peer->ended());
  EXPECT_EQ(server->stream.Read(loop.read_block(), 1).status, IoStatus::kError);
  server->Write("x");
  EXPECT_EQ(server->write_status, IoStatus::kError);
  server->stream.ShutdownWrite();
}

TEST_F(TlsStreamTest, NoCallAfterClose) {
  for (const int pending : {0, 1}) {
    Open(TLS1_3_VERSION, MakeUnixPair(), 10);
    peer->Write(std::string(1000, 'x'));
    SendAll(peer_fd, peer->TakeOutput());
    if (pending == 1) {
      ASSERT_TRUE(ExchangeUntil([&] { return !server->received.empty(); }));
    }
    server->stream.WaitReadable();
    server->stream.WaitWritable();
    server->stream.Close();
    server->stream.WaitReadable();
    server->stream.WaitWritable();
    const int calls = server->readable_calls;
    RunTurns(3);
    EXPECT_EQ(server->readable_calls, calls);
    EXPECT_EQ(server->blocked_writes, 0);
  }
}

TEST_F(TlsStreamTest, MayBeDestroyedInACallOfTheWatcher) {
  for (const size_t read_size : {size_t{10}, Loop::kReadBlockSize}) {
    for (int calls = 1; calls <= 3; ++calls) {
      Open(TLS1_3_VERSION);
      FunctionWatcher watcher;
      SocketPair pair = MakeUnixPair();
      test::TlsPeer client;
      auto stream = std::make_unique<TlsStream>(&loop, Accepted(std::move(pair.ours)), context_, &watcher);
      int seen = 0;
      watcher.on_readable = [&] {
        if (++seen == calls) {
          stream.reset();
          loop.Stop();
          return;
        }
        stream->Read(loop.read_block(), read_size);
        stream->WaitReadable();
        ::fcntl(pair.peers.get(), F_SETFL, O_NONBLOCK);
        char buffer[8192];
        const ssize_t got = ::recv(pair.peers.get(), buffer, sizeof(buffer), 0);
        if (got > 0) client.Feed(std::string_view(buffer, static_cast<size_t>(got)));
        if (client.Handshake()) client.Write(std::string(1000, 'x'));
        SendAll(pair.peers, client.TakeOutput());
      };
      client.Handshake();
      SendAll(pair.peers, client.TakeOutput());
      stream->WaitReadable();
      Run();
      EXPECT_EQ(stream, nullptr);
    }
  }
}

TEST_F(TlsStreamTest, ResetDuringAWriteRaisesNoSignal) {  // S52: SIGPIPE has its default action here
  const auto payload = std::string(10 * 1024 * 1024, 'x');
  for (int round = 0; round < 20; ++round) {
    Open(kVersions[round % 2], Narrow(MakeTcpPair()));
    server->output.Append(Payload::Own(payload));
    server->Flush();
    EXPECT_EQ(server->write_status, IoStatus::kWouldBlock);
    for (int i = 0; i < round; ++i) Exchange();
    ResetOnClose(peer_fd);
    peer_fd = UniqueFd();
    for (int i = 0; i < 1000 && server->write_status != IoStatus::kError; ++i) RunTurns(1);
    EXPECT_EQ(server->write_status, IoStatus::kError);
    server->Flush();
    EXPECT_EQ(server->write_status, IoStatus::kError);
  }
}

}  // namespace
}  // namespace connectrpc::net
