#include "codec/append_only_map.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace connectrpc::codec {
namespace {

TEST(AppendOnlyMapTest, FindsWhatWasInserted) {
  AppendOnlyMap<std::string, int> map;
  EXPECT_EQ(map.Find("a"), nullptr);
  const int& a = map.Insert("a", 1);
  EXPECT_EQ(a, 1);
  EXPECT_EQ(map.Find("a"), &a);
  EXPECT_EQ(map.Find("b"), nullptr);
}

TEST(AppendOnlyMapTest, KeepsTheFirstValueOfAKey) {
  AppendOnlyMap<std::string, int> map;
  const int& first = map.Insert("a", 1);
  EXPECT_EQ(&map.Insert("a", 2), &first);
  EXPECT_EQ(first, 1);
}

TEST(AppendOnlyMapTest, EntriesStayWhereTheyAre) {
  constexpr int kEntries = 5000;  // many more than buckets
  AppendOnlyMap<int, std::unique_ptr<int>> map;
  const std::unique_ptr<int>* const first = &map.Insert(0, std::make_unique<int>(0));
  for (int i = 1; i < kEntries; ++i) map.Insert(i, std::make_unique<int>(i));
  EXPECT_EQ(map.Find(0), first);
  for (int i = 0; i < kEntries; ++i) {
    ASSERT_NE(map.Find(i), nullptr) << i;
    EXPECT_EQ(**map.Find(i), i);
  }
}

TEST(AppendOnlyMapTest, ThreadsAgree) {
  constexpr int kKeys = 300;
  constexpr int kThreads = 4;
  AppendOnlyMap<int, std::string> map;
  std::vector<std::vector<const std::string*>> found(kThreads);
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&map, &mine = found[t]] {
      for (int key = 0; key < kKeys; ++key) {
        const std::string* value = map.Find(key);
        mine.push_back(value != nullptr ? value : &map.Insert(key, std::to_string(key)));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (int key = 0; key < kKeys; ++key) {
    EXPECT_EQ(*found[0][key], std::to_string(key));
    for (int t = 1; t < kThreads; ++t) EXPECT_EQ(found[t][key], found[0][key]) << key;
  }
}

}  // namespace
}  // namespace connectrpc::codec
