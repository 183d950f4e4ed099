#include "server/plain_http.h"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>

namespace connectrpc::server {
namespace {

struct Answer {
  wire::ResponseHead head;
  size_t body_size = 0;
};

Answer Exchange(const HttpHandler& handler, const std::string& method, const std::string& body = "") {
  PlainExchange exchange;
  exchange.Start(&handler);
  EXPECT_TRUE(exchange.Append(body, 1000));
  wire::RequestHead request;
  request.method = method;
  request.target = "/a%20b?x=1";
  Answer answer;
  wire::OutgoingBody sent;
  exchange.Answer(request, "ipv4:127.0.0.1:1", &answer.head, &sent);
  EXPECT_TRUE(sent.ended);
  answer.body_size = sent.queue.size();
  return answer;
}

HttpResponse WithHeader(std::string_view name, std::string_view value) {
  HttpResponse response;
  response.headers.Add(name, value);
  return response;
}

TEST(PlainHttpTest, HandlerSeesTheRequest) {
  HttpHandler handler = [](const HttpRequest& request) {
    EXPECT_EQ(request.method, "POST");
    EXPECT_EQ(request.path, "/a%20b");
    EXPECT_EQ(request.query, "x=1");
    EXPECT_EQ(request.body, "body");
    EXPECT_EQ(request.peer, "ipv4:127.0.0.1:1");
    HttpResponse response = WithHeader("x-a", "b");
    response.status = 201;
    return response;
  };
  const Answer answer = Exchange(handler, "POST", "body");
  EXPECT_EQ(answer.head.status, 201);
  EXPECT_EQ(answer.head.headers.Find("x-a").value_or(""), "b");
}

TEST(PlainHttpTest, BodyLimit) {
  PlainExchange exchange;
  EXPECT_TRUE(exchange.Append("abc", 5));
  EXPECT_TRUE(exchange.Append("de", 5));
  EXPECT_FALSE(exchange.Append("f", 5));
}

TEST(PlainHttpTest, NoBodyWhereThereMayBeNone) {
  const struct {
    const char* method;
    int status;
    size_t size;
  } cases[] = {{"GET", 200, 4}, {"HEAD", 200, 0}, {"GET", 204, 0}, {"GET", 304, 0}};
  for (const auto& c : cases) {
    HttpHandler handler = [&](const HttpRequest&) {
      HttpResponse response;
      response.status = c.status;
      response.body = "text";
      return response;
    };
    const Answer answer = Exchange(handler, c.method);
    EXPECT_EQ(answer.head.status, c.status);
    EXPECT_EQ(answer.body_size, c.size) << c.method << c.status;
  }
}

// S3: what a handler puts into a head must not end it.
TEST(PlainHttpTest, WhatCannotBeSentIsAnError) {
  const struct {
    const char* name;
    HttpHandler handler;
  } cases[] = {
      {"throws", [](const HttpRequest&) -> HttpResponse { throw std::runtime_error("secret"); }},
      {"line end in a value", [](const HttpRequest&) { return WithHeader("x-a", "b\r\nx: y"); }},
      {"NUL in a value", [](const HttpRequest&) { return WithHeader("x-a", std::string_view("a\0b", 3)); }},
      {"upper-case name", [](const HttpRequest&) { return WithHeader("X-A", "b"); }},
      {"empty name", [](const HttpRequest&) { return WithHeader("", "b"); }},
      {"pseudo header", [](const HttpRequest&) { return WithHeader(":status", "b"); }},
      {"interim status",
       [](const HttpRequest&) {
         HttpResponse response;
         response.status = 199;
         return response;
       }},
      {"no status",
       [](const HttpRequest&) {
         HttpResponse response;
         response.status = 600;
         return response;
       }},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const Answer answer = Exchange(c.handler, "GET");
    EXPECT_EQ(answer.head.status, 500);
    EXPECT_TRUE(answer.head.headers.empty());
    EXPECT_EQ(answer.body_size, 0u);
  }
}

TEST(PlainHttpTest, FramingIsTheServers) {
  for (const char* name : {"connection", "content-length", "transfer-encoding", "te", "upgrade", "keep-alive"}) {
    HttpHandler handler = [&](const HttpRequest&) { return WithHeader(name, "7"); };
    EXPECT_TRUE(Exchange(handler, "GET").head.headers.empty()) << name;
  }
}

}  // namespace
}  // namespace connectrpc::server
