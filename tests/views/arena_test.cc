#include "connectrpc/views/arena.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <utility>
#include <vector>

namespace connectrpc::views {
namespace {

TEST(ArenaTest, PiecesAreAlignedAndApart) {
  Arena arena;
  std::vector<std::pair<char*, size_t>> pieces;
  for (size_t size = 1; size < 3000; size += 7) {
    auto* const piece = static_cast<char*>(arena.Allocate(size));
    ASSERT_NE(piece, nullptr);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(piece) % Arena::kAlignment, 0U);
    std::memset(piece, static_cast<int>(pieces.size() % 251), size);
    pieces.emplace_back(piece, size);
  }
  for (size_t i = 0; i < pieces.size(); ++i) {
    for (size_t at = 0; at < pieces[i].second; ++at) {
      ASSERT_EQ(static_cast<unsigned char>(pieces[i].first[at]), i % 251) << "piece " << i << " byte " << at;
    }
  }
}

TEST(ArenaTest, TheLastPieceGrowsWhereItLies) {
  Arena arena;
  auto* const first = static_cast<char*>(arena.Allocate(16));
  EXPECT_TRUE(arena.Extend(first + 16, 16));
  auto* const second = static_cast<char*>(arena.Allocate(16));
  EXPECT_EQ(second, first + 32);
  EXPECT_FALSE(arena.Extend(first + 32 - 8, 8));
  EXPECT_TRUE(arena.Extend(second + 16, 8));
  EXPECT_FALSE(arena.Extend(second + 24, size_t{1} << 30)) << "more than the block has";
}

TEST(ArenaTest, AnEmptyOneHasNothingToExtend) {
  Arena arena;
  EXPECT_FALSE(arena.Extend(nullptr, 0));
}

TEST(ArenaTest, SizesBeyondReasonAreRefused) {
  Arena arena;
  EXPECT_EQ(arena.Allocate(SIZE_MAX), nullptr);
  EXPECT_EQ(arena.Allocate(SIZE_MAX - 3), nullptr);
  EXPECT_NE(arena.Allocate(8), nullptr);
}

TEST(ArenaTest, AfterAResetItServesTheSameLoadFromOneBlock) {
  Arena arena;
  const auto load = [&arena] {
    for (int i = 0; i < 1000; ++i) ASSERT_NE(arena.Allocate(100), nullptr);
  };
  load();
  arena.Reset();
  load();  // asks for the whole at once
  const size_t reserved = arena.reserved();
  void* const first_of_next = (arena.Reset(), arena.Allocate(8));
  arena.Reset();
  for (int round = 0; round < 3; ++round) {
    EXPECT_EQ(arena.Allocate(8), first_of_next);
    arena.Reset();
    load();
    EXPECT_EQ(arena.reserved(), reserved);
    arena.Reset();
  }
}

TEST(ArenaTest, AResetKeepsNoMoreThanItIsTold) {
  Arena arena;
  ASSERT_NE(arena.Allocate(100'000), nullptr);
  arena.Reset(50'000);
  EXPECT_EQ(arena.reserved(), 0U);
  ASSERT_NE(arena.Allocate(40'000), nullptr);
  arena.Reset(50'000);
  EXPECT_GT(arena.reserved(), 0U);
  EXPECT_LE(arena.reserved(), 50'000U);
}

TEST(ArenaTest, LargePiecesAreGivenBackOneByOne) {
  Arena arena;
  void* const small = arena.Allocate(100);
  void* const outgrown = arena.Allocate(100);
  constexpr size_t kLarge = size_t{3} << 20;
  void* const first = arena.Allocate(kLarge);
  void* const second = arena.Allocate(kLarge);
  const size_t all = arena.reserved();
  arena.Release(outgrown, 100);
  EXPECT_EQ(arena.reserved(), all);
  arena.Release(first, kLarge);
  EXPECT_EQ(arena.reserved(), all - kLarge);
  arena.Release(second, kLarge);  // the last one
  EXPECT_EQ(arena.reserved(), all - 2 * kLarge);
  void* const next = arena.Allocate(100);
  ASSERT_NE(next, nullptr);
  std::memset(small, 1, 100);
  std::memset(next, 2, 100);
  EXPECT_EQ(*static_cast<char*>(small), 1);
}

TEST(ArenaTest, MovingLeavesPiecesWhereTheyAre) {
  Arena first;
  auto* const piece = static_cast<char*>(first.Allocate(8));
  std::memcpy(piece, "content", 8);
  Arena second = std::move(first);
  EXPECT_STREQ(piece, "content");
  EXPECT_NE(first.Allocate(8), nullptr);  // NOLINT: what was moved from is empty, and works
  EXPECT_EQ(second.Allocate(8), piece + 8);
}

}  // namespace
}  // namespace connectrpc::views
