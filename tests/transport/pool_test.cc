// When a pool makes connections, which calls they carry, and how it ends.

#include "transport/pool.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

#include "transport/pool_fixture.h"

namespace connectrpc::transport {
namespace {

using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

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
