#include "http/h2_setup.h"

#include <algorithm>
#include <cstring>
#include <limits>

namespace connectrpc::http {
namespace {

// nghttp2 counts a CONTINUATION frame once for each piece its header arrives in, nine at most.
constexpr size_t kMaxReadsPerContinuation = 9;
// A server limits the resets of its peer by H2Guard, with what nghttp2 does not know: which streams had been answered.
constexpr uint64_t kNoResetLimit = uint64_t{1} << 62;
constexpr size_t kMaxSettings = 32;
constexpr size_t kMaxSentHeaderBlock = 64 * 1024;

void AppendUint32(uint32_t value, std::string* out) {
  for (int shift = 24; shift >= 0; shift -= 8) out->push_back(static_cast<char>(value >> shift & 0xff));
}

}  // namespace

Nghttp2Option NewNghttp2Option(size_t max_continuation_frames, size_t max_queued_frames) {
  nghttp2_option* raw = nullptr;
  if (nghttp2_option_new(&raw) != 0) return nullptr;
  nghttp2_option_set_no_auto_window_update(raw, 1);
  nghttp2_option_set_no_closed_streams(raw, 1);
  const size_t max_continuations = std::min<size_t>(max_continuation_frames, 1'000'000);
  nghttp2_option_set_max_continuations(raw, std::max<size_t>(max_continuations, 1) * kMaxReadsPerContinuation);
  nghttp2_option_set_max_settings(raw, kMaxSettings);
  nghttp2_option_set_max_outbound_ack(raw, max_queued_frames);
  nghttp2_option_set_stream_reset_rate_limit(raw, kNoResetLimit, kNoResetLimit);
  nghttp2_option_set_max_send_header_block_length(raw, kMaxSentHeaderBlock);
  return Nghttp2Option(raw);
}

Nghttp2Option NewNghttp2ServerOption(size_t max_continuation_frames, size_t max_queued_frames) {
  Nghttp2Option option = NewNghttp2Option(max_continuation_frames, max_queued_frames);
  if (option != nullptr) nghttp2_option_set_no_http_messaging(option.get(), 1);
  return option;
}

nghttp2_mem Nghttp2MemOf(H2Memory* memory) {
  nghttp2_mem functions;
  functions.mem_user_data = memory;
  functions.malloc = [](size_t size, void* user_data) { return static_cast<H2Memory*>(user_data)->Allocate(size); };
  functions.free = [](void* bytes, void* user_data) { static_cast<H2Memory*>(user_data)->Free(bytes); };
  functions.calloc = [](size_t count, size_t size, void* user_data) -> void* {
    if (size != 0 && count > SIZE_MAX / size) return nullptr;
    void* const bytes = static_cast<H2Memory*>(user_data)->Allocate(count * size);
    if (bytes != nullptr) std::memset(bytes, 0, count * size);
    return bytes;
  };
  functions.realloc = [](void* bytes, size_t size, void* user_data) {
    return static_cast<H2Memory*>(user_data)->Reallocate(bytes, size);
  };
  return functions;
}

int32_t WindowSize(size_t bytes) {
  return static_cast<int32_t>(std::min<size_t>(bytes, std::numeric_limits<int32_t>::max()));
}

uint32_t SettingsValue(size_t value) {
  return static_cast<uint32_t>(std::min<size_t>(value, std::numeric_limits<uint32_t>::max()));
}

std::string GoAwayFrame(int32_t last_stream_id, uint32_t error_code, std::string_view debug_data) {
  std::string frame;
  AppendUint32(static_cast<uint32_t>(8 + debug_data.size()) << 8 | NGHTTP2_GOAWAY, &frame);
  frame.push_back(0);       // flags
  AppendUint32(0, &frame);  // stream
  AppendUint32(static_cast<uint32_t>(last_stream_id), &frame);
  AppendUint32(error_code, &frame);
  frame.append(debug_data);
  return frame;
}

uint32_t GoAwayCode(ssize_t nghttp2_error) {
  switch (nghttp2_error) {
    case NGHTTP2_ERR_BAD_CLIENT_MAGIC:
      return NGHTTP2_PROTOCOL_ERROR;
    case NGHTTP2_ERR_FLOODED:
    case NGHTTP2_ERR_TOO_MANY_CONTINUATIONS:
      return NGHTTP2_ENHANCE_YOUR_CALM;
    default:
      return NGHTTP2_INTERNAL_ERROR;
  }
}

}  // namespace connectrpc::http
