#include "http/h2_guard.h"

#include <nghttp2/nghttp2.h>

#include <algorithm>
#include <cstring>

namespace connectrpc::http {

void H2Guard::Scan(std::string_view input, size_t open_streams) {
  while (!input.empty() && flood_ == Flood::kNone) {
    if (skip_ > 0) {
      const size_t count = std::min(skip_, input.size());
      input.remove_prefix(count);
      skip_ -= count;
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
      SpendGlitches(1, Flood::kControlFrames);
      break;
    case NGHTTP2_CONTINUATION:
      if (++continuations_ > kMaxContinuations) flood_ = Flood::kContinuations;
      break;
    case NGHTTP2_RST_STREAM:
      break;
    case NGHTTP2_SETTINGS:
      SpendGlitches(size > 0 ? 1 + open_streams : 1, Flood::kControlFrames);
      break;
    case NGHTTP2_PING:
      SpendGlitches(1, Flood::kPings);
      break;
    default:
      SpendGlitches(1, Flood::kControlFrames);
  }
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
  RefillGlitches(kGlitchesPerDataSent);
}

void H2Guard::OnResponseSent() {
  RefillGlitches(kGlitchesPerResponse);
  resets_ = std::min(resets_ + 1, kResetBurst);
}

void H2Guard::OnResetSent() {
  if (resets_ == 0) {
    flood_ = Flood::kResets;
  } else {
    --resets_;
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
  glitches_ = std::min(glitches_ + count, kGlitchBurst);
}

}  // namespace connectrpc::http
