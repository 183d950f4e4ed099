// What a message may make parsing use up: each limit of ParseOptions, met and passed by one.
#include <google/protobuf/stubs/logging.h>
#include <gtest/gtest.h>

#include <climits>
#include <cstdint>
#include <string>
#include <string_view>

#include "everything2.view.pb.h"
#include "everything3.view.pb.h"
#include "tests/views/wire.h"

namespace connectrpc::views {
namespace {

using ::views::test::Everything2View;
using ::views::test::Everything3_NestedView;
using ::views::test::Everything3View;
using Kind = ParseError::Kind;
using namespace testing;  // NOLINT: the writers of wire.h

template <class View>
Kind Outcome(std::string_view bytes, const ParseOptions& options) {
  Arena arena;
  ParseError error;
  const bool parsed = View::Parse(bytes, &arena, options, &error) != nullptr;
  EXPECT_EQ(parsed, error.ok());
  EXPECT_EQ(error.is_limit(), !parsed);
  return error.kind;
}

std::string UnknownGroups(int depth) {
  return Repeat(Tag(1999, 3), static_cast<size_t>(depth)) + Repeat(Tag(1999, 4), static_cast<size_t>(depth));
}

// An entry is one level, the message in it another.
std::string Maps(int depth) {
  std::string inner = depth % 2 == 0 ? "" : Text(100, "");
  for (int i = 0; i < depth / 2; ++i) inner = Text(68, Text(2, inner));
  return inner;
}

template <class View>
void CheckDepth(const char* name, std::string (*make)(int depth)) {
  google::protobuf::LogSilencer quiet;
  for (const int depth : {99, 100, 101, 102}) {
    SCOPED_TRACE(std::string(name) + ", " + std::to_string(depth));
    const std::string bytes = make(depth);
    EXPECT_EQ(Outcome<View>(bytes, {}), depth <= 100 ? Kind::kNone : Kind::kTooDeep);
    EXPECT_EQ(typename View::Message().ParseFromString(bytes), depth <= 100) << "protobuf counts otherwise";
  }
}

TEST(BudgetTest, MaxDepth) {
  struct {
    const char* name;
    std::string (*make)(int depth);
  } const cases[] = {
      {"messages", [](int depth) { return Nested(100, depth); }},
      {"members of a oneof", [](int depth) { return Text(86, Nested(3, 1, Nested(100, depth - 2))); }},
      {"elements", [](int depth) { return Nested(10, 1, Nested(4, depth - 1)); }},
      {"unknown groups", UnknownGroups},
      {"maps", Maps},
      {"unknown groups in an entry", [](int depth) { return Text(61, UnknownGroups(depth - 1)); }},
      {"messages, then unknown groups", [](int depth) { return Nested(100, 50, UnknownGroups(depth - 50)); }},
      {"messages, then maps", [](int depth) { return Nested(100, 51, Maps(depth - 51)); }},
  };
  for (const auto& test : cases) CheckDepth<Everything3View>(test.name, test.make);
  CheckDepth<Everything2View>("groups", [](int depth) { return Group(19, Nested(2, depth - 1)); });
  CheckDepth<Everything2View>("messages, then a group",
                              [](int depth) { return Nested(100, depth - 1, Group(55, "")); });
  CheckDepth<Everything2View>("a group, then unknown groups",
                              [](int depth) { return Group(85, UnknownGroups(depth - 1)); });
}

TEST(BudgetTest, OtherDepths) {
  ParseOptions options;
  options.max_depth = 3;
  EXPECT_EQ(Outcome<Everything3View>(Nested(100, 3), options), Kind::kNone);
  EXPECT_EQ(Outcome<Everything3View>(Nested(100, 4), options), Kind::kTooDeep);
  for (const int none : {0, -1, INT_MIN}) {
    options.max_depth = none;
    EXPECT_EQ(Outcome<Everything3View>(Number(5, 1), options), Kind::kNone);
    EXPECT_EQ(Outcome<Everything3View>(Text(10, ""), options), Kind::kTooDeep);
  }
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
      {"between known ones", [](size_t count) { return Repeat(Number(1999, 1) + Number(5, 1), count); }},
      {"within a group", [](size_t count) { return Group(1999, Repeat(Number(1, 1), count - 1)); }},
      {"groups within each other", [](size_t count) { return UnknownGroups(static_cast<int>(count)); }},
      {"of another wire type", [](size_t count) { return Repeat(Number(9, 1), count); }},
      {"over several messages",
       [](size_t count) { return Text(10, Repeat(Number(9, 1), 4)) + Repeat(Number(1999, 1), count - 4); }},
      {"in entries of maps", [](size_t count) { return Text(61, Repeat(Number(9, 1), count)); }},
  };
  for (const auto& test : cases) {
    SCOPED_TRACE(test.name);
    EXPECT_EQ(Outcome<Everything3View>(test.make(10), options), Kind::kNone);
    EXPECT_EQ(Outcome<Everything3View>(test.make(11), options), Kind::kTooManyUnknown);
  }
}

TEST(BudgetTest, UnknownValuesOfClosedEnumsAreUnknownFields) {
  ParseOptions options;
  options.max_unknown_fields = 10;
  struct {
    const char* name;
    std::string (*make)(size_t count);
  } const cases[] = {
      {"singular", [](size_t count) { return Repeat(Number(13, 6), count); }},
      {"of a oneof", [](size_t count) { return Repeat(Number(84, 6), count); }},
      {"elements", [](size_t count) { return Repeat(Number(53, 6), count); }},
      {"packed", [](size_t count) { return Text(54, std::string(count, '\x06')); }},
      {"in maps", [](size_t count) { return Repeat(Text(61, Number(2, 6)), count); }},
  };
  for (const auto& test : cases) {
    SCOPED_TRACE(test.name);
    EXPECT_EQ(Outcome<Everything2View>(test.make(10), options), Kind::kNone);
    EXPECT_EQ(Outcome<Everything2View>(test.make(11), options), Kind::kTooManyUnknown);
  }
}

// `bytes` of memory hold `count` of `element`, and neither one more nor, less a byte, as many.
template <class View>
void CheckElements(const char* name, const std::string& element, size_t count, size_t bytes) {
  SCOPED_TRACE(name);
  ParseOptions options;
  options.max_element_bytes = bytes;
  EXPECT_EQ(Outcome<View>(Repeat(element, count), options), Kind::kNone);
  EXPECT_EQ(Outcome<View>(Repeat(element, count + 1), options), Kind::kElementBytes);
  options.max_element_bytes -= 1;
  EXPECT_EQ(Outcome<View>(Repeat(element, count), options), Kind::kElementBytes);
}

TEST(BudgetTest, MaxElementBytes) {
  constexpr size_t kText = sizeof(std::string_view);
  constexpr size_t kFirst = 64;  // bytes of memory for the first elements
  struct {
    const char* name;
    std::string element;
    size_t count;
    size_t bytes;
  } const cases[] = {
      {"strings", Text(49, ""), kFirst / kText, kFirst},
      {"bytes", Text(51, ""), kFirst / kText, kFirst},
      {"messages", Text(50, ""), 1, sizeof(Everything3_NestedView)},
      {"entries", Text(61, ""), kFirst / sizeof(MapEntry<int32_t, int32_t>), kFirst},
      {"entries with a message", Text(64, ""), 1, sizeof(MapEntry<bool, Everything3_NestedView>)},
      {"numbers", Number(58, 1), kFirst / sizeof(int32_t), kFirst},
      {"numbers of fixed width", Tag(59, 5) + "1234", 8, 32},
      {"messages within messages", Text(50, Text(4, "")), 1, 2 * sizeof(Everything3_NestedView)},
      {"unknown fields", Number(1999, 1) + Number(5, 1), kFirst / kText, sizeof(internal::UnknownPieces) + kFirst},
  };
  for (const auto& test : cases) {
    CheckElements<Everything3View>(test.name, test.element, test.count, test.bytes);
  }
  CheckElements<Everything2View>("groups", Group(55, ""), kFirst / sizeof(::views::test::Everything2_RGroupView),
                                 kFirst);
  CheckElements<Everything2View>("values of closed enums", Number(53, 5), kFirst / sizeof(int), kFirst);
}

// One of each: what would be two are merged.
TEST(BudgetTest, MaxElementBytesOfSingularMessages) {
  struct {
    const char* name;
    std::string bytes;
    size_t size;
  } const cases[] = {
      {"a message", Text(10, ""), sizeof(Everything3_NestedView)},
      {"the same again", Repeat(Text(10, ""), 10), sizeof(Everything3_NestedView)},
      {"a member of a oneof", Text(86, ""), sizeof(Everything3_NestedView)},
      {"two", Text(10, "") + Text(30, ""), 2 * sizeof(Everything3_NestedView)},
      {"one of its own type", Text(100, ""), sizeof(Everything3View)},
  };
  for (const auto& test : cases) {
    SCOPED_TRACE(test.name);
    ParseOptions options;
    options.max_element_bytes = test.size;
    EXPECT_EQ(Outcome<Everything3View>(test.bytes, options), Kind::kNone);
    options.max_element_bytes -= 1;
    EXPECT_EQ(Outcome<Everything3View>(test.bytes, options), Kind::kElementBytes);
  }
}

TEST(BudgetTest, PackedNumbersInOnePieceAreFree) {
  ParseOptions options;
  options.max_element_bytes = 0;
  const std::string ones(1000, '\1');
  EXPECT_EQ(Outcome<Everything3View>(Text(45, ones) + Text(47, ones) + Text(53, ones), options), Kind::kNone);
  EXPECT_EQ(Outcome<Everything3View>(Text(45, ones) + Text(45, ones), options), Kind::kElementBytes);
  EXPECT_EQ(Outcome<Everything3View>(Text(47, ones) + Text(47, ones), options), Kind::kElementBytes);
}

// The limit cannot be got round by arrays that use it up to the last byte: whatever it is, they hold what they may.
TEST(BudgetTest, AnArrayMayUseAllOfIt) {
  for (const size_t limit : {1'000, 10'000, 100'000, 3'000'000, 5'000'000}) {
    SCOPED_TRACE(limit);
    ParseOptions options;
    options.max_element_bytes = limit;
    const size_t most = limit / sizeof(std::string_view);
    EXPECT_EQ(Outcome<Everything3View>(Repeat(Text(49, ""), most / 4), options), Kind::kNone);
    EXPECT_EQ(Outcome<Everything3View>(Repeat(Text(49, ""), most + 1), options), Kind::kElementBytes);
  }
}

TEST(BudgetTest, MaxMessageBytes) {
  ParseOptions options;
  options.max_message_bytes = 10;
  EXPECT_EQ(Outcome<Everything3View>(Text(9, "12345678"), options), Kind::kNone);
  EXPECT_EQ(Outcome<Everything3View>(Text(9, "123456789"), options), Kind::kTooLarge);
}

TEST(BudgetTest, LimitsAtTheEndsOfTheirTypes) {
  ParseOptions options;
  options.max_depth = INT_MAX;
  options.max_unknown_fields = SIZE_MAX;
  options.max_element_bytes = SIZE_MAX;
  options.max_message_bytes = SIZE_MAX;
  const std::string bytes = Repeat(Text(49, "x"), 1000) + Text(100, Number(1999, 1)) + Repeat(Text(61, ""), 50);
  EXPECT_EQ(Outcome<Everything3View>(bytes, options), Kind::kNone);
  // Nothing of it is looked at.
  EXPECT_EQ(Outcome<Everything3View>(std::string_view(bytes.data(), size_t{0x7FFFFFFF} + 1), options), Kind::kTooLarge);
  options.max_unknown_fields = 0;
  EXPECT_EQ(Outcome<Everything3View>(Number(5, 1), options), Kind::kNone);
  EXPECT_EQ(Outcome<Everything3View>(Number(1999, 1), options), Kind::kTooManyUnknown);
  options.max_message_bytes = 0;
  EXPECT_EQ(Outcome<Everything3View>("", options), Kind::kNone);
  EXPECT_EQ(Outcome<Everything3View>(Number(5, 1), options), Kind::kTooLarge);
}

}  // namespace
}  // namespace connectrpc::views
