#include "connectrpc/views/encoder.h"

#include <google/protobuf/stubs/logging.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "everything2.view.pb.h"
#include "everything3.view.pb.h"
#include "tests/views/wire.h"

namespace connectrpc::views {
namespace {

using ::views::test::Everything2View;
using ::views::test::Everything3;
using ::views::test::Everything3View;
using namespace testing;  // NOLINT: the writers of wire.h

template <class View>
std::string Rewritten(const std::string& bytes) {
  Arena arena;
  const View* const view = View::Parse(bytes, &arena);
  EXPECT_NE(view, nullptr);
  return Serialize(*view);
}

struct Case {
  const char* name;
  std::string bytes;
  std::string expected;
};

TEST(EncoderTest, FieldsAreWrittenInOrderAndInTheirOwnForm) {
  const Case cases[] = {
      {"empty", "", ""},
      {"order", Text(9, "x") + Number(5, 1), Number(5, 1) + Text(9, "x")},
      {"zeros without presence", Number(5, 0) + Text(9, ""), ""},
      {"zeros with presence", Number(25, 0) + Text(29, ""), Number(25, 0) + Text(29, "")},
      {"an empty message", Text(10, ""), Text(10, "")},
      {"negative numbers", Number(5, ~uint64_t{0}), Number(5, ~uint64_t{0})},
      {"zigzag", Number(16, 1) + Number(17, 3), Number(16, 1) + Number(17, 3)},
      {"packed from pieces", Number(45, 1) + Text(45, "\x02\x03"), Text(45, "\x01\x02\x03")},
      {"unpacked from pieces", Text(58, "\x01\x02"), Number(58, 1) + Number(58, 2)},
      {"packed, fixed, from pieces", Tag(47, 5) + "aaaa" + Text(47, "bbbb"), Text(47, "aaaabbbb")},
      {"unpacked, fixed", Text(59, "aaaabbbb"), Tag(59, 5) + "aaaa" + Tag(59, 5) + "bbbb"},
      {"unknown behind known", Number(1999, 1) + Number(5, 1) + Number(1998, 2),
       Number(5, 1) + Number(1999, 1) + Number(1998, 2)},
      {"unknown within", Text(10, Number(99, 1) + Number(1, 1)), Text(10, Number(1, 1) + Number(99, 1))},
      {"unknown in a message without fields", Text(101, Number(1, 1)), Text(101, Number(1, 1))},
      {"entries whole", Text(61, Number(2, 4)), Text(61, Number(1, 0) + Number(2, 4))},
      {"a member of a oneof, zero", Number(82, 0), Number(82, 0)},
      {"negative zero", Tag(1, 1) + std::string(7, '\0') + "\x80", Tag(1, 1) + std::string(7, '\0') + "\x80"},
      {"tags of two, three and five bytes", Text(536870911, "c") + Text(2048, "b") + Text(2047, "a"),
       Text(2047, "a") + Text(2048, "b") + Text(536870911, "c")},
  };
  for (const Case& test : cases) {
    EXPECT_EQ(Rewritten<Everything3View>(test.bytes), test.expected) << test.name;
    // Protobuf writes the same.
    Everything3 message;
    ASSERT_TRUE(message.ParseFromString(test.bytes)) << test.name;
    EXPECT_EQ(message.SerializeAsString(), test.expected) << test.name;
  }
}

TEST(EncoderTest, Groups) {
  const std::string bytes = Group(19, Number(1, 1) + Text(2, "") + Text(3, "x")) + Group(55, "") + Group(85, "");
  EXPECT_EQ(Rewritten<Everything2View>(bytes), bytes);
}

TEST(EncoderTest, LongMessages) {
  const std::string bytes = Text(9, std::string(1'000'000, 'x')) + Nested(100, 50, Text(11, std::string(100'000, 'y')));
  EXPECT_EQ(Rewritten<Everything3View>(bytes), bytes);
}

// Varints of each length, in each place that holds one.
TEST(EncoderTest, SizesAreThoseOfWhatIsWritten) {
  for (unsigned bits = 0; bits < 64; ++bits) {
    for (const uint64_t value : {uint64_t{1} << bits, (uint64_t{1} << bits) - 1}) {
      SCOPED_TRACE(value);
      Everything3 message;
      message.set_o_int64(static_cast<int64_t>(value));
      message.set_o_sint64(static_cast<int64_t>(value));
      message.set_f_uint32(static_cast<uint32_t>(value));
      message.add_r_uint64(value);
      message.add_r_sint32(static_cast<int32_t>(value));
      message.add_r_unpacked(static_cast<int32_t>(value));
      (*message.mutable_m_imported())[value].set_text(std::string(value % 1000, 'x'));
      const std::string bytes = message.SerializeAsString();
      Arena arena;
      const Everything3View* const view = Everything3View::Parse(bytes, &arena);
      ASSERT_NE(view, nullptr);
      EXPECT_EQ(SerializedSize(*view), bytes.size());
      EXPECT_EQ(Serialize(*view), bytes);
    }
  }
}

// `count` elements of a megabyte that is there once: what is written would be larger than any message parsed.
TEST(EncoderTest, MoreThanTwoGigabytesAreRefusedBeforeTheFirstByte) {
  const std::string megabyte(size_t{1} << 20, 'x');
  constexpr uint64_t kElement = 2 + 3 + (uint64_t{1} << 20);  // its tag, its length and itself
  struct {
    const char* name;
    size_t count;
  } const cases[] = {{"beyond 2^31", 2048}, {"beyond 2^32", 4097}, {"far beyond", 100'000}};
  for (const auto& test : cases) {
    SCOPED_TRACE(test.name);
    Arena arena;
    const std::string bytes = Repeat(Text(51, ""), test.count);
    const Everything3View* const view = Everything3View::Parse(bytes, &arena);
    ASSERT_NE(view, nullptr);
    for (const std::string_view& element : view->r_bytes()) const_cast<std::string_view&>(element) = megabyte;
    EXPECT_EQ(SerializedSize(*view), test.count * kElement);
    bool ok = true;
    EXPECT_EQ(Serialize(*view, &ok), "");
    EXPECT_FALSE(ok);
    Everything3 message;
    EXPECT_FALSE(ToMessage(*view, &message));
  }
}

// Limits are for what comes: what was parsed with higher ones is written without any.
TEST(EncoderTest, LimitsOfParsingDoNotHoldForWriting) {
  ParseOptions options;
  options.max_depth = 300;
  const std::string bytes = Nested(100, 300) + Repeat(Text(50, ""), 200'000);
  options.max_element_bytes = size_t{1} << 30;
  Arena arena;
  const Everything3View* const view = Everything3View::Parse(bytes, &arena, options);
  ASSERT_NE(view, nullptr);
  EXPECT_EQ(Serialize(*view).size(), bytes.size());
}

// One that protobuf itself would not parse is no message of protobuf's, and says so.
TEST(EncoderTest, ToMessageIsWholeOrFails) {
  ParseOptions options;
  options.max_depth = 101;
  Arena arena;
  Everything3 message;
  google::protobuf::LogSilencer quiet;
  const std::string deepest = Nested(100, 100);
  EXPECT_TRUE(ToMessage(*Everything3View::Parse(deepest, &arena, options), &message));
  const std::string deeper = Nested(100, 101);
  EXPECT_FALSE(ToMessage(*Everything3View::Parse(deeper, &arena, options), &message));
}

TEST(EncoderTest, ToMessage) {
  const std::string bytes = Number(5, 7) + Text(62, Text(1, "k") + Text(2, "v")) + Number(1999, 1);
  Arena arena;
  Everything3 message;
  message.set_f_string("gone");
  ASSERT_TRUE(ToMessage(*Everything3View::Parse(bytes, &arena), &message));
  EXPECT_EQ(message.SerializeAsString(), bytes);
}

}  // namespace
}  // namespace connectrpc::views
