#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "http/h1_driver.h"
#include "support/several_ways.h"

// Requests that another HTTP implementation on the way could read differently. Each is refused, and what follows it on
// the connection is never taken for a request.
namespace connectrpc::http {
namespace {

using test::ForEachSplit;
using test::H1Driver;
using test::H1Stream;
using test::Refusal;
using test::Response;

constexpr std::string_view kSmuggled = "GET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n";

struct Case {
  const char* name;
  std::string input;
  const char* status = "400 Bad Request";
};

std::string WithFields(std::string_view fields) {
  return "POST /a HTTP/1.1\r\nHost: h\r\n" + std::string(fields) + "\r\n";
}
std::string WithLine(std::string_view line) {
  return std::string(line) + "\r\nHost: h\r\n\r\n";
}

const std::string kNul(1, '\0');

// Message lengths (S23).
const Case kLengths[] = {
    {"TE xchunked", WithFields("Transfer-Encoding: xchunked\r\n")},
    {"TE identity", WithFields("Transfer-Encoding: identity\r\n")},
    {"TE chunked, identity", WithFields("Transfer-Encoding: chunked, identity\r\n")},
    {"TE chunked, chunked", WithFields("Transfer-Encoding: chunked, chunked\r\n")},
    {"TE chunked;q=1", WithFields("Transfer-Encoding: chunked;q=1\r\n")},
    {"TE identity, chunked", WithFields("Transfer-Encoding: identity, chunked\r\n")},
    {"TE gzip, chunked", WithFields("Transfer-Encoding: gzip, chunked\r\n")},
    {"TE , chunked", WithFields("Transfer-Encoding: , chunked\r\n")},
    {"TE \"chunked\"", WithFields("Transfer-Encoding: \"chunked\"\r\n")},
    {"TE empty", WithFields("Transfer-Encoding:\r\n")},
    {"TE with a vertical tab", WithFields("Transfer-Encoding: \x0b chunked\r\n")},
    {"TE identity and chunked lines", WithFields("Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n")},
    {"TE chunked and identity lines", WithFields("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n")},
    {"TE chunked twice", WithFields("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n")},
    {"TE in HTTP/1.0", "POST /a HTTP/1.0\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"},
    {"TE in HTTP/1.0 with keep-alive",
     "POST /a HTTP/1.0\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n"},
    {"TE with space before colon", WithFields("Transfer-Encoding : chunked\r\n")},
    {"CL and TE", WithFields("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n")},
    {"TE and CL", WithFields("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n")},
    {"CL 0 and TE", WithFields("Content-Length: 0\r\nTransfer-Encoding: chunked\r\n")},
    {"CL and TE identity", WithFields("Content-Length: 0\r\nTransfer-Encoding: identity\r\n")},
    {"two equal CL", WithFields("Content-Length: 0\r\nContent-Length: 0\r\n")},
    {"two CL", WithFields("Content-Length: 0\r\nContent-Length: 5\r\n")},
    {"CL 3,3", WithFields("Content-Length: 3,3\r\n")},
    {"CL 3, 3", WithFields("Content-Length: 3, 3\r\n")},
    {"CL 3,", WithFields("Content-Length: 3,\r\n")},
    {"CL +3", WithFields("Content-Length: +3\r\n")},
    {"CL -3", WithFields("Content-Length: -3\r\n")},
    {"CL 0x3", WithFields("Content-Length: 0x3\r\n")},
    {"CL 3 3", WithFields("Content-Length: 3 3\r\n")},
    {"CL 3.0", WithFields("Content-Length: 3.0\r\n")},
    {"CL empty", WithFields("Content-Length:\r\n")},
    {"CL blank", WithFields("Content-Length: \t \r\n")},
    {"CL 2^63", WithFields("Content-Length: 9223372036854775808\r\n")},
    {"CL 2^64", WithFields("Content-Length: 18446744073709551616\r\n")},
    {"CL 2^64 + 5", WithFields("Content-Length: 18446744073709551621\r\n")},
};

// Lines and bytes (S25).
const Case kLines[] = {
    {"obs-fold", WithFields("A: b\r\n c\r\n")},
    {"obs-fold by tab", WithFields("A: b\r\n\tc\r\n")},
    {"obs-fold of the first field", "GET / HTTP/1.1\r\n Host: h\r\nHost: h\r\n\r\n"},
    {"obs-fold of an empty value", WithFields("A:\r\n b\r\n")},
    {"bare LF after the request line", "GET /a HTTP/1.1\nHost: h\r\n\r\n"},
    {"bare LF after a field", WithFields("A: b\nC: d\r\n")},
    {"bare LF in a value", WithFields("A: b\nTransfer-Encoding: chunked\r\n")},
    {"bare LF at the end", "GET /a HTTP/1.1\r\nHost: h\r\n\n"},
    {"bare CR in the request line", "GET /a\rb HTTP/1.1\r\nHost: h\r\n\r\n"},
    {"bare CR in a value", WithFields("A: b\rC: d\r\n")},
    {"bare CR at the end", "GET /a HTTP/1.1\r\nHost: h\r\n\rX"},
    {"CR CR LF", WithFields("A: b\r\r\n")},
    {"NUL in a value", WithFields("A: b" + kNul + "\r\n")},
    {"0x01 in a value", WithFields("A: \x01\r\n")},
    {"0x7f in a value", WithFields("A: \x7f\r\n")},
    {"space before colon", WithFields("A : b\r\n")},
    {"tab before colon", WithFields("A\t: b\r\n")},
    {"empty name", WithFields(": b\r\n")},
    {"no colon", WithFields("A\r\n")},
    {"( in a name", WithFields("A(: b\r\n")},
    {"0x80 in a name", WithFields("A\x80: b\r\n")},
    {"NUL in a name", WithFields("A" + kNul + ": b\r\n")},
    {"leading CRLF", "\r\n" + WithLine("GET /a HTTP/1.1")},
    {"leading LF", "\n" + WithLine("GET /a HTTP/1.1")},
    {"leading space", WithLine(" GET /a HTTP/1.1")},
    {"HTTP/0.9", "GET /a\r\n\r\n"},
    {"HTTP/0.9 by number", WithLine("GET /a HTTP/0.9"), "505 HTTP Version Not Supported"},
    {"HTTP/1.2", WithLine("GET /a HTTP/1.2"), "505 HTTP Version Not Supported"},
    {"HTTP/2.0", WithLine("GET /a HTTP/2.0"), "505 HTTP Version Not Supported"},
    {"the HTTP/2 preface, late", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "505 HTTP Version Not Supported"},
    {"HTTP/1", WithLine("GET /a HTTP/1")},
    {"HTTP/11.1", WithLine("GET /a HTTP/11.1")},
    {"http/1.1", WithLine("GET /a http/1.1")},
    {"HTTPS/1.1", WithLine("GET /a HTTPS/1.1")},
    {"version with a space behind", WithLine("GET /a HTTP/1.1 ")},
    {"two spaces before the target", WithLine("GET  /a HTTP/1.1")},
    {"two spaces before the version", WithLine("GET /a  HTTP/1.1")},
    {"tabs", WithLine("GET\t/a\tHTTP/1.1")},
    {"no target", WithLine("GET HTTP/1.1")},
    {"a space in the target", WithLine("GET /a b HTTP/1.1")},
    {"a space in the target, HTTP/2.0", WithLine("GET /a b HTTP/2.0")},
    {"empty method", WithLine(" /a HTTP/1.1")},
    {"method is no token", WithLine("GE(T /a HTTP/1.1")},
    {"method of 17 letters", WithLine("ABCDEFGHIJKLMNOPQ /a HTTP/1.1"), "501 Not Implemented"},
    {"method of 100 letters", WithLine(std::string(100, 'M') + " /a HTTP/1.1"), "501 Not Implemented"},
    {"a TLS hello", "\x16\x03\x01\x02" + kNul + "\x01\xfc\x03\x03\r\n\r\n"},
    {"connection is no list", WithFields("Connection: \"close\r\n")},
};

// Host, target, Expect (S29).
const Case kTargets[] = {
    {"no Host", "GET /a HTTP/1.1\r\n\r\n"},
    {"two Hosts", "GET /a HTTP/1.1\r\nHost: h\r\nHost: h\r\n\r\n"},
    {"two Hosts in HTTP/1.0", "GET /a HTTP/1.0\r\nHost: h\r\nhost: i\r\n\r\n"},
    {"two hosts in one", "GET /a HTTP/1.1\r\nHost: h, i\r\n\r\n"},
    {"two hosts without space", "GET /a HTTP/1.1\r\nHost: h,i\r\n\r\n"},
    {"Host with a path", "GET /a HTTP/1.1\r\nHost: h/x\r\n\r\n"},
    {"Host with a user", "GET /a HTTP/1.1\r\nHost: u@h\r\n\r\n"},
    {"Host with a bad port", "GET /a HTTP/1.1\r\nHost: h:8x\r\n\r\n"},
    {"Host with two ports", "GET /a HTTP/1.1\r\nHost: h:8:9\r\n\r\n"},
    {"Host with an open bracket", "GET /a HTTP/1.1\r\nHost: [::1\r\n\r\n"},
    {"Host with bytes behind a bracket", "GET /a HTTP/1.1\r\nHost: [::1]x\r\n\r\n"},
    {"Host with 0xff", "GET /a HTTP/1.1\r\nHost: h\xff\r\n\r\n"},
    {"absolute-form without Host", "GET http://h/a HTTP/1.1\r\n\r\n"},
    {"target without slash", WithLine("GET a HTTP/1.1")},
    {"authority-form", WithLine("GET h:80 HTTP/1.1")},
    {"CONNECT", WithLine("CONNECT h:80 HTTP/1.1"), "501 Not Implemented"},
    {"asterisk with GET", WithLine("GET * HTTP/1.1")},
    {"asterisk with more", WithLine("OPTIONS *a HTTP/1.1")},
    {"other scheme", WithLine("GET ftp://h/a HTTP/1.1")},
    {"absolute-form without host", WithLine("GET http:///a HTTP/1.1")},
    {"absolute-form with only a port", WithLine("GET http://:80/a HTTP/1.1")},
    {"absolute-form with a user", WithLine("GET http://u:p@h/a HTTP/1.1")},
    {"fragment", WithLine("GET /a#b HTTP/1.1")},
    {"0xff in the target", WithLine("GET /a\xff HTTP/1.1")},
    {"0x7f in the target", WithLine("GET /a\x7f HTTP/1.1")},
    {"NUL in the target", WithLine("GET /a" + kNul + " HTTP/1.1")},
    {"Expect foo", WithFields("Content-Length: 5\r\nExpect: foo\r\n"), "417 Expectation Failed"},
    {"Expect empty", WithFields("Expect:\r\n"), "417 Expectation Failed"},
    {"Expect foo and 100-continue", WithFields("Expect: foo\r\nExpect: 100-continue\r\n"), "417 Expectation Failed"},
    {"Expect 100-continue, foo", WithFields("Expect: 100-continue, foo\r\n"), "417 Expectation Failed"},
};

void ExpectRefused(const Case& c) {
  SCOPED_TRACE(c.name);
  // With the bytes of a chunked body and without: whatever the length is taken to be, no request follows.
  for (const std::string& body : {std::string(), std::string("0\r\n\r\n")}) {
    ForEachSplit(c.input + body + std::string(kSmuggled), [&](const std::vector<std::string_view>& pieces) {
      H1Driver driver;
      driver.Feed(pieces);
      EXPECT_EQ(driver.output(), Refusal(c.status));
      EXPECT_EQ(driver.stream_count(), 0u);
      EXPECT_TRUE(driver.session().finished());
    });
  }
}

TEST(H1SmugglingTest, Lengths) {
  for (const Case& c : kLengths) ExpectRefused(c);
}
TEST(H1SmugglingTest, Lines) {
  for (const Case& c : kLines) ExpectRefused(c);
}
TEST(H1SmugglingTest, Targets) {
  for (const Case& c : kTargets) ExpectRefused(c);
}

// Chunks (S24), behind a head that is in order.
const Case kChunks[] = {
    {"no digit", "\r\n"},
    {"0x3", "0x3\r\nabc\r\n0\r\n\r\n"},
    {"+3", "+3\r\nabc\r\n0\r\n\r\n"},
    {"-3", "-3\r\nabc\r\n0\r\n\r\n"},
    {"space before the size", " 3\r\nabc\r\n0\r\n\r\n"},
    {"space behind the size", "3 \r\nabc\r\n0\r\n\r\n"},
    {"g", "g\r\nabc\r\n0\r\n\r\n"},
    {"nine digits", "000000003\r\nabc\r\n0\r\n\r\n"},
    {"seventeen digits", "00000000000000003\r\nabc\r\n0\r\n\r\n"},
    {"nine zeros", "000000000\r\n\r\n"},
    {"2^64 + 3", "10000000000000003\r\nabc\r\n0\r\n\r\n"},
    {"underscore", "1_0\r\n0123456789abcdef\r\n0\r\n\r\n"},
    {"LF after the size", "3\nabc\r\n0\r\n\r\n"},
    {"CR after the size", "3\rabc\r\n0\r\n\r\n"},
    {"CR CR LF after the size", "3\r\r\nabc\r\n0\r\n\r\n"},
    {"LF after the data", "3\r\nabc\n0\r\n\r\n"},
    {"CR after the data", "3\r\nabc\r0\r\n\r\n"},
    {"nothing after the data", "3\r\nabc0\r\n\r\n"},
    {"too much data", "3\r\nabcd\r\n0\r\n\r\n"},
    {"an empty line more after the data", "3\r\nabc\r\n\r\n0\r\n\r\n"},
    {"LF after the last size", "0\n\r\n"},
    {"LF after the last chunk", "0\r\n\n"},
    {"CR after the last chunk", "0\r\n\rX"},
    {"LF in an extension", "3;a\nb\r\nabc\r\n0\r\n\r\n"},
    {"CR in an extension", "3;a\rb\r\nabc\r\n0\r\n\r\n"},
    {"LF in a quoted string", "3;a=\"\n\"\r\nabc\r\n0\r\n\r\n"},
    {"CRLF in a quoted string", "3;a=\"\r\nabc\r\n0\r\n\r\n\"\r\nabc\r\n0\r\n\r\n"},
    {"escaped CRLF in a quoted string", "3;a=\"\\\r\n\"\r\nabc\r\n0\r\n\r\n"},
    {"NUL in a quoted string", "3;a=\"" + kNul + "\"\r\nabc\r\n0\r\n\r\n"},
    {"0x7f in a quoted string", "3;a=\"\x7f\"\r\nabc\r\n0\r\n\r\n"},
    {"open quoted string", "3;a=\"b\r\nabc\r\n0\r\n\r\n"},
    {"extension without name", "3;\r\nabc\r\n0\r\n\r\n"},
    {"extension without semicolon", "3 a\r\nabc\r\n0\r\n\r\n"},
    {"comma for semicolon", "3,a\r\nabc\r\n0\r\n\r\n"},
    {"trailer without colon", "0\r\nabc\r\n\r\n"},
    {"trailer folded", "0\r\nA: b\r\n c\r\n\r\n"},
    {"trailer with space before colon", "0\r\nA : b\r\n\r\n"},
    {"trailer with bare LF", "0\r\nA: b\nC: d\r\n\r\n"},
    {"trailer with bare CR", "0\r\nA: b\rC: d\r\n\r\n"},
    {"trailer with NUL", "0\r\nA: " + kNul + "\r\n\r\n"},
    {"trailer Content-Length", "0\r\nContent-Length: 5\r\n\r\n"},
    {"trailer Transfer-Encoding", "0\r\nTransfer-Encoding: chunked\r\n\r\n"},
};

TEST(H1SmugglingTest, Chunks) {
  for (const Case& c : kChunks) {
    SCOPED_TRACE(c.name);
    const std::string input = WithFields("Transfer-Encoding: chunked\r\n") + c.input + std::string(kSmuggled);
    ForEachSplit(input, [&](const std::vector<std::string_view>& pieces) {
      H1Driver driver;
      driver.on_abort = [&](H1Stream* stream) { driver.Answer(stream, 400, "broken"); };
      driver.Feed(pieces);
      EXPECT_EQ(driver.output(), Response("400 Bad Request", "broken", "connection: close\r\n"));
      ASSERT_EQ(driver.stream_count(), 1u);
      EXPECT_FALSE(driver.stream(0)->end_seen);
      EXPECT_TRUE(driver.session().finished());
    });
  }
}

// Odd but clear: accepted, and the request that follows is answered.
const Case kAccepted[] = {
    {"CL with zeros", WithFields("Content-Length: 0003\r\n") + "abc", "POST /a abc"},
    {"CL with white space", WithFields("Content-Length: \t3\t \r\n") + "abc", "POST /a abc"},
    {"TE with white space", WithFields("transfer-encoding:\tCHUNKED \r\n") + "3\r\nabc\r\n0\r\n\r\n", "POST /a abc"},
    {"eight digits", WithFields("Transfer-Encoding: chunked\r\n") + "00000003\r\nabc\r\n00000000\r\n\r\n",
     "POST /a abc"},
    {"extension with tabs", WithFields("Transfer-Encoding: chunked\r\n") + "3\t;\ta\t=\tb\r\nabc\r\n0;c\r\n\r\n",
     "POST /a abc"},
    {"trailer Connection", WithFields("Transfer-Encoding: chunked\r\n") + "0\r\nConnection: close\r\n\r\n", "POST /a "},
    {"trailer Expect", WithFields("Transfer-Encoding: chunked\r\n") + "0\r\nExpect: foo\r\n\r\n", "POST /a "},
    {"trailer Host", WithFields("Transfer-Encoding: chunked\r\n") + "0\r\nHost: evil\r\n\r\n", "POST /a "},
    {"no space behind the colon", WithFields("A:b\r\n"), "POST /a "},
    {"empty value", WithFields("A:\r\nB: \r\n"), "POST /a "},
    {"name with !", WithFields("x!y: v\r\n"), "POST /a "},
    {"value with tab and 0xff", WithFields("A: b\tc\xff\r\n"), "POST /a "},
    {"lower-case method", WithLine("get /a HTTP/1.1"), "get /a "},
    {"method of 16 letters", WithLine("ABCDEFGHIJKLMNOP /a HTTP/1.1"), "ABCDEFGHIJKLMNOP /a "},
    {"empty Host", "GET /a HTTP/1.1\r\nHost:\r\n\r\n", "GET /a "},
    {"Host with port", "GET /a HTTP/1.1\r\nHost: h:80\r\n\r\n", "GET /a "},
    {"Host with empty port", "GET /a HTTP/1.1\r\nHost: h:\r\n\r\n", "GET /a "},
    {"Host of IPv6", "GET /a HTTP/1.1\r\nHost: [::1]:80\r\n\r\n", "GET /a "},
    {"absolute-form without path", WithLine("GET HTTP://h:80 HTTP/1.1"), "GET / "},
    {"absolute-form with query only", WithLine("GET https://h?a HTTP/1.1"), "GET /?a "},
    {"absolute-form, OPTIONS", WithLine("OPTIONS http://h HTTP/1.1"), "OPTIONS * "},
    {"dots and slashes are the server's", WithLine("GET //a/../%2F HTTP/1.1"), "GET //a/../%2F "},
    {"Upgrade", WithFields("Connection: upgrade\r\nUpgrade: websocket\r\n"), "POST /a "},
};

TEST(H1SmugglingTest, Accepted) {
  for (const Case& c : kAccepted) {
    SCOPED_TRACE(c.name);
    ForEachSplit(c.input + "GET /next HTTP/1.1\r\nHost: h\r\n\r\n", [&](const std::vector<std::string_view>& pieces) {
      H1Driver driver;
      driver.Feed(pieces);
      EXPECT_EQ(driver.output(), Response("200 OK", c.status) + Response("200 OK", "GET /next "));
    });
  }
}

TEST(H1SmugglingTest, AuthorityOfTheTargetWins) {
  H1Driver driver;
  driver.Feed("GET http://real.example:81/a HTTP/1.1\r\nHost: other\r\n\r\n");
  ASSERT_EQ(driver.stream_count(), 1u);
  EXPECT_EQ(driver.stream(0)->request.authority, "real.example:81");
  EXPECT_EQ(driver.stream(0)->request.headers.size(), 0u);
}

TEST(H1SmugglingTest, TrailersAreNeverHeaders) {
  H1Driver driver;
  driver.Feed(WithFields("Transfer-Encoding: chunked\r\nA: b\r\n") + "0\r\nHost: evil\r\nA: c\r\nX: y\r\n\r\n");
  ASSERT_EQ(driver.stream_count(), 1u);
  EXPECT_EQ(driver.stream(0)->request.authority, "h");
  EXPECT_EQ(driver.stream(0)->request.headers.size(), 2u);
}

}  // namespace
}  // namespace connectrpc::http
