#include "protocol/utf8.h"

#include <gtest/gtest.h>

namespace connectrpc::protocol {
namespace {

#define FFFD "\xef\xbf\xbd"

TEST(ToUtf8, ReplacesWhatIsNoCharacter) {
  struct {
    const char* name;
    const char* in;
    const char* out;
  } cases[] = {
      {"empty", "", ""},
      {"ASCII", "a\r\n\x7f", "a\r\n\x7f"},
      {"two, three, four bytes", "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"},
      {"stray continuation", "a\x80z", "a" FFFD "z"},
      {"never a byte of UTF-8", "\xff\xfe", FFFD FFFD},
      {"overlong", "\xc0\xaf\xe0\x80\xaf", FFFD FFFD FFFD FFFD FFFD},
      {"surrogate", "\xed\xa0\x80", FFFD FFFD FFFD},
      {"beyond U+10FFFF", "\xf4\x90\x80\x80", FFFD FFFD FFFD FFFD},
      {"largest", "\xf4\x8f\xbf\xbf", "\xf4\x8f\xbf\xbf"},
      {"truncated", "a\xe2\x82", "a" FFFD FFFD},
      {"broken off", "\xe2\x82z", FFFD FFFD "z"},
  };
  for (const auto& test : cases) {
    SCOPED_TRACE(test.name);
    EXPECT_EQ(ToUtf8(test.in), test.out);
  }
}

}  // namespace
}  // namespace connectrpc::protocol
