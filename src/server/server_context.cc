#include "server/server_context.h"

#include <algorithm>
#include <chrono>

#include "codec/compression_options.h"
#include "wire/content_type.h"

namespace connectrpc::server {

namespace {

// wire::Duration counts nanoseconds and cannot hold every number of milliseconds.
std::chrono::milliseconds Representable(std::chrono::milliseconds time) {
  return std::min(time, std::chrono::duration_cast<std::chrono::milliseconds>(wire::Duration::max()));
}

}  // namespace

absl::Status CompleteContext(ServerContext* context) {
  const HttpOptions& options = context->options;
  const Limits& limits = options.limits;

  context->codecs.Add(codec::NewProtoCodec());
  if (options.json.enabled) {
    codec::JsonOptions json;
    json.max_depth = limits.max_json_depth;
    static_cast<JsonFormat&>(json) = options.json;
    context->codecs.Add(codec::NewJsonCodec(json));
  }
  codec::AddCompressors(options.compression, &context->compressions);

  protocol::CallConfig& call = context->call_config;
  call.codecs = &context->codecs;
  call.compressions = &context->compressions;
  call.max_message_bytes = limits.max_message_bytes;
  call.max_unary_body_bytes = limits.max_unary_body_bytes;
  call.compress_responses = options.compression.enabled;
  call.compress_min_bytes = options.compression.min_bytes;
  call.deadlines = options.deadlines;
  call.require_connect_protocol_version = options.require_connect_protocol_version;

  http::SessionLimits& session = context->session_limits;
  session.max_header_list_bytes = limits.max_header_list_bytes;
  session.max_header_fields = limits.max_header_fields;
  session.max_request_line_bytes = limits.max_request_line_bytes;
  session.max_concurrent_streams = limits.max_concurrent_streams;
  session.stream_window_bytes = limits.stream_window_bytes;
  session.max_stream_window_bytes = limits.max_stream_window_bytes;
  session.connection_window_bytes = limits.connection_window_bytes;
  session.max_drain_bytes = limits.max_drain_bytes;
  session.https_only = options.tls.enabled();
  session.max_control_frames = limits.max_control_frames;
  session.max_continuation_frames = limits.max_continuation_frames;
  session.max_resets = limits.max_resets;
  session.max_resets_per_second = limits.max_resets_per_second;
  session.max_queued_frames = limits.max_queued_frames;
  session.max_ping_strikes = limits.max_ping_strikes;
  session.min_ping_interval = Representable(options.timeouts.min_ping_interval);
  session.min_idle_ping_interval = Representable(options.timeouts.min_idle_ping_interval);

  for (wire::Framing framing : {wire::Framing::kConnectUnary, wire::Framing::kConnectStream, wire::Framing::kGrpc,
                                wire::Framing::kGrpcWeb, wire::Framing::kGrpcWebText}) {
    for (const auto& codec : context->codecs.codecs()) {
      if (!context->accept_post.empty()) context->accept_post += ", ";
      context->accept_post += wire::FormatContentType(framing, codec->name());
    }
  }
  return context->cors.Set(options.cors);
}

}  // namespace connectrpc::server
