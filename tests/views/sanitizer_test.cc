// What the sanitizer of addresses says of views that are used too late. Each needs a mistake that no compiler sees.
#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <string>

#include "connectrpc/owned_view.h"
#include "connectrpc/views/arena.h"
#include "everything3.view.pb.h"
#include "tests/views/walk.h"
#include "tests/views/wire.h"

namespace connectrpc::views {
namespace {

using ::views::test::Everything3View;
using namespace testing;  // NOLINT: the writers of wire.h

#if defined(CONNECTRPC_VIEWS_ADDRESS_SANITIZER)

uint64_t Read(const Everything3View& view) {
  Walker walker;
  Walk(view, &walker);
  return walker.sum();
}

const std::string& Message() {
  static const std::string bytes =
      Text(9, std::string(100, 'x')) + Repeat(Text(49, "element"), 10) + Text(62, Text(1, "key"));
  return bytes;
}

TEST(SanitizerDeathTest, AViewAfterItsArenaWasReset) {
  Arena arena;
  const Everything3View* view = Everything3View::Parse(Message(), &arena);
  Read(*view);
  arena.Reset();
  EXPECT_DEATH(Read(*view), "use-after-poison");
}

TEST(SanitizerDeathTest, AViewWhoseArenaIsGone) {
  auto arena = std::make_unique<Arena>();
  const Everything3View* const view = Everything3View::Parse(Message(), arena.get());
  arena.reset();
  EXPECT_DEATH(Read(*view), "heap-use-after-free");
}

TEST(SanitizerDeathTest, AViewOfBytesThatAreGone) {
  Arena arena;
  auto bytes = std::make_unique<std::string>(Message());
  const Everything3View* const view = Everything3View::Parse(*bytes, &arena);
  bytes.reset();
  EXPECT_DEATH(Read(*view), "heap-use-after-free");
}

TEST(SanitizerDeathTest, AViewOfAHandleThatWasParsedAgain) {
  OwnedView<Everything3View> owned;
  ASSERT_TRUE(owned.Parse(Payload::Own(Message())));
  const Everything3View* const view = &*owned;
  owned.Clear();
  EXPECT_DEATH(Read(*view), "use-after-poison");
}

TEST(SanitizerDeathTest, MemoryThatTheArenaHasNotGivenOut) {
  Arena arena;
  auto* const piece = static_cast<char*>(arena.Allocate(16));
  piece[15] = 'x';
  EXPECT_DEATH(piece[16] = 'x', "use-after-poison");
  ASSERT_TRUE(arena.Extend(piece + 16, 8));
  piece[16] = 'x';
  EXPECT_DEATH(piece[24] = 'x', "use-after-poison");
}

#endif

// With and without: what is given out can be used, again and again.
TEST(SanitizerTest, WhatIsGivenOutCanBeUsed) {
  Arena arena;
  for (int round = 0; round < 3; ++round) {
    for (size_t size = 1; size < 300'000; size = size * 3 + 1) {
      auto* const piece = static_cast<char*>(arena.Allocate(size));
      ASSERT_NE(piece, nullptr);
      piece[0] = piece[size - 1] = 'x';
    }
    arena.Reset();
  }
}

}  // namespace
}  // namespace connectrpc::views
