#include "connectrpc/views/utf8.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>

namespace connectrpc::views {
namespace {

// In memory of exactly its size, so that the address sanitizer sees a load beyond it.
bool IsUtf8Exactly(std::string_view text) {
  const std::unique_ptr<char[]> copy(new char[text.size()]);
  text.copy(copy.get(), text.size());
  return IsUtf8(copy.get(), text.size());
}

bool IsAsciiExactly(std::string_view text) {
  const std::unique_ptr<char[]> copy(new char[text.size()]);
  text.copy(copy.get(), text.size());
  return IsAscii(copy.get(), text.size());
}

struct Case {
  const char* name;
  std::string_view text;
  bool valid;
};

// Unicode 15, table 3-7: the first and the last of each row, and their neighbours.
constexpr Case kCases[] = {
    {"two bytes, first", "\xC2\x80", true},
    {"two bytes, last", "\xDF\xBF", true},
    {"two bytes, overlong", "\xC0\x80", false},
    {"two bytes, overlong, last", "\xC1\xBF", false},
    {"two bytes, the second no continuation", "\xC2\x7F", false},
    {"two bytes, the second a lead", "\xC2\xC2", false},
    {"two bytes, cut", "\xC2", false},
    {"a continuation alone", "\x80", false},
    {"three bytes, first", "\xE0\xA0\x80", true},
    {"three bytes, overlong", "\xE0\x9F\xBF", false},
    {"before the surrogates", "\xED\x9F\xBF", true},
    {"first surrogate", "\xED\xA0\x80", false},
    {"last surrogate", "\xED\xBF\xBF", false},
    {"after the surrogates", "\xEE\x80\x80", true},
    {"three bytes, last", "\xEF\xBF\xBF", true},
    {"three bytes, cut after one", "\xE1", false},
    {"three bytes, cut after two", "\xE1\x80", false},
    {"three bytes, the third no continuation", "\xE1\x80\x41", false},
    {"four bytes, first", "\xF0\x90\x80\x80", true},
    {"four bytes, overlong", "\xF0\x8F\xBF\xBF", false},
    {"four bytes, last", "\xF4\x8F\xBF\xBF", true},
    {"beyond U+10FFFF", "\xF4\x90\x80\x80", false},
    {"lead F5", "\xF5\x80\x80\x80", false},
    {"lead FF", "\xFF", false},
    {"four bytes, cut after three", "\xF1\x80\x80", false},
    {"four bytes, the fourth no continuation", "\xF1\x80\x80\x7F", false},
};

TEST(Utf8Test, TheFormsOfCharacters) {
  for (const Case& test : kCases) EXPECT_EQ(IsUtf8Exactly(test.text), test.valid) << test.name;
}

// Whatever load happens to read them.
TEST(Utf8Test, AtEachPlaceOfAText) {
  for (size_t before = 0; before < 40; ++before) {
    for (size_t after = 0; after < 20; ++after) {
      for (const Case& test : kCases) {
        const std::string text = std::string(before, 'a') + std::string(test.text) + std::string(after, 'z');
        ASSERT_EQ(IsUtf8Exactly(text), test.valid) << test.name << " after " << before << ", before " << after;
      }
    }
  }
}

TEST(Utf8Test, AsciiOfEachLength) {
  for (size_t size = 0; size < 70; ++size) {
    std::string text(size, 'x');
    EXPECT_TRUE(IsUtf8Exactly(text)) << size;
    EXPECT_TRUE(IsAsciiExactly(text)) << size;
    for (size_t at = 0; at < size; ++at) {
      text[at] = '\x80';
      EXPECT_FALSE(IsAsciiExactly(text)) << at << " of " << size;
      EXPECT_FALSE(IsUtf8Exactly(text)) << at << " of " << size;
      text[at] = '\0';
      EXPECT_TRUE(IsUtf8Exactly(text)) << at << " of " << size;
    }
  }
}

}  // namespace
}  // namespace connectrpc::views
