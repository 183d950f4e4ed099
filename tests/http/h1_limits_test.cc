#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "http/h1_driver.h"
#include "http/h1_lines.h"
#include "http/h1_session.h"
#include "support/several_ways.h"

// Every limit at its value and one beyond.
namespace connectrpc::http {
namespace {

using test::ForEachSplit;
using test::H1Driver;
using test::H1Stream;
using test::Refusal;

SessionLimits SmallLimits() {
  SessionLimits limits;
  limits.max_header_list_bytes = 300;
  limits.max_header_fields = 5;
  limits.max_request_line_bytes = 40;
  return limits;
}

// The status for a request, however it arrives; `broken` is what an aborted body gives.
void ExpectStatus(const SessionLimits& limits, const std::string& request, int status) {
  ForEachSplit(request, [&](const std::vector<std::string_view>& pieces) {
    H1Driver driver(limits);
    driver.on_abort = [&](H1Stream* stream) { driver.Answer(stream, 400, ""); };
    driver.Feed(pieces);
    EXPECT_EQ(driver.first_status(), status);
  });
}

std::string RequestLine(size_t size) {
  const std::string start = "GET /", end = " HTTP/1.1";
  return start + std::string(size - start.size() - end.size(), 'a') + end;
}

TEST(H1LimitsTest, RequestLine) {
  ExpectStatus(SmallLimits(), RequestLine(40) + "\r\nHost: h\r\n\r\n", 200);
  ExpectStatus(SmallLimits(), RequestLine(41) + "\r\nHost: h\r\n\r\n", 414);
  ExpectStatus(SmallLimits(), RequestLine(42) + "\r\nHost: h\r\n\r\n", 414);
  ExpectStatus(SmallLimits(), std::string(42, 'a'), 414);
  ExpectStatus(SmallLimits(), std::string(40, 'a') + "\r", 0);
  ExpectStatus({}, RequestLine(8 * 1024) + "\r\nHost: h\r\n\r\n", 200);
  ExpectStatus({}, RequestLine(8 * 1024 + 1) + "\r\nHost: h\r\n\r\n", 414);
}

std::string Fields(size_t count) {
  std::string request = "GET / HTTP/1.1\r\nHost: h\r\n";
  for (size_t i = 1; i < count; ++i) request += "a: b\r\n";
  return request + "\r\n";
}

TEST(H1LimitsTest, FieldCount) {
  ExpectStatus(SmallLimits(), Fields(5), 200);
  ExpectStatus(SmallLimits(), Fields(6), 431);
  ExpectStatus({}, Fields(100), 200);
  ExpectStatus({}, Fields(101), 431);
}

// A head whose fields count `list_size` bytes, Host among them.
std::string ListOf(size_t list_size) {
  const size_t counted = 4 + 1 + 32 + 1 + 32;
  return "GET / HTTP/1.1\r\nHost: h\r\na: " + std::string(list_size - counted, 'v') + "\r\n\r\n";
}

TEST(H1LimitsTest, HeaderListSize) {
  ExpectStatus(SmallLimits(), ListOf(300), 200);
  ExpectStatus(SmallLimits(), ListOf(301), 431);
  ExpectStatus(SmallLimits(), ListOf(1000), 431);
  H1Driver driver;
  driver.Feed(ListOf(16 * 1024));
  EXPECT_EQ(driver.first_status(), 200);
  EXPECT_EQ(driver.stream(0)->header_list_size, 16u * 1024u);
  ExpectStatus({}, ListOf(16 * 1024 + 1), 431);
}

TEST(H1LimitsTest, WhiteSpaceCountsToo) {
  // Of "Host: h" and "a: ", 19 bytes on the wire with their line ends and that of the head's.
  const auto padded = [](size_t spaces) {
    return "GET / HTTP/1.1\r\nHost: h\r\na:" + std::string(spaces, ' ') + "\r\n\r\n";
  };
  ExpectStatus(SmallLimits(), padded(300 - 9 - 4), 200);
  ExpectStatus(SmallLimits(), padded(300 - 9 - 4 + 1), 431);
}

TEST(H1LimitsTest, LimitsOfTheLargestNumberAreNone) {
  SessionLimits limits;
  limits.max_header_list_bytes = limits.max_header_fields = limits.max_request_line_bytes = SIZE_MAX;
  ExpectStatus(limits, Fields(200), 200);
}

std::string Chunked(std::string_view body) {
  return "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n" + std::string(body);
}

TEST(H1LimitsTest, ChunkExtension) {
  const auto with_extension = [](size_t size) {
    return Chunked("1;" + std::string(size - 1, 'x') + "\r\na\r\n0\r\n\r\n");
  };
  ExpectStatus({}, with_extension(kMaxChunkExtensionBytes), 200);
  ExpectStatus({}, with_extension(kMaxChunkExtensionBytes + 1), 400);
  ExpectStatus({}, Chunked("00000001;" + std::string(kMaxChunkExtensionBytes - 1, 'x') + "\r\na\r\n0\r\n\r\n"), 200);
  ExpectStatus({}, Chunked("1;" + std::string(1 << 20, 'x')), 400);
  ExpectStatus({}, Chunked("0;" + std::string(kMaxChunkExtensionBytes, 'x') + "\r\n\r\n"), 400);
}

TEST(H1LimitsTest, ChunkExtensionsOfABody) {
  const auto with_extensions = [](size_t total) {
    constexpr size_t kEach = 250;
    std::string body;
    for (; total > kEach; total -= kEach) body += "1;" + std::string(kEach - 1, 'x') + "\r\na\r\n";
    return Chunked(body + "0;" + std::string(total - 1, 'x') + "\r\n\r\n");
  };
  ExpectStatus({}, with_extensions(kMaxBodyExtensionBytes), 200);
  ExpectStatus({}, with_extensions(kMaxBodyExtensionBytes + 1), 400);
  // The second request starts from nothing.
  const std::string request = with_extensions(kMaxBodyExtensionBytes);
  H1Driver driver;
  driver.Feed(request + request);
  EXPECT_EQ(driver.stream_count(), 2u);
  EXPECT_FALSE(driver.session().finished());
}

TEST(H1LimitsTest, Trailers) {
  const auto with_fields = [](size_t count) {
    std::string body = "0\r\n";
    for (size_t i = 0; i < count; ++i) body += "a: b\r\n";
    return Chunked(body + "\r\n");
  };
  const auto with_bytes = [](size_t size) { return Chunked("0\r\na: " + std::string(size - 5, 'b') + "\r\n\r\n"); };
  ExpectStatus(SmallLimits(), with_fields(5), 200);
  ExpectStatus(SmallLimits(), with_fields(6), 400);
  ExpectStatus({}, with_fields(100), 200);
  ExpectStatus({}, with_fields(101), 400);
  ExpectStatus(SmallLimits(), with_bytes(300), 200);
  ExpectStatus(SmallLimits(), with_bytes(301), 400);
  ExpectStatus({}, with_bytes(16 * 1024), 200);
  ExpectStatus({}, with_bytes(16 * 1024 + 1), 400);
  // Beast's own containers throw for this one.
  ExpectStatus({}, Chunked("0\r\na: " + std::string(65535, 'b') + "\r\n\r\n"), 400);
}

TEST(H1LimitsTest, LargestLengths) {
  H1Driver driver;
  driver.Feed("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9223372036854775807\r\n\r\nabc");
  EXPECT_EQ(driver.stream(0)->body_received, "abc");
  EXPECT_FALSE(driver.stream(0)->aborted);
  H1Driver chunked;
  chunked.Feed(Chunked("ffffffff\r\nabc"));
  EXPECT_EQ(chunked.stream(0)->body_received, "abc");
  EXPECT_FALSE(chunked.stream(0)->aborted);
}

TEST(H1LimitsTest, OneMiBBeyondIsNotKept) {
  const SessionLimits limits;
  const std::string flood(2 * limits.max_drain_bytes, 'x');
  for (const std::string& start : {std::string(), std::string("GET / HTTP/1.1\r\nHost: h\r\na: ")}) {
    H1Driver driver;
    const auto& session = static_cast<const H1Session&>(driver.session());
    driver.high_water = 0;  // the refusal waits as well
    driver.Feed(start);
    for (size_t at = 0; at < flood.size() && session.want_read(); at += 1000) {
      driver.FeedAnyway(std::string_view(flood).substr(at, 1000));
      ASSERT_LE(session.buffered_bytes(), limits.max_request_line_bytes + limits.max_header_list_bytes);
    }
    EXPECT_FALSE(session.want_read());
    driver.high_water = 1000;
    driver.Write();
    EXPECT_EQ(driver.output(), Refusal(start.empty() ? "414 URI Too Long" : "431 Request Header Fields Too Large"));
    EXPECT_EQ(session.buffered_bytes(), 0u);
  }
}

TEST(H1LimitsTest, ChunkLinesAndTrailersAreKeptWithinLimits) {
  const SessionLimits limits;
  struct Case {
    const char* name;
    std::string start;
    size_t kept;
  };
  const Case cases[] = {
      {"extension", "1;", kMaxChunkSizeDigits + kMaxChunkExtensionBytes + 2},
      {"trailers", "0\r\na: ", limits.max_header_list_bytes + 5},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    H1Driver driver;
    const auto& session = static_cast<const H1Session&>(driver.session());
    driver.Feed(Chunked(c.start));
    size_t kept = 0;
    while (!session.finished()) {
      driver.FeedAnyway("x");
      kept = std::max(kept, session.buffered_bytes());
      ASSERT_LE(kept, c.kept);
    }
    EXPECT_GT(kept, c.kept - 10);
  }
}

}  // namespace
}  // namespace connectrpc::http
