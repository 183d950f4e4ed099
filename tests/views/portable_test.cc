// Views where there may be another order of bytes, another size of pointers, and no protobuf: values in, and out again.
#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "everything2.view.pb.h"
#include "everything3.view.pb.h"
#include "tests/views/walk.h"
#include "tests/views/wire.h"

namespace connectrpc::views {
namespace {

using ::views::test::Everything2View;
using ::views::test::Everything3View;
using namespace testing;  // NOLINT: the writers of wire.h

constexpr uint64_t kAllOnes = ~uint64_t{0};

// Each kind of field, in the order and the form in which it is written.
std::string Everything() {
  return Tag(1, 1) + std::string("\0\0\0\0\0\0\xF8\x3F", 8)    // f_double: 1.5
         + Tag(2, 5) + std::string("\0\0\x20\xC0", 4)          // f_float: -2.5
         + Number(3, kAllOnes) + Number(4, kAllOnes)           // f_int64: -1, f_uint64
         + Number(5, kAllOnes - 1)                             // f_int32: -2
         + Tag(6, 1) + "\x01\x02\x03\x04\x05\x06\x07\x08"      // f_fixed64
         + Tag(7, 5) + "\x01\x02\x03\x04"                      // f_fixed32
         + Number(8, 1) + Text(9, "text")                      // f_bool, f_string
         + Text(10, Number(1, 7) + Text(4, Number(1, 8)))      // f_message
         + Text(11, "\xFF\xFE") + Number(13, 1000)             // f_bytes, f_enum
         + Tag(14, 5) + "\xFD\xFF\xFF\xFF"                     // f_sfixed32: -3
         + Tag(15, 1) + "\xFC\xFF\xFF\xFF\xFF\xFF\xFF\xFF"     // f_sfixed64: -4
         + Number(16, 9) + Number(17, kAllOnes)                // f_sint32: -5, f_sint64: the least
         + Number(28, 0)                                       // o_bool: false
         + Text(42, std::string("\0\0\x80\x3F\0\0\0\x40", 8))  // r_float: 1, 2
         + Text(43, Varint(1) + Varint(kAllOnes))              // r_int64: 1, -1
         + Text(46, "\x01\x02\x03\x04\x05\x06\x07\x08")        // r_fixed64
         + Text(48, std::string("\1\0\1", 3))                  // r_bool
         + Text(49, "a") + Text(49, "b")                       // r_string
         + Number(58, 3) + Number(58, 4)                       // r_unpacked
         + Tag(59, 5) + "\x01\x02\x03\x04"                     // r_unpacked_fixed32
         + Text(61, Number(1, 1) + Number(2, kAllOnes))        // m_int32: 1 to -1
         + Text(62, Text(1, "key") + Text(2, "value"))         // m_string
         + Text(64, Number(1, 1) + Text(2, Number(1, 9)))      // m_message
         + Text(66, Tag(1, 5) + std::string("\x01\x02\x03\x04", 4) + Tag(2, 1) +
                        std::string("\0\0\0\0\0\0\xF0\xBF", 8))  // m_fixed32: 0x04030201 to -1
         + Tag(88, 1) + "\xFB\xFF\xFF\xFF\xFF\xFF\xFF\xFF"       // c_sfixed64: -5
         + Text(2048, "behind a tag of three bytes")             // three_byte_tag
         + Number(1999, 1) + Group(1998, Text(1, "x"));          // unknown
}

void CheckEverything(const Everything3View& view) {
  EXPECT_EQ(view.f_double(), 1.5);
  EXPECT_EQ(view.f_float(), -2.5F);
  EXPECT_EQ(view.f_int64(), -1);
  EXPECT_EQ(view.f_uint64(), kAllOnes);
  EXPECT_EQ(view.f_int32(), -2);
  EXPECT_EQ(view.f_fixed64(), 0x0807060504030201U);
  EXPECT_EQ(view.f_fixed32(), 0x04030201U);
  EXPECT_TRUE(view.f_bool());
  EXPECT_EQ(view.f_string(), "text");
  EXPECT_EQ(view.f_message().number(), 7);
  EXPECT_EQ(view.f_message().children()[0].number(), 8);
  EXPECT_EQ(view.f_bytes(), "\xFF\xFE");
  EXPECT_EQ(view.f_enum(), ::views::test::OPEN_MANY);
  EXPECT_EQ(view.f_sfixed32(), -3);
  EXPECT_EQ(view.f_sfixed64(), -4);
  EXPECT_EQ(view.f_sint32(), -5);
  EXPECT_EQ(view.f_sint64(), std::numeric_limits<int64_t>::min());
  EXPECT_TRUE(view.has_o_bool());
  EXPECT_FALSE(view.has_o_string());
  EXPECT_EQ(std::vector<float>(view.r_float().begin(), view.r_float().end()), (std::vector<float>{1, 2}));
  EXPECT_EQ(std::vector<int64_t>(view.r_int64().begin(), view.r_int64().end()), (std::vector<int64_t>{1, -1}));
  EXPECT_EQ(view.r_fixed64()[0], 0x0807060504030201U);
  EXPECT_EQ(std::vector<bool>(view.r_bool().begin(), view.r_bool().end()), (std::vector<bool>{true, false, true}));
  EXPECT_EQ(view.r_string()[1], "b");
  EXPECT_EQ(view.r_unpacked()[1], 4);
  EXPECT_EQ(view.r_unpacked_fixed32()[0], 0x04030201U);
  EXPECT_EQ(*view.m_int32().get(1), -1);
  EXPECT_EQ(*view.m_string().get("key"), "value");
  EXPECT_EQ(view.m_message().get(true)->number(), 9);
  EXPECT_EQ(*view.m_fixed32().get(0x04030201), -1.0);
  EXPECT_EQ(view.c_sfixed64(), -5);
  EXPECT_EQ(view.three_byte_tag(), "behind a tag of three bytes");
  EXPECT_EQ(view.unknown_fields().total_size(), (Number(1999, 1) + Group(1998, Text(1, "x"))).size());
}

// Wherever a message begins, and whatever lies behind it.
TEST(PortableTest, ValuesAtAllOffsets) {
  const std::string bytes = Everything();
  for (size_t offset = 0; offset < 8; ++offset) {
    SCOPED_TRACE(offset);
    const std::vector<char> buffer = [&] {
      std::vector<char> filled(offset, '\xFF');
      filled.insert(filled.end(), bytes.begin(), bytes.end());
      return filled;
    }();
    Arena arena;
    ParseError error;
    const Everything3View* const view =
        Everything3View::Parse(std::string_view(buffer.data() + offset, bytes.size()), &arena, {}, &error);
    ASSERT_NE(view, nullptr) << error.ToString();
    CheckEverything(*view);
    Walker walker;
    Walk(*view, &walker);
    EXPECT_TRUE(walker.maps_find_their_keys());
    EXPECT_EQ(Serialize(*view), bytes);
  }
}

// Pieces that are copied together are as they were on the wire.
TEST(PortableTest, NumbersOfFixedWidthInPieces) {
  const std::string bytes = Text(46, std::string("\1\0\0\0\0\0\0\0", 8)) + Tag(46, 1) +
                            std::string("\2\0\0\0\0\0\0\0", 8) + Text(46, std::string("\3\0\0\0\0\0\0\0", 8));
  Arena arena;
  const auto& numbers = Everything3View::Parse(bytes, &arena)->r_fixed64();
  EXPECT_EQ(std::vector<uint64_t>(numbers.begin(), numbers.end()), (std::vector<uint64_t>{1, 2, 3}));
}

TEST(PortableTest, GroupsAndClosedEnums) {
  const std::string bytes = Number(13, 5) + Group(19, Number(1, 1) + Text(3, "x")) + Number(53, 5) +
                            Text(54, Varint(5) + Varint(70000)) + Group(55, Text(1, "r")) + Number(13, 6);
  Arena arena;
  const Everything2View* const view = Everything2View::Parse(bytes, &arena);
  ASSERT_NE(view, nullptr);
  EXPECT_EQ(view->f_enum(), ::views::test::CLOSED_FIVE);
  EXPECT_EQ(view->fgroup().texts()[0], "x");
  EXPECT_EQ(view->r_packed_enum()[1], ::views::test::CLOSED_MANY);
  EXPECT_EQ(view->unknown_fields().total_size(), Number(13, 6).size());
  EXPECT_EQ(Serialize(*view), bytes);
}

// Sizes are 64 bits wide where size_t is not.
TEST(PortableTest, SizesBeyondTheAddressSpace) {
  const std::string megabyte(size_t{1} << 20, 'x');
  const std::string bytes = Repeat(Text(51, ""), 5000);
  Arena arena;
  const Everything3View* const view = Everything3View::Parse(bytes, &arena);
  ASSERT_NE(view, nullptr);
  for (const std::string_view& element : view->r_bytes()) const_cast<std::string_view&>(element) = megabyte;
  EXPECT_EQ(SerializedSize(*view), uint64_t{5000} * (2 + 3 + (uint64_t{1} << 20)));
  bool ok = true;
  EXPECT_EQ(Serialize(*view, &ok), "");
  EXPECT_FALSE(ok);
}

TEST(PortableTest, LimitsAtTheEndsOfTheirTypes) {
  ParseOptions options;
  options.max_element_bytes = std::numeric_limits<size_t>::max();
  options.max_message_bytes = std::numeric_limits<size_t>::max();
  options.max_unknown_fields = std::numeric_limits<size_t>::max();
  options.max_depth = std::numeric_limits<int>::max();
  const std::string bytes = Everything() + Repeat(Text(49, "x"), 10'000) + Repeat(Text(61, ""), 100);
  Arena arena;
  EXPECT_NE(Everything3View::Parse(bytes, &arena, options), nullptr);
  ParseError error;
  const std::string_view beyond(bytes.data(), size_t{0x7FFFFFFF} + 1);  // nothing of which is looked at
  EXPECT_EQ(Everything3View::Parse(beyond, &arena, options, &error), nullptr);
  EXPECT_EQ(error.kind, ParseError::Kind::kTooLarge);
}

}  // namespace
}  // namespace connectrpc::views
