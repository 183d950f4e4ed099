#include "connectrpc/views/map.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "everything2.view.pb.h"
#include "everything3.view.pb.h"
#include "tests/views/wire.h"

namespace connectrpc::views {
namespace {

using ::views::test::Everything2View;
using ::views::test::Everything3View;
using namespace testing;  // NOLINT: the writers of wire.h

std::string Entry(std::string_view key, std::string_view value) {
  return Text(62, Text(1, key) + Text(2, value));
}

class MapTest : public ::testing::Test {
 protected:
  const Everything3View& Parse(const std::string& bytes) {
    bytes_ = bytes;
    const Everything3View* const view = Everything3View::Parse(bytes_, &arena_);
    EXPECT_NE(view, nullptr);
    return *view;
  }

 private:
  std::string bytes_;
  Arena arena_;
};

TEST_F(MapTest, FindsWhatIsThere) {
  const auto& map = Parse(Entry("a", "1") + Entry("longer than eight", "2")).m_string();
  EXPECT_EQ(map.size(), 2U);
  ASSERT_NE(map.get("a"), nullptr);
  EXPECT_EQ(*map.get("a"), "1");
  EXPECT_EQ(map.find("longer than eight")->value, "2");
  EXPECT_FALSE(map.contains("b"));
  EXPECT_EQ(map.get(""), nullptr);
  EXPECT_EQ(map.find("b"), map.end());
}

TEST_F(MapTest, AnEmptyOneFindsNothing) {
  const auto& map = Parse("").m_string();
  EXPECT_TRUE(map.empty());
  EXPECT_EQ(map.begin(), map.end());
  EXPECT_FALSE(map.contains("a"));
}

TEST_F(MapTest, TheLastValueOfAKeyStays) {
  const auto& map = Parse(Entry("a", "1") + Entry("b", "2") + Entry("a", "3")).m_string();
  ASSERT_EQ(map.size(), 2U);
  EXPECT_EQ(map.begin()->key, "b");
  EXPECT_EQ(*map.get("a"), "3");
}

// Whether keys meet in the filter or not, and whether there is an index or not.
TEST_F(MapTest, AnyNumberOfKeysWithAnyRepetition) {
  for (const size_t count : {1, 2, 15, 16, 17, 18, 64, 65, 200}) {
    for (const size_t distinct : {size_t{1}, size_t{3}, count / 2 + 1, count}) {
      SCOPED_TRACE(std::to_string(count) + " entries, " + std::to_string(distinct) + " keys");
      std::string bytes;
      std::map<std::string, std::string> expected;
      for (size_t i = 0; i < count; ++i) {
        const std::string key = "key-" + std::to_string(i * 7 % distinct);
        bytes += Entry(key, std::to_string(i));
        expected[key] = std::to_string(i);
      }
      const auto& map = Parse(bytes).m_string();
      EXPECT_EQ(map.size(), expected.size());
      std::map<std::string, std::string> seen;
      for (const auto& [key, value] : map) EXPECT_TRUE(seen.emplace(key, value).second) << key << " comes twice";
      EXPECT_EQ(seen, expected);
      for (const auto& [key, value] : expected) {
        ASSERT_NE(map.get(key), nullptr) << key;
        EXPECT_EQ(*map.get(key), value);
      }
      EXPECT_FALSE(map.contains("key"));
      EXPECT_FALSE(map.contains("key-99999"));
    }
  }
}

TEST_F(MapTest, WhatAnEntryLacksIsZero) {
  const auto& view = Parse(Text(61, "") + Text(62, Text(2, "value alone")) + Text(64, Number(1, 1)));
  EXPECT_EQ(*view.m_int32().get(0), 0);
  EXPECT_EQ(*view.m_string().get(""), "value alone");
  EXPECT_EQ(view.m_message().get(true)->number(), 0);
}

TEST_F(MapTest, WhatAnEntryHasTwice) {
  const auto& view = Parse(Text(62, Text(1, "first") + Text(2, "v") + Text(1, "last") + Text(2, "w")) +
                           Text(64, Text(2, Number(1, 7)) + Text(2, Text(2, "merged"))));
  EXPECT_EQ(*view.m_string().get("last"), "w");
  EXPECT_EQ(view.m_string().size(), 1U);
  EXPECT_EQ(view.m_message().get(false)->number(), 7);
  EXPECT_EQ(view.m_message().get(false)->text(), "merged");
}

TEST_F(MapTest, WhatAnEntryDoesNotKnowIsDropped) {
  const auto& view = Parse(Text(61, Number(1, 3) + Text(9, "unknown") + Number(2, 4)));
  EXPECT_EQ(*view.m_int32().get(3), 4);
  EXPECT_TRUE(view.unknown_fields().empty());
}

TEST_F(MapTest, EntriesOfMessagesDoNotMergeWithEarlierOnes) {
  const auto& view =
      Parse(Text(64, Number(1, 1) + Text(2, Number(1, 7))) + Text(64, Number(1, 1) + Text(2, Text(2, "x"))));
  ASSERT_EQ(view.m_message().size(), 1U);
  EXPECT_EQ(view.m_message().get(true)->number(), 0);
  EXPECT_EQ(view.m_message().get(true)->text(), "x");
}

// The same field comes again later, in the same message.
TEST_F(MapTest, EntriesOfMergedMessagesAreOneMap) {
  const std::string first = Text(100, Entry("a", "1") + Entry("b", "1"));
  const std::string second = Text(100, Entry("b", "2") + Entry("c", "2"));
  const auto& map = Parse(first + second).self().m_string();
  EXPECT_EQ(map.size(), 3U);
  EXPECT_EQ(*map.get("b"), "2");
}

// A map that was large, and has an index, gets small by repetition, and then another key.
TEST_F(MapTest, MergedMapsThatWereLargeAndAreSmall) {
  std::string large;
  for (int i = 0; i < 20; ++i) large += Entry(i % 2 == 0 ? "even" : "odd", std::to_string(i));
  const auto& map = Parse(Text(100, large) + Text(100, Entry("another", "x"))).self().m_string();
  EXPECT_EQ(map.size(), 3U);
  for (const char* const key : {"even", "odd", "another"}) EXPECT_TRUE(map.contains(key)) << key;
  EXPECT_EQ(*map.get("another"), "x");
  EXPECT_EQ(*map.get("odd"), "19");
}

// Wherever a message lies that is merged: maps are whole when all is read, and arrays of messages may have moved.
TEST_F(MapTest, MergedMapsInMessagesOfAllKinds) {
  std::string first;
  std::map<std::string, std::string> expected;
  for (int i = 0; i < 30; ++i) {
    first += Entry("key-" + std::to_string(i), "first");
    expected["key-" + std::to_string(i)] = "first";
  }
  std::string merged = Text(100, first);
  for (int i = 15; i < 45; ++i) {
    merged += Text(100, Entry("key-" + std::to_string(i), "merged"));
    expected["key-" + std::to_string(i)] = "merged";
  }
  struct {
    const char* name;
    std::string bytes;
    const Everything3View& (*inner)(const Everything3View& view);
  } const cases[] = {
      {"at the top", merged, [](const Everything3View& view) -> const Everything3View& { return view.self(); }},
      {"in a message, twice", Text(100, merged) + Text(100, Text(100, Entry("key-0", "first"))),
       [](const Everything3View& view) -> const Everything3View& { return view.self().self(); }},
      {"in an element", Text(50, Text(3, merged)) + Repeat(Text(50, ""), 100),
       [](const Everything3View& view) -> const Everything3View& { return view.r_message()[0].parent().self(); }},
      {"in an entry", Text(68, Text(1, "k") + Text(2, merged)) + Repeat(Text(68, ""), 100),
       [](const Everything3View& view) -> const Everything3View& { return view.m_self().get("k")->self(); }},
      {"in an entry's value that comes in two parts",
       Text(68, Text(1, "k") + Text(2, first) + Text(2, Entry("key-44", "x")) + Text(2, Text(100, merged))) +
           Repeat(Text(68, ""), 100),
       [](const Everything3View& view) -> const Everything3View& { return view.m_self().get("k")->self().self(); }},
  };
  for (const auto& test : cases) {
    SCOPED_TRACE(test.name);
    const Everything3View& view = test.inner(Parse(test.bytes));
    std::map<std::string, std::string> seen;
    for (const auto& [key, value] : view.m_string()) EXPECT_TRUE(seen.emplace(key, value).second) << key;
    EXPECT_EQ(seen, expected);
    for (const auto& [key, value] : expected) {
      ASSERT_NE(view.m_string().get(key), nullptr) << key;
      EXPECT_EQ(*view.m_string().get(key), value);
    }
  }
}

TEST_F(MapTest, AnUnknownValueOfAClosedEnumIsAnUnknownField) {
  const std::string known = Text(61, Number(1, 1) + Number(2, 1));
  const std::string unknown = Text(61, Number(1, 2) + Number(2, 77));
  const std::string bytes = known + unknown;
  Arena arena;
  const Everything2View* const view = Everything2View::Parse(bytes, &arena);
  ASSERT_NE(view, nullptr);
  EXPECT_EQ(view->m_enum().size(), 1U);
  EXPECT_EQ(*view->m_enum().get(1), ::views::test::CLOSED_ONE);
  EXPECT_EQ(view->unknown_fields().total_size(), unknown.size());
}

}  // namespace
}  // namespace connectrpc::views
