#include "connectrpc/views/equals.h"

#include <google/protobuf/message.h>
#include <google/protobuf/stubs/logging.h>
#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>

#include <limits>
#include <string>

#include "everything2.view.pb.h"
#include "everything3.view.pb.h"
#include "tests/views/random_view.h"
#include "tests/views/wire.h"
#include "well_known.view.pb.h"

namespace connectrpc::views {
namespace {

using google::protobuf::util::MessageDifferencer;
using test::Chance;
using ::views::test::Everything2;
using ::views::test::Everything2View;
using ::views::test::Everything3;
using ::views::test::Everything3View;
using namespace testing;  // NOLINT: the writers of wire.h

template <class View>
bool EqualBytes(const std::string& a, const std::string& b) {
  Arena arena;
  const View* const view_a = View::Parse(a, &arena);
  const View* const view_b = View::Parse(b, &arena);
  EXPECT_TRUE(view_a != nullptr && view_b != nullptr);
  if (view_a == nullptr || view_b == nullptr) return false;
  const bool equal = Equals(*view_a, *view_b);
  EXPECT_EQ(Equals(*view_b, *view_a), equal);
  EXPECT_EQ(*view_a == *view_b, equal);
  EXPECT_EQ(*view_a != *view_b, !equal);
  return equal;
}

template <class View>
bool EqualInProtobuf(const std::string& a, const std::string& b) {
  typename View::Message message_a;
  typename View::Message message_b;
  EXPECT_TRUE(message_a.ParseFromString(a) && message_b.ParseFromString(b));
  return MessageDifferencer::Equals(message_a, message_b);
}

std::string Double(double value) {
  Everything3 message;
  message.add_r_double(value);
  return message.SerializeAsString();
}

std::string ImplicitDouble(double value) {
  Everything3 message;
  message.set_f_double(value);
  return message.SerializeAsString();
}

std::string DoubleInMap(double value) {
  Everything3 message;
  (*message.mutable_m_fixed32())[1] = value;
  return message.SerializeAsString();
}

TEST(EqualsTest, AsProtobufHasIt) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const struct {
    const char* name;
    std::string a;
    std::string b;
    bool equal;
  } cases[] = {
      {"nothing", "", "", true},
      {"a number", Number(5, 7), Number(5, 7), true},
      {"other numbers", Number(5, 7), Number(5, 8), false},
      {"absence is zero without presence", Number(5, 0), "", true},
      {"absence is not zero with presence", Number(25, 0), "", false},
      {"an empty message is there", Text(10, ""), "", false},
      {"text", Text(9, "same"), Text(9, "same"), true},
      {"other text", Text(9, "same"), Text(9, "Same"), false},
      {"longer text", Text(9, "same"), Text(9, "same!"), false},
      {"within", Text(10, Text(2, "x")), Text(10, Text(2, "y")), false},
      {"elements in order", Text(45, "\x01\x02"), Text(45, "\x02\x01"), false},
      {"more elements", Text(45, "\x01"), Text(45, "\x01\x01"), false},
      {"packed or not", Text(45, "\x01\x02"), Number(45, 1) + Number(45, 2), true},
      {"strings in order", Text(49, "a") + Text(49, "b"), Text(49, "b") + Text(49, "a"), false},
      {"entries in any order", Text(61, Number(1, 1)) + Text(61, Number(1, 2)),
       Text(61, Number(1, 2)) + Text(61, Number(1, 1)), true},
      {"entries twice", Text(61, Number(1, 1)) + Text(61, Number(1, 1)), Text(61, Number(1, 1)), true},
      {"another key", Text(62, Text(1, "a")), Text(62, Text(1, "b")), false},
      {"another value", Text(62, Text(1, "a")), Text(62, Text(1, "a") + Text(2, "x")), false},
      {"message in a map", Text(64, Text(2, Number(1, 5))), Text(64, Text(2, Number(1, 6))), false},
      {"of a oneof", Number(82, 0), Number(82, 0), true},
      {"another of a oneof", Number(82, 0), Number(83, 0), false},
      {"a NaN", Double(nan), Double(nan), false},
      {"a NaN in a map", DoubleInMap(nan), DoubleInMap(nan), false},
      {"negative zero", Double(-0.0), Double(0.0), true},
      {"negative zero is there", ImplicitDouble(-0.0), ImplicitDouble(0.0), false},
      {"infinity", Double(1e308 * 10), Double(1e308 * 10), true},
      {"unknown", Number(1000, 5), Number(1000, 5), true},
      {"another unknown", Number(1000, 5), Number(1000, 6), false},
      {"unknown, or not", Number(1000, 5), "", false},
      {"unknown within", Text(10, Number(1000, 5)), Text(10, ""), false},
      {"unknown, in other places", Number(1000, 5) + Number(5, 1) + Number(1001, 6),
       Number(1000, 5) + Number(1001, 6) + Number(5, 1), true},
      {"unknown in other places, but different", Number(1000, 5) + Number(5, 1) + Number(1001, 6),
       Number(1000, 5) + Number(1001, 7) + Number(5, 1), false},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(EqualBytes<Everything3View>(c.a, c.b), c.equal) << c.name;
    EXPECT_EQ(EqualInProtobuf<Everything3View>(c.a, c.b), c.equal) << c.name << ", protobuf";
  }
}

// What protobuf takes for equal.
TEST(EqualsTest, StricterThanProtobuf) {
  const struct {
    const char* name;
    std::string a;
    std::string b;
  } cases[] = {
      {"unknown fields in another order", Number(1000, 5) + Number(1001, 6), Number(1001, 6) + Number(1000, 5)},
      {"unknown fields written otherwise", Number(1000, 5), Tag(1000, 0) + std::string("\x85\0", 2)},
  };
  for (const auto& c : cases) {
    EXPECT_FALSE(EqualBytes<Everything3View>(c.a, c.b)) << c.name;
    EXPECT_TRUE(EqualInProtobuf<Everything3View>(c.a, c.b)) << c.name << ", protobuf";
  }
  const auto any = [](const std::string& value) {
    return Text(1, Text(1, "type.googleapis.com/google.protobuf.Timestamp") + Text(2, value));
  };
  using ::views::test::WellKnownView;
  EXPECT_FALSE(EqualBytes<WellKnownView>(any(Number(1, 0)), any("")));
  EXPECT_TRUE(EqualInProtobuf<WellKnownView>(any(Number(1, 0)), any("")));
}

// Equal messages, and such as differ in one thing.
template <class View>
void CompareByChance(Chance* chance, size_t* equal) {
  using Message = typename View::Message;
  Message a;
  Fill(&a, 0, chance);
  Message b = a;
  const size_t changes = chance->Below(3);
  for (size_t i = 0; i < changes; ++i) {
    if (chance->Below(2) == 0) {
      Fill(&b, 3, chance);
    } else {
      const auto* const field = b.GetDescriptor()->field(
          static_cast<int>(chance->Below(static_cast<size_t>(b.GetDescriptor()->field_count()))));
      b.GetReflection()->ClearField(&b, field);
    }
  }
  const std::string bytes_a = a.SerializeAsString();
  const std::string bytes_b = b.SerializeAsString();
  const bool expected = EqualInProtobuf<View>(bytes_a, bytes_b);
  EXPECT_EQ(EqualBytes<View>(bytes_a, bytes_b), expected) << a.ShortDebugString() << "\n" << b.ShortDebugString();
  *equal += expected ? 1 : 0;
}

TEST(EqualsTest, MessagesOfChance) {
  google::protobuf::LogSilencer quiet;
  Chance chance(5);
  size_t equal = 0;
  constexpr int kPairs = 3000;
  for (int i = 0; i < kPairs && !::testing::Test::HasFailure(); ++i) {
    CompareByChance<Everything3View>(&chance, &equal);
    CompareByChance<Everything2View>(&chance, &equal);
  }
  EXPECT_GT(equal, kPairs / 2);
  EXPECT_LT(equal, 2 * kPairs - kPairs / 2);
}

TEST(EqualsTest, MapsOfAnySize) {
  for (const size_t size : {1, 15, 16, 17, 18, 5000}) {
    std::string forwards;
    std::string backwards;
    std::string one_other;
    std::string one_less;
    for (size_t i = 0; i < size; ++i) {
      const std::string entry = Text(62, Text(1, std::to_string(i)) + Text(2, "x"));
      forwards += entry;
      backwards.insert(0, entry);
      one_other += i == size / 2 ? Text(62, Text(1, std::to_string(i)) + Text(2, "y")) : entry;
      if (i != size / 2) one_less += entry;
    }
    const std::string another_key = one_less + Text(62, Text(1, "other") + Text(2, "x"));
    EXPECT_TRUE(EqualBytes<Everything3View>(forwards, backwards)) << size;
    EXPECT_TRUE(EqualBytes<Everything3View>(forwards, forwards + backwards)) << size << ": each key once";
    EXPECT_FALSE(EqualBytes<Everything3View>(forwards, one_other)) << size;
    EXPECT_FALSE(EqualBytes<Everything3View>(forwards, one_less)) << size;
    EXPECT_FALSE(EqualBytes<Everything3View>(forwards, another_key)) << size;
  }
}

// Maps with hundreds of thousands of entries, compared entry by entry, would not end.
TEST(EqualsTest, TakesTimeInProportion) {
  std::string a;
  std::string b;
  for (uint64_t i = 0; i < 150'000; ++i) {
    a += Text(61, Number(1, i));
    b.append(Text(61, Number(1, 149'999 - i)));
  }
  EXPECT_TRUE(EqualBytes<Everything3View>(a, b));
}

}  // namespace
}  // namespace connectrpc::views
