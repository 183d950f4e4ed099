#include "http/h2_session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "http/h2_peer.h"
#include "support/several_ways.h"

namespace connectrpc::test {
namespace {

using http::HttpEvent;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

std::vector<int> Types(const std::vector<RawFrame>& frames) {
  std::vector<int> types;
  for (const RawFrame& frame : frames) types.push_back(frame.type);
  return types;
}

const RawFrame* FindFrame(const std::vector<RawFrame>& frames, uint8_t type, int32_t stream_id) {
  for (const RawFrame& frame : frames) {
    if (frame.type == type && frame.stream_id == stream_id) return &frame;
  }
  return nullptr;
}

// A server that has heard one open request and said its preface.
struct OpenRequest {
  explicit OpenRequest(uint8_t headers_flags = NGHTTP2_FLAG_NONE, const http::SessionLimits& limits = {})
      : server(limits) {
    server.Feed(Preface() + HeadersFrames(1, headers_flags, Block(RequestFields())));
    server.Output();
    stream = server.stream(1);
  }

  TestServer server;
  TestStream* stream;
};

TEST(H2SessionTest, PrefaceAnnouncesTheLimits) {
  http::SessionLimits limits;
  limits.max_concurrent_streams = 7;
  limits.stream_window_bytes = 12345;
  limits.max_header_list_bytes = 999;
  limits.connection_window_bytes = 100000;
  TestServer server(limits);
  const std::vector<RawFrame> frames = server.OutputFrames();
  ASSERT_THAT(Types(frames), ElementsAre(NGHTTP2_SETTINGS, NGHTTP2_WINDOW_UPDATE));
  std::vector<std::pair<int, uint32_t>> settings;
  for (size_t i = 0; i < frames[0].payload.size(); i += 6) {
    settings.emplace_back(frames[0].payload[i + 1], ReadUint32(frames[0].payload, i + 2));
  }
  EXPECT_THAT(
      settings,
      ElementsAre(Pair(NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, 7u), Pair(NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, 12345u),
                  Pair(NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, 999u), Pair(NGHTTP2_SETTINGS_NO_RFC7540_PRIORITIES, 1u)));
  EXPECT_EQ(ReadUint32(frames[1].payload), 100000u - 65535u);
}

TEST(H2SessionTest, UnaryCall) {
  TestServer server({}, Answer("response", {{"grpc-status", "0"}}));
  TestClient client;
  Fields fields = RequestFields();
  fields.emplace_back("content-type", "application/proto");
  fields.emplace_back("cookie", "a=1");
  fields.emplace_back("cookie", "b=2");
  const int32_t id = client.Send(fields, "request");
  Exchange(client, server);

  EXPECT_THAT(server.log(), ElementsAre("1 head POST /svc.S/Unary", "1 body request end", "1 closed"));
  const wire::RequestHead& request = server.stream(id)->request;
  EXPECT_EQ(request.version, wire::HttpVersion::kHttp2);
  EXPECT_EQ(request.scheme, "http");
  EXPECT_EQ(request.authority, "host");
  EXPECT_EQ(request.headers.size(), 3u);
  EXPECT_EQ(request.headers.Find("content-type"), "application/proto");
  EXPECT_EQ(request.headers.Count("cookie"), 2u);

  const ClientResponse& response = client.response(id);
  EXPECT_THAT(response.headers, ElementsAre(Pair(":status", "200"), Pair("content-type", "application/proto")));
  EXPECT_EQ(response.body, "response");
  EXPECT_THAT(response.trailers, ElementsAre(Pair("grpc-status", "0")));
  EXPECT_TRUE(response.ended);
  EXPECT_EQ(response.close_code, NGHTTP2_NO_ERROR);
  EXPECT_TRUE(server.session().idle());
  EXPECT_TRUE(server.session().want_read());
  EXPECT_FALSE(server.session().finished());
}

// Two requests with bodies, trailers, padding and priority, cut everywhere.
TEST(H2SessionTest, InputMayBeCutAnywhere) {
  const std::string padded = std::string(1, '\3') + "two" + std::string(3, '\0');
  const std::string input = Preface() + HeadersFrames(1, NGHTTP2_FLAG_NONE, Block(RequestFields("/a"))) +
                            Frame(NGHTTP2_DATA, NGHTTP2_FLAG_NONE, 1, "one") +
                            Frame(NGHTTP2_DATA, NGHTTP2_FLAG_PADDED, 1, padded) +
                            HeadersFrames(3, NGHTTP2_FLAG_NONE, Block(RequestFields("/b"))) +
                            Frame(NGHTTP2_DATA, NGHTTP2_FLAG_END_STREAM, 3, "x") +
                            HeadersFrames(1, NGHTTP2_FLAG_END_STREAM, Block({{"trailer", "t"}}));
  ForEachSplit(input, [](const std::vector<std::string_view>& pieces) {
    TestServer server({}, Answer("ok"));
    std::string output;
    for (const std::string_view piece : pieces) {
      server.Feed(piece);
      output += server.Output();
    }
    ASSERT_EQ(server.stream_count(), 2u);
    EXPECT_EQ(server.stream(1)->request.target, "/a");
    EXPECT_EQ(server.stream(1)->received, "onetwo");
    EXPECT_TRUE(server.stream(1)->request.headers.empty());
    EXPECT_EQ(server.stream(3)->request.target, "/b");
    EXPECT_EQ(server.stream(3)->received, "x");
    EXPECT_EQ(server.log(1).back(), "closed");
    EXPECT_EQ(server.log(3).back(), "closed");
    EXPECT_EQ(FindFrame(ParseFrames(output), NGHTTP2_RST_STREAM, 1), nullptr);
    EXPECT_EQ(FindFrame(ParseFrames(output), NGHTTP2_GOAWAY, 0), nullptr);
  });
}

TEST(H2SessionTest, EndOfRequestIsPartOfTheLastEventOfItsStream) {
  const std::string head1 = HeadersFrames(1, NGHTTP2_FLAG_NONE, Block(RequestFields("/1")));
  const std::string head3 = HeadersFrames(3, NGHTTP2_FLAG_NONE, Block(RequestFields("/3")));
  const auto data = [](int32_t id, std::string_view bytes, uint8_t flags = NGHTTP2_FLAG_NONE) {
    return Frame(NGHTTP2_DATA, flags, id, bytes);
  };
  struct Case {
    const char* name;
    std::vector<std::string> feeds;
    std::vector<std::string> log;
  };
  const std::vector<Case> cases = {
      {"no body", {HeadersFrames(1, NGHTTP2_FLAG_END_STREAM, Block(RequestFields("/1")))}, {"1 head POST /1 end"}},
      {"one frame", {head1 + data(1, "x", NGHTTP2_FLAG_END_STREAM)}, {"1 head POST /1", "1 body x end"}},
      {"empty last frame",
       {head1 + data(1, "x") + data(1, "", NGHTTP2_FLAG_END_STREAM)},
       {"1 head POST /1", "1 body x end"}},
      {"empty body", {head1 + data(1, "", NGHTTP2_FLAG_END_STREAM)}, {"1 head POST /1 end"}},
      {"trailers",
       {head1 + data(1, "x") + HeadersFrames(1, NGHTTP2_FLAG_END_STREAM, Block({{"t", "v"}}))},
       {"1 head POST /1", "1 body x end"}},
      {"another stream between",
       {head1 + data(1, "x") + head3 + data(1, "", NGHTTP2_FLAG_END_STREAM)},
       {"1 head POST /1", "1 body x end", "3 head POST /3"}},
      {"in a later feed",
       {head1 + data(1, "x"), data(1, "", NGHTTP2_FLAG_END_STREAM)},
       {"1 head POST /1", "1 body x", "1 body  end"}},
      {"in a later feed, after another stream",
       {head1, head3 + data(1, "", NGHTTP2_FLAG_END_STREAM)},
       {"1 head POST /1", "3 head POST /3", "1 body  end"}},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    TestServer server;
    server.Feed(Preface());
    for (const std::string& feed : c.feeds) server.Feed(feed);
    EXPECT_EQ(server.log(), c.log);
    EXPECT_TRUE(server.stream(1)->request_ended);
  }
}

TEST(H2SessionTest, ShapesOfAnAnswer) {
  struct Case {
    const char* name;
    std::string body;
    Fields trailers;
    std::vector<int> frames;
  };
  const std::vector<Case> cases = {
      {"body and trailers", "x", {{"t", "v"}}, {NGHTTP2_HEADERS, NGHTTP2_DATA, NGHTTP2_HEADERS}},
      {"body", "x", {}, {NGHTTP2_HEADERS, NGHTTP2_DATA}},
      {"trailers without a body", "", {{"t", "v"}}, {NGHTTP2_HEADERS, NGHTTP2_HEADERS}},
      {"head only (Trailers-Only)", "", {}, {NGHTTP2_HEADERS}},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    OpenRequest open(NGHTTP2_FLAG_END_STREAM);
    AnswerNow(open.server, *open.stream, c.body, c.trailers);
    const std::vector<RawFrame> frames = open.server.OutputFrames();  // one Write
    EXPECT_EQ(Types(frames), c.frames);
    for (const RawFrame& frame : frames) {
      EXPECT_EQ((frame.flags & NGHTTP2_FLAG_END_STREAM) != 0, &frame == &frames.back());
    }
    EXPECT_TRUE(open.stream->response_sent);
    EXPECT_TRUE(open.stream->closed);
    EXPECT_THAT(open.server.log(1), ElementsAre("head POST /svc.S/Unary end", "closed"));
  }
}

TEST(H2SessionTest, StatusIsThreeDigits) {
  for (const int status : {200, 404, 431, 503}) {
    TestServer server({}, [&](TestServer& s, TestStream& stream, const HttpEvent& event) {
      if (event.kind != HttpEvent::Kind::kHead) return;
      stream.response.status = status;
      stream.body.ended = true;
      s.session().Respond(&stream);
    });
    TestClient client;
    const int32_t id = client.Send(RequestFields());
    Exchange(client, server);
    EXPECT_THAT(client.response(id).headers, ElementsAre(Pair(":status", std::to_string(status))));
  }
}

TEST(H2SessionTest, BodyThatWaitsIsResumed) {
  TestServer server;
  TestClient client;
  const int32_t id = client.Send(RequestFields());
  Exchange(client, server);
  TestStream& stream = *server.stream(id);
  server.session().Respond(&stream);
  Exchange(client, server);
  EXPECT_THAT(client.response(id).headers, ElementsAre(Pair(":status", "200")));
  EXPECT_TRUE(stream.deferred);

  for (const std::string_view part : {"one", "two"}) {
    stream.body.queue.Append(part);
    Exchange(client, server);
    EXPECT_EQ(stream.body.queue.size(), 3u) << "nothing leaves before Resume";
    server.session().Resume(&stream);
    Exchange(client, server);
    EXPECT_TRUE(stream.deferred);
  }
  EXPECT_EQ(client.response(id).body, "onetwo");
  EXPECT_FALSE(client.response(id).ended);

  server.session().Resume(&stream);  // with nothing to send
  Exchange(client, server);
  EXPECT_TRUE(stream.deferred);

  stream.body.ended = true;
  stream.body.trailers.Add("t", "v");
  server.session().Resume(&stream);
  Exchange(client, server);
  EXPECT_THAT(client.response(id).trailers, ElementsAre(Pair("t", "v")));
  EXPECT_TRUE(client.response(id).ended);
  EXPECT_TRUE(stream.closed);
}

// The bytes of a large payload in the output are those that the server queued, at the same place in memory. Shorter
// runs (where a frame's end splits the payload's ends) may be copied.
TEST(H2SessionTest, LargePayloadIsNotCopied) {
  OpenRequest open(NGHTTP2_FLAG_END_STREAM);
  constexpr size_t kSize = 48 * 1024;  // less than the window
  Payload payload = Payload::Own(std::string(kSize, 'p'));
  const char* const begin = payload.view().data();
  open.stream->body.queue.Append(std::move(payload));
  open.stream->body.ended = true;
  open.server.session().Respond(open.stream);

  wire::OutputQueue out;
  open.server.session().Write(&out, SIZE_MAX);
  size_t in_place = 0;
  std::string_view piece;
  while (out.Peek(&piece, 1) == 1) {
    if (piece.data() >= begin && piece.data() < begin + kSize) in_place += piece.size();
    out.Consume(piece.size());
  }
  EXPECT_EQ(in_place, kSize);
}

TEST(H2SessionTest, WriteStopsAtTheHighWaterMark) {
  OpenRequest open(NGHTTP2_FLAG_END_STREAM);
  constexpr size_t kFrame = 16384 + 9;
  AnswerNow(open.server, *open.stream, std::string(60000, 'b'), {{"t", "v"}});
  std::string all;
  for (int rounds = 0; !open.stream->closed; ++rounds) {
    ASSERT_LT(rounds, 10);
    const std::string part = open.server.Output(1000);
    EXPECT_FALSE(part.empty());
    EXPECT_LT(part.size(), 1000 + kFrame);
    all += part;
  }
  size_t body = 0;
  for (const RawFrame& frame : ParseFrames(all)) {
    if (frame.type == NGHTTP2_DATA) body += frame.payload.size();
  }
  EXPECT_EQ(body, 60000u);

  wire::OutputQueue full;
  full.Append("x");
  open.server.Feed(Frame(NGHTTP2_PING, 0, 0, "12345678"));
  open.server.session().Write(&full, 1);
  EXPECT_EQ(full.size(), 1u);
  open.server.session().Write(&full, 2);
  EXPECT_EQ(full.size(), 1u + 9 + 8);
}

// A header block of several frames leaves in one piece, whatever the high-water mark: no frame may come between.
TEST(H2SessionTest, LongHeadIsWrittenWhole) {
  OpenRequest open(NGHTTP2_FLAG_END_STREAM);
  open.stream->response.headers.Add("x-long", std::string(40000, '\x7f'));
  open.stream->body.ended = true;
  open.server.session().Respond(open.stream);
  const std::vector<RawFrame> frames = ParseFrames(open.server.Output(1));
  EXPECT_THAT(Types(frames), ElementsAre(NGHTTP2_HEADERS, NGHTTP2_CONTINUATION, NGHTTP2_CONTINUATION));
}

TEST(H2SessionTest, HeadTooLongToSendResetsTheStream) {
  for (const bool in_trailers : {false, true}) {
    OpenRequest open(NGHTTP2_FLAG_END_STREAM);
    HeaderList& fields = in_trailers ? open.stream->body.trailers : open.stream->response.headers;
    fields.Add("x-long", std::string(70000, 'v'));
    open.stream->body.ended = true;
    open.server.session().Respond(open.stream);
    const std::vector<RawFrame> frames = open.server.OutputFrames();
    const RawFrame* reset = FindFrame(frames, NGHTTP2_RST_STREAM, 1);
    ASSERT_NE(reset, nullptr);
    EXPECT_EQ(ReadUint32(reset->payload), NGHTTP2_INTERNAL_ERROR);
    EXPECT_THAT(open.server.log(1), ElementsAre("head POST /svc.S/Unary end", "aborted", "closed"));
  }
}

// The rest of the request may come, and is dropped: with a reset some clients would throw the answer away.
TEST(H2SessionTest, EarlyAnswerLetsTheRequestEnd) {
  struct Case {
    const char* name;
    std::string body;
    Fields trailers;
  };
  for (const Case& c : {Case{"head only", "", {}}, Case{"body", "b", {}}, Case{"trailers", "b", {{"t", "v"}}}}) {
    SCOPED_TRACE(c.name);
    OpenRequest open;
    AnswerNow(open.server, *open.stream, c.body, c.trailers);
    const std::vector<RawFrame> frames = open.server.OutputFrames();
    ASSERT_FALSE(frames.empty());
    EXPECT_NE(frames.back().flags & NGHTTP2_FLAG_END_STREAM, 0);
    EXPECT_EQ(open.server.session().peer().unended, 1u);
    EXPECT_THAT(open.server.log(1), ElementsAre("head POST /svc.S/Unary"));

    open.server.Feed(Frame(NGHTTP2_DATA, 0, 1, "late"));
    EXPECT_THAT(open.server.log(1), ElementsAre("head POST /svc.S/Unary"));
    open.server.Feed(Frame(NGHTTP2_DATA, NGHTTP2_FLAG_END_STREAM, 1, "end"));
    EXPECT_THAT(open.server.log(1), ElementsAre("head POST /svc.S/Unary", "closed"));
    EXPECT_EQ(open.server.session().peer().unended, 0u);
    EXPECT_EQ(FindFrame(open.server.OutputFrames(), NGHTTP2_RST_STREAM, 1), nullptr);
    EXPECT_FALSE(open.server.session().finished());
  }
}

// RFC 9113 section 8.1: NO_ERROR, since all was answered.
TEST(H2SessionTest, WhatGoesOnAfterTheAnswerIsReset) {
  for (const bool by_size : {true, false}) {
    SCOPED_TRACE(by_size);
    http::SessionLimits limits;
    limits.max_drain_bytes = 10;
    OpenRequest open(NGHTTP2_FLAG_NONE, limits);
    AnswerNow(open.server, *open.stream, "b", {});
    open.server.Feed(Frame(NGHTTP2_DATA, 0, 1, std::string(10, 'x')));
    EXPECT_EQ(FindFrame(open.server.OutputFrames(), NGHTTP2_RST_STREAM, 1), nullptr);
    if (by_size) {
      open.server.Feed(Frame(NGHTTP2_DATA, 0, 1, "x"));
    } else {
      open.server.session().Reset(open.stream);  // as the server does after a time
    }
    const std::vector<RawFrame> frames = open.server.OutputFrames();
    const RawFrame* reset = FindFrame(frames, NGHTTP2_RST_STREAM, 1);
    ASSERT_NE(reset, nullptr);
    EXPECT_EQ(ReadUint32(reset->payload), NGHTTP2_NO_ERROR);
    EXPECT_THAT(open.server.log(1), ElementsAre("head POST /svc.S/Unary", "closed"));
    EXPECT_EQ(open.server.session().peer().unended, 0u);

    // What was under way meets a closed stream: no event, no reset, no end of the connection.
    open.server.Feed(Frame(NGHTTP2_DATA, NGHTTP2_FLAG_END_STREAM, 1, "late"));
    EXPECT_THAT(open.server.OutputFrames(), IsEmpty());
    EXPECT_FALSE(open.server.session().finished());
  }
}

TEST(H2SessionTest, EarlyAnswerReachesTheClient) {
  TestServer server({}, [](TestServer& s, TestStream& stream, const HttpEvent& event) {
    if (event.kind == HttpEvent::Kind::kHead) AnswerNow(s, stream, std::string(200000, 'r'));
  });
  TestClient client;
  const int32_t id = client.Send(RequestFields(), std::string(500000, 'q'));
  Exchange(client, server);
  EXPECT_EQ(client.response(id).body.size(), 200000u);
  EXPECT_TRUE(client.response(id).ended);
  EXPECT_EQ(client.response(id).close_code, NGHTTP2_NO_ERROR);
  EXPECT_EQ(server.log(id).back(), "closed");
  EXPECT_LE(server.stream(id)->received.size(), 65535u) << "what came with the head";
}

TEST(H2SessionTest, ServerResets) {
  OpenRequest open;
  open.server.session().Reset(open.stream);
  open.server.session().Reset(open.stream);
  AnswerNow(open.server, *open.stream, "too late");
  const std::vector<RawFrame> frames = open.server.OutputFrames();
  ASSERT_THAT(Types(frames), ElementsAre(NGHTTP2_RST_STREAM));
  EXPECT_EQ(ReadUint32(frames[0].payload), NGHTTP2_CANCEL);
  EXPECT_THAT(open.server.log(1), ElementsAre("head POST /svc.S/Unary", "closed"));
  // A closed stream is out of the session's hands.
  open.server.session().Reset(open.stream);
  open.server.session().Resume(open.stream);
  open.server.session().Release(open.stream, 1);
  open.server.session().Respond(open.stream);
  EXPECT_THAT(open.server.OutputFrames(), IsEmpty());
}

TEST(H2SessionTest, ServerResetsHalfwayThroughTheAnswer) {
  OpenRequest open(NGHTTP2_FLAG_END_STREAM);
  open.server.session().Respond(open.stream);
  open.stream->body.queue.Append("part");
  open.server.Output();
  open.server.session().Reset(open.stream);
  EXPECT_THAT(Types(open.server.OutputFrames()), ElementsAre(NGHTTP2_RST_STREAM));
  EXPECT_THAT(open.server.log(1), ElementsAre("head POST /svc.S/Unary end", "closed"));
}

TEST(H2SessionTest, RefusedStreamMayBeTriedAgain) {
  TestServer server({}, Answer("ok"));
  TestClient client;
  server.refuse = true;
  const int32_t refused = client.Send(RequestFields(), "body");
  Exchange(client, server);
  EXPECT_EQ(client.response(refused).close_code, NGHTTP2_REFUSED_STREAM);
  EXPECT_THAT(server.log(), IsEmpty());
  EXPECT_TRUE(server.session().idle());

  server.refuse = false;
  const int32_t taken = client.Send(RequestFields(), "body");
  Exchange(client, server);
  EXPECT_EQ(client.response(taken).body, "ok");
}

// A reset of the peer at each step of a call: kAborted unless the answer was complete, then kClosed, once.
TEST(H2SessionTest, PeerResetsAtEachStep) {
  enum Step { kHead, kBody, kRequestEnd, kRespond, kFirstPart, kRest, kSteps };
  for (int last = kHead; last < kSteps; ++last) {
    SCOPED_TRACE(last);
    TestServer server;
    server.Feed(Preface());
    server.Feed(HeadersFrames(1, NGHTTP2_FLAG_NONE, Block(RequestFields())));
    TestStream& stream = *server.stream(1);
    server.Output();
    if (last >= kBody) server.Feed(Frame(NGHTTP2_DATA, 0, 1, "b"));
    if (last >= kRequestEnd) server.Feed(Frame(NGHTTP2_DATA, NGHTTP2_FLAG_END_STREAM, 1, "c"));
    if (last >= kRespond) {
      stream.response.headers.Add("x-long", std::string(100, 'v'));
      server.session().Respond(&stream);
    }
    if (last >= kFirstPart) {
      stream.body.queue.Append("part");
      server.Output();
    }
    if (last >= kRest) {
      stream.body.queue.Append("rest");
      stream.body.ended = true;
      server.session().Resume(&stream);
    }
    server.Feed(Frame(NGHTTP2_RST_STREAM, 0, 1, Uint32(NGHTTP2_CANCEL)));
    EXPECT_TRUE(stream.closed);
    std::vector<std::string> log = server.log(1);
    ASSERT_GE(log.size(), 2u);
    EXPECT_EQ(log[log.size() - 2], "aborted");
    EXPECT_EQ(log.back(), "closed");
    EXPECT_TRUE(server.session().idle());
    // The server may forget the stream at once: nothing queued for it is read any more.
    server.Destroy(1);
    server.Output();
    EXPECT_FALSE(server.session().finished());
    EXPECT_EQ(server.log(1).size(), log.size());
  }
}

TEST(H2SessionTest, EventsOfOneFeedThatEndsInAReset) {
  TestServer server;
  server.Feed(Preface() + HeadersFrames(1, NGHTTP2_FLAG_NONE, Block(RequestFields())) +
              Frame(NGHTTP2_DATA, 0, 1, "abc") + Frame(NGHTTP2_RST_STREAM, 0, 1, Uint32(NGHTTP2_CANCEL)));
  EXPECT_THAT(server.log(), ElementsAre("1 head POST /svc.S/Unary", "1 body abc", "1 aborted", "1 closed"));
}

TEST(H2SessionTest, BrokenBodyAborts) {
  struct Case {
    const char* name;
    std::string content_length;
    std::string frames;
  };
  const std::vector<Case> cases = {
      {"shorter than content-length", "5", Frame(NGHTTP2_DATA, NGHTTP2_FLAG_END_STREAM, 1, "abc")},
      {"longer than content-length", "2", Frame(NGHTTP2_DATA, 0, 1, "abc")},
      {"trailers that do not end it", "0", HeadersFrames(1, 0, Block({{"t", "v"}}))},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    TestServer server;
    Fields fields = RequestFields();
    fields.emplace_back("content-length", c.content_length);
    server.Feed(Preface() + HeadersFrames(1, NGHTTP2_FLAG_NONE, Block(fields)) + c.frames);
    const std::vector<RawFrame> frames = server.OutputFrames();
    const RawFrame* reset = FindFrame(frames, NGHTTP2_RST_STREAM, 1);
    ASSERT_NE(reset, nullptr);
    EXPECT_EQ(ReadUint32(reset->payload), NGHTTP2_PROTOCOL_ERROR);
    std::vector<std::string> log = server.log(1);
    ASSERT_GE(log.size(), 3u);
    EXPECT_EQ(log[log.size() - 2], "aborted");
    EXPECT_EQ(log.back(), "closed");
  }
}

TEST(H2SessionTest, StreamsAreRecycled) {
  OpenRequest open(NGHTTP2_FLAG_END_STREAM);
  AnswerNow(open.server, *open.stream, "x", {{"t", "v"}});
  open.server.Output();
  open.stream->ClearHttp();
  const TestStream fresh;
  EXPECT_EQ(open.stream->id, 0);
  EXPECT_TRUE(open.stream->request.target.empty());
  EXPECT_TRUE(open.stream->request.headers.empty());
  EXPECT_TRUE(open.stream->response.headers.empty());
  EXPECT_TRUE(open.stream->body.trailers.empty());
  EXPECT_FALSE(open.stream->body.ended);
  EXPECT_FALSE(open.stream->responded);
  EXPECT_FALSE(open.stream->response_sent);
  EXPECT_FALSE(open.stream->request_ended);
  EXPECT_FALSE(open.stream->head_delivered);
  EXPECT_EQ(open.stream->header_count, fresh.header_count);
  EXPECT_EQ(open.stream->header_list_size, fresh.header_list_size);
}

}  // namespace
}  // namespace connectrpc::test
