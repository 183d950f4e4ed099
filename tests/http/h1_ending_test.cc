#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "http/h1_driver.h"
#include "support/several_ways.h"

// How requests and connections end before their time: early answers, broken and cut-off bodies, Reset, Shutdown.
namespace connectrpc::http {
namespace {

using test::ForEachSplit;
using test::H1Driver;
using test::H1Stream;
using test::Refusal;
using test::Response;

std::string Post(size_t length) {
  return "POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(length) + "\r\n\r\n";
}
constexpr std::string_view kChunkedPost = "POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
constexpr std::string_view kGet = "GET /b HTTP/1.1\r\nHost: h\r\n\r\n";

// Answers POST early with 404.
void AnswerEarly(H1Driver* driver) {
  driver->on_head = [driver](H1Stream* stream) {
    if (stream->request.method == "POST") driver->Answer(stream, 404, "no");
  };
}

TEST(H1EarlyAnswerTest, ConnectionSurvivesARestThatIsKnownAndSmall) {
  SessionLimits limits;
  limits.max_drain_bytes = 50;
  const std::string input = Post(50) + std::string(20, 'G') + std::string(30, '\n') + std::string(kGet);
  ForEachSplit(input, [&](const std::vector<std::string_view>& pieces) {
    H1Driver driver(limits);
    AnswerEarly(&driver);
    driver.Feed(pieces);
    EXPECT_EQ(driver.output(), Response("404 Not Found", "no") + Response("200 OK", "GET /b "));
    EXPECT_EQ(driver.closed_count(), 2u);
    EXPECT_FALSE(driver.session().finished());
  });
}

TEST(H1EarlyAnswerTest, ConnectionEndsAfterARestThatIsTooLong) {
  SessionLimits limits;
  limits.max_drain_bytes = 50;
  const std::string input = std::string(51, 'G') + std::string(kGet);
  ForEachSplit(input, [&](const std::vector<std::string_view>& pieces) {
    H1Driver driver(limits);
    AnswerEarly(&driver);
    driver.Feed(Post(51));
    driver.Feed(pieces);
    EXPECT_EQ(driver.output(), Response("404 Not Found", "no", "connection: close\r\n"));
    EXPECT_EQ(driver.stream_count(), 1u);
    EXPECT_EQ(driver.closed_count(), 1u);
    EXPECT_TRUE(driver.session().finished());
  });
}

TEST(H1EarlyAnswerTest, EachRequestMayBeDroppedUpToTheLimit) {
  SessionLimits limits;
  limits.max_drain_bytes = 50;
  H1Driver driver(limits);
  AnswerEarly(&driver);
  for (int i = 0; i < 3; ++i) {
    driver.Feed(Post(50));
    driver.Feed(std::string(49, 'x'));
    driver.Feed("x");
    EXPECT_EQ(driver.TakeOutput(), Response("404 Not Found", "no"));
  }
  EXPECT_TRUE(driver.session().idle());
}

TEST(H1EarlyAnswerTest, ConnectionEndsAfterChunks) {
  for (const bool ends : {true, false}) {
    H1Driver driver;
    AnswerEarly(&driver);
    driver.Feed(kChunkedPost);
    EXPECT_EQ(driver.output(), Response("404 Not Found", "no", "connection: close\r\n"));
    EXPECT_TRUE(driver.session().want_read());
    EXPECT_FALSE(driver.session().finished());
    EXPECT_FALSE(driver.stream(0)->closed);
    driver.Feed("5\r\nhello\r\n");
    EXPECT_EQ(driver.stream(0)->body_received, "");
    EXPECT_EQ(driver.stream(0)->discarded_bytes, 5u);
    EXPECT_FALSE(driver.session().finished());
    driver.Feed(ends ? "0\r\n\r\n" + std::string(kGet) : "not a chunk");
    EXPECT_TRUE(driver.stream(0)->closed);
    EXPECT_FALSE(driver.stream(0)->aborted);
    EXPECT_TRUE(driver.session().finished());
    EXPECT_EQ(driver.stream_count(), 1u);
  }
}

TEST(H1EarlyAnswerTest, NoMoreThanTheLimitIsDropped) {
  SessionLimits limits;
  limits.max_drain_bytes = 1000;
  H1Driver driver(limits);
  AnswerEarly(&driver);
  driver.Feed(Post(1 << 30));
  driver.Feed(std::string(1000, 'x'));
  EXPECT_TRUE(driver.session().want_read());
  EXPECT_FALSE(driver.session().finished());
  driver.Feed("x");
  EXPECT_FALSE(driver.session().want_read());
  EXPECT_TRUE(driver.session().finished());
  EXPECT_TRUE(driver.stream(0)->closed);
}

TEST(H1EarlyAnswerTest, NothingFinishesBeforeTheAnswerIsOut) {
  SessionLimits limits;
  limits.max_drain_bytes = 10;
  H1Driver driver(limits);
  AnswerEarly(&driver);
  driver.high_water = 0;  // a client that does not read
  driver.Feed(Post(100));
  driver.Feed("01234567890");
  EXPECT_FALSE(driver.session().want_read()) << "nor is more dropped for it";
  EXPECT_FALSE(driver.session().finished());
  driver.high_water = 1000;
  driver.Write();
  EXPECT_EQ(driver.output(), Response("404 Not Found", "no", "connection: close\r\n"));
  EXPECT_TRUE(driver.session().finished());
}

TEST(H1EarlyAnswerTest, AnswerThatEndsBeforeTheRequest) {
  for (const size_t rest : {size_t{10}, size_t{2 << 20}}) {
    H1Driver driver;
    driver.on_head = [&](H1Stream* stream) { driver.session().Respond(stream); };
    driver.Feed(Post(5 + rest) + "hello");
    EXPECT_EQ(driver.TakeOutput(), "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n");
    EXPECT_EQ(driver.stream(0)->body_received, "hello") << "an answer that has begun does not stop the request";
    driver.stream(0)->body.ended = true;
    driver.session().Resume(driver.stream(0));
    driver.FeedAnyway("01234");
    EXPECT_EQ(driver.stream(0)->body_received, "hello") << "one that has ended does";
    EXPECT_EQ(driver.TakeOutput(), "0\r\n\r\n");
    driver.Feed(std::string(rest - 5, 'x'));
    EXPECT_TRUE(driver.stream(0)->closed);
    EXPECT_EQ(driver.session().finished(), rest != 10);
    EXPECT_EQ(driver.session().idle(), rest == 10);
  }
}

TEST(H1EarlyAnswerTest, PeerGoesAwayWhileItsRequestIsDropped) {
  H1Driver driver;
  AnswerEarly(&driver);
  driver.Feed(Post(100) + "x");
  driver.FeedEnd();
  EXPECT_FALSE(driver.stream(0)->aborted);
  EXPECT_TRUE(driver.stream(0)->closed);
  EXPECT_TRUE(driver.session().finished());
}

TEST(H1AbortTest, BrokenChunksEndTheBodyNotTheAnswer) {
  const char* const bodies[] = {"5\r\nhelloX\r\n", "x\r\n", "5\r\nhello\r\n\r\n", "5\r\nhello\r\n0\r\n x: y\r\n\r\n"};
  for (const char* body : bodies) {
    SCOPED_TRACE(body);
    const std::string input = std::string(kChunkedPost) + body + std::string(kGet);
    ForEachSplit(input, [&](const std::vector<std::string_view>& pieces) {
      H1Driver driver;
      driver.on_abort = [&](H1Stream* stream) { driver.Answer(stream, 400, "broken"); };
      driver.Feed(pieces);
      ASSERT_EQ(driver.stream_count(), 1u);
      EXPECT_TRUE(driver.stream(0)->aborted);
      EXPECT_FALSE(driver.stream(0)->end_seen) << "a broken body is no complete one";
      EXPECT_FALSE(driver.stream(0)->request_ended);
      EXPECT_TRUE(driver.stream(0)->closed);
      EXPECT_EQ(driver.output(), Response("400 Bad Request", "broken", "connection: close\r\n"));
      EXPECT_TRUE(driver.session().finished());
    });
  }
}

TEST(H1AbortTest, WaitsForTheAnswerWithoutReadingForEver) {
  SessionLimits limits;
  limits.max_drain_bytes = 100;
  H1Driver driver(limits);
  driver.on_abort = [](H1Stream*) {};
  driver.Feed(std::string(kChunkedPost) + "x\r\n");
  EXPECT_TRUE(driver.session().want_read());
  driver.Feed(std::string(101, 'x'));
  EXPECT_FALSE(driver.session().want_read());
  EXPECT_FALSE(driver.session().finished());
  EXPECT_FALSE(driver.stream(0)->closed);
  driver.Echo(driver.stream(0));
  driver.Write();
  EXPECT_TRUE(driver.stream(0)->closed);
  EXPECT_TRUE(driver.session().finished());
}

TEST(H1AbortTest, BrokenBodyWhileTheAnswerIsOnItsWay) {
  H1Driver driver;
  driver.on_head = [&](H1Stream* stream) { driver.session().Respond(stream); };
  driver.Feed(std::string(kChunkedPost) + "x\r\n");
  H1Stream* stream = driver.stream(0);
  EXPECT_TRUE(stream->aborted);
  stream->body.queue.Append("end");
  stream->body.ended = true;
  driver.session().Resume(stream);
  driver.Write();
  EXPECT_EQ(driver.output(),
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n3\r\nend\r\n0\r\n\r\n");
  EXPECT_TRUE(driver.session().finished());
}

// The peer's end of stream after each prefix of an exchange.
TEST(H1AbortTest, PeerGoesAwayAtEachByte) {
  const std::string request = std::string(kChunkedPost) + "5\r\nhello\r\n0\r\nx: y\r\n\r\n";
  for (size_t size = 0; size <= request.size(); ++size) {
    SCOPED_TRACE(size);
    H1Driver driver;
    driver.on_end = [](H1Stream*) {};
    if (size > 0) driver.Feed(request.substr(0, size));
    driver.FeedEnd();
    EXPECT_TRUE(driver.session().finished());
    EXPECT_FALSE(driver.session().want_read());
    EXPECT_EQ(driver.stream_count(), size >= kChunkedPost.size() ? 1u : 0u);
    EXPECT_EQ(driver.closed_count(), driver.stream_count());
    if (driver.stream_count() == 0) {
      EXPECT_EQ(driver.output(), "");
      continue;
    }
    EXPECT_TRUE(driver.stream(0)->aborted);
    EXPECT_EQ(driver.stream(0)->end_seen, size == request.size()) << "a truncated body is no complete one";
    EXPECT_EQ(driver.output(),
              Response("200 OK", "POST /a " + driver.stream(0)->body_received, "connection: close\r\n"));
  }
}

TEST(H1AbortTest, PeerGoesAwayWhileAHandlerRuns) {
  H1Driver driver;
  driver.on_end = [](H1Stream*) {};
  driver.on_abort = [](H1Stream*) {};
  driver.Feed(kGet);
  EXPECT_TRUE(driver.session().want_read());
  driver.FeedEnd();
  EXPECT_TRUE(driver.stream(0)->aborted);
  EXPECT_FALSE(driver.session().finished());
  driver.FeedEnd();
  driver.Echo(driver.stream(0));
  driver.Write();
  EXPECT_EQ(driver.output(), Response("200 OK", "GET /b ", "connection: close\r\n"));
  EXPECT_TRUE(driver.stream(0)->closed);
  EXPECT_TRUE(driver.session().finished());
}

TEST(H1AbortTest, PeerGoesAwayWhenTheAnswerHasEnded) {
  H1Driver driver;
  driver.high_water = 0;
  driver.Feed(kGet);
  ASSERT_TRUE(driver.stream(0)->responded);
  driver.FeedEnd();
  EXPECT_FALSE(driver.stream(0)->aborted) << "a client may half-close and wait for the answer";
  driver.high_water = 1000;
  driver.Write();
  EXPECT_EQ(driver.output(), Response("200 OK", "GET /b ", "connection: close\r\n"));
  EXPECT_TRUE(driver.session().finished());
}

TEST(H1AbortTest, PeerGoesAwayBeforeTheSessionsOwnAnswer) {
  H1Driver driver;
  driver.high_water = 0;
  driver.Feed("nonsense\r\n\r\n");
  driver.FeedEnd();
  EXPECT_FALSE(driver.session().finished());
  driver.high_water = 1000;
  driver.Write();
  EXPECT_EQ(driver.output(), Refusal("400 Bad Request"));
  EXPECT_TRUE(driver.session().finished());
}

TEST(H1ResetTest, EndsTheConnectionAtEachStep) {
  struct Case {
    const char* name;
    std::string input;
    bool responded;
  };
  const Case cases[] = {
      {"during the body", Post(10) + "x", false},
      {"while the handler runs", std::string(kGet), false},
      {"during the answer", std::string(kGet), true},
      {"with a request behind it", std::string(kGet) + std::string(kGet), true},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    H1Driver driver;
    driver.on_end = [](H1Stream*) {};
    driver.Feed(c.input);
    if (c.responded) driver.session().Respond(driver.stream(0));
    driver.Write();
    const std::string before = driver.output();
    driver.session().Reset(driver.stream(0));
    driver.Write();
    EXPECT_TRUE(driver.stream(0)->closed);
    EXPECT_FALSE(driver.stream(0)->aborted);
    EXPECT_TRUE(driver.session().finished());
    EXPECT_FALSE(driver.session().want_read());
    EXPECT_EQ(driver.output(), before) << "a chunked answer must not look complete";
    EXPECT_EQ(driver.stream_count(), 1u);
  }
}

TEST(H1ShutdownTest, IdleConnectionEndsAtOnce) {
  H1Driver driver;
  driver.session().Shutdown();
  EXPECT_TRUE(driver.session().finished());
  driver.FeedAnyway(kGet);
  EXPECT_EQ(driver.output(), "");
  EXPECT_EQ(driver.stream_count(), 0u);
}

TEST(H1ShutdownTest, HeadThatHasBegunIsServed) {
  H1Driver driver;
  driver.Feed(std::string_view(kGet).substr(0, 1));
  driver.session().Shutdown();
  EXPECT_FALSE(driver.session().finished());
  driver.Feed(std::string_view(kGet).substr(1));
  EXPECT_EQ(driver.output(), Response("200 OK", "GET /b ", "connection: close\r\n"));
  EXPECT_TRUE(driver.session().finished());
}

TEST(H1ShutdownTest, RunningRequestIsAnsweredLast) {
  H1Driver driver;
  driver.on_end = [](H1Stream*) {};
  driver.Feed(std::string(kGet) + std::string(kGet));
  driver.session().Shutdown();
  driver.Write();
  EXPECT_FALSE(driver.session().finished());
  driver.Echo(driver.stream(0));
  driver.Write();
  EXPECT_EQ(driver.output(), Response("200 OK", "GET /b ", "connection: close\r\n"));
  EXPECT_TRUE(driver.session().finished());
  EXPECT_EQ(driver.stream_count(), 1u);
}

TEST(H1ShutdownTest, BodyIsStillRead) {
  H1Driver driver;
  driver.Feed(Post(5) + "he");
  driver.session().Shutdown();
  driver.Feed("llo");
  EXPECT_EQ(driver.output(), Response("200 OK", "POST /a hello", "connection: close\r\n"));
  EXPECT_TRUE(driver.session().finished());
}

TEST(H1ShutdownTest, AnswerThatHasBegunEndsTheConnection) {
  H1Driver driver;
  driver.on_end = [&](H1Stream* stream) { driver.session().Respond(stream); };
  driver.Feed(kGet);
  driver.session().Shutdown();
  EXPECT_FALSE(driver.session().finished());
  driver.stream(0)->body.ended = true;
  driver.session().Resume(driver.stream(0));
  driver.Write();
  EXPECT_TRUE(driver.session().finished());
}

TEST(H1ShutdownTest, OwnAnswerIsStillWritten) {
  H1Driver driver;
  driver.high_water = 0;
  driver.Feed("nonsense\r\n\r\n");
  driver.session().Shutdown();
  EXPECT_FALSE(driver.session().finished());
  driver.high_water = 1000;
  driver.Write();
  EXPECT_EQ(driver.output(), Refusal("400 Bad Request"));
  EXPECT_TRUE(driver.session().finished());
}

}  // namespace
}  // namespace connectrpc::http
