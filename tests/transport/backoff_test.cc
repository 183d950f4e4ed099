#include "transport/backoff.h"

#include <gtest/gtest.h>

#include <limits>

namespace connectrpc::transport {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;

TEST(BackoffTest, GrowsUpToItsMaximumAndVariesByAFifth) {
  const BackoffPolicy policy{milliseconds(1'000), milliseconds(30'000), 2};
  const struct {
    const char* name;
    BackoffPolicy policy;
    int failures;
    double random;
    nanoseconds expected;
  } kCases[] = {
      {"first", policy, 1, 0.5, milliseconds(1'000)},
      {"none counts as the first", policy, 0, 0.5, milliseconds(1'000)},
      {"second", policy, 2, 0.5, milliseconds(2'000)},
      {"fifth", policy, 5, 0.5, milliseconds(16'000)},
      {"the maximum", policy, 6, 0.5, milliseconds(30'000)},
      {"stays at the maximum", policy, 1'000'000'000, 0.5, milliseconds(30'000)},
      {"a fifth less", policy, 1, 0, milliseconds(800)},
      {"a fifth more", policy, 1, 1, milliseconds(1'200)},
      {"a fifth more than the maximum", policy, 100, 1, milliseconds(36'000)},
      {"another multiplier", {milliseconds(100), milliseconds(5'000), 1.5}, 3, 0.5, milliseconds(225)},
      {"maximum below the first", {milliseconds(100), milliseconds(50), 2}, 1, 0.5, milliseconds(50)},
      {"off", {milliseconds(0), milliseconds(30'000), 2}, 1, 1, milliseconds(0)},
      {"off after many", {milliseconds(0), milliseconds(30'000), 2}, 100'000, 1, milliseconds(0)},
      {"no maximum to reach", {milliseconds(1'000), milliseconds(0), 2}, 1, 1, milliseconds(0)},
      {"no number",
       {milliseconds(1), milliseconds(2), std::numeric_limits<double>::quiet_NaN()},
       2,
       0.5,
       milliseconds(0)},
  };
  for (const auto& c : kCases) {
    EXPECT_NEAR(static_cast<double>(BackoffDelay(c.policy, c.failures, c.random).count()),
                static_cast<double>(c.expected.count()), 1e3)
        << c.name;
  }
}

TEST(BackoffTest, HugeWaitsFitIntoADuration) {
  const BackoffPolicy policy{milliseconds::max(), milliseconds::max(), 10};
  for (const int failures : {1, 2, 1'000}) {
    const wire::Duration delay = BackoffDelay(policy, failures, 1);
    EXPECT_GT(delay, hours(24 * 365 * 100));
    // A time of today bears it.
    EXPECT_GT(wire::TimePoint(hours(24 * 365 * 100)) + delay, wire::TimePoint());
  }
}

}  // namespace
}  // namespace connectrpc::transport
