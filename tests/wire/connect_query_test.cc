#include "wire/connect_query.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>

namespace connectrpc::wire {
namespace {

using ::testing::HasSubstr;

using Value = std::optional<std::string>;

TEST(ConnectQuery, Reads) {
  struct Case {
    const char* name;
    const char* query;
    Value connect, encoding, compression, message;
  };
  const std::nullopt_t none = std::nullopt;
  const Case cases[] = {
      {"empty", "", none, none, none, none},
      {"order of the specification", "connect=v1&base64=1&compression=gzip&encoding=proto&message=AAE", "v1", "proto",
       "gzip", std::string("\0\1", 2)},
      {"reverse order (C40)", "message=AAE&encoding=proto&compression=gzip&base64=1&connect=v1", "v1", "proto", "gzip",
       std::string("\0\1", 2)},
      {"escaped JSON", "encoding=json&message=%7B%22a%22%3a1%7d", none, "json", none, "{\"a\":1}"},
      {"plus is a space (C41)", "encoding=json&message=a+b%2Bc", none, "json", none, "a b+c"},
      {"empty message", "encoding=proto&message=", none, "proto", none, ""},
      {"empty message in base64", "encoding=proto&base64=1&message=", none, "proto", none, ""},
      {"message without '='", "encoding=proto&message", none, "proto", none, ""},
      {"'=' inside a value", "encoding=json&message=a=b=", none, "json", none, "a=b="},
      {"URL-safe base64", "base64=1&encoding=proto&message=-_8", none, "proto", none, "\xfb\xff"},
      {"padded base64 (C41)", "base64=1&encoding=proto&message=-_8%3D", none, "proto", none, "\xfb\xff"},
      {"padding not escaped", "base64=1&encoding=proto&message=-_8=", none, "proto", none, "\xfb\xff"},
      {"escaped standard alphabet", "base64=1&encoding=proto&message=%2B%2F8", none, "proto", none, "\xfb\xff"},
      {"other values of base64 are ignored (C41)", "base64=0&encoding=json&message=AAE", none, "json", none, "AAE"},
      {"base64 without value", "base64&encoding=json&message=AAE", none, "json", none, "AAE"},
      {"unknown parameters (C40)", "x=1&encoding=json&x=2&utm_source=%zz&message=1&&", none, "json", none, "1"},
      {"unknown name with a broken escape", "%m=1&encoding=json", none, "json", none, none},
      {"escaped name", "e%6Ecoding=json", none, "json", none, none},
      {"names are exact", "Encoding=json&messages=1", none, none, none, none},
      {"other version", "connect=v2", "v2", none, none, none},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    ConnectQuery query;
    query.message = "replaced";
    std::string error;
    EXPECT_TRUE(ParseConnectQuery(c.query, &query, &error)) << error;
    EXPECT_EQ(query.connect, c.connect);
    EXPECT_EQ(query.encoding, c.encoding);
    EXPECT_EQ(query.compression, c.compression);
    EXPECT_EQ(query.message, c.message);
  }
}

TEST(ConnectQuery, RefusesAndSaysWhy) {
  struct Case {
    const char* name;
    const char* query;
    const char* error;
  };
  const Case cases[] = {
      {"broken escape", "message=%7", "\"message\" has a broken percent escape"},
      {"escape that is none", "encoding=%gg", "\"encoding\" has a broken percent escape"},
      {"broken base64", "base64=1&message=A", "\"message\" is not base64"},
      {"plus in base64", "message=+/8&base64=1", "\"message\" is not base64"},
      {"message twice", "message=1&message=1", "\"message\" is given twice"},
      {"encoding twice", "encoding=json&encoding=proto", "\"encoding\" is given twice"},
      {"compression twice", "compression=gzip&compression=", "\"compression\" is given twice"},
      {"connect twice", "connect=v1&connect=v1", "\"connect\" is given twice"},
      {"base64 twice", "base64=0&base64=1", "\"base64\" is given twice"},
      {"twice, once escaped", "message=1&m%65ssage=2", "\"message\" is given twice"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    ConnectQuery query;
    std::string error;
    EXPECT_FALSE(ParseConnectQuery(c.query, &query, &error));
    EXPECT_THAT(error, HasSubstr(c.error));
  }
}

TEST(ConnectQuery, Formats) {
  struct Case {
    const char* name;
    const char* codec;
    const char* compression;
    const char* message;
    const char* query;
  };
  const Case cases[] = {
      {"JSON", "json", "", "{\"a\": 1}", "connect=v1&encoding=json&message=%7B%22a%22%3A%201%7D"},
      {"binary (C42)", "proto", "", "\xfb\xff", "connect=v1&base64=1&encoding=proto&message=-_8"},
      {"compressed JSON (C42)", "json", "gzip", "\xfb\xff",
       "connect=v1&base64=1&compression=gzip&encoding=json&message=-_8"},
      {"a codec that may be binary", "x-own", "", "a", "connect=v1&base64=1&encoding=x-own&message=YQ"},
      {"empty message", "proto", "", "", "connect=v1&base64=1&encoding=proto&message="},
      {"names are escaped", "a&b", "c=d", "", "connect=v1&base64=1&compression=c%3Dd&encoding=a%26b&message="},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(FormatConnectQuery(c.codec, c.compression, c.message), c.query);
  }
}

TEST(SplitTarget, PathAndQuery) {
  struct Case {
    const char* name;
    const char* target;
    const char* path;
    const char* query;
  };
  const Case cases[] = {
      {"path only", "/a.B/C", "/a.B/C", ""},
      {"path and query", "/a.B/C?x=1", "/a.B/C", "x=1"},
      {"empty query", "/a.B/C?", "/a.B/C", ""},
      {"second question mark", "/a?b?c", "/a", "b?c"},
      {"empty", "", "", ""},
      {"query only", "?a", "", "a"},
      {"asterisk form", "*", "*", ""},
      {"absolute form", "http://host:80/a.B/C?x=1", "/a.B/C", "x=1"},
      {"absolute form without path", "http://host", "/", ""},
      {"absolute form, query but no path", "http://host?x=1", "/", "x=1"},
      {"absolute form inside a query", "/a?u=http://host/b", "/a", "u=http://host/b"},
      {"absolute form inside a path", "/p/http://host/b", "/p/http://host/b", ""},
      {"two slashes in front", "//host/b", "//host/b", ""},
      {"no path, absolute form inside the query", "?u=http://host/b", "", "u=http://host/b"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    const Target target = SplitTarget(c.target);
    EXPECT_EQ(target.path, c.path);
    EXPECT_EQ(target.query, c.query);
  }
}

}  // namespace
}  // namespace connectrpc::wire
