#include "http/h1_client_session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "http/client_driver.h"

namespace connectrpc::test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr std::string_view kOk = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
constexpr std::string_view kHead = "POST /svc.S/Unary HTTP/1.1\r\nhost: host\r\n";
constexpr std::string_view kLostBefore = "reset 2: the connection was lost before the response";

ClientDriver NewDriver(const http::ClientSessionLimits& limits = {}) {
  return ClientDriver(http::NewHttp1ClientSession(limits));
}

TEST(H1ClientSessionTest, Calls) {
  ClientDriver driver = NewDriver();
  for (size_t call = 1; call <= 3; ++call) {
    EXPECT_EQ(driver.session().capacity(), 1u);
    CallStream* stream = driver.Start("request");
    EXPECT_EQ(stream->request.version, wire::HttpVersion::kHttp11);
    EXPECT_EQ(driver.session().capacity(), 0u);
    EXPECT_FALSE(driver.session().idle());
    EXPECT_EQ(driver.Output(), std::string(kHead) + "content-length: 7\r\n\r\nrequest");
    EXPECT_TRUE(stream->request_sent);
    driver.Feed("HTTP/1.1 200 OK\r\nContent-Type: application/proto\r\nContent-Length: 8\r\n\r\nresponse");
    EXPECT_THAT(driver.log(call), ElementsAre("head 200", "body response", "end", "closed"));
    EXPECT_EQ(stream->response.headers.Find("content-type"), "application/proto");
    EXPECT_TRUE(driver.session().idle());
  }
  EXPECT_FALSE(driver.session().going_away());
  EXPECT_FALSE(driver.session().finished());
  EXPECT_TRUE(driver.session().want_read());
}

TEST(H1ClientSessionTest, Requests) {
  struct Case {
    const char* name;
    std::function<void(CallStream&)> fill;
    std::string output;
  };
  const std::string kGet = "GET /svc.S/Unary HTTP/1.1\r\nhost: host\r\n";
  const std::vector<Case> cases = {
      {"POST with a body",
       [](CallStream& s) {
         s.body.queue.Append("abc");
         s.body.ended = true;
       },
       std::string(kHead) + "content-length: 3\r\n\r\nabc"},
      {"POST without a body", [](CallStream& s) { s.body.ended = true; },
       std::string(kHead) + "content-length: 0\r\n\r\n"},
      {"GET",
       [](CallStream& s) {
         s.request.method = "GET";
         s.body.ended = true;
       },
       kGet + "\r\n"},
      {"open", [](CallStream& s) { s.body.queue.Append("abc"); },
       std::string(kHead) + "transfer-encoding: chunked\r\n\r\n3\r\nabc\r\n"},
      {"open, nothing yet", [](CallStream&) {}, std::string(kHead) + "transfer-encoding: chunked\r\n\r\n"},
      {"fields",
       [](CallStream& s) {
         s.request.headers.Add("a", "1");
         s.request.headers.Add("a", "");
         s.request.headers.Add("b", "x\ty \xff");
         s.body.ended = true;
       },
       std::string(kHead) + "a: 1\r\na: \r\nb: x\ty \xff\r\ncontent-length: 0\r\n\r\n"},
      {"fields that are the session's",
       [](CallStream& s) {
         for (const char* name : {"host", "content-length", "transfer-encoding", "connection", "expect"}) {
           s.request.headers.Add(name, "5");
         }
         s.body.ended = true;
       },
       std::string(kHead) + "content-length: 0\r\n\r\n"},
      {"trailers have no place",
       [](CallStream& s) {
         s.body.trailers.Add("a", "1");
         s.body.queue.Append("abc");
         s.body.ended = true;
       },
       std::string(kHead) + "content-length: 3\r\n\r\nabc"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    ClientDriver driver = NewDriver();
    driver.Start(c.fill);
    EXPECT_EQ(driver.Output(), c.output);
    EXPECT_EQ(driver.Output(), "");
  }
}

TEST(H1ClientSessionTest, BodyThatComesLater) {
  ClientDriver driver = NewDriver();
  CallStream* stream = driver.Start("", true);
  EXPECT_EQ(driver.Output(), std::string(kHead) + "transfer-encoding: chunked\r\n\r\n");
  EXPECT_TRUE(stream->deferred);
  driver.Send(stream, "one", false);
  EXPECT_FALSE(stream->deferred);
  EXPECT_EQ(driver.Output(), "3\r\none\r\n");
  driver.Send(stream, "two", true);
  EXPECT_EQ(driver.Output(), "3\r\ntwo\r\n0\r\n\r\n");
  EXPECT_TRUE(stream->request_sent);
  driver.Feed(kOk);
  EXPECT_THAT(driver.log(1), ElementsAre("head 200", "body ok", "end", "closed"));
  EXPECT_EQ(driver.session().capacity(), 1u);
}

TEST(H1ClientSessionTest, EndsWithNothingMoreToSend) {
  ClientDriver driver = NewDriver();
  CallStream* stream = driver.Start("abc", true);
  driver.Output();
  driver.Send(stream, "", true);
  EXPECT_EQ(driver.Output(), "0\r\n\r\n");
  EXPECT_TRUE(stream->request_sent);
}

TEST(H1ClientSessionTest, WritesUpToTheHighWaterMark) {
  ClientDriver driver = NewDriver();
  const std::string body(100'000, 'b');
  CallStream* stream = driver.Start(body);
  EXPECT_EQ(driver.Output(0), "");
  EXPECT_FALSE(stream->head_written);
  std::string all;
  size_t writes = 0;
  while (!stream->request_sent) {
    const std::string some = driver.Output(10'000);
    ASSERT_FALSE(some.empty());
    EXPECT_LE(some.size(), 10'000u);
    all += some;
    ++writes;
  }
  EXPECT_EQ(writes, 11u);
  EXPECT_EQ(all, std::string(kHead) + "content-length: 100000\r\n\r\n" + body);
}

TEST(H1ClientSessionTest, WhatWouldInjectIsNotSent) {
  struct Case {
    const char* name;
    std::function<void(wire::RequestHead&)> change;
    const char* fault;
  };
  const std::vector<Case> cases = {
      {"line break in the target", [](auto& r) { r.target = "/a\r\nb: c"; }, "the request's target is not valid"},
      {"space in the target", [](auto& r) { r.target = "/a b"; }, "the request's target is not valid"},
      {"fragment in the target", [](auto& r) { r.target = "/a#b"; }, "the request's target is not valid"},
      {"no target", [](auto& r) { r.target.clear(); }, "the request's target is not valid"},
      {"space in the method", [](auto& r) { r.method = "GET /"; }, "the request's method is not valid"},
      {"no method", [](auto& r) { r.method.clear(); }, "the request's method is not valid"},
      {"CONNECT", [](auto& r) { r.method = "CONNECT"; }, "the request's method is not valid"},
      {"LF in the authority", [](auto& r) { r.authority = "a\nb"; }, "the request's authority is not valid"},
      {"no authority", [](auto& r) { r.authority.clear(); }, "the request's authority is not valid"},
      {"NUL in the scheme", [](auto& r) { r.scheme = std::string("h\0p", 3); }, "the request's scheme is not valid"},
      {"CR in a value", [](auto& r) { r.headers.Add("a", "b\rc"); }, "a header field of the request is not valid"},
      {"LF in a value", [](auto& r) { r.headers.Add("a", "b\nc"); }, "a header field of the request is not valid"},
      {"NUL in a value", [](auto& r) { r.headers.Add("a", std::string("b\0", 2)); },
       "a header field of the request is not valid"},
      {"colon in a name", [](auto& r) { r.headers.Add("a: b", "c"); }, "a header field of the request is not valid"},
      {"pseudo name", [](auto& r) { r.headers.Add(":path", "/"); }, "a header field of the request is not valid"},
      {"upper case in a name", [](auto& r) { r.headers.Add("A", "c"); }, "a header field of the request is not valid"},
      {"no name", [](auto& r) { r.headers.Add("", "c"); }, "a header field of the request is not valid"},
  };
  for (const bool http2 : {false, true}) {
    for (const Case& c : cases) {
      SCOPED_TRACE(c.name);
      SCOPED_TRACE(http2 ? "HTTP/2" : "HTTP/1.1");
      ClientDriver driver(http2 ? http::NewHttp2ClientSession({}) : http::NewHttp1ClientSession({}));
      const std::string preface = driver.Output();
      driver.Start([&](CallStream& s) {
        s.body.ended = true;
        c.change(s.request);
      });
      EXPECT_EQ(driver.Output(), "");
      EXPECT_THAT(driver.log(1), ElementsAre("reset 2: " + std::string(c.fault), "closed"));
      EXPECT_TRUE(driver.session().idle());
      EXPECT_GT(driver.session().capacity(), 0u) << "the connection is as good as before";
    }
  }
}

TEST(H1ClientSessionTest, EarlyResponseEndsTheConnection) {
  ClientDriver driver = NewDriver();
  CallStream* stream = driver.Start("abc", true);
  driver.Output();
  driver.Feed("HTTP/1.1 413 Content Too Large\r\ncontent-length: 2\r\n\r\nno");
  EXPECT_THAT(driver.log(1), ElementsAre("head 413", "body no", "end", "closed"));
  EXPECT_FALSE(stream->request_sent);
  EXPECT_TRUE(driver.session().finished());
  EXPECT_TRUE(driver.session().going_away());
  EXPECT_EQ(driver.session().capacity(), 0u);
  driver.Send(stream, "more", true);
  EXPECT_EQ(driver.Output(), "");
}

// The head may come early as well, and the request go on.
TEST(H1ClientSessionTest, ResponseBeginsBeforeTheRequestEnds) {
  ClientDriver driver = NewDriver();
  CallStream* stream = driver.Start("ping", true);
  driver.Output();
  driver.Feed("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\npong\r\n");
  driver.Send(stream, "ping", true);
  EXPECT_EQ(driver.Output(), "4\r\nping\r\n0\r\n\r\n");
  driver.Feed("4\r\npong\r\n0\r\n\r\n");
  EXPECT_THAT(driver.log(1), ElementsAre("head 200", "body pongpong", "end", "closed"));
  EXPECT_EQ(driver.session().capacity(), 1u);
}

TEST(H1ClientSessionTest, ConnectionIsUsedAgainWhereTheServerAllows) {
  struct Case {
    const char* name;
    std::string response;
    bool again;
  };
  const std::string length = "content-length: 0\r\n";
  const std::vector<Case> cases = {
      {"HTTP/1.1", "HTTP/1.1 200 OK\r\n" + length + "\r\n", true},
      {"HTTP/1.1 close", "HTTP/1.1 200 OK\r\nConnection: close\r\n" + length + "\r\n", false},
      {"HTTP/1.1 close in a list", "HTTP/1.1 200 OK\r\nConnection: a, CLOSE\r\n" + length + "\r\n", false},
      {"HTTP/1.0", "HTTP/1.0 200 OK\r\n" + length + "\r\n", false},
      {"HTTP/1.0 keep-alive", "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n" + length + "\r\n", true},
      {"until close", "HTTP/1.1 200 OK\r\n\r\n", false},
      {"close in an informational response",
       "HTTP/1.1 100 Continue\r\nConnection: close\r\n\r\nHTTP/1.1 200 OK\r\n" + length + "\r\n", true},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    ClientDriver driver = NewDriver();
    driver.Start("abc");
    driver.Output();
    driver.Feed(c.response);
    EXPECT_EQ(driver.session().capacity(), c.again ? 1u : 0u);
    EXPECT_EQ(driver.session().going_away(), !c.again);
  }
}

TEST(H1ClientSessionTest, WhatComesUnaskedMakesTheConnectionUseless) {
  struct Case {
    const char* name;
    bool call_before;
    std::string_view response;  // with what is too much
  };
  const std::vector<Case> cases = {
      {"before any request", false, "H"},
      {"a response too many", true,
       "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nokHTTP/1.1 408 Request Timeout\r\n\r\n"},
      {"a byte too many", true, "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok!"},
      {"a body where none may be", true, "HTTP/1.1 204 No Content\r\n\r\nx"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    ClientDriver driver = NewDriver();
    if (c.call_before) {
      driver.Start("abc");
      driver.Output();
    }
    driver.Feed(c.response);
    EXPECT_EQ(driver.session().capacity(), 0u);
    EXPECT_TRUE(driver.session().finished());
    EXPECT_TRUE(driver.session().idle());
    if (c.call_before) {
      EXPECT_EQ(driver.log(1).back(), "closed");
    }
    driver.Feed("more of it");
    driver.FeedEnd();
  }
}

// The next request was started, but not written, when the server spoke or went: it is for another connection.
TEST(H1ClientSessionTest, NothingIsLostThatWasNotWritten) {
  for (const bool speaks : {true, false}) {
    ClientDriver driver = NewDriver();
    driver.Start("abc");
    driver.Output();
    driver.Feed(kOk);
    driver.Start("again");
    speaks ? driver.Feed("HTTP/1.1 408 Request Timeout\r\n\r\n") : driver.FeedEnd();
    EXPECT_THAT(driver.log(2), ElementsAre(speaks ? "reset 2 unprocessed: the server sent a response before the request"
                                                  : "reset 2 unprocessed: the connection was lost before the response",
                                           "closed"));
    EXPECT_EQ(driver.Output(), "");
    EXPECT_TRUE(driver.session().finished());
  }
}

TEST(H1ClientSessionTest, LossOfTheConnection) {
  struct Case {
    const char* name;
    std::string response;
    std::vector<std::string> log;
  };
  const std::string lost_inside = "reset 2: the connection was lost inside the response's body";
  const std::vector<Case> cases = {
      {"before the response", "", {std::string(kLostBefore), "closed"}},
      {"inside the head", "HTTP/1.1 200 OK\r\n", {std::string(kLostBefore), "closed"}},
      {"after an informational response", "HTTP/1.1 100 Continue\r\n\r\n", {std::string(kLostBefore), "closed"}},
      {"inside the body",
       "HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nok",
       {"head 200", "body ok", lost_inside, "closed"}},
      {"inside a chunk",
       "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nok",
       {"head 200", "body ok", lost_inside, "closed"}},
      {"before the last chunk",
       "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n",
       {"head 200", "body ok", lost_inside, "closed"}},
      {"inside the trailers",
       "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\na: b\r\n",
       {"head 200", lost_inside, "closed"}},
      {"where it ends the body", "HTTP/1.1 200 OK\r\n\r\nok", {"head 200", "body ok", "end", "closed"}},
      {"where it ends an empty body", "HTTP/1.0 200 OK\r\n\r\n", {"head 200", "end", "closed"}},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    ClientDriver driver = NewDriver();
    driver.Start("abc");
    driver.Output();
    driver.Feed(c.response);
    driver.FeedEnd();
    EXPECT_EQ(driver.log(1), c.log);
    EXPECT_TRUE(driver.session().finished());
    EXPECT_FALSE(driver.session().want_read());
  }
}

TEST(H1ClientSessionTest, ResetAtEachStep) {
  const std::string response =
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\na: b\r\n\r\n";
  for (size_t fed = 0; fed < response.size(); ++fed) {
    SCOPED_TRACE(fed);
    ClientDriver driver = NewDriver();
    CallStream* stream = driver.Start("abc", true);
    driver.Output();
    driver.Feed(response.substr(0, fed));
    driver.Reset(stream);
    EXPECT_EQ(driver.log(1).back(), "closed");
    EXPECT_FALSE(stream->was_reset);
    EXPECT_TRUE(driver.session().finished());
    driver.Reset(stream);
    driver.session().Release(stream, 1);
    driver.Send(stream, "more", true);
    driver.Feed(response.substr(fed));
    driver.FeedEnd();
    EXPECT_EQ(driver.Output(), "");
  }
}

TEST(H1ClientSessionTest, ResetBeforeAnythingWasWrittenKeepsTheConnection) {
  ClientDriver driver = NewDriver();
  driver.Reset(driver.Start("abc"));
  EXPECT_THAT(driver.log(1), ElementsAre("closed"));
  EXPECT_EQ(driver.Output(), "");
  EXPECT_EQ(driver.session().capacity(), 1u);
  driver.Start("abc");
  driver.Output();
  driver.Feed(kOk);
  EXPECT_THAT(driver.log(2), ElementsAre("head 200", "body ok", "end", "closed"));
}

TEST(H1ClientSessionTest, Shutdown) {
  ClientDriver idle = NewDriver();
  idle.session().Shutdown();
  EXPECT_TRUE(idle.session().finished());

  ClientDriver busy = NewDriver();
  busy.Start("abc");
  busy.session().Shutdown();
  EXPECT_FALSE(busy.session().finished());
  EXPECT_EQ(busy.session().capacity(), 0u);
  EXPECT_EQ(busy.Output(), std::string(kHead) + "content-length: 3\r\nconnection: close\r\n\r\nabc");
  busy.Feed(kOk);
  EXPECT_THAT(busy.log(1), ElementsAre("head 200", "body ok", "end", "closed"));
  EXPECT_TRUE(busy.session().finished());
}

TEST(H1ClientSessionTest, ReadsNoFurtherThanTheWindow) {
  http::ClientSessionLimits limits;
  limits.stream_window_bytes = 10;
  ClientDriver driver = NewDriver(limits);
  driver.release_bodies = false;
  CallStream* stream = driver.Start("abc");
  driver.Output();
  driver.Feed("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n123456789");
  EXPECT_TRUE(driver.session().want_read());
  driver.Feed("0");
  EXPECT_FALSE(driver.session().want_read());
  driver.session().Release(stream, 1);
  EXPECT_TRUE(driver.session().want_read());
  EXPECT_EQ(stream->unreleased_bytes, 9u);
}

TEST(H1ClientSessionTest, AnswerToHeadHasNoBody) {
  for (const char* framing : {"content-length: 5\r\n", "transfer-encoding: chunked\r\n", ""}) {
    SCOPED_TRACE(framing);
    ClientDriver driver = NewDriver();
    driver.Start([](CallStream& s) {
      s.request.method = "HEAD";
      s.body.ended = true;
    });
    driver.Output();
    driver.Feed("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n" + std::string(framing) + "\r\n");
    EXPECT_THAT(driver.log(1), ElementsAre("head 200 end", "closed"));
    EXPECT_EQ(driver.session().capacity(), 1u);
  }
}

TEST(H1ClientSessionTest, AStreamCanBeUsedAgain) {
  CallStream stream;
  stream.fault = "x";
  stream.too_large = stream.unprocessed = stream.head_written = stream.given_up = stream.reset_by_peer = true;
  stream.id = stream.error_code = 3;
  stream.trailers.Add("a", "b");
  stream.informational = stream.unreleased_bytes = stream.header_count = stream.header_list_size = 7;
  stream.head_delivered = stream.request_sent = stream.response_ended = stream.deferred = true;
  stream.ClearHttp();
  EXPECT_TRUE(stream.fault.empty() && stream.trailers.empty());
  EXPECT_FALSE(stream.too_large || stream.unprocessed || stream.head_written || stream.given_up);
  EXPECT_FALSE(stream.reset_by_peer || stream.head_delivered || stream.request_sent || stream.response_ended ||
               stream.deferred);
  EXPECT_EQ(stream.id + stream.error_code + stream.informational + stream.unreleased_bytes + stream.header_count +
                stream.header_list_size,
            0u);
}

}  // namespace
}  // namespace connectrpc::test
