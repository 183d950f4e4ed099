#include "net/listener.h"

#include <dirent.h>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <fstream>
#include <memory>
#include <new>
#include <set>
#include <utility>
#include <vector>

#include "net/address.h"
#include "net/net_test_util.h"
#include "net/syscall_hooks.h"

namespace connectrpc::net {
namespace {

using ::connectrpc::testing::SyscallHooks;
using std::chrono::milliseconds;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class FunctionAcceptor final : public Listener::Acceptor {
 public:
  void OnAccept(ConnectedSocket socket) override { on_accept(std::move(socket)); }
  std::function<void(ConnectedSocket)> on_accept;
};

// A blocking client socket, connected to what ParseListenAddress reads in `address`; invalid if that is refused.
UniqueFd Connect(const std::string& address) {
  const auto parsed = ParseListenAddress(address);
  EXPECT_TRUE(parsed.ok()) << parsed.status();
  const SocketAddress& to = parsed->front();
  UniqueFd fd(::socket(to.family(), SOCK_STREAM | SOCK_CLOEXEC, 0));
  return ::connect(fd.get(), to.get(), to.size) == 0 ? std::move(fd) : UniqueFd();
}

bool HasIpv6() {
  const auto parsed = ParseListenAddress("[::1]:0");
  const UniqueFd fd(::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0));
  return fd.valid() && ::bind(fd.get(), parsed->front().get(), parsed->front().size) == 0;
}

std::set<int> OpenDescriptors() {
  std::set<int> fds;
  DIR* const directory = ::opendir("/proc/self/fd");
  while (const dirent* entry = ::readdir(directory)) {
    const int fd = std::atoi(entry->d_name);
    if (entry->d_name[0] != '.' && fd != ::dirfd(directory)) fds.insert(fd);
  }
  ::closedir(directory);
  return fds;
}

class ListenerTest : public LoopTest {
 protected:
  // Accepts into `accepted`, and stops the loop when there are `count`.
  void CollectUntil(size_t count) {
    acceptor.on_accept = [this, count](ConnectedSocket socket) {
      accepted.push_back(std::move(socket));
      if (accepted.size() == count) loop.Stop();
    };
  }

  std::unique_ptr<Listener> MustOpen(const std::string& address, const ListenOptions& options = {}) {
    auto opened = Listener::Open(&loop, address, options);
    EXPECT_TRUE(opened.ok()) << opened.status();
    return opened.ok() ? *std::move(opened) : nullptr;
  }

  FunctionAcceptor acceptor;
  std::vector<ConnectedSocket> accepted;
};

TEST_F(ListenerTest, AcceptsOnEachFormOfAddress) {
  const struct {
    const char* name;
    const char* address;
    const char* listening;  // how its address() begins
    const char* connect;    // followed by the port, if it ends with ':'
    const char* peer;       // how the peer's name begins
    bool needs_ipv6;
  } kCases[] = {
      {"IPv4", "127.0.0.1:0", "127.0.0.1:", "127.0.0.1:", "ipv4:127.0.0.1:", false},
      {"IPv4 wildcard", "0.0.0.0:0", "0.0.0.0:", "127.0.0.1:", "ipv4:127.0.0.1:", false},
      {"localhost", "localhost:0", "127.0.0.1:", "127.0.0.1:", "ipv4:127.0.0.1:", false},
      {"all interfaces, by IPv4", ":0", "", "127.0.0.1:", "ipv4:127.0.0.1:", false},
      {"all interfaces, by IPv6", ":0", "[::]:", "[::1]:", "ipv6:[::1]:", true},
      {"IPv6", "[::1]:0", "[::1]:", "[::1]:", "ipv6:[::1]:", true},
      {"abstract", "unix:@connectrpc-net-test", "unix:@connectrpc-net-test", "unix:@connectrpc-net-test",
       "unix:", false},
  };
  for (const auto& test : kCases) {
    SCOPED_TRACE(test.name);
    if (test.needs_ipv6 && !HasIpv6()) continue;
    accepted.clear();
    const auto listener = MustOpen(test.address);
    ASSERT_NE(listener, nullptr);
    EXPECT_THAT(listener->address(), StartsWith(test.listening));
    std::string connect = test.connect;
    if (connect.back() == ':') {
      EXPECT_GT(listener->port(), 0);
      EXPECT_THAT(listener->address(), ::testing::EndsWith(":" + std::to_string(listener->port())));
      connect += std::to_string(listener->port());
    } else {
      EXPECT_EQ(listener->port(), 0);
    }
    CollectUntil(1);
    listener->Start(&acceptor);
    const UniqueFd client = Connect(connect);
    ASSERT_TRUE(client.valid());
    Run();
    ASSERT_EQ(accepted.size(), 1u);
    EXPECT_THAT(accepted[0].peer(), StartsWith(test.peer));
    SendAll(UniqueFd(accepted[0].Release()), "hello");
    EXPECT_EQ(ReceiveAll(client, 6), "hello");
  }
}

TEST_F(ListenerTest, PeerIsTheClientsAddress) {
  const auto listener = MustOpen("127.0.0.1:0");
  CollectUntil(1);
  listener->Start(&acceptor);
  const UniqueFd client = Connect(listener->address());
  SocketAddress own;
  own.size = sizeof(own.storage);
  ASSERT_EQ(::getsockname(client.get(), own.get(), &own.size), 0);
  Run();
  EXPECT_EQ(accepted[0].peer(), "ipv4:" + FormatAddress(own));
}

TEST_F(ListenerTest, ErrorsNameAddressAndReason) {
  const auto listener = MustOpen("127.0.0.1:0");
  const std::string taken = listener->address();
  const struct {
    const char* name;
    std::string address;
    absl::StatusCode code;
    const char* reason;
  } kCases[] = {
      {"not an address", "example.com:80", absl::StatusCode::kInvalidArgument, "neither"},
      {"in use", taken, absl::StatusCode::kUnavailable, "in use"},
      {"not of this host", "192.0.2.1:0", absl::StatusCode::kUnavailable, "Cannot assign"},
      {"no such folder", "unix:/nonexistent/folder/a", absl::StatusCode::kUnavailable, "No such file"},
  };
  for (const auto& test : kCases) {
    SCOPED_TRACE(test.name);
    const auto opened = Listener::Open(&loop, test.address);
    ASSERT_FALSE(opened.ok());
    EXPECT_EQ(opened.status().code(), test.code);
    EXPECT_THAT(std::string(opened.status().message()), HasSubstr(test.address));
    EXPECT_THAT(std::string(opened.status().message()), HasSubstr(test.reason));
  }
}

TEST_F(ListenerTest, PortIsFreeAgainAtOnce) {
  auto listener = MustOpen("127.0.0.1:0");
  const std::string address = listener->address();
  CollectUntil(1);
  listener->Start(&acceptor);
  const UniqueFd client = Connect(address);
  Run();
  accepted.clear();  // closed by the server first: its end stays in TIME_WAIT
  EXPECT_EQ(ReceiveAll(client, 1), "");
  listener.reset();
  EXPECT_NE(MustOpen(address), nullptr);
}

TEST_F(ListenerTest, ConnectionsBeforeStartWait) {
  const auto listener = MustOpen("127.0.0.1:0");
  const UniqueFd client = Connect(listener->address());
  ASSERT_TRUE(client.valid());
  RunTurns(3);
  CollectUntil(1);
  listener->Start(&acceptor);
  Run();
  EXPECT_EQ(accepted.size(), 1u);
}

TEST_F(ListenerTest, AcceptsAtMost64ATurn) {
  const auto listener = MustOpen("127.0.0.1:0");
  std::vector<UniqueFd> clients;
  for (int i = 0; i < 65; ++i) clients.push_back(Connect(listener->address()));
  CollectUntil(1000);
  listener->Start(&acceptor);
  RunTurns(1);
  EXPECT_EQ(accepted.size(), 64u);
  RunTurns(1);
  EXPECT_EQ(accepted.size(), 65u);
}

TEST_F(ListenerTest, EveryDescriptorIsClosedOnExec) {  // R18
  const std::set<int> before = OpenDescriptors();
  Loop own_loop;
  auto opened = Listener::Open(&own_loop, "127.0.0.1:0");
  ASSERT_TRUE(opened.ok());
  const UniqueFd client = Connect((*opened)->address());
  std::unique_ptr<Socket> socket;
  FunctionWatcher watcher;
  acceptor.on_accept = [&](ConnectedSocket accepted_socket) {
    EXPECT_EQ(accepted_socket.peer().substr(0, 5), "ipv4:");
    socket = std::make_unique<Socket>(&own_loop, std::move(accepted_socket), &watcher);
    own_loop.Stop();
  };
  (*opened)->Start(&acceptor);
  own_loop.Run();
  int checked = 0;
  for (const int fd : OpenDescriptors()) {
    if (before.count(fd) != 0) continue;
    EXPECT_NE(::fcntl(fd, F_GETFD) & FD_CLOEXEC, 0) << fd;
    ++checked;
  }
  EXPECT_GE(checked, 6) << "epoll, timer, wake-up, listener, client and connection";
}

TEST_F(ListenerTest, CloseEndsAccepting) {
  const auto listener = MustOpen("127.0.0.1:0");
  acceptor.on_accept = [](ConnectedSocket) { ADD_FAILURE(); };
  listener->Start(&acceptor);
  const UniqueFd client = Connect(listener->address());
  listener->Close();
  listener->Close();
  listener->Start(&acceptor);
  RunTurns(3);
  EXPECT_FALSE(Connect(listener->address()).valid());
}

TEST_F(ListenerTest, CloseOrDestructionInsideOnAccept) {
  for (const bool destroy : {false, true}) {
    SCOPED_TRACE(destroy ? "destroy" : "close");
    auto listener = MustOpen("127.0.0.1:0");
    const UniqueFd first = Connect(listener->address());
    const UniqueFd second = Connect(listener->address());
    int calls = 0;
    acceptor.on_accept = [&](ConnectedSocket) {
      ++calls;
      if (destroy) {
        listener.reset();
      } else {
        listener->Close();
      }
    };
    listener->Start(&acceptor);
    RunTurns(3);
    EXPECT_EQ(calls, 1);
  }
}

TEST_F(ListenerTest, ExceptionInOnAcceptCostsThatConnectionOnly) {
  const auto listener = MustOpen("127.0.0.1:0");
  const UniqueFd first = Connect(listener->address());
  const UniqueFd second = Connect(listener->address());
  bool thrown = false;
  acceptor.on_accept = [&](ConnectedSocket) {
    if (!std::exchange(thrown, true)) throw std::bad_alloc();
    loop.Stop();
  };
  listener->Start(&acceptor);
  Run();
  EXPECT_EQ(ReceiveAll(first, 1), "");
}

TEST_F(ListenerTest, ExceptionAfterDestructionArmsNothing) {
  auto listener = MustOpen("127.0.0.1:0");
  const UniqueFd client = Connect(listener->address());
  acceptor.on_accept = [&](ConnectedSocket) {
    listener.reset();
    throw std::bad_alloc();
  };
  listener->Start(&acceptor);
  RunTurns(2);
  EXPECT_EQ(listener, nullptr);
}

TEST_F(ListenerTest, PassesOverErrorsOfOneConnection) {  // R15, L7: the next accept follows at once
  for (const int error : {EINTR, ECONNABORTED, ECONNRESET, EPERM, EPROTO, ENOPROTOOPT, EOPNOTSUPP, ENETDOWN,
                          ENETUNREACH, EHOSTDOWN, EHOSTUNREACH, ENONET, ETIMEDOUT}) {
    SCOPED_TRACE(std::strerror(error));
    accepted.clear();
    const auto listener = MustOpen("127.0.0.1:0");
    const UniqueFd client = Connect(listener->address());
    SyscallHooks hooks;
    hooks.before_accept = [&] { return hooks.accepts == 1 ? error : 0; };
    CollectUntil(1);
    listener->Start(&acceptor);
    RunTurns(1);
    EXPECT_EQ(accepted.size(), 1u);
  }
}

TEST_F(ListenerTest, EndlessErrorsOfConnectionsDoNotHoldUpTheTurn) {
  const auto listener = MustOpen("127.0.0.1:0");
  const UniqueFd client = Connect(listener->address());
  SyscallHooks hooks;
  hooks.before_accept = [] { return ECONNABORTED; };
  listener->Start(&acceptor);
  RunTurns(2);
  EXPECT_EQ(hooks.accepts, 2 * 64);
}

TEST_F(ListenerTest, WaitsAgainWhenTheConnectionIsGone) {
  const auto listener = MustOpen("127.0.0.1:0");
  const UniqueFd client = Connect(listener->address());
  SyscallHooks hooks;
  hooks.before_accept = [&] { return hooks.accepts == 1 ? EAGAIN : 0; };
  CollectUntil(1);
  listener->Start(&acceptor);
  RunTurns(1);
  EXPECT_EQ(accepted.size(), 0u);
  Run();
  EXPECT_EQ(accepted.size(), 1u);
}

TEST_F(ListenerTest, PausesWhenTheHostHasRunOutOfSomething) {  // R14, L7
  for (const int error : {EMFILE, ENFILE, ENOBUFS, ENOMEM, ENOSR}) {
    SCOPED_TRACE(std::strerror(error));
    accepted.clear();
    const auto listener = MustOpen("127.0.0.1:0");
    const UniqueFd client = Connect(listener->address());
    std::vector<wire::TimePoint> attempts;
    SyscallHooks hooks;
    hooks.before_accept = [&] {
      attempts.push_back(loop.Now());
      return hooks.accepts <= 2 ? error : 0;
    };
    CollectUntil(1);
    listener->Start(&acceptor);
    Run();
    EXPECT_EQ(accepted.size(), 1u);
    ASSERT_GE(attempts.size(), 3u);
    EXPECT_GE(attempts[1] - attempts[0], milliseconds(100));
    EXPECT_GE(attempts[2] - attempts[1], milliseconds(100));
    EXPECT_LT(hooks.blockings, 20) << "spinning";
  }
}

TEST_F(ListenerTest, CloseDuringAPause) {
  auto listener = MustOpen("127.0.0.1:0");
  const UniqueFd client = Connect(listener->address());
  SyscallHooks hooks;
  hooks.before_accept = [] { return EMFILE; };
  listener->Start(&acceptor);
  RunTurns(2);
  EXPECT_EQ(hooks.accepts, 1);
  listener.reset();
  RunTurns(2);
  EXPECT_EQ(hooks.accepts, 1);
}

TEST_F(ListenerTest, StopsOnErrorsThatStay) {  // R15
  for (const int error : {EBADF, EINVAL, ENOTSOCK, EFAULT}) {
    SCOPED_TRACE(std::strerror(error));
    const auto listener = MustOpen("127.0.0.1:0");
    const UniqueFd client = Connect(listener->address());
    SyscallHooks hooks;
    hooks.before_accept = [&] { return error; };
    listener->Start(&acceptor);
    RunTurns(3);
    EXPECT_EQ(hooks.accepts, 1);
    EXPECT_FALSE(Connect(listener->address()).valid()) << "nobody may wait in its backlog";
  }
}

// Lowers the number of descriptors that this process may have, for as long as it lives.
class DescriptorLimit {
 public:
  explicit DescriptorLimit(size_t more) {
    EXPECT_EQ(::getrlimit(RLIMIT_NOFILE, &before_), 0);
    // The limit is on the number of the next descriptor, so gaps below it count as room.
    size_t limit = 0;
    const std::set<int> open = OpenDescriptors();
    for (size_t free = 0; free < more; ++limit) free += open.count(static_cast<int>(limit)) == 0 ? 1 : 0;
    rlimit lowered = before_;
    lowered.rlim_cur = limit;
    EXPECT_EQ(::setrlimit(RLIMIT_NOFILE, &lowered), 0);
  }
  ~DescriptorLimit() { ::setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  rlimit before_;
};

TEST_F(ListenerTest, SurvivesTheLackOfDescriptors) {  // R14, L7
  constexpr size_t kClients = 20;
  constexpr size_t kRoom = 8;
  const auto listener = MustOpen("127.0.0.1:0");
  std::vector<UniqueFd> clients;
  for (size_t i = 0; i < kClients; ++i) clients.push_back(Connect(listener->address()));

  size_t served = 0;
  FunctionTask make_room([&] { accepted.clear(); });
  SyscallHooks hooks;
  int failures_in_a_row = 0;
  size_t served_before = 0;
  hooks.before_accept = [&] {
    // Room is made when a second attempt in a row has met none: the pause has been slept through at least once.
    failures_in_a_row = served == served_before && accepted.size() == kRoom ? failures_in_a_row + 1 : 0;
    served_before = served;
    if (failures_in_a_row == 2) loop.Post(&make_room);
    return 0;
  };
  acceptor.on_accept = [&](ConnectedSocket socket) {
    accepted.push_back(std::move(socket));
    if (++served == kClients) loop.Stop();
  };
  listener->Start(&acceptor);
  {
    const DescriptorLimit limit(kRoom);
    Run();
  }
  EXPECT_EQ(served, kClients);
  EXPECT_LE(hooks.accepts, static_cast<int>(kClients) + 10) << "spinning";
  EXPECT_LE(hooks.blockings, 60) << "spinning";
}

class UnixListenerTest : public ListenerTest {
 protected:
  UnixListenerTest() {
    std::string name = ::testing::TempDir() + "connectrpc-net-XXXXXX";
    EXPECT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
    path = folder_ + "/socket";
    address = "unix:" + path;
  }
  ~UnixListenerTest() override {
    ::unlink(path.c_str());
    ::rmdir(folder_.c_str());
  }

  bool Exists() const {
    struct stat status;
    return ::lstat(path.c_str(), &status) == 0;
  }

  // What a process leaves that ends without cleaning up.
  void LeaveStaleSocket(int type = SOCK_STREAM) const {
    const auto parsed = ParseListenAddress(address);
    const UniqueFd fd(::socket(AF_UNIX, type | SOCK_CLOEXEC, 0));
    ASSERT_EQ(::bind(fd.get(), parsed->front().get(), parsed->front().size), 0) << std::strerror(errno);
  }

  std::string path;
  std::string address;

 private:
  std::string folder_;
};

TEST_F(UnixListenerTest, AcceptsAndRemovesItsFile) {
  auto listener = MustOpen(address);
  EXPECT_EQ(listener->address(), address);
  EXPECT_EQ(listener->port(), 0);
  EXPECT_TRUE(Exists());
  CollectUntil(1);
  listener->Start(&acceptor);
  const UniqueFd client = Connect(address);
  Run();
  EXPECT_EQ(accepted[0].peer(), "unix:");
  listener->Close();
  EXPECT_FALSE(Exists());
  EXPECT_FALSE(Connect(address).valid());
}

TEST_F(UnixListenerTest, ReplacesAStaleFile) {  // R29
  LeaveStaleSocket();
  ASSERT_TRUE(Exists());
  EXPECT_FALSE(Connect(address).valid());
  const auto listener = MustOpen(address);
  EXPECT_TRUE(Connect(address).valid());
}

TEST_F(UnixListenerTest, LeavesALiveOneAlone) {
  const auto live = MustOpen(address);
  const auto second = Listener::Open(&loop, address);
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(second.status().message()), HasSubstr("in use"));
  EXPECT_TRUE(Connect(address).valid());
}

TEST_F(UnixListenerTest, LeavesALiveOneWithAFullBacklogAlone) {
  const auto parsed = ParseListenAddress(address);
  const UniqueFd live(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  ASSERT_EQ(::bind(live.get(), parsed->front().get(), parsed->front().size), 0);
  ASSERT_EQ(::listen(live.get(), 0), 0);
  const UniqueFd filler = Connect(address);
  EXPECT_FALSE(Listener::Open(&loop, address).ok());
  EXPECT_TRUE(Exists());
}

TEST_F(UnixListenerTest, LeavesOtherFilesAlone) {
  std::ofstream(path) << "precious";
  const auto opened = Listener::Open(&loop, address);
  ASSERT_FALSE(opened.ok());
  EXPECT_THAT(std::string(opened.status().message()), HasSubstr("in use"));
  std::string content;
  std::ifstream(path) >> content;
  EXPECT_EQ(content, "precious");
}

TEST_F(UnixListenerTest, LeavesASocketOfAnotherTypeAlone) {
  const auto parsed = ParseListenAddress(address);
  const UniqueFd datagram(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ASSERT_EQ(::bind(datagram.get(), parsed->front().get(), parsed->front().size), 0);
  EXPECT_FALSE(Listener::Open(&loop, address).ok());
  EXPECT_TRUE(Exists());
}

TEST_F(UnixListenerTest, DoesNotRemoveWhatTookItsPlace) {
  const auto first = MustOpen(address);
  ASSERT_EQ(::unlink(path.c_str()), 0);
  const auto second = MustOpen(address);
  first->Close();
  EXPECT_TRUE(Exists());
  EXPECT_TRUE(Connect(address).valid());
}

TEST_F(UnixListenerTest, AbstractNameMakesNoFileAndIsFreeAfterClose) {
  const std::string name = "unix:@" + path;
  auto listener = MustOpen(name);
  EXPECT_FALSE(Exists());
  EXPECT_FALSE(Listener::Open(&loop, name).ok());
  listener.reset();
  EXPECT_NE(MustOpen(name), nullptr);
}

TEST_F(ListenerTest, NewcomersWhoWereIgnoredFindTheNextListener) {
  ListenOptions shared;
  shared.reuse_port = true;
  const auto first = MustOpen("127.0.0.1:0", shared);
  const std::string address = first->address();
  const UniqueFd early = Connect(address);  // waits to be accepted
  ASSERT_TRUE(first->IgnoreNewcomers());

  FunctionAcceptor ends;
  std::vector<ConnectedSocket> accepted_by_first;
  ends.on_accept = [&](ConnectedSocket socket) { accepted_by_first.push_back(std::move(socket)); };
  first->Start(&ends);

  const SocketAddress to = ParseListenAddress(address)->front();
  const UniqueFd late(::socket(to.family(), SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  ASSERT_EQ(::connect(late.get(), to.get(), to.size), -1);  // on this host its first request is lost by now
  ASSERT_EQ(errno, EINPROGRESS);

  const auto second = MustOpen(address, shared);
  CollectUntil(1);
  second->Start(&acceptor);
  first->AcceptAllAndClose();
  loop.Run();
  EXPECT_EQ(accepted_by_first.size(), 1U);
  EXPECT_EQ(accepted.size(), 1U);
}

TEST_F(ListenerTest, NewcomersAreOnlyIgnoredWhereOthersMayListen) {
  EXPECT_FALSE(MustOpen("127.0.0.1:0")->IgnoreNewcomers());
  ListenOptions shared;
  shared.reuse_port = true;
  EXPECT_FALSE(MustOpen("unix:@connectrpc-listener-newcomers", shared)->IgnoreNewcomers());
}

}  // namespace
}  // namespace connectrpc::net
