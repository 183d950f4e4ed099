// What a message may make parsing use up: each limit of ParseOptions, met and passed by one.
#include <gtest/gtest.h>
#include <pthread.h>

#include <string>

#include "everything2.view.pb.h"
#include "everything3.view.pb.h"
#include "tests/views/wire.h"

namespace connectrpc::views {
namespace {

using ::views::test::Everything2View;
using ::views::test::Everything3View;
using Kind = ParseError::Kind;
using namespace testing;  // NOLINT: the writers of wire.h

template <class View>
Kind Outcome(const std::string& bytes, const ParseOptions& options) {
  Arena arena;
  ParseError error;
  const bool parsed = View::Parse(bytes, &arena, options, &error) != nullptr;
  EXPECT_EQ(parsed, error.ok());
  EXPECT_EQ(error.is_limit(), !parsed);
  return error.kind;
}

TEST(BudgetTest, MaxDepth) {
  struct {
    const char* name;
    std::string (*make)(int depth);
  } const cases[] = {
      {"messages", [](int depth) { return Nested(100, depth); }},
      {"elements", [](int depth) { return Nested(10, 1, Nested(4, depth - 1)); }},
      {"unknown groups",
       [](int depth) {
         return Repeat(Tag(1999, 3), static_cast<size_t>(depth)) + Repeat(Tag(1999, 4), static_cast<size_t>(depth));
       }},
      // An entry is one level, the message in it another.
      {"maps",
       [](int depth) {
         return depth % 2 == 0 ? Nested(100, 0, Nested(68, 1, Nested(2, 1, Nested(100, depth - 2))))
                               : Nested(100, depth);
       }},
      {"messages, then groups",
       [](int depth) {
         const auto half = static_cast<size_t>(depth / 2);
         return Nested(100, depth - depth / 2, Repeat(Tag(1999, 3), half) + Repeat(Tag(1999, 4), half));
       }},
  };
  ParseOptions options;
  for (const auto& test : cases) {
    SCOPED_TRACE(test.name);
    EXPECT_EQ(Outcome<Everything3View>(test.make(100), options), Kind::kNone);
    EXPECT_EQ(Outcome<Everything3View>(test.make(101), options), Kind::kTooDeep);
  }
  options.max_depth = 3;
  EXPECT_EQ(Outcome<Everything3View>(Nested(100, 3), options), Kind::kNone);
  EXPECT_EQ(Outcome<Everything3View>(Nested(100, 4), options), Kind::kTooDeep);
  options.max_depth = 0;
  EXPECT_EQ(Outcome<Everything3View>(Number(5, 1), options), Kind::kNone);
  EXPECT_EQ(Outcome<Everything3View>(Text(10, ""), options), Kind::kTooDeep);
}

TEST(BudgetTest, MaxUnknownFields) {
  ParseOptions options;
  options.max_unknown_fields = 10;
  struct {
    const char* name;
    std::string (*make)(size_t count);
  } const cases[] = {
      {"varints", [](size_t count) { return Repeat(Number(1999, 1), count); }},
      {"texts", [](size_t count) { return Repeat(Text(1999, ""), count); }},
      {"within a group", [](size_t count) { return Group(1999, Repeat(Number(1, 1), count - 1)); }},
      {"over several messages",
       [](size_t count) { return Text(10, Repeat(Number(9, 1), 4)) + Repeat(Number(1999, 1), count - 4); }},
      {"in entries of maps", [](size_t count) { return Text(61, Repeat(Number(9, 1), count)); }},
  };
  for (const auto& test : cases) {
    SCOPED_TRACE(test.name);
    EXPECT_EQ(Outcome<Everything3View>(test.make(10), options), Kind::kNone);
    EXPECT_EQ(Outcome<Everything3View>(test.make(11), options), Kind::kTooManyUnknown);
  }
  // Unknown values of closed enums.
  EXPECT_EQ(Outcome<Everything2View>(Text(54, std::string(10, '\x06')), options), Kind::kNone);
  EXPECT_EQ(Outcome<Everything2View>(Text(54, std::string(11, '\x06')), options), Kind::kTooManyUnknown);
}

TEST(BudgetTest, MaxElementBytes) {
  ParseOptions options;
  struct {
    const char* name;
    std::string element;
    size_t bytes;  // of each
  } const cases[] = {
      {"strings", Text(49, ""), sizeof(std::string_view)},
      {"bytes", Text(51, ""), sizeof(std::string_view)},
      {"messages", Text(50, ""), sizeof(::views::test::Everything3_NestedView)},
      {"entries", Text(61, ""), sizeof(MapEntry<int32_t, int32_t>)},
  };
  for (const auto& test : cases) {
    SCOPED_TRACE(test.name);
    options.max_element_bytes = 100 * test.bytes;
    EXPECT_EQ(Outcome<Everything3View>(Repeat(test.element, 100), options), Kind::kNone);
    EXPECT_EQ(Outcome<Everything3View>(Repeat(test.element, 101), options), Kind::kElementBytes);
  }
  options.max_element_bytes = sizeof(::views::test::Everything3_NestedView);
  EXPECT_EQ(Outcome<Everything3View>(Text(10, ""), options), Kind::kNone);
  options.max_element_bytes -= 1;
  EXPECT_EQ(Outcome<Everything3View>(Text(10, ""), options), Kind::kElementBytes);
  options.max_element_bytes = 0;
  EXPECT_EQ(Outcome<Everything3View>(Text(45, std::string(1000, '\1')) + Text(47, std::string(1000, '\1')), options),
            Kind::kNone)
      << "numbers are not charged";
}

// What is charged is what is used, but for arrays that double.
TEST(BudgetTest, TheArenaHoldsLittleMoreThanWhatIsCharged) {
  for (const std::string& element : {Text(49, ""), Text(50, ""), Text(61, ""), Text(68, Text(2, ""))}) {
    Arena arena;
    const std::string bytes = Repeat(element, 400'000);
    ParseError error;
    Everything3View::Parse(bytes, &arena, {}, &error);
    EXPECT_LT(arena.reserved(), size_t{3} * (32U << 20));
  }
}

TEST(BudgetTest, MaxMessageBytes) {
  ParseOptions options;
  options.max_message_bytes = 10;
  EXPECT_EQ(Outcome<Everything3View>(Text(9, "12345678"), options), Kind::kNone);
  EXPECT_EQ(Outcome<Everything3View>(Text(9, "123456789"), options), Kind::kTooLarge);
}

// A packed field declares less than it is, or is all continuation bytes: room is made for what is there.
TEST(BudgetTest, RoomFollowsWhatIsThere) {
  Arena arena;
  const std::string bytes = Text(43, Repeat(std::string(9, '\xFF') + "\x01", 10'000));
  ASSERT_NE(Everything3View::Parse(bytes, &arena), nullptr);
  EXPECT_LT(arena.reserved(), 200'000U);
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr size_t kSmallStack = size_t{1} << 20;
#elif defined(__clang__)  // with sanitizers, perhaps
constexpr size_t kSmallStack = size_t{1} << 20;
#else
constexpr size_t kSmallStack = size_t{64} << 10;
#endif

struct SmallStackRun {
  std::string bytes;
  bool parsed = false;
};

void* ParseOnSmallStack(void* argument) {
  auto* const run = static_cast<SmallStackRun*>(argument);
  Arena arena;
  run->parsed = Everything3View::Parse(run->bytes, &arena) != nullptr;
  return nullptr;
}

TEST(BudgetTest, TheDeepestMessageNeedsLittleStack) {
  SmallStackRun run;
  run.bytes = Nested(100, 100);
  pthread_attr_t attributes;
  ASSERT_EQ(pthread_attr_init(&attributes), 0);
  ASSERT_EQ(pthread_attr_setstacksize(&attributes, kSmallStack), 0);
  pthread_t thread;
  ASSERT_EQ(pthread_create(&thread, &attributes, ParseOnSmallStack, &run), 0);
  ASSERT_EQ(pthread_join(thread, nullptr), 0);
  ASSERT_EQ(pthread_attr_destroy(&attributes), 0);
  EXPECT_TRUE(run.parsed);
}

}  // namespace
}  // namespace connectrpc::views
