#include "connectrpc/payload.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace connectrpc::wire {
namespace {

void CountRelease(void* owner) {
  ++*static_cast<int*>(owner);
}

TEST(Payload, DefaultIsEmpty) {
  const Payload payload;
  EXPECT_TRUE(payload.empty());
  EXPECT_EQ(payload.size(), 0u);
  EXPECT_FALSE(payload.owned());
}

TEST(Payload, BorrowsWithoutACopy) {
  const std::string bytes = "some bytes";
  const Payload payload = Payload::Borrow(bytes);
  EXPECT_EQ(payload.view().data(), bytes.data());
  EXPECT_EQ(payload.view(), bytes);
  EXPECT_FALSE(payload.owned());
}

TEST(Payload, EnsureOwnedCopiesBorrowedBytesOnly) {
  std::string bytes = "some bytes";
  Payload payload = Payload::Borrow(bytes);
  payload.EnsureOwned();
  EXPECT_TRUE(payload.owned());
  bytes.assign("overwritten");
  EXPECT_EQ(payload.view(), "some bytes");

  int releases = 0;
  Payload adopted = Payload::Adopt(bytes, CountRelease, &releases);
  adopted.EnsureOwned();
  EXPECT_EQ(adopted.view().data(), bytes.data());
  EXPECT_EQ(releases, 0);
}

// A short string keeps its bytes inside itself, so the view must follow the move.
TEST(Payload, MovesShortAndLongStrings) {
  for (const std::string& bytes : {std::string("short"), std::string(1000, 'x')}) {
    SCOPED_TRACE(bytes.size());
    Payload first = Payload::Own(bytes);
    Payload second = std::move(first);
    EXPECT_EQ(second.view(), bytes);
    EXPECT_TRUE(second.owned());
    EXPECT_TRUE(first.empty());   // NOLINT(bugprone-use-after-move): a moved-from payload is empty
    EXPECT_FALSE(first.owned());  // NOLINT(bugprone-use-after-move)
    first = std::move(second);
    EXPECT_EQ(first.view(), bytes);
    EXPECT_TRUE(second.empty());  // NOLINT(bugprone-use-after-move)
  }
}

TEST(Payload, MovedBorrowIsEmpty) {
  Payload first = Payload::Borrow("bytes");
  const Payload second = std::move(first);
  EXPECT_EQ(second.view(), "bytes");
  EXPECT_TRUE(first.empty());  // NOLINT(bugprone-use-after-move)
}

TEST(Payload, ReleasesForeignMemoryOnce) {
  int releases = 0;
  {
    Payload first = Payload::Adopt("bytes", CountRelease, &releases);
    EXPECT_TRUE(first.owned());
    EXPECT_EQ(first.view(), "bytes");
    Payload second = std::move(first);
    first = Payload::Own("other");
    EXPECT_EQ(releases, 0);
    first = std::move(second);
    EXPECT_EQ(first.view(), "bytes");
    EXPECT_EQ(releases, 0);
  }
  EXPECT_EQ(releases, 1);
}

TEST(Payload, AssignmentReleasesWhatItReplaces) {
  int first_releases = 0;
  int second_releases = 0;
  Payload payload = Payload::Adopt("first", CountRelease, &first_releases);
  payload = Payload::Adopt("second", CountRelease, &second_releases);
  EXPECT_EQ(first_releases, 1);
  EXPECT_EQ(second_releases, 0);
  payload = Payload();
  EXPECT_EQ(second_releases, 1);
  EXPECT_TRUE(payload.empty());
}

TEST(Payload, SelfAssignmentKeepsTheBytes) {
  int releases = 0;
  Payload payload = Payload::Adopt("bytes", CountRelease, &releases);
  Payload& same = payload;
  payload = std::move(same);
  EXPECT_EQ(payload.view(), "bytes");
  EXPECT_EQ(releases, 0);
}

TEST(Payload, TakeStringLeavesItEmpty) {
  int releases = 0;
  struct Case {
    const char* name;
    Payload payload;
  };
  Case cases[] = {
      {"borrowed", Payload::Borrow("bytes")},
      {"string", Payload::Own("bytes")},
      {"foreign", Payload::Adopt("bytes", CountRelease, &releases)},
  };
  for (Case& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(c.payload.TakeString(), "bytes");
    EXPECT_TRUE(c.payload.empty());
    EXPECT_FALSE(c.payload.owned());
  }
  EXPECT_EQ(releases, 1);
}

TEST(Payload, TakeStringMovesALongString) {
  std::string bytes(1000, 'x');
  const char* data = bytes.data();
  Payload payload = Payload::Own(std::move(bytes));
  EXPECT_EQ(payload.TakeString().data(), data);
}

}  // namespace
}  // namespace connectrpc::wire
