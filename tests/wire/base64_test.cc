#include "wire/base64.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace connectrpc::wire {
namespace {

// RFC 4648 section 10, without the padding, and what the two alphabets differ in.
TEST(Base64, EncodesUnpadded) {
  struct Case {
    const char* name;
    std::string bytes;
    Base64Alphabet alphabet;
    const char* text;
  };
  const Case cases[] = {
      {"empty", "", Base64Alphabet::kStandard, ""},
      {"one byte", "f", Base64Alphabet::kStandard, "Zg"},
      {"two bytes", "fo", Base64Alphabet::kStandard, "Zm8"},
      {"three bytes", "foo", Base64Alphabet::kStandard, "Zm9v"},
      {"four bytes", "foob", Base64Alphabet::kStandard, "Zm9vYg"},
      {"six bytes", "foobar", Base64Alphabet::kStandard, "Zm9vYmFy"},
      {"zero bytes", std::string(3, '\0'), Base64Alphabet::kStandard, "AAAA"},
      {"last digits, standard", "\xfb\xff", Base64Alphabet::kStandard, "+/8"},
      {"last digits, URL-safe", "\xfb\xff", Base64Alphabet::kUrlSafe, "-_8"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(EncodeBase64(c.bytes, c.alphabet), c.text);
  }
}

TEST(Base64, Decodes) {
  struct Case {
    const char* name;
    const char* text;
    std::string bytes;
  };
  const Case cases[] = {
      {"empty", "", ""},
      {"unpadded, one byte", "Zg", "f"},
      {"padded, one byte", "Zg==", "f"},
      {"unpadded, two bytes", "Zm8", "fo"},
      {"padded, two bytes", "Zm8=", "fo"},
      {"no padding due", "Zm9v", "foo"},
      {"standard alphabet", "+/8", "\xfb\xff"},
      {"URL-safe alphabet", "-_8=", "\xfb\xff"},
      {"both alphabets", "-/8", "\xfb\xff"},
      {"ignored bits in the last digit of two", "Zh", "f"},
      {"ignored bits in the last digit of three", "Zm9", "fo"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    std::string bytes = "replaced";
    EXPECT_TRUE(DecodeBase64(c.text, &bytes));
    EXPECT_EQ(bytes, c.bytes);
  }
}

TEST(Base64, Refuses) {
  struct Case {
    const char* name;
    std::string text;
  };
  const Case cases[] = {
      {"one digit", "Z"},
      {"five digits", "Zm9vY"},
      {"too little padding", "Zg="},
      {"too much padding", "Zg==="},
      {"padding after a full group", "Zm9v="},
      {"four times padding", "Zm9v===="},
      {"three times padding", "Z==="},
      {"only padding", "===="},
      {"padding inside", "Zg==Zg=="},
      {"padding inside the last group", "Z=g="},
      {"space", "Zm 9"},
      {"line end", "Zm9v\n"},
      {"symbol next to the alphabets", "Zm9*"},
      {"bad digit in each place 1", "*m9v"},
      {"bad digit in each place 2", "Z*9v"},
      {"bad digit in each place 3", "Zm*v"},
      {"bad digit in the tail", "Zm9vZ*"},
      {"bad third digit in the tail", "Zm9vZm*"},
      {"NUL", std::string("Zg\0", 3)},
      {"high byte", "Zm9\xff"},
      {"comma", "Zg,Zg"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    std::string bytes;
    EXPECT_FALSE(DecodeBase64(c.text, &bytes));
  }
}

TEST(Base64, RoundTripsEveryLengthUpTo64) {
  std::mt19937 random(1);
  for (size_t length = 0; length <= 64; ++length) {
    std::string bytes;
    for (size_t i = 0; i < length; ++i) bytes.push_back(static_cast<char>(random()));
    for (Base64Alphabet alphabet : {Base64Alphabet::kStandard, Base64Alphabet::kUrlSafe}) {
      std::string text = EncodeBase64(bytes, alphabet);
      std::string decoded;
      EXPECT_TRUE(DecodeBase64(text, &decoded));
      EXPECT_EQ(decoded, bytes);
      text.append((4 - text.size() % 4) % 4, '=');
      EXPECT_TRUE(DecodeBase64(text, &decoded));
      EXPECT_EQ(decoded, bytes);
    }
  }
}

}  // namespace
}  // namespace connectrpc::wire
