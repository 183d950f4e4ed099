#include "transport/check_options.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <string>
#include <utility>

#include "codec/compression_options.h"
#include "connectrpc/version.h"
#include "net/address.h"
#include "protocol/metadata_fields.h"
#include "transport/credentials.h"
#include "transport/url.h"
#include "wire/metadata.h"
#include "wire/text.h"

namespace connectrpc::transport {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kCentury = std::chrono::hours(24 * 36525);

absl::Status Invalid(const std::string& what) {
  return absl::InvalidArgumentError("HttpTransportOptions: " + what);
}

std::string InQuotes(std::string_view text) {
  return "\"" + wire::Quoted(text) + "\"";
}

absl::Status CheckRange(const std::string& name, size_t value, size_t min, size_t max) {
  if (value >= min && value <= max) return absl::OkStatus();
  return Invalid(name + " must be between " + std::to_string(min) + " and " + std::to_string(max) + ", not " +
                 std::to_string(value));
}

absl::Status CheckLimits(const ClientLimits& limits) {
  constexpr size_t kMaxWindow = 0x7fffffff;  // RFC 9113 section 6.9.1
  constexpr size_t kMaxCount = 0x7fffffff;
  constexpr size_t kMaxBytes = 0xffffffff;
  constexpr size_t kMaxHeader = 1024 * 1024;
  const struct {
    const char* name;
    size_t value, min, max;
  } ranges[] = {
      {"max_header_list_bytes", limits.max_header_list_bytes, 256, kMaxHeader},
      {"max_header_fields", limits.max_header_fields, 1, 100'000},
      {"max_informational_responses", limits.max_informational_responses, 0, kMaxCount},
      {"max_end_bytes", limits.max_end_bytes, 1, kMaxBytes},
      {"stream_window_bytes", limits.stream_window_bytes, 1, kMaxWindow},
      {"connection_window_bytes", limits.connection_window_bytes, 65535, kMaxWindow},
      {"max_stream_output_bytes", limits.max_stream_output_bytes, 1, kMaxWindow},
      {"max_replay_bytes", limits.max_replay_bytes, 0, kMaxBytes},
      {"max_connections", limits.max_connections, 1, kMaxCount},
      {"max_concurrent_streams", limits.max_concurrent_streams, 1, kMaxCount},
      {"max_waiting_calls", limits.max_waiting_calls, 1, kMaxCount},
      {"max_get_url_bytes", limits.max_get_url_bytes, 0, kMaxHeader},
      {"max_control_frames", limits.max_control_frames, 1, kMaxCount},
      {"max_continuation_frames", limits.max_continuation_frames, 0, kMaxCount},
      {"max_queued_frames", limits.max_queued_frames, 1, kMaxCount},
  };
  for (const auto& range : ranges) {
    absl::Status status = CheckRange(std::string("limits.") + range.name, range.value, range.min, range.max);
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

bool IsIp(const net::Endpoint& endpoint) {
  return !endpoint.addresses.empty() && endpoint.addresses.front().family() != AF_UNIX;
}

// Names it, and makes it fit for sums, where it is all right.
absl::Status TakeTimeout(const std::string& name, milliseconds* timeout) {
  if (timeout->count() < 0) return Invalid(name + " must not be negative");
  *timeout = std::min(*timeout, kCentury);
  return absl::OkStatus();
}

absl::Status TakeTimeouts(ClientTimeouts* timeouts) {
  const struct {
    const char* name;
    milliseconds* timeout;
  } all[] = {
      {"connect", &timeouts->connect},
      {"connect_address", &timeouts->connect_address},
      {"connect_stagger", &timeouts->connect_stagger},
      {"initial_backoff", &timeouts->initial_backoff},
      {"max_backoff", &timeouts->max_backoff},
      {"http2_settings_ack", &timeouts->http2_settings_ack},
      {"http1_idle", &timeouts->http1_idle},
      {"http2_idle", &timeouts->http2_idle},
      {"write_stall", &timeouts->write_stall},
      {"keepalive_interval", &timeouts->keepalive_interval},
      {"keepalive_ack", &timeouts->keepalive_ack},
  };
  for (const auto& one : all) {
    absl::Status status = TakeTimeout(std::string("timeouts.") + one.name, one.timeout);
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::Status TakeRetryPolicy(RetryPolicy* policy) {
  const std::string name = "defaults.retry.";
  if (policy->max_attempts < 1) return Invalid(name + "max_attempts must be at least 1");
  absl::Status status = TakeTimeout(name + "initial_backoff", &policy->initial_backoff);
  if (status.ok()) status = TakeTimeout(name + "max_backoff", &policy->max_backoff);
  if (!status.ok()) return status;
  if (!(policy->multiplier >= 1) || !std::isfinite(policy->multiplier)) {
    return Invalid(name + "multiplier must be at least 1");
  }
  if (!(policy->budget >= 0 && policy->budget <= 1)) return Invalid(name + "budget must be between 0 and 1");
  for (const Code code : policy->codes) {
    if (code == Code::kOk || !CodeFromNumber(static_cast<int>(code))) {
      return Invalid(name + "codes holds " + std::to_string(static_cast<int>(code)) + ", which is no code of an error");
    }
  }
  return absl::OkStatus();
}

absl::Status TakeDefaults(Config* config) {
  CallOptions& defaults = config->options.defaults;
  if (defaults.timeout && defaults.timeout->count() <= 0) return Invalid("defaults.timeout must be positive");
  if (defaults.codec && *defaults.codec != "proto" && *defaults.codec != "json") {
    return Invalid("defaults.codec must be \"proto\" or \"json\", not " + InQuotes(*defaults.codec));
  }
  if (defaults.compression && *defaults.compression != "identity" && !defaults.compression->empty() &&
      config->compressions.Find(*defaults.compression) == nullptr) {
    return Invalid("defaults.compression: " + InQuotes(*defaults.compression) + " is not in compression");
  }
  if (defaults.max_message_bytes) {
    absl::Status status = CheckRange("defaults.max_message_bytes", *defaults.max_message_bytes, 1, 0xffffffff);
    if (!status.ok()) return status;
  }
  if (defaults.max_unread_bytes) {
    absl::Status status = CheckRange("defaults.max_unread_bytes", *defaults.max_unread_bytes, 1, 0xffffffff);
    if (!status.ok()) return status;
  }
  Error headers = protocol::CheckRequestMetadata(defaults.headers);
  if (headers.ok() && !config->credentials_allowed) headers = CheckNoCredentials(defaults.headers);
  if (!headers.ok()) return Invalid("defaults.headers: " + headers.message);
  return defaults.retry ? TakeRetryPolicy(&*defaults.retry) : absl::OkStatus();
}

absl::Status TakeUrl(std::string_view text, Config* config) {
  absl::StatusOr<Url> url = ParseUrl(text);
  if (!url.ok()) return url.status();
  config->scheme = url->https ? "https" : "http";
  config->authority = url->authority;
  config->server_name = url->host;
  config->call.path_prefix = url->path;

  const std::vector<std::string>& addresses = config->options.addresses;
  const std::string host = url->host.find(':') != std::string::npos ? "[" + url->host + "]" : url->host;
  const std::string of_url = host + ":" + std::to_string(url->port);
  for (const std::string& address : addresses.empty() ? std::vector<std::string>{of_url} : addresses) {
    absl::StatusOr<net::Endpoint> endpoint = net::ParseEndpoint(address);
    if (!endpoint.ok()) return Invalid("addresses: " + std::string(endpoint.status().message()));
    config->endpoints.push_back(*std::move(endpoint));
  }
  return absl::OkStatus();
}

bool IsSet(const ClientTlsOptions& tls) {
  return !tls.ca_pem.empty() || !tls.ca_file.empty() || !tls.certificate_chain_pem.empty() ||
         !tls.certificate_chain_file.empty() || !tls.private_key_pem.empty() || !tls.private_key_file.empty() ||
         !tls.server_name.empty() || tls.insecure_skip_verification;
}

absl::Status TakeTls(Config* config) {
  const ClientTlsOptions& options = config->options.tls;
  if (config->scheme == "http") {
    // Somebody who has set these does not expect connections in clear.
    return IsSet(options) ? Invalid("tls is set, but the URL's scheme is \"http\"") : absl::OkStatus();
  }
  if (!options.server_name.empty()) {
    if (!IsValidHost(options.server_name)) {
      return Invalid("tls.server_name: " + InQuotes(options.server_name) + " is no valid host");
    }
    config->server_name = options.server_name;
  }
  // As it is written in certificates and asked for (RFC 6066 section 3).
  if (config->server_name.back() == '.') config->server_name.pop_back();
  absl::StatusOr<std::shared_ptr<const net::TlsContext>> context = net::TlsContext::ForClient(options);
  if (!context.ok()) return Invalid(std::string(context.status().message()));
  config->tls = *std::move(context);
  return absl::OkStatus();
}

absl::Status TakeVersions(Config* config) {
  const bool grpc = config->options.protocol == Protocol::kGrpc;
  const HttpVersions versions = config->options.http;
  if (grpc && versions == HttpVersions::kHttp1) return Invalid("http is kHttp1, but gRPC needs HTTP/2");
  if (config->tls == nullptr) {
    config->http2_in_clear = versions == HttpVersions::kHttp2 || (versions == HttpVersions::kAuto && grpc);
    return absl::OkStatus();
  }
  if (versions != HttpVersions::kHttp1) config->alpn.push_back("h2");
  if (versions != HttpVersions::kHttp2 && !grpc) config->alpn.push_back("http/1.1");
  return absl::OkStatus();
}

absl::Status TakeCompression(Config* config) {
  const CompressionOptions& options = config->options.compression;
  const absl::Status status = codec::CheckCompressionOptions(options);
  if (!status.ok()) return Invalid(std::string(status.message()));
  codec::AddCompressors(options, &config->compressions);
  return absl::OkStatus();
}

absl::Status CheckOthers(const HttpTransportOptions& options) {
  absl::Status loops = CheckRange("loops", static_cast<size_t>(std::max(options.loops, 0)), 1, 1024);
  if (!loops.ok()) return loops;
  if (!wire::IsValidMetadataValue(options.user_agent)) {
    return Invalid("user_agent must consist of printable ASCII characters, not " + InQuotes(options.user_agent));
  }
  const std::string& local = options.local_address;
  if (local.empty()) return absl::OkStatus();
  const absl::StatusOr<net::Endpoint> endpoint =
      net::ParseEndpoint((local.find(':') != std::string::npos ? "[" + local + "]" : local) + ":1");
  if (!endpoint.ok() || !IsIp(*endpoint) || local == "localhost") {
    return Invalid("local_address must be an IP address, not " + InQuotes(local));
  }
  return absl::OkStatus();
}

void SetLimits(Config* config) {
  const ClientLimits& limits = config->options.limits;
  http::ClientSessionLimits& session = config->session;
  session.max_header_list_bytes = limits.max_header_list_bytes;
  session.max_header_fields = limits.max_header_fields;
  session.max_informational_responses = limits.max_informational_responses;
  session.max_concurrent_streams = limits.max_concurrent_streams;
  session.stream_window_bytes = limits.stream_window_bytes;
  session.connection_window_bytes = limits.connection_window_bytes;
  session.max_control_frames = limits.max_control_frames;
  session.max_continuation_frames = limits.max_continuation_frames;
  session.max_queued_frames = limits.max_queued_frames;

  const HttpTransportOptions& options = config->options;
  protocol::ClientCallConfig& call = config->call;
  call.compressions = &config->compressions;
  call.accept_compression = options.compression.enabled;
  call.compress_min_bytes = options.compression.min_bytes;
  call.max_end_bytes = limits.max_end_bytes;
  call.max_header_list_bytes = limits.max_header_list_bytes;
  call.max_header_fields = limits.max_header_fields;
  call.max_get_url_bytes = limits.max_get_url_bytes;
  call.user_agent = options.user_agent.empty() ? "connect-cpp/" + std::string(kVersion) : options.user_agent;
}

}  // namespace

absl::StatusOr<std::unique_ptr<const Config>> MakeConfig(std::string_view url, const HttpTransportOptions& options) {
  auto config = std::make_unique<Config>();
  config->options = options;
  absl::Status status = TakeUrl(url, config.get());
  if (status.ok()) status = CheckOthers(options);
  if (status.ok()) status = CheckLimits(options.limits);
  if (status.ok()) status = TakeTimeouts(&config->options.timeouts);
  if (status.ok()) status = TakeTls(config.get());
  if (status.ok()) status = TakeVersions(config.get());
  if (status.ok()) status = TakeCompression(config.get());
  if (!status.ok()) return status;
  config->credentials_allowed =
      options.allow_credentials_in_clear || config->scheme == "https" || StaysOnThisHost(config->endpoints);
  status = TakeDefaults(config.get());
  if (!status.ok()) return status;
  SetLimits(config.get());
  return std::unique_ptr<const Config>(std::move(config));
}

}  // namespace connectrpc::transport
