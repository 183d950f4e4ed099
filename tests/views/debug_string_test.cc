#include "connectrpc/views/debug_string.h"

#include <google/protobuf/message.h>
#include <google/protobuf/stubs/logging.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <limits>
#include <string>

#include "everything2.view.pb.h"
#include "everything3.view.pb.h"
#include "tests/views/compare.h"
#include "tests/views/random_view.h"
#include "tests/views/wire.h"
#include "well_known.view.pb.h"

namespace connectrpc::views {
namespace {

using test::Chance;
using ::views::test::Everything2;
using ::views::test::Everything2View;
using ::views::test::Everything3;
using ::views::test::Everything3View;
using ::views::test::RequiredView;
using namespace testing;  // NOLINT: the writers of wire.h

constexpr DebugStringOptions Without(bool utf8, bool single_line, size_t max_bytes = SIZE_MAX) {
  DebugStringOptions options;
  options.utf8 = utf8;
  options.single_line = single_line;
  options.max_bytes = max_bytes;
  return options;
}

// The view of `bytes` has the text of protobuf's message, in each form.
template <class View>
void ExpectProtobufsText(const std::string& bytes, const std::string& name) {
  Arena arena;
  ParseError error;
  const View* const view = View::Parse(bytes, &arena, {}, &error);
  typename View::Message message;
  if (view == nullptr && IsLongTag(error, bytes)) return;
  ASSERT_EQ(message.ParseFromString(bytes), view != nullptr) << name << ": " << error.ToString();
  if (view == nullptr) return;
  EXPECT_EQ(DebugString(*view, Without(false, false)), message.DebugString()) << name;
  EXPECT_EQ(DebugString(*view, Without(true, false)), message.Utf8DebugString()) << name;
  EXPECT_EQ(DebugString(*view, Without(false, true)), message.ShortDebugString()) << name;
}

TEST(DebugStringTest, EachThing) {
  const auto fixed64 = [](double value) {
    std::string bytes(8, '\0');
    std::memcpy(bytes.data(), &value, 8);
    return bytes;
  };
  const struct {
    const char* name;
    std::string bytes;
    const char* text;
  } cases[] = {
      {"nothing", "", ""},
      {"a number", Number(5, 7), "f_int32: 7\n"},
      {"a negative number", Number(5, ~uint64_t{0}), "f_int32: -1\n"},
      {"a fraction", Tag(1, 1) + fixed64(0.1), "f_double: 0.1\n"},
      {"a fraction that needs all its digits", Tag(1, 1) + fixed64(1.0 / 3), "f_double: 0.33333333333333331\n"},
      {"a large number", Tag(1, 1) + fixed64(1e22), "f_double: 1e+22\n"},
      {"text", Text(9, "a\"'\\\n\r\t\x01\x7F"), "f_string: \"a\\\"\\\'\\\\\\n\\r\\t\\001\\177\"\n"},
      {"text that is not ASCII", Text(9, "\xC3\xA4"), "f_string: \"\\303\\244\"\n"},
      {"bytes", Text(11, std::string("\0\xFF", 2)), "f_bytes: \"\\000\\377\"\n"},
      {"an enum", Number(13, 1000), "f_enum: OPEN_MANY\n"},
      {"an enum's unknown number", Number(13, 77), "f_enum: 77\n"},
      {"an empty message", Text(10, ""), "f_message {\n}\n"},
      {"a message", Text(10, Text(2, "in")), "f_message {\n  text: \"in\"\n}\n"},
      {"repeated", Text(45, std::string("\x01\x02", 2)), "r_int32: 1\nr_int32: 2\n"},
      {"in place", Text(47, std::string("\x01\0\0\0\x02\0\0\0", 8)), "r_fixed32: 1\nr_fixed32: 2\n"},
      {"a map", Text(61, Number(1, 2)) + Text(61, Number(1, ~uint64_t{0}) + Number(2, 5)),
       "m_int32 {\n  key: -1\n  value: 5\n}\nm_int32 {\n  key: 2\n  value: 0\n}\n"},
      {"of a oneof", Number(82, 0), "c_int32: 0\n"},
      {"unknown",
       Number(1000, 5) + Tag(1000, 5) + "\x01\x02\x03\x04" + Tag(1000, 1) + "\x01\x02\x03\x04\x05\x06\x07\x08",
       "1000: 5\n1000: 0x04030201\n1000: 0x0807060504030201\n"},
      {"unknown bytes", Text(1000, "") + Text(1000, "\xFF"), "1000: \"\"\n1000: \"\\377\"\n"},
      {"an unknown message", Text(1000, Number(1, 1)), "1000 {\n  1: 1\n}\n"},
      {"an unknown group", Group(1000, Group(1, Number(2, 3))), "1000 {\n  1 {\n    2: 3\n  }\n}\n"},
      {"another wire type", Number(9, 5), "9: 5\n"},
  };
  for (const auto& c : cases) {
    Arena arena;
    const auto* const view = Everything3View::Parse(c.bytes, &arena);
    ASSERT_NE(view, nullptr) << c.name;
    EXPECT_EQ(DebugString(*view), c.text) << c.name;
    ExpectProtobufsText<Everything3View>(c.bytes, c.name);
  }
}

TEST(DebugStringTest, OfProto2) {
  const struct {
    const char* name;
    std::string bytes;
  } cases[] = {
      {"groups", Group(19, Number(1, 5) + Group(2, Text(3, "x"))) + Group(55, Text(1, "y")) + Group(85, "")},
      {"an enum's unknown number", Number(13, 6) + Number(53, 5) + Number(53, 6) + Text(54, "\x05\x06")},
      {"a map entry with one", Text(61, Number(1, 1) + Number(2, 9))},
      {"bad UTF-8", Text(9, "\xFF")},
      {"an extension", Number(200, 1)},
      {"fields that are their default", Number(8, 1)},
  };
  for (const auto& c : cases) ExpectProtobufsText<Everything2View>(c.bytes, c.name);
  ExpectProtobufsText<RequiredView>(Number(1, 0) + Text(40, ""), "required");
}

// What looks like a message is printed as one, ten deep.
TEST(DebugStringTest, UnknownMessagesWithinEachOther) {
  for (const int depth : {0, 1, 9, 10, 11, 30}) {
    ExpectProtobufsText<Everything3View>(Nested(1000, depth + 1, Number(1, 1)), "messages " + std::to_string(depth));
    std::string groups = Text(1000, Number(1, 1));
    for (int i = 0; i < depth; ++i) groups = Group(1000, groups);
    ExpectProtobufsText<Everything3View>(groups, "groups " + std::to_string(depth));
    ExpectProtobufsText<Everything3View>(Text(1000, groups), "groups in a message " + std::to_string(depth));
  }
}

TEST(DebugStringTest, UnknownBytesThatAreAlmostAMessage) {
  const struct {
    const char* name;
    std::string bytes;
  } cases[] = {
      {"a tag alone", "\x08"},
      {"field number 0", std::string("\x00\x01", 2)},
      {"an end of a group", Tag(1, 4)},
      {"a group without an end", Tag(1, 3)},
      {"a group with another end", Tag(1, 3) + Tag(2, 4)},
      {"wire type 6", Tag(1, 6)},
      {"a tag of ten bytes", "\x88\x80\x80\x80\x80\x80\x80\x80\x80\x01\x05"},
      {"a tag of eleven bytes", "\x88\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01\x05"},
      {"a length of ten bytes", "\x0A\x81\x80\x80\x80\x80\x80\x80\x80\x80\x01\x41"},
      {"a length that is too large", "\x0A\xFF\xFF\xFF\xFF\x0F"},
      {"a varint of ten bytes", "\x08\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x7F"},
      {"a varint of eleven bytes", "\x08\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01"},
      {"cut short", Text(1, "12345678").substr(0, 6)},
      {"fixed32 cut short", Tag(1, 5) + "123"},
      {"fixed64 cut short", Tag(1, 1) + "1234567"},
  };
  for (const auto& c : cases) ExpectProtobufsText<Everything3View>(Text(1000, c.bytes), c.name);
}

TEST(DebugStringTest, Floats) {
  Chance chance(3);
  for (int i = 0; i < 3000; ++i) {
    Everything3 message;
    message.set_f_double(chance.Double());
    message.add_r_double(chance.Double());
    message.set_f_float(chance.Float());
    message.add_r_float(chance.Float());
    message.add_r_float(static_cast<float>(chance.Below(1'000'000)) / 1000);
    ExpectProtobufsText<Everything3View>(message.SerializeAsString(), std::to_string(i));
    if (::testing::Test::HasFailure()) return;
  }
  for (const float value :
       {std::numeric_limits<float>::min(), std::numeric_limits<float>::max(), std::numeric_limits<float>::lowest(),
        std::numeric_limits<float>::denorm_min(), std::numeric_limits<float>::infinity(), -0.0F, 1e-40F, 16777216.0F}) {
    Everything3 message;
    message.add_r_float(value);
    message.add_r_double(static_cast<double>(value));
    message.add_r_double(1e-280 * static_cast<double>(value));
    ExpectProtobufsText<Everything3View>(message.SerializeAsString(), std::to_string(value));
  }
}

TEST(DebugStringTest, MessagesOfChance) {
  google::protobuf::LogSilencer quiet;
  Chance chance(2);
  for (int i = 0; i < 2000 && !::testing::Test::HasFailure(); ++i) {
    Everything3 everything3;
    Fill(&everything3, 0, &chance);
    FillUnknown(everything3.GetReflection()->MutableUnknownFields(&everything3), 0, &chance);
    ExpectProtobufsText<Everything3View>(everything3.SerializeAsString(), std::to_string(i));
    Everything2 everything2;
    Fill(&everything2, 0, &chance);
    FillUnknown(everything2.GetReflection()->MutableUnknownFields(&everything2), 0, &chance);
    ExpectProtobufsText<Everything2View>(everything2.SerializeAsString(), std::to_string(i));
    // Bytes of one are taken for the other: mostly unknown fields.
    ExpectProtobufsText<Everything2View>(everything3.SerializeAsString(), std::to_string(i));
  }
}

TEST(DebugStringTest, MapsAreSortedByKey) {
  for (const size_t size : {0, 1, 16, 17, 1000}) {
    Everything3 message;
    Chance chance(4);
    for (size_t i = 0; i < size; ++i) {
      (*message.mutable_m_int32())[static_cast<int32_t>(chance.Bits())] = 1;
      (*message.mutable_m_string())[std::to_string(chance.Below(100)) + chance.Text()] = "x";
      (*message.mutable_m_message())[i % 2 == 1].set_number(5);
      (*message.mutable_m_enum())[static_cast<int64_t>(chance.Bits())] = ::views::test::OPEN_ONE;
      (*message.mutable_m_fixed32())[static_cast<uint32_t>(chance.Bits())] = 0.5;
      (*message.mutable_m_imported())[chance.Bits()].set_text("y");
    }
    ExpectProtobufsText<Everything3View>(message.SerializeAsString(), std::to_string(size));
  }
}

// The one thing that is different.
TEST(DebugStringTest, AnyIsPrintedAsItIs) {
  ::views::test::WellKnown message;
  ::google::protobuf::Timestamp timestamp;
  timestamp.set_seconds(1);
  message.mutable_any()->PackFrom(timestamp);
  const std::string bytes = message.SerializeAsString();
  Arena arena;
  const auto* const view = ::views::test::WellKnownView::Parse(bytes, &arena);
  ASSERT_NE(view, nullptr);
  EXPECT_EQ(DebugString(*view),
            "any {\n  type_url: \"type.googleapis.com/google.protobuf.Timestamp\"\n  value: \"\\010\\001\"\n}\n");
}

TEST(DebugStringTest, MaxBytes) {
  const std::string bytes = Text(9, "text") + Text(10, Number(1, 5)) + Text(1000, Number(1, 2));
  Arena arena;
  const auto* const view = Everything3View::Parse(bytes, &arena);
  ASSERT_NE(view, nullptr);
  for (const bool single_line : {false, true}) {
    const std::string all = DebugString(*view, Without(false, single_line));
    EXPECT_EQ(DebugString(*view, Without(false, single_line, all.size())), all);
    for (size_t max = 0; max < all.size(); ++max) {
      EXPECT_EQ(DebugString(*view, Without(false, single_line, max)), all.substr(0, max) + "...");
    }
  }
}

// Where a view keeps what came, protobuf keeps what it writes anew: key and value.
TEST(DebugStringTest, EntriesWithUnknownNumbersOfClosedEnumsAreAsTheyCame) {
  const std::string bytes = Text(61, Number(7, 1) + Number(2, 9));
  Arena arena;
  const auto* const view = Everything2View::Parse(bytes, &arena);
  ASSERT_NE(view, nullptr);
  EXPECT_EQ(DebugString(*view), "61 {\n  7: 1\n  2: 9\n}\n");
  Everything2 message;
  ASSERT_TRUE(message.ParseFromString(bytes));
  EXPECT_EQ(message.DebugString(), "61 {\n  1: 0\n  2: 9\n}\n");
}

// Text is 200 times as long as a message can be, so it is cut, and what it would be is not computed either.
TEST(DebugStringTest, OfHostileMessages) {
  const struct {
    const char* name;
    std::string bytes;
  } cases[] = {
      {"deep", Nested(100, 99, Text(45, std::string(1 << 20, '\x01')))},
      {"wide", Nested(100, 90, Repeat(Text(50, ""), 100'000))},
      {"unknown groups", Repeat(Tag(1000, 3), 90) + Repeat(Number(1000, 1), 300'000) + Repeat(Tag(1000, 4), 90)},
      {"unknown messages", Nested(1000, 30, Repeat(Number(1, 1), 500'000))},
      {"unknown messages side by side", Repeat(Nested(1000, 12, Number(1, 1)), 50'000)},
      {"text", Text(9, std::string(4 << 20, '\x01'))},
  };
  for (const auto& c : cases) {
    Arena arena;
    const auto* const view = Everything3View::Parse(c.bytes, &arena);
    ASSERT_NE(view, nullptr) << c.name;
    const std::string text = DebugString(*view);
    EXPECT_EQ(text.size(), (size_t{1} << 20) + 3) << c.name;
    EXPECT_EQ(text.substr(text.size() - 3), "...") << c.name;
  }
}

}  // namespace
}  // namespace connectrpc::views
