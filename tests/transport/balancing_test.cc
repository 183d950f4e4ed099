#include "transport/balancing.h"

#include <gmock/gmock.h>

#include <vector>

namespace connectrpc::transport {
namespace {

using ::testing::ElementsAre;
using ::testing::Optional;

struct FakeBackend {
  bool can_take = true;
  size_t load = 0;
};

class FakeBackends final : public Balancer::Backends {
 public:
  explicit FakeBackends(std::vector<FakeBackend> all) : all(std::move(all)) {}

  size_t Count() const override { return all.size(); }
  bool CanTake(size_t index) override { return all.at(index).can_take; }
  size_t Load(size_t index) override { return all.at(index).load; }

  std::vector<FakeBackend> all;
};

std::vector<size_t> PickMany(Balancer* balancer, FakeBackends* backends, size_t count) {
  std::vector<size_t> picked;
  for (size_t i = 0; i < count; ++i) picked.push_back(balancer->Pick(backends).value_or(99));
  return picked;
}

TEST(BalancingTest, NothingWhereNoneCanTakeACall) {
  for (const Balancing how : {Balancing::kFirstThatConnects, Balancing::kRoundRobin, Balancing::kLeastLoadedOfTwo}) {
    Balancer balancer(how, 1);
    FakeBackends none({});
    EXPECT_EQ(balancer.Pick(&none), std::nullopt);
    for (size_t count = 1; count <= 3; ++count) {
      FakeBackends busy(std::vector<FakeBackend>(count, FakeBackend{false, 0}));
      EXPECT_EQ(balancer.Pick(&busy), std::nullopt);
      // And the only one that can, wherever it is.
      for (size_t only = 0; only < count; ++only) {
        busy.all[only].can_take = true;
        EXPECT_THAT(balancer.Pick(&busy), Optional(only));
        busy.all[only].can_take = false;
      }
    }
  }
}

TEST(BalancingTest, FirstThatConnectsTakesTheFirst) {
  Balancer balancer(Balancing::kFirstThatConnects, 1);
  FakeBackends backends({{true, 100}, {true, 0}, {true, 0}});
  EXPECT_THAT(PickMany(&balancer, &backends, 3), ElementsAre(0, 0, 0));
  backends.all[0].can_take = false;
  EXPECT_THAT(PickMany(&balancer, &backends, 2), ElementsAre(1, 1));
}

TEST(BalancingTest, RoundRobinTakesTurns) {
  Balancer balancer(Balancing::kRoundRobin, 1);
  FakeBackends backends({{}, {}, {}});
  EXPECT_THAT(PickMany(&balancer, &backends, 7), ElementsAre(0, 1, 2, 0, 1, 2, 0));
  backends.all[1].can_take = false;
  EXPECT_THAT(PickMany(&balancer, &backends, 4), ElementsAre(2, 0, 2, 0));
  backends.all[1].can_take = true;
  EXPECT_THAT(PickMany(&balancer, &backends, 3), ElementsAre(1, 2, 0));
}

TEST(BalancingTest, RoundRobinBearsFewerBackends) {
  Balancer balancer(Balancing::kRoundRobin, 1);
  FakeBackends backends({{}, {}, {}});
  EXPECT_THAT(PickMany(&balancer, &backends, 3), ElementsAre(0, 1, 2));
  backends.all.resize(2);
  EXPECT_THAT(PickMany(&balancer, &backends, 3), ElementsAre(1, 0, 1));
}

TEST(BalancingTest, LeastLoadedOfTwoIsTheLessLoadedOne) {
  Balancer balancer(Balancing::kLeastLoadedOfTwo, 1);
  FakeBackends backends({{true, 5}, {true, 4}});
  EXPECT_THAT(PickMany(&balancer, &backends, 5), ElementsAre(1, 1, 1, 1, 1));
  backends.all[1].load = 6;
  EXPECT_THAT(PickMany(&balancer, &backends, 5), ElementsAre(0, 0, 0, 0, 0));
}

TEST(BalancingTest, LeastLoadedOfTwoNeverTakesTheMostLoaded) {
  Balancer balancer(Balancing::kLeastLoadedOfTwo, 1);
  FakeBackends backends({{true, 1}, {true, 9}, {true, 2}, {true, 3}});
  std::vector<size_t> hits(4);
  for (const size_t index : PickMany(&balancer, &backends, 1000)) ++hits.at(index);
  EXPECT_EQ(hits[1], 0u);
  // The least loaded wins in all pairs with it: half of them.
  EXPECT_NEAR(static_cast<double>(hits[0]), 500, 60);
  EXPECT_GT(hits[2], hits[3]);
  EXPECT_GT(hits[3], 0u);
}

TEST(BalancingTest, LeastLoadedOfTwoSpreadsCallsThatGoOn) {
  Balancer balancer(Balancing::kLeastLoadedOfTwo, 1);
  FakeBackends backends(std::vector<FakeBackend>(10));
  for (int i = 0; i < 1000; ++i) ++backends.all.at(balancer.Pick(&backends).value()).load;
  for (const FakeBackend& backend : backends.all) EXPECT_NEAR(static_cast<double>(backend.load), 100, 5);
}

}  // namespace
}  // namespace connectrpc::transport
