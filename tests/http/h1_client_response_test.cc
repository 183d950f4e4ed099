#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "http/client_driver.h"
#include "http/h1_client_session.h"
#include "http/h1_lines.h"
#include "support/several_ways.h"

// What a server may answer over HTTP/1.x, and what is refused because another reader could take it for something else.
namespace connectrpc::test {
namespace {

using ::testing::ElementsAre;

constexpr const char* kNotHttp1 = "reset 2: the response is not valid HTTP/1.1";
constexpr const char* kAmbiguous = "reset 2: the length of the response is ambiguous";
constexpr const char* kBadBody = "reset 2: the body of the response is not valid HTTP/1.1";
constexpr const char* kHeadTooLarge = "reset 2 too large: the response's header is too large";
constexpr const char* kTrailersTooLarge = "reset 2 too large: the response's trailers are too large";

struct Case {
  const char* name;
  std::string response;
  std::vector<std::string> log;  // without "closed"
};

// What a client makes of `pieces` after one request.
std::vector<std::string> Answer(const std::vector<std::string_view>& pieces,
                                const http::ClientSessionLimits& limits = {}) {
  ClientDriver driver(http::NewHttp1ClientSession(limits));
  driver.Start("abc");
  driver.Output();
  driver.Feed(pieces);
  return driver.log(1);
}

void ExpectAnswers(const std::vector<Case>& cases, const http::ClientSessionLimits& limits = {}) {
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    std::vector<std::string> log = c.log;
    log.emplace_back("closed");
    ForEachSplit(c.response,
                 [&](const std::vector<std::string_view>& pieces) { EXPECT_EQ(Answer(pieces, limits), log); });
  }
}

std::string Ok(std::string_view fields, std::string_view body = "") {
  return "HTTP/1.1 200 OK\r\n" + std::string(fields) + "\r\n" + std::string(body);
}
std::string Chunked(std::string_view body) {
  return Ok("Transfer-Encoding: chunked\r\n", body);
}

TEST(H1ClientResponseTest, Bodies) {
  ExpectAnswers({
      {"length", Ok("Content-Length: 2\r\n", "ok"), {"head 200", "body ok", "end"}},
      {"length 0", Ok("Content-Length: 0\r\n"), {"head 200 end"}},
      {"chunked", Chunked("2\r\nok\r\n1;a=b\r\n!\r\n0\r\n\r\n"), {"head 200", "body ok!", "end"}},
      {"chunked, empty", Chunked("0\r\n\r\n"), {"head 200", "end"}},
      {"chunked, any case", Ok("TRANSFER-ENCODING: Chunked\r\n", "0\r\n\r\n"), {"head 200", "end"}},
      {"204", "HTTP/1.1 204 No Content\r\n\r\n", {"head 204 end"}},
      {"204 with length 0", "HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n", {"head 204 end"}},
      {"304 with the length of another", "HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\n\r\n", {"head 304 end"}},
      {"304 chunked", "HTTP/1.1 304 Not Modified\r\nTransfer-Encoding: chunked\r\n\r\n", {"head 304 end"}},
      {"205 is like any other",
       "HTTP/1.1 205 Reset Content\r\nContent-Length: 1\r\n\r\nx",
       {"head 205", "body x", "end"}},
      {"no reason", "HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n", {"head 200 end"}},
      {"status beyond the known", "HTTP/1.1 799 ?\r\nContent-Length: 0\r\n\r\n", {"head 799 end"}},
      {"HTTP/1.0", "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok", {"head 200", "body ok", "end"}},
      {"informational responses",
       "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n" + Ok("Content-Length: 0\r\n"),
       {"head 200 end"}},
  });
}

TEST(H1ClientResponseTest, AmbiguousLengths) {
  ExpectAnswers({
      {"both", Ok("Content-Length: 2\r\nTransfer-Encoding: chunked\r\n"), {kNotHttp1}},
      {"both, the other way round", Ok("Transfer-Encoding: chunked\r\nContent-Length: 2\r\n"), {kNotHttp1}},
      {"two lengths", Ok("Content-Length: 2\r\nContent-Length: 3\r\n"), {kNotHttp1}},
      {"two equal lengths", Ok("Content-Length: 2\r\nContent-Length: 2\r\n"), {kAmbiguous}},
      {"list of lengths", Ok("Content-Length: 2, 2\r\n"), {kAmbiguous}},
      {"signed length", Ok("Content-Length: +2\r\n"), {kNotHttp1}},
      {"hexadecimal length", Ok("Content-Length: 0x2\r\n"), {kNotHttp1}},
      {"empty length", Ok("Content-Length:\r\n"), {kNotHttp1}},
      {"length of 2^63", Ok("Content-Length: 9223372036854775808\r\n"), {kAmbiguous}},
      {"length of 2^64", Ok("Content-Length: 18446744073709551616\r\n"), {kNotHttp1}},
      {"identity", Ok("Transfer-Encoding: identity\r\n"), {kAmbiguous}},
      {"xchunked", Ok("Transfer-Encoding: xchunked\r\n"), {kAmbiguous}},
      {"chunked, identity", Ok("Transfer-Encoding: chunked, identity\r\n"), {kAmbiguous}},
      {"gzip, chunked", Ok("Transfer-Encoding: gzip, chunked\r\n"), {kAmbiguous}},
      {"chunked twice", Ok("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"), {kNotHttp1}},
      {"chunked in HTTP/1.0", "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", {kAmbiguous}},
      {"204 with a length", "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n", {kAmbiguous}},
      {"204 chunked", "HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n", {kAmbiguous}},
      {"1xx with a length", "HTTP/1.1 100 Continue\r\nContent-Length: 5\r\n\r\n", {kAmbiguous}},
      {"1xx chunked", "HTTP/1.1 100 Continue\r\nTransfer-Encoding: chunked\r\n\r\n", {kAmbiguous}},
  });
}

TEST(H1ClientResponseTest, Malformed) {
  ExpectAnswers({
      {"HTTP/2", std::string("\0\0\0\4\0\0\0\0\0", 9), {kNotHttp1}},
      {"HTTP/0.9", "<html>", {kNotHttp1}},
      {"other version", "HTTP/1.2 200 OK\r\n\r\n", {kNotHttp1}},
      {"lower case", "http/1.1 200 OK\r\n\r\n", {kNotHttp1}},
      {"empty line first", "\r\nHTTP/1.1 200 OK\r\n\r\n", {kNotHttp1}},
      {"two digits", "HTTP/1.1 20 OK\r\n\r\n", {kNotHttp1}},
      {"four digits", "HTTP/1.1 2000 OK\r\n\r\n", {kNotHttp1}},
      {"status below the known", "HTTP/1.1 099 ?\r\n\r\n", {"reset 2: the response's status is not valid"}},
      {"101",
       "HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n",
       {"reset 2: the server switches protocols unasked"}},
      {"obs-fold", Ok("A: b\r\n c\r\n"), {kNotHttp1}},
      {"obs-fold by tab", Ok("A: b\r\n\tc\r\n"), {kNotHttp1}},
      {"bare LF after the status line", "HTTP/1.1 200 OK\nA: b\r\n\r\n", {kNotHttp1}},
      {"bare LF after a field", Ok("A: b\nC: d\r\n"), {kNotHttp1}},
      {"bare CR in a value", Ok("A: b\rc\r\n"), {kNotHttp1}},
      {"NUL in a value", Ok("A: b" + std::string(1, '\0') + "\r\n"), {kNotHttp1}},
      {"space before the colon", Ok("A : b\r\n"), {kNotHttp1}},
      {"no colon", Ok("A\r\n"), {kNotHttp1}},
      {"no name", Ok(": b\r\n"), {kNotHttp1}},
      {"chunk size of a letter", Chunked("x\r\n"), {"head 200", kBadBody}},
      {"chunk size of nothing", Chunked("\r\n"), {"head 200", kBadBody}},
      {"chunk size with a sign", Chunked("+2\r\nok\r\n"), {"head 200", kBadBody}},
      {"chunk size of nine digits", Chunked("000000002\r\nok\r\n"), {"head 200", kBadBody}},
      {"bare LF after a chunk size", Chunked("2\nok\r\n"), {"head 200", kBadBody}},
      {"no line end after a chunk", Chunked("2\r\nok!\r\n"), {"head 200", "body ok", kBadBody}},
      {"folded trailer", Chunked("0\r\na: b\r\n c\r\n\r\n"), {"head 200", kBadBody}},
      {"length among the trailers", Chunked("0\r\nContent-Length: 7\r\n\r\n"), {"head 200", kBadBody}},
      {"trailer without a colon", Chunked("0\r\na\r\n\r\n"), {"head 200", kBadBody}},
  });
}

TEST(H1ClientResponseTest, TrailersAreKeptApart) {
  const std::string response = Chunked("2\r\nok\r\n0\r\nGrpc-Status: 0\r\nConnection: close\r\n\r\n");
  ForEachSplit(response, [&](const std::vector<std::string_view>& pieces) {
    ClientDriver driver(http::NewHttp1ClientSession({}));
    CallStream* stream = driver.Start("abc");
    driver.Output();
    driver.Feed(pieces);
    EXPECT_THAT(driver.log(1), ElementsAre("head 200", "body ok", "end", "closed"));
    EXPECT_EQ(stream->response.headers.size(), 1u);
    EXPECT_EQ(stream->trailers.size(), 2u);
    EXPECT_EQ(stream->trailers.Find("grpc-status"), "0");
    EXPECT_EQ(driver.session().capacity(), 1u) << "a trailer says nothing about the connection";
  });
}

TEST(H1ClientResponseTest, Limits) {
  http::ClientSessionLimits limits;
  limits.max_header_list_bytes = 300;
  limits.max_header_fields = 4;
  limits.max_informational_responses = 2;
  // The list counts 32 for a field on top of name and value.
  const std::string empty = "content-length: 0\r\n";  // 47 bytes of list
  const auto field = [](size_t list_bytes) { return "a: " + std::string(list_bytes - 33, 'v') + "\r\n"; };
  const auto line = [](size_t bytes) { return "HTTP/1.1 200 " + std::string(bytes - 13, 'r') + "\r\n"; };
  const std::string informational = "HTTP/1.1 100 Continue\r\n\r\n";
  const std::vector<std::string> ok = {"head 200 end"};
  const std::vector<std::string> chunked_ok = {"head 200", "end"};
  ExpectAnswers(
      {
          {"header bytes: n", Ok(empty + field(300 - 47)), ok},
          {"header bytes: n + 1", Ok(empty + field(301 - 47)), {kHeadTooLarge}},
          {"header fields: n", Ok(empty + "a: b\r\na: b\r\na: b\r\n"), ok},
          {"header fields: n + 1", Ok(empty + "a: b\r\na: b\r\na: b\r\na: b\r\n"), {kHeadTooLarge}},
          {"status line: n", line(300) + empty + "\r\n", ok},
          {"status line: n + 1", line(301) + empty + "\r\n", {kHeadTooLarge}},
          {"trailer bytes: n", Chunked("0\r\n" + field(300) + "\r\n"), chunked_ok},
          {"trailer bytes: n + 1", Chunked("0\r\n" + field(301) + "\r\n"), {"head 200", kTrailersTooLarge}},
          {"trailer fields: n", Chunked("0\r\na:\r\na:\r\na:\r\na:\r\n\r\n"), chunked_ok},
          {"trailer fields: n + 1",
           Chunked("0\r\na:\r\na:\r\na:\r\na:\r\na:\r\n\r\n"),
           {"head 200", kTrailersTooLarge}},
          {"informational: n", informational + informational + Ok(empty), ok},
          {"informational: n + 1",
           informational + informational + informational + Ok(empty),
           {"reset 2 too large: the server sent too many informational responses"}},
          {"chunk extension: n",
           Chunked("1;" + std::string(http::kMaxChunkExtensionBytes - 1, 'e') + "\r\nx\r\n0\r\n\r\n"),
           {"head 200", "body x", "end"}},
          {"chunk extension: n + 1",
           Chunked("1;" + std::string(http::kMaxChunkExtensionBytes, 'e') + "\r\nx\r\n0\r\n\r\n"),
           {"head 200", kBadBody}},
      },
      limits);
}

TEST(H1ClientResponseTest, AllChunkExtensionsOfABody) {
  const std::string chunk = "1;" + std::string(http::kMaxChunkExtensionBytes - 1, 'e') + "\r\nx\r\n";
  const size_t most = http::kMaxBodyExtensionBytes / http::kMaxChunkExtensionBytes;
  std::string chunks;
  for (size_t i = 0; i < most; ++i) chunks += chunk;
  const std::string body(most, 'x');
  const std::string at = Chunked(chunks + "0\r\n\r\n");
  const std::string beyond = Chunked(chunks + "1;e\r\nx\r\n0\r\n\r\n");
  EXPECT_THAT(Answer({at}), ElementsAre("head 200", "body " + body, "end", "closed"));
  EXPECT_THAT(Answer({beyond}), ElementsAre("head 200", "body " + body, kBadBody, "closed"));
}

// Whatever never ends is not kept.
TEST(H1ClientResponseTest, MemoryIsBounded) {
  for (const std::string start : {"HTTP/1.1 200 ", "HTTP/1.1 200 OK\r\na: ",
                                  "HTTP/1.1 200 OK\r\ntransfer-encoding: "
                                  "chunked\r\n\r\n0\r\na: "}) {
    SCOPED_TRACE(start);
    http::H1ClientSession session({});
    CallStream stream;
    stream.request.method = "POST";
    stream.request.target = "/";
    stream.request.authority = "host";
    stream.body.ended = true;
    session.Start(&stream);
    wire::OutputQueue out;
    session.Write(&out, SIZE_MAX);
    session.Feed(start);
    for (int i = 0; i < 100 && !session.finished(); ++i) {
      session.Feed(std::string(1000, 'x'));
      EXPECT_LE(session.buffered_bytes(), 40'000u);
    }
    EXPECT_TRUE(session.finished());
    EXPECT_TRUE(stream.too_large);
  }
}

// Cut off at each byte, a response is told apart from a whole one.
TEST(H1ClientResponseTest, TruncatedAtEachByte) {
  const std::vector<std::string> responses = {
      Ok("content-length: 2\r\n", "ok"),
      Chunked("2\r\nok\r\n0\r\na: b\r\n\r\n"),
      "HTTP/1.1 100 Continue\r\n\r\n" + Ok("content-length: 0\r\n"),
  };
  for (const std::string& response : responses) {
    for (size_t size = 0; size <= response.size(); ++size) {
      SCOPED_TRACE(response.substr(0, size));
      ClientDriver driver(http::NewHttp1ClientSession({}));
      CallStream* stream = driver.Start("abc");
      driver.Output();
      driver.Feed(response.substr(0, size));
      driver.FeedEnd();
      EXPECT_TRUE(stream->closed);
      EXPECT_EQ(stream->was_reset, size < response.size());
      EXPECT_EQ(stream->fault.empty(), !stream->was_reset);
      EXPECT_FALSE(stream->unprocessed);
      EXPECT_TRUE(driver.session().finished());
    }
  }
}

}  // namespace
}  // namespace connectrpc::test
