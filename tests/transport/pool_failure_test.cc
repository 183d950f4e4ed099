// What becomes of calls, and when connections are made again, when connections fail or end.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <vector>

#include "transport/pool_fixture.h"

namespace connectrpc::transport {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::IsEmpty;

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

}  // namespace
}  // namespace connectrpc::transport
