#include <gtest/gtest.h>

#include <cstddef>
#include <string>

#include "connectrpc/error.h"
#include "connectrpc/owned_view.h"
#include "connectrpc/views/parse_options.h"
#include "everything2.view.pb.h"
#include "everything3.view.pb.h"
#include "tests/views/wire.h"

namespace connectrpc::views {
namespace {

using ::views::test::Everything2View;
using ::views::test::Everything3View;
using ::views::test::RequiredView;
using Kind = ParseError::Kind;
using namespace testing;  // NOLINT: the writers of wire.h

template <class View>
ParseError ErrorOf(const std::string& bytes, const ParseOptions& options = {}) {
  Arena arena;
  ParseError error;
  EXPECT_EQ(View::Parse(bytes, &arena, options, &error), nullptr);
  return error;
}

// Each kind: where, in what field of which message.
TEST(ParseErrorTest, SaysWhereItIs) {
  ParseOptions options;
  options.max_depth = 1;
  options.max_unknown_fields = 1;
  options.max_element_bytes = sizeof(::views::test::Everything3_NestedView);
  options.max_message_bytes = 1000;
  const std::string first = Number(5, 1);
  struct {
    const char* name;
    std::string bytes;
    Kind kind;
    size_t offset;
    std::string text;
  } const cases[] = {
      {"truncated", first + Tag(6, 1) + "1234", Kind::kTruncated, 7,
       "views.test.Everything3.f_fixed64 is cut short, at byte 7"},
      {"truncated, a tag", first + "\x80", Kind::kTruncated, 3, "views.test.Everything3 is cut short, at byte 3"},
      {"truncated, an unknown group", first + Tag(19, 3), Kind::kTruncated, 4,
       "views.test.Everything3 is cut short, at byte 4"},
      {"a varint", first + Tag(3, 0) + std::string(10, '\x80') + "\1", Kind::kBadVarint, 13,
       "views.test.Everything3.f_int64 has a varint that is too long, at byte 13"},
      {"a tag", first + Tag(5, 7), Kind::kBadTag, 2,
       "views.test.Everything3 has a tag that there cannot be, at byte 2"},
      {"a length", first + Text(47, "12345"), Kind::kBadLength, 5,
       "views.test.Everything3.r_fixed32 has a length that there cannot be, at byte 5"},
      {"UTF-8", first + Text(9, "\xFF"), Kind::kBadUtf8, 4, "views.test.Everything3.f_string is not UTF-8, at byte 4"},
      {"UTF-8 within", Text(10, Text(2, "\xFF")), Kind::kBadUtf8, 4,
       "views.test.Everything3.Nested.text is not UTF-8, at byte 4"},
      {"UTF-8 in a map", Text(62, Text(1, "\xFF")), Kind::kBadUtf8, 5,
       "views.test.Everything3.m_string is not UTF-8, at byte 5"},
      {"depth", Text(10, Text(3, "")), Kind::kElementBytes, 4,
       "views.test.Everything3.Nested.parent has more elements than max_element_bytes can hold, at byte 4"},
      {"depth of groups", Group(19, Group(19, "")), Kind::kTooManyUnknown, 2,
       "views.test.Everything3 has more unknown fields than max_unknown_fields, at byte 2"},
      {"unknown fields", first + Number(19, 1) + Number(19, 1), Kind::kTooManyUnknown, 5,
       "views.test.Everything3 has more unknown fields than max_unknown_fields, at byte 5"},
      {"elements", Text(50, "") + Text(50, ""), Kind::kElementBytes, 6,
       "views.test.Everything3.r_message has more elements than max_element_bytes can hold, at byte 6"},
      {"size", std::string(1001, 'x'), Kind::kTooLarge, 0, "the message is larger than max_message_bytes, at byte 0"},
  };
  for (const auto& test : cases) {
    SCOPED_TRACE(test.name);
    const ParseError error = ErrorOf<Everything3View>(test.bytes, options);
    EXPECT_EQ(error.kind, test.kind);
    EXPECT_EQ(error.offset, test.offset);
    EXPECT_EQ(error.ToString(), test.text);
  }
}

TEST(ParseErrorTest, SaysWhatIsTooDeep) {
  EXPECT_EQ(
      ErrorOf<Everything3View>(Nested(100, 101)).ToString(),
      "views.test.Everything3.self nests deeper than max_depth, at byte " + std::to_string(Nested(100, 101).size()));
}

// It is kept in another form than it came, elsewhere than in the message.
TEST(ParseErrorTest, SaysWhereAnUnknownValueIs) {
  ParseOptions options;
  for (options.max_element_bytes = 0; options.max_element_bytes < 48; options.max_element_bytes += 8) {
    const ParseError error = ErrorOf<Everything2View>(Number(5, 1) + Number(84, 6), options);
    EXPECT_EQ(error.kind, Kind::kElementBytes) << options.max_element_bytes;
    EXPECT_EQ(error.offset, 5U) << options.max_element_bytes;
  }
}

TEST(ParseErrorTest, SaysWhatIsMissing) {
  EXPECT_EQ(ErrorOf<RequiredView>(Number(1, 1)).ToString(),
            "views.test.Required.text is required and missing, at byte 2");
  const std::string bytes = Number(1, 1) + Text(40, "") + Text(3, Number(1, 1));
  EXPECT_EQ(ErrorOf<RequiredView>(bytes).ToString(),
            "views.test.Required.text is required and missing, at byte " + std::to_string(bytes.size()));
}

// What is no message is the caller's mistake; limits are those of the reader, who is told which.
TEST(ParseErrorTest, BecomesTheErrorOfACall) {
  struct {
    const char* name;
    Kind kind;
    Code code;
    const char* says;
  } const cases[] = {
      {"none", Kind::kNone, Code::kOk, ""},
      {"truncated", Kind::kTruncated, Code::kInvalidArgument, "cut short"},
      {"varint", Kind::kBadVarint, Code::kInvalidArgument, "varint"},
      {"tag", Kind::kBadTag, Code::kInvalidArgument, "tag"},
      {"length", Kind::kBadLength, Code::kInvalidArgument, "length"},
      {"UTF-8", Kind::kBadUtf8, Code::kInvalidArgument, "UTF-8"},
      {"missing", Kind::kMissingRequired, Code::kInvalidArgument, "required"},
      {"depth", Kind::kTooDeep, Code::kResourceExhausted, "max_depth"},
      {"unknown", Kind::kTooManyUnknown, Code::kResourceExhausted, "max_unknown_fields"},
      {"elements", Kind::kElementBytes, Code::kResourceExhausted, "max_element_bytes"},
      {"size", Kind::kTooLarge, Code::kResourceExhausted, "max_message_bytes"},
      {"memory", Kind::kOutOfMemory, Code::kResourceExhausted, "memory"},
  };
  for (const auto& test : cases) {
    SCOPED_TRACE(test.name);
    ParseError error;
    error.kind = test.kind;
    EXPECT_EQ(error.ok(), test.code == Code::kOk);
    EXPECT_EQ(error.is_limit(), test.code == Code::kResourceExhausted);
    EXPECT_EQ(ToError(error).code, test.code);
    EXPECT_NE(std::string(ToError(error).message).find(test.says), std::string::npos) << ToError(error).message;
  }
}

// Nothing that was read before an error comes out.
TEST(ParseErrorTest, LeavesNothingBehind) {
  OwnedView<Everything3View> owned;
  ASSERT_TRUE(owned.Parse(Payload::Own(Text(9, "before"))));
  ParseError error;
  EXPECT_FALSE(owned.Parse(Payload::Own(Text(9, "after") + Text(9, "\xFF")), {}, &error));
  EXPECT_EQ(error.kind, Kind::kBadUtf8);
  EXPECT_EQ(owned->f_string(), "");
  EXPECT_EQ(owned.bytes(), "");
}

}  // namespace
}  // namespace connectrpc::views
