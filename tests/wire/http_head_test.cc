#include "wire/http_head.h"

#include <gtest/gtest.h>

namespace connectrpc::wire {
namespace {

TEST(HttpHead, ClearEmptiesARequest) {
  RequestHead head;
  head.version = HttpVersion::kHttp11;
  head.method = "POST";
  head.target = "/a.B/C";
  head.scheme = "https";
  head.authority = "host";
  head.headers.Add("a", "b");
  head.Clear();
  EXPECT_EQ(head.version, HttpVersion::kHttp2);
  EXPECT_EQ(head.method, "");
  EXPECT_EQ(head.target, "");
  EXPECT_EQ(head.scheme, "");
  EXPECT_EQ(head.authority, "");
  EXPECT_TRUE(head.headers.empty());
}

TEST(HttpHead, ClearEmptiesAResponse) {
  ResponseHead head;
  head.status = 404;
  head.headers.Add("a", "b");
  head.Clear();
  EXPECT_EQ(head.status, 200);
  EXPECT_TRUE(head.headers.empty());
}

TEST(HttpHead, ClearEmptiesABody) {
  OutgoingBody body;
  body.queue.Append("bytes");
  body.ended = true;
  body.trailers.Add("grpc-status", "0");
  body.Clear();
  EXPECT_TRUE(body.queue.empty());
  EXPECT_FALSE(body.ended);
  EXPECT_TRUE(body.trailers.empty());
}

}  // namespace
}  // namespace connectrpc::wire
