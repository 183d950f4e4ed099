#include "wire/timeout.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace connectrpc::wire {
namespace {

using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::nanoseconds;
using std::chrono::seconds;

struct ParseCase {
  const char* name;
  std::string text;
  std::optional<Duration> timeout;
};

TEST(DeadlineAfter, SaturatesAtNever) {
  const TimePoint now = TimePoint(seconds(1000));
  EXPECT_EQ(DeadlineAfter(now, seconds(5)), TimePoint(seconds(1005)));
  EXPECT_EQ(DeadlineAfter(now, Duration::zero()), now);
  EXPECT_EQ(DeadlineAfter(now, -seconds(5)), TimePoint(seconds(995)));
  EXPECT_EQ(DeadlineAfter(now, Duration::max()), kNever);
  EXPECT_EQ(DeadlineAfter(now, kNever - now), kNever);
  EXPECT_EQ(DeadlineAfter(now, kNever - now - nanoseconds(1)), kNever - nanoseconds(1));
  EXPECT_EQ(DeadlineAfter(now, kNever - now + nanoseconds(1)), kNever);
  EXPECT_EQ(DeadlineAfter(kNever, seconds(1)), kNever);
  EXPECT_EQ(DeadlineAfter(TimePoint::min(), Duration::min()), TimePoint::min());
  EXPECT_EQ(DeadlineAfter(TimePoint(-seconds(1)), Duration::min()), TimePoint::min());
}

TEST(ConnectTimeout, Parses) {
  const ParseCase cases[] = {
      {"one", "1", milliseconds(1)},
      {"zero", "0", Duration::zero()},
      {"two seconds", "2000", milliseconds(2000)},
      {"leading zeros", "0000000005", milliseconds(5)},
      {"ten digits (C14)", "9999999999", milliseconds(9999999999)},
      {"eleven digits (C14)", "99999999999", std::nullopt},
      {"eleven digits, leading zeros", "00000000005", std::nullopt},
      {"empty", "", std::nullopt},
      {"negative", "-1", std::nullopt},
      {"plus", "+1", std::nullopt},
      {"space", " 1", std::nullopt},
      {"space behind", "1 ", std::nullopt},
      {"unit", "1m", std::nullopt},
      {"fraction", "1.5", std::nullopt},
      {"hexadecimal", "0x10", std::nullopt},
      {"two values", "1,1", std::nullopt},
      {"NUL", std::string("1\0", 2), std::nullopt},
      {"not ASCII", "\xd9\xa1", std::nullopt},
      {"next to the digits", "1/", std::nullopt},
      {"next to the digits above", "1:", std::nullopt},
  };
  for (const ParseCase& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(ParseConnectTimeout(c.text), c.timeout);
  }
}

TEST(GrpcTimeout, Parses) {
  const ParseCase cases[] = {
      {"hours", "2H", hours(2)},
      {"minutes", "2M", minutes(2)},
      {"seconds", "2S", seconds(2)},
      {"milliseconds", "2m", milliseconds(2)},
      {"microseconds", "2u", microseconds(2)},
      {"nanoseconds", "2n", nanoseconds(2)},
      {"zero", "0n", Duration::zero()},
      {"eight digits (G5)", "99999999S", seconds(99999999)},
      {"nine digits (G5)", "999999999S", std::nullopt},
      {"most hours that Duration holds", "2562047H", hours(2562047)},
      {"one hour more", "2562048H", Duration::max()},
      {"most hours", "99999999H", Duration::max()},
      {"most minutes", "99999999M", minutes(99999999)},
      {"empty", "", std::nullopt},
      {"unit only", "m", std::nullopt},
      {"number only", "100", std::nullopt},
      {"unknown unit", "1s", std::nullopt},
      {"lower-case hours", "1h", std::nullopt},
      {"two units", "1ms", std::nullopt},
      {"negative", "-1m", std::nullopt},
      {"plus", "+1m", std::nullopt},
      {"space", "1 m", std::nullopt},
      {"space behind", "1m ", std::nullopt},
      {"fraction", "1.5S", std::nullopt},
  };
  for (const ParseCase& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(ParseGrpcTimeout(c.text), c.timeout);
  }
}

struct FormatCase {
  const char* name;
  Duration timeout;
  const char* text;
};

TEST(ConnectTimeout, Formats) {
  const FormatCase cases[] = {
      {"two seconds", seconds(2), "2000"},
      {"zero", Duration::zero(), "0"},
      {"negative", -seconds(1), "0"},
      {"least", nanoseconds(1), "1"},
      {"just below a millisecond", nanoseconds(999'999), "1"},
      {"one and a half", microseconds(1500), "1"},
      {"ten digits (C16)", milliseconds(9'999'999'999), "9999999999"},
      {"ten digits and a bit", milliseconds(9'999'999'999) + nanoseconds(999'999), "9999999999"},
      {"eleven digits (C16)", milliseconds(10'000'000'000), ""},
      {"longest", Duration::max(), ""},
      {"shortest", Duration::min(), "0"},
  };
  for (const FormatCase& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(FormatConnectTimeout(c.timeout), c.text);
  }
}

TEST(GrpcTimeout, FormatsInTheFinestUnitThatFits) {
  const FormatCase cases[] = {
      {"zero", Duration::zero(), "0n"},
      {"negative", -nanoseconds(1), "0n"},
      {"one nanosecond", nanoseconds(1), "1n"},
      {"most nanoseconds", nanoseconds(99'999'999), "99999999n"},
      {"one more", nanoseconds(100'000'000), "100000u"},
      {"most microseconds", microseconds(99'999'999), "99999999u"},
      {"one microsecond more", microseconds(100'000'000), "100000m"},
      {"most milliseconds", milliseconds(99'999'999), "99999999m"},
      {"one millisecond more", milliseconds(100'000'000), "100000S"},
      {"most seconds", seconds(99'999'999), "99999999S"},
      {"one second more", seconds(100'000'000), "1666666M"},
      {"most minutes", minutes(99'999'999), "99999999M"},
      {"one minute more", minutes(100'000'000), "1666666H"},
      {"longest but one", Duration::max() - nanoseconds(1), "2562047H"},
      {"longest", Duration::max(), "99999999H"},
      {"shortest", Duration::min(), "0n"},
  };
  for (const FormatCase& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(FormatGrpcTimeout(c.timeout), c.text);
  }
}

}  // namespace
}  // namespace connectrpc::wire
