#include "connectrpc/views/encoder.h"

#include <gtest/gtest.h>

#include <string>

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
      {"entries whole", Text(61, Number(2, 4)), Text(61, Number(1, 0) + Number(2, 4))},
      {"a member of a oneof, zero", Number(82, 0), Number(82, 0)},
      {"negative zero", Tag(1, 1) + std::string(7, '\0') + "\x80", Tag(1, 1) + std::string(7, '\0') + "\x80"},
      {"tags of two, three and five bytes", Text(536870911, "c") + Text(2048, "b") + Text(2047, "a"),
       Text(2047, "a") + Text(2048, "b") + Text(536870911, "c")},
  };
  for (const Case& test : cases) EXPECT_EQ(Rewritten<Everything3View>(test.bytes), test.expected) << test.name;
}

TEST(EncoderTest, Groups) {
  const std::string bytes = Group(19, Number(1, 1) + Text(2, "") + Text(3, "x")) + Group(55, "") + Group(85, "");
  EXPECT_EQ(Rewritten<Everything2View>(bytes), bytes);
}

TEST(EncoderTest, LongMessages) {
  const std::string bytes = Text(9, std::string(1'000'000, 'x')) + Nested(100, 50, Text(11, std::string(100'000, 'y')));
  EXPECT_EQ(Rewritten<Everything3View>(bytes), bytes);
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
