#include "server/cors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

namespace connectrpc::server {
namespace {

using ::testing::HasSubstr;

CorsPolicy Policy(const CorsOptions& options) {
  CorsPolicy policy;
  EXPECT_TRUE(policy.Set(options).ok());
  return policy;
}

CorsOptions Origins(std::vector<std::string> origins) {
  CorsOptions options;
  options.allow_origins = std::move(origins);
  return options;
}

wire::RequestHead Request(const std::string& origin, const std::string& method = "POST") {
  wire::RequestHead request;
  request.method = method;
  if (!origin.empty()) request.headers.Add("origin", origin);
  return request;
}

wire::RequestHead Preflight(const std::string& origin, const std::string& headers = "content-type") {
  wire::RequestHead request = Request(origin, "OPTIONS");
  request.headers.Add("access-control-request-method", "POST");
  if (!headers.empty()) request.headers.Add("access-control-request-headers", headers);
  return request;
}

std::string Value(const wire::ResponseHead& head, std::string_view name) {
  return std::string(head.headers.Find(name).value_or("(none)"));
}

TEST(CorsTest, OffWithoutOrigins) {
  EXPECT_FALSE(Policy(CorsOptions()).enabled());
  EXPECT_TRUE(Policy(Origins({"https://a.example"})).enabled());
}

TEST(CorsTest, WrongOptionsAreErrors) {
  CorsOptions credentials = Origins({"*"});
  credentials.allow_credentials = true;
  CorsOptions header = Origins({"https://a.example"});
  header.allow_headers = {"x y"};
  CorsOptions exposed = Origins({"https://a.example"});
  exposed.expose_headers = {""};
  CorsOptions age = Origins({"https://a.example"});
  age.max_age = std::chrono::seconds(-1);
  const struct {
    const char* name;
    CorsOptions options;
    const char* message;
  } cases[] = {
      {"empty", Origins({""}), "allow_origins"},
      {"no scheme", Origins({"a.example"}), "a.example"},
      {"path", Origins({"https://a.example/"}), "https://a.example/"},
      {"upper case", Origins({"https://A.example"}), "lower case"},
      {"null", Origins({"null"}), "null"},
      {"star in the middle", Origins({"https://a.*.example"}), "https://a.*.example"},
      {"star without dot", Origins({"https://*example"}), "https://*example"},
      {"two stars", Origins({"https://*.*.example"}), "https://*.*.example"},
      {"star scheme", Origins({"*://a.example"}), "*://a.example"},
      {"any origin with credentials", credentials, "allow_credentials"},
      {"header with space", header, "x y"},
      {"empty exposed header", exposed, "expose_headers"},
      {"negative age", age, "max_age"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    CorsPolicy policy;
    const absl::Status status = policy.Set(c.options);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(status.message()), HasSubstr(c.message));
  }
}

// S44: no reflection, no near misses.
TEST(CorsTest, OriginsMatchExactly) {
  const CorsPolicy policy = Policy(Origins({"https://good.com", "https://*.sub.com", "http://localhost:3000"}));
  const struct {
    const char* origin;
    bool allowed;
  } cases[] = {
      {"https://good.com", true},
      {"https://good.com.evil.com", false},
      {"https://evilgood.com", false},
      {"https://good.com:443", false},
      {"http://good.com", false},
      {"HTTPS://good.com", false},
      {"https://Good.com", false},
      {"null", false},
      {"", false},
      {"https://a.sub.com", true},
      {"https://a.b.sub.com", true},
      {"https://sub.com", false},
      {"https://.sub.com", false},
      {"http://a.sub.com", false},
      {"https://evil.com/.sub.com", false},
      {"https://evil.com#.sub.com", false},
      {"https://evil.com:80@.sub.com", false},
      {"http://localhost:3000", true},
      {"http://localhost:3001", false},
      {"http://localhost", false},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(policy.Allows(c.origin), c.allowed) << c.origin;
  }
  EXPECT_TRUE(Policy(Origins({"*"})).Allows("https://anything.example"));
  EXPECT_FALSE(Policy(Origins({"*"})).Allows("null"));
}

TEST(CorsTest, PreflightIsAnOptionsRequestThatAsks) {
  EXPECT_TRUE(CorsPolicy::IsPreflight(Preflight("https://a.example")));
  EXPECT_FALSE(CorsPolicy::IsPreflight(Request("https://a.example", "OPTIONS")));
  EXPECT_FALSE(CorsPolicy::IsPreflight(Preflight("")));
  EXPECT_FALSE(CorsPolicy::IsPreflight(Request("https://a.example")));
}

TEST(CorsTest, AllowedPreflight) {
  CorsOptions options = Origins({"https://a.example"});
  options.allow_headers = {"authorization", "X-Mine"};
  options.allow_credentials = true;
  options.max_age = std::chrono::seconds(60);
  wire::ResponseHead response;
  Policy(options).AnswerPreflight(Preflight("https://a.example"), &response);
  EXPECT_EQ(response.status, 204);
  EXPECT_EQ(Value(response, "access-control-allow-origin"), "https://a.example");
  EXPECT_EQ(Value(response, "access-control-allow-methods"), "GET, POST");
  EXPECT_EQ(Value(response, "access-control-max-age"), "60");
  EXPECT_EQ(Value(response, "access-control-allow-credentials"), "true");
  const std::string headers = Value(response, "access-control-allow-headers");
  for (const char* name : {"content-type", "connect-protocol-version", "connect-timeout-ms", "grpc-timeout",
                           "x-grpc-web", "x-user-agent", "authorization", "X-Mine"}) {
    EXPECT_THAT(headers, HasSubstr(name));
  }
  // RFC 9110 section 12.5.5, for caches between.
  std::string vary;
  for (HeaderField field : response.headers) {
    if (field.name == "vary") vary.append(field.value).append(",");
  }
  for (const char* name : {"origin", "access-control-request-method", "access-control-request-headers"}) {
    EXPECT_THAT(vary, HasSubstr(name));
  }
}

TEST(CorsTest, RefusedPreflightGrantsNothing) {
  wire::ResponseHead response;
  Policy(Origins({"https://a.example"})).AnswerPreflight(Preflight("https://b.example"), &response);
  for (HeaderField field : response.headers) EXPECT_EQ(field.name, "vary");
}

TEST(CorsTest, AnyHeaderRepeatsWhatWasAsked) {
  CorsOptions options = Origins({"*"});
  options.allow_headers = {"*"};
  wire::ResponseHead response;
  Policy(options).AnswerPreflight(Preflight("https://a.example", "x-one, authorization"), &response);
  EXPECT_EQ(Value(response, "access-control-allow-headers"), "x-one, authorization");
}

TEST(CorsTest, EveryFieldOfTheAnswerIsExposed) {
  CorsOptions options = Origins({"https://a.example"});
  options.expose_headers = {"x-extra"};
  wire::ResponseHead response;
  response.headers.Add("content-type", "application/json");
  response.headers.Add("x-mine", "1");
  response.headers.Add("x-mine", "2");
  response.headers.Add("trailer-x-cost", "3");
  Policy(options).Decorate(Request("https://a.example"), &response);
  EXPECT_EQ(Value(response, "access-control-allow-origin"), "https://a.example");
  EXPECT_EQ(Value(response, "access-control-expose-headers"),
            "grpc-status, grpc-message, grpc-status-details-bin, x-extra, x-mine, trailer-x-cost");
  EXPECT_EQ(Value(response, "vary"), "origin");
  EXPECT_EQ(Value(response, "access-control-allow-credentials"), "(none)");
}

TEST(CorsTest, OtherOriginsReadNothing) {
  const CorsPolicy policy = Policy(Origins({"https://a.example"}));
  wire::RequestHead two = Request("https://a.example");
  two.headers.Add("origin", "https://b.example");
  for (const wire::RequestHead& request : {Request("https://b.example"), Request(""), two}) {
    wire::ResponseHead response;
    policy.Decorate(request, &response);
    EXPECT_EQ(Value(response, "access-control-allow-origin"), "(none)");
    EXPECT_EQ(Value(response, "vary"), "origin");
  }
}

TEST(CorsTest, AnyOriginDoesNotVary) {
  wire::ResponseHead response;
  Policy(Origins({"*"})).Decorate(Request("https://b.example"), &response);
  EXPECT_EQ(Value(response, "access-control-allow-origin"), "*");
  EXPECT_EQ(Value(response, "vary"), "(none)");
}

TEST(CorsTest, HandlersOwnPermissionStands) {
  wire::ResponseHead response;
  response.headers.Add("access-control-allow-origin", "https://own.example");
  Policy(Origins({"https://a.example"})).Decorate(Request("https://a.example"), &response);
  EXPECT_EQ(response.headers.Count("access-control-allow-origin"), 1u);
}

}  // namespace
}  // namespace connectrpc::server
