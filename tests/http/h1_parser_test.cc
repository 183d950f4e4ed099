#include "http/h1_parser.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <string_view>

namespace connectrpc::http {
namespace {

using wire::DecodeStatus;

TEST(H1ParserTest, FixedBody) {
  H1Parser parser(SessionLimits{});
  wire::RequestHead head;
  EXPECT_FALSE(parser.inside_head());
  std::string_view input = "POST / HT";
  EXPECT_EQ(parser.ReadHead(&input, &head), DecodeStatus::kNeedMore);
  EXPECT_EQ(input, "");
  EXPECT_TRUE(parser.inside_head());
  EXPECT_EQ(parser.buffered_bytes(), 9u);
  const std::string rest = "TP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhelloGET";
  input = rest;
  EXPECT_EQ(parser.ReadHead(&input, &head), DecodeStatus::kDone);
  EXPECT_EQ(input, "helloGET");
  EXPECT_EQ(head.method, "POST");
  EXPECT_FALSE(parser.inside_head());
  EXPECT_EQ(parser.buffered_bytes(), 0u);
  EXPECT_TRUE(parser.has_body());
  EXPECT_EQ(parser.remaining(), 5u);

  std::string_view piece;
  std::string_view first = input.substr(0, 2);
  EXPECT_EQ(parser.ReadBody(&first, &piece), DecodeStatus::kNeedMore);
  EXPECT_EQ(piece, "he");
  EXPECT_EQ(parser.remaining(), 3u);
  EXPECT_EQ(parser.ReadBody(&first, &piece), DecodeStatus::kNeedMore);
  EXPECT_EQ(piece, "");
  input.remove_prefix(2);
  EXPECT_EQ(parser.ReadBody(&input, &piece), DecodeStatus::kDone);
  EXPECT_EQ(piece, "llo");
  EXPECT_EQ(piece.data(), rest.data() + rest.find("llo")) << "in place";
  EXPECT_EQ(input, "GET");
  EXPECT_EQ(parser.remaining(), 0u);

  parser.NextRequest();
  head.Clear();
  EXPECT_EQ(parser.ReadHead(&input, &head), DecodeStatus::kNeedMore);
  input = " /2 HTTP/1.0\r\n\r\n";
  EXPECT_EQ(parser.ReadHead(&input, &head), DecodeStatus::kDone);
  EXPECT_EQ(head.target, "/2");
  EXPECT_EQ(head.version, wire::HttpVersion::kHttp10);
  EXPECT_FALSE(parser.has_body());
}

TEST(H1ParserTest, ChunkedBody) {
  H1Parser parser(SessionLimits{});
  wire::RequestHead head;
  std::string_view input =
      "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n3;x\r\nyou\r\n0\r\na: b\r\n\r\nrest";
  ASSERT_EQ(parser.ReadHead(&input, &head), DecodeStatus::kDone);
  EXPECT_TRUE(parser.has_body());
  EXPECT_EQ(parser.remaining(), std::nullopt);
  std::string body;
  DecodeStatus status = DecodeStatus::kNeedMore;
  while (status == DecodeStatus::kNeedMore && !input.empty()) {
    std::string_view piece;
    status = parser.ReadBody(&input, &piece);
    body += piece;
  }
  EXPECT_EQ(status, DecodeStatus::kDone);
  EXPECT_EQ(body, "hiyou");
  EXPECT_EQ(input, "rest");
}

TEST(H1ParserTest, Errors) {
  struct Case {
    const char* input;
    int status;
  };
  const Case cases[] = {
      {"GET / HTTP/1.1\r\n\r\n", 400},
      {"GET / HTTP/3.0\r\n\r\n", 505},
      {"CONNECT / HTTP/1.1\r\nHost: h\r\n\r\n", 501},
      {"GET / HTTP/1.1\r\nHost: h\r\nExpect: x\r\n\r\n", 417},
  };
  for (const Case& c : cases) {
    H1Parser parser(SessionLimits{});
    wire::RequestHead head;
    std::string_view input = c.input;
    EXPECT_EQ(parser.ReadHead(&input, &head), DecodeStatus::kError) << c.input;
    EXPECT_EQ(parser.error_status(), c.status) << c.input;
    EXPECT_EQ(parser.buffered_bytes(), 0u);
  }
}

}  // namespace
}  // namespace connectrpc::http
