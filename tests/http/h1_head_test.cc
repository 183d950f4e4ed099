#include "http/h1_head.h"

#include <gtest/gtest.h>

#include <string_view>
#include <utility>
#include <vector>

namespace connectrpc::http {
namespace {

struct Built {
  int status = 0;
  wire::RequestHead head;
  H1Control control;
};

using Fields = std::vector<std::pair<std::string_view, std::string_view>>;

Built Build(std::string_view method, std::string_view target, int version, const Fields& fields) {
  Built built;
  H1HeadBuilder builder(1000, &built.head, &built.control);
  built.status = builder.OnRequestLine(method, target, version);
  for (const auto& [name, value] : fields) {
    if (built.status == 0) built.status = builder.OnField(name, value);
  }
  if (built.status == 0) built.status = builder.OnEnd();
  return built;
}

TEST(H1HeadTest, KeepAlive) {
  struct Case {
    const char* name;
    int version;
    Fields fields;
    bool keep_alive;
  };
  const Case cases[] = {
      {"1.1", 11, {}, true},
      {"1.1 close", 11, {{"Connection", "close"}}, false},
      {"1.1 other", 11, {{"Connection", "upgrade, te"}}, true},
      {"1.1 closed", 11, {{"Connection", "closed"}}, true},
      {"1.1 close in the second field", 11, {{"Connection", "te"}, {"connection", "\t,Close"}}, false},
      {"1.1 both", 11, {{"Connection", "keep-alive,close"}}, false},
      {"1.0", 10, {}, false},
      {"1.0 keep-alive", 10, {{"CONNECTION", "te , Keep-Alive"}}, true},
      {"1.0 both", 10, {{"Connection", "close, keep-alive"}}, false},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    Fields fields = c.fields;
    fields.emplace_back("Host", "h");
    const Built built = Build("GET", "/", c.version, fields);
    EXPECT_EQ(built.status, 0);
    EXPECT_EQ(built.control.keep_alive, c.keep_alive);
  }
}

TEST(H1HeadTest, Control) {
  const Built fixed = Build("POST", "/", 11, {{"Host", "h"}, {"Content-Length", "12"}, {"Expect", "100-CONTINUE"}});
  EXPECT_EQ(fixed.control.content_length, 12u);
  EXPECT_FALSE(fixed.control.chunked);
  EXPECT_TRUE(fixed.control.expect_continue);
  EXPECT_EQ(fixed.control.fields, 3u);
  EXPECT_EQ(fixed.control.list_size, 4u + 1 + 14 + 2 + 6 + 12 + 3 * 32);
  const Built chunked = Build("POST", "/", 11, {{"Host", "h"}, {"Transfer-Encoding", "chunked"}});
  EXPECT_TRUE(chunked.control.chunked);
  EXPECT_FALSE(chunked.control.expect_continue);
  const Built nothing_to_wait_for = Build("GET", "/", 11, {{"Host", "h"}, {"Expect", "100-continue"}});
  EXPECT_EQ(nothing_to_wait_for.status, 0);
  EXPECT_FALSE(nothing_to_wait_for.control.expect_continue);
}

TEST(H1HeadTest, TargetAndAuthority) {
  struct Case {
    const char* name;
    const char* method;
    const char* target;
    const char* resolved;
    const char* authority;
  };
  const Case cases[] = {
      {"origin", "GET", "/a?b", "/a?b", "host"},
      {"absolute", "GET", "http://other:1/a?b", "/a?b", "other:1"},
      {"absolute without path", "GET", "https://other", "/", "other"},
      {"absolute without path, with query", "GET", "https://other?/b", "/?/b", "other"},
      {"absolute IPv6", "GET", "http://[::1]:80/", "/", "[::1]:80"},
      {"asterisk", "OPTIONS", "*", "*", "host"},
      {"absolute asterisk", "OPTIONS", "http://other", "*", "other"},
      {"not absolute", "GET", "/http://other/", "/http://other/", "host"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    const Built built = Build(c.method, c.target, 11, {{"Host", "host"}});
    EXPECT_EQ(built.status, 0);
    EXPECT_EQ(built.head.target, c.resolved);
    EXPECT_EQ(built.head.authority, c.authority);
  }
}

TEST(H1HeadTest, BadRequestLines) {
  struct Case {
    const char* line;
    int status;
  };
  const Case cases[] = {
      {"GET / HTTP/2.0", 505},  {"GET / HTTP/0.9", 505},    {"GET / HTTP/9.9", 505},  {"GET / HTTP/1.1", 400},
      {"GET / HTTP/1.0", 400},  {"GET / HTTP/1.", 400},     {"GET / HTTP/10.0", 400}, {"GET / http/2.0", 400},
      {"GET  / HTTP/2.0", 400}, {"GET /a b HTTP/2.0", 400}, {"GET / HTTP/2.0 ", 400}, {"", 400},
      {"HTTP/2.0", 400},        {" HTTP/2.0", 400},         {"GET /\tHTTP/2.0", 400},
  };
  for (const Case& c : cases) EXPECT_EQ(StatusOfBadRequestLine(c.line), c.status) << c.line;
}

}  // namespace
}  // namespace connectrpc::http
