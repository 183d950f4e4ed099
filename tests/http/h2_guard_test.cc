#include "http/h2_guard.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "http/h2_frames.h"
#include "support/several_ways.h"

namespace connectrpc::test {
namespace {

using http::H2Guard;
using Flood = H2Guard::Flood;

const http::SessionLimits kLimits;

const std::string kPing = Frame(NGHTTP2_PING, 0, 0, "12345678");

// A guard past the preface.
H2Guard NewGuard() {
  H2Guard guard(kLimits, nullptr);
  guard.Scan(http::kHttp2Preface, 0);
  return guard;
}

void ScanTimes(H2Guard& guard, const std::string& frame, size_t count, size_t open_streams = 0) {
  for (size_t i = 0; i < count; ++i) guard.Scan(frame, open_streams);
}

TEST(H2GuardTest, GlitchesAtTheLimit) {
  H2Guard guard = NewGuard();
  ScanTimes(guard, kPing, kLimits.max_control_frames);
  EXPECT_EQ(guard.flood(), Flood::kNone);
  EXPECT_EQ(guard.flood_name(), "");
  guard.Scan(kPing, 0);
  EXPECT_EQ(guard.flood(), Flood::kPings);
  EXPECT_EQ(guard.flood_name(), "too_many_pings");
  guard.OnResponseSent();
  EXPECT_EQ(guard.flood(), Flood::kPings) << "it stays";
}

TEST(H2GuardTest, WhatRefillsGlitches) {
  struct Case {
    const char* name;
    void (*refill)(H2Guard&);
    size_t returned;
  };
  const std::vector<Case> cases = {
      {"request", [](H2Guard& g) { g.OnRequest(); }, H2Guard::kGlitchesPerRequest},
      {"response", [](H2Guard& g) { g.OnResponseSent(); }, H2Guard::kGlitchesPerResponse},
      {"DATA sent", [](H2Guard& g) { g.OnDataSent(); }, H2Guard::kGlitchesPerDataSent},
      {"few bytes", [](H2Guard& g) { g.OnDataReceived(H2Guard::kBytesReceivedPerGlitch / 2 - 1); }, 0},
      {"bytes", [](H2Guard& g) { g.OnDataReceived(H2Guard::kBytesReceivedPerGlitch); }, 1},
      {"bytes in parts",
       [](H2Guard& g) {
         g.OnDataReceived(H2Guard::kBytesReceivedPerGlitch - 1);
         g.OnDataReceived(1);
       },
       1},
      {"many bytes", [](H2Guard& g) { g.OnDataReceived(5 * H2Guard::kBytesReceivedPerGlitch + 1); }, 5},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    H2Guard guard = NewGuard();
    c.refill(guard);  // a full budget stays as it is
    ScanTimes(guard, kPing, kLimits.max_control_frames);
    c.refill(guard);
    ScanTimes(guard, kPing, c.returned);
    EXPECT_EQ(guard.flood(), Flood::kNone);
    guard.Scan(kPing, 0);
    EXPECT_EQ(guard.flood(), Flood::kPings);
  }
}

TEST(H2GuardTest, WhatFramesCost) {
  struct Case {
    const char* name;
    std::string frame;
    size_t cost;
  };
  const std::vector<Case> cases = {
      {"DATA", Frame(NGHTTP2_DATA, 0, 1, "x"), 0},
      {"empty DATA", Frame(NGHTTP2_DATA, 0, 1), 1},
      {"empty last DATA", Frame(NGHTTP2_DATA, NGHTTP2_FLAG_END_STREAM, 1), 1},
      {"padded DATA", Frame(NGHTTP2_DATA, NGHTTP2_FLAG_PADDED, 1, "\2x" + std::string(2, '\0')), 0},
      {"DATA of padding", Frame(NGHTTP2_DATA, NGHTTP2_FLAG_PADDED, 1, "\2" + std::string(2, '\0')), 1},
      {"DATA with too much padding", Frame(NGHTTP2_DATA, NGHTTP2_FLAG_PADDED, 1, "\xff" + std::string(2, '\0')), 1},
      {"HEADERS", Frame(NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS, 1, "x"), 1},
      {"RST_STREAM", Frame(NGHTTP2_RST_STREAM, 0, 1, Uint32(8)), 0},
      {"SETTINGS", Frame(NGHTTP2_SETTINGS, 0, 0), 1},
      {"SETTINGS with an entry", Frame(NGHTTP2_SETTINGS, 0, 0, std::string(6, '\0')), 1 + 4},
      {"PRIORITY", Frame(NGHTTP2_PRIORITY, 0, 1, std::string(5, '\0')), 1},
      {"WINDOW_UPDATE", Frame(NGHTTP2_WINDOW_UPDATE, 0, 0, Uint32(1)), 1},
      {"GOAWAY", Frame(NGHTTP2_GOAWAY, 0, 0, std::string(8, '\0')), 1},
      {"unknown", Frame(0xab, 0xff, 0, "abc"), 1},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    H2Guard guard = NewGuard();
    ScanTimes(guard, c.frame, 10, /*open_streams=*/4);
    ScanTimes(guard, kPing, kLimits.max_control_frames - 10 * c.cost);
    EXPECT_EQ(guard.flood(), Flood::kNone);
    guard.Scan(kPing, 0);
    EXPECT_EQ(guard.flood(), Flood::kPings);
  }
}

TEST(H2GuardTest, ResetsAtTheLimit) {
  H2Guard guard = NewGuard();
  guard.OnResponseSent();  // a full budget stays as it is
  for (size_t i = 0; i < kLimits.max_resets; ++i) guard.OnReset();
  EXPECT_EQ(guard.flood(), Flood::kNone);
  guard.OnResponseSent();
  guard.OnReset();
  EXPECT_EQ(guard.flood(), Flood::kNone);
  guard.OnRequest();
  guard.OnReset();
  EXPECT_EQ(guard.flood(), Flood::kResets);
  EXPECT_EQ(guard.flood_name(), "too_many_resets");
}

TEST(H2GuardTest, ContinuationsAreCountedPerBlock) {
  const std::string head = Frame(NGHTTP2_HEADERS, 0, 1, "x");
  const std::string more = Frame(NGHTTP2_CONTINUATION, 0, 1);
  H2Guard guard = NewGuard();
  for (int block = 0; block < 3; ++block) {
    guard.Scan(head, 0);
    ScanTimes(guard, more, kLimits.max_continuation_frames);
    EXPECT_EQ(guard.flood(), Flood::kNone);
  }
  guard.Scan(more, 0);
  EXPECT_EQ(guard.flood(), Flood::kContinuations);
  EXPECT_EQ(guard.flood_name(), "too_many_continuations");
}

// The same count wherever the input is cut: after `input`, exactly so many pings are left.
TEST(H2GuardTest, InputMayBeCutAnywhere) {
  const std::string input = std::string(http::kHttp2Preface) + Frame(NGHTTP2_SETTINGS, 0, 0) +
                            Frame(NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS, 1, std::string(300, 'h')) +
                            Frame(NGHTTP2_DATA, NGHTTP2_FLAG_PADDED, 1, std::string(1, '\0')) +
                            Frame(NGHTTP2_DATA, NGHTTP2_FLAG_PADDED, 1, "\1ab") + Frame(NGHTTP2_DATA, 0, 1) + kPing;
  constexpr size_t kCost = 5;
  ForEachSplit(input, [](const std::vector<std::string_view>& pieces) {
    H2Guard guard(kLimits, nullptr);
    for (const std::string_view piece : pieces) guard.Scan(piece, 0);
    std::string pings;
    for (size_t i = 0; i < kLimits.max_control_frames - kCost; ++i) pings += kPing;
    guard.Scan(pings, 0);
    EXPECT_EQ(guard.flood(), Flood::kNone);
    guard.Scan(kPing, 0);
    EXPECT_EQ(guard.flood(), Flood::kPings);
  });
}

}  // namespace
}  // namespace connectrpc::test
