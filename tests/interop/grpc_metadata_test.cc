#include "interop/grpc_metadata.h"

#include <gtest/gtest.h>

#include <chrono>

namespace connectrpc::interop {
namespace {

using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(DeadlineElsewhereTest, TakesOffWhatGrpcMayAdd) {
  const wire::TimePoint now(hours(7));
  const struct {
    const char* name;
    wire::Duration left;
    wire::Duration asked;
  } kCases[] = {
      {"a hundredth", milliseconds(200), milliseconds(198)},
      {"a hundredth that is the most", seconds(1), milliseconds(990)},
      {"the most", milliseconds(1001), milliseconds(991)},
      {"2 s", seconds(2), milliseconds(1990)},
      {"an hour", hours(1), hours(1) - milliseconds(10)},
      {"a moment", microseconds(100), microseconds(99)},
      {"nothing", seconds(0), seconds(0)},
      {"less than nothing", seconds(-5), seconds(-5)},
  };
  for (const auto& test : kCases) EXPECT_EQ(DeadlineElsewhere(now + test.left, now), now + test.asked) << test.name;
}

TEST(DeadlineElsewhereTest, LeavesNoDeadlineAsItIs) {
  EXPECT_EQ(DeadlineElsewhere(wire::kNever, wire::TimePoint(hours(7))), wire::kNever);
}

}  // namespace
}  // namespace connectrpc::interop
