#include "net/deadline_set.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <vector>

namespace connectrpc::net {
namespace {

using std::chrono::milliseconds;
using ::testing::ElementsAre;

enum class Deadline { kPhase, kNotice, kWrite, kStreams, kAge };
constexpr size_t kDeadlines = 5;
using TestSet = DeadlineSet<Deadline, kDeadlines>;

// Runs its loop until `stop` has passed.
class DeadlineSetTest : public ::testing::Test, public TestSet::Owner {
 protected:
  void Run(Deadline stop) {
    stop_ = stop;
    loop_.Run();
  }
  void OnDeadline(Deadline which) override {
    EXPECT_LE(expected_[static_cast<size_t>(which)], loop_.Now()) << "too early";
    passed_.push_back(which);
    if (on_deadline_) on_deadline_(which);
    if (which == stop_) loop_.Stop();
  }
  void Set(Deadline which, milliseconds from_now) {
    expected_[static_cast<size_t>(which)] = loop_.Now() + from_now;
    set_.Set(which, loop_.Now() + from_now);
  }

  Loop loop_;
  TestSet set_{&loop_, this};
  std::array<wire::TimePoint, kDeadlines> expected_{};
  Deadline stop_ = Deadline::kAge;
  std::vector<Deadline> passed_;
  std::function<void(Deadline)> on_deadline_;
};

TEST_F(DeadlineSetTest, PassInTheOrderOfTheirTimes) {
  Set(Deadline::kPhase, std::chrono::hours(2));
  Set(Deadline::kAge, std::chrono::hours(1));
  Set(Deadline::kWrite, milliseconds(2));
  Run(Deadline::kWrite);
  EXPECT_THAT(passed_, ElementsAre(Deadline::kWrite));
  EXPECT_EQ(set_.when(Deadline::kWrite), wire::kNever);
  Set(Deadline::kAge, milliseconds(2));
  Run(Deadline::kAge);
  EXPECT_THAT(passed_, ElementsAre(Deadline::kWrite, Deadline::kAge));
  EXPECT_NE(set_.when(Deadline::kPhase), wire::kNever);
}

TEST_F(DeadlineSetTest, AllThatHavePassedAtOnce) {
  Set(Deadline::kAge, milliseconds(-1));
  Set(Deadline::kWrite, milliseconds(-2));
  Run(Deadline::kAge);
  EXPECT_THAT(passed_, ElementsAre(Deadline::kWrite, Deadline::kAge));
}

TEST_F(DeadlineSetTest, MovedOnAndCleared) {
  Set(Deadline::kWrite, milliseconds(1));
  Set(Deadline::kWrite, milliseconds(4));
  Set(Deadline::kPhase, milliseconds(1));
  set_.Clear(Deadline::kPhase);
  Set(Deadline::kNotice, milliseconds(1));
  set_.Set(Deadline::kNotice, wire::kNever);
  Set(Deadline::kAge, milliseconds(8));
  Run(Deadline::kAge);
  EXPECT_THAT(passed_, ElementsAre(Deadline::kWrite, Deadline::kAge));
}

TEST_F(DeadlineSetTest, SetNoLater) {
  const wire::TimePoint now = loop_.Now();
  set_.SetNoLater(Deadline::kWrite, now + milliseconds(3));
  EXPECT_EQ(set_.when(Deadline::kWrite), now + milliseconds(3));
  set_.SetNoLater(Deadline::kWrite, now + milliseconds(4));
  EXPECT_EQ(set_.when(Deadline::kWrite), now + milliseconds(3));
  set_.SetNoLater(Deadline::kWrite, now + milliseconds(2));
  EXPECT_EQ(set_.when(Deadline::kWrite), now + milliseconds(2));
}

TEST_F(DeadlineSetTest, OwnersMaySetAndStopMeanwhile) {
  int rounds = 0;
  on_deadline_ = [&](Deadline which) {
    if (which == Deadline::kWrite && ++rounds < 3) Set(Deadline::kWrite, milliseconds(1));
    if (which == Deadline::kStreams) {
      Set(Deadline::kNotice, milliseconds(1));
      set_.Stop();
      loop_.Stop();
    }
  };
  Set(Deadline::kWrite, milliseconds(1));
  Set(Deadline::kStreams, milliseconds(20));
  Set(Deadline::kAge, milliseconds(20));
  Run(Deadline::kAge);
  EXPECT_THAT(passed_, ElementsAre(Deadline::kWrite, Deadline::kWrite, Deadline::kWrite, Deadline::kStreams));
}

TEST(TimeoutAfterTest, ZeroIsOffAndHugeValuesSaturate) {
  const wire::TimePoint now(std::chrono::hours(1));
  EXPECT_EQ(TimeoutAfter(now, milliseconds(0)), wire::kNever);
  EXPECT_EQ(TimeoutAfter(now, milliseconds(1)), now + milliseconds(1));
  EXPECT_EQ(TimeoutAfter(now, milliseconds::max()), wire::kNever);
  EXPECT_EQ(TimeoutAfter(now, std::chrono::duration_cast<milliseconds>(wire::Duration::max())), wire::kNever);
}

}  // namespace
}  // namespace connectrpc::net
