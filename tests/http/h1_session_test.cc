#include "http/h1_session.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "connectrpc/payload.h"
#include "http/h1_driver.h"
#include "support/several_ways.h"

// Transcripts: bytes in, events and bytes out.
namespace connectrpc::http {
namespace {

using test::ForEachSplit;
using test::H1Driver;
using test::H1Stream;
using test::Refusal;
using test::Response;
using wire::EndStream;

struct Transcript {
  const char* name;
  std::string input;
  std::string output;
  bool finished = false;
};

const Transcript kTranscripts[] = {
    {"GET", "GET /a HTTP/1.1\r\nHost: h\r\n\r\n", Response("200 OK", "GET /a ")},
    {"POST with length", "POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello",
     Response("200 OK", "POST /a hello")},
    {"POST with length 0", "POST /a HTTP/1.1\r\nHost: h\r\ncontent-length: 0\r\n\r\n", Response("200 OK", "POST /a ")},
    {"POST without length", "POST /a HTTP/1.1\r\nHost: h\r\n\r\n", Response("200 OK", "POST /a ")},
    {"GET with body", "GET /a HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhi", Response("200 OK", "GET /a hi")},
    {"chunked", "POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: Chunked\r\n\r\n5\r\nhello\r\n1\r\n,\r\n0\r\n\r\n",
     Response("200 OK", "POST /a hello,")},
    {"chunked, empty", "POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
     Response("200 OK", "POST /a ")},
    {"chunk extensions",
     "POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
     "00000005;a=b;c=\"d;\\\"e\" ; f\r\nhello\r\nA;x\r\n0123456789\r\n000;last\r\n\r\n",
     Response("200 OK", "POST /a hello0123456789")},
    {"trailers are dropped",
     "POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
     "5\r\nhello\r\n0\r\nHost: evil\r\nX-T: 1\r\n\r\n",
     Response("200 OK", "POST /a hello")},
    {"body looks like a request", "POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 18\r\n\r\nGET / HTTP/1.1\r\n\r\n",
     Response("200 OK", "POST /a GET / HTTP/1.1\r\n\r\n")},
    {"three on one connection",
     "GET /1 HTTP/1.1\r\nHost: h\r\n\r\n"
     "POST /2 HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhi"
     "POST /3 HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nyo\r\n0\r\n\r\n"
     "GET /4 HTTP/1.1\r\nHost: h\r\n\r\n",
     Response("200 OK", "GET /1 ") + Response("200 OK", "POST /2 hi") + Response("200 OK", "POST /3 yo") +
         Response("200 OK", "GET /4 ")},
    {"close", "GET /1 HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\nGET /2 HTTP/1.1\r\nHost: h\r\n\r\n",
     Response("200 OK", "GET /1 ", "connection: close\r\n"), true},
    {"close in a list", "GET /1 HTTP/1.1\r\nHost: h\r\nConnection: foo, CLOSE\r\n\r\n",
     Response("200 OK", "GET /1 ", "connection: close\r\n"), true},
    {"keep-alive does not undo close",
     "GET /1 HTTP/1.1\r\nHost: h\r\nConnection: close\r\nConnection: keep-alive\r\n\r\n",
     Response("200 OK", "GET /1 ", "connection: close\r\n"), true},
    {"HTTP/1.0", "GET /1 HTTP/1.0\r\n\r\nGET /2 HTTP/1.0\r\n\r\n",
     Response("200 OK", "GET /1 ", "connection: close\r\n"), true},
    {"HTTP/1.0 with keep-alive",
     "POST /1 HTTP/1.0\r\nConnection: Keep-Alive\r\nContent-Length: 2\r\n\r\nhiGET /2 HTTP/1.0\r\n\r\n",
     Response("200 OK", "POST /1 hi", "connection: keep-alive\r\n") +
         Response("200 OK", "GET /2 ", "connection: close\r\n"),
     true},
    {"HEAD", "HEAD /a HTTP/1.1\r\nHost: h\r\n\r\nGET /b HTTP/1.1\r\nHost: h\r\n\r\n",
     "HTTP/1.1 200 OK\r\ncontent-length: 8\r\n\r\n" + Response("200 OK", "GET /b ")},
    {"upgrade is ignored",
     "GET /a HTTP/1.1\r\nHost: h\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n"
     "\r\nGET /b HTTP/1.1\r\nHost: h\r\n\r\n",
     Response("200 OK", "GET /a ") + Response("200 OK", "GET /b ")},
    {"absolute-form", "GET http://other/a?b=c HTTP/1.1\r\nHost: h\r\n\r\n", Response("200 OK", "GET /a?b=c ")},
    {"asterisk-form", "OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n", Response("200 OK", "OPTIONS * ")},
    {"refused by the session",
     "GET /1 HTTP/1.1\r\nHost: h\r\n\r\nGET /2 HTTP/1.1\r\n\r\nGET /3 HTTP/1.1\r\nHost: h\r\n\r\n",
     Response("200 OK", "GET /1 ") + Refusal("400 Bad Request"), true},
};

TEST(H1SessionTest, Transcripts) {
  for (const Transcript& transcript : kTranscripts) {
    SCOPED_TRACE(transcript.name);
    ForEachSplit(transcript.input, [&](const std::vector<std::string_view>& pieces) {
      H1Driver driver;
      driver.Feed(pieces);
      EXPECT_EQ(driver.output(), transcript.output);
      EXPECT_EQ(driver.session().finished(), transcript.finished);
      EXPECT_EQ(driver.session().idle(), !transcript.finished);
      EXPECT_EQ(driver.closed_count(), driver.stream_count());
    });
  }
}

TEST(H1SessionTest, HeadAsTheServerSeesIt) {
  const std::string input =
      "POST /svc.S/M?x=1 HTTP/1.1\r\nhOST:  example.com:80 \r\nX-Upper: A\tB \xff\r\nx!y:\r\nContent-Length:1\r\n"
      "Connection: keep-alive\r\n\r\nz";
  ForEachSplit(input, [&](const std::vector<std::string_view>& pieces) {
    H1Driver driver;
    driver.Feed(pieces);
    ASSERT_EQ(driver.stream_count(), 1u);
    const wire::RequestHead& request = driver.stream(0)->request;
    EXPECT_EQ(request.version, wire::HttpVersion::kHttp11);
    EXPECT_EQ(request.method, "POST");
    EXPECT_EQ(request.target, "/svc.S/M?x=1");
    EXPECT_EQ(request.scheme, "");
    EXPECT_EQ(request.authority, "example.com:80");
    ASSERT_EQ(request.headers.size(), 4u);
    EXPECT_EQ(request.headers[0].name, "x-upper");
    EXPECT_EQ(request.headers[0].value, "A\tB \xff");
    EXPECT_EQ(request.headers[1].name, "x!y");
    EXPECT_EQ(request.headers[1].value, "");
    EXPECT_EQ(request.headers[2].name, "content-length");
    EXPECT_EQ(request.headers[3].name, "connection");
    EXPECT_EQ(driver.stream(0)->id, 1);
    EXPECT_EQ(driver.stream(0)->header_count, 5u);
  });
}

TEST(H1SessionTest, EndComesWithTheLastEvent) {
  struct Case {
    const char* name;
    std::string input;
    std::vector<HttpEvent::Kind> kinds;  // the last of them has the end
  };
  const Case cases[] = {
      {"no body", "GET / HTTP/1.1\r\nHost: h\r\n\r\n", {HttpEvent::Kind::kHead}},
      {"length",
       "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhi",
       {HttpEvent::Kind::kHead, HttpEvent::Kind::kBody}},
      {"chunk",
       "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n",
       {HttpEvent::Kind::kHead, HttpEvent::Kind::kBody}},
      {"empty chunks",
       "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
       {HttpEvent::Kind::kHead}},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    H1Driver driver;
    driver.session().Feed(c.input);
    const std::vector<HttpEvent>& events = driver.session().events();
    ASSERT_EQ(events.size(), c.kinds.size());
    for (size_t i = 0; i < events.size(); ++i) {
      EXPECT_EQ(events[i].kind, c.kinds[i]);
      EXPECT_EQ(events[i].end, i + 1 == events.size() ? EndStream::kYes : EndStream::kNo);
    }
  }
}

TEST(H1SessionTest, BodyPointsIntoTheInput) {
  const std::string input = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n";
  H1Driver driver;
  driver.session().Feed(input);
  ASSERT_EQ(driver.session().events().size(), 2u);
  EXPECT_EQ(driver.session().events()[1].bytes.data(), input.data() + input.find("hello"));
}

TEST(H1SessionTest, BodyOfAPipelinedRequestStaysUntilTheNextCall) {
  H1Driver driver;
  const std::string body(40000, 'b');
  driver.session().Feed(
      "GET /1 HTTP/1.1\r\nHost: h\r\n\r\nPOST /2 HTTP/1.1\r\nHost: h\r\nContent-Length: 40001\r\n\r\n" + body);
  ASSERT_EQ(driver.session().events().size(), 1u);
  H1Stream* first = static_cast<H1Stream*>(driver.session().events()[0].stream);
  driver.session().events().clear();
  driver.Answer(first, 200, "");
  wire::OutputQueue out;
  driver.session().Write(&out, 1 << 20);
  ASSERT_EQ(driver.session().events().size(), 3u);
  EXPECT_EQ(driver.session().events()[0].kind, HttpEvent::Kind::kClosed);
  EXPECT_EQ(driver.session().events()[1].kind, HttpEvent::Kind::kHead);
  EXPECT_EQ(driver.session().events()[2].bytes, body);
  driver.session().Resume(driver.stream(1));
  driver.session().Release(driver.stream(1), body.size());
  EXPECT_EQ(driver.session().events()[2].bytes, body);
}

TEST(H1SessionTest, EventsStayUntilTheyAreTaken) {
  H1Driver driver;
  std::string input = "POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n";
  driver.session().Feed(input);
  wire::OutputQueue out;
  driver.session().Write(&out, 1000);
  EXPECT_TRUE(out.empty()) << "100 would be early: nobody has seen the head";
  for (int i = 0; i < 1000; ++i) driver.session().Feed("1\r\na\r\n");
  driver.session().Write(&out, 1000);
  EXPECT_EQ(driver.session().events().size(), 1001u);
}

TEST(H1SessionTest, OneRequestInFlight) {
  H1Driver driver;
  driver.on_end = [](H1Stream*) {};
  driver.Feed("GET /1 HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_TRUE(driver.session().want_read()) << "to notice a lost connection";
  EXPECT_FALSE(driver.session().idle());
  driver.Feed("GET /2 HTTP/1.1\r\nHost: h\r\n\r\nGET /3 HTTP/1.1\r\nHost: h\r\n\r\nGET /4");
  EXPECT_FALSE(driver.session().want_read()) << "a pipelined request waits";
  EXPECT_EQ(driver.stream_count(), 1u);
  driver.Echo(driver.stream(0));
  driver.Write();
  EXPECT_EQ(driver.stream_count(), 2u);
  EXPECT_FALSE(driver.session().want_read());
  driver.Echo(driver.stream(1));
  driver.Write();
  EXPECT_EQ(driver.stream_count(), 3u);
  EXPECT_FALSE(driver.session().want_read());
  driver.Echo(driver.stream(2));
  driver.Write();
  EXPECT_EQ(driver.stream_count(), 3u);
  EXPECT_TRUE(driver.session().want_read());
  EXPECT_FALSE(driver.session().idle()) << "a head has begun";
  driver.Feed(" HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(driver.stream_count(), 4u);
  driver.Echo(driver.stream(3));
  driver.Write();
  EXPECT_TRUE(driver.session().idle());
  EXPECT_EQ(driver.output(), Response("200 OK", "GET /1 ") + Response("200 OK", "GET /2 ") +
                                 Response("200 OK", "GET /3 ") + Response("200 OK", "GET /4 "));
}

TEST(H1SessionTest, WindowBoundsUnreleasedBytes) {
  SessionLimits limits;
  limits.stream_window_bytes = 10;
  H1Driver driver(limits);
  driver.release = false;
  driver.Feed("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 30\r\n\r\n123456789");
  EXPECT_TRUE(driver.session().want_read());
  driver.Feed("0");
  EXPECT_FALSE(driver.session().want_read());
  driver.session().Release(driver.stream(0), 1);
  EXPECT_TRUE(driver.session().want_read());
  driver.FeedAnyway("1234567890");
  EXPECT_FALSE(driver.session().want_read());
  driver.session().Release(driver.stream(0), 9);
  EXPECT_FALSE(driver.session().want_read());
  driver.session().Release(driver.stream(0), 100);
  EXPECT_TRUE(driver.session().want_read());
  driver.on_end = [](H1Stream*) {};
  driver.FeedAnyway("1234567890");
  EXPECT_TRUE(driver.session().want_read()) << "the request has ended: nothing of it can come";
  driver.Echo(driver.stream(0));
  driver.Write();
  driver.session().Release(driver.stream(0), 10);
  EXPECT_EQ(driver.output(), Response("200 OK", "POST / 123456789012345678901234567890"));
}

TEST(H1SessionTest, ContinueIsSentWhenTheServerNeitherAnswersNorHasTheBody) {
  const std::string head = "POST /a HTTP/1.1\r\nHost: h\r\nExpect: 100-Continue\r\nContent-Length: 2\r\n\r\n";
  const std::string go_on = "HTTP/1.1 100 Continue\r\n\r\n";
  ForEachSplit(head, [&](const std::vector<std::string_view>& pieces) {
    H1Driver driver;
    driver.Feed(pieces);
    driver.Write();
    EXPECT_EQ(driver.TakeOutput(), go_on);
    driver.Feed("hi");
    EXPECT_EQ(driver.TakeOutput(), Response("200 OK", "POST /a hi"));
  });
  {
    H1Driver driver;
    driver.Feed(head + "h");
    driver.Feed("i");
    EXPECT_EQ(driver.TakeOutput(), Response("200 OK", "POST /a hi")) << "the body came by itself";
  }
  {
    H1Driver driver;
    driver.on_head = [&](H1Stream* stream) { driver.Answer(stream, 413, "big"); };
    driver.Feed(head);
    EXPECT_EQ(driver.TakeOutput(), Response("413 Content Too Large", "big", "connection: close\r\n"))
        << "what follows may be the body or not";
  }
  {
    H1Driver driver;
    driver.Feed("GET /a HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\n\r\n");
    EXPECT_EQ(driver.TakeOutput(), Response("200 OK", "GET /a ")) << "no body to wait for";
  }
  {
    H1Driver driver;
    driver.Feed("POST /a HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
    EXPECT_EQ(driver.TakeOutput(), "") << "HTTP/1.0 knows no 100";
  }
  {
    H1Driver driver;
    driver.Feed("GET / HTTP/1.1\r\nHost: h\r\n\r\n" + head);
    EXPECT_EQ(driver.TakeOutput(), Response("200 OK", "GET / ") + go_on) << "pipelined";
  }
}

TEST(H1SessionTest, StreamedAnswerIsChunked) {
  H1Driver driver;
  driver.on_end = [&](H1Stream* stream) {
    stream->response.headers.Add("content-type", "text/plain");
    driver.session().Respond(stream);
  };
  driver.Feed("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(driver.TakeOutput(), "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ntransfer-encoding: chunked\r\n\r\n");
  H1Stream* stream = driver.stream(0);
  EXPECT_TRUE(stream->deferred);
  stream->body.queue.Append("hello");
  stream->body.queue.Append(", world");
  driver.session().Resume(stream);
  EXPECT_FALSE(stream->deferred);
  driver.Write();
  EXPECT_EQ(driver.TakeOutput(), "c\r\nhello, world\r\n");
  driver.Write();
  EXPECT_EQ(driver.TakeOutput(), "");
  stream->body.queue.Append("!");
  stream->body.ended = true;
  driver.session().Resume(stream);
  EXPECT_FALSE(stream->closed);
  driver.Write();
  EXPECT_EQ(driver.TakeOutput(), "1\r\n!\r\n0\r\n\r\n");
  EXPECT_TRUE(stream->closed);
  EXPECT_TRUE(stream->response_sent);
  EXPECT_TRUE(driver.session().idle());
}

TEST(H1SessionTest, TrailersAreNotWritten) {
  H1Driver driver;
  driver.on_end = [&](H1Stream* stream) { driver.session().Respond(stream); };
  driver.Feed("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  driver.TakeOutput();
  driver.stream(0)->body.trailers.Add("grpc-status", "0");
  driver.stream(0)->body.ended = true;
  driver.session().Resume(driver.stream(0));
  driver.Write();
  EXPECT_EQ(driver.TakeOutput(), "0\r\n\r\n");
}

TEST(H1SessionTest, StreamedAnswerToHttp10EndsWithTheConnection) {
  H1Driver driver;
  driver.on_end = [&](H1Stream* stream) { driver.session().Respond(stream); };
  driver.Feed("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_EQ(driver.TakeOutput(), "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n");
  driver.stream(0)->body.queue.Append("abc");
  driver.stream(0)->body.ended = true;
  driver.session().Resume(driver.stream(0));
  driver.Write();
  EXPECT_EQ(driver.TakeOutput(), "abc");
  EXPECT_TRUE(driver.session().finished());
}

TEST(H1SessionTest, AnswersWithoutABody) {
  struct Case {
    const char* name;
    const char* method;
    int status;
    const char* output;
  };
  const Case cases[] = {
      {"204", "GET", 204, "HTTP/1.1 204 No Content\r\n\r\n"},
      {"304", "GET", 304, "HTTP/1.1 304 Not Modified\r\n\r\n"},
      {"HEAD", "HEAD", 404, "HTTP/1.1 404 Not Found\r\ncontent-length: 4\r\n\r\n"},
      {"HEAD, 204", "HEAD", 204, "HTTP/1.1 204 No Content\r\n\r\n"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    H1Driver driver;
    driver.on_end = [&](H1Stream* stream) { driver.Answer(stream, c.status, "body"); };
    const std::string request = std::string(c.method) + " / HTTP/1.1\r\nHost: h\r\n\r\n";
    driver.Feed(request + request);
    EXPECT_EQ(driver.output(), std::string(c.output) + c.output);
  }
}

TEST(H1SessionTest, StreamedAnswerToHeadHasNoBody) {
  H1Driver driver;
  driver.on_end = [&](H1Stream* stream) { driver.session().Respond(stream); };
  driver.Feed("HEAD / HTTP/1.1\r\nHost: h\r\n\r\n");
  driver.stream(0)->body.queue.Append("abc");
  driver.Write();
  driver.stream(0)->body.queue.Append("def");
  driver.stream(0)->body.ended = true;
  driver.session().Resume(driver.stream(0));
  driver.Write();
  EXPECT_EQ(driver.output(), "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n");
  EXPECT_TRUE(driver.session().idle());
}

TEST(H1SessionTest, OutputStopsAtTheHighWaterMark) {
  H1Driver driver;
  driver.on_end = [](H1Stream*) {};
  driver.Feed("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  H1Stream* stream = driver.stream(0);
  driver.session().Respond(stream);
  const std::string payload(1 << 20, 'p');
  stream->body.queue.Append(Payload::Own(payload));
  stream->body.ended = true;
  driver.session().Resume(stream);

  constexpr size_t kHighWater = 64 * 1024;
  std::string received;
  wire::OutputQueue out;
  out.Append(std::string_view("x"));
  driver.session().Write(&out, 1);
  EXPECT_EQ(out.size(), 1u) << "no room";
  out.Clear();
  size_t writes = 0;
  while (!stream->response_sent) {
    driver.session().Write(&out, kHighWater);
    EXPECT_LT(out.size(), kHighWater + 128);
    ASSERT_LT(++writes, 20u);
    std::string_view piece;
    while (out.Peek(&piece, 1) == 1) {
      received += piece;
      out.Consume(piece.size());
    }
  }
  size_t data = 0;
  for (const char c : received) data += c == 'p' ? 1 : 0;
  EXPECT_EQ(data, payload.size());
  EXPECT_EQ(received.find("\r\n0\r\n\r\n"), received.size() - 7);
}

TEST(H1SessionTest, LargePayloadIsNotCopied) {
  H1Driver driver;
  driver.on_end = [](H1Stream*) {};
  driver.Feed("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  Payload payload = Payload::Own(std::string(100000, 'p'));
  const char* bytes = payload.view().data();
  driver.stream(0)->body.queue.Append(std::move(payload));
  driver.session().Respond(driver.stream(0));
  wire::OutputQueue out;
  driver.session().Write(&out, 1 << 20);
  std::string_view pieces[8];
  const size_t count = out.Peek(pieces, 8);
  bool found = false;
  for (size_t i = 0; i < count; ++i) found = found || pieces[i].data() == bytes;
  EXPECT_TRUE(found);
}

TEST(H1SessionTest, RespondTwiceAndForStrangersDoesNothing) {
  H1Driver driver;
  driver.on_end = [](H1Stream*) {};
  driver.Feed("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  H1Stream stranger;
  driver.session().Respond(&stranger);
  driver.session().Resume(&stranger);
  driver.session().Release(&stranger, 5);
  driver.session().Reset(&stranger);
  driver.Echo(driver.stream(0));
  driver.session().Respond(driver.stream(0));
  driver.Write();
  driver.session().Respond(driver.stream(0));
  driver.session().Reset(driver.stream(0));
  driver.Write();
  EXPECT_EQ(driver.output(), Response("200 OK", "GET / "));
  EXPECT_FALSE(driver.session().finished());
}

TEST(H1SessionTest, NoStreamToBeHadIs503) {
  const std::string input = "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 26\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n";
  ForEachSplit(input, [&](const std::vector<std::string_view>& pieces) {
    H1Driver driver;
    driver.refuse = true;
    driver.Feed(pieces);
    EXPECT_EQ(driver.output(), Refusal("503 Service Unavailable"));
    EXPECT_TRUE(driver.session().finished());
  });
}

}  // namespace
}  // namespace connectrpc::http
