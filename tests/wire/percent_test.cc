#include "wire/percent.h"

#include <gtest/gtest.h>

#include <string>

namespace connectrpc::wire {
namespace {

std::string AllBytes() {
  std::string bytes;
  for (int i = 0; i < 256; ++i) bytes.push_back(static_cast<char>(i));
  return bytes;
}

TEST(GrpcMessage, Encodes) {
  struct Case {
    const char* name;
    std::string message;
    const char* text;
  };
  const Case cases[] = {
      {"empty", "", ""},
      {"plain", "not found: \"a/b\"~!", "not found: \"a/b\"~!"},
      {"percent", "100%", "100%25"},
      {"line ends", "a\r\nb", "a%0D%0Ab"},
      {"tab", "a\tb", "a%09b"},
      {"NUL", std::string("a\0b", 3), "a%00b"},
      {"edges of the plain range", "a \x1f~\x7f", "a %1F~%7F"},
      {"UTF-8", "\xc3\xa9\xe2\x82\xac", "%C3%A9%E2%82%AC"},
      {"not UTF-8", "\xff", "%FF"},
      {"outer spaces, which some stacks trim", "  a  b  ", "%20%20a  b%20%20"},
      {"spaces only", "  ", "%20%20"},
      {"space before an escape", " %", "%20%25"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(EncodeGrpcMessage(c.message), c.text);
    EXPECT_EQ(DecodeGrpcMessage(c.text), c.message);
  }
}

TEST(GrpcMessage, DecodesLeniently) {
  struct Case {
    const char* name;
    const char* text;
    const char* message;
  };
  const Case cases[] = {
      {"lower-case digits", "%c3%a9", "\xc3\xa9"},
      {"needless escapes", "%61%62", "ab"},
      {"percent at the end (G11)", "a%", "a%"},
      {"one digit at the end", "a%4", "a%4"},
      {"no digits", "%zz", "%zz"},
      {"second digit wrong", "%4g", "%4g"},
      {"escape after a stray percent", "%%41", "%A"},
      {"plus stays", "a+b", "a+b"},
      {"bytes outside the range", "\xff\t", "\xff\t"},
      {"spaces stay", " a ", " a "},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(DecodeGrpcMessage(c.text), c.message);
  }
}

TEST(GrpcMessage, RoundTripsEveryByte) {
  const std::string text = EncodeGrpcMessage(AllBytes());
  for (char c : text) EXPECT_TRUE(c >= 0x20 && c <= 0x7e);
  EXPECT_EQ(DecodeGrpcMessage(text), AllBytes());
}

TEST(QueryComponent, Decodes) {
  struct Case {
    const char* name;
    const char* text;
    std::string bytes;
  };
  const Case cases[] = {
      {"empty", "", ""},
      {"plain", "abc-._~", "abc-._~"},
      {"escapes of both cases", "%7b%7D", "{}"},
      {"plus is a space (C41)", "a+b", "a b"},
      {"escaped plus", "a%2Bb", "a+b"},
      {"NUL", "%00", std::string(1, '\0')},
      {"escaped percent is decoded once", "%2541", "%41"},
      {"raw bytes", "\"{\xc3\xa9}", "\"{\xc3\xa9}"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    std::string bytes = "replaced";
    EXPECT_TRUE(DecodeQueryComponent(c.text, &bytes));
    EXPECT_EQ(bytes, c.bytes);
  }
}

TEST(QueryComponent, RefusesBrokenEscapes) {
  for (const char* text : {"%", "a%", "%4", "%g4", "%4g", "%%41", "% 1", "%-1", "%u0041"}) {
    SCOPED_TRACE(text);
    std::string bytes;
    EXPECT_FALSE(DecodeQueryComponent(text, &bytes));
  }
}

TEST(QueryComponent, EscapesAllButUnreservedCharacters) {
  EXPECT_EQ(EncodeQueryComponent(""), "");
  EXPECT_EQ(EncodeQueryComponent("AZaz09-._~"), "AZaz09-._~");
  EXPECT_EQ(EncodeQueryComponent(" +&=%/?#\"\xff"), "%20%2B%26%3D%25%2F%3F%23%22%FF");
}

TEST(QueryComponent, RoundTripsEveryByte) {
  std::string bytes;
  EXPECT_TRUE(DecodeQueryComponent(EncodeQueryComponent(AllBytes()), &bytes));
  EXPECT_EQ(bytes, AllBytes());
}

}  // namespace
}  // namespace connectrpc::wire
