#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "http/h2_client_peer.h"
#include "http/h2_guard.h"
#include "support/several_ways.h"

// What a hostile server may send: at each limit it is let go on, one beyond it is cut.
namespace connectrpc::test {
namespace {

using http::H2Guard;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr const char* kHeadTooLarge = "reset 11 too large: the response's header is too large";
constexpr const char* kTrailersTooLarge = "reset 11 too large: the response's trailers are too large";
constexpr const char* kFlood = "reset 11: the server floods the connection with frames";

TEST(H2ClientLimitTest, HeadsAndTrailers) {
  http::ClientSessionLimits limits;
  limits.max_header_list_bytes = 300;
  limits.max_header_fields = 3;
  limits.max_informational_responses = 2;
  const Fields status = {{":status", "200"}};  // 42 bytes of list, and no field
  const auto with = [&](Fields fields, const Fields& more) {
    fields.insert(fields.end(), more.begin(), more.end());
    return fields;
  };
  const auto field = [](size_t list_bytes) { return Fields{{"a", std::string(list_bytes - 33, 'v')}}; };
  const Fields three = {{"a", ""}, {"a", ""}, {"a", ""}};
  const Fields four = with(three, {{"a", ""}});
  const std::string informational = Response(1, 0, {{":status", "100"}});
  struct Case {
    const char* name;
    std::string frames;
    std::vector<std::string> log;
  };
  const uint8_t end = NGHTTP2_FLAG_END_STREAM;
  const std::vector<Case> cases = {
      {"header bytes: n", Response(1, end, with(status, field(258))), {"head 200 end"}},
      {"header bytes: n + 1", Response(1, end, with(status, field(259))), {kHeadTooLarge}},
      {"header fields: n", Response(1, end, with(status, three)), {"head 200 end"}},
      {"header fields: n + 1", Response(1, end, with(status, four)), {kHeadTooLarge}},
      {"trailer bytes: n", Response(1) + Trailers(1, field(300)), {"head 200", "end"}},
      {"trailer bytes: n + 1", Response(1) + Trailers(1, field(301)), {"head 200", kTrailersTooLarge}},
      {"trailer fields: n", Response(1) + Trailers(1, three), {"head 200", "end"}},
      {"trailer fields: n + 1", Response(1) + Trailers(1, four), {"head 200", kTrailersTooLarge}},
      {"informational header: n + 1", Response(1, 0, with({{":status", "100"}}, field(259))), {kHeadTooLarge}},
      {"informational: n", informational + informational + Response(1, end), {"head 200 end"}},
      {"informational: n + 1",
       informational + informational + informational + Response(1, end),
       {"reset 11 too large: the server sent too many informational responses"}},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    std::vector<std::string> log = c.log;
    log.emplace_back("closed");
    ForEachSplit(c.frames, [&](const std::vector<std::string_view>& pieces) {
      H2ClientPeer peer(limits);
      peer.Start("x");
      peer.Start("x");
      peer.Output();
      peer.Feed(pieces);
      peer.Output();
      peer.Feed(Response(3, end));
      EXPECT_EQ(peer.log(1), log);
      EXPECT_THAT(peer.log(2), ElementsAre("head 200 end", "closed")) << "others go on";
      const CallStream& stream = *peer.stream(1);
      EXPECT_LE(stream.response.headers.ListSize(), limits.max_header_list_bytes);
      EXPECT_LE(stream.response.headers.size(), limits.max_header_fields);
      EXPECT_LE(stream.trailers.size(), limits.max_header_fields);
    });
  }
}

// One byte of a header block may stand for kilobytes.
TEST(H2ClientLimitTest, HeaderBomb) {
  H2ClientPeer peer;
  peer.Start("x");
  peer.Output();
  std::string block = Block({{":status", "200"}});
  // Literal with incremental indexing (RFC 7541 section 6.2.1), then the entry again and again.
  block +=
      "\x40\x01"
      "a\x7f\xa1\x1e" +
      std::string(4000, 'v') + std::string(10'000, '\xbe');
  peer.Feed(HeadersFrames(1, NGHTTP2_FLAG_END_STREAM, block));
  peer.Output();
  EXPECT_THAT(peer.log(1), ElementsAre(kHeadTooLarge, "closed"));
  EXPECT_LE(peer.stream(1)->response.headers.ListSize(), http::ClientSessionLimits().max_header_list_bytes);
  EXPECT_FALSE(peer.session().finished());
}

// Feeds `frame` until the connection is finished, with all output taken; how many it took, or `limit`.
size_t FeedUntilCut(H2ClientPeer& peer, size_t limit, const std::string& frame, std::string* last) {
  for (size_t i = 0; i < limit; ++i) {
    peer.Feed(frame);
    const std::vector<std::string> names = Names(peer.OutputFrames());
    if (!names.empty()) *last = names.back();
    if (peer.session().finished()) return i + 1;
  }
  return limit;
}

TEST(H2ClientLimitTest, FloodsOfFramesAreCut) {
  struct Flood {
    const char* name;
    std::string frame;
    const char* debug_data = "too_many_control_frames";
    size_t cost = 1;
  };
  const std::vector<Flood> floods = {
      {"PING", Frame(NGHTTP2_PING, 0, 0, "12345678"), "too_many_pings"},
      {"PING acknowledgements", Frame(NGHTTP2_PING, NGHTTP2_FLAG_ACK, 0, "12345678"), "too_many_pings"},
      {"empty SETTINGS", Settings()},
      {"SETTINGS, which touch each stream", Settings({{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, 9}}),
       "too_many_control_frames", 2},
      {"empty DATA", Data(1, "")},
      {"DATA of padding", Frame(NGHTTP2_DATA, NGHTTP2_FLAG_PADDED, 1, "\3" + std::string(3, '\0'))},
      {"PRIORITY", Frame(NGHTTP2_PRIORITY, 0, 1, Uint32(0) + "\x10")},
      {"WINDOW_UPDATE", Frame(NGHTTP2_WINDOW_UPDATE, 0, 0, Uint32(1))},
      {"WINDOW_UPDATE of a stream", Frame(NGHTTP2_WINDOW_UPDATE, 0, 1, Uint32(1))},
      {"GOAWAY", GoAway(1)},
      {"ALTSVC", Frame(0x0a, 0, 0, std::string("\0\1h", 3))},
      {"unknown type", Frame(0xee, 0, 0, "x")},
      {"RST_STREAM of a closed stream", Rst(3, NGHTTP2_CANCEL)},
      {"DATA of a closed stream, empty", Data(3, "")},
  };
  for (const Flood& flood : floods) {
    SCOPED_TRACE(flood.name);
    http::ClientSessionLimits limits;
    limits.max_control_frames = 50;
    H2ClientPeer peer(limits);
    peer.Start("x");
    peer.Start("x");
    peer.Output();
    // Body bytes return what this has cost: what follows has the whole budget.
    const std::string body(16384, 'd');
    peer.Feed(Response(1) + Data(1, body) + Response(3) + Data(3, body) + Data(3, body) + Data(3, body));
    peer.Reset(peer.stream(2));
    peer.Output();
    std::string last;
    EXPECT_EQ(FeedUntilCut(peer, 20'000, flood.frame, &last), 50 / flood.cost + 1);
    EXPECT_EQ(last, std::string("GOAWAY 0 11 ") + flood.debug_data);
    EXPECT_EQ(peer.log(1).at(peer.log(1).size() - 2), kFlood);
  }
}

// Calls that get done return what their frames have cost: a server with many may say much.
TEST(H2ClientLimitTest, ProgressReturnsControlFrames) {
  http::ClientSessionLimits limits;
  limits.max_control_frames = 30;
  H2ClientPeer peer(limits);
  for (int32_t id = 1; id < 2000; id += 2) {
    peer.Start("x");
    peer.Output();
    peer.Feed(Frame(NGHTTP2_WINDOW_UPDATE, 0, 0, Uint32(1)) + Frame(NGHTTP2_PING, 0, 0, "12345678") + Response(id) +
              Data(id, "x") + Trailers(id));
    peer.Output();
    ASSERT_TRUE(peer.stream(static_cast<size_t>(id / 2 + 1))->closed);
  }
  EXPECT_FALSE(peer.session().finished());
}

// Answers to calls that were given up meanwhile are no flood, however many.
TEST(H2ClientLimitTest, AbandonedCalls) {
  http::ClientSessionLimits limits;
  limits.max_control_frames = 30;
  H2ClientPeer peer(limits);
  for (int32_t id = 1; id < 2000; id += 2) {
    CallStream* stream = peer.Start("");
    peer.Output();
    peer.Reset(stream);
    peer.Output();
    peer.Feed(Frame(NGHTTP2_WINDOW_UPDATE, 0, 0, Uint32(1)) + Response(id) + Trailers(id) + Rst(id, NGHTTP2_NO_ERROR));
    ASSERT_FALSE(peer.session().finished()) << id;
  }
}

// Nor are acknowledgements of PINGs that we have sent.
TEST(H2ClientLimitTest, KeepalivePings) {
  http::ClientSessionLimits limits;
  limits.max_control_frames = 30;
  H2ClientPeer peer(limits);
  for (int i = 0; i < 1000; ++i) {
    peer.session().Ping();
    peer.Output();
    peer.Feed(Frame(NGHTTP2_PING, NGHTTP2_FLAG_ACK, 0, "alive?\?\?"));
    ASSERT_FALSE(peer.session().finished()) << i;
  }
}

// What each step of a call returns, to the last frame.
TEST(H2ClientLimitTest, ProgressIsCounted) {
  struct Case {
    const char* name;
    std::string frames;
    size_t pings;  // allowed after `frames`
  };
  const std::vector<Case> cases = {
      {"nothing", "", 20},
      {"an informational response", Response(1, 0, {{":status", "100"}}), 20 - 1},
      {"a malformed head", Response(1, 0, {}), 20 - 1},
      {"a head", Response(1), 20 - 1 + H2Guard::kGlitchesPerRequest},
      {"body bytes", Response(1) + Data(1, std::string(2 * H2Guard::kBytesReceivedPerGlitch, 'd')), 20 + 2},
      {"body bytes without a stream", Data(3, std::string(2 * H2Guard::kBytesReceivedPerGlitch, 'd')), 20},
      {"a whole response", Response(1, NGHTTP2_FLAG_END_STREAM), 20 + H2Guard::kGlitchesPerResponse},
      {"with trailers", Response(1) + Trailers(1), 20 + H2Guard::kGlitchesPerResponse},
  };
  const std::string ping = Frame(NGHTTP2_PING, 0, 0, "12345678");
  const http::ClientSessionLimits limits;
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    H2ClientPeer peer;
    peer.Start("", true);
    CallStream* gone = peer.Start("", true);
    peer.Output();
    peer.Reset(gone);
    peer.Output();
    for (size_t i = 0; i < limits.max_control_frames - 20; ++i) {
      peer.Feed(ping);
      peer.Output();
    }
    peer.Feed(c.frames);
    peer.Output();
    for (size_t i = 0; i < c.pings; ++i) peer.Feed(ping);
    EXPECT_TRUE(peer.session().want_read());
    peer.Feed(ping);
    EXPECT_FALSE(peer.session().want_read());
  }
}

TEST(H2ClientLimitTest, Continuations) {
  const http::ClientSessionLimits limits;
  for (const bool empty : {true, false}) {
    for (const size_t count : {limits.max_continuation_frames, limits.max_continuation_frames + 1}) {
      SCOPED_TRACE(std::to_string(count) + (empty ? " empty" : ""));
      const std::string block = Block({{":status", "200"}, {"a", "0123456789"}});
      std::string frames = Frame(NGHTTP2_HEADERS, NGHTTP2_FLAG_END_STREAM, 1, empty ? block : block.substr(0, 1));
      std::string rest = empty ? "" : block.substr(1);
      for (size_t i = 1; i <= count; ++i) {
        const std::string part = i < count ? rest.substr(0, 1) : rest;
        rest.erase(0, part.size());
        frames += Frame(NGHTTP2_CONTINUATION, i < count ? 0 : NGHTTP2_FLAG_END_HEADERS, 1, part);
      }
      ForEachSplit(frames, [&](const std::vector<std::string_view>& pieces) {
        H2ClientPeer peer;
        peer.Start("x");
        peer.Output();
        peer.Feed(pieces);
        if (count <= limits.max_continuation_frames) {
          EXPECT_THAT(peer.log(1), ElementsAre("head 200 end", "closed"));
        } else {
          // nghttp2 counts as well, and in its own words.
          const std::vector<std::string> names = Names(peer.OutputFrames());
          ASSERT_EQ(names.size(), 1u);
          EXPECT_EQ(names[0].substr(0, 11), "GOAWAY 0 11");
          EXPECT_THAT(peer.log(1), ElementsAre(kFlood, "closed"));
        }
      });
    }
  }
}

// A server that does not read makes answers of ours pile up.
TEST(H2ClientLimitTest, QueuedFrames) {
  http::ClientSessionLimits limits;
  limits.max_queued_frames = 20;
  const std::string ping = Frame(NGHTTP2_PING, 0, 0, "12345678");
  H2ClientPeer peer(limits);
  for (size_t i = 0; i < limits.max_queued_frames; ++i) peer.Feed(ping);
  EXPECT_EQ(peer.OutputFrames().size(), limits.max_queued_frames);
  for (size_t i = 0; i < limits.max_queued_frames; ++i) peer.Feed(ping);
  EXPECT_FALSE(peer.session().going_away());
  peer.Feed(ping);
  EXPECT_TRUE(peer.session().going_away());
  EXPECT_EQ(Names(peer.OutputFrames()).back().substr(0, 11), "GOAWAY 0 11");
  EXPECT_TRUE(peer.session().finished());
}

// What we queue ourselves is not the server's fault.
TEST(H2ClientLimitTest, OurOwnFramesAreNotCounted) {
  http::ClientSessionLimits limits;
  limits.max_queued_frames = 20;
  H2ClientPeer peer(limits);
  for (int i = 0; i < 100; ++i) peer.Start("x");
  peer.Output();
  for (size_t i = 1; i <= 100; ++i) peer.Reset(peer.stream(i));
  for (int i = 0; i < 100; ++i) peer.Start("x");
  peer.Output(0);
  peer.Feed(Frame(NGHTTP2_PING, 0, 0, "12345678"));
  EXPECT_FALSE(peer.session().going_away());
  EXPECT_EQ(Names(peer.OutputFrames()).size(), 100 + 1 + 200u);
  EXPECT_FALSE(peer.session().finished());
}

TEST(H2ClientLimitTest, SettingsEntries) {
  for (const size_t count : {32, 33}) {
    H2ClientPeer peer;
    peer.Feed(Settings(std::vector<std::pair<uint16_t, uint32_t>>(count, {NGHTTP2_SETTINGS_MAX_FRAME_SIZE, 16384})));
    const std::vector<std::string> names = Names(peer.OutputFrames());
    ASSERT_EQ(names.size(), 1u);
    EXPECT_EQ(names[0].substr(0, 11), count == 32 ? "SETTINGS 0" : "GOAWAY 0 11");
  }
}

// A head that no server would take is not sent at all; to send it again would not help.
TEST(H2ClientLimitTest, RequestHeadOrTrailersTooLargeToSend) {
  H2ClientPeer peer;
  peer.Start([](CallStream& s) {
    s.request.headers.Add("a", std::string(70'000, 'x'));
    s.body.ended = true;
  });
  EXPECT_THAT(Names(peer.OutputFrames()), IsEmpty());
  EXPECT_THAT(peer.log(1), ElementsAre("reset 7 too large: the request's header is too large", "closed"));
  peer.Start([](CallStream& s) {
    s.body.trailers.Add("a", std::string(70'000, 'x'));
    s.body.ended = true;
  });
  EXPECT_EQ(Names(peer.OutputFrames()).back(), "RST_STREAM 3 2");
  EXPECT_THAT(peer.log(2), ElementsAre("reset 2 too large: the request's trailers are too large", "closed"));
  EXPECT_FALSE(peer.session().finished());
}

}  // namespace
}  // namespace connectrpc::test
