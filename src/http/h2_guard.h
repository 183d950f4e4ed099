#ifndef CONNECTRPC_SRC_HTTP_H2_GUARD_H_
#define CONNECTRPC_SRC_HTTP_H2_GUARD_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace connectrpc::http {

// Counts what nghttp2 1.52 lets a peer do without end: frames that cost work and bring nothing, streams that we are
// made to reset, and long header blocks. It reads frame headers itself, because nghttp2 shows its callbacks neither the
// frames that it ignores nor how many CONTINUATION frames those have.
//
// Two budgets. There is no clock here, so they refill with real work instead of with time: a peer that gets calls done
// may send as many control frames as go with them, for ever; one that only sends control frames comes to an end.
//
// - Glitches: HEADERS, PING, SETTINGS, PRIORITY, WINDOW_UPDATE, GOAWAY, frames of unknown types, and DATA without
//   payload cost one each; SETTINGS with entries cost one more for each open stream, since each may have to be walked.
//   RST_STREAM costs nothing here: nghttp2 limits it, by time.
// - Resets: what OnResetSent is told (CVE-2025-8671, "MadeYouReset").
class H2Guard {
 public:
  static constexpr int kMaxContinuations = 8;  // after one HEADERS frame
  static constexpr size_t kGlitchBurst = 10000;
  static constexpr size_t kResetBurst = 1000;

  // What returns glitches. A peer answers a DATA frame with at most a window update for the stream, one for the
  // connection, and a PING or SETTINGS that measure its speed.
  static constexpr size_t kGlitchesPerRequest = 1;  // what its HEADERS frame had cost
  static constexpr size_t kGlitchesPerResponse = 10;
  static constexpr size_t kGlitchesPerDataSent = 4;
  static constexpr size_t kBytesReceivedPerGlitch = 1024;

  enum class Flood { kNone, kContinuations, kPings, kControlFrames, kResets };

  // Follows `input`, the next bytes of the peer, from the connection preface on. Stops at the first excess.
  void Scan(std::string_view input, size_t open_streams);

  void OnRequest();                        // the head of a request was complete and valid
  void OnDataReceived(size_t body_bytes);  // body bytes came for an open stream
  void OnDataSent();                       // a DATA frame left
  void OnResponseSent();                   // the last frame of an answer left
  void OnResetSent();                      // we reset a stream, or refused a head, through the peer's fault

  // Once not kNone, it stays: the connection has to end with ENHANCE_YOUR_CALM.
  Flood flood() const { return flood_; }
  // The debug data of that GOAWAY. gRPC clients look for "too_many_pings".
  std::string_view flood_name() const;

 private:
  static constexpr size_t kPrefaceSize = 24;
  static constexpr size_t kFrameHeaderSize = 9;

  void OnFrameHeader(size_t open_streams);
  void SpendGlitches(size_t count, Flood flood);
  void RefillGlitches(size_t count);

  // Reading frames.
  size_t skip_ = kPrefaceSize;  // bytes until the next frame header
  std::array<uint8_t, kFrameHeaderSize> header_{};
  size_t header_size_ = 0;  // bytes of header_ that are there
  size_t padded_size_ = 0;  // payload size of a padded DATA frame whose pad length comes next

  // Counting.
  Flood flood_ = Flood::kNone;
  int continuations_ = 0;
  size_t glitches_ = kGlitchBurst;
  size_t resets_ = kResetBurst;
  size_t received_bytes_ = 0;  // not yet turned into glitches
};

}  // namespace connectrpc::http

#endif  // CONNECTRPC_SRC_HTTP_H2_GUARD_H_
