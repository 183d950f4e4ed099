#include "interop/front/option_table.h"

#include <chrono>
#include <cstddef>
#include <limits>
#include <optional>
#include <utility>

#include "interop/front/units.h"

namespace connectrpc::front {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ClientCertificates = TlsOptions::ClientCertificates;

// How values of each type are read and written. Read returns what it expected, or nothing when all is well. Of numbers,
// the option's argument says what they count.

std::string Read(std::string_view text, const std::string&, std::string* value) {
  if (text.empty()) return "a value that is not empty";
  *value = std::string(text);
  return "";
}
std::string Write(const std::string& value, const std::string&) {
  return value;
}

std::string Read(std::string_view text, const std::string&, bool* value) {
  *value = text == "on" || text == "true" || text == "yes";
  return *value || text == "off" || text == "false" || text == "no" ? "" : "on or off";
}
std::string Write(bool value, const std::string&) {
  return value ? "on" : "off";
}

std::string Read(std::string_view text, const std::string&, int* value) {
  const auto number = ParseCount(text, std::numeric_limits<int>::max());
  if (!number.has_value()) return "a number";
  *value = static_cast<int>(*number);
  return "";
}
std::string Write(int value, const std::string&) {
  return std::to_string(value);
}

std::string Read(std::string_view text, const std::string& argument, size_t* value) {
  if (argument == "SIZE") {
    const auto size = ParseSize(text);
    if (!size.has_value()) return "a size such as 4096, 64KiB or 4MiB";
    *value = *size;
    return "";
  }
  const auto number = ParseCount(text, std::numeric_limits<size_t>::max());
  if (!number.has_value()) return "a number";
  *value = *number;
  return "";
}
std::string Write(size_t value, const std::string& argument) {
  return argument == "SIZE" ? FormatSize(value) : std::to_string(value);
}

std::string Read(std::string_view text, const std::string&, milliseconds* value) {
  const auto duration = ParseDuration(text);
  if (!duration.has_value()) return "a duration such as 500ms, 30s, 5m or 2h";
  *value = *duration;
  return "";
}
std::string Write(milliseconds value, const std::string&) {
  return FormatDuration(value);
}

std::string Read(std::string_view text, const std::string&, seconds* value) {
  const auto duration = ParseDuration(text);
  if (!duration.has_value() || duration->count() % 1000 != 0) return "a duration in whole seconds such as 30s or 2h";
  *value = std::chrono::duration_cast<seconds>(*duration);
  return "";
}
std::string Write(seconds value, const std::string&) {
  return FormatDuration(value);
}

constexpr std::pair<std::string_view, ClientCertificates> kClientCertificates[] = {
    {"off", ClientCertificates::kOff},
    {"optional", ClientCertificates::kOptional},
    {"required", ClientCertificates::kRequired}};

std::string Read(std::string_view text, const std::string&, ClientCertificates* value) {
  for (const auto& [name, mode] : kClientCertificates) {
    if (text != name) continue;
    *value = mode;
    return "";
  }
  return "off, optional or required";
}
std::string Write(ClientCertificates value, const std::string&) {
  for (const auto& [name, mode] : kClientCertificates) {
    if (value == mode) return std::string(name);
  }
  return "";
}

// `field` is a function from Settings to the field that the option sets.
template <typename Field>
Option Value(std::string name, std::string argument, std::string help, Field field) {
  Option option;
  option.name = std::move(name);
  option.argument = argument;
  option.help = std::move(help);
  option.set = [field, argument](std::string_view text, Settings* settings) {
    return Read(text, argument, &field(*settings));
  };
  option.show = [field, argument](const Settings& settings) {
    Settings copy = settings;
    return Write(field(copy), argument);
  };
  return option;
}

template <typename Field>
Option Switch(std::string name, std::string help, Field field) {
  Option option = Value(std::move(name), "", std::move(help), field);
  option.kind = Option::Kind::kSwitch;
  return option;
}

enum class Commas { kSplit, kKeep };

// A list of strings. With Commas::kSplit one value may hold several.
template <typename Field>
Option List(std::string name, std::string argument, std::string help, Commas commas, Field field) {
  Option option;
  option.name = std::move(name);
  option.kind = Option::Kind::kList;
  option.argument = std::move(argument);
  option.help = std::move(help);
  option.set = [field, commas](std::string_view text, Settings* settings) -> std::string {
    for (bool more = true; more;) {
      const size_t end = commas == Commas::kSplit ? text.find(',') : std::string_view::npos;
      more = end != std::string_view::npos;
      if (text.substr(0, end).empty()) return "a value that is not empty";
      field(*settings).emplace_back(text.substr(0, end));
      if (more) text.remove_prefix(end + 1);
    }
    return "";
  };
  option.clear = [field](Settings* settings) { field(*settings).clear(); };
  option.show = [field](const Settings& settings) {
    Settings copy = settings;
    std::string text;
    for (const std::string& value : field(copy)) text += (text.empty() ? "" : ",") + value;
    return text;
  };
  return option;
}

// A function from Settings to that field of it.
#define CONNECTRPC_FIELD(path)       \
  [](Settings & settings) -> auto& { \
    return settings.path;            \
  }

OptionGroup GeneralOptions() {
  const auto ask = [](std::string name, std::string help, Settings::Action action) {
    Option option;
    option.name = std::move(name);
    option.kind = Option::Kind::kSwitch;
    option.help = std::move(help);
    option.set = [action](std::string_view, Settings* settings) -> std::string {
      settings->action = action;
      return "";
    };
    return option;
  };
  OptionGroup group{"General", {}};
  group.options = {
      Value("config", "FILE", "read options from FILE too: lines of `name = value`; the command line wins",
            CONNECTRPC_FIELD(config_file)),
      ask("check", "check the configuration without reaching the backend, and exit", Settings::Action::kCheck),
      ask("version", "print the version and exit", Settings::Action::kVersion),
      ask("help", "print this and exit", Settings::Action::kHelp),
  };
  for (Option& option : group.options) {
    option.in_file = false;
    option.show = [](const Settings&) { return std::string(); };
  }
  return group;
}

OptionGroup ListenOptions() {
  return {"Listening",
          {
              List("listen", "ADDRESS", "0.0.0.0:8080, [::]:8080, :8080 or unix:/run/front.sock; repeat for more",
                   Commas::kKeep, CONNECTRPC_FIELD(http.listen)),
              Value("tls-cert", "FILE", "PEM certificate chain, the server's own first; turns TLS on",
                    CONNECTRPC_FIELD(http.tls.certificate_chain_file)),
              Value("tls-key", "FILE", "PEM private key of --tls-cert", CONNECTRPC_FIELD(http.tls.private_key_file)),
              Value("tls-client-ca", "FILE", "PEM certificates that those of clients are verified with",
                    CONNECTRPC_FIELD(http.tls.client_ca_file)),
              Value("tls-client-auth", "MODE", "client certificates: off, optional or required",
                    CONNECTRPC_FIELD(http.tls.client_certificates)),
              Value("loops", "COUNT", "event loop threads; 0: one for each core", CONNECTRPC_FIELD(http.loops)),
              Switch("reuse-port", "let several processes listen on one port (SO_REUSEPORT)",
                     CONNECTRPC_FIELD(http.reuse_port)),
              Value("drain", "DURATION", "on SIGTERM, how long running calls may go on",
                    CONNECTRPC_FIELD(http.timeouts.shutdown)),
          }};
}

OptionGroup BackendOptions() {
  return {
      "Backend",
      {
          Value("backend", "TARGET", "gRPC target: dns:///greeter:50051, ipv4:10.0.0.1:80,10.0.0.2:80, unix:/path",
                CONNECTRPC_FIELD(backend.target)),
          Value("service-config", "JSON", "gRPC service config (balancing, retries, health checks): a file, or {...}",
                CONNECTRPC_FIELD(backend.service_config)),
          Switch("reflection", "learn services from the backend's server reflection", CONNECTRPC_FIELD(reflection)),
          Value("descriptor-set", "FILE", "learn services from protoc --include_imports --descriptor_set_out=FILE",
                CONNECTRPC_FIELD(descriptor_set_file)),
          List("services", "NAME", "offer these services only, such as greet.v1.GreetService; default: all",
               Commas::kSplit, CONNECTRPC_FIELD(http.services)),
          Value("startup-timeout", "DURATION", "how long to wait for the backend's reflection; 0: for ever",
                CONNECTRPC_FIELD(startup_timeout)),
          Switch("backend-tls", "reach the backend by TLS", CONNECTRPC_FIELD(backend.tls)),
          Value("backend-ca", "FILE", "PEM roots to verify the backend with; default: the system's",
                CONNECTRPC_FIELD(backend.ca_file)),
          Value("backend-cert", "FILE", "PEM certificate chain to show to the backend",
                CONNECTRPC_FIELD(backend.certificate_file)),
          Value("backend-key", "FILE", "PEM private key of --backend-cert", CONNECTRPC_FIELD(backend.key_file)),
          Value("backend-authority", "NAME", "the backend's name in :authority, and in its certificate",
                CONNECTRPC_FIELD(backend.authority)),
          Value("backend-keepalive", "DURATION", "between PINGs to the backend; 0: none",
                CONNECTRPC_FIELD(backend.keepalive_time)),
          Value("backend-keepalive-timeout", "DURATION", "from such a PING to its answer",
                CONNECTRPC_FIELD(backend.keepalive_timeout)),
          Value("backend-max-backoff", "DURATION", "the longest pause between attempts to connect",
                CONNECTRPC_FIELD(backend.max_reconnect_backoff)),
          Value("backend-max-metadata-bytes", "SIZE", "headers, and trailers, of an answer of the backend",
                CONNECTRPC_FIELD(backend.max_metadata_bytes)),
      }};
}

OptionGroup HttpServingOptions() {
  return {
      "Serving",
      {
          Value("path-prefix", "PATH", "what stands before /package.Service/Method: /api",
                CONNECTRPC_FIELD(http.path_prefix)),
          Switch("reflection-serve", "answer gRPC server reflection to clients", CONNECTRPC_FIELD(http.reflection)),
          List("allowed-host", "HOST", "answer requests to these hosts only, others with 421", Commas::kSplit,
               CONNECTRPC_FIELD(http.allowed_hosts)),
          Switch("require-connect-protocol-version", "refuse Connect requests without a protocol version",
                 CONNECTRPC_FIELD(http.require_connect_protocol_version)),
          Value("call-info", "on|off", "tell the backend peer, protocol and client certificate as metadata",
                CONNECTRPC_FIELD(http.call_info)),
          Value("health-path", "PATH", "answer GET PATH with 200 while the backend is reachable, else 503",
                CONNECTRPC_FIELD(health_path)),
          Value("metrics-path", "PATH", "answer GET PATH with metrics as Prometheus text",
                CONNECTRPC_FIELD(metrics_path)),
          Switch("access-log", "write a line of JSON for each call to standard output", CONNECTRPC_FIELD(access_log)),
      }};
}

OptionGroup CorsOptionsGroup() {
  return {
      "CORS (web pages of other origins)",
      {
          List("cors-origin", "ORIGIN", "https://app.example.com, https://*.example.com or *; without it CORS is off",
               Commas::kSplit, CONNECTRPC_FIELD(http.cors.allow_origins)),
          Switch("cors-credentials", "let pages send cookies and client certificates",
                 CONNECTRPC_FIELD(http.cors.allow_credentials)),
          List("cors-header", "NAME", "a request header that pages may set beside the protocols' own", Commas::kSplit,
               CONNECTRPC_FIELD(http.cors.allow_headers)),
          List("cors-expose-header", "NAME", "a response header that pages may read beside those of the call",
               Commas::kSplit, CONNECTRPC_FIELD(http.cors.expose_headers)),
          Value("cors-max-age", "DURATION", "how long browsers may keep the answer to a preflight",
                CONNECTRPC_FIELD(http.cors.max_age)),
      }};
}

OptionGroup MessageOptions() {
  return {"Compression and JSON",
          {
              Value("compression", "on|off", "compress responses where the caller accepts it",
                    CONNECTRPC_FIELD(http.compression.enabled)),
              Value("compression-min-bytes", "SIZE", "shorter messages go out as they are",
                    CONNECTRPC_FIELD(http.compression.min_bytes)),
              List("compression-algorithms", "NAME", "offered, in this order", Commas::kSplit,
                   CONNECTRPC_FIELD(http.compression.algorithms)),
              Value("compression-gzip-level", "COUNT", "1 to 9", CONNECTRPC_FIELD(http.compression.gzip_level)),
              Value("compression-zstd-level", "COUNT", "1 to 22", CONNECTRPC_FIELD(http.compression.zstd_level)),
              Value("compression-brotli-level", "COUNT", "0 to 11", CONNECTRPC_FIELD(http.compression.brotli_level)),
              Value("json", "on|off", "offer JSON beside binary messages", CONNECTRPC_FIELD(http.json.enabled)),
              Value("json-print-default-values", "on|off", "write fields that hold their default",
                    CONNECTRPC_FIELD(http.json.print_default_values)),
              Value("json-preserve-field-names", "on|off", "timeout_ms instead of timeoutMs",
                    CONNECTRPC_FIELD(http.json.preserve_field_names)),
              Value("json-enums-as-numbers", "on|off", "numbers instead of names",
                    CONNECTRPC_FIELD(http.json.enums_as_numbers)),
          }};
}

#undef CONNECTRPC_FIELD

OptionGroup LimitOptions() {
  const struct {
    const char* name;
    const char* argument;
    size_t Limits::*field;
    const char* help;
  } rows[] = {
      {"max-message-bytes", "SIZE", &Limits::max_message_bytes, "a request message, decompressed"},
      {"max-unary-body-bytes", "SIZE", &Limits::max_unary_body_bytes, "the body of a unary request as it travels"},
      {"max-header-list-bytes", "SIZE", &Limits::max_header_list_bytes, "all header fields of a request"},
      {"max-header-fields", "COUNT", &Limits::max_header_fields, "their number"},
      {"max-request-line-bytes", "SIZE", &Limits::max_request_line_bytes, "request line, or :path"},
      {"max-concurrent-streams", "COUNT", &Limits::max_concurrent_streams, "open streams of a connection"},
      {"max-running-calls-per-connection", "COUNT", &Limits::max_running_calls_per_connection,
       "calls that have not finished"},
      {"stream-window-bytes", "SIZE", &Limits::stream_window_bytes, "HTTP/2: sent ahead on a stream"},
      {"max-stream-window-bytes", "SIZE", &Limits::max_stream_window_bytes, "HTTP/2: the same, of a fast handler"},
      {"connection-window-bytes", "SIZE", &Limits::connection_window_bytes, "the same on a connection"},
      {"max-stream-output-bytes", "SIZE", &Limits::max_stream_output_bytes, "held for a slow reader"},
      {"max-connection-output-bytes", "SIZE", &Limits::max_connection_output_bytes, "the same on a connection"},
      {"max-buffered-bytes", "SIZE", &Limits::max_buffered_bytes, "held for all connections together"},
      {"max-drain-bytes", "SIZE", &Limits::max_drain_bytes, "dropped after an early answer"},
      {"max-connections", "COUNT", &Limits::max_connections, "connections at once"},
      {"max-connections-per-peer", "COUNT", &Limits::max_connections_per_peer, "from one address; 0: no limit"},
      {"max-handshakes", "COUNT", &Limits::max_handshakes, "TLS handshakes going on"},
      {"max-requests-per-connection", "COUNT", &Limits::max_requests_per_connection, "then go away; 0: no limit"},
      {"min-body-bytes-per-second", "SIZE", &Limits::min_body_bytes_per_second, "slower bodies are given up"},
      {"max-control-frames", "COUNT", &Limits::max_control_frames, "HTTP/2 frames that bring nothing"},
      {"max-continuation-frames", "COUNT", &Limits::max_continuation_frames, "of one header block"},
      {"max-resets", "COUNT", &Limits::max_resets, "HTTP/2 streams reset at once"},
      {"max-resets-per-second", "COUNT", &Limits::max_resets_per_second, "and each second on top"},
      {"max-queued-frames", "COUNT", &Limits::max_queued_frames, "that the peer does not read"},
      {"max-ping-strikes", "COUNT", &Limits::max_ping_strikes, "PINGs that come too soon"},
  };
  OptionGroup group{"Limits (the largest value that is accepted)", {}};
  for (const auto& row : rows) {
    group.options.push_back(
        Value(std::string("limit-") + row.name, row.argument, row.help,
              [field = row.field](Settings& settings) -> size_t& { return settings.http.limits.*field; }));
  }
  group.options.push_back(Value("limit-max-json-depth", "COUNT", "brackets inside one another in JSON",
                                [](Settings& settings) -> int& { return settings.http.limits.max_json_depth; }));
  return group;
}

OptionGroup TimeoutOptions() {
  const struct {
    const char* name;
    milliseconds Timeouts::*field;
    const char* help;
  } rows[] = {
      {"tls-handshake", &Timeouts::tls_handshake, "from accept to the end of the handshake"},
      {"http2-preface", &Timeouts::http2_preface, "to the end of the HTTP/2 preface"},
      {"http2-settings-ack", &Timeouts::http2_settings_ack, "to the acknowledgement of our SETTINGS"},
      {"header-read", &Timeouts::header_read, "from accept to the end of the first request head"},
      {"http1-idle", &Timeouts::http1_idle, "an HTTP/1.1 connection without a request"},
      {"http2-idle", &Timeouts::http2_idle, "an HTTP/2 connection without a request"},
      {"body-progress", &Timeouts::body_progress, "a unary request whose body does not come on"},
      {"write-stall", &Timeouts::write_stall, "a socket that takes no output"},
      {"response-stall", &Timeouts::response_stall, "a unary answer that flow control holds back"},
      {"drain", &Timeouts::drain, "dropping a request body after an early answer"},
      {"keepalive-interval", &Timeouts::keepalive_interval, "between PINGs to HTTP/2 clients"},
      {"keepalive-ack", &Timeouts::keepalive_ack, "from such a PING to its answer"},
      {"min-ping-interval", &Timeouts::min_ping_interval, "between PINGs of a client with calls"},
      {"min-idle-ping-interval", &Timeouts::min_idle_ping_interval, "the same without calls"},
      {"max-connection-age", &Timeouts::max_connection_age, "then a connection is told to go away"},
      {"max-connection-age-grace", &Timeouts::max_connection_age_grace, "to finish its calls from then on"},
  };
  OptionGroup group{"Timeouts (0 turns one off)", {}};
  for (const auto& row : rows) {
    group.options.push_back(
        Value(std::string("timeout-") + row.name, "DURATION", row.help,
              [field = row.field](Settings& settings) -> milliseconds& { return settings.http.timeouts.*field; }));
  }
  return group;
}

OptionGroup DeadlineOptions() {
  const struct {
    const char* name;
    milliseconds DeadlinePolicy::*field;
    const char* help;
  } rows[] = {
      {"min", &DeadlinePolicy::min, "shorter timeouts are raised to it"},
      {"max", &DeadlinePolicy::max, "longer timeouts are cut to it"},
      {"none", &DeadlinePolicy::none, "what calls without a timeout are given"},
      {"per-message", &DeadlinePolicy::per_message, "the longest wait for the next message of a stream"},
  };
  OptionGroup group{"Deadlines of calls (0 turns a rule off)", {}};
  for (const auto& row : rows) {
    group.options.push_back(
        Value(std::string("deadline-") + row.name, "DURATION", row.help,
              [field = row.field](Settings& settings) -> milliseconds& { return settings.http.deadlines.*field; }));
  }
  return group;
}

}  // namespace

std::vector<OptionGroup> AllOptions() {
  return {GeneralOptions(), ListenOptions(), BackendOptions(), HttpServingOptions(), CorsOptionsGroup(),
          MessageOptions(), LimitOptions(),  TimeoutOptions(), DeadlineOptions()};
}

}  // namespace connectrpc::front
