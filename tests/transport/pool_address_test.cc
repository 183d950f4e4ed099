// Which addresses a pool connects to, and how it learns of them.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

#include "transport/pool_fixture.h"

namespace connectrpc::transport {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

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

}  // namespace
}  // namespace connectrpc::transport
