#include "net/connector.h"

#include <gmock/gmock.h>

#include <cerrno>
#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "net/listener.h"
#include "net/net_test_util.h"
#include "net/syscall_hooks.h"

namespace connectrpc::net {
namespace {

using ::connectrpc::testing::SyscallHooks;
using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::HasSubstr;

constexpr wire::Duration kOneTick{1};

std::vector<SocketAddress> Parsed(const std::vector<std::string>& texts) {
  std::vector<SocketAddress> addresses;
  for (const std::string& text : texts) addresses.push_back(ParseEndpoint(text)->addresses.at(0));
  return addresses;
}

// Listens, and its kernel takes no more connections: whoever tries gets no answer.
class SilentServer {
 public:
  SilentServer() : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    EXPECT_EQ(::bind(listener_.get(), generic, size), 0);
    EXPECT_EQ(::listen(listener_.get(), 0), 0);
    EXPECT_EQ(::getsockname(listener_.get(), generic, &size), 0);
    // A backlog of 0 takes one.
    client_ = UniqueFd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    EXPECT_EQ(::connect(client_.get(), generic, size), 0);
    address_ = "127.0.0.1:" + std::to_string(ntohs(address.sin_port));
  }
  const std::string& address() const { return address_; }

 private:
  UniqueFd listener_;
  UniqueFd client_;
  std::string address_;
};

// Nobody listens there.
std::string DeadAddress() {
  Loop loop;
  return (*Listener::Open(&loop, "127.0.0.1:0"))->address();
}

class ConnectorTest : public LoopTest, public Connector::Watcher, public Listener::Acceptor {
 protected:
  ConnectorTest() : server_(*Listener::Open(&loop, "127.0.0.1:0")) { server_->Start(this); }

  void OnConnected(absl::StatusOr<std::unique_ptr<ByteStream>> stream) override {
    EXPECT_FALSE(outcome.has_value()) << "once";
    EXPECT_FALSE(starting_) << "from inside Start";
    if (stream.ok()) {
      outcome = "connected to " + (*stream)->peer();
      connected = *std::move(stream);
    } else {
      EXPECT_EQ(stream.status().code(), absl::StatusCode::kUnavailable);
      outcome = std::string(stream.status().message());
    }
    connector.reset();  // as owners do
  }
  void OnAccept(ConnectedSocket socket) override { accepted.push_back(std::move(socket)); }

  void Start(const std::vector<SocketAddress>& addresses) {
    outcome.reset();
    connected.reset();
    starting_ = true;
    connector = Connector::Start(&loop, addresses, options, this, &watcher);
    starting_ = false;
  }
  // What has come of it by now; empty: nothing.
  std::string Outcome() {
    RunTurns(5);
    return outcome.value_or("");
  }
  std::string Await() {
    while (!outcome.has_value()) RunTurns(1);
    return *outcome;
  }
  // The time stands still but for this.
  void StopClock() {
    hooks.now = std::chrono::steady_clock::now();
    RunTurns(1);
  }
  void Advance(wire::Duration time) { *hooks.now += time; }
  std::string good() const { return server_->address(); }
  static size_t OpenFiles() {
    size_t count = 0;
    for (const auto& file : std::filesystem::directory_iterator("/proc/self/fd")) count += file.exists() ? 1 : 1;
    return count;
  }

  SyscallHooks hooks;
  ConnectOptions options;
  FunctionWatcher watcher;
  std::unique_ptr<Connector> connector;
  std::optional<std::string> outcome;
  std::unique_ptr<ByteStream> connected;
  std::vector<ConnectedSocket> accepted;

 private:
  const std::unique_ptr<Listener> server_;
  bool starting_ = false;
};

TEST_F(ConnectorTest, StreamIsTheOwners) {
  Start(Parsed({good()}));
  EXPECT_EQ(Await(), "connected to ipv4:" + good());
  EXPECT_FALSE(connected->secure());
  while (accepted.empty()) RunTurns(1);
  UniqueFd peer(accepted[0].Release());
  SendAll(peer, "hello");
  std::string received;
  watcher.on_readable = [&] {
    char buffer[16];
    received.append(buffer, connected->Read(buffer, sizeof(buffer)).bytes);
  };
  connected->WaitReadable();
  while (received.empty()) RunTurns(1);
  EXPECT_EQ(received, "hello");
}

TEST_F(ConnectorTest, UnixSockets) {
  const std::string path = ::testing::TempDir() + "/connector_test." + std::to_string(::getpid());
  for (const std::string& address : {"unix:" + path, "unix:@connectrpc.connector_test." + std::to_string(::getpid())}) {
    SCOPED_TRACE(address);
    auto listener = Listener::Open(&loop, address);
    ASSERT_TRUE(listener.ok()) << listener.status();
    options.local_address = "10.255.255.255";  // means nothing here
    Start(Parsed({address}));
    EXPECT_EQ(Await(), "connected to unix:");
    (*listener)->Close();
    Start(Parsed({address}));
    EXPECT_EQ(Await(), "cannot connect: " + address + ": " +
                           (address == "unix:" + path ? "No such file or directory" : "Connection refused"));
  }
}

TEST_F(ConnectorTest, FailureOfOneStartsTheNextAtOnce) {
  const std::string dead = DeadAddress();
  StopClock();
  options.stagger = seconds(1);
  Start(Parsed({dead, "unix:/no/such/socket", good()}));
  EXPECT_EQ(Await(), "connected to ipv4:" + good());
}

TEST_F(ConnectorTest, ErrorNamesEachAddress) {
  const std::string dead = DeadAddress();
  Start(Parsed({dead, "unix:/no/such/socket"}));
  EXPECT_EQ(Await(),
            "cannot connect: " + dead + ": Connection refused; unix:/no/such/socket: No such file or directory");
  Start({});
  EXPECT_EQ(Await(), "cannot connect");
  for (const int count : {8, 9, 1000}) {
    Start(std::vector<SocketAddress>(static_cast<size_t>(count), Parsed({"unix:/no/such/socket"})[0]));
    std::string expected = "cannot connect: unix:/no/such/socket: No such file or directory";
    for (int i = 1; i < 8; ++i) expected += "; unix:/no/such/socket: No such file or directory";
    if (count > 8) expected += "; and " + std::to_string(count - 8) + " more";
    EXPECT_EQ(Await(), expected);
  }
}

TEST_F(ConnectorTest, NextIsTriedAsWellAfterAWhile) {
  SilentServer silent;
  StopClock();
  options.stagger = milliseconds(250);
  options.address_timeout = seconds(5);
  Start(Parsed({silent.address(), good()}));
  Advance(milliseconds(250) - kOneTick);
  EXPECT_EQ(Outcome(), "");
  EXPECT_TRUE(accepted.empty());
  Advance(kOneTick);
  EXPECT_EQ(Await(), "connected to ipv4:" + good());
}

// The first may still be the one that answers.
TEST_F(ConnectorTest, EarlierAttemptsGoOn) {
  SilentServer silent, silent2;
  StopClock();
  options.stagger = milliseconds(250);
  options.deadline = *hooks.now + seconds(20);
  const size_t before = OpenFiles();
  Start(Parsed({silent.address(), silent2.address(), silent.address()}));
  EXPECT_EQ(OpenFiles(), before + 1);
  Advance(milliseconds(250));
  EXPECT_EQ(Outcome(), "");
  EXPECT_EQ(OpenFiles(), before + 2);
  Advance(milliseconds(250));
  EXPECT_EQ(Outcome(), "");
  EXPECT_EQ(OpenFiles(), before + 3);
  connector.reset();
  EXPECT_EQ(OpenFiles(), before);
  EXPECT_EQ(Outcome(), "") << "nothing comes any more";
}

TEST_F(ConnectorTest, LosersAreClosed) {
  SilentServer silent;
  StopClock();
  options.stagger = milliseconds(250);
  const size_t before = OpenFiles();
  Start(Parsed({silent.address(), good(), silent.address()}));
  Advance(milliseconds(250));
  EXPECT_EQ(Await(), "connected to ipv4:" + good());
  while (accepted.empty()) RunTurns(1);
  EXPECT_EQ(OpenFiles(), before + 2);  // both ends of the connection
  Advance(seconds(50));
  RunTurns(5);
  EXPECT_EQ(OpenFiles(), before + 2);
}

TEST_F(ConnectorTest, AddressTimeout) {
  SilentServer silent;
  StopClock();
  options.address_timeout = seconds(5);
  Start(Parsed({silent.address(), good()}));
  Advance(seconds(5) - kOneTick);
  EXPECT_EQ(Outcome(), "") << "nothing is staggered";
  Advance(kOneTick);
  EXPECT_EQ(Await(), "connected to ipv4:" + good());

  Start(Parsed({silent.address()}));
  Advance(seconds(5));
  EXPECT_EQ(Outcome(), "cannot connect: " + silent.address() + ": no answer within 5000 ms");

  options.address_timeout = {};
  Start(Parsed({silent.address()}));
  Advance(seconds(50));
  EXPECT_EQ(Outcome(), "") << "none";
}

TEST_F(ConnectorTest, Deadline) {
  SilentServer silent;
  const std::string dead = DeadAddress();
  StopClock();
  options.address_timeout = seconds(15);
  options.deadline = *hooks.now + seconds(20);
  Start(Parsed({dead, silent.address(), silent.address()}));
  Outcome();
  Advance(seconds(15));
  EXPECT_EQ(Outcome(), "");
  Advance(seconds(5) - kOneTick);
  EXPECT_EQ(Outcome(), "");
  Advance(kOneTick);
  EXPECT_EQ(Outcome(), "cannot connect in time: " + dead + ": Connection refused; " + silent.address() +
                           ": no answer within 15000 ms; " + silent.address() + ": no answer yet");
  EXPECT_EQ(connector, nullptr);
}

TEST_F(ConnectorTest, DeadlineThatHasPassed) {
  StopClock();
  options.deadline = *hooks.now;
  Start(Parsed({good()}));
  EXPECT_EQ(Outcome(), "cannot connect in time");
  EXPECT_TRUE(accepted.empty());
}

TEST_F(ConnectorTest, LocalAddress) {
  options.local_address = "127.0.0.2";
  Start(Parsed({good()}));
  EXPECT_EQ(Await(), "connected to ipv4:" + good());
  while (accepted.empty()) RunTurns(1);
  EXPECT_THAT(accepted[0].peer(), HasSubstr("ipv4:127.0.0.2:"));

  Start(Parsed({"[::1]:1", good()}));
  EXPECT_EQ(Await(), "connected to ipv4:" + good());
  Start(Parsed({"[::1]:1"}));
  EXPECT_EQ(Await(), "cannot connect: [::1]:1: Address family not supported by protocol");
  options.local_address = "192.0.2.1";  // nobody's (RFC 5737)
  Start(Parsed({good()}));
  EXPECT_EQ(Await(), "cannot connect: " + good() + ": Cannot assign requested address");
}

TEST_F(ConnectorTest, GivenUpAtAnyMoment) {
  const size_t before = OpenFiles();
  for (int turns = 0; turns < 6; ++turns) {
    for (const std::string& address : {good(), std::string("unix:/no/such/socket")}) {
      Start(Parsed({address}));
      if (turns > 0) RunTurns(turns);
      const bool over = outcome.has_value();
      connector.reset();
      RunTurns(5);
      EXPECT_EQ(outcome.has_value(), over);
    }
  }
  connected.reset();
  RunTurns(5);
  accepted.clear();
  EXPECT_EQ(OpenFiles(), before);
}

TEST_F(ConnectorTest, NoDescriptors) {
  hooks.socket_error = EMFILE;
  Start(Parsed({good(), good()}));
  EXPECT_EQ(Await(), "cannot connect: " + good() + ": Too many open files; " + good() + ": Too many open files");
}

}  // namespace
}  // namespace connectrpc::net
