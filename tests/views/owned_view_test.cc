#include "connectrpc/owned_view.h"

#include <gtest/gtest.h>

#include <cstring>
#include <memory>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "everything3.pb.h"
#include "everything3.view.pb.h"

namespace connectrpc::views {
namespace {

using ::views::test::Everything3;
using ::views::test::Everything3View;
using Owned = OwnedView<Everything3View>;

static_assert(!std::is_copy_constructible_v<Owned> && !std::is_copy_assignable_v<Owned>);
static_assert(std::is_nothrow_move_constructible_v<Owned> && std::is_nothrow_move_assignable_v<Owned>);

// Of a temporary, nothing may be asked that would point into it.
template <class Handle, class = void>
constexpr bool kDereferences = false;
template <class Handle>
constexpr bool kDereferences<Handle, std::void_t<decltype(*std::declval<Handle>())>> = true;
template <class Handle, class = void>
constexpr bool kHasArrow = false;
template <class Handle>
constexpr bool kHasArrow<Handle, std::void_t<decltype(std::declval<Handle>().operator->())>> = true;
template <class Handle, class = void>
constexpr bool kHasBytes = false;
template <class Handle>
constexpr bool kHasBytes<Handle, std::void_t<decltype(std::declval<Handle>().bytes())>> = true;
static_assert(kDereferences<Owned&> && kDereferences<const Owned&> && !kDereferences<Owned> &&
              !kDereferences<const Owned>);
static_assert(kHasArrow<Owned&> && !kHasArrow<Owned> && !kHasArrow<const Owned>);
static_assert(kHasBytes<Owned&> && !kHasBytes<Owned> && !kHasBytes<const Owned>);

std::string MessageOf(const std::string& text, int children = 0) {
  Everything3 message;
  message.set_f_string(text);
  for (int i = 0; i < children; ++i) message.mutable_f_message()->add_children()->set_number(i);
  return message.SerializeAsString();
}

Owned Parsed(std::string bytes) {
  Owned owned;
  EXPECT_TRUE(owned.Parse(Payload::Own(std::move(bytes))));
  return owned;
}

TEST(OwnedViewTest, AnEmptyOneIsTheEmptyMessage) {
  const Owned owned;
  EXPECT_EQ(owned->f_string(), "");
  EXPECT_EQ((*owned).r_message().size(), 0);
  EXPECT_EQ(owned.bytes(), "");
  EXPECT_TRUE(owned.SharePiece("x").empty());
  const Owned shared = owned.Share();
  EXPECT_EQ(shared->f_string(), "");
}

TEST(OwnedViewTest, OwnedBytesAreReadWhereTheyLie) {
  const std::string bytes = MessageOf(std::string(1000, 'a'));
  auto* const foreign = new std::string(bytes);
  Owned owned;
  ASSERT_TRUE(owned.Parse(Payload::Adopt(
      *foreign, [](void* string) { delete static_cast<std::string*>(string); }, foreign)));
  EXPECT_EQ(owned.bytes().data(), foreign->data());
  EXPECT_GT(owned->f_string().data(), foreign->data());
  EXPECT_LT(owned->f_string().data(), foreign->data() + foreign->size());
}

TEST(OwnedViewTest, BorrowedBytesAreCopied) {
  std::string bytes = MessageOf("text");
  Owned owned;
  ASSERT_TRUE(owned.Parse(Payload::Borrow(bytes)));
  std::fill(bytes.begin(), bytes.end(), '\xFF');
  EXPECT_EQ(owned->f_string(), "text");
}

struct MoveCase {
  const char* name;
  size_t text;  // in bytes: within what a string keeps inside itself, and beyond
};
class OwnedViewMoveTest : public ::testing::TestWithParam<MoveCase> {};
INSTANTIATE_TEST_SUITE_P(All, OwnedViewMoveTest, ::testing::Values(MoveCase{"Short", 5}, MoveCase{"Long", 5000}),
                         [](const auto& info) { return info.param.name; });

TEST_P(OwnedViewMoveTest, WhatWasTakenStaysValid) {
  const std::string text(GetParam().text, 'x');
  Owned first = Parsed(MessageOf(text, 3));
  const std::string_view taken = first->f_string();
  const Everything3View* const view = &*first;

  Owned second = std::move(first);
  EXPECT_EQ(&*second, view);
  EXPECT_EQ(taken, text);
  EXPECT_EQ(first->f_string(), "") << "moved from: the empty message";  // NOLINT: by purpose
  EXPECT_EQ(first.bytes(), "");                                         // NOLINT

  std::vector<Owned> many;
  many.push_back(std::move(second));
  for (int i = 0; i < 20; ++i) many.push_back(Parsed(MessageOf("other")));  // moves the first again and again
  EXPECT_EQ(&*many.front(), view);
  EXPECT_EQ(taken, text);
  EXPECT_EQ(taken.data(), many.front()->f_string().data());
  EXPECT_EQ(view->f_message().children()[2].number(), 2);

  many.front() = Parsed(MessageOf("new"));
  EXPECT_EQ(many.front()->f_string(), "new");
}

TEST(OwnedViewTest, MovingToItselfChangesNothing) {
  Owned owned = Parsed(MessageOf("text"));
  Owned& same = owned;
  owned = std::move(same);
  EXPECT_EQ(owned->f_string(), "text");
}

TEST(OwnedViewTest, WhatIsNoMessageLeavesItEmpty) {
  Owned owned = Parsed(MessageOf("before"));
  views::ParseError error;
  EXPECT_FALSE(owned.Parse(Payload::Own("\x4A\x7F"), {}, &error));
  EXPECT_EQ(owned->f_string(), "");
  EXPECT_EQ(owned.bytes(), "");
  const Error told = ToError(error);
  EXPECT_EQ(told.code, Code::kInvalidArgument);
  EXPECT_EQ(told.message, error.ToString());
  ASSERT_TRUE(owned.Parse(Payload::Own(MessageOf("after"))));
  EXPECT_EQ(owned->f_string(), "after");
}

TEST(OwnedViewTest, LimitsAreToldByTheirName) {
  ParseOptions options;
  options.max_message_bytes = 5;
  Owned owned;
  views::ParseError error;
  EXPECT_FALSE(owned.Parse(Payload::Own(MessageOf("text")), options, &error));
  EXPECT_EQ(ToError(error).code, Code::kResourceExhausted);
  EXPECT_NE(ToError(error).message.find("max_message_bytes"), std::string::npos);
  options.max_message_bytes = 6;
  EXPECT_TRUE(owned.Parse(Payload::Own(MessageOf("text")), options));
  EXPECT_TRUE(ToError(views::ParseError()).ok());
}

TEST(OwnedViewTest, AMessageThatIsSharedOutlivesTheHandleThatIsParsedAgain) {
  Owned owned = Parsed(MessageOf("first", 10));
  const Owned kept = owned.Share();
  EXPECT_EQ(&*kept, &*owned) << "no copy";
  ASSERT_TRUE(owned.Parse(Payload::Own(MessageOf("second"))));
  EXPECT_EQ(owned->f_string(), "second");
  EXPECT_EQ(kept->f_string(), "first");
  EXPECT_EQ(kept->f_message().children()[9].number(), 9);

  const Owned again = kept.Share();
  owned = kept.Share();
  owned.Clear();
  EXPECT_EQ(owned->f_string(), "");
  EXPECT_EQ(again->f_string(), "first");
}

TEST(OwnedViewTest, HandlesOfOneMessageMayEndOnDifferentThreads) {
  for (int round = 0; round < 50; ++round) {
    Owned owned = Parsed(MessageOf("text", 3));
    std::thread other([kept = owned.Share()]() mutable {
      EXPECT_EQ(kept->f_string(), "text");
      kept.Clear();
    });
    ASSERT_TRUE(owned.Parse(Payload::Own(MessageOf("more"))));
    EXPECT_EQ(owned->f_string(), "more");
    other.join();
  }
}

struct PieceCase {
  const char* name;
  size_t piece;  // of a message of 1,000 bytes
  bool copied;
};
class OwnedViewPieceTest : public ::testing::TestWithParam<PieceCase> {};
INSTANTIATE_TEST_SUITE_P(All, OwnedViewPieceTest,
                         ::testing::Values(PieceCase{"Nothing", 0, true}, PieceCase{"UnderAQuarter", 249, true},
                                           PieceCase{"AQuarter", 250, false}, PieceCase{"Nearly", 900, false}),
                         [](const auto& info) { return info.param.name; });

TEST_P(OwnedViewPieceTest, KeepsTheMessageOnlyWhereItIsWorthIt) {
  Owned owned = Parsed(MessageOf(std::string(997, 'p')));
  ASSERT_EQ(owned.bytes().size(), 1000U);
  const std::string_view piece = owned->f_string().substr(0, GetParam().piece);
  const Payload kept = owned.SharePiece(piece);
  EXPECT_EQ(kept.view().data() != piece.data(), GetParam().copied);
  owned = Owned();
  EXPECT_TRUE(kept.owned());
  EXPECT_EQ(kept.view(), std::string(GetParam().piece, 'p'));
}

// Small pieces must not hold on to large messages.
TEST(OwnedViewTest, SmallPiecesOfManyLargeMessagesNeedLittle) {
  std::vector<Payload> kept;
  int alive = 0;
  struct Large {
    std::string bytes;
    int* alive;
  };
  for (int i = 0; i < 100; ++i) {
    auto* const large = new Large{MessageOf(std::string(1 << 20, 'x')), &alive};
    alive += 1;
    Owned owned;
    ASSERT_TRUE(owned.Parse(Payload::Adopt(
        large->bytes,
        [](void* owner) {
          *static_cast<Large*>(owner)->alive -= 1;
          delete static_cast<Large*>(owner);
        },
        large)));
    kept.push_back(owned.SharePiece(owned->f_string().substr(0, 10)));
  }
  EXPECT_EQ(alive, 0);
  EXPECT_EQ(kept.size(), 100U);
}

TEST(OwnedViewTest, LetsGoOfTheBytesWhenItIsCleared) {
  static bool released;
  released = false;
  const std::string bytes = MessageOf("text");
  Owned owned;
  ASSERT_TRUE(owned.Parse(Payload::Adopt(
      bytes, [](void*) { released = true; }, nullptr)));
  EXPECT_FALSE(released);
  owned.Clear();
  EXPECT_TRUE(released);
}

}  // namespace
}  // namespace connectrpc::views
