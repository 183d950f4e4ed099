#include "server/check_options.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <string>

#include "codec/compression_options.h"

namespace connectrpc::server {
namespace {

absl::Status Invalid(const std::string& what) {
  return absl::InvalidArgumentError("HttpOptions: " + what);
}

absl::Status CheckRange(const char* name, size_t value, size_t min, size_t max) {
  if (value >= min && value <= max) return absl::OkStatus();
  return Invalid(std::string(name) + " must be between " + std::to_string(min) + " and " + std::to_string(max) +
                 ", not " + std::to_string(value));
}

absl::Status CheckTimeouts(const Timeouts& timeouts) {
  for (std::chrono::milliseconds timeout :
       {timeouts.tls_handshake, timeouts.http2_preface, timeouts.http2_settings_ack, timeouts.header_read,
        timeouts.http1_idle, timeouts.http2_idle, timeouts.body_progress, timeouts.write_stall, timeouts.response_stall,
        timeouts.drain, timeouts.keepalive_interval, timeouts.keepalive_ack, timeouts.min_ping_interval,
        timeouts.min_idle_ping_interval, timeouts.max_connection_age, timeouts.max_connection_age_grace,
        timeouts.shutdown}) {
    if (timeout.count() < 0) return Invalid("timeouts must not be negative");
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckOptions(const HttpOptions& options) {
  if (options.listen.empty()) return Invalid("listen names no address");
  if (options.loops < 0) return Invalid("loops must not be negative");
  constexpr size_t kMaxWindow = 0x7fffffff;  // RFC 9113 section 6.9.1
  constexpr size_t kMaxCount = 0x7fffffff;
  constexpr size_t kMaxHeader = 1024 * 1024;
  const Limits& limits = options.limits;
  const struct {
    const char* name;
    size_t value, min, max;
  } ranges[] = {
      {"limits.max_message_bytes", limits.max_message_bytes, 1, 0xffffffff},
      {"limits.max_unary_body_bytes", limits.max_unary_body_bytes, 1, 0xffffffff},
      {"limits.max_header_list_bytes", limits.max_header_list_bytes, 256, kMaxHeader},
      {"limits.max_header_fields", limits.max_header_fields, 1, 100'000},
      {"limits.max_request_line_bytes", limits.max_request_line_bytes, 64, kMaxHeader},
      {"limits.max_concurrent_streams", limits.max_concurrent_streams, 1, kMaxCount},
      {"limits.max_running_calls_per_connection", limits.max_running_calls_per_connection, 1, kMaxCount},
      {"limits.stream_window_bytes", limits.stream_window_bytes, 1, kMaxWindow},
      {"limits.max_stream_window_bytes", limits.max_stream_window_bytes, 1, kMaxWindow},
      {"limits.connection_window_bytes", limits.connection_window_bytes, 65535, kMaxWindow},
      {"limits.max_stream_output_bytes", limits.max_stream_output_bytes, 1, kMaxWindow},
      {"limits.max_connection_output_bytes", limits.max_connection_output_bytes, 1, kMaxWindow},
      {"limits.max_connections", limits.max_connections, 1, kMaxCount},
      {"limits.max_handshakes", limits.max_handshakes, 1, kMaxCount},
      {"limits.max_handler_threads", limits.max_handler_threads, 0, kMaxCount},
      {"limits.max_queued_calls", limits.max_queued_calls, 0, kMaxCount},
      {"limits.max_continuation_frames", limits.max_continuation_frames, 0, kMaxCount},
      {"limits.max_control_frames", limits.max_control_frames, 1, kMaxCount},
      {"limits.max_resets", limits.max_resets, 0, kMaxCount},
      {"limits.max_resets_per_second", limits.max_resets_per_second, 0, kMaxCount},
      {"limits.max_queued_frames", limits.max_queued_frames, 1, kMaxCount},
      {"limits.max_ping_strikes", limits.max_ping_strikes, 0, kMaxCount},
      {"limits.max_json_depth", static_cast<size_t>(std::max(limits.max_json_depth, 0)), 1, 10'000},
  };
  for (const auto& range : ranges) {
    absl::Status status = CheckRange(range.name, range.value, range.min, range.max);
    if (!status.ok()) return status;
  }
  const std::string& prefix = options.path_prefix;
  if (!prefix.empty() && (prefix.front() != '/' || prefix.back() == '/')) {
    return Invalid("path_prefix must begin with \"/\" and not end with it, not \"" + prefix + "\"");
  }
  for (const auto& [path, handler] : options.http_handlers) {
    if (path.empty() || path.front() != '/')
      return Invalid("http_handlers: \"" + path + "\" does not begin with \"/\"");
    if (!handler) return Invalid("http_handlers: the handler of \"" + path + "\" is empty");
  }
  for (const auto& interceptor : options.interceptors) {
    if (interceptor == nullptr) return Invalid("interceptors must not be null");
  }
  for (const auto& observer : options.observers) {
    if (observer == nullptr) return Invalid("observers must not be null");
  }
  const absl::Status compression = codec::CheckCompressionOptions(options.compression);
  if (!compression.ok()) return Invalid(std::string(compression.message()));
  return CheckTimeouts(options.timeouts);
}

}  // namespace connectrpc::server
