#ifndef CONNECTRPC_SRC_HTTP_H2_GUARD_H_
#define CONNECTRPC_SRC_HTTP_H2_GUARD_H_

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "http/http_client_session.h"
#include "http/http_session.h"
#include "wire/timeout.h"

namespace connectrpc::http {

// Counts what nghttp2 1.52 lets a peer do without end: frames that cost work and bring nothing, streams that we are
// made to reset, and long header blocks. It reads frame headers itself, because nghttp2 shows its callbacks neither the
// frames that it ignores nor how many CONTINUATION frames those have.
//
// - Glitches: HEADERS, SETTINGS, PRIORITY, WINDOW_UPDATE, GOAWAY, frames of unknown types, DATA without payload, and
//   RST_STREAM of a stream that is gone cost one each; SETTINGS with entries cost one more for each open stream, since
//   each may have to be walked. So does a PING where intervals are not judged, and an unasked acknowledgement of one.
//   This budget refills with work instead of with time: a peer that gets calls done may send as many control frames as
//   go with them, for ever; one that only sends control frames comes to an end.
// - Resets, by the peer before it has been answered (CVE-2023-44487, "Rapid Reset") and those that it makes us send
//   (CVE-2025-8671, "MadeYouReset"). Time refills this budget, and each answer that was sent whole.
// - Ping strikes: PINGs that come too soon after one another, forgiven when HEADERS or DATA leave (gRPC's proposal A8).
class H2Guard {
 public:
  // What returns glitches. A peer answers a DATA frame with at most a window update for the stream, one for the
  // connection, and a PING or SETTINGS that measure its speed.
  static constexpr size_t kGlitchesPerRequest = 1;  // what its HEADERS frame had cost
  static constexpr size_t kGlitchesPerResponse = 10;
  static constexpr size_t kGlitchesPerDataSent = 4;
  static constexpr size_t kBytesReceivedPerGlitch = 1024;
  // What a server may still say of a request that was given up meanwhile: head, trailers, window, reset.
  static constexpr size_t kGlitchesPerRequestSent = 4;

  enum class Flood { kNone, kContinuations, kPings, kControlFrames, kResets };

  // Of a server. `clock` may be null: then no time refills anything, and the intervals of PINGs are not judged.
  H2Guard(const SessionLimits& limits, SessionClock* clock);
  // Of a client: it has started the streams itself, so resets are not counted but stray ones.
  explicit H2Guard(const ClientSessionLimits& limits);

  // Follows `input`, the next bytes of the peer, from its connection preface on. Stops at the first excess.
  void Scan(std::string_view input, size_t open_streams);

  void OnRequest();                        // the head of a request was complete and valid
  void OnResponseHead() { OnRequest(); }   // or, for a client, a final head or trailers of a response
  void OnPingSent() { OnRequest(); }       // for a client: a PING left, and its acknowledgement is asked for
  void OnRequestSent();                    // for a client: the head of a request left
  void OnResponseReceived();               // for a client: the response is complete
  void OnDataReceived(size_t body_bytes);  // body bytes came for an open stream
  void OnHeadersSent() { ForgivePings(); }
  void OnDataSent();      // a DATA frame left
  void OnResponseSent();  // the last frame of an answer left
  void OnReset();         // the peer reset a stream that was not answered, or we did, or refused a head, by its fault
  void OnStrayReset();    // the peer reset a stream that is gone

  // A header block has begun and not ended; and how many have begun.
  bool inside_head() const { return inside_head_; }
  uint32_t heads_begun() const { return heads_begun_; }

  // Once not kNone, it stays: the connection has to end with ENHANCE_YOUR_CALM.
  Flood flood() const { return flood_; }
  // The debug data of that GOAWAY. gRPC clients look for "too_many_pings".
  std::string_view flood_name() const;

 private:
  // The limits of either end that matter here.
  struct Limits {
    size_t max_control_frames;
    size_t max_continuation_frames;
    size_t max_resets;
    size_t max_resets_per_second;
    size_t max_ping_strikes;
    std::chrono::milliseconds min_ping_interval;
    std::chrono::milliseconds min_idle_ping_interval;
  };

  static constexpr size_t kMagicSize = 24;  // of a client's preface (RFC 9113 section 3.4)
  static constexpr size_t kFrameHeaderSize = 9;

  void OnFrameHeader(size_t open_streams);
  void OnHeadFragment(uint8_t flags);
  void OnPing(bool acknowledgement, size_t open_streams);
  void ForgivePings();
  void RefillResetsByTime();
  void SpendGlitches(size_t count, Flood flood);
  void RefillGlitches(size_t count);

  const Limits limits_;
  SessionClock* const clock_;

  // Reading frames.
  size_t skip_;  // bytes until the next frame header
  std::array<uint8_t, kFrameHeaderSize> header_{};
  size_t header_size_ = 0;  // bytes of header_ that are there
  size_t padded_size_ = 0;  // payload size of a padded DATA frame whose pad length comes next
  bool inside_head_ = false;
  bool head_ends_ = false;  // with the payload that is being skipped
  uint32_t heads_begun_ = 0;

  // Counting.
  Flood flood_ = Flood::kNone;
  size_t continuations_ = 0;
  size_t glitches_;
  size_t resets_;
  wire::TimePoint resets_refilled_at_;
  size_t received_bytes_ = 0;  // not yet turned into glitches
  size_t ping_strikes_ = 0;
  bool pinged_ = false;  // since HEADERS or DATA left last
  wire::TimePoint pinged_at_;
};

}  // namespace connectrpc::http

#endif  // CONNECTRPC_SRC_HTTP_H2_GUARD_H_
