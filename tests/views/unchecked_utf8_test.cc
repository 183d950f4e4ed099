// What the plugin's option validate_utf8=false leaves out, and what it does not.
#include <google/protobuf/stubs/logging.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/views/wire.h"
#include "unchecked.view.pb.h"

namespace connectrpc::views {
namespace {

using ::views::unchecked::Unchecked;
using ::views::unchecked::UncheckedView;
using namespace testing;  // NOLINT: the writers of wire.h

constexpr char kLatin1[] = "\xE4";

TEST(UncheckedUtf8Test, AnyBytesAreStrings) {
  google::protobuf::LogSilencer quiet;
  const struct {
    const char* name;
    std::string bytes;
  } cases[] = {
      {"singular", Text(1, kLatin1)},
      {"repeated", Text(2, "fine") + Text(2, kLatin1)},
      {"key", Text(3, Text(1, kLatin1))},
      {"value", Text(3, Text(2, kLatin1))},
      {"oneof", Text(4, kLatin1)},
      {"cut short", Text(1, "\xC3\xA4\xC3")},
      {"a surrogate", Text(1, "\xED\xA0\x80")},
  };
  for (const auto& c : cases) {
    Arena arena;
    const UncheckedView* const view = UncheckedView::Parse(c.bytes, &arena);
    ASSERT_NE(view, nullptr) << c.name;
    Unchecked message;
    EXPECT_FALSE(message.ParseFromString(c.bytes)) << c.name << ": protobuf refuses them";
    EXPECT_FALSE(ToMessage(*view, &message)) << c.name << ": and so no message of its has them";
    const std::string written = Serialize(*view);
    EXPECT_NE(written.find(c.bytes.back()), std::string::npos) << c.name << ": they are written as they came";
    arena.Reset();
    EXPECT_NE(UncheckedView::Parse(written, &arena), nullptr) << c.name;
  }
}

TEST(UncheckedUtf8Test, TheBytesAreThoseThatCame) {
  const std::string bytes = Text(1, kLatin1) + Text(2, kLatin1) + Text(3, Text(1, kLatin1) + Text(2, kLatin1));
  Arena arena;
  const UncheckedView* const view = UncheckedView::Parse(bytes, &arena);
  ASSERT_NE(view, nullptr);
  EXPECT_EQ(view->one(), kLatin1);
  EXPECT_EQ(view->many()[0], kLatin1);
  ASSERT_TRUE(view->map().contains(kLatin1));
  EXPECT_EQ(*view->map().get(kLatin1), kLatin1);
}

TEST(UncheckedUtf8Test, Utf8IsAsEver) {
  const std::string bytes = Text(1, "\xC3\xA4") + Text(4, "\xF0\x9F\x98\x80");
  Arena arena;
  const UncheckedView* const view = UncheckedView::Parse(bytes, &arena);
  ASSERT_NE(view, nullptr);
  Unchecked message;
  ASSERT_TRUE(ToMessage(*view, &message));
  EXPECT_EQ(message.one(), "\xC3\xA4");
  EXPECT_EQ(message.chosen(), "\xF0\x9F\x98\x80");
}

// All else is checked.
TEST(UncheckedUtf8Test, LengthsAreChecked) {
  const std::string bytes = Text(1, kLatin1).substr(0, 2);
  Arena arena;
  ParseError error;
  EXPECT_EQ(UncheckedView::Parse(bytes, &arena, {}, &error), nullptr);
  EXPECT_EQ(error.kind, ParseError::Kind::kTruncated);
}

}  // namespace
}  // namespace connectrpc::views
