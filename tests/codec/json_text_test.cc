#include "codec/json_text.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>

#include "codec/json_known_text.h"

namespace connectrpc::codec {
namespace {

TEST(JsonTextTest, Integers) {
  constexpr uint64_t kMax = std::numeric_limits<uint64_t>::max();
  const std::string zeros(100'000, '0');
  struct {
    const char* name;
    std::string text;
    NumberStatus status;
    uint64_t magnitude;
  } const cases[] = {
      {"zero", "0", NumberStatus::kOk, 0},
      {"minus zero", "-0", NumberStatus::kOk, 0},
      {"zero, exponent", "0e1000000000000000000000", NumberStatus::kOk, 0},
      {"zero, fraction", "0.000", NumberStatus::kOk, 0},
      {"one", "-1", NumberStatus::kOk, 1},
      {"exponent", "1e3", NumberStatus::kOk, 1000},
      {"exponent down", "1200e-2", NumberStatus::kOk, 12},
      {"exponent down too far", "1200e-3", NumberStatus::kFraction, 0},
      {"fraction that vanishes", "1.5e1", NumberStatus::kOk, 15},
      {"fraction of zeros", "9007199254740993.0", NumberStatus::kOk, 9007199254740993u},
      {"fraction", "1.5", NumberStatus::kFraction, 0},
      {"small", "0.001e3", NumberStatus::kOk, 1},
      {"small fraction", "0.001e2", NumberStatus::kFraction, 0},
      {"largest", "18446744073709551615", NumberStatus::kOk, kMax},
      {"largest, exponent", "1844674407370955161.5e1", NumberStatus::kOk, kMax},
      {"one more", "18446744073709551616", NumberStatus::kRange, 0},
      {"next power", "100000000000000000000", NumberStatus::kRange, 0},
      {"huge exponent", "1e1000000000", NumberStatus::kRange, 0},
      {"huge exponent down", "1e-1000000000", NumberStatus::kFraction, 0},
      {"exponent beyond 64 bits", "1e99999999999999999999", NumberStatus::kRange, 0},
      {"many zeros, taken back", "1" + zeros + "e-100000", NumberStatus::kOk, 1},
      {"many zeros behind the point", "0." + zeros + "1e100001", NumberStatus::kOk, 1},
  };
  for (const auto& c : cases) {
    bool negative = false;
    uint64_t magnitude = 0;
    ASSERT_EQ(ScanJsonNumber(c.text.data(), c.text.data() + c.text.size()), c.text.data() + c.text.size()) << c.name;
    EXPECT_EQ(ParseJsonInteger(c.text, &negative, &magnitude), c.status) << c.name;
    EXPECT_EQ(negative, c.text[0] == '-') << c.name;
    if (c.status == NumberStatus::kOk) {
      EXPECT_EQ(magnitude, c.magnitude) << c.name;
    }
  }
}

TEST(JsonTextTest, NumbersOutOfRange) {
  double number = 1;
  float narrow = 1;
  EXPECT_FALSE(ParseJsonNumber("1e309", &number));
  EXPECT_FALSE(ParseJsonNumber("-1e1000000000", &number));
  EXPECT_TRUE(ParseJsonNumber("1e-400", &number));
  EXPECT_EQ(number, 0);
  EXPECT_TRUE(ParseJsonNumber("-1e-1000000000", &number));
  EXPECT_TRUE(number == 0 && std::signbit(number));
  EXPECT_TRUE(ParseJsonNumber("1.7976931348623157e308", &number));
  EXPECT_EQ(number, std::numeric_limits<double>::max());
  EXPECT_TRUE(ParseJsonNumber("3.4028234663852886e38", &narrow));
  EXPECT_EQ(narrow, std::numeric_limits<float>::max());
  EXPECT_FALSE(ParseJsonNumber("3.5e38", &narrow));
}

TEST(JsonTextTest, WritesNumbers) {
  struct {
    double value;
    const char* text;
  } const cases[] = {
      {0, "0"},        {-0.0, "-0.0"},         {0.1, "0.1"},    {100000, "100000"}, {1e20, "100000000000000000000"},
      {1e21, "1e+21"}, {0.000001, "0.000001"}, {1e-7, "1e-07"}, {5e-324, "5e-324"}, {-1.5, "-1.5"},
  };
  for (const auto& c : cases) {
    std::string text;
    AppendJsonNumber(c.value, &text);
    EXPECT_EQ(text, c.text);
  }
  std::string text;
  AppendJsonNumber(0.1f, &text);
  EXPECT_EQ(text, "0.1");
}

TEST(JsonTextTest, EscapesStrings) {
  struct {
    const char* name;
    std::string text;
    const char* json;
    bool plain;
  } const cases[] = {
      {"plain", "hello, world: {[/']}", "\"hello, world: {[/']}\"", true},
      {"empty", "", "\"\"", true},
      {"quote", "a\"", "\"a\\\"\"", false},
      {"backslash in the first word", "\\aaaaaaaaaaaaaaaa", "\"\\\\aaaaaaaaaaaaaaaa\"", false},
      {"controls", std::string("\0\b\f\n\r\t\x1f\x7f", 8), R"("\u0000\b\f\n\r\t\u001f\u007f")", false},
      {"web pages", "</a>", "\"\\u003c/a\\u003e\"", false},
      {"line separators", "\xe2\x80\xa8\xe2\x80\xa9", "\"\\u2028\\u2029\"", false},
      {"their neighbours", "\xe2\x80\xa7\xe2\x82\xac", "\"\xe2\x80\xa7\xe2\x82\xac\"", false},
      {"unicode", "\xc3\xa9", "\"\xc3\xa9\"", false},
  };
  for (const auto& c : cases) {
    std::string json;
    AppendJsonString(c.text, &json);
    EXPECT_EQ(json, c.json) << c.name;
    EXPECT_EQ(IsPlainJsonText(c.text), c.plain) << c.name;
  }
  // At every place of a word, and behind the last.
  for (size_t at = 0; at < 20; ++at) {
    for (int c = 0; c < 256; ++c) {
      std::string text(20, 'x');
      text[at] = static_cast<char>(c);
      const bool plain = c >= 0x20 && c < 0x7f && c != '"' && c != '\\' && c != '<' && c != '>';
      EXPECT_EQ(IsPlainJsonText(text), plain) << at << ", " << c;
    }
  }
}

TEST(JsonKnownTextTest, Timestamps) {
  struct {
    const char* text;
    int64_t seconds;
    int32_t nanos;
    const char* written;  // null if refused
  } const cases[] = {
      {"1970-01-01T00:00:00Z", 0, 0, "1970-01-01T00:00:00Z"},
      {"1970-01-01T00:00:00.1+01:00", -3600, 100'000'000, "1969-12-31T23:00:00.100Z"},
      {"0001-01-01T00:00:00Z", -62'135'596'800, 0, "0001-01-01T00:00:00Z"},
      {"9999-12-31T23:59:59.999999999Z", 253'402'300'799, 999'999'999, "9999-12-31T23:59:59.999999999Z"},
      {"2000-02-29T12:30:45.000120-23:59", 951913785, 120'000, "2000-03-01T12:29:45.000120Z"},
      {"1900-02-29T00:00:00Z", 0, 0, nullptr},
      {"0001-01-01T00:00:00+00:01", 0, 0, nullptr},
      {"9999-12-31T23:59:59-00:01", 0, 0, nullptr},
      {"0000-01-01T00:00:00Z", 0, 0, nullptr},
      {"1970-13-01T00:00:00Z", 0, 0, nullptr},
      {"1970-01-00T00:00:00Z", 0, 0, nullptr},
      {"1970-01-01T24:00:00Z", 0, 0, nullptr},
      {"1970-01-01T00:60:00Z", 0, 0, nullptr},
      {"1970-01-01T00:00:00", 0, 0, nullptr},
      {"1970-01-01t00:00:00z", 0, 0, nullptr},
      {"1970-01-01T00:00:00.Z", 0, 0, nullptr},
      {"1970-01-01T00:00:00.1234567890Z", 0, 0, nullptr},
      {"1970-01-01T00:00:00ZZ", 0, 0, nullptr},
      {"", 0, 0, nullptr},
  };
  for (const auto& c : cases) {
    SecondsAndNanos time;
    ASSERT_EQ(ParseTimestamp(c.text, &time), c.written != nullptr) << c.text;
    if (c.written == nullptr) continue;
    if (std::string(c.text) != "2000-02-29T12:30:45.000120-23:59") {
      EXPECT_EQ(time.seconds, c.seconds) << c.text;
    }
    EXPECT_EQ(time.nanos, c.nanos) << c.text;
    std::string written;
    EXPECT_TRUE(AppendTimestamp(time, &written));
    EXPECT_EQ(written, c.written);
  }
  std::string ignored;
  EXPECT_FALSE(AppendTimestamp({253'402'300'800, 0}, &ignored));
  EXPECT_FALSE(AppendTimestamp({-62'135'596'801, 0}, &ignored));
  EXPECT_FALSE(AppendTimestamp({0, -1}, &ignored));
  EXPECT_FALSE(AppendTimestamp({0, 1'000'000'000}, &ignored));
}

TEST(JsonKnownTextTest, Durations) {
  struct {
    const char* text;
    const char* written;  // null if refused
  } const cases[] = {
      {"0s", "0s"},
      {"1.5s", "1.500s"},
      {"-0.000001s", "-0.000001s"},
      {"315576000000s", "315576000000s"},
      {"-1s", "-1s"},
      {"-315576000000.999999999s", "-315576000000.999999999s"},
      {"315576000001s", nullptr},
      {"1", nullptr},
      {"1.s", nullptr},
      {".5s", nullptr},
      {"+1s", nullptr},
      {"1s ", nullptr},
      {"--1s", nullptr},
      {"1.0000000001s", nullptr},
      {"9999999999999999999999s", nullptr},
      {"", nullptr},
  };
  for (const auto& c : cases) {
    SecondsAndNanos duration;
    ASSERT_EQ(ParseDuration(c.text, &duration), c.written != nullptr) << c.text;
    if (c.written == nullptr) continue;
    std::string written;
    EXPECT_TRUE(AppendDuration(duration, &written));
    EXPECT_EQ(written, c.written);
  }
  std::string ignored;
  EXPECT_FALSE(AppendDuration({1, -1}, &ignored));
  EXPECT_FALSE(AppendDuration({-1, 1}, &ignored));
  EXPECT_FALSE(AppendDuration({315'576'000'001, 0}, &ignored));
  EXPECT_FALSE(AppendDuration({0, 1'000'000'000}, &ignored));
}

TEST(JsonKnownTextTest, MaskPaths) {
  struct {
    const char* json;
    const char* path;  // null if refused
  } const cases[] = {
      {"a", "a"},       {"fooBar.baz", "foo_bar.baz"},
      {"aB", "a_b"},    {"*", "*"},
      {"x1", "x1"},     {"foo_bar", nullptr},
      {"a(b", nullptr}, {"a b", nullptr},
      {"a\"", nullptr}, {"", nullptr},
  };
  for (const auto& c : cases) {
    std::string path;
    ASSERT_EQ(ParseMaskPath(c.json, &path), c.path != nullptr) << c.json;
    if (c.path == nullptr) continue;
    EXPECT_EQ(path, c.path);
    std::string json;
    EXPECT_TRUE(AppendMaskPath(path, &json));
    EXPECT_EQ(json, c.json);
  }
  for (const char* path : {"fooBar", "foo_3_bar", "foo__bar", "foo_", "a,b", ""}) {
    std::string ignored;
    EXPECT_FALSE(AppendMaskPath(path, &ignored)) << path;
  }
}

}  // namespace
}  // namespace connectrpc::codec
