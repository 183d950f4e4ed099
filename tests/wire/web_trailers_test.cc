#include "wire/web_trailers.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace connectrpc::wire {
namespace {

using Fields = std::vector<std::pair<std::string, std::string>>;

Fields FieldsOf(const HeaderList& list) {
  Fields fields;
  for (HeaderField field : list) fields.emplace_back(field.name, field.value);
  return fields;
}

TEST(WebTrailers, Writes) {
  HeaderList trailers;
  std::string block = "before";
  AppendWebTrailers(trailers, &block);
  EXPECT_EQ(block, "before");
  trailers.Add("grpc-status", "0");
  trailers.Add("x", "");
  trailers.Add("x", "a: b");
  AppendWebTrailers(trailers, &block);
  EXPECT_EQ(block, "beforegrpc-status: 0\r\nx: \r\nx: a: b\r\n");
}

TEST(WebTrailers, Reads) {
  struct Case {
    const char* name;
    std::string block;
    Fields fields;
  };
  const Case cases[] = {
      {"empty", "", {}},
      {"one", "grpc-status: 0\r\n", {{"grpc-status", "0"}}},
      {"several, repeated", "a: 1\r\nb: 2\r\na: 3\r\n", {{"a", "1"}, {"b", "2"}, {"a", "3"}}},
      {"mixed case (W3)", "Grpc-STATUS: Ab\r\n", {{"grpc-status", "Ab"}}},
      {"no space after the colon (W3)", "a:1\r\n", {{"a", "1"}}},
      {"outer space", "a: \t1 2\t \r\n", {{"a", "1 2"}}},
      {"empty value", "a:\r\nb: \r\n", {{"a", ""}, {"b", ""}}},
      {"colons in the value", "a: b: c\r\n", {{"a", "b: c"}}},
      {"LF alone", "a: 1\nb: 2\n", {{"a", "1"}, {"b", "2"}}},
      {"no last line end", "a: 1\r\nb: 2", {{"a", "1"}, {"b", "2"}}},
      {"every symbol of a token", "!#$%&'*+-.^_`|~: 1\r\n", {{"!#$%&'*+-.^_`|~", "1"}}},
      {"not ASCII", "a: \xc3\xa9\r\n", {{"a", "\xc3\xa9"}}},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    HeaderList trailers;
    trailers.Add("replaced", "1");
    EXPECT_EQ(ParseWebTrailers(c.block, {}, &trailers), WebTrailersResult::kOk);
    EXPECT_EQ(FieldsOf(trailers), c.fields);
  }
}

TEST(WebTrailers, Refuses) {
  struct Case {
    const char* name;
    std::string block;
  };
  const Case cases[] = {
      {"no colon", "grpc-status 0\r\n"},
      {"empty line", "\r\n"},
      {"empty line at the end", "a: 1\r\n\r\n"},
      {"empty name", ": 1\r\n"},
      {"pseudo header", ":status: 200\r\n"},
      {"space before the colon", "a : 1\r\n"},
      {"space before the name", " a: 1\r\n"},
      {"folded line", "a: 1\r\n b\r\n"},
      {"name that is no token", "a\"b: 1\r\n"},
      {"name outside ASCII", "\xc3\xa9: 1\r\n"},
      {"CR in the value", "a: 1\r2\r\n"},
      {"CR alone at the end", "a: 1\r"},
      {"two CR", "a: 1\r\r\n"},
      {"CR in the name", "a\r: 1\r\n"},
      {"NUL in the value", std::string("a: \0\r\n", 6)},
      {"NUL in the name", std::string("a\0: 1\r\n", 7)},
      {"bad line after a good one", "a: 1\r\nb\r\n"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    HeaderList trailers;
    EXPECT_EQ(ParseWebTrailers(c.block, {}, &trailers), WebTrailersResult::kMalformed);
  }
}

TEST(WebTrailers, FieldLimit) {
  WebTrailerLimits limits;
  limits.max_fields = 3;
  HeaderList trailers;
  EXPECT_EQ(ParseWebTrailers("a:1\r\na:2\r\na:3\r\n", limits, &trailers), WebTrailersResult::kOk);
  EXPECT_EQ(ParseWebTrailers("a:1\r\na:2\r\na:3\r\na:4\r\n", limits, &trailers), WebTrailersResult::kTooMuch);
}

TEST(WebTrailers, SizeLimitCountsAsHeaderListDoes) {
  WebTrailerLimits limits;
  limits.max_bytes = 2 * (1 + 3 + 32);
  HeaderList trailers;
  EXPECT_EQ(ParseWebTrailers("a: 123\r\na: 456\r\n", limits, &trailers), WebTrailersResult::kOk);
  EXPECT_EQ(ParseWebTrailers("a: 123\r\na: 4567\r\n", limits, &trailers), WebTrailersResult::kTooMuch);
}

}  // namespace
}  // namespace connectrpc::wire
