#include "wire/text.h"

#include <gtest/gtest.h>

#include <string>

namespace connectrpc::wire {
namespace {

TEST(Text, AsciiFromEveryByteAtEveryPlace) {
  for (size_t size = 0; size <= 20; ++size) {
    EXPECT_TRUE(IsAsciiFrom<0x20>(std::string(size, 'a'))) << size;
    EXPECT_TRUE(IsAsciiFrom<0x20>(std::string(size, 0x20))) << size;
    EXPECT_TRUE(IsAsciiFrom<0x21>(std::string(size, 0x7e))) << size;
    for (size_t at = 0; at < size; ++at) {
      for (int byte = 0; byte < 256; ++byte) {
        for (const char other : {' ', '~'}) {
          std::string text(size, other);
          text[at] = static_cast<char>(byte);
          EXPECT_EQ(IsAsciiFrom<0x20>(text), byte >= 0x20 && byte <= 0x7e) << size << " " << at << " " << byte;
        }
        std::string text(size, '!');
        text[at] = static_cast<char>(byte);
        EXPECT_EQ(IsAsciiFrom<0x21>(text), byte >= 0x21 && byte <= 0x7e) << size << " " << at << " " << byte;
      }
    }
  }
}

TEST(Text, EqualsIgnoreCaseIsAsciiOnly) {
  EXPECT_TRUE(EqualsIgnoreCase("", ""));
  EXPECT_TRUE(EqualsIgnoreCase("Content-TYPE", "content-type"));
  EXPECT_TRUE(EqualsIgnoreCase("AZ[@`{", "az[@`{"));
  EXPECT_FALSE(EqualsIgnoreCase("a", "ab"));
  EXPECT_FALSE(EqualsIgnoreCase("a", "b"));
  EXPECT_FALSE(EqualsIgnoreCase("[", "{"));
  EXPECT_FALSE(EqualsIgnoreCase("@", "`"));
  EXPECT_FALSE(EqualsIgnoreCase("\xc0", "\xe0"));
}

TEST(Text, TrimSpaceTakesSpacesAndTabs) {
  EXPECT_EQ(TrimSpace(""), "");
  EXPECT_EQ(TrimSpace(" \t "), "");
  EXPECT_EQ(TrimSpace(" \ta b\t "), "a b");
  EXPECT_EQ(TrimSpace("\r\na\n"), "\r\na\n");
}

TEST(Text, LowerCaseIsAsciiOnly) {
  std::string text = "AZaz09-[@\xc0";
  LowerCase(&text);
  EXPECT_EQ(text, "azaz09-[@\xc0");
}

TEST(JsonString, EscapesAndReplaces) {
  struct Case {
    const char* name;
    std::string text;
    const char* json;
  };
  const Case cases[] = {
      {"empty", "", "\"\""},
      {"plain", "not found", "\"not found\""},
      {"quote and backslash", "a\"b\\c", "\"a\\\"b\\\\c\""},
      {"short escapes", "\n\r\t", "\"\\n\\r\\t\""},
      {"other control characters", std::string("\0\x01\x1f", 3), "\"\\u0000\\u0001\\u001f\""},
      {"DEL is plain", "\x7f", "\"\x7f\""},
      {"two bytes", "caf\xc3\xa9!", "\"caf\xc3\xa9!\""},
      {"three bytes", "\xe2\x82\xac", "\"\xe2\x82\xac\""},
      {"four bytes", "\xf0\x9f\x98\x80", "\"\xf0\x9f\x98\x80\""},
      {"highest character", "\xf4\x8f\xbf\xbf", "\"\xf4\x8f\xbf\xbf\""},
      {"before the surrogates", "\xed\x9f\xbf", "\"\xed\x9f\xbf\""},
      {"stray byte",
       "a\xff"
       "b",
       "\"a\xef\xbf\xbd"
       "b\""},
      {"stray continuation bytes", "\x80\xbf", "\"\xef\xbf\xbd\xef\xbf\xbd\""},
      {"cut off, two bytes", "a\xc3", "\"a\xef\xbf\xbd\""},
      {"cut off, three bytes, one replacement", "\xe2\x82", "\"\xef\xbf\xbd\""},
      {"cut off, four bytes, one replacement", "\xf0\x9f\x98", "\"\xef\xbf\xbd\""},
      {"cut off by a quote", "\xe2\x82\"", "\"\xef\xbf\xbd\\\"\""},
      {"overlong, two bytes", "\xc0\xaf", "\"\xef\xbf\xbd\xef\xbf\xbd\""},
      {"overlong, three bytes", "\xe0\x80\xaf", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""},
      {"overlong, four bytes", "\xf0\x80\x80\xaf", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""},
      {"surrogate", "\xed\xa0\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""},
      {"beyond Unicode", "\xf4\x90\x80\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""},
      {"valid after invalid", "\xff\xc3\xa9\n", "\"\xef\xbf\xbd\xc3\xa9\\n\""},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    std::string json = "before:";
    AppendJsonString(c.text, &json);
    EXPECT_EQ(json, std::string("before:") + c.json);
  }
}

}  // namespace
}  // namespace connectrpc::wire
