// In steady state, views ask for no memory: not of malloc, and not of operator new.
#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "everything2.pb.h"
#include "everything2.view.pb.h"
#include "everything3.pb.h"
#include "everything3.view.pb.h"
#include "support/malloc_count.h"
#include "support/random_message.h"
#include "tests/views/random_view.h"

namespace connectrpc::views {
namespace {

using ::views::test::Everything2;
using ::views::test::Everything2View;
using ::views::test::Everything3;
using ::views::test::Everything3View;

// Messages with fields of all kinds, large maps and unknown fields among them.
template <class Message>
std::vector<std::string> Messages() {
  std::vector<std::string> messages;
  test::Chance chance(7);
  for (int i = 0; i < 200; ++i) {
    Message message;
    testing::Fill(&message, 0, &chance);
    testing::FillUnknown(message.GetReflection()->MutableUnknownFields(&message), 0, &chance);
    messages.push_back(message.SerializePartialAsString());
  }
  return messages;
}

// How often parsing them asks for memory, with an arena that keeps `keep` bytes and has seen them before.
template <class View>
uint64_t MallocsOfParsing(const std::vector<std::string>& messages, size_t keep) {
  Arena arena;
  uint64_t before = 0;
  int accepted = 0;
  for (int pass = 0; pass < 3; ++pass) {
    before = test::MallocCount();
    for (const std::string& bytes : messages) {
      arena.Reset(keep);
      accepted += View::Parse(bytes, &arena) != nullptr ? 1 : 0;
    }
  }
  const uint64_t count = test::MallocCount() - before;
  EXPECT_GT(accepted, 0);
  return count;
}

TEST(MallocTest, ViewsAskForNoMemoryInSteadyState) {
  EXPECT_EQ(MallocsOfParsing<Everything3View>(Messages<Everything3>(), Arena::kDefaultKeep), 0u);
  EXPECT_EQ(MallocsOfParsing<Everything2View>(Messages<Everything2>(), Arena::kDefaultKeep), 0u);
}

// As it is written without an arena that keeps its memory; and it proves that mallocs are counted.
TEST(MallocTest, ArenasThatKeepNothingAsk) {
  const std::vector<std::string> messages = Messages<Everything3>();
  EXPECT_GE(MallocsOfParsing<Everything3View>(messages, 0), 1u);
  const uint64_t before = test::MallocCount();
  Everything3 message;
  for (const std::string& bytes : messages) message.ParseFromString(bytes);
  EXPECT_GE(test::MallocCount() - before, messages.size());
}

}  // namespace
}  // namespace connectrpc::views
