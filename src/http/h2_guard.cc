#include "http/h2_guard.h"

#include <nghttp2/nghttp2.h>

#include <algorithm>
#include <chrono>
#include <cstring>

namespace connectrpc::http {

H2Guard::H2Guard(const SessionLimits& limits, SessionClock* clock)
    : limits_({limits.max_control_frames, limits.max_continuation_frames, limits.max_resets,
               limits.max_resets_per_second, limits.max_ping_strikes, limits.min_ping_interval,
               limits.min_idle_ping_interval}),
      clock_(clock),
      skip_(kMagicSize),
      glitches_(limits.max_control_frames),
      resets_(limits.max_resets),
      resets_refilled_at_(clock != nullptr ? clock->Now() : wire::TimePoint()) {}

H2Guard::H2Guard(const ClientSessionLimits& limits)
    : limits_({limits.max_control_frames, limits.max_continuation_frames, SIZE_MAX, 0, 0, {}, {}}),
      clock_(nullptr),
      skip_(0),
      glitches_(limits.max_control_frames),
      resets_(limits_.max_resets) {}

void H2Guard::Scan(std::string_view input, size_t open_streams) {
  while (!input.empty() && flood_ == Flood::kNone) {
    if (skip_ > 0) {
      const size_t count = std::min(skip_, input.size());
      input.remove_prefix(count);
      skip_ -= count;
      if (skip_ == 0 && head_ends_) inside_head_ = head_ends_ = false;
    } else if (padded_size_ > 0) {
      // The Pad Length field (RFC 9113 section 6.1) and the padding are not payload.
      const size_t pad_length = static_cast<uint8_t>(input.front());
      if (1 + pad_length >= padded_size_) SpendGlitches(1, Flood::kControlFrames);
      input.remove_prefix(1);
      skip_ = padded_size_ - 1;
      padded_size_ = 0;
    } else {
      const size_t count = std::min(kFrameHeaderSize - header_size_, input.size());
      std::memcpy(header_.data() + header_size_, input.data(), count);
      input.remove_prefix(count);
      header_size_ += count;
      if (header_size_ == kFrameHeaderSize) {
        header_size_ = 0;
        OnFrameHeader(open_streams);
      }
    }
  }
}

void H2Guard::OnFrameHeader(size_t open_streams) {
  const size_t size = size_t{header_[0]} << 16 | size_t{header_[1]} << 8 | header_[2];
  const uint8_t type = header_[3];
  const uint8_t flags = header_[4];
  skip_ = size;
  switch (type) {
    case NGHTTP2_DATA:
      if (size == 0) {
        SpendGlitches(1, Flood::kControlFrames);
      } else if ((flags & NGHTTP2_FLAG_PADDED) != 0) {
        padded_size_ = size;
        skip_ = 0;
      }
      break;
    case NGHTTP2_HEADERS:
      continuations_ = 0;
      inside_head_ = true;
      ++heads_begun_;
      OnHeadFragment(flags);
      SpendGlitches(1, Flood::kControlFrames);
      break;
    case NGHTTP2_CONTINUATION:
      OnHeadFragment(flags);
      if (++continuations_ > limits_.max_continuation_frames) flood_ = Flood::kContinuations;
      break;
    case NGHTTP2_RST_STREAM:  // see OnReset and OnStrayReset
      break;
    case NGHTTP2_SETTINGS:
      SpendGlitches(size > 0 ? 1 + open_streams : 1, Flood::kControlFrames);
      break;
    case NGHTTP2_PING:
      OnPing((flags & NGHTTP2_FLAG_ACK) != 0, open_streams);
      break;
    default:
      SpendGlitches(1, Flood::kControlFrames);
  }
}

void H2Guard::OnHeadFragment(uint8_t flags) {
  head_ends_ = (flags & NGHTTP2_FLAG_END_HEADERS) != 0;
  if (head_ends_ && skip_ == 0) inside_head_ = head_ends_ = false;
}

void H2Guard::OnPing(bool acknowledgement, size_t open_streams) {
  const std::chrono::milliseconds interval =
      open_streams > 0 ? limits_.min_ping_interval : limits_.min_idle_ping_interval;
  if (acknowledgement || clock_ == nullptr || interval.count() <= 0) {
    SpendGlitches(1, Flood::kPings);
    return;
  }
  // A tenth is left to the network, in which one PING may catch up with the one before.
  const bool too_soon = pinged_ && clock_->Now() < wire::DeadlineAfter(pinged_at_, interval / 10 * 9);
  pinged_ = true;
  pinged_at_ = clock_->Now();
  if (!too_soon) return;
  if (ping_strikes_ == limits_.max_ping_strikes) {
    flood_ = Flood::kPings;
  } else {
    ++ping_strikes_;
  }
}

void H2Guard::ForgivePings() {
  pinged_ = false;
  ping_strikes_ = 0;
}

void H2Guard::OnRequest() {
  RefillGlitches(kGlitchesPerRequest);
}

void H2Guard::OnDataReceived(size_t body_bytes) {
  received_bytes_ += body_bytes;
  RefillGlitches(received_bytes_ / kBytesReceivedPerGlitch);
  received_bytes_ %= kBytesReceivedPerGlitch;
}

void H2Guard::OnDataSent() {
  ForgivePings();
  RefillGlitches(kGlitchesPerDataSent);
}

void H2Guard::OnResponseSent() {
  RefillGlitches(kGlitchesPerResponse);
  resets_ = std::min(resets_ + 1, limits_.max_resets);
}

void H2Guard::OnRequestSent() {
  RefillGlitches(kGlitchesPerRequestSent);
}

void H2Guard::OnResponseReceived() {
  RefillGlitches(kGlitchesPerResponse);
}

void H2Guard::OnReset() {
  if (clock_ != nullptr) RefillResetsByTime();
  if (resets_ == 0) {
    flood_ = Flood::kResets;
  } else {
    --resets_;
  }
}

void H2Guard::OnStrayReset() {
  SpendGlitches(1, Flood::kControlFrames);
}

// What is less than a whole reset stays to be counted the next time.
void H2Guard::RefillResetsByTime() {
  const size_t rate = limits_.max_resets_per_second;
  const auto elapsed =
      std::chrono::duration_cast<std::chrono::nanoseconds>(clock_->Now() - resets_refilled_at_).count();
  if (rate == 0 || elapsed <= 0) return;
  const size_t missing = limits_.max_resets - resets_;
  const double gained = static_cast<double>(elapsed) * 1e-9 * static_cast<double>(rate);
  if (gained >= static_cast<double>(missing)) {
    resets_ = limits_.max_resets;
    resets_refilled_at_ = clock_->Now();
  } else if (const auto whole = static_cast<size_t>(gained); whole > 0) {
    resets_ += whole;
    resets_refilled_at_ +=
        std::chrono::nanoseconds(static_cast<int64_t>(static_cast<double>(whole) * 1e9 / static_cast<double>(rate)));
  }
}

std::string_view H2Guard::flood_name() const {
  switch (flood_) {
    case Flood::kContinuations:
      return "too_many_continuations";
    case Flood::kPings:
      return "too_many_pings";
    case Flood::kControlFrames:
      return "too_many_control_frames";
    case Flood::kResets:
      return "too_many_resets";
    case Flood::kNone:
      break;
  }
  return "";
}

void H2Guard::SpendGlitches(size_t count, Flood flood) {
  if (count > glitches_) {
    flood_ = flood;
  } else {
    glitches_ -= count;
  }
}

void H2Guard::RefillGlitches(size_t count) {
  glitches_ = std::min(glitches_ + count, limits_.max_control_frames);
}

}  // namespace connectrpc::http
