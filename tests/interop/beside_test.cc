// What a server answers beside the RPCs: plain HTTP, other paths and hosts, web pages of other origins.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "interop/raw_call.h"

namespace connectrpc::test {
namespace {

using ::testing::HasSubstr;

class BesideTest : public ::testing::TestWithParam<bool> {
 protected:
  HttpResponse Send(const HttpRequest& request) { return RawClient(server().port(), GetParam()).Exchange(request); }
  HttpResponse Send(const std::string& method, const std::string& target, Fields headers = {}) {
    HttpRequest request;
    request.method = method;
    request.target = target;
    request.headers = std::move(headers);
    return Send(request);
  }
  EchoServer& server() {
    if (server_ == nullptr) server_ = std::make_unique<EchoServer>(options_);
    return *server_;
  }

  static HttpRequest EchoCall() { return EncodeCall(CallSpec(), Framing::kConnectUnary, Codec::kJson); }
  static HttpHandler Text(const std::string& text) {
    return [text](const connectrpc::HttpRequest& request) {
      connectrpc::HttpResponse response;
      response.headers.Add("content-type", "text/plain");
      response.body = text + " " + std::string(request.method) + " " + std::string(request.path) + " " +
                      std::string(request.query) + " " + std::string(request.body);
      return response;
    };
  }

  HttpOptions options_ = LocalOptions();

 private:
  std::unique_ptr<EchoServer> server_;
};

TEST_P(BesideTest, PlainHandlersAnswerTheirPath) {
  options_.http_handlers["/healthz"] = Text("fine");
  HttpResponse response = Send("GET", "/healthz?deep=1");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body, "fine GET /healthz deep=1 ");
  EXPECT_EQ(Find(response.headers, "content-type").value_or(""), "text/plain");
  EXPECT_EQ(Find(response.headers, "x-content-type-options").value_or(""), "nosniff");

  HttpRequest post;
  post.target = "/healthz";
  post.body = "posted";
  EXPECT_EQ(Send(post).body, "fine POST /healthz  posted");

  EXPECT_EQ(Send("GET", "/healthz/").status, 404);
  EXPECT_EQ(Send("GET", "/Healthz").status, 404);
  EXPECT_EQ(Send("OPTIONS", "/healthz").status, 405);
  EXPECT_EQ(Send(EchoCall()).status, 200);
}

TEST_P(BesideTest, PlainBodiesAreBounded) {
  options_.http_handlers["/post"] = Text("");
  options_.limits.max_unary_body_bytes = 100;
  HttpRequest post;
  post.target = "/post";
  post.body = std::string(100, 'x');
  EXPECT_EQ(Send(post).status, 200);
  post.body += 'x';
  EXPECT_EQ(Send(post).status, 413);
}

TEST_P(BesideTest, PlainBodiesMayNotDawdle) {
  options_.http_handlers["/post"] = Text("");
  options_.timeouts.body_progress = std::chrono::milliseconds(20);
  HttpRequest post;
  post.target = "/post";
  post.open = true;
  EXPECT_EQ(Send(post).status, 408);
}

TEST_P(BesideTest, UnknownRoutesGoToTheirHandler) {
  options_.unknown_route = Text("nothing here:");
  EXPECT_EQ(Send("GET", "/index.html").body, "nothing here: GET /index.html  ");
  EXPECT_EQ(Send(EchoCall()).status, 200);
}

TEST_P(BesideTest, Prefix) {
  options_.path_prefix = "/api/v1";
  HttpRequest call = EchoCall();
  EXPECT_EQ(Send(call).status, 404);
  call.target = "/api/v1" + call.target;
  EXPECT_EQ(Send(call).status, 200);
  call.target = "/api/v1/" + EchoCall().target;
  EXPECT_EQ(Send(call).status, 404);
}

TEST_P(BesideTest, ForeignHostsAreRefused) {
  options_.allowed_hosts = {"localhost", "127.0.0.1", "[::1]"};
  EXPECT_EQ(Send(EchoCall()).status, 200);
  const struct {
    const char* host;
    int status;
  } cases[] = {{"localhost", 200},    {"LOCALHOST:80", 200},    {"[::1]:8080", 200},     {"[::1]", 200},
               {"evil.example", 421}, {"evil.example:80", 421}, {"localhost.evil", 421}, {"[::2]:80", 421}};
  for (const auto& c : cases) {
    HttpRequest call = EchoCall();
    call.headers.emplace_back(GetParam() ? ":authority" : "host", c.host);
    Http1Client http1(server().port());
    if (!GetParam()) {
      http1.tcp().Send("POST " + call.target + " HTTP/1.1\r\nhost: " + c.host +
                       "\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}");
      EXPECT_EQ(http1.ReadResponse().status, c.status) << c.host;
    }
  }
}

TEST_P(BesideTest, PagesOfAllowedOriginsMayCall) {
  options_.cors.allow_origins = {"https://app.example"};
  const Fields preflight = {{"origin", "https://app.example"},
                            {"access-control-request-method", "POST"},
                            {"access-control-request-headers", "content-type"}};
  HttpResponse response = Send("OPTIONS", CallSpec().path(), preflight);
  EXPECT_EQ(response.status, 204);
  EXPECT_EQ(Find(response.headers, "access-control-allow-origin").value_or(""), "https://app.example");
  EXPECT_EQ(Send("OPTIONS", "/no.such/Method", preflight).status, 404);
  EXPECT_EQ(Send("OPTIONS", CallSpec().path()).status, 405);

  CallSpec spec;
  echo::Field* trailer = spec.requests[0].add_trailers();
  trailer->set_name("x-cost");
  trailer->set_value("3");
  HttpRequest call = EncodeCall(spec, Framing::kConnectUnary, Codec::kJson);
  call.headers.emplace_back("origin", "https://app.example");
  response = Send(call);
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(Find(response.headers, "access-control-allow-origin").value_or(""), "https://app.example");
  EXPECT_THAT(Find(response.headers, "access-control-expose-headers").value_or(""), HasSubstr("trailer-x-cost"));

  // Errors are readable as well.
  spec.requests[0].mutable_outcome()->set_code(5);
  call = EncodeCall(spec, Framing::kConnectUnary, Codec::kJson);
  call.headers.emplace_back("origin", "https://app.example");
  response = Send(call);
  EXPECT_EQ(response.status, 404);
  EXPECT_EQ(Find(response.headers, "access-control-allow-origin").value_or(""), "https://app.example");
  call.target = "/no.such/Method";
  EXPECT_EQ(Find(Send(call).headers, "access-control-allow-origin").value_or(""), "https://app.example");

  call = EchoCall();
  call.headers.emplace_back("origin", "https://evil.example");
  EXPECT_FALSE(Find(Send(call).headers, "access-control-allow-origin").has_value());
}

TEST_P(BesideTest, WithoutCorsOptionsIsNoMethod) {
  const HttpResponse response =
      Send("OPTIONS", CallSpec().path(), {{"origin", "https://a.example"}, {"access-control-request-method", "POST"}});
  EXPECT_EQ(response.status, 405);
  EXPECT_FALSE(Find(response.headers, "access-control-allow-origin").has_value());
}

// S46: on every kind of answer that a browser may see.
TEST_P(BesideTest, NothingIsSniffed) {
  HttpRequest wrong_type = EchoCall();
  wrong_type.headers[0].second = "text/plain";
  HttpRequest unknown = EchoCall();
  unknown.target = "/no.such/Method";
  for (const HttpRequest& request : {EchoCall(), wrong_type, unknown}) {
    EXPECT_EQ(Find(Send(request).headers, "x-content-type-options").value_or(""), "nosniff") << request.target;
  }
  EXPECT_EQ(Find(Send("DELETE", CallSpec().path()).headers, "x-content-type-options").value_or(""), "nosniff");
}

// DeadlinePolicy::per_message: the client keeps its stream open and says nothing.
TEST_P(BesideTest, SilentStreamsEnd) {
  options_.deadlines.per_message = std::chrono::milliseconds(20);
  for (const char* method : {"Collect", "Chat"}) {
    CallSpec spec;
    spec.method = method;
    HttpRequest call = EncodeCall(spec, Framing::kConnectStream, Codec::kJson);
    call.open = true;
    const CallResult result = DecodeResponse(Send(call), Framing::kConnectStream, Codec::kJson);
    EXPECT_EQ(result.code, static_cast<int>(Code::kDeadlineExceeded)) << method;
    EXPECT_EQ(result.message, "no message came in time") << method;
  }
  // One that has been said whole may take its time.
  CallSpec spec;
  spec.method = "Chat";
  spec.timeout = std::chrono::milliseconds(200);
  spec.requests[0].set_pause(echo::PAUSE_UNTIL_CANCELLED);
  spec.requests[0].mutable_outcome()->set_code(0);
  const CallResult result = DecodeResponse(Send(EncodeCall(spec, Framing::kConnectStream, Codec::kJson)),
                                           Framing::kConnectStream, Codec::kJson);
  EXPECT_EQ(result.message, "deadline exceeded");
}

INSTANTIATE_TEST_SUITE_P(Both, BesideTest, ::testing::Bool(),
                         [](const auto& info) { return info.param ? "Http2" : "Http1"; });

}  // namespace
}  // namespace connectrpc::test
