// What four megabytes of a hostile message take up in the arena, whether they are accepted or refused.
#include <gtest/gtest.h>
#include <pthread.h>

#include <cstddef>
#include <cstdint>
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

constexpr size_t kWire = size_t{4} << 20;
constexpr size_t kBudget = size_t{32} << 20;
static_assert(ParseOptions().max_element_bytes == kBudget);

// `unit` again and again, about `kWire` bytes.
std::string Fill(std::string_view unit) {
  return Repeat(unit, kWire / unit.size());
}

template <class View>
size_t ArenaBytes(const std::string& bytes) {
  Arena arena;
  ParseError error;
  View::Parse(bytes, &arena, {}, &error);
  EXPECT_TRUE(error.ok() || error.kind == ParseError::Kind::kElementBytes ||
              error.kind == ParseError::Kind::kTooManyUnknown)
      << error.ToString();
  return arena.reserved();
}

// All repeated fields of numbers, one element in each.
std::string SmallArrays() {
  std::string bytes;
  for (uint32_t field = 41; field <= 57; ++field) {
    if (field == 49 || field == 50 || field == 51) continue;
    const bool wide = field == 41 || field == 46 || field == 55;
    const bool fixed = wide || field == 42 || field == 47 || field == 54;
    bytes += Text(field, std::string(wide ? 8 : fixed ? 4 : 1, '\1'));
  }
  return bytes;
}

// The arrays grow in turn, none of them where it lies.
std::string Interleaved() {
  return Number(58, 1) + Tag(59, 5) + "1234" + Text(49, "") + Text(51, "") + Text(61, "") + Text(45, "\1");
}

struct Shape {
  const char* name;
  std::string bytes;
};

// Blocks are taken in steps of a megabyte.
TEST(MemoryTest, NoShapeTakesMoreThanTheBudget) {
  const std::string map = [] {
    std::string entries;
    for (uint32_t key = 0; entries.size() < kWire / 2; ++key) entries += Text(61, Number(1, key));
    return entries;
  }();
  const Shape shapes[] = {
      {"empty messages", Fill(Text(50, ""))},
      {"messages of a few fields", Fill(Text(50, Number(1, 1) + Text(2, "x")))},
      {"messages within messages", Fill(Text(50, Text(4, Text(4, ""))))},
      {"large messages", Fill(Text(68, Text(2, Number(5, 1))))},
      {"strings", Fill(Text(49, ""))},
      {"bytes", Fill(Text(51, ""))},
      {"entries", Fill(Text(61, ""))},
      {"entries of all keys", map},
      {"entries with messages", Fill(Text(64, Number(1, 1) + Text(2, "")))},
      {"unknown numbers", Fill(Number(1, 1) + Number(1999, 1))},
      {"unknown texts", Fill(Text(1999, "") + Number(5, 1))},
      {"unknown fields of messages", Fill(Text(50, Number(9, 1)))},
      {"numbers", Fill(Number(58, 1))},
      {"numbers of fixed width", Fill(Tag(59, 5) + "1234")},
      {"packed numbers, one by one", Fill(Text(43, "\1"))},
      {"packed numbers of fixed width, one by one", Fill(Text(46, "12345678"))},
      {"small arrays in messages", Fill(Text(67, Repeat(Text(2, ""), 1)) + Text(50, Text(3, SmallArrays())))},
      {"arrays that grow in turn", Fill(Interleaved())},
      {"arrays that grow in turn, in messages", Fill(Text(50, Text(3, Repeat(Interleaved(), 9))))},
      {"a large map merged again and again", Text(100, map) + Repeat(Text(100, Text(61, Number(1, 7))), kWire / 18)},
  };
  for (const Shape& shape : shapes) {
    EXPECT_LE(ArenaBytes<Everything3View>(shape.bytes), kBudget + 5 * kWire / 4) << shape.name;
  }
  const Shape shapes2[] = {
      {"groups", Fill(Group(55, ""))},
      {"groups within messages", Fill(Text(100, Group(19, "")))},
      {"closed enums", Fill(Number(53, 5))},
      {"unknown values of closed enums", Fill(Number(53, 6))},
      {"entries with unknown values", Fill(Text(61, Number(2, 6)) + Number(5, 1))},
  };
  for (const Shape& shape : shapes2) {
    EXPECT_LE(ArenaBytes<Everything2View>(shape.bytes), kBudget + 5 * kWire / 4) << shape.name;
  }
  // Room for the values is free, as in all packed fields.
  const std::string packed = Text(54, std::string(kWire, '\6'));
  EXPECT_LE(ArenaBytes<Everything2View>(packed), kBudget + 5 * kWire);
}

// Numbers of eight bytes that came as one.
TEST(MemoryTest, PackedNumbersTakeEightTimesTheirBytes) {
  struct {
    const char* name;
    uint32_t field;
    std::string value;
    size_t bytes;  // of each
  } const cases[] = {
      {"int64", 43, "\1", 8}, {"int64, ten bytes", 43, std::string(9, '\xFF') + "\1", 8},
      {"int32", 45, "\1", 4}, {"int32, ten bytes", 45, std::string(9, '\xFF') + "\1", 4},
      {"bool", 48, "\1", 1},  {"fixed64", 46, "12345678", 0},
  };
  for (const auto& test : cases) {
    const std::string bytes = Text(test.field, Fill(test.value));
    EXPECT_LE(ArenaBytes<Everything3View>(bytes), kWire / test.value.size() * test.bytes + (size_t{1} << 20))
        << test.name;
  }
}

// However deep, they are a piece of the message.
TEST(MemoryTest, UnknownGroupsTakeNothing) {
  const std::string nested = Repeat(Tag(1999, 3), 50) + Repeat(Tag(1999, 4), 50);
  EXPECT_LE(ArenaBytes<Everything3View>(Repeat(nested, 1000)), size_t{8} << 10);
}

// Nothing is asked for because a length says so.
TEST(MemoryTest, DeclaredLengthsTakeNothing) {
  struct {
    const char* name;
    uint32_t field;
  } const cases[] = {
      {"string", 9},        {"bytes", 11},       {"message", 10},        {"strings", 49}, {"messages", 50},
      {"packed int64", 43}, {"packed bool", 48}, {"packed fixed64", 46}, {"map", 61},     {"a member of a oneof", 84},
      {"unknown", 1999},
  };
  for (const auto& test : cases) {
    SCOPED_TRACE(test.name);
    for (const uint64_t length : {uint64_t{1} << 20, uint64_t{0x7FFFFFFF} - 17}) {
      Arena arena;
      ParseError error;
      const std::string bytes = Tag(test.field, 2) + Varint(length) + "the rest";
      EXPECT_EQ(Everything3View::Parse(bytes, &arena, {}, &error), nullptr);
      EXPECT_EQ(error.kind, ParseError::Kind::kTruncated);
      EXPECT_LE(arena.reserved(), size_t{8} << 10);
    }
  }
}

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
constexpr size_t kSmallStack = size_t{1} << 20;  // theirs are larger
#else
constexpr size_t kSmallStack = size_t{64} << 10;
#endif
#elif defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr size_t kSmallStack = size_t{1} << 20;
#else
constexpr size_t kSmallStack = size_t{64} << 10;
#endif

struct SmallStackRun {
  std::vector<std::string> messages3;
  std::vector<std::string> messages2;
  size_t parsed = 0;
};

void* ParseOnSmallStack(void* argument) {
  auto* const run = static_cast<SmallStackRun*>(argument);
  Arena arena;
  for (const std::string& bytes : run->messages3) run->parsed += Everything3View::Parse(bytes, &arena) != nullptr;
  for (const std::string& bytes : run->messages2) run->parsed += Everything2View::Parse(bytes, &arena) != nullptr;
  return nullptr;
}

TEST(MemoryTest, TheDeepestMessagesNeedLittleStack) {
  std::string maps;
  for (int i = 0; i < 50; ++i) maps = Text(68, Text(2, maps));
  SmallStackRun run;
  run.messages3 = {Nested(100, 100), Nested(10, 1, Nested(4, 99)), maps,
                   Repeat(Tag(1999, 3), 100) + Repeat(Tag(1999, 4), 100)};
  run.messages2 = {Group(19, Nested(2, 99)), Nested(100, 99, Group(55, ""))};
  pthread_attr_t attributes;
  ASSERT_EQ(pthread_attr_init(&attributes), 0);
  ASSERT_EQ(pthread_attr_setstacksize(&attributes, kSmallStack), 0);
  pthread_t thread;
  ASSERT_EQ(pthread_create(&thread, &attributes, ParseOnSmallStack, &run), 0);
  ASSERT_EQ(pthread_join(thread, nullptr), 0);
  ASSERT_EQ(pthread_attr_destroy(&attributes), 0);
  EXPECT_EQ(run.parsed, run.messages3.size() + run.messages2.size());
}

}  // namespace
}  // namespace connectrpc::views
