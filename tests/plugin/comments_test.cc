#include "plugin/comments.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace connectrpc::plugin {
namespace {

using Lines = std::vector<std::string>;

TEST(CommentsTest, Lines) {
  const struct {
    const char* name;
    std::string text;
    Lines lines;
  } cases[] = {
      {"nothing", "", {}},
      {"blank lines alone", "\n \n\t\n", {}},
      {"one line", " Says hello.\n", {"// Says hello."}},
      {"no space", "Says hello.", {"// Says hello."}},
      {"blank lines around and between", "\n\n a\n\n b\n\n\n", {"// a", "//", "// b"}},
      {"indentation stays", " a\n   b\n", {"// a", "//   b"}},
      {"slash first", "/ a\n! b\n/< c\n", {"// / a", "// ! b", "// /< c"}},
      {"end of a block comment", " */ int x; /*", {"// */ int x; /*"}},
      {"backslash", " a \\\n b", {"// a \\ .", "// b"}},
      {"backslash alone", "\\", {"// \\ ."}},
      {"backslashes", " a\\\\", {"// a\\\\ ."}},
      {"backslash and white space", " a \\ \t\n b", {"// a \\ .", "// b"}},
      {"backslash and what becomes white space", std::string(" a \\\x0b\n b"), {"// a \\ .", "// b"}},
      {"trigraph", " a?\?/\n b", {"// a? ?/", "// b"}},
      {"trigraphs", " ?\?/?\?/ ?\?\?/", {"// ? ?/? ?/ ?? ?/"}},
      {"question", " Really?\? Yes.", {"// Really?\? Yes."}},
      {"carriage return", " a\r#error", {"// a", "// #error"}},
      {"carriage return and line feed", " a\r\n b\r\n", {"// a", "//", "// b"}},
      {"NUL", std::string(" a\0b", 4), {"// a b"}},
      {"control characters",
       " a\x01\x1b\x7f"
       "b",
       {"// a   b"}},
      {"form feed", " a\x0c#error", {"// a #error"}},
      {"line separator", " a\xe2\x80\xa8#error", {"// a #error"}},
      {"next line", " a\xc2\x85#error", {"// a #error"}},
      {"reading direction",
       " a\xe2\x80\xae"
       "b\xe2\x81\xa6"
       "c\xd8\x9c"
       "d",
       {"// a b c d"}},
      {"byte order mark",
       "\xef\xbb\xbf"
       "a",
       {"// a"}},
      {"letters",
       " gr\xc3\xb6\xc3\x9f"
       "e \xe2\x82\xac \xf0\x9f\x98\x80",
       {"// gr\xc3\xb6\xc3\x9f"
        "e \xe2\x82\xac \xf0\x9f\x98\x80"}},
      {"not UTF-8", " \xff\xc0\x80\xed\xa0\x80\xf5", {"// ???????"}},
      {"cut short", " \xe2\x82", {"// ??"}},
      {"overlong", " \xe0\x80\x80|\xf0\x80\x80\x80|", {"// ???|????|"}},
      {"variables", " $name$ $$", {"// $name$ $$"}},
  };
  for (const auto& c : cases) EXPECT_EQ(CommentLines(c.text), c.lines) << c.name;
}

// Whatever a comment ends in, what follows it is not part of it.
TEST(CommentsTest, EveryByteAtTheEnd) {
  for (int first = 0; first < 256; ++first) {
    for (const int second : {first, int{'\\'}, int{'/'}, int{' '}}) {
      const std::string text = {' ', 'a', '?', '?', static_cast<char>(first), static_cast<char>(second)};
      for (const std::string& line : CommentLines(text)) {
        EXPECT_EQ(line.compare(0, 2, "//"), 0) << first << " " << second;
        EXPECT_EQ(line.find('\n'), line.npos) << first << " " << second;
        EXPECT_EQ(line.find('\r'), line.npos) << first << " " << second;
        EXPECT_EQ(line.find("?\?/"), line.npos) << first << " " << second;
        EXPECT_NE(line.back(), '\\') << first << " " << second;
        EXPECT_NE(line.back(), ' ') << first << " " << second;
      }
    }
  }
}

}  // namespace
}  // namespace connectrpc::plugin
