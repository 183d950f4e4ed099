#include "transport/pool.h"

#include <gmock/gmock.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "net/fake_resolver.h"

// With the loop and the connections of tests/transport/fake, and lookups that the test answers: time passes when it
// says so.
namespace connectrpc::transport {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr char kA[] = "10.0.0.1:1";
constexpr char kB[] = "10.0.0.2:1";
constexpr char kC[] = "10.0.0.3:1";

// A call that keeps its connection until it is ended or destroyed.
class FakeCall final : public Pool::Waiter {
 public:
  explicit FakeCall(Pool* pool) : pool_(pool) {}
  ~FakeCall() { pool_->Forget(this); }

  void Take(const Connection* avoid = nullptr) {
    inside_ = true;
    Connection* const taken = pool_->Take(this, avoid);
    inside_ = false;
    if (taken != nullptr) OnConnection(taken);
  }
  void GiveUp() { pool_->Forget(this); }
  void End() { std::exchange(connection, nullptr)->GiveBack(); }
  bool waits() const { return connection == nullptr && error.ok(); }

  Connection* connection = nullptr;
  Error error;
  std::function<void()> on_unavailable = [] {};

 private:
  void OnConnection(Connection* taken) override {
    EXPECT_FALSE(inside_);
    EXPECT_TRUE(waits());
    EXPECT_GT(taken->capacity(), 0u);
    taken->TakePlace();
    connection = taken;
  }
  void OnUnavailable(const Error& why) override {
    EXPECT_FALSE(inside_);
    EXPECT_TRUE(waits());
    EXPECT_FALSE(why.ok());
    error = why;
    on_unavailable();
  }

  Pool* const pool_;
  bool inside_ = false;
};

class PoolTest : public ::testing::Test {
 protected:
  PoolTest() { UseHttp2(); }
  ~PoolTest() override {
    calls_.clear();
    pool_.reset();
    loop_.RunDeferred();  // of the pool that is gone
  }

  void UseHttp2() { config_.http2_in_clear = true; }
  void UseHttp1() { config_.http2_in_clear = false; }
  void SetAddresses(Balancing balancing, const std::vector<std::string>& texts) {
    config_.options.balancing = balancing;
    config_.endpoints.clear();
    for (const std::string& text : texts) config_.endpoints.push_back({"", 0, *net::ParseListenAddress(text)});
  }
  void SetName(Balancing balancing, const std::string& host) {
    config_.options.balancing = balancing;
    config_.endpoints = {{host, 1, {}}};
  }
  void MakePool() { pool_ = std::make_unique<Pool>(&config_, &loop_, 1, &net::FakeResolver::Start); }

  FakeCall* Call(bool wait_for_ready = false) {
    if (pool_ == nullptr) MakePool();
    calls_.push_back(std::make_unique<FakeCall>(pool_.get()));
    calls_.back()->wait_for_ready = wait_for_ready;
    calls_.back()->Take();
    return calls_.back().get();
  }
  // That cannot be served.
  Error CallFails() {
    FakeCall* const call = Call();
    loop_.RunDeferred();
    EXPECT_FALSE(call->waits());
    EXPECT_EQ(call->connection, nullptr);
    return call->error;
  }
  std::vector<std::string> Targets() const {
    std::vector<std::string> targets;
    for (const Connection* connection : loop_.connections) targets.push_back(connection->to);
    return targets;
  }
  Connection* connection(size_t index) const { return loop_.connections.at(index); }
  net::FakeResolver* lookup() const { return loop_.lookups.at(0); }

  Config config_;
  net::Loop loop_;
  std::unique_ptr<Pool> pool_;
  std::vector<std::unique_ptr<FakeCall>> calls_;  // go before the pool
};

// --- When connections are made, and how many ---

TEST_F(PoolTest, ConnectsWhenThereIsACall) {
  SetAddresses(Balancing::kFirstThatConnects, {kA, kB});
  MakePool();
  loop_.Advance(seconds(100));
  EXPECT_THAT(Targets(), IsEmpty());
  FakeCall* const call = Call();
  EXPECT_TRUE(call->waits());
  EXPECT_THAT(Targets(), ElementsAre("10.0.0.1:1 10.0.0.2:1"));
  EXPECT_EQ(pool_->stats().connecting.value(), 1u);
  connection(0)->BecomeReady(100);
  EXPECT_EQ(call->connection, connection(0));
  EXPECT_EQ(pool_->stats().connecting.value(), 0u);
  EXPECT_EQ(pool_->stats().connections.value(), 1u);
  EXPECT_EQ(pool_->stats().made.value(), 1u);
  // The next one does not wait.
  EXPECT_EQ(Call()->connection, connection(0));
}

TEST_F(PoolTest, CallsShareAnHttp2ConnectionThatIsBeingMade) {
  SetAddresses(Balancing::kFirstThatConnects, {kA});
  for (int i = 0; i < 10; ++i) Call();
  EXPECT_EQ(loop_.connections.size(), 1u);
  connection(0)->BecomeReady(100);
  for (const auto& call : calls_) EXPECT_EQ(call->connection, connection(0));
}

TEST_F(PoolTest, ServerThatPermitsFewStreamsGetsMoreConnections) {
  SetAddresses(Balancing::kFirstThatConnects, {kA});
  for (int i = 0; i < 7; ++i) Call();
  EXPECT_EQ(loop_.connections.size(), 1u);
  connection(0)->BecomeReady(2);
  // Five calls are left, and two for each connection are what it may be.
  ASSERT_EQ(loop_.connections.size(), 4u);
  for (size_t i = 1; i < 4; ++i) connection(i)->BecomeReady(2);
  for (const auto& call : calls_) EXPECT_FALSE(call->waits());
}

TEST_F(PoolTest, FullConnectionsGetCompany) {
  SetAddresses(Balancing::kFirstThatConnects, {kA});
  Call();
  connection(0)->BecomeReady(2);
  EXPECT_EQ(Call()->connection, connection(0));
  EXPECT_EQ(loop_.connections.size(), 1u);
  FakeCall* const third = Call();
  EXPECT_EQ(loop_.connections.size(), 2u);
  // Whichever has room first.
  calls_[0]->End();
  EXPECT_EQ(third->connection, connection(0));
}

TEST_F(PoolTest, Http1ConnectionsCarryOneCallEach) {
  UseHttp1();
  SetAddresses(Balancing::kFirstThatConnects, {kA});
  for (int i = 0; i < 3; ++i) Call();
  ASSERT_EQ(loop_.connections.size(), 3u);
  connection(1)->BecomeReady(1);
  EXPECT_EQ(calls_[0]->connection, connection(1));
  EXPECT_TRUE(calls_[1]->waits());
}

TEST_F(PoolTest, Http1ConnectionUsedLastIsUsedNext) {
  UseHttp1();
  SetAddresses(Balancing::kFirstThatConnects, {kA});
  for (size_t i = 0; i < 3; ++i) {
    Call();
    connection(i)->BecomeReady(1);
  }
  calls_[0]->End();
  calls_[2]->End();
  calls_[1]->End();
  EXPECT_EQ(Call()->connection, connection(1));
  EXPECT_EQ(Call()->connection, connection(2));
  EXPECT_EQ(Call()->connection, connection(0));
  EXPECT_TRUE(Call()->waits());
}

TEST_F(PoolTest, VersionIsLearntFromTheFirstConnection) {
  config_.tls = std::shared_ptr<const net::TlsContext>(reinterpret_cast<const net::TlsContext*>(this), [](auto*) {});
  config_.alpn = {"h2", "http/1.1"};
  SetAddresses(Balancing::kFirstThatConnects, {kA});
  for (int i = 0; i < 3; ++i) Call();
  EXPECT_EQ(loop_.connections.size(), 1u);  // may well be HTTP/2
  connection(0)->BecomeReady(1);
  EXPECT_EQ(loop_.connections.size(), 3u);
}

TEST_F(PoolTest, MaxConnections) {
  UseHttp1();
  config_.options.limits.max_connections = 2;
  SetAddresses(Balancing::kFirstThatConnects, {kA});
  for (int i = 0; i < 3; ++i) Call();
  ASSERT_EQ(loop_.connections.size(), 2u);
  connection(0)->BecomeReady(1);
  connection(1)->BecomeReady(1);
  EXPECT_TRUE(calls_[2]->waits());
  EXPECT_EQ(loop_.connections.size(), 2u);
  calls_[1]->End();
  EXPECT_EQ(calls_[2]->connection, connection(1));
}

TEST_F(PoolTest, MaxConnectionsIsOfEachAddress) {
  UseHttp1();
  config_.options.limits.max_connections = 1;
  SetAddresses(Balancing::kRoundRobin, {kA, kB});
  for (int i = 0; i < 3; ++i) Call();
  EXPECT_THAT(Targets(), ElementsAre(kA, kB));
}

TEST_F(PoolTest, MaxWaitingCalls) {
  config_.options.limits.max_waiting_calls = 2;
  SetAddresses(Balancing::kFirstThatConnects, {kA});
  Call();
  Call(/*wait_for_ready=*/true);
  for (const bool wait_for_ready : {false, true}) {
    FakeCall* const call = Call(wait_for_ready);
    EXPECT_TRUE(call->waits());
    loop_.RunDeferred();
    EXPECT_EQ(call->error.code, Code::kResourceExhausted);
    EXPECT_EQ(call->error.message, "more than 2 calls wait for a connection");
  }
  // One that gives up makes room.
  calls_[0]->GiveUp();
  FakeCall* const next = Call();
  connection(0)->BecomeReady(100);
  EXPECT_TRUE(calls_[0]->waits());
  EXPECT_EQ(calls_[1]->connection, connection(0));
  EXPECT_EQ(next->connection, connection(0));
}

TEST_F(PoolTest, RefusedCallMayGiveUpToo) {
  config_.options.limits.max_waiting_calls = 1;
  SetAddresses(Balancing::kFirstThatConnects, {kA});
  Call();
  FakeCall* const refused = Call();
  refused->GiveUp();
  loop_.RunDeferred();
  EXPECT_TRUE(refused->error.ok());
  EXPECT_TRUE(Call()->waits());
}

TEST_F(PoolTest, CallerThatGivesUpLeavesTheConnectionToTheNext) {
  SetAddresses(Balancing::kFirstThatConnects, {kA});
  Call()->GiveUp();
  EXPECT_EQ(loop_.connections.size(), 1u);
  FakeCall* const next = Call();
  EXPECT_EQ(loop_.connections.size(), 1u);
  connection(0)->BecomeReady(100);
  EXPECT_EQ(next->connection, connection(0));
  EXPECT_TRUE(calls_[0]->waits());
}

TEST_F(PoolTest, ConnectionThatNobodyWaitsForIsKept) {
  SetAddresses(Balancing::kFirstThatConnects, {kA});
  Call()->GiveUp();
  connection(0)->BecomeReady(100);
  EXPECT_EQ(Call()->connection, connection(0));
}

// --- Failures ---

TEST_F(PoolTest, FailureFailsTheCallsWithItsReason) {
  SetAddresses(Balancing::kFirstThatConnects, {kA});
  Call();
  Call();
  connection(0)->Fail("connection refused");
  for (const auto& call : calls_) {
    EXPECT_EQ(call->error.code, Code::kUnavailable);
    EXPECT_EQ(call->error.message, "connection refused");
  }
  EXPECT_EQ(pool_->stats().failed.value(), 1u);
  EXPECT_EQ(pool_->stats().connecting.value(), 0u);
  loop_.RunDeferred();
  EXPECT_THAT(Targets(), IsEmpty());
}

TEST_F(PoolTest, FailureKeepsItsCode) {
  SetAddresses(Balancing::kFirstThatConnects, {kA});
  FakeCall* const call = Call();
  connection(0)->Close(Error(Code::kInvalidArgument, "no such local address"));
  EXPECT_EQ(call->error.code, Code::kInvalidArgument);
}

TEST_F(PoolTest, CallsFailAtOnceDuringBackoff) {
  config_.options.timeouts.initial_backoff = milliseconds(1'000);
  SetAddresses(Balancing::kFirstThatConnects, {kA});
  Call();
  connection(0)->Fail("connection refused");
  loop_.Advance(milliseconds(799));
  EXPECT_EQ(CallFails().message, "connection refused");
  EXPECT_THAT(Targets(), IsEmpty());
  // Nobody waits: nothing is tried either.
  loop_.Advance(milliseconds(10'000));
  EXPECT_THAT(Targets(), IsEmpty());
  EXPECT_TRUE(Call()->waits());
  EXPECT_EQ(loop_.connections.size(), 1u);
}

TEST_F(PoolTest, BackoffGrowsAndEndsWithSuccess) {
  config_.options.timeouts.initial_backoff = milliseconds(1'000);
  config_.options.timeouts.max_backoff = milliseconds(3'000);
  SetAddresses(Balancing::kFirstThatConnects, {kA});
  for (const int expected : {1'000, 2'000, 3'000, 3'000}) {
    const milliseconds backoff(expected);
    Call();
    ASSERT_EQ(loop_.connections.size(), 1u) << expected;
    connection(0)->Fail("no");
    loop_.Advance(backoff * 8 / 10 - milliseconds(1));
    CallFails();
    loop_.Advance(backoff * 4 / 10 + milliseconds(1));
  }
  Call();
  connection(0)->BecomeReady(1);
  connection(0)->Fail("lost");  // it was good for something
  loop_.RunDeferred();
  FakeCall* const next = Call();
  EXPECT_TRUE(next->waits());
  ASSERT_EQ(loop_.connections.size(), 1u);
  connection(0)->Fail("no");
  loop_.Advance(milliseconds(799));
  CallFails();
  loop_.Advance(milliseconds(401));
  EXPECT_TRUE(Call()->waits());
}

TEST_F(PoolTest, ConnectionsThatFailTogetherFailOnce) {
  UseHttp1();
  SetAddresses(Balancing::kFirstThatConnects, {kA});
  for (int i = 0; i < 3; ++i) Call();
  const std::vector<Connection*> connections = loop_.connections;
  connections[0]->Fail("first");
  connections[1]->Fail("second");
  EXPECT_TRUE(calls_[0]->waits());
  connections[2]->Fail("third");
  for (const auto& call : calls_) EXPECT_EQ(call->error.message, "third");
  loop_.Advance(milliseconds(1'201));
  EXPECT_TRUE(Call()->waits());
}

TEST_F(PoolTest, NoBackoffWhereItIsOff) {
  config_.options.timeouts.initial_backoff = milliseconds(0);
  SetAddresses(Balancing::kFirstThatConnects, {kA});
  FakeCall* const call = Call();
  connection(0)->Fail("no");
  EXPECT_FALSE(call->waits());
  loop_.Advance(milliseconds(1));
  EXPECT_TRUE(Call()->waits());
  EXPECT_EQ(loop_.connections.size(), 1u);
}

TEST_F(PoolTest, CallsThatWaitForReadyOutlastFailures) {
  SetAddresses(Balancing::kFirstThatConnects, {kA});
  FakeCall* const patient = Call(/*wait_for_ready=*/true);
  FakeCall* const other = Call();
  connection(0)->Fail("no");
  EXPECT_TRUE(patient->waits());
  EXPECT_EQ(other->error.message, "no");
  loop_.Advance(milliseconds(799));
  EXPECT_THAT(Targets(), IsEmpty());
  loop_.Advance(milliseconds(402));
  ASSERT_EQ(loop_.connections.size(), 1u);  // without another call
  // One that comes now shares the attempt.
  FakeCall* const third = Call();
  EXPECT_EQ(loop_.connections.size(), 1u);
  connection(0)->BecomeReady(100);
  EXPECT_EQ(patient->connection, connection(0));
  EXPECT_EQ(third->connection, connection(0));
  EXPECT_FALSE(loop_.HasTimers());
}

TEST_F(PoolTest, CallDuringBackoffMayWaitForReady) {
  SetAddresses(Balancing::kFirstThatConnects, {kA});
  Call();
  connection(0)->Fail("no");
  loop_.Advance(milliseconds(100));
  FakeCall* const patient = Call(/*wait_for_ready=*/true);
  loop_.Advance(milliseconds(1'200));
  ASSERT_EQ(loop_.connections.size(), 1u);
  connection(0)->BecomeReady(1);
  EXPECT_EQ(patient->connection, connection(0));
}

TEST_F(PoolTest, FailingCallsMayCallAgainAndForgetOthers) {
  SetAddresses(Balancing::kFirstThatConnects, {kA});
  FakeCall* const first = Call();
  FakeCall* const second = Call();
  FakeCall* const third = Call();
  first->on_unavailable = [&] {
    second->GiveUp();
    Call();
  };
  connection(0)->Fail("no");
  EXPECT_FALSE(first->error.ok());
  EXPECT_TRUE(second->error.ok());
  EXPECT_FALSE(third->error.ok());
  EXPECT_TRUE(calls_.back()->waits());
  loop_.RunDeferred();
  EXPECT_EQ(calls_.back()->error.message, "no");
}

// --- Connections that end ---

TEST_F(PoolTest, CallAfterGoAwayGetsANewConnection) {
  SetAddresses(Balancing::kFirstThatConnects, {kA});
  FakeCall* const old = Call();
  connection(0)->BecomeReady(100);
  connection(0)->GoAway();
  FakeCall* const next = Call();
  ASSERT_EQ(loop_.connections.size(), 2u);
  EXPECT_EQ(old->connection, connection(0));  // goes on
  connection(1)->BecomeReady(100);
  EXPECT_EQ(next->connection, connection(1));
  EXPECT_EQ(pool_->stats().connections.value(), 2u);
  connection(0)->Close(Error(Code::kUnavailable, "done"));
  loop_.RunDeferred();
  EXPECT_EQ(pool_->stats().connections.value(), 1u);
  EXPECT_EQ(Call()->connection, connection(0));
}

TEST_F(PoolTest, RetiringConnectionsDoNotCountAsConnections) {
  config_.options.limits.max_connections = 1;
  SetAddresses(Balancing::kFirstThatConnects, {kA});
  for (size_t i = 0; i < 3; ++i) {
    FakeCall* const call = Call();
    ASSERT_EQ(loop_.connections.size(), i + 1);
    connection(i)->BecomeReady(100);
    EXPECT_EQ(call->connection, connection(i));
    connection(i)->GoAway();
  }
}

TEST_F(PoolTest, CallsThatWaitForRoomGetANewConnectionWhenTheOldOneIsLost) {
  config_.options.limits.max_connections = 1;
  SetAddresses(Balancing::kFirstThatConnects, {kA});
  Call();
  connection(0)->BecomeReady(1);
  FakeCall* const waiting = Call();
  EXPECT_EQ(loop_.connections.size(), 1u);
  connection(0)->Fail("lost");
  loop_.RunDeferred();
  ASSERT_EQ(loop_.connections.size(), 1u);
  connection(0)->BecomeReady(1);
  EXPECT_EQ(waiting->connection, connection(0));
}

TEST_F(PoolTest, ServerThatTakesNoCallIsLeftAlone) {
  SetAddresses(Balancing::kFirstThatConnects, {kA});
  FakeCall* const call = Call();
  connection(0)->BecomeReady(0);
  EXPECT_TRUE(call->waits());
  connection(0)->GoAway();
  EXPECT_EQ(call->error.message, "the server takes no calls");
  EXPECT_EQ(CallFails().message, "the server takes no calls");
  EXPECT_EQ(loop_.connections.size(), 1u);
}

TEST_F(PoolTest, BackoffGrowsUntilACallWasTaken) {
  SetAddresses(Balancing::kFirstThatConnects, {kA});
  for (const int expected : {1'000, 2'000, 4'000}) {
    Call();
    loop_.connections.back()->BecomeReady(0);
    loop_.connections.back()->GoAway();
    loop_.Advance(milliseconds(expected) * 8 / 10 - milliseconds(1));
    CallFails();
    loop_.Advance(milliseconds(expected) * 4 / 10 + milliseconds(1));
  }
}

TEST_F(PoolTest, IdleConnectionThatEndsIsNoFailure) {
  SetAddresses(Balancing::kFirstThatConnects, {kA});
  Call()->GiveUp();
  connection(0)->BecomeReady(100);
  loop_.Advance(seconds(300));
  connection(0)->GoAway();
  EXPECT_TRUE(Call()->waits());
  EXPECT_EQ(loop_.connections.size(), 2u);
}

TEST_F(PoolTest, ServerThatPermitsNoStreamMayChangeItsMind) {
  SetAddresses(Balancing::kFirstThatConnects, {kA});
  config_.options.limits.max_connections = 1;
  FakeCall* const call = Call();
  connection(0)->BecomeReady(1);
  FakeCall* const waiting = Call();
  call->End();
  EXPECT_EQ(waiting->connection, connection(0));
}

TEST_F(PoolTest, AvoidedWhereThereIsAnother) {
  UseHttp1();
  SetAddresses(Balancing::kFirstThatConnects, {kA});
  for (size_t i = 0; i < 2; ++i) {
    Call();
    connection(i)->BecomeReady(1);
  }
  calls_[0]->End();
  calls_[1]->End();
  // The most recent one would be the second.
  for (const size_t expected : {0, 1}) {
    calls_.push_back(std::make_unique<FakeCall>(pool_.get()));
    calls_.back()->Take(connection(1));
    EXPECT_EQ(calls_.back()->connection, connection(expected));
  }
}

TEST_F(PoolTest, AvoidedForAnotherAddress) {
  SetAddresses(Balancing::kRoundRobin, {kA, kB});
  Call();
  Call();
  connection(0)->BecomeReady(10);
  connection(1)->BecomeReady(10);
  for (int i = 0; i < 4; ++i) {
    calls_.push_back(std::make_unique<FakeCall>(pool_.get()));
    calls_.back()->Take(connection(0));
    EXPECT_EQ(calls_.back()->connection, connection(1));
  }
}

// --- Several addresses ---

TEST_F(PoolTest, RoundRobinConnectsToEachInItsTurn) {
  SetAddresses(Balancing::kRoundRobin, {kA, kB, kC});
  Call();
  connection(0)->BecomeReady(100);
  EXPECT_THAT(Targets(), ElementsAre(kA));
  // The turn of the others: they are connected to, and these calls go where there is room.
  EXPECT_EQ(Call()->connection, connection(0));
  EXPECT_THAT(Targets(), ElementsAre(kA, kB));
  connection(1)->BecomeReady(100);
  for (int i = 0; i < 3; ++i) EXPECT_NE(Call()->connection, nullptr);
  ASSERT_THAT(Targets(), ElementsAre(kA, kB, kC));
  connection(2)->BecomeReady(100);
  std::vector<size_t> before;
  for (const Connection* one : loop_.connections) before.push_back(one->streams());
  for (int i = 0; i < 30; ++i) EXPECT_NE(Call()->connection, nullptr);
  for (size_t i = 0; i < 3; ++i) EXPECT_EQ(connection(i)->streams(), before[i] + 10) << i;
}

TEST_F(PoolTest, CallsThatComeTogetherConnectToSeveralTargets) {
  SetAddresses(Balancing::kRoundRobin, {kA, kB, kC});
  Call();
  EXPECT_THAT(Targets(), ElementsAre(kA));
  Call();
  EXPECT_THAT(Targets(), ElementsAre(kA, kB));
  for (int i = 0; i < 10; ++i) Call();
  EXPECT_THAT(Targets(), ElementsAre(kA, kB, kC));
}

TEST_F(PoolTest, TargetThatIsSilentDoesNotHoldUpACall) {
  config_.options.timeouts.connect_stagger = milliseconds(250);
  SetAddresses(Balancing::kRoundRobin, {kA, kB, kC});
  FakeCall* const call = Call();
  loop_.Advance(milliseconds(249));
  EXPECT_THAT(Targets(), ElementsAre(kA));
  loop_.Advance(milliseconds(1));
  EXPECT_THAT(Targets(), ElementsAre(kA, kB));
  loop_.Advance(milliseconds(249));
  connection(1)->BecomeReady(100);
  EXPECT_EQ(call->connection, connection(1));
  loop_.Advance(milliseconds(1'000));
  EXPECT_THAT(Targets(), ElementsAre(kA, kB));
}

TEST_F(PoolTest, ZeroSwitchesTheStaggerOff) {
  config_.options.timeouts.connect_stagger = milliseconds(0);
  SetAddresses(Balancing::kRoundRobin, {kA, kB});
  Call();
  loop_.Advance(seconds(1'000));
  EXPECT_THAT(Targets(), ElementsAre(kA));
}

TEST_F(PoolTest, RoundRobinLeavesOutWhatFails) {
  SetAddresses(Balancing::kRoundRobin, {kA, kB});
  FakeCall* const first = Call();
  connection(0)->Fail("no");
  // The other one is tried for it.
  EXPECT_TRUE(first->waits());
  loop_.RunDeferred();
  ASSERT_THAT(Targets(), ElementsAre(kB));
  connection(0)->BecomeReady(100);
  EXPECT_EQ(first->connection, connection(0));
  for (int i = 0; i < 5; ++i) EXPECT_EQ(Call()->connection, connection(0));
  EXPECT_THAT(Targets(), ElementsAre(kB));
  // After a while it is tried again, and no call waits for it.
  loop_.Advance(milliseconds(1'201));
  EXPECT_EQ(Call()->connection, connection(0));
  EXPECT_EQ(Call()->connection, connection(0));
  EXPECT_THAT(Targets(), ElementsAre(kB, kA));
}

TEST_F(PoolTest, CallsFailWhenAllAddressesHave) {
  SetAddresses(Balancing::kRoundRobin, {kA, kB});
  FakeCall* const call = Call();
  connection(0)->Fail("A is away");
  loop_.RunDeferred();
  connection(0)->Fail("B is away");
  EXPECT_EQ(call->error.message, "B is away");
  EXPECT_EQ(CallFails().message, "B is away");
}

TEST_F(PoolTest, LeastLoadedOfTwoEvensOut) {
  SetAddresses(Balancing::kLeastLoadedOfTwo, {kA, kB});
  Call();
  Call();
  while (loop_.connections.size() < 2) Call();
  connection(0)->BecomeReady(1000);
  connection(1)->BecomeReady(1000);
  for (int i = 0; i < 100; ++i) Call();
  EXPECT_NEAR(static_cast<double>(connection(0)->streams()), static_cast<double>(connection(1)->streams()), 1);
}

TEST_F(PoolTest, Http1ConnectionsAreSpread) {
  UseHttp1();
  for (const Balancing how : {Balancing::kRoundRobin, Balancing::kLeastLoadedOfTwo}) {
    SetAddresses(how, {kA, kB});
    MakePool();
    for (int i = 0; i < 6; ++i) Call();
    const std::vector<std::string> targets = Targets();
    EXPECT_EQ(std::count(targets.begin(), targets.end(), kA), 3);
    EXPECT_EQ(std::count(targets.begin(), targets.end(), kB), 3);
    calls_.clear();
  }
}

// --- Names ---

TEST_F(PoolTest, NamesAreLookedUpForTheFirstCall) {
  SetName(Balancing::kFirstThatConnects, "example.com");
  MakePool();
  EXPECT_THAT(loop_.lookups, IsEmpty());
  FakeCall* const call = Call();
  Call();
  ASSERT_EQ(loop_.lookups.size(), 1u);
  EXPECT_EQ(lookup()->host, "example.com");
  EXPECT_THAT(Targets(), IsEmpty());
  lookup()->Answer({kA, kB});
  EXPECT_THAT(Targets(), ElementsAre("10.0.0.1:1 10.0.0.2:1"));
  connection(0)->BecomeReady(1);
  EXPECT_EQ(call->connection, connection(0));
}

TEST_F(PoolTest, AllNamesAreAwaited) {
  config_.options.balancing = Balancing::kFirstThatConnects;
  config_.endpoints = {{"first", 1, {}}, {"", 0, *net::ParseListenAddress(kB)}, {"third", 1, {}}};
  Call();
  ASSERT_EQ(loop_.lookups.size(), 2u);
  loop_.lookups[1]->Answer({kC, kB});
  EXPECT_THAT(Targets(), IsEmpty());
  loop_.lookups[0]->Answer({kA});
  EXPECT_THAT(Targets(), ElementsAre("10.0.0.1:1 10.0.0.2:1 10.0.0.3:1"));
}

TEST_F(PoolTest, NameThatFailsDoesNotHoldUpOthers) {
  config_.options.balancing = Balancing::kRoundRobin;
  config_.endpoints = {{"first", 1, {}}, {"", 0, *net::ParseListenAddress(kB)}};
  Call();
  lookup()->Fail("no such host");
  EXPECT_THAT(Targets(), ElementsAre(kB));
}

TEST_F(PoolTest, LookupsThatFailAreBackedOffFrom) {
  SetName(Balancing::kFirstThatConnects, "example.com");
  FakeCall* const patient = Call(/*wait_for_ready=*/true);
  FakeCall* const call = Call();
  lookup()->Fail("no such host");
  EXPECT_EQ(call->error.code, Code::kUnavailable);
  EXPECT_EQ(call->error.message, "no such host");
  EXPECT_EQ(CallFails().message, "no such host");
  EXPECT_TRUE(patient->waits());
  loop_.Advance(milliseconds(799));
  EXPECT_THAT(loop_.lookups, IsEmpty());
  loop_.Advance(milliseconds(402));
  ASSERT_EQ(loop_.lookups.size(), 1u);  // for the patient one
  lookup()->Fail("still not");
  loop_.Advance(milliseconds(1'599));
  EXPECT_THAT(loop_.lookups, IsEmpty());
  loop_.Advance(milliseconds(802));
  ASSERT_EQ(loop_.lookups.size(), 1u);
  lookup()->Answer({kA});
  connection(0)->BecomeReady(1);
  EXPECT_EQ(patient->connection, connection(0));
}

TEST_F(PoolTest, NameWithoutAddressesIsAFailure) {
  SetName(Balancing::kRoundRobin, "example.com");
  FakeCall* const call = Call();
  lookup()->Answer({});
  EXPECT_EQ(call->error.message, "example.com has no addresses");
}

TEST_F(PoolTest, LookupsAreLimitedInTime) {
  config_.options.timeouts.connect = milliseconds(5'000);
  SetName(Balancing::kFirstThatConnects, "example.com");
  FakeCall* const call = Call();
  loop_.Advance(milliseconds(4'999));
  EXPECT_TRUE(call->waits());
  loop_.Advance(milliseconds(1));
  EXPECT_THAT(call->error.message, HasSubstr("looking up example.com took longer than 5000 ms"));
  EXPECT_THAT(loop_.lookups, IsEmpty());
}

TEST_F(PoolTest, LookupAndConnectingHaveOneTimeTogether) {
  config_.options.timeouts.connect = milliseconds(5'000);
  SetName(Balancing::kFirstThatConnects, "example.com");
  FakeCall* const call = Call();
  loop_.Advance(milliseconds(3'000));
  lookup()->Answer({kA});
  loop_.Advance(milliseconds(1'999));
  EXPECT_TRUE(call->waits());
  loop_.Advance(milliseconds(1));
  EXPECT_THAT(call->error.message, HasSubstr("longer than 5000 ms"));
  EXPECT_EQ(pool_->stats().failed.value(), 1u);
}

TEST_F(PoolTest, ZeroSwitchesTheTimeForConnectingOff) {
  config_.options.timeouts.connect = milliseconds(0);
  SetName(Balancing::kFirstThatConnects, "example.com");
  FakeCall* const call = Call();
  loop_.Advance(std::chrono::hours(100));
  lookup()->Answer({kA});
  loop_.Advance(std::chrono::hours(100));
  EXPECT_TRUE(call->waits());
}

TEST_F(PoolTest, LostConnectionsLeadToALookup) {
  SetName(Balancing::kFirstThatConnects, "example.com");
  Call();
  lookup()->Answer({kA});
  connection(0)->BecomeReady(100);
  loop_.Advance(seconds(100));
  Call();
  EXPECT_THAT(loop_.lookups, IsEmpty());
  connection(0)->Fail("lost");
  loop_.RunDeferred();
  EXPECT_THAT(loop_.lookups, IsEmpty());  // nobody asks
  FakeCall* const call = Call();
  ASSERT_EQ(loop_.lookups.size(), 1u);
  // Meanwhile the old address may do.
  ASSERT_THAT(Targets(), ElementsAre(kA));
  connection(0)->BecomeReady(100);
  EXPECT_EQ(call->connection, connection(0));
  lookup()->Answer({kA});
  EXPECT_THAT(Targets(), ElementsAre(kA));
}

TEST_F(PoolTest, LookupsAreNoMoreFrequentThanTheBackoff) {
  SetName(Balancing::kFirstThatConnects, "example.com");
  Call();
  lookup()->Answer({kA});
  for (int i = 0; i < 5; ++i) {
    connection(0)->BecomeReady(100);
    connection(0)->Fail("lost");
    loop_.RunDeferred();
    Call();
    EXPECT_THAT(loop_.lookups, IsEmpty());
    ASSERT_EQ(loop_.connections.size(), 1u);
  }
  loop_.Advance(milliseconds(1'201));
  EXPECT_EQ(loop_.lookups.size(), 1u);
}

TEST_F(PoolTest, CallsWaitForALookupThatMayHelp) {
  SetName(Balancing::kFirstThatConnects, "example.com");
  FakeCall* const first = Call();
  lookup()->Answer({kA});
  loop_.Advance(milliseconds(5'000));
  connection(0)->Fail("no");
  EXPECT_EQ(first->error.message, "no");
  EXPECT_THAT(loop_.lookups, IsEmpty());
  // The address is backed off from; the name may lead elsewhere.
  FakeCall* const second = Call();
  EXPECT_TRUE(second->waits());
  ASSERT_EQ(loop_.lookups.size(), 1u);
  lookup()->Answer({kB});
  loop_.RunDeferred();
  EXPECT_THAT(Targets(), ElementsAre(kB));
  connection(0)->BecomeReady(1);
  EXPECT_EQ(second->connection, connection(0));
}

TEST_F(PoolTest, CallsFailWhereTheLookupDoesNotHelp) {
  SetName(Balancing::kFirstThatConnects, "example.com");
  Call();
  lookup()->Answer({kA});
  loop_.Advance(milliseconds(5'000));
  connection(0)->Fail("no");
  FakeCall* const call = Call();
  lookup()->Answer({kA});
  EXPECT_EQ(call->error.message, "no");
}

TEST_F(PoolTest, ConnectionsToVanishedAddressesRetire) {
  SetName(Balancing::kRoundRobin, "example.com");
  Call();
  lookup()->Answer({kA, kB});
  connection(0)->BecomeReady(100);
  Call();
  ASSERT_THAT(Targets(), ElementsAre(kA, kB));
  connection(0)->GoAway();
  Connection* const going = connection(0);
  loop_.Advance(milliseconds(1'201));
  Call();  // looks up, and connects to A again
  ASSERT_THAT(Targets(), ElementsAre(kA, kB, kA));
  connection(2)->BecomeReady(100);
  Connection* const open = connection(2);
  ASSERT_EQ(loop_.lookups.size(), 1u);
  lookup()->Answer({kC});
  EXPECT_FALSE(going->shut_down);  // has said goodbye itself
  EXPECT_TRUE(open->shut_down);
  loop_.RunDeferred();
  EXPECT_THAT(Targets(), ElementsAre(kA, kA));  // what was being connected is gone
  EXPECT_EQ(pool_->stats().failed.value(), 0u);
  EXPECT_TRUE(Call()->waits());
  EXPECT_THAT(Targets(), ElementsAre(kA, kA, kC));
  open->Close(Error(Code::kUnavailable, "done"));
  going->Close(Error(Code::kUnavailable, "done"));
  loop_.RunDeferred();
  EXPECT_THAT(Targets(), ElementsAre(kC));
  EXPECT_EQ(pool_->stats().connections.value(), 0u);
  EXPECT_EQ(pool_->stats().connecting.value(), 1u);
}

TEST_F(PoolTest, CallsThatWaitedForAVanishedAddressGoToOthers) {
  SetName(Balancing::kFirstThatConnects, "example.com");
  Call();
  lookup()->Answer({kA});
  connection(0)->BecomeReady(100);
  connection(0)->Fail("lost");
  loop_.Advance(milliseconds(1'201));
  FakeCall* const call = Call();
  ASSERT_THAT(Targets(), ElementsAre(kA));
  lookup()->Answer({kB});
  loop_.RunDeferred();
  EXPECT_THAT(Targets(), ElementsAre(kB));
  EXPECT_TRUE(call->waits());
  connection(0)->BecomeReady(1);
  EXPECT_EQ(call->connection, connection(0));
}

TEST_F(PoolTest, ConnectionToOneOfSeveralAddressesStaysWhileOneStays) {
  SetName(Balancing::kFirstThatConnects, "example.com");
  Call();
  lookup()->Answer({kA, kB});
  Connection* const first = connection(0);
  first->BecomeReady(1);
  loop_.Advance(milliseconds(1'201));
  Call();
  Connection* const second = connection(1);
  second->BecomeReady(1);
  second->Fail("lost");
  Call();
  lookup()->Answer({kC, kB});
  EXPECT_FALSE(first->shut_down);
  loop_.RunDeferred();
  // What is connected from now on goes to the new ones.
  connection(1)->Fail("no");
  loop_.Advance(milliseconds(1'201));
  Call();
  EXPECT_EQ(loop_.connections.back()->to, "10.0.0.3:1 10.0.0.2:1");
}

TEST_F(PoolTest, LookupThatFailsLaterLeavesTheAddresses) {
  SetName(Balancing::kFirstThatConnects, "example.com");
  Call();
  lookup()->Answer({kA});
  connection(0)->BecomeReady(100);
  connection(0)->Fail("lost");
  loop_.Advance(milliseconds(1'201));
  FakeCall* const call = Call();
  lookup()->Fail("no such host");
  EXPECT_TRUE(call->waits());
  connection(0)->BecomeReady(1);
  EXPECT_EQ(call->connection, connection(0));
}

// --- The end ---

TEST_F(PoolTest, CloseEndsEverything) {
  UseHttp1();
  SetAddresses(Balancing::kFirstThatConnects, {kA});
  Call();
  connection(0)->BecomeReady(1);
  FakeCall* const waiting = Call();
  FakeCall* const patient = Call(/*wait_for_ready=*/true);
  pool_->Close(Error(Code::kCanceled, "the end"));
  EXPECT_EQ(waiting->error.code, Code::kCanceled);
  EXPECT_EQ(patient->error.message, "the end");
  loop_.RunDeferred();
  EXPECT_THAT(Targets(), IsEmpty());
  EXPECT_EQ(pool_->stats().connections.value(), 0u);
  EXPECT_EQ(pool_->stats().connecting.value(), 0u);
  EXPECT_EQ(pool_->stats().failed.value(), 0u);
  EXPECT_EQ(CallFails().message, "the end");
  EXPECT_EQ(Call(/*wait_for_ready=*/true)->error.ok(), true);
  loop_.RunDeferred();
  EXPECT_EQ(calls_.back()->error.message, "the end");
  EXPECT_THAT(Targets(), IsEmpty());
}

TEST_F(PoolTest, LookupThatEndsLaterMeetsNobody) {
  SetName(Balancing::kFirstThatConnects, "example.com");
  Call();
  pool_->Close(Error(Code::kCanceled, "the end"));
  if (!loop_.lookups.empty()) lookup()->Answer({kA});
  EXPECT_THAT(Targets(), IsEmpty());
}

TEST_F(PoolTest, MayBeDestroyedInEveryState) {
  const std::function<void()> kStates[] = {
      [] {},
      [this] { Call(); },
      [this] { connection(0)->BecomeReady(1); },
      [this] { Call(); },
      [this] { connection(0)->GoAway(); },
      [this] { connection(1)->Fail("no"); },
      [this] { Call(); },
      [this] { Call(/*wait_for_ready=*/true); },
      [this] { loop_.RunDeferred(); },
  };
  for (size_t count = 0; count <= std::size(kStates); ++count) {
    SetAddresses(Balancing::kFirstThatConnects, {kA});
    MakePool();
    for (size_t i = 0; i < count; ++i) kStates[i]();
    calls_.clear();
    pool_.reset();
    EXPECT_THAT(Targets(), IsEmpty());
    EXPECT_FALSE(loop_.HasTimers());
    loop_.RunDeferred();  // of the pool that is gone
  }
}

}  // namespace
}  // namespace connectrpc::transport
