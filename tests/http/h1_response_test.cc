#include "http/h1_response.h"

#include <gtest/gtest.h>

#include <string>

namespace connectrpc::http {
namespace {

std::string Head(const wire::ResponseHead& head, const H1ResponseControl& control = {}) {
  std::string out;
  AppendResponseHead(head, control, &out);
  return out;
}

TEST(H1ResponseTest, FieldsAsTheyAre) {
  wire::ResponseHead head;
  head.status = 499;
  head.headers.Add("content-type", "application/json");
  head.headers.Add("x-a", "1");
  head.headers.Add("x-a", "");
  head.headers.Add("x-b", "\xff\t");
  EXPECT_EQ(Head(head),
            "HTTP/1.1 499 Client Closed Request\r\ncontent-type: application/json\r\nx-a: 1\r\nx-a: \r\nx-b: \xff\t\r\n"
            "\r\n");
}

TEST(H1ResponseTest, NothingSplitsTheResponse) {
  wire::ResponseHead head;
  head.headers.Add("a", "b\r\nc: d");
  head.headers.Add("a", "b\nc");
  head.headers.Add("a", "b\rc");
  head.headers.Add("a", std::string_view("b\0c", 3));
  head.headers.Add("a\r\nb", "c");
  head.headers.Add("connection", "keep-alive");
  head.headers.Add("content-length", "1");
  head.headers.Add("transfer-encoding", "chunked");
  head.headers.Add("ok", "yes");
  EXPECT_EQ(Head(head), "HTTP/1.1 200 OK\r\nok: yes\r\n\r\n");
}

TEST(H1ResponseTest, Control) {
  using Length = H1ResponseControl::Length;
  using Persistence = H1ResponseControl::Persistence;
  struct Case {
    const char* name;
    H1ResponseControl control;
    const char* fields;
  };
  const Case cases[] = {
      {"none", {Length::kNone, 5, Persistence::kDefault, {}}, ""},
      {"known",
       {Length::kKnown, 18446744073709551615u, Persistence::kDefault, {}},
       "content-length: 18446744073709551615\r\n"},
      {"chunked",
       {Length::kChunked, 5, Persistence::kKeepAlive, {}},
       "transfer-encoding: chunked\r\nconnection: keep-alive\r\n"},
      {"until close", {Length::kUntilClose, 5, Persistence::kClose, {}}, "connection: close\r\n"},
      {"date", {Length::kChunked, 5, Persistence::kDefault, "now"}, "date: now\r\ntransfer-encoding: chunked\r\n"},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(Head({}, c.control), "HTTP/1.1 200 OK\r\n" + std::string(c.fields) + "\r\n") << c.name;
  }
}

TEST(H1ResponseTest, DateOfTheApplicationIsTheOnlyOne) {
  wire::ResponseHead head;
  head.headers.Add("date", "then");
  H1ResponseControl control;
  control.date = "now";
  EXPECT_EQ(Head(head, control), "HTTP/1.1 200 OK\r\ndate: then\r\n\r\n");
}

TEST(H1ResponseTest, StatusIsAFinalOne) {
  wire::ResponseHead head;
  for (const int status : {-1, 0, 100, 199, 600, 1000}) {
    head.status = status;
    EXPECT_EQ(Head(head), "HTTP/1.1 500 Internal Server Error\r\n\r\n") << status;
  }
  head.status = 299;
  EXPECT_EQ(Head(head), "HTTP/1.1 299 \r\n\r\n");
}

TEST(H1ResponseTest, EveryStatusThatWeUseHasAReason) {
  for (const int status : {200, 204, 304, 400, 401, 403, 404, 405, 408, 409, 412, 413, 414,
                           415, 417, 421, 429, 431, 499, 500, 501, 502, 503, 504, 505}) {
    EXPECT_FALSE(ReasonPhrase(status).empty()) << status;
  }
}

TEST(H1ResponseTest, ChunkHeader) {
  std::string out;
  AppendChunkHeader(1, &out);
  AppendChunkHeader(0xabcdef0123456789u, &out);
  EXPECT_EQ(out, "1\r\nabcdef0123456789\r\n");
}

}  // namespace
}  // namespace connectrpc::http
