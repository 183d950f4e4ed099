// What is accepted and what is refused, form by form: as protobuf does it, which is asked each time.
#include "tests/views/wire.h"

#include <google/protobuf/stubs/logging.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "everything2.view.pb.h"
#include "everything3.view.pb.h"

namespace connectrpc::views {
namespace {

using ::views::test::Everything2;
using ::views::test::Everything2View;
using ::views::test::Everything3;
using ::views::test::Everything3View;
using Kind = ParseError::Kind;
using namespace testing;  // NOLINT: the writers of wire.h

struct Case {
  std::string name;
  std::string bytes;
  Kind kind;  // kNone: accepted
};

template <class View>
void Check(const std::vector<Case>& cases) {
  google::protobuf::LogSilencer quiet;
  Arena arena;
  for (const Case& test : cases) {
    SCOPED_TRACE(test.name);
    ParseError error;
    const View* const view = View::Parse(test.bytes, &arena, {}, &error);
    EXPECT_EQ(view == nullptr ? error.kind : Kind::kNone, test.kind) << error.ToString();
    typename View::Message message;
    EXPECT_EQ(message.ParseFromString(test.bytes), test.kind == Kind::kNone);
  }
}

std::string Overlong(uint64_t value, size_t size) {
  std::string bytes;
  for (size_t i = 0; i + 1 < size; ++i, value >>= 7) bytes += static_cast<char>(value | 0x80);
  return bytes += static_cast<char>(value & 0x7F);
}

TEST(WireTest, Varints) {
  const std::string tag = Tag(3, 0);
  Check<Everything3View>({
      {"ten bytes", tag + Overlong(1, 10), Kind::kNone},
      {"eleven bytes", tag + Overlong(1, 11), Kind::kBadVarint},
      {"cut", tag + "\x80", Kind::kTruncated},
      {"missing", tag, Kind::kTruncated},
      {"bits beyond the 64th", tag + std::string(9, '\x80') + "\x7E", Kind::kNone},
      {"wider than an int32", Number(5, 0x1'0000'0001), Kind::kNone},
      {"wider than a bool", Number(8, 0x1'0000'0000), Kind::kNone},
      {"wider than an enum", Number(13, 0x1'0000'0001), Kind::kNone},
  });
}

// The last byte of ten holds one bit that there is room for. The others are dropped, wherever the number stands.
TEST(WireTest, TenthBytes) {
  google::protobuf::LogSilencer quiet;
  for (unsigned last = 0; last <= 0xFF; ++last) {
    SCOPED_TRACE(last);
    const std::string number = std::string(9, '\x80') + static_cast<char>(last);
    const std::string packed = Text(44, number);
    for (const std::string& bytes : {Tag(4, 0) + number, packed, Text(67, Tag(1, 0) + number)}) {
      Arena arena;
      const Everything3View* const view = Everything3View::Parse(bytes, &arena);
      Everything3 message;
      ASSERT_EQ(message.ParseFromString(bytes), last < 0x80);
      ASSERT_EQ(view != nullptr, last < 0x80);
      if (view == nullptr) continue;
      const uint64_t expected = static_cast<uint64_t>(last & 1) << 63;
      EXPECT_EQ(view->f_uint64(), message.f_uint64());
      EXPECT_EQ(view->r_uint64().size(), static_cast<size_t>(message.r_uint64_size()));
      EXPECT_TRUE(view->f_uint64() == expected || view->m_imported().contains(expected) ||
                  view->r_uint64()[0] == expected);
    }
  }
}

// Wider than their fields: of bool, any bit counts; of the others, the lower 32.
TEST(WireTest, BitsBeyondTheType) {
  const std::string bytes = Number(5, 0x7'0000'0001) + Number(8, 0x1'0000'0000) + Number(12, 0x7'0000'0002) +
                            Number(13, 0x7'0000'0003) + Number(16, 0x7'0000'0004) + Text(45, Varint(0x7'0000'0001)) +
                            Text(48, Varint(0x1'0000'0000));
  Arena arena;
  const Everything3View* const view = Everything3View::Parse(bytes, &arena);
  Everything3 message;
  ASSERT_TRUE(message.ParseFromString(bytes));
  ASSERT_NE(view, nullptr);
  EXPECT_EQ(view->f_int32(), 1);
  EXPECT_EQ(view->f_int32(), message.f_int32());
  EXPECT_TRUE(view->f_bool());
  EXPECT_EQ(view->f_bool(), message.f_bool());
  EXPECT_EQ(view->f_uint32(), message.f_uint32());
  EXPECT_EQ(view->f_enum(), message.f_enum());
  EXPECT_EQ(view->f_sint32(), message.f_sint32());
  EXPECT_EQ(view->r_int32()[0], message.r_int32(0));
  EXPECT_EQ(view->r_bool()[0], message.r_bool(0));
}

TEST(WireTest, Tags) {
  Check<Everything3View>({
      {"overlong, two bytes", Overlong(5 << 3, 2) + "\x01", Kind::kNone},
      {"overlong, four bytes", Overlong(5 << 3, 4) + "\x01", Kind::kNone},
      {"overlong, five bytes", Overlong(5 << 3, 5) + "\x01", Kind::kNone},
      {"overlong, of the second field of two", Number(5, 1) + Overlong(6 << 3 | 1, 5) + "12345678", Kind::kNone},
      {"overlong, in an entry", Text(61, Overlong(1 << 3, 5) + "\x01" + Overlong(2 << 3, 5) + "\x01"), Kind::kNone},
      {"overlong, six bytes, in an entry", Text(61, Overlong(1 << 3, 6) + "\x01"), Kind::kBadVarint},
      {"overlong, in an unknown group", Tag(1999, 3) + Overlong(1999 << 3 | 4, 5), Kind::kNone},
      {"six bytes", Overlong(5 << 3, 6) + "\x01", Kind::kBadVarint},
      {"field zero", Number(0, 1), Kind::kBadTag},
      {"a zero byte", std::string("\0", 1), Kind::kBadTag},
      {"a zero byte behind a field", Number(5, 1) + std::string("\0", 1), Kind::kBadTag},
      {"the greatest field", Text(0x1FFFFFFF, "x"), Kind::kNone},
      {"field zero, overlong", Overlong(0, 2) + "\x01", Kind::kBadTag},
      {"field zero, in an entry", Text(61, Number(0, 1)), Kind::kBadTag},
      {"field zero, in a group", Group(1999, Number(0, 1)), Kind::kBadTag},
      {"an end of no group, in an entry", Text(61, Tag(1, 4)), Kind::kBadTag},
      {"wire type 6", Tag(5, 6), Kind::kBadTag},
      {"wire type 7", Tag(5, 7), Kind::kBadTag},
      {"wire type 7 of an unknown field", Tag(1999, 7), Kind::kBadTag},
      {"an end of no group", Tag(5, 4), Kind::kBadTag},
      {"cut", "\x80", Kind::kTruncated},
  });
}

// The one difference from protobuf, which takes the four highest bits for nothing.
TEST(WireTest, TagsOfMoreThan32Bits) {
  Arena arena;
  const std::string bytes = std::string("\xA8\x80\x80\x80\x10", 5) + "\x01";
  ParseError error;
  EXPECT_EQ(Everything3View::Parse(bytes, &arena, {}, &error), nullptr);
  EXPECT_EQ(error.kind, Kind::kBadVarint);
  EXPECT_EQ(error.offset, 4U);
}

TEST(WireTest, Groups) {
  Check<Everything3View>({
      {"unknown", Group(1999, Number(1, 1)), Kind::kNone},
      {"unknown, nested", Group(1999, Group(3, Group(1999, ""))), Kind::kNone},
      {"of a known field", Group(5, Number(1, 1)), Kind::kNone},
      {"not ended", Tag(1999, 3), Kind::kTruncated},
      {"ended by another", Tag(1999, 3) + Tag(1998, 4), Kind::kBadTag},
      {"ended by the message's end", Text(10, Tag(1999, 3)) + Tag(1999, 4), Kind::kTruncated},
  });
  Check<Everything2View>({
      {"known", Group(19, Number(1, 1)), Kind::kNone},
      {"known, with a message of its type", Group(19, Text(2, Number(1, 1))), Kind::kNone},
      {"known, repeated", Group(55, "") + Group(55, Text(1, "x")), Kind::kNone},
      {"known, not ended", Tag(19, 3) + Number(1, 1), Kind::kTruncated},
      {"known, ended by another", Tag(19, 3) + Tag(18, 4), Kind::kBadTag},
      {"a known group as a message", Text(19, Number(1, 1)), Kind::kNone},
  });
}

TEST(WireTest, Lengths) {
  Check<Everything3View>({
      {"overlong, five bytes", Tag(9, 2) + Overlong(1, 5) + "x", Kind::kNone},
      {"six bytes", Tag(9, 2) + Overlong(1, 6) + "x", Kind::kBadVarint},
      {"a fifth byte of eight", Tag(9, 2) + "\x81\x80\x80\x80\x08" + "x", Kind::kBadVarint},
      {"2^31 - 16", Tag(9, 2) + Varint(0x7FFFFFFF - 15) + "x", Kind::kBadLength},
      {"2^31 - 17", Tag(9, 2) + Varint(0x7FFFFFFF - 16) + "x", Kind::kTruncated},
      {"one more than there is", Tag(9, 2) + Varint(2) + "x", Kind::kTruncated},
      {"beyond the message around it", Text(10, Tag(2, 2) + Varint(2) + "x") + "y", Kind::kTruncated},
      {"missing", Tag(9, 2), Kind::kTruncated},
      {"2^31", Tag(9, 2) + "\x80\x80\x80\x80\x08" + "x", Kind::kBadVarint},
      {"a fifth byte of seven", Tag(9, 2) + "\xFF\xFF\xFF\xFF\x07" + "x", Kind::kBadLength},
      {"all ones", Tag(9, 2) + std::string(9, '\xFF') + "\x01", Kind::kBadVarint},
      {"of an unknown field, overlong", Tag(1999, 2) + Overlong(1, 5) + "x", Kind::kNone},
      {"of an unknown field, beyond the end", Tag(1999, 2) + Varint(2) + "x", Kind::kTruncated},
      {"of an entry, beyond the end", Tag(61, 2) + Varint(3) + Number(1, 1), Kind::kTruncated},
      {"of a key, beyond its entry", Text(62, Tag(1, 2) + Varint(2) + "x") + "y", Kind::kTruncated},
      {"of a message, beyond its entry", Text(64, Tag(2, 2) + Varint(1)) + "y", Kind::kTruncated},
      {"of a packed field, beyond the message", Text(100, Tag(45, 2) + Varint(2) + "\1") + "y", Kind::kTruncated},
      {"a number that ends behind its message", Text(10, Tag(1, 0) + "\x80") + "\1", Kind::kTruncated},
      {"a number that ends behind its packed field", Text(45, "\x80") + "\1", Kind::kTruncated},
  });
}

TEST(WireTest, FixedWidths) {
  Check<Everything3View>({
      {"32 bits", Tag(7, 5) + "1234", Kind::kNone},
      {"32 bits, cut", Tag(7, 5) + "123", Kind::kTruncated},
      {"64 bits", Tag(6, 1) + "12345678", Kind::kNone},
      {"64 bits, cut", Tag(6, 1) + "1234567", Kind::kTruncated},
      {"an element, cut", Tag(47, 5) + "123", Kind::kTruncated},
  });
}

TEST(WireTest, PackedFields) {
  Check<Everything3View>({
      {"empty", Text(45, ""), Kind::kNone},
      {"the last one cut", Text(45, "\x01\x80"), Kind::kTruncated},
      {"eleven bytes", Text(45, Overlong(1, 11)), Kind::kBadVarint},
      {"fixed", Text(47, "12345678"), Kind::kNone},
      {"fixed, no whole number", Text(47, "1234567"), Kind::kBadLength},
      {"fixed, empty", Text(47, ""), Kind::kNone},
      {"packed where not declared", Text(58, "\x01\x02"), Kind::kNone},
      {"single where packed is declared", Number(45, 1) + Number(45, 2), Kind::kNone},
      {"bytes where a packed varint is expected of a string", Number(49, 1), Kind::kNone},
  });
  Check<Everything2View>({
      {"closed enum, some unknown", Text(54, Varint(5) + Varint(6) + Varint(70000)), Kind::kNone},
      {"closed enum, cut", Text(54, Varint(5) + "\x80"), Kind::kTruncated},
  });
}

// They are taken for unknown fields, as they came: each kind of field with each wire type that is not its own.
TEST(WireTest, KnownFieldsOfAnotherWireType) {
  struct {
    const char* name;
    uint32_t field;
    std::vector<uint32_t> own;
  } const kinds[] = {
      {"double", 1, {1}},
      {"float", 2, {5}},
      {"int64", 3, {0}},
      {"uint64", 4, {0}},
      {"int32", 5, {0}},
      {"fixed64", 6, {1}},
      {"fixed32", 7, {5}},
      {"bool", 8, {0}},
      {"string", 9, {2}},
      {"message", 10, {2}},
      {"bytes", 11, {2}},
      {"uint32", 12, {0}},
      {"enum", 13, {0}},
      {"sfixed32", 14, {5}},
      {"sfixed64", 15, {1}},
      {"sint32", 16, {0}},
      {"sint64", 17, {0}},
      {"optional", 25, {0}},
      {"doubles", 41, {1, 2}},
      {"floats", 42, {5, 2}},
      {"int64s", 43, {0, 2}},
      {"fixed32s", 47, {5, 2}},
      {"strings", 49, {2}},
      {"messages", 50, {2}},
      {"enums", 53, {0, 2}},
      {"unpacked", 58, {0, 2}},
      {"unpacked fixed32s", 59, {5, 2}},
      {"map", 61, {2}},
      {"map of messages", 64, {2}},
      {"member, double", 81, {1}},
      {"member, string", 84, {2}},
      {"member, message", 86, {2}},
  };
  const std::string values[] = {Varint(1), "12345678", Varint(2) + "xy", "", "", "1234"};
  for (const auto& kind : kinds) {
    for (const uint32_t type : {0U, 1U, 2U, 3U, 5U}) {
      SCOPED_TRACE(std::string(kind.name) + ", wire type " + std::to_string(type));
      if (std::find(kind.own.begin(), kind.own.end(), type) != kind.own.end()) continue;
      const std::string bytes = type == 3 ? Group(kind.field, Number(1, 1)) : Tag(kind.field, type) + values[type];
      Arena arena;
      const Everything3View* const view = Everything3View::Parse(bytes, &arena);
      Everything3 message;
      ASSERT_TRUE(message.ParseFromString(bytes));
      ASSERT_NE(view, nullptr);
      EXPECT_EQ(view->unknown_fields().total_size(), bytes.size());
      EXPECT_EQ(Serialize(*view), message.SerializeAsString());
    }
  }
}

TEST(WireTest, Utf8) {
  const std::string bad = "\xFF";
  Check<Everything3View>({
      {"string", Text(9, bad), Kind::kBadUtf8},
      {"a bad one before a good one", Text(9, bad) + Text(9, "good"), Kind::kBadUtf8},
      {"element", Text(49, "good") + Text(49, bad), Kind::kBadUtf8},
      {"of a oneof", Text(84, bad), Kind::kBadUtf8},
      {"key", Text(62, Text(1, bad) + Text(2, "v")), Kind::kBadUtf8},
      {"value", Text(62, Text(1, "k") + Text(2, bad)), Kind::kBadUtf8},
      {"bytes", Text(11, bad), Kind::kNone},
      {"bytes as value", Text(63, Text(1, "k") + Text(2, bad)), Kind::kNone},
      {"in a message within", Text(10, Text(2, bad)), Kind::kBadUtf8},
      {"NUL", Text(9, std::string(3, '\0')), Kind::kNone},
  });
  Check<Everything2View>({{"proto2 does not look", Text(9, bad), Kind::kNone}});
}

TEST(WireTest, FormsOfBadUtf8) {
  struct {
    const char* name;
    std::string text;
  } const cases[] = {
      {"a byte that there cannot be", "\xFF"},
      {"overlong", "\xC0\x80"},
      {"a surrogate", "\xED\xA0\x80"},
      {"beyond U+10FFFF", "\xF4\x90\x80\x80"},
      {"cut", "\xE2\x82"},
      {"cut, behind many", std::string(100, 'a') + "\xE2\x82"},
      {"a continuation alone", "\x80"},
  };
  for (const auto& test : cases) {
    Check<Everything3View>({
        {std::string(test.name) + ", string", Text(9, test.text), Kind::kBadUtf8},
        {std::string(test.name) + ", optional string", Text(29, test.text), Kind::kBadUtf8},
        {std::string(test.name) + ", element", Text(49, test.text), Kind::kBadUtf8},
        {std::string(test.name) + ", member", Text(84, test.text), Kind::kBadUtf8},
        {std::string(test.name) + ", key", Text(62, Text(1, test.text)), Kind::kBadUtf8},
        {std::string(test.name) + ", value", Text(62, Text(2, test.text)), Kind::kBadUtf8},
        {std::string(test.name) + ", bytes", Text(11, test.text), Kind::kNone},
        {std::string(test.name) + ", unknown", Text(1999, test.text), Kind::kNone},
    });
    Check<Everything2View>({{std::string(test.name) + ", proto2", Text(9, test.text), Kind::kNone}});
  }
}

// What comes later is checked as what came first: nothing is taken that had to be overwritten.
TEST(WireTest, LaterOccurrencesThatFail) {
  Check<Everything3View>({
      {"a message", Text(10, Number(1, 1)) + Text(10, Text(2, "\xFF")), Kind::kBadUtf8},
      {"a member of a oneof", Text(84, "good") + Text(84, "\xFF"), Kind::kBadUtf8},
      {"a message in a oneof", Text(86, Number(1, 1)) + Text(86, Tag(1, 0)), Kind::kTruncated},
      {"another member", Text(84, "good") + Tag(88, 1) + "1234567", Kind::kTruncated},
      {"a packed field", Text(45, "\1") + Text(45, "\x80"), Kind::kTruncated},
      {"a packed field of fixed width", Text(47, "1234") + Text(47, "12345"), Kind::kBadLength},
      {"an entry", Text(62, Text(1, "k") + Text(2, "v")) + Text(62, Text(1, "k") + Text(2, "\xFF")), Kind::kBadUtf8},
      {"one that is overwritten", Text(9, "\xFF") + Text(9, "good"), Kind::kBadUtf8},
      {"an entry that is overwritten", Text(62, Text(2, "\xFF")) + Text(62, Text(2, "good")), Kind::kBadUtf8},
      {"a member that is overwritten", Text(84, "\xFF") + Number(82, 1), Kind::kBadUtf8},
  });
}

// No cut makes it read beyond the end, or accept what protobuf refuses.
TEST(WireTest, CutAtEachByte) {
  google::protobuf::LogSilencer quiet;
  const std::string whole = Number(5, 300) + Text(9, "text") + Text(10, Number(1, 7) + Text(2, "inner")) +
                            Text(45, Varint(1) + Varint(1000)) + Text(47, "12345678") +
                            Text(62, Text(1, "key") + Text(2, "value")) + Group(1999, Number(1, 1)) + Text(2048, "x");
  Arena arena;
  for (size_t size = 0; size <= whole.size(); ++size) {
    const std::vector<char> exact(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    Everything3 message;
    const bool accepted = message.ParseFromArray(exact.data(), static_cast<int>(size));
    EXPECT_EQ(Everything3View::Parse(std::string_view(exact.data(), size), &arena) != nullptr, accepted) << size;
  }
}

}  // namespace
}  // namespace connectrpc::views
