#include "connectrpc/header_list.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "wire/allocations.h"

namespace connectrpc {
namespace {

using Fields = std::vector<std::pair<std::string, std::string>>;

Fields FieldsOf(const HeaderList& list) {
  Fields fields;
  for (HeaderField field : list) fields.emplace_back(field.name, field.value);
  return fields;
}

TEST(HeaderList, StartsEmpty) {
  const HeaderList list;
  EXPECT_TRUE(list.empty());
  EXPECT_EQ(list.size(), 0u);
  EXPECT_EQ(list.ListSize(), 0u);
  EXPECT_TRUE(FieldsOf(list).empty());
  EXPECT_FALSE(list.Find("a").has_value());
  EXPECT_FALSE(list.Find("").has_value());
}

TEST(HeaderList, KeepsOrderAndRepeatedNames) {
  HeaderList list;
  list.Add("b", "1");
  list.Add("a", "2");
  list.Add("b", "3");
  list.Add("c", "");
  EXPECT_EQ(FieldsOf(list), (Fields{{"b", "1"}, {"a", "2"}, {"b", "3"}, {"c", ""}}));
  EXPECT_EQ(list[2].name, "b");
  EXPECT_EQ(list[2].value, "3");
}

TEST(HeaderList, FindsTheFirst) {
  HeaderList list;
  list.Add("ab", "1");
  list.Add("a", "2");
  list.Add("a", "3");
  list.Add("empty", "");
  EXPECT_EQ(list.Find("a"), "2");
  EXPECT_EQ(list.Find("ab"), "1");
  EXPECT_EQ(list.Find("empty"), "");
  EXPECT_FALSE(list.Find("abc").has_value());
  EXPECT_FALSE(list.Find("A").has_value());
  EXPECT_FALSE(list.Find("2").has_value());
  EXPECT_EQ(list.Count("a"), 2u);
  EXPECT_EQ(list.Count("ab"), 1u);
  EXPECT_EQ(list.Count("b"), 0u);
}

TEST(HeaderList, LowersTheNameOnly) {
  HeaderList list;
  list.Add("first", "FIRST");
  list.AddLowerCased("X-AZaz09_[@", "VaLue");
  EXPECT_EQ(FieldsOf(list), (Fields{{"first", "FIRST"}, {"x-azaz09_[@", "VaLue"}}));
}

TEST(HeaderList, HoldsAnyBytes) {
  const std::string value("\0\r\n\xff", 4);
  HeaderList list;
  list.Add("x-bin", value);
  list.Add("y", "after");
  EXPECT_EQ(list.Find("x-bin"), value);
  EXPECT_EQ(list.Find("y"), "after");
}

TEST(HeaderList, CountsAsHttp2Does) {
  HeaderList list;
  list.Add("abc", "12345");
  EXPECT_EQ(list.ListSize(), 3u + 5 + 32);
  list.Add("d", "");
  EXPECT_EQ(list.ListSize(), 3u + 5 + 32 + 1 + 32);
}

TEST(HeaderList, IsAValue) {
  HeaderList list;
  list.Add("a", "1");
  HeaderList copy = list;
  list.Add("b", "2");
  EXPECT_EQ(FieldsOf(copy), (Fields{{"a", "1"}}));
  copy = std::move(list);
  EXPECT_EQ(FieldsOf(copy), (Fields{{"a", "1"}, {"b", "2"}}));
}

TEST(HeaderList, ACopyGoesOnByItself) {
  HeaderList list;
  for (int i = 0; i < 20; ++i) list.Add("some-name", "some value that is a little longer");
  list.Clear();
  list.Add("a", "1");
  HeaderList copy = list;
  copy.Add("b", "2");
  HeaderList assigned;
  assigned.Add("gone", "with the assignment");
  assigned = list;
  assigned.Add("c", "3");
  list.Add("d", "4");
  EXPECT_EQ(FieldsOf(list), (Fields{{"a", "1"}, {"d", "4"}}));
  EXPECT_EQ(FieldsOf(copy), (Fields{{"a", "1"}, {"b", "2"}}));
  EXPECT_EQ(FieldsOf(assigned), (Fields{{"a", "1"}, {"c", "3"}}));
  EXPECT_EQ(assigned.ListSize(), 2u * (2 + 32));
}

TEST(HeaderList, OneThatWasMovedFromIsEmptyAndOfUse) {
  HeaderList list;
  list.Add("some-name", "some value that is a little longer");
  const HeaderList moved = std::move(list);
  EXPECT_TRUE(list.empty());
  EXPECT_EQ(list.ListSize(), 0u);
  list.Add("a", "1");
  EXPECT_EQ(FieldsOf(list), (Fields{{"a", "1"}}));
  EXPECT_EQ(moved.Find("some-name"), "some value that is a little longer");
}

TEST(HeaderList, ClearKeepsTheCapacity) {
  HeaderList list;
  const auto fill = [&list] {
    for (int i = 0; i < 20; ++i) list.Add("some-name", "some value that is a little longer");
  };
  fill();
  list.Clear();
  EXPECT_TRUE(list.empty());
  EXPECT_EQ(list.ListSize(), 0u);
  EXPECT_FALSE(list.Find("some-name").has_value());
  const test::Allocations allocations;
  fill();
  EXPECT_EQ(allocations.count(), 0u);
  EXPECT_EQ(list.size(), 20u);
}

}  // namespace
}  // namespace connectrpc
