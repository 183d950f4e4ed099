#include "server/loop_clock.h"

#include <gtest/gtest.h>

#include <string>

namespace connectrpc::server {
namespace {

std::string Format(std::time_t time) {
  char text[kHttpDateSize];
  FormatHttpDate(time, text);
  return {text, kHttpDateSize};
}

TEST(HttpDateTest, Format) {
  const struct {
    const char* name;
    std::time_t time;
    const char* text;
  } cases[] = {
      {"epoch", 0, "Thu, 01 Jan 1970 00:00:00 GMT"},
      {"of the RFC", 784111777, "Sun, 06 Nov 1994 08:49:37 GMT"},
      {"leap day", 1709251199, "Thu, 29 Feb 2024 23:59:59 GMT"},
      {"far future", 253402300799, "Fri, 31 Dec 9999 23:59:59 GMT"},
      {"last day of a year", 1767225599, "Wed, 31 Dec 2025 23:59:59 GMT"},
  };
  for (const auto& c : cases) EXPECT_EQ(Format(c.time), c.text) << c.name;
}

TEST(LoopClockTest, TellsTheTimeOfTheLoop) {
  net::Loop loop;
  LoopClock clock(&loop);
  EXPECT_EQ(clock.Now(), loop.Now());
  const std::time_t before = std::time(nullptr);
  const std::string date(clock.Date());
  const std::time_t after = std::time(nullptr);
  bool found = false;
  for (std::time_t time = before; time <= after; ++time) found = found || Format(time) == date;
  EXPECT_TRUE(found) << date;
  EXPECT_EQ(clock.Date().data(), clock.Date().data()) << "the bytes stay where they are";
}

}  // namespace
}  // namespace connectrpc::server
