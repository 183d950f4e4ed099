#include "http/h2_client_session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "http/h2_client_peer.h"
#include "support/several_ways.h"

namespace connectrpc::test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

constexpr int32_t kMaxStreamId = std::numeric_limits<int32_t>::max();

TEST(H2ClientSessionTest, PrefaceAnnouncesTheLimits) {
  http::ClientSessionLimits limits;
  limits.stream_window_bytes = 12345;
  limits.max_header_list_bytes = 999;
  limits.connection_window_bytes = 100000;
  ClientDriver driver(http::NewHttp2ClientSession(limits));
  const std::string output = driver.Output();
  ASSERT_EQ(output.substr(0, 24), http::kHttp2Preface);
  const std::vector<RawFrame> frames = ParseFrames(output.substr(24));
  ASSERT_THAT(Names(frames), ElementsAre("SETTINGS 0", "WINDOW_UPDATE 0"));
  std::vector<std::pair<int, uint32_t>> settings;
  for (size_t i = 0; i < frames[0].payload.size(); i += 6) {
    settings.emplace_back(frames[0].payload[i + 1], ReadUint32(frames[0].payload, i + 2));
  }
  EXPECT_THAT(
      settings,
      ElementsAre(Pair(NGHTTP2_SETTINGS_ENABLE_PUSH, 0u), Pair(NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, 12345u),
                  Pair(NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, 999u), Pair(NGHTTP2_SETTINGS_NO_RFC7540_PRIORITIES, 1u)));
  EXPECT_EQ(ReadUint32(frames[1].payload), 100000u - 65535u);
  EXPECT_FALSE(driver.session().settings_received());
  EXPECT_FALSE(driver.session().settings_acknowledged());
  driver.Feed(Settings());
  EXPECT_TRUE(driver.session().settings_received());
  EXPECT_FALSE(driver.session().settings_acknowledged());
  driver.Feed(Frame(NGHTTP2_SETTINGS, NGHTTP2_FLAG_ACK, 0));
  EXPECT_TRUE(driver.session().settings_acknowledged());
}

TEST(H2ClientSessionTest, UnaryCall) {
  H2ClientPeer peer;
  CallStream* stream = peer.Start([](CallStream& s) {
    s.request.headers.Add("content-type", "application/proto");
    s.body.queue.Append("request");
    s.body.ended = true;
  });
  const std::vector<RawFrame> frames = peer.OutputFrames();
  ASSERT_THAT(Names(frames), ElementsAre("HEADERS 1", "DATA 1 end"));
  EXPECT_EQ(frames[1].payload, "request");
  EXPECT_EQ(stream->request.version, wire::HttpVersion::kHttp2);
  EXPECT_TRUE(stream->request_sent);
  peer.Feed(Response(1, 0, {{":status", "200"}, {"a", "1"}, {"a", "2"}}) + Data(1, "response") + Trailers(1));
  EXPECT_THAT(peer.log(), ElementsAre("1 head 200", "1 body response", "1 end", "1 closed"));
  EXPECT_EQ(stream->response.headers.Count("a"), 2u);
  EXPECT_EQ(stream->response.headers.size(), 2u);
  EXPECT_EQ(stream->trailers.Find("grpc-status"), "0");
  EXPECT_TRUE(peer.session().idle());
  EXPECT_TRUE(peer.session().want_read());
  EXPECT_FALSE(peer.session().finished());
}

TEST(H2ClientSessionTest, BodyThatComesLater) {
  H2ClientPeer peer;
  CallStream* stream = peer.Start("", true);
  EXPECT_THAT(Names(peer.OutputFrames()), ElementsAre("HEADERS 1"));
  EXPECT_TRUE(stream->deferred);
  peer.Send(stream, "one", false);
  EXPECT_THAT(Names(peer.OutputFrames()), ElementsAre("DATA 1"));
  peer.Send(stream, "", true);
  EXPECT_THAT(Names(peer.OutputFrames()), ElementsAre("DATA 1 end"));
  EXPECT_TRUE(stream->request_sent);
}

TEST(H2ClientSessionTest, EndsWithNothingInTheQueue) {
  H2ClientPeer peer;
  peer.Start("", false);
  EXPECT_THAT(Names(peer.OutputFrames()), ElementsAre("HEADERS 1 end"));
  EXPECT_TRUE(peer.stream(1)->request_sent);
}

TEST(H2ClientSessionTest, TrailersOfTheRequest) {
  H2ClientPeer peer;
  peer.Start([](CallStream& s) {
    s.body.queue.Append("x");
    s.body.ended = true;
    s.body.trailers.Add("a", "b");
  });
  EXPECT_THAT(Names(peer.OutputFrames()), ElementsAre("HEADERS 1", "DATA 1", "HEADERS 1 end"));
  EXPECT_TRUE(peer.stream(1)->request_sent);

  peer.Start([](CallStream& s) {
    s.body.queue.Append("x");
    s.body.ended = true;
    s.body.trailers.Add("a", "b\r\nc: d");
  });
  EXPECT_THAT(Names(peer.OutputFrames()), ElementsAre("HEADERS 3", "RST_STREAM 3 2"));
  EXPECT_THAT(peer.log(2), ElementsAre("reset 2: a trailer field of the request is not valid", "closed"));
}

TEST(H2ClientSessionTest, LargeBodiesPassByReference) {
  H2ClientPeer peer({}, {{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, 1 << 20}, {NGHTTP2_SETTINGS_MAX_FRAME_SIZE, 1 << 20}});
  peer.Feed(Frame(NGHTTP2_WINDOW_UPDATE, 0, 0, Uint32(1 << 20)));
  CallStream* stream = peer.Start([](CallStream& s) {
    s.body.queue.Append(Payload::Own(std::string(500'000, 'b')));
    s.body.ended = true;
  });
  std::string_view piece;
  ASSERT_EQ(stream->body.queue.Peek(&piece, 1), 1u);
  const char* const begin = piece.data();
  wire::OutputQueue out;
  peer.session().Write(&out, SIZE_MAX);
  std::vector<std::string_view> pieces(100);
  pieces.resize(out.Peek(pieces.data(), pieces.size()));
  size_t referenced = 0;
  for (const std::string_view p : pieces) {
    if (p.data() >= begin && p.data() < begin + 500'000) referenced += p.size();
  }
  EXPECT_GT(referenced, 450'000u);
}

// A call with everything a response may have, cut everywhere.
TEST(H2ClientSessionTest, InputMayBeCutAnywhere) {
  const std::string padded = std::string(1, '\3') + "two" + std::string(3, '\0');
  const std::string input =
      Settings({{NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, 7}}) + Frame(NGHTTP2_SETTINGS, NGHTTP2_FLAG_ACK, 0) +
      Response(1, 0, {{":status", "103"}, {"link", "x"}}) + Response(1) + Data(1, "one") +
      Frame(NGHTTP2_DATA, NGHTTP2_FLAG_PADDED, 1, padded) + Response(3, NGHTTP2_FLAG_END_STREAM) +
      Frame(NGHTTP2_PING, 0, 0, "12345678") + Trailers(1) + Rst(5, NGHTTP2_INTERNAL_ERROR) + GoAway(5);
  ForEachSplit(input, [](const std::vector<std::string_view>& pieces) {
    ClientDriver driver(http::NewHttp2ClientSession({}));
    for (int i = 0; i < 4; ++i) driver.Start("request");
    driver.Output();
    driver.Feed(pieces);
    EXPECT_THAT(driver.log(1), ElementsAre("head 200", "body onetwo", "end", "closed"));
    EXPECT_THAT(driver.log(2), ElementsAre("head 200 end", "closed"));
    EXPECT_THAT(driver.log(3), ElementsAre("reset 2", "closed"));
    EXPECT_THAT(driver.log(4), ElementsAre("reset 7 unprocessed", "closed"));
    EXPECT_EQ(driver.stream(1)->response.headers.size(), 0u) << "those of 103 are dropped";
    EXPECT_TRUE(driver.session().finished() || driver.Output().size() > 0);
  });
}

// Cut off at each byte, no response is taken for whole, and none is left open.
TEST(H2ClientSessionTest, TruncatedAtEachByte) {
  const std::string input =
      Settings() + Response(1, 0, {{":status", "100"}}) + Response(1) + Data(1, "ok") + Trailers(1);
  for (size_t size = 0; size <= input.size(); ++size) {
    SCOPED_TRACE(size);
    ClientDriver driver(http::NewHttp2ClientSession({}));
    CallStream* stream = driver.Start("request");
    driver.Output();
    driver.Feed(input.substr(0, size));
    driver.FeedEnd();
    EXPECT_TRUE(stream->closed);
    EXPECT_EQ(stream->was_reset, size < input.size());
    if (stream->was_reset) {
      EXPECT_EQ(stream->error_code, NGHTTP2_INTERNAL_ERROR);
      EXPECT_EQ(stream->fault,
                size < 9 ? "the connection was lost before the server spoke HTTP/2" : "the connection was lost");
      EXPECT_FALSE(stream->unprocessed) << "it was written";
    }
    EXPECT_TRUE(driver.session().finished());
    EXPECT_EQ(driver.session().capacity(), 0u);
    EXPECT_EQ(driver.Output(), "");
  }
}

TEST(H2ClientSessionTest, CapacityIsTheLesserLimit) {
  struct Case {
    const char* name;
    size_t ours;
    std::vector<std::pair<uint16_t, uint32_t>> settings;
    size_t capacity;
  };
  const std::vector<Case> cases = {
      {"theirs", 10, {{NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, 3}}, 3},
      {"ours", 10, {{NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, 30}}, 10},
      {"they name none", 1000, {}, 1000},
      {"none at all", 10, {{NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, 0}}, 0},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    http::ClientSessionLimits limits;
    limits.max_concurrent_streams = c.ours;
    H2ClientPeer peer(limits, c.settings);
    EXPECT_EQ(peer.session().capacity(), c.capacity);
    if (c.capacity == 0) continue;
    peer.Start("x");
    EXPECT_EQ(peer.session().capacity(), c.capacity - 1);
    peer.Output();
    EXPECT_EQ(peer.session().capacity(), c.capacity - 1);
    peer.Feed(Response(1, NGHTTP2_FLAG_END_STREAM));
    EXPECT_EQ(peer.session().capacity(), c.capacity);
  }
}

// A server may take back what it has promised: what was started waits, and may be given up meanwhile.
TEST(H2ClientSessionTest, StreamsWaitWhenTheServerLowersItsLimit) {
  H2ClientPeer peer;
  peer.Start("x");
  peer.Output();
  for (int i = 0; i < 3; ++i) peer.Start("x");
  peer.Feed(Settings({{NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, 1}}));
  EXPECT_EQ(peer.session().capacity(), 0u);
  EXPECT_THAT(Names(peer.OutputFrames()), ElementsAre("SETTINGS 0"));
  peer.Reset(peer.stream(2));
  peer.Output();
  EXPECT_THAT(peer.log(2), ElementsAre("closed"));
  peer.Feed(Response(1, NGHTTP2_FLAG_END_STREAM));
  EXPECT_THAT(Names(peer.OutputFrames()), ElementsAre("HEADERS 3", "DATA 3 end"));
  EXPECT_EQ(peer.stream(3)->id, 3) << "no number was spent on the one given up";
  EXPECT_FALSE(peer.stream(4)->head_written);
  peer.FeedEnd();
  EXPECT_THAT(peer.log(3), ElementsAre("reset 2: the connection was lost", "closed"));
  EXPECT_THAT(peer.log(4), ElementsAre("reset 2 unprocessed: the connection was lost", "closed"));
}

TEST(H2ClientSessionTest, InformationalResponsesAreDropped) {
  H2ClientPeer peer;
  peer.Start("x");
  peer.Output();
  peer.Feed(Response(1, 0, {{":status", "100"}}) + Response(1, 0, {{":status", "103"}, {"a", "b"}}));
  EXPECT_THAT(peer.log(), IsEmpty());
  peer.Feed(Response(1, 0, {{":status", "404"}, {"c", "d"}}) + Data(1, "x", true));
  EXPECT_THAT(peer.log(1), ElementsAre("head 404", "body x", "end", "closed"));
  EXPECT_EQ(peer.stream(1)->response.headers.size(), 1u);
  EXPECT_EQ(peer.stream(1)->informational, 2u);
}

TEST(H2ClientSessionTest, MalformedResponses) {
  struct Case {
    const char* name;
    std::string frames;
    std::vector<std::string> log;
  };
  const std::string kBadHead = "reset 1: the response's header is not valid";
  const std::string kBadTrailers = "reset 1: the response's trailers are not valid";
  const std::string kBadLength = "reset 1: the response's body is not as long as its content-length says";
  const auto head = [](const Fields& more) {
    Fields fields = {{":status", "200"}};
    fields.insert(fields.end(), more.begin(), more.end());
    return Response(1, 0, fields);
  };
  const std::vector<Case> cases = {
      {"no status", Response(1, 0, {{"a", "b"}}), {kBadHead}},
      {"empty head", Response(1, 0, {}), {kBadHead}},
      {"two", Response(1, 0, {{":status", "200"}, {":status", "200"}}), {kBadHead}},
      {"status of two digits", Response(1, 0, {{":status", "20"}}), {kBadHead}},
      {"status of four digits", Response(1, 0, {{":status", "2000"}}), {kBadHead}},
      {"status of letters", Response(1, 0, {{":status", "2xx"}}), {kBadHead}},
      {"status below the known", Response(1, 0, {{":status", "099"}}), {"reset 1: the response's status is not valid"}},
      {"101", Response(1, 0, {{":status", "101"}}), {kBadHead}},
      {"pseudo field of a request", head({{":path", "/"}}), {kBadHead}},
      {"unknown pseudo field", head({{":x", "/"}}), {kBadHead}},
      {"pseudo field after others", Response(1, 0, {{"a", "b"}, {":status", "200"}}), {kBadHead}},
      {"upper case", head({{"Aa", "b"}}), {kBadHead}},
      {"space in a name", head({{"a b", "c"}}), {kBadHead}},
      {"no name", head({{"", "c"}}), {kBadHead}},
      {"CR in a value", head({{"a", "b\rc"}}), {kBadHead}},
      {"LF in a value", head({{"a", "b\nc"}}), {kBadHead}},
      {"NUL in a value", head({{"a", std::string("b\0c", 3)}}), {kBadHead}},
      {"space before a value", head({{"a", " b"}}), {kBadHead}},
      {"connection", head({{"connection", "close"}}), {kBadHead}},
      {"transfer-encoding", head({{"transfer-encoding", "chunked"}}), {kBadHead}},
      {"upgrade", head({{"upgrade", "h2c"}}), {kBadHead}},
      {"two lengths", head({{"content-length", "1"}, {"content-length", "2"}}), {kBadHead}},
      {"length of letters", head({{"content-length", "x"}}), {kBadHead}},
      {"informational response that ends", Response(1, NGHTTP2_FLAG_END_STREAM, {{":status", "100"}}), {kBadHead}},
      {"data after an informational head",
       Response(1, 0, {{":status", "100"}}) + Data(1, "x"),
       {"reset 1: the response is not valid HTTP/2"}},
      {"length without a body",
       Response(1, NGHTTP2_FLAG_END_STREAM, {{":status", "200"}, {"content-length", "1"}}),
       {kBadHead}},
      {"body shorter than its length",
       head({{"content-length", "3"}}) + Data(1, "ok", true),
       {"head 200", "body ok", kBadLength}},
      {"body longer than its length",
       head({{"content-length", "2"}}) + Data(1, "ok") + Data(1, "no", true),
       {"head 200", "body ok", kBadLength}},
      {"body shorter, and trailers",
       head({{"content-length", "3"}}) + Data(1, "ok") + Trailers(1),
       {"head 200", "body ok", kBadTrailers}},
      {"pseudo field in trailers", head({}) + Trailers(1, {{":status", "200"}}), {"head 200", kBadTrailers}},
      {"trailers that do not end", head({}) + Response(1, 0, {{"a", "b"}}), {"head 200", kBadTrailers}},
      {"connection in trailers", head({}) + Trailers(1, {{"connection", "close"}}), {"head 200", kBadTrailers}},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    std::vector<std::string> log = c.log;
    log.emplace_back("closed");
    ForEachSplit(c.frames, [&](const std::vector<std::string_view>& pieces) {
      H2ClientPeer peer;
      peer.Start("x");
      peer.Start("x");
      peer.Output();
      peer.Feed(pieces);
      peer.Feed(Response(3, NGHTTP2_FLAG_END_STREAM));
      EXPECT_THAT(Names(peer.OutputFrames()), ElementsAre("RST_STREAM 1 1"));
      EXPECT_EQ(peer.log(1), log);
      EXPECT_THAT(peer.log(2), ElementsAre("head 200 end", "closed")) << "others go on";
      EXPECT_FALSE(peer.stream(1)->unprocessed);
    });
  }
}

TEST(H2ClientSessionTest, ResetByTheServer) {
  struct Case {
    const char* name;
    std::string frames;
    std::vector<std::string> log;
  };
  const std::vector<Case> cases = {
      {"before the head", Rst(1, NGHTTP2_CANCEL), {"reset 8"}},
      {"NO_ERROR before the head", Rst(1, NGHTTP2_NO_ERROR), {"reset 0"}},
      {"refused", Rst(1, NGHTTP2_REFUSED_STREAM), {"reset 7 unprocessed"}},
      {"refused after an informational response",
       Response(1, 0, {{":status", "100"}}) + Rst(1, NGHTTP2_REFUSED_STREAM),
       {"reset 7"}},
      {"refused after the head", Response(1) + Rst(1, NGHTTP2_REFUSED_STREAM), {"head 200", "reset 7"}},
      {"inside the body",
       Response(1) + Data(1, "ok") + Rst(1, NGHTTP2_ENHANCE_YOUR_CALM),
       {"head 200", "body ok", "reset 11"}},
      {"inside a body with a length",
       Response(1, 0, {{":status", "200"}, {"content-length", "9"}}) + Data(1, "ok") + Rst(1, NGHTTP2_CANCEL),
       {"head 200", "body ok", "reset 8"}},
      {"unknown code", Rst(1, 0xabcdef), {"reset 11259375"}},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    std::vector<std::string> log = c.log;
    log.emplace_back("closed");
    H2ClientPeer peer;
    peer.Start("x");
    peer.Output();
    peer.Feed(c.frames);
    EXPECT_EQ(peer.log(1), log);
    EXPECT_TRUE(peer.session().idle());
    EXPECT_FALSE(peer.session().going_away());
  }
}

TEST(H2ClientSessionTest, ResponseBeforeTheRequestHasEnded) {
  H2ClientPeer peer;
  CallStream* stream = peer.Start("request", true);
  peer.Output();
  peer.Feed(Response(1, NGHTTP2_FLAG_END_STREAM));
  EXPECT_THAT(peer.log(1), ElementsAre("head 200 end"));
  peer.Send(stream, "more", true);
  EXPECT_THAT(Names(peer.OutputFrames()), ElementsAre("RST_STREAM 1 0"));
  EXPECT_THAT(peer.log(1), ElementsAre("head 200 end", "closed"));
  EXPECT_FALSE(peer.session().finished());

  // The server says so itself (RFC 9113 section 8.1).
  stream = peer.Start("request", true);
  peer.Output();
  peer.Feed(Response(3) + Data(3, "ok", true) + Rst(3, NGHTTP2_NO_ERROR));
  EXPECT_THAT(peer.log(2), ElementsAre("head 200", "body ok", "end", "closed"));
  peer.Send(stream, "more", true);
  peer.Output();
}

TEST(H2ClientSessionTest, ResetAtEachStep) {
  const std::vector<std::string> steps = {"", Response(1, 0, {{":status", "100"}}), Response(1), Data(1, "ok")};
  for (size_t written = 0; written <= 1; ++written) {
    for (size_t fed = 0; fed <= steps.size(); ++fed) {
      SCOPED_TRACE(std::to_string(written) + " " + std::to_string(fed));
      H2ClientPeer peer;
      peer.release_bodies = false;
      CallStream* stream = peer.Start("request", true);
      if (written == 0) {
        peer.Reset(stream);
        EXPECT_THAT(Names(peer.OutputFrames()), IsEmpty());
        EXPECT_THAT(peer.log(1), ElementsAre("closed"));
        break;
      }
      peer.Output();
      for (size_t i = 0; i < fed; ++i) peer.Feed(steps[i]);
      const size_t lines = peer.log(1).size();
      peer.Reset(stream);
      peer.Reset(stream);
      // What crosses it is dropped.
      for (size_t i = fed; i < steps.size(); ++i) peer.Feed(steps[i]);
      EXPECT_EQ(peer.log(1).size(), lines);
      EXPECT_THAT(Names(peer.OutputFrames()), ElementsAre("RST_STREAM 1 8"));
      EXPECT_EQ(peer.log(1).size(), lines + 1);
      EXPECT_EQ(peer.log(1).back(), "closed");
      EXPECT_TRUE(peer.session().idle());
      peer.session().Release(stream, 2);
      peer.Send(stream, "more", true);
      peer.Reset(stream);
      EXPECT_THAT(Names(peer.OutputFrames()), IsEmpty());
      peer.Start("again");
      EXPECT_THAT(Names(peer.OutputFrames()), ElementsAre("HEADERS 3", "DATA 3 end"));
    }
  }
}

TEST(H2ClientSessionTest, GoAway) {
  H2ClientPeer peer;
  for (int i = 0; i < 3; ++i) peer.Start("x");
  peer.Output();
  peer.Start("not written");
  // First the notice, which refuses nothing that was sent; then the last stream.
  peer.Feed(GoAway(kMaxStreamId));
  EXPECT_TRUE(peer.session().going_away());
  EXPECT_EQ(peer.session().capacity(), 0u);
  peer.Output();
  EXPECT_THAT(peer.log(), ElementsAre("4 reset 2 unprocessed", "4 closed"));
  peer.Feed(GoAway(3));
  EXPECT_THAT(peer.log(3), ElementsAre("reset 7 unprocessed", "closed"));
  EXPECT_FALSE(peer.session().finished());
  peer.Feed(Response(1, NGHTTP2_FLAG_END_STREAM));
  EXPECT_FALSE(peer.session().finished());
  peer.Feed(Response(3) + Data(3, "ok", true));
  EXPECT_THAT(peer.log(1), ElementsAre("head 200 end", "closed"));
  EXPECT_THAT(peer.log(2), ElementsAre("head 200", "body ok", "end", "closed"));
  EXPECT_TRUE(peer.session().finished());
  EXPECT_FALSE(peer.session().want_read());
}

// Heads that nghttp2 has and could not write, for want of room in the output.
TEST(H2ClientSessionTest, HeadsThatAreQueued) {
  for (const bool goaway : {true, false}) {
    H2ClientPeer peer;
    CallStream* first = peer.Start("x");
    peer.Start("x");
    EXPECT_EQ(peer.Output(0), "");
    EXPECT_EQ(first->id, 1);
    if (goaway) {
      peer.Feed(GoAway(kMaxStreamId));
    } else {
      peer.Reset(first);
    }
    const std::vector<std::string> names = Names(peer.OutputFrames());
    if (goaway) {
      EXPECT_THAT(names, IsEmpty());
      EXPECT_THAT(peer.log(1), ElementsAre("reset 7 unprocessed", "closed"));
      EXPECT_THAT(peer.log(2), ElementsAre("reset 7 unprocessed", "closed"));
      EXPECT_TRUE(peer.session().finished());
    } else {
      EXPECT_THAT(names, ElementsAre("HEADERS 3", "DATA 3 end"));
      EXPECT_THAT(peer.log(1), ElementsAre("closed"));
    }
  }
}

TEST(H2ClientSessionTest, GoAwayWhileIdleFinishes) {
  H2ClientPeer peer;
  peer.Feed(GoAway(0, NGHTTP2_ENHANCE_YOUR_CALM));
  EXPECT_TRUE(peer.session().going_away());
  EXPECT_TRUE(peer.session().finished());
}

// A server that has begun to answer has processed the stream, whatever it says later.
TEST(H2ClientSessionTest, GoAwayBelowAnAnsweredStream) {
  H2ClientPeer peer;
  peer.Start("x");
  peer.Output();
  peer.Feed(Response(1) + GoAway(0));
  EXPECT_THAT(peer.log(1), ElementsAre("head 200", "reset 7", "closed"));
}

TEST(H2ClientSessionTest, StreamNumbersRunOut) {
  H2ClientPeer peer({}, {}, kMaxStreamId - 2);
  peer.Start("x");
  peer.Output();
  EXPECT_EQ(peer.stream(1)->id, kMaxStreamId - 2);
  EXPECT_FALSE(peer.session().going_away());
  peer.Start("x");
  peer.Start("x");
  EXPECT_THAT(Names(peer.OutputFrames()), ElementsAre("HEADERS 2147483647", "DATA 2147483647 end"));
  EXPECT_TRUE(peer.session().going_away());
  EXPECT_EQ(peer.session().capacity(), 0u);
  EXPECT_THAT(peer.log(3), ElementsAre("reset 2 unprocessed", "closed"));
  peer.Feed(Response(kMaxStreamId, NGHTTP2_FLAG_END_STREAM));
  EXPECT_THAT(peer.log(2), ElementsAre("head 200 end", "closed"));
}

TEST(H2ClientSessionTest, Shutdown) {
  H2ClientPeer peer;
  peer.Start("x");
  peer.Output();
  peer.Start("was started before");
  peer.session().Shutdown();
  EXPECT_EQ(peer.session().capacity(), 0u);
  EXPECT_THAT(Names(peer.OutputFrames()), ElementsAre("HEADERS 3", "DATA 3 end"));
  peer.Feed(Response(1, NGHTTP2_FLAG_END_STREAM));
  EXPECT_THAT(Names(peer.OutputFrames()), IsEmpty());
  peer.Feed(Response(3, NGHTTP2_FLAG_END_STREAM));
  EXPECT_FALSE(peer.session().finished());
  EXPECT_THAT(Names(peer.OutputFrames()), ElementsAre("GOAWAY 0 0"));
  EXPECT_TRUE(peer.session().finished());
}

TEST(H2ClientSessionTest, PingAndMissingAcknowledgement) {
  H2ClientPeer peer;
  peer.session().Ping();
  EXPECT_THAT(Names(peer.OutputFrames()), ElementsAre("PING 0"));
  peer.Start("x");
  peer.Output();
  peer.session().EndForSettings();
  EXPECT_THAT(Names(peer.OutputFrames()), ElementsAre("GOAWAY 0 4"));
  EXPECT_THAT(peer.log(1), ElementsAre("reset 4: the server does not acknowledge the connection's settings", "closed"));
  EXPECT_TRUE(peer.session().finished());
}

TEST(H2ClientSessionTest, WindowIsGivenBackAsBytesAreReleased) {
  http::ClientSessionLimits limits;
  limits.stream_window_bytes = 1000;
  H2ClientPeer peer(limits);
  peer.release_bodies = false;
  CallStream* stream = peer.Start("x");
  peer.Output();
  peer.Feed(Response(1) + Data(1, std::string(1000, 'd')));
  EXPECT_THAT(Names(peer.OutputFrames()), IsEmpty());
  EXPECT_EQ(stream->unreleased_bytes, 1000u);
  peer.session().Release(stream, 600);
  const std::vector<RawFrame> frames = peer.OutputFrames();
  ASSERT_THAT(Names(frames), ElementsAre("WINDOW_UPDATE 1"));
  EXPECT_EQ(ReadUint32(frames[0].payload), 600u);
  // Beyond the window.
  peer.Feed(Data(1, std::string(601, 'd')));
  EXPECT_THAT(Names(peer.OutputFrames()), ElementsAre("RST_STREAM 1 3"));
  EXPECT_EQ(peer.log(1).at(2), "reset 3: the server does not keep to flow control");
}

// What the application has not released does not stay taken from the connection when the stream ends.
TEST(H2ClientSessionTest, ClosedStreamsGiveTheirWindowBack) {
  http::ClientSessionLimits limits;
  limits.connection_window_bytes = 100'000;
  H2ClientPeer peer(limits);
  peer.release_bodies = false;
  size_t returned = 0;
  for (int32_t id = 1; id < 100; id += 2) {
    CallStream* stream = peer.Start("x");
    peer.Output();
    peer.Feed(Response(id) + Data(id, std::string(10'000, 'd'), id % 4 == 1));
    peer.Reset(stream);
    for (const RawFrame& frame : peer.OutputFrames()) {
      if (frame.type == NGHTTP2_WINDOW_UPDATE && frame.stream_id == 0) returned += ReadUint32(frame.payload);
    }
    ASSERT_TRUE(stream->closed);
  }
  EXPECT_GE(returned, 450'000u);
  EXPECT_FALSE(peer.session().finished());
}

TEST(H2ClientSessionTest, ServersThatSpeakSomethingElse) {
  struct Case {
    const char* name;
    std::string input;
  };
  const std::vector<Case> cases = {
      {"HTTP/1.1", "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"},
      {"text", "220 mail.example.com ESMTP\r\n"},
      {"zeros", std::string(100, '\0')},
      {"another frame first", Frame(NGHTTP2_PING, 0, 0, "12345678")},
      {"an acknowledgement first", Frame(NGHTTP2_SETTINGS, NGHTTP2_FLAG_ACK, 0)},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    ClientDriver driver(http::NewHttp2ClientSession({}));
    driver.Start("x");
    driver.Output();
    driver.Feed(c.input);
    const std::vector<RawFrame> frames = ParseFrames(driver.Output());
    ASSERT_FALSE(frames.empty());
    EXPECT_EQ(frames.back().type, NGHTTP2_GOAWAY);
    EXPECT_EQ(driver.log(1).size(), 2u);
    EXPECT_EQ(driver.stream(1)->fault, "the server does not speak HTTP/2");
    EXPECT_TRUE(driver.session().finished());
    driver.Feed(c.input);
    driver.FeedEnd();
  }
}

TEST(H2ClientSessionTest, BrokenRulesEndTheConnection) {
  struct Case {
    const char* name;
    std::string frames;
    uint32_t code;
  };
  const std::string promise = Uint32(2) + Block(RequestFields());
  const std::vector<Case> cases = {
      {"PUSH_PROMISE", Frame(NGHTTP2_PUSH_PROMISE, NGHTTP2_FLAG_END_HEADERS, 1, promise), NGHTTP2_PROTOCOL_ERROR},
      {"HEADERS of a stream of its own", Response(2), NGHTTP2_PROTOCOL_ERROR},
      {"HEADERS of a stream to come", Response(3), NGHTTP2_PROTOCOL_ERROR},
      {"DATA before the head", Data(1, "x"), NGHTTP2_PROTOCOL_ERROR},
      {"DATA of a stream to come", Data(3, "x"), NGHTTP2_PROTOCOL_ERROR},
      {"RST_STREAM of a stream to come", Rst(3, NGHTTP2_CANCEL), NGHTTP2_PROTOCOL_ERROR},
      {"CONTINUATION alone", Frame(NGHTTP2_CONTINUATION, 0, 1), NGHTTP2_PROTOCOL_ERROR},
      {"SETTINGS of a wrong size", Frame(NGHTTP2_SETTINGS, 0, 0, "12345"), NGHTTP2_FRAME_SIZE_ERROR},
      {"frame too large", Data(1, std::string(16385, 'x')), NGHTTP2_FRAME_SIZE_ERROR},
      {"broken HPACK", HeadersFrames(1, 0, "\xff\xff\xff\xff\xff"), NGHTTP2_COMPRESSION_ERROR},
      {"GOAWAY that rises", GoAway(1) + GoAway(3), NGHTTP2_PROTOCOL_ERROR},
      {"WINDOW_UPDATE of 0", Frame(NGHTTP2_WINDOW_UPDATE, 0, 0, Uint32(0)), NGHTTP2_PROTOCOL_ERROR},
      {"window beyond 2^31", Frame(NGHTTP2_WINDOW_UPDATE, 0, 0, Uint32(0x7fffffff)), NGHTTP2_FLOW_CONTROL_ERROR},
      {"push permitted by the server", Settings({{NGHTTP2_SETTINGS_ENABLE_PUSH, 1}}), NGHTTP2_PROTOCOL_ERROR},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    ForEachSplit(c.frames.substr(0, 200), [&](const std::vector<std::string_view>& pieces) {
      H2ClientPeer peer;
      peer.Start("x");
      peer.Output();
      peer.Feed(pieces);
      if (c.frames.size() > 200) peer.Feed(c.frames.substr(200));
      const std::vector<RawFrame> frames = peer.OutputFrames();
      ASSERT_FALSE(frames.empty());
      ASSERT_EQ(frames.back().type, NGHTTP2_GOAWAY);
      EXPECT_EQ(ReadUint32(frames.back().payload, 4), c.code);
      EXPECT_THAT(peer.log(1),
                  ElementsAre("reset " + std::to_string(c.code) + ": the server does not keep to the rules of HTTP/2",
                              "closed"));
      EXPECT_TRUE(peer.session().finished());
      EXPECT_EQ(peer.session().capacity(), 0u);
      peer.Feed(c.frames);
    });
  }
}

// Started against the rules, when there is no room: told apart, and harmless.
TEST(H2ClientSessionTest, StartAfterTheEnd) {
  H2ClientPeer peer;
  peer.FeedEnd();
  peer.Start("x");
  EXPECT_FALSE(peer.session().finished());
  EXPECT_EQ(peer.Output(), "");
  EXPECT_THAT(peer.log(1), ElementsAre("reset 2 unprocessed", "closed"));
  peer.Reset(peer.Start("x"));
  peer.Output();
  EXPECT_THAT(peer.log(2), ElementsAre("closed"));
  EXPECT_TRUE(peer.session().finished());
}

}  // namespace
}  // namespace connectrpc::test
