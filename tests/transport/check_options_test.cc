#include "transport/check_options.h"

#include <gmock/gmock.h>

#include <functional>
#include <limits>
#include <string>

namespace connectrpc::transport {
namespace {

using std::chrono::milliseconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

std::unique_ptr<const Config> Make(const std::string& url, const HttpTransportOptions& options = {}) {
  absl::StatusOr<std::unique_ptr<const Config>> config = MakeConfig(url, options);
  EXPECT_TRUE(config.ok()) << config.status();
  return config.ok() ? *std::move(config) : nullptr;
}

std::string FaultOf(const HttpTransportOptions& options, const std::string& url = "http://example.com") {
  const absl::StatusOr<std::unique_ptr<const Config>> config = MakeConfig(url, options);
  EXPECT_EQ(config.status().code(), absl::StatusCode::kInvalidArgument);
  return std::string(config.status().message());
}

TEST(CheckOptionsTest, Defaults) {
  const auto config = Make("http://Example.com:8080/api/");
  EXPECT_EQ(config->scheme, "http");
  EXPECT_EQ(config->authority, "example.com:8080");
  EXPECT_EQ(config->call.path_prefix, "/api");
  EXPECT_EQ(config->call.user_agent, "connect-cpp/0.1.0");
  EXPECT_EQ(config->call.compressions, &config->compressions);
  EXPECT_TRUE(config->call.accept_compression);
  EXPECT_NE(config->compressions.Find("gzip"), nullptr);
  ASSERT_EQ(config->endpoints.size(), 1u);
  EXPECT_EQ(config->endpoints[0].host, "example.com");
  EXPECT_EQ(config->endpoints[0].port, 8080);
  EXPECT_TRUE(config->endpoints[0].addresses.empty());
  EXPECT_EQ(config->tls, nullptr);
  EXPECT_FALSE(config->http2_in_clear);
  EXPECT_FALSE(config->credentials_allowed);
}

TEST(CheckOptionsTest, EachLimitArrivesWhereItIsUsed) {
  HttpTransportOptions options;
  options.limits.max_header_list_bytes = 1001;
  options.limits.max_header_fields = 12;
  options.limits.max_informational_responses = 13;
  options.limits.max_end_bytes = 1004;
  options.limits.stream_window_bytes = 1005;
  options.limits.connection_window_bytes = 100'006;
  options.limits.max_concurrent_streams = 17;
  options.limits.max_get_url_bytes = 1008;
  options.limits.max_control_frames = 19;
  options.limits.max_continuation_frames = 20;
  options.limits.max_queued_frames = 21;
  options.compression.min_bytes = 22;
  options.compression.enabled = false;
  options.user_agent = "me/1.0";
  const auto config = Make("http://a", options);
  EXPECT_EQ(config->session.max_header_list_bytes, 1001u);
  EXPECT_EQ(config->session.max_header_fields, 12u);
  EXPECT_EQ(config->session.max_informational_responses, 13u);
  EXPECT_EQ(config->session.stream_window_bytes, 1005u);
  EXPECT_EQ(config->session.connection_window_bytes, 100'006u);
  EXPECT_EQ(config->session.max_concurrent_streams, 17u);
  EXPECT_EQ(config->session.max_control_frames, 19u);
  EXPECT_EQ(config->session.max_continuation_frames, 20u);
  EXPECT_EQ(config->session.max_queued_frames, 21u);
  EXPECT_EQ(config->call.max_header_list_bytes, 1001u);
  EXPECT_EQ(config->call.max_header_fields, 12u);
  EXPECT_EQ(config->call.max_end_bytes, 1004u);
  EXPECT_EQ(config->call.max_get_url_bytes, 1008u);
  EXPECT_EQ(config->call.compress_min_bytes, 22u);
  EXPECT_FALSE(config->call.accept_compression);
  EXPECT_EQ(config->call.user_agent, "me/1.0");
}

TEST(CheckOptionsTest, Versions) {
  using P = Protocol;
  using V = HttpVersions;
  const struct {
    const char* name;
    P protocol;
    V versions;
    bool http2_in_clear;
    std::vector<std::string> alpn;
  } kCases[] = {
      {"Connect", P::kConnect, V::kAuto, false, {"h2", "http/1.1"}},
      {"Connect, HTTP/1.1", P::kConnect, V::kHttp1, false, {"http/1.1"}},
      {"Connect, HTTP/2", P::kConnect, V::kHttp2, true, {"h2"}},
      {"gRPC-Web", P::kGrpcWeb, V::kAuto, false, {"h2", "http/1.1"}},
      {"gRPC-Web, HTTP/1.1", P::kGrpcWeb, V::kHttp1, false, {"http/1.1"}},
      {"gRPC-Web, HTTP/2", P::kGrpcWeb, V::kHttp2, true, {"h2"}},
      {"gRPC", P::kGrpc, V::kAuto, true, {"h2"}},
      {"gRPC, HTTP/2", P::kGrpc, V::kHttp2, true, {"h2"}},
  };
  for (const auto& c : kCases) {
    HttpTransportOptions options;
    options.protocol = c.protocol;
    options.http = c.versions;
    const auto clear = Make("http://a", options);
    EXPECT_EQ(clear->http2_in_clear, c.http2_in_clear) << c.name;
    EXPECT_TRUE(clear->alpn.empty()) << c.name;
    const auto tls = Make("https://a", options);
    EXPECT_NE(tls->tls, nullptr) << c.name;
    EXPECT_FALSE(tls->http2_in_clear) << c.name;
    EXPECT_EQ(tls->alpn, c.alpn) << c.name;
  }
  HttpTransportOptions options;
  options.protocol = Protocol::kGrpc;
  options.http = HttpVersions::kHttp1;
  EXPECT_THAT(FaultOf(options), HasSubstr("gRPC needs HTTP/2"));
  EXPECT_THAT(FaultOf(options, "https://a"), HasSubstr("gRPC needs HTTP/2"));
}

TEST(CheckOptionsTest, Addresses) {
  HttpTransportOptions options;
  options.addresses = {"10.0.0.1:80", "[::1]:81", "unix:/run/app.sock", "unix:@name", "other.example:82"};
  const auto config = Make("http://example.com", options);
  ASSERT_EQ(config->endpoints.size(), 5u);
  EXPECT_EQ(net::FormatAddress(config->endpoints[0].addresses.at(0)), "10.0.0.1:80");
  EXPECT_EQ(net::FormatAddress(config->endpoints[1].addresses.at(0)), "[::1]:81");
  EXPECT_EQ(net::FormatAddress(config->endpoints[2].addresses.at(0)), "unix:/run/app.sock");
  EXPECT_EQ(net::FormatAddress(config->endpoints[3].addresses.at(0)), "unix:@name");
  EXPECT_EQ(config->endpoints[4].host, "other.example");
  EXPECT_EQ(config->endpoints[4].port, 82);
  EXPECT_EQ(config->authority, "example.com");

  for (const char* wrong : {"", "10.0.0.1", "10.0.0.1:0", "10.0.0.1:65536", ":80", "unix:", "256.1.1.1:80"}) {
    options.addresses = {"10.0.0.1:80", wrong};
    EXPECT_THAT(FaultOf(options), StartsWith("HttpTransportOptions: addresses: ")) << wrong;
  }
}

TEST(CheckOptionsTest, CredentialsStayOnThisHostOrSecret) {
  const struct {
    const char* name;
    const char* url;
    std::vector<std::string> addresses;
    bool allowed;
  } kCases[] = {
      {"https", "https://example.com", {}, true},
      {"http", "http://example.com", {}, false},
      {"IPv4", "http://127.0.0.1:1", {}, true},
      {"all of IPv4's loopback", "http://127.9.9.9:1", {}, true},
      {"IPv6", "http://[::1]", {}, true},
      {"IPv4 in IPv6", "http://[::ffff:127.0.0.1]", {}, true},
      {"localhost", "http://localhost", {}, true},
      {"a name that begins like it", "http://localhost.example.com", {}, false},
      {"another address", "http://10.0.0.1", {}, false},
      {"wildcard", "http://0.0.0.0", {}, false},
      {"a name like an address", "http://127.0.0.1.example.com", {}, false},
      {"Unix socket", "http://example.com", {"unix:/run/x"}, true},
      {"abstract Unix socket", "http://example.com", {"unix:@x"}, true},
      {"local addresses", "http://example.com", {"127.0.0.1:1", "[::1]:1"}, true},
      {"one that is not", "http://localhost", {"127.0.0.1:1", "10.0.0.1:1"}, false},
      {"a name", "http://localhost", {"example.com:1"}, false},
  };
  for (const auto& c : kCases) {
    HttpTransportOptions options;
    options.addresses = c.addresses;
    EXPECT_EQ(Make(c.url, options)->credentials_allowed, c.allowed) << c.name;
    options.allow_credentials_in_clear = true;
    EXPECT_TRUE(Make(c.url, options)->credentials_allowed) << c.name;
  }
  HttpTransportOptions options;
  for (const char* name : {"authorization", "proxy-authorization", "cookie"}) {
    options.defaults.headers.Clear();
    options.defaults.headers.Add(name, "secret");
    EXPECT_THAT(FaultOf(options), HasSubstr(std::string("\"") + name + "\" would be sent in clear"));
    EXPECT_NE(Make("https://example.com", options), nullptr);
    EXPECT_NE(Make("http://localhost", options), nullptr);
  }
}

TEST(CheckOptionsTest, Tls) {
  const auto config = Make("https://example.com.");
  EXPECT_EQ(config->server_name, "example.com");
  EXPECT_EQ(config->authority, "example.com.");
  EXPECT_EQ(Make("https://[::1]:8443")->server_name, "::1");

  HttpTransportOptions options;
  options.tls.server_name = "other.example";
  EXPECT_EQ(Make("https://example.com", options)->server_name, "other.example");
  EXPECT_EQ(Make("https://example.com", options)->authority, "example.com");
  options.tls.server_name = "no host";
  EXPECT_THAT(FaultOf(options, "https://example.com"), HasSubstr("tls.server_name: \"no host\""));

  // Certificates are looked at here, not by the first connection.
  options = {};
  options.tls.ca_pem = "nonsense";
  EXPECT_THAT(FaultOf(options, "https://example.com"), HasSubstr("ca_pem"));
  options.tls.ca_pem.clear();
  options.tls.ca_file = "/does/not/exist";
  EXPECT_THAT(FaultOf(options, "https://example.com"), HasSubstr("/does/not/exist"));
}

TEST(CheckOptionsTest, TlsOptionsForAConnectionInClearAreAMistake) {
  const struct {
    const char* name;
    std::function<void(ClientTlsOptions*)> set;
  } kCases[] = {
      {"ca_pem", [](ClientTlsOptions* tls) { tls->ca_pem = "x"; }},
      {"ca_file", [](ClientTlsOptions* tls) { tls->ca_file = "x"; }},
      {"certificate_chain_pem", [](ClientTlsOptions* tls) { tls->certificate_chain_pem = "x"; }},
      {"certificate_chain_file", [](ClientTlsOptions* tls) { tls->certificate_chain_file = "x"; }},
      {"private_key_pem", [](ClientTlsOptions* tls) { tls->private_key_pem = "x"; }},
      {"private_key_file", [](ClientTlsOptions* tls) { tls->private_key_file = "x"; }},
      {"server_name", [](ClientTlsOptions* tls) { tls->server_name = "x"; }},
      {"insecure_skip_verification", [](ClientTlsOptions* tls) { tls->insecure_skip_verification = true; }},
  };
  for (const auto& c : kCases) {
    HttpTransportOptions options;
    c.set(&options.tls);
    EXPECT_THAT(FaultOf(options), HasSubstr("tls is set")) << c.name;
  }
}

TEST(CheckOptionsTest, LimitsHaveRanges) {
  constexpr size_t k2Gi = 0x7fffffff;
  constexpr size_t k4Gi = 0xffffffff;
  const struct {
    const char* name;
    size_t ClientLimits::*limit;
    size_t min, max;
  } kCases[] = {
      {"max_header_list_bytes", &ClientLimits::max_header_list_bytes, 256, 1024 * 1024},
      {"max_header_fields", &ClientLimits::max_header_fields, 1, 100'000},
      {"max_informational_responses", &ClientLimits::max_informational_responses, 0, k2Gi},
      {"max_end_bytes", &ClientLimits::max_end_bytes, 1, k4Gi},
      {"stream_window_bytes", &ClientLimits::stream_window_bytes, 1, k2Gi},
      {"connection_window_bytes", &ClientLimits::connection_window_bytes, 65535, k2Gi},
      {"max_stream_output_bytes", &ClientLimits::max_stream_output_bytes, 1, k2Gi},
      {"max_replay_bytes", &ClientLimits::max_replay_bytes, 0, k4Gi},
      {"max_connections", &ClientLimits::max_connections, 1, k2Gi},
      {"max_concurrent_streams", &ClientLimits::max_concurrent_streams, 1, k2Gi},
      {"max_waiting_calls", &ClientLimits::max_waiting_calls, 1, k2Gi},
      {"max_get_url_bytes", &ClientLimits::max_get_url_bytes, 0, 1024 * 1024},
      {"max_control_frames", &ClientLimits::max_control_frames, 1, k2Gi},
      {"max_continuation_frames", &ClientLimits::max_continuation_frames, 0, k2Gi},
      {"max_queued_frames", &ClientLimits::max_queued_frames, 1, k2Gi},
  };
  for (const auto& c : kCases) {
    HttpTransportOptions options;
    const std::string prefix = std::string("HttpTransportOptions: limits.") + c.name + " must be between ";
    options.limits.*c.limit = c.min;
    EXPECT_NE(Make("http://a", options), nullptr) << c.name;
    options.limits.*c.limit = c.max;
    EXPECT_NE(Make("http://a", options), nullptr) << c.name;
    options.limits.*c.limit = c.max + 1;
    EXPECT_THAT(FaultOf(options), StartsWith(prefix)) << c.name;
    if (c.min == 0) continue;
    options.limits.*c.limit = c.min - 1;
    EXPECT_THAT(FaultOf(options), StartsWith(prefix)) << c.name;
  }
}

TEST(CheckOptionsTest, TimeoutsAreNotNegativeAndFitIntoSums) {
  const struct {
    const char* name;
    milliseconds ClientTimeouts::*timeout;
  } kCases[] = {
      {"connect", &ClientTimeouts::connect},
      {"connect_address", &ClientTimeouts::connect_address},
      {"connect_stagger", &ClientTimeouts::connect_stagger},
      {"initial_backoff", &ClientTimeouts::initial_backoff},
      {"max_backoff", &ClientTimeouts::max_backoff},
      {"http2_settings_ack", &ClientTimeouts::http2_settings_ack},
      {"http1_idle", &ClientTimeouts::http1_idle},
      {"http2_idle", &ClientTimeouts::http2_idle},
      {"write_stall", &ClientTimeouts::write_stall},
      {"keepalive_interval", &ClientTimeouts::keepalive_interval},
      {"keepalive_ack", &ClientTimeouts::keepalive_ack},
  };
  for (const auto& c : kCases) {
    HttpTransportOptions options;
    options.timeouts.*c.timeout = milliseconds(-1);
    EXPECT_EQ(FaultOf(options), std::string("HttpTransportOptions: timeouts.") + c.name + " must not be negative");
    options.timeouts.*c.timeout = milliseconds(0);
    EXPECT_EQ(Make("http://a", options)->options.timeouts.*c.timeout, milliseconds(0)) << c.name;
    options.timeouts.*c.timeout = milliseconds::max();
    const milliseconds taken = Make("http://a", options)->options.timeouts.*c.timeout;
    EXPECT_GT(taken, std::chrono::hours(24 * 365 * 99)) << c.name;
    EXPECT_LT(taken, std::chrono::hours(24 * 365 * 101)) << c.name;
  }
}

TEST(CheckOptionsTest, Mistakes) {
  using Options = HttpTransportOptions;
  const struct {
    const char* name;
    const char* fault;
    std::function<void(Options*)> set;
  } kCases[] = {
      {"no loop", "loops must be", [](Options* o) { o->loops = 0; }},
      {"negative loops", "loops must be", [](Options* o) { o->loops = -1; }},
      {"too many loops", "loops must be", [](Options* o) { o->loops = 1025; }},
      {"user agent", "user_agent", [](Options* o) { o->user_agent = "a\r\nb: c"; }},
      {"local name", "local_address", [](Options* o) { o->local_address = "localhost"; }},
      {"local port", "local_address", [](Options* o) { o->local_address = "127.0.0.1:80"; }},
      {"local nonsense", "local_address", [](Options* o) { o->local_address = "::g"; }},
      {"compression level", "compression.gzip_level", [](Options* o) { o->compression.gzip_level = 10; }},
      {"header name", "defaults.headers", [](Options* o) { o->defaults.headers.Add("A", "x"); }},
      {"header value", "defaults.headers", [](Options* o) { o->defaults.headers.Add("a", "\n"); }},
      {"timeout", "defaults.timeout", [](Options* o) { o->defaults.timeout = milliseconds(0); }},
      {"codec", "defaults.codec", [](Options* o) { o->defaults.codec = "xml"; }},
      {"compression", "defaults.compression", [](Options* o) { o->defaults.compression = "rot13"; }},
      {"compression that is not among the algorithms", "defaults.compression",
       [](Options* o) {
         o->defaults.compression = "gzip";
         o->compression.algorithms = {"zstd"};
       }},
      {"message size", "defaults.max_message_bytes", [](Options* o) { o->defaults.max_message_bytes = 0; }},
      {"unread size", "defaults.max_unread_bytes", [](Options* o) { o->defaults.max_unread_bytes = 0; }},
      {"attempts", "defaults.retry.max_attempts", [](Options* o) { o->defaults.retry.emplace().max_attempts = 0; }},
      {"retry back-off", "defaults.retry.initial_backoff",
       [](Options* o) { o->defaults.retry.emplace().initial_backoff = milliseconds(-1); }},
      {"longest retry back-off", "defaults.retry.max_backoff",
       [](Options* o) { o->defaults.retry.emplace().max_backoff = milliseconds(-1); }},
      {"multiplier", "defaults.retry.multiplier", [](Options* o) { o->defaults.retry.emplace().multiplier = 0.9; }},
      {"endless multiplier", "defaults.retry.multiplier",
       [](Options* o) { o->defaults.retry.emplace().multiplier = std::numeric_limits<double>::infinity(); }},
      {"negative budget", "defaults.retry.budget", [](Options* o) { o->defaults.retry.emplace().budget = -0.1; }},
      {"budget beyond all calls", "defaults.retry.budget",
       [](Options* o) { o->defaults.retry.emplace().budget = 1.1; }},
      {"ok is no error", "defaults.retry.codes", [](Options* o) { o->defaults.retry.emplace().codes = {Code::kOk}; }},
      {"no code", "defaults.retry.codes",
       [](Options* o) { o->defaults.retry.emplace().codes = {static_cast<Code>(17)}; }},
  };
  for (const auto& c : kCases) {
    Options options;
    c.set(&options);
    EXPECT_THAT(FaultOf(options), StartsWith(std::string("HttpTransportOptions: ") + c.fault)) << c.name;
  }
  EXPECT_THAT(FaultOf({}, "ftp://a"), StartsWith("url: "));
}

TEST(CheckOptionsTest, WhatIsAllRight) {
  HttpTransportOptions options;
  options.loops = 1024;
  options.local_address = "::1";
  options.defaults.headers.Add("key-bin", std::string("\0\xff", 2));
  options.defaults.timeout = std::chrono::nanoseconds(1);
  options.defaults.codec = "json";
  options.defaults.compression = "identity";
  options.defaults.retry.emplace().budget = 1;
  EXPECT_NE(Make("http://a", options), nullptr);
  options.local_address = "10.0.0.7";
  options.defaults.compression = "zstd";
  EXPECT_NE(Make("http://a", options), nullptr);
}

}  // namespace
}  // namespace connectrpc::transport
