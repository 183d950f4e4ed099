#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "http/h2_guard.h"
#include "http/h2_peer.h"
#include "http/h2_session.h"
#include "support/several_ways.h"

// Floods: each is cut, and a peer that does the same within reason is not.
namespace connectrpc::test {
namespace {

using http::H2Guard;
using ::testing::ElementsAre;

const http::SessionLimits kLimits;

std::string Request(int32_t id, uint8_t flags = NGHTTP2_FLAG_END_STREAM) {
  return HeadersFrames(id, flags, Block(RequestFields()));
}

// Feeds next(i) for i = 0, 1, ... and reads all answers, until the connection is finished. How many it took; `limit` if
// it never was.
size_t FeedUntilCut(TestServer& server, size_t limit, const std::function<std::string(size_t)>& next, RawFrame* last) {
  for (size_t i = 0; i < limit; ++i) {
    server.Feed(next(i));
    const std::vector<RawFrame> frames = server.OutputFrames();
    if (!frames.empty()) *last = frames.back();
    if (server.session().finished()) return i + 1;
  }
  return limit;
}

int32_t StreamId(size_t i) {
  return static_cast<int32_t>(2 * i + 1);
}

TEST(H2LimitTest, FloodsOfFramesAreCut) {
  struct Flood {
    const char* name;
    std::string setup;
    std::string frame;
    std::string debug_data;
  };
  const std::string open = Request(1, NGHTTP2_FLAG_NONE);
  const std::vector<Flood> floods = {
      {"PING", "", Frame(NGHTTP2_PING, 0, 0, "12345678"), "too_many_pings"},
      {"PING acknowledgements", "", Frame(NGHTTP2_PING, NGHTTP2_FLAG_ACK, 0, "12345678"), "too_many_pings"},
      {"empty SETTINGS", "", Frame(NGHTTP2_SETTINGS, 0, 0), "too_many_control_frames"},
      {"empty DATA", open, Frame(NGHTTP2_DATA, 0, 1), "too_many_control_frames"},
      {"DATA of padding", open, Frame(NGHTTP2_DATA, NGHTTP2_FLAG_PADDED, 1, "\3" + std::string(3, '\0')),
       "too_many_control_frames"},
      {"DATA of an empty pad", open, Frame(NGHTTP2_DATA, NGHTTP2_FLAG_PADDED, 1, std::string(1, '\0')),
       "too_many_control_frames"},
      {"PRIORITY", "", Frame(NGHTTP2_PRIORITY, 0, 1, Uint32(0) + "\x10"), "too_many_control_frames"},
      {"WINDOW_UPDATE", "", Frame(NGHTTP2_WINDOW_UPDATE, 0, 0, Uint32(1)), "too_many_control_frames"},
      {"WINDOW_UPDATE of a stream", open, Frame(NGHTTP2_WINDOW_UPDATE, 0, 1, Uint32(1)), "too_many_control_frames"},
      {"unknown type", "", Frame(0xee, 0, 0, "x"), "too_many_control_frames"},
      {"PRIORITY_UPDATE", "", Frame(0x10, 0, 0, Uint32(1) + "u=1"), "too_many_control_frames"},
      {"empty DATA on a closed stream", open + Frame(NGHTTP2_RST_STREAM, 0, 1, Uint32(NGHTTP2_CANCEL)),
       Frame(NGHTTP2_DATA, NGHTTP2_FLAG_END_STREAM, 1), "too_many_control_frames"},
      {"HEADERS on a closed stream", open + Frame(NGHTTP2_RST_STREAM, 0, 1, Uint32(NGHTTP2_CANCEL)), Request(1),
       "too_many_control_frames"},
  };
  for (const Flood& flood : floods) {
    SCOPED_TRACE(flood.name);
    http::SessionLimits limits;
    limits.max_control_frames = 50;
    TestServer server(limits);
    server.Feed(Preface() + flood.setup);
    RawFrame last;
    const size_t count = FeedUntilCut(
        server, 20000, [&](size_t) { return flood.frame; }, &last);
    EXPECT_EQ(count, 50u) << "SETTINGS have cost one; the request one, which it has returned";
    ASSERT_EQ(last.type, NGHTTP2_GOAWAY);
    EXPECT_EQ(ReadUint32(last.payload, 4), NGHTTP2_ENHANCE_YOUR_CALM);
    EXPECT_EQ(ReadUint32(last.payload), flood.setup.empty() ? 0u : 1u) << "the last stream that was begun";
    EXPECT_EQ(last.payload.substr(8), flood.debug_data);
  }
}

// What a connection gets done returns glitches, to the last one.
TEST(H2LimitTest, ProgressIsCounted) {
  struct Case {
    const char* name;
    std::string frames;
    bool answer;
    size_t pings;  // allowed after `frames`
  };
  const std::string open = Request(1, NGHTTP2_FLAG_NONE);
  const std::vector<Case> cases = {
      {"nothing", "", false, 10},
      {"a request", open, false, 10 - 1 + H2Guard::kGlitchesPerRequest},
      {"a malformed request", HeadersFrames(1, 0, Block({{":method", "POST"}})), false, 10 - 1},
      {"body bytes", open + Frame(NGHTTP2_DATA, 0, 1, std::string(H2Guard::kBytesReceivedPerGlitch, 'b')), false,
       10 + 1},
      {"an answer", Request(1), true, 10 + H2Guard::kGlitchesPerDataSent + H2Guard::kGlitchesPerResponse},
  };
  const std::string ping = Frame(NGHTTP2_PING, 0, 0, "12345678");
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    TestServer server({}, c.answer ? Answer("body") : nullptr);
    server.Feed(Preface());  // SETTINGS cost one
    for (size_t i = 0; i < kLimits.max_control_frames - 1 - 10; ++i) {
      server.Feed(ping);
      server.Output();
    }
    server.Feed(c.frames);
    server.Output();
    for (size_t i = 0; i < c.pings; ++i) server.Feed(ping);
    EXPECT_TRUE(server.session().want_read());
    server.Feed(ping);
    EXPECT_FALSE(server.session().want_read());
  }
}

// A change of the initial window walks all streams.
TEST(H2LimitTest, SettingsCostMoreWithManyStreams) {
  TestServer server;
  std::string setup = Preface();
  for (size_t i = 0; i < 99; ++i) setup += Request(StreamId(i), NGHTTP2_FLAG_NONE);
  server.Feed(setup);
  RawFrame last;
  const auto settings = [](size_t i) {
    return Frame(NGHTTP2_SETTINGS, 0, 0, std::string("\0\4", 2) + Uint32(i % 2 == 0 ? 0 : 0x7fffffff));
  };
  EXPECT_LE(FeedUntilCut(server, 1000, settings, &last), 100u);
  EXPECT_EQ(ReadUint32(last.payload, 4), NGHTTP2_ENHANCE_YOUR_CALM);
}

// CVE-2025-8671: each of these makes us reset a stream.
TEST(H2LimitTest, ResetsWeAreMadeToSendAreCut) {
  struct Primitive {
    const char* name;
    std::function<std::string(int32_t)> frames;
    bool refuse = false;
  };
  const auto with = [](const char* name, const char* value) {
    return [=](int32_t id) {
      Fields fields = RequestFields();
      fields.emplace_back(name, value);
      return HeadersFrames(id, NGHTTP2_FLAG_NONE, Block(fields)) + Frame(NGHTTP2_DATA, 0, id, "123");
    };
  };
  const std::vector<Primitive> primitives = {
      {"window overflow",
       [](int32_t id) { return Request(id) + Frame(NGHTTP2_WINDOW_UPDATE, 0, id, Uint32(0x7fffffff)); }},
      {"content-length exceeded", with("content-length", "2")},
      {"bad content-length", with("content-length", "-1")},
      {"upper case", with("X", "y")},
      {"host against authority", with("host", "other")},
      {"CONNECT",
       [](int32_t id) {
         return HeadersFrames(id, 0, Block({{":method", "CONNECT"}, {":authority", "host"}}));
       }},
      {"trailers without an end",
       [](int32_t id) {
         return Request(id, NGHTTP2_FLAG_NONE) + HeadersFrames(id, 0, Block({{"t", "v"}}));
       }},
      {"too many trailers",
       [](int32_t id) {
         return Request(id, NGHTTP2_FLAG_NONE) +
                HeadersFrames(id, NGHTTP2_FLAG_END_STREAM, Block(Fields(101, {"t", "v"})));
       }},
      {"refused by the server", [](int32_t id) { return Request(id); }, true},
  };
  for (const Primitive& primitive : primitives) {
    SCOPED_TRACE(primitive.name);
    TestServer server;
    server.refuse = primitive.refuse;
    server.Feed(Preface());
    RawFrame last;
    const auto next = [&](size_t i) { return primitive.frames(StreamId(i)); };
    EXPECT_EQ(FeedUntilCut(server, 2500, next, &last), kLimits.max_resets + 1);
    ASSERT_EQ(last.type, NGHTTP2_GOAWAY);
    EXPECT_EQ(ReadUint32(last.payload, 4), NGHTTP2_ENHANCE_YOUR_CALM);
    EXPECT_EQ(last.payload.substr(8), "too_many_resets");
  }
}

// A server that breaks answers off is not the peer's fault, unless it had not even begun them.
TEST(H2LimitTest, ResetsOfBegunAnswersAreNotCounted) {
  for (const bool begun : {false, true}) {
    SCOPED_TRACE(begun);
    TestServer server({}, [&](TestServer& s, TestStream& stream, const http::HttpEvent& event) {
      if (event.kind != http::HttpEvent::Kind::kHead) return;
      if (begun) s.session().Respond(&stream);
      s.session().Reset(&stream);
    });
    server.Feed(Preface());
    RawFrame last;
    const auto next = [](size_t i) { return Request(StreamId(i)); };
    EXPECT_EQ(FeedUntilCut(server, 2500, next, &last), begun ? 2500 : kLimits.max_resets + 1);
  }
}

TEST(H2LimitTest, HeadsThatAreTooLargeAreCutInTheEnd) {
  TestServer server({}, Answer(""));
  server.Feed(Preface());
  RawFrame last;
  const auto next = [](size_t i) {
    return HeadersFrames(StreamId(i), NGHTTP2_FLAG_END_STREAM, Block(RequestFields(std::string(9000, '/'))));
  };
  EXPECT_EQ(FeedUntilCut(server, 2500, next, &last), kLimits.max_resets + 1);
  EXPECT_EQ(ReadUint32(last.payload, 4), NGHTTP2_ENHANCE_YOUR_CALM);
}

// CVE-2023-44487, at n and n + 1.
TEST(H2LimitTest, RapidResetIsCut) {
  http::SessionLimits limits;
  limits.max_resets = 20;
  TestServer server(limits, Answer("never"));
  server.Feed(Preface());
  RawFrame last;
  const auto next = [](size_t i) {
    return Request(StreamId(i)) + Frame(NGHTTP2_RST_STREAM, 0, StreamId(i), Uint32(NGHTTP2_CANCEL));
  };
  EXPECT_EQ(FeedUntilCut(server, 1000, next, &last), 21u);
  ASSERT_EQ(last.type, NGHTTP2_GOAWAY);
  EXPECT_EQ(ReadUint32(last.payload, 4), NGHTTP2_ENHANCE_YOUR_CALM);
  EXPECT_EQ(last.payload.substr(8), "too_many_resets");
  EXPECT_TRUE(server.session().peer().flooded);
}

// All in one piece, with nothing read in between.
TEST(H2LimitTest, RapidResetInOnePieceIsCut) {
  TestServer server;
  std::string input = Preface();
  for (size_t i = 0; i < 2000; ++i) {
    input += Request(StreamId(i)) + Frame(NGHTTP2_RST_STREAM, 0, StreamId(i), Uint32(NGHTTP2_CANCEL));
  }
  server.Feed(input);
  EXPECT_EQ(ReadUint32(server.OutputFrames().back().payload, 4), NGHTTP2_ENHANCE_YOUR_CALM);
}

// Clients of streams cancel them when they have seen enough: no flood, however many.
TEST(H2LimitTest, ResetsOfAnswersThatHaveBegunAreFree) {
  http::SessionLimits limits;
  limits.max_resets = 1;
  TestServer server(limits, [](TestServer& s, TestStream& stream, const http::HttpEvent& event) {
    if (event.kind == http::HttpEvent::Kind::kHead) s.session().Respond(&stream);
  });
  server.Feed(Preface());
  for (size_t i = 0; i < 5000; ++i) {
    server.Feed(Request(StreamId(i)));
    server.Output();
    server.Feed(Frame(NGHTTP2_RST_STREAM, 0, StreamId(i), Uint32(NGHTTP2_CANCEL)));
    ASSERT_TRUE(server.session().want_read()) << i;
  }
}

// Each costs as much as any other frame that is of no use.
TEST(H2LimitTest, ResetsOfClosedStreamsAreCut) {
  http::SessionLimits limits;
  limits.max_control_frames = 20;
  TestServer server(limits);
  const std::string reset = Frame(NGHTTP2_RST_STREAM, 0, 1, Uint32(NGHTTP2_CANCEL));
  server.Feed(Preface() + Request(1) + reset);
  RawFrame last;
  // SETTINGS have cost one; the request one, which it has returned.
  EXPECT_EQ(FeedUntilCut(
                server, 1000, [&](size_t) { return reset; }, &last),
            20u);
  EXPECT_EQ(last.payload.substr(8), "too_many_control_frames");
}

// Time forgives them, so many a second.
TEST(H2LimitTest, ResetsPerSecond) {
  http::SessionLimits limits;
  limits.max_resets = 10;
  limits.max_resets_per_second = 4;
  FakeClock clock;
  TestServer server(limits, nullptr, &clock);
  server.Feed(Preface());
  size_t stream = 0;
  const auto reset = [&] {
    server.Feed(Request(StreamId(stream)) + Frame(NGHTTP2_RST_STREAM, 0, StreamId(stream), Uint32(NGHTTP2_CANCEL)));
    ++stream;
    return server.session().want_read();
  };
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(reset());
  for (int second = 0; second < 100; ++second) {
    for (int i = 0; i < 4; ++i) {
      clock.now += std::chrono::milliseconds(250);
      ASSERT_TRUE(reset()) << second;
    }
  }
  clock.now += std::chrono::milliseconds(249);
  EXPECT_FALSE(reset());
}

TEST(H2LimitTest, PingStrikes) {
  struct Case {
    const char* name;
    bool open;     // a stream is
    size_t limit;  // strikes
    std::chrono::milliseconds pause;
    bool cut;  // by the PING after the last strike
  };
  using std::chrono::milliseconds;
  const std::vector<Case> cases = {
      {"at once", true, 2, milliseconds(0), true},
      {"at once, no strikes", true, 0, milliseconds(0), true},
      {"at once, idle", false, 2, milliseconds(0), true},
      {"a tenth early", true, 2, milliseconds(9000), false},
      {"earlier", true, 2, milliseconds(8999), true},
      {"in time", true, 2, milliseconds(10000), false},
      {"idle: in time for calls", false, 2, milliseconds(10000), true},
      {"idle: in time", false, 2, milliseconds(300000), false},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    http::SessionLimits limits;
    limits.max_ping_strikes = c.limit;
    FakeClock clock;
    TestServer server(limits, nullptr, &clock);
    server.Feed(Preface() + (c.open ? Request(1) : ""));
    RawFrame last;
    const size_t count = FeedUntilCut(
        server, 100,
        [&](size_t) {
          clock.now += c.pause;
          return Frame(NGHTTP2_PING, 0, 0, "12345678");
        },
        &last);
    EXPECT_EQ(count, c.cut ? 1 + c.limit + 1 : 100u) << "the first is free";
    if (!c.cut) continue;
    EXPECT_EQ(ReadUint32(last.payload, 4), NGHTTP2_ENHANCE_YOUR_CALM);
    EXPECT_EQ(last.payload.substr(8), "too_many_pings");
  }
}

// Clients measure the path with PINGs while answers come.
TEST(H2LimitTest, AnswersForgivePings) {
  http::SessionLimits limits;
  limits.max_ping_strikes = 0;
  FakeClock clock;
  TestServer server(limits, Answer("response"), &clock);
  server.Feed(Preface());
  for (size_t i = 0; i < 100; ++i) {
    server.Feed(Frame(NGHTTP2_PING, 0, 0, "12345678") + Request(StreamId(i)));
    server.Output();
    ASSERT_TRUE(server.session().want_read()) << i;
  }
}

TEST(H2LimitTest, PingsWithoutAnIntervalAreControlFrames) {
  http::SessionLimits limits;
  limits.max_control_frames = 20;
  limits.min_ping_interval = limits.min_idle_ping_interval = std::chrono::milliseconds(0);
  FakeClock clock;
  TestServer server(limits, nullptr, &clock);
  server.Feed(Preface());
  RawFrame last;
  EXPECT_EQ(FeedUntilCut(
                server, 100, [](size_t) { return Frame(NGHTTP2_PING, 0, 0, "12345678"); }, &last),
            20u);
}

TEST(H2LimitTest, ConcurrentStreams) {
  http::SessionLimits limits;
  limits.max_concurrent_streams = 3;
  // Before the client has acknowledged our SETTINGS it cannot know: refused, to be tried again.
  TestServer server(limits);
  server.Feed(Preface() + Request(1) + Request(3) + Request(5));
  EXPECT_EQ(server.stream_count(), 3u);
  server.Feed(Request(7));
  EXPECT_EQ(server.stream_count(), 3u);
  const std::vector<RawFrame> frames = server.OutputFrames();
  ASSERT_EQ(frames.back().type, NGHTTP2_RST_STREAM);
  EXPECT_EQ(frames.back().stream_id, 7);
  EXPECT_EQ(ReadUint32(frames.back().payload), NGHTTP2_REFUSED_STREAM);
  // An answered stream makes room.
  AnswerNow(server, *server.stream(1), "");
  server.Output();
  server.Feed(Request(9));
  EXPECT_EQ(server.stream_count(), 4u);
  // Afterwards more is an error of the connection.
  server.Feed(Frame(NGHTTP2_SETTINGS, NGHTTP2_FLAG_ACK, 0) + Request(11));
  EXPECT_EQ(server.OutputFrames().back().type, NGHTTP2_GOAWAY);
}

TEST(H2LimitTest, RefusalsBeyondTheStreamLimitAreCut) {
  TestServer server;
  std::string setup = Preface();
  for (size_t i = 0; i < 100; ++i) setup += Request(StreamId(i));
  server.Feed(setup);
  RawFrame last;
  const auto next = [](size_t i) { return Request(StreamId(100 + i)); };
  EXPECT_EQ(FeedUntilCut(server, 2500, next, &last), kLimits.max_resets + 1);
}

// Answers to a peer that does not read stay in memory: few of them.
TEST(H2LimitTest, OutboundQueue) {
  TestServer server;
  server.refuse = true;  // each request queues a RST_STREAM
  server.Feed(Preface());
  size_t count = 0;
  while (server.session().want_read() && count < 5000) server.Feed(Request(StreamId(count++)));
  EXPECT_LE(count, kLimits.max_queued_frames + 10);
  EXPECT_GE(count, kLimits.max_queued_frames - 10);
  const std::vector<RawFrame> frames = server.OutputFrames();
  EXPECT_EQ(ReadUint32(frames.back().payload, 4), NGHTTP2_ENHANCE_YOUR_CALM);
  EXPECT_TRUE(server.session().finished());
}

TEST(H2LimitTest, AcknowledgementsToAPeerThatDoesNotRead) {
  for (const std::string& frame : {Frame(NGHTTP2_PING, 0, 0, "12345678"), Frame(NGHTTP2_SETTINGS, 0, 0)}) {
    TestServer server;
    server.Feed(Preface());
    size_t count = 0;
    while (server.session().want_read() && count++ < 5000) server.Feed(frame);
    EXPECT_LE(count, 1010u);
    EXPECT_EQ(ReadUint32(server.OutputFrames().back().payload, 4), NGHTTP2_ENHANCE_YOUR_CALM);
  }
}

// CVE-2024-28182, at n and n + 1, with bytes in them and without.
TEST(H2LimitTest, Continuations) {
  for (const std::string& part : {Literal("x", "y"), std::string()}) {
    for (const size_t count : {kLimits.max_continuation_frames, kLimits.max_continuation_frames + 1}) {
      SCOPED_TRACE(count);
      TestServer server;
      std::string input = Preface() + Frame(NGHTTP2_HEADERS, NGHTTP2_FLAG_END_STREAM, 1, Block(RequestFields()));
      for (size_t i = 1; i <= count; ++i) {
        input += Frame(NGHTTP2_CONTINUATION, i == count ? NGHTTP2_FLAG_END_HEADERS : NGHTTP2_FLAG_NONE, 1, part);
      }
      server.Feed(input);
      const std::vector<RawFrame> frames = server.OutputFrames();
      if (count == kLimits.max_continuation_frames) {
        EXPECT_THAT(server.log(), ElementsAre("1 head POST /svc.S/Unary end"));
      } else {
        ASSERT_EQ(frames.back().type, NGHTTP2_GOAWAY);
        EXPECT_EQ(ReadUint32(frames.back().payload, 4), NGHTTP2_ENHANCE_YOUR_CALM);
        EXPECT_TRUE(server.session().finished());
      }
    }
  }
}

// nghttp2 counts the pieces in which the header of a CONTINUATION frame arrives.
TEST(H2LimitTest, ContinuationsMayArriveByteByByte) {
  std::string input = Preface() + Frame(NGHTTP2_HEADERS, NGHTTP2_FLAG_END_STREAM, 1, Block(RequestFields()));
  for (size_t i = 1; i <= kLimits.max_continuation_frames; ++i) {
    const bool last = i == kLimits.max_continuation_frames;
    input += Frame(NGHTTP2_CONTINUATION, last ? NGHTTP2_FLAG_END_HEADERS : NGHTTP2_FLAG_NONE, 1, Literal("x", "y"));
  }
  ForEachSplit(input, [](const std::vector<std::string_view>& pieces) {
    TestServer server;
    for (const std::string_view piece : pieces) server.Feed(piece);
    EXPECT_THAT(server.log(), ElementsAre("1 head POST /svc.S/Unary end"));
  });
}

// A client in steady use, far beyond every burst: keep-alive pings, window updates, cancelled and failed calls.
TEST(H2LimitTest, SteadyUseIsNotCut) {
  TestServer server({}, Answer("response", {{"grpc-status", "0"}}));
  server.Feed(Preface());
  size_t stream = 0;
  for (int i = 0; i < 15000; ++i) {
    const int32_t id = StreamId(stream++);
    server.Feed(HeadersFrames(id, 0, Block(RequestFields())) + Frame(NGHTTP2_DATA, 0, id, "request") +
                Frame(NGHTTP2_DATA, NGHTTP2_FLAG_END_STREAM, id));
    server.Output();
    server.Feed(Frame(NGHTTP2_WINDOW_UPDATE, 0, 0, Uint32(8)) + Frame(NGHTTP2_WINDOW_UPDATE, 0, id, Uint32(8)) +
                Frame(NGHTTP2_PING, 0, 0, "12345678") + Frame(NGHTTP2_PRIORITY, 0, id, Uint32(0) + "\x10"));
    if (i % 2 == 0) {  // one call that breaks its content-length for every two that work
      Fields fields = RequestFields();
      fields.emplace_back("content-length", "7");
      server.Feed(HeadersFrames(StreamId(stream++), NGHTTP2_FLAG_END_STREAM, Block(fields)));
    }
    server.Output();
    ASSERT_TRUE(server.session().want_read()) << i;
  }
}

// A long stream of answers to one request: the client's window updates are not a flood.
TEST(H2LimitTest, WindowUpdatesOfALongStreamAreNotCut) {
  TestServer server;
  server.Feed(Preface() + Request(1));
  TestStream& stream = *server.stream(1);
  server.session().Respond(&stream);
  for (int i = 0; i < 30000; ++i) {
    stream.body.queue.Append("message");
    server.session().Resume(&stream);
    server.Output();
    server.Feed(Frame(NGHTTP2_WINDOW_UPDATE, 0, 0, Uint32(7)) + Frame(NGHTTP2_WINDOW_UPDATE, 0, 1, Uint32(7)) +
                Frame(NGHTTP2_PING, 0, 0, "12345678"));
    ASSERT_TRUE(server.session().want_read()) << i;
  }
}

}  // namespace
}  // namespace connectrpc::test
