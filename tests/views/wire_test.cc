// What is accepted and what is refused, form by form: as protobuf does it, which is asked each time.
#include "tests/views/wire.h"

#include <google/protobuf/stubs/logging.h>
#include <gtest/gtest.h>

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

TEST(WireTest, Tags) {
  Check<Everything3View>({
      {"overlong, five bytes", Overlong(5 << 3, 5) + "\x01", Kind::kNone},
      {"six bytes", Overlong(5 << 3, 6) + "\x01", Kind::kBadVarint},
      {"field zero", Number(0, 1), Kind::kBadTag},
      {"a zero byte", std::string("\0", 1), Kind::kBadTag},
      {"a zero byte behind a field", Number(5, 1) + std::string("\0", 1), Kind::kBadTag},
      {"the greatest field", Text(0x1FFFFFFF, "x"), Kind::kNone},
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

// They are taken for unknown fields.
TEST(WireTest, KnownFieldsOfAnotherWireType) {
  const std::vector<Case> cases = {
      {"varint for a string", Number(9, 1), Kind::kNone},      {"text for a double", Text(1, "x"), Kind::kNone},
      {"fixed for a varint", Tag(5, 5) + "1234", Kind::kNone}, {"text for a varint", Text(5, "x"), Kind::kNone},
      {"varint for a message", Number(10, 1), Kind::kNone},    {"a group for a message", Group(10, ""), Kind::kNone},
      {"varint for a map", Number(61, 1), Kind::kNone},
  };
  Check<Everything3View>(cases);
  Arena arena;
  for (const Case& test : cases) {
    EXPECT_EQ(Everything3View::Parse(test.bytes, &arena)->unknown_fields().total_size(), test.bytes.size())
        << test.name;
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

// Errors say where.
TEST(WireTest, PlacesOfErrors) {
  struct {
    std::string name;
    std::string bytes;
    size_t offset;
    std::string text;
  } const cases[] = {
      {"at the top", Number(5, 1) + Text(9, "\xFF"), 4, "views.test.Everything3.f_string is not UTF-8, at byte 4"},
      {"within", Text(10, Text(2, "\xFF")), 4, "views.test.Everything3.Nested.text is not UTF-8, at byte 4"},
      {"in a map", Text(62, Text(1, "\xFF")), 5, "views.test.Everything3.m_string is not UTF-8, at byte 5"},
      {"a tag", Number(5, 1) + Tag(5, 7), 2, "views.test.Everything3 has a tag that there cannot be, at byte 2"},
  };
  Arena arena;
  for (const auto& test : cases) {
    SCOPED_TRACE(test.name);
    ParseError error;
    EXPECT_EQ(Everything3View::Parse(test.bytes, &arena, {}, &error), nullptr);
    EXPECT_EQ(error.offset, test.offset);
    EXPECT_EQ(error.ToString(), test.text);
    EXPECT_FALSE(error.is_limit());
  }
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
