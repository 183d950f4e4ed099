#include "wire/metadata.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "wire/allocations.h"

namespace connectrpc::wire {
namespace {

using Fields = std::vector<std::pair<std::string, std::string>>;

Fields FieldsOf(const HeaderList& list) {
  Fields fields;
  for (HeaderField field : list) fields.emplace_back(field.name, field.value);
  return fields;
}

HeaderList ListOf(const Fields& fields) {
  HeaderList list;
  for (const auto& [name, value] : fields) list.Add(name, value);
  return list;
}

TEST(Metadata, ValidNamesAreThoseOfGrpc) {
  EXPECT_FALSE(IsValidMetadataName(""));
  EXPECT_TRUE(IsValidMetadataName("0-9a_z.bin"));
  const std::string_view allowed = "0123456789abcdefghijklmnopqrstuvwxyz_.-";
  for (int c = 0; c < 256; ++c) {
    SCOPED_TRACE(c);
    const std::string name = {'a', static_cast<char>(c), 'z'};
    EXPECT_EQ(IsValidMetadataName(name), c != 0 && allowed.find(static_cast<char>(c)) != std::string_view::npos);
  }
}

TEST(Metadata, ValidValuesArePrintableAscii) {
  EXPECT_TRUE(IsValidMetadataValue(""));
  for (int c = 0; c < 256; ++c) {
    SCOPED_TRACE(c);
    EXPECT_EQ(IsValidMetadataValue({std::string{'a', static_cast<char>(c)}}), c >= 0x20 && c <= 0x7e);
  }
}

TEST(Metadata, BinaryNames) {
  EXPECT_TRUE(IsBinaryName("a-bin"));
  EXPECT_TRUE(IsBinaryName("a-bin-bin"));
  for (const char* name : {"", "bin", "-bin", "a-bi", "abin", "a-bin2", "a-BIN"}) {
    SCOPED_TRACE(name);
    EXPECT_FALSE(IsBinaryName(name));
  }
}

TEST(Metadata, ReservedNames) {
  struct Case {
    const char* name;
    bool request;
    bool response;
  };
  const Case cases[] = {
      {":path", true, true},
      {":", true, true},
      {"connection", true, true},
      {"keep-alive", true, true},
      {"proxy-connection", true, true},
      {"transfer-encoding", true, true},
      {"upgrade", true, true},
      {"http2-settings", true, true},
      {"te", true, true},
      {"trailer", true, true},
      {"host", true, true},
      {"content-type", true, true},
      {"content-length", true, true},
      {"content-encoding", true, true},
      {"accept-encoding", true, false},
      {"connect-protocol-version", true, true},
      {"connect-timeout-ms", true, true},
      {"connect-content-encoding", true, true},
      {"connect-accept-encoding", true, true},
      {"connect-foo", true, true},
      {"connectrpc-peer", true, true},
      {"connectrpc-compression", true, true},
      {"grpc-timeout", true, true},
      {"grpc-encoding", true, true},
      {"grpc-accept-encoding", true, true},
      {"grpc-status", true, true},
      {"grpc-message", true, true},
      {"grpc-status-details-bin", true, true},
      {"grpc-tags-bin", true, true},
      {"grpc-trace-bin", true, true},
      {"grpc-server-stats-bin", true, true},
      {"grpc-internal-encoding-request", true, true},
      {"grpc-previous-rpc-attempts", true, true},
      {"grpc-foo", true, true},
      {"grpclb_client_stats", true, false},
      {"lb-cost-bin", true, false},
      {"endpoint-load-metrics-bin", true, false},
      {"date", false, true},
      {"trailer-foo", false, true},
      {"trailer-connect-foo", false, true},

      {"", false, false},
      {"a", false, false},
      {"accept", false, false},
      {"authorization", false, false},
      {"cache-control", false, false},
      {"connect", false, false},
      {"content-language", false, false},
      {"cookie", false, false},
      {"grpc", false, false},
      {"grpc_status", false, false},
      {"hosts", false, false},
      {"lb-token", false, false},
      {"proxy-authenticate", false, false},
      {"proxy-authorization", false, false},
      {"set-cookie", false, false},
      {"tea", false, false},
      {"trailers", false, false},
      {"user-agent", false, false},
      {"www-authenticate", false, false},
      {"x-grpc-web", false, false},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(IsReservedRequestName(c.name), c.request);
    EXPECT_EQ(IsReservedResponseName(c.name), c.response);
  }
}

TEST(ReadMetadata, Reads) {
  struct Case {
    const char* name;
    Fields headers;
    Fields metadata;
  };
  const Case cases[] = {
      {"none", {}, {}},
      {"plain, in order (C11)", {{"b", "1"}, {"a", "2"}, {"b", "3"}}, {{"b", "1"}, {"a", "2"}, {"b", "3"}}},
      {"reserved ones vanish", {{":path", "/"}, {"a", "1"}, {"te", "trailers"}, {"grpc-timeout", "1S"}}, {{"a", "1"}}},
      {"reserved ones may hold anything", {{"connect-x", "\xff"}, {"host", "\t"}}, {}},
      {"empty value", {{"a", ""}}, {{"a", ""}}},
      {"comma in text stays", {{"a", "1,2"}}, {{"a", "1,2"}}},
      {"outer spaces stay", {{"a", " 1 "}}, {{"a", " 1 "}}},
      {"binary, unpadded", {{"a-bin", "AAE"}}, {{"a-bin", std::string("\0\1", 2)}}},
      {"binary, padded (C12)", {{"a-bin", "AAE="}}, {{"a-bin", std::string("\0\1", 2)}}},
      {"binary, empty", {{"a-bin", ""}}, {{"a-bin", ""}}},
      {"binary, split (C12)", {{"a-bin", "YQ,Yg==, Yw"}}, {{"a-bin", "a"}, {"a-bin", "b"}, {"a-bin", "c"}}},
      {"binary, empty elements", {{"a-bin", ",YQ,"}}, {{"a-bin", ""}, {"a-bin", "a"}, {"a-bin", ""}}},
      {"one cookie", {{"cookie", "a=1; b=2"}}, {{"cookie", "a=1; b=2"}}},
      {"cookie crumbs, at the place of the first",
       {{"x", "1"}, {"cookie", "a=1"}, {"y", "2"}, {"cookie", "b=2"}, {"cookie", "c=3"}},
       {{"x", "1"}, {"cookie", "a=1; b=2; c=3"}, {"y", "2"}}},
      {"a cookie that gRPC cannot carry", {{"cookie", "a=\xff"}, {"x", "1"}}, {{"x", "1"}}},
      {"a cookie crumb among others",
       {{"cookie", "a=1"}, {"cookie", "b=\xc3\xa9"}, {"cookie", "c=3"}},
       {{"cookie", "a=1; c=3"}}},
      {"a first cookie crumb",
       {{"cookie", "a=\xc3\xa9"}, {"x", "1"}, {"cookie", "b=2"}},
       {{"x", "1"}, {"cookie", "b=2"}}},
      {"all that browsers and proxies add",
       {{"user-agent", "\xc3\xa9"},
        {"referer", "\xc3\xa9"},
        {"accept-language", "\t"},
        {"sec-ch-ua", "\x80"},
        {"forwarded", "\xff"},
        {"x-forwarded-for", "\xff"},
        {"via", "1.1 \xff"},
        {"dnt", "\t1"},
        {"priority", "\xff"},
        {"x", "1"}},
       {{"x", "1"}}},
      {"the same with values that gRPC takes",
       {{"user-agent", "a"}, {"sec-ch-ua", "b"}, {"x-forwarded-for", "::1"}, {"via", "1.1 c"}},
       {{"user-agent", "a"}, {"sec-ch-ua", "b"}, {"x-forwarded-for", "::1"}, {"via", "1.1 c"}}},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    HeaderList metadata;
    std::string offender;
    EXPECT_EQ(ReadMetadata(ListOf(c.headers), &metadata, &offender), MetadataError::kNone);
    EXPECT_EQ(FieldsOf(metadata), c.metadata);
    EXPECT_EQ(offender, "");
  }
}

// Each of these aborts the process if gRPC core sees it.
TEST(ReadMetadata, RefusesWhatGrpcWouldNotTake) {
  struct Case {
    const char* name;
    std::string header;
    std::string value;
    MetadataError error;
  };
  const Case cases[] = {
      {"empty name", "", "1", MetadataError::kInvalidName},
      {"upper-case name", "Foo", "1", MetadataError::kInvalidName},
      {"token that is no gRPC name", "a!b", "1", MetadataError::kInvalidName},
      {"tilde", "a~b", "1", MetadataError::kInvalidName},
      {"slash", "a/b", "1", MetadataError::kInvalidName},
      {"space in the name", "a b", "1", MetadataError::kInvalidName},
      {"binary and a bad name", "a!-bin", "YQ", MetadataError::kInvalidName},
      {"control character", "a", "\x01", MetadataError::kInvalidValue},
      {"tab", "a", "1\t2", MetadataError::kInvalidValue},
      {"DEL", "a", "\x7f", MetadataError::kInvalidValue},
      {"CR LF", "a", "1\r\nb: 2", MetadataError::kInvalidValue},
      {"NUL", "a", std::string(1, '\0'), MetadataError::kInvalidValue},
      {"UTF-8", "a", "\xc3\xa9", MetadataError::kInvalidValue},
      {"cookie that is no HTTP", "cookie", "a=\x01", MetadataError::kInvalidValue},
      {"agent that is no HTTP", "user-agent", "\xff\r\n", MetadataError::kInvalidValue},
      {"names like those that browsers add", "via-x", "\xff", MetadataError::kInvalidValue},
      {"a prefix without its end", "sec", "\xff", MetadataError::kInvalidValue},
      {"binary name of a proxy", "x-forwarded-bin", "*", MetadataError::kInvalidBase64},
      {"base64, one digit", "a-bin", "A", MetadataError::kInvalidBase64},
      {"base64, foreign character", "a-bin", "AA*A", MetadataError::kInvalidBase64},
      {"base64, second value", "a-bin", "AAE,A", MetadataError::kInvalidBase64},
      {"a name that only ends in -bin is text", "-bin", "\xff", MetadataError::kInvalidValue},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    HeaderList metadata;
    std::string offender;
    EXPECT_EQ(ReadMetadata(ListOf({{"good", "1"}, {c.header, c.value}}), &metadata, &offender), c.error);
    EXPECT_EQ(offender, c.header);
  }
}

TEST(ReadMetadata, RefusesALaterCookieToo) {
  HeaderList metadata;
  std::string offender;
  EXPECT_EQ(ReadMetadata(ListOf({{"cookie", "a=1"}, {"cookie", "b=\x01"}}), &metadata, &offender),
            MetadataError::kInvalidValue);
  EXPECT_EQ(offender, "cookie");
}

// Commas must not buy copies of a long name.
TEST(ReadMetadata, SplittingIsBoundedByWhatCameIn) {
  const std::string name = std::string(1019, 'n') + "-bin";
  const size_t value_size = 1 + 1023 + 32;  // as each one counts
  struct Case {
    const char* name;
    size_t values;
    MetadataError error;
  };
  const size_t fits = 8 * 1024 / value_size;
  for (const Case& c :
       {Case{"at the limit", fits, MetadataError::kNone}, Case{"one beyond it", fits + 1, MetadataError::kInvalidValue},
        Case{"far beyond it", 1000, MetadataError::kInvalidValue}}) {
    SCOPED_TRACE(c.name);
    std::string value = "YQ";
    for (size_t i = 1; i < c.values; ++i) value.append(",YQ");
    const HeaderList headers = ListOf({{name, value}});
    HeaderList metadata;
    std::string offender;
    EXPECT_EQ(ReadMetadata(headers, &metadata, &offender), c.error);
    EXPECT_LE(metadata.ListSize(), std::max<size_t>(8 * 1024, 4 * headers.ListSize()) + value_size);
  }
}

TEST(ReadMetadata, PlainHeadersAllocateNothing) {
  const HeaderList headers = ListOf({{"user-agent", "a client with a long name, version 1.2.3"},
                                     {"content-type", "application/json"},
                                     {"authorization", "Bearer 0123456789abcdefghijklmnopqrstuvwxyz"},
                                     {"cookie", "session=0123456789abcdefghijklmnopqrstuvwxyz"}});
  HeaderList metadata;
  std::string offender;
  ASSERT_EQ(ReadMetadata(headers, &metadata, &offender), MetadataError::kNone);
  metadata.Clear();
  const test::Allocations allocations;
  const MetadataError error = ReadMetadata(headers, &metadata, &offender);
  EXPECT_EQ(allocations.count(), 0u);
  EXPECT_EQ(error, MetadataError::kNone);
  EXPECT_EQ(metadata.size(), 3u);
}

TEST(WriteMetadata, Writes) {
  struct Case {
    const char* name;
    Fields metadata;
    const char* prefix;
    Fields headers;
  };
  const Case cases[] = {
      {"none", {}, "", {{"already", "there"}}},
      {"plain, in order",
       {{"b", "1"}, {"a", ""}, {"b", "2"}},
       "",
       {{"already", "there"}, {"b", "1"}, {"a", ""}, {"b", "2"}}},
      {"prefixed (C27)",
       {{"a", "1"}, {"b-bin", "a"}},
       "trailer-",
       {{"already", "there"}, {"trailer-a", "1"}, {"trailer-b-bin", "YQ"}}},
      {"binary is unpadded (C12)", {{"a-bin", std::string("\0\xff", 2)}}, "", {{"already", "there"}, {"a-bin", "AP8"}}},
      {"reserved ones are left out",
       {{"transfer-encoding", "chunked"}, {"grpc-status", "0"}, {"a", "1"}, {"connect-x", "1"}, {"trailer-x", "1"}},
       "",
       {{"already", "there"}, {"a", "1"}}},
      {"set-cookie and cache-control go through",
       {{"set-cookie", "a=1"}, {"set-cookie", "b=2"}, {"cache-control", "no-store"}},
       "",
       {{"already", "there"}, {"set-cookie", "a=1"}, {"set-cookie", "b=2"}, {"cache-control", "no-store"}}},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    HeaderList headers = ListOf({{"already", "there"}});
    std::string offender;
    EXPECT_TRUE(WriteMetadata(ListOf(c.metadata), c.prefix, &headers, &offender));
    EXPECT_EQ(FieldsOf(headers), c.headers);
  }
}

TEST(WriteMetadata, StopsAtWhatIsNoMetadata) {
  struct Case {
    const char* name;
    std::string field;
    std::string value;
  };
  const Case cases[] = {
      {"response splitting", "a", "1\r\nset-cookie: x=1"},
      {"UTF-8", "a", "\xc3\xa9"},
      {"tab", "a", "\t"},
      {"upper-case name", "X-Up", "1"},
      {"empty name", "", "1"},
      {"name with a line end", "a\r\nb", "1"},
      {"binary and a bad name", "A-bin", "1"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    HeaderList headers;
    std::string offender;
    EXPECT_FALSE(WriteMetadata(ListOf({{c.field, c.value}}), "", &headers, &offender));
    EXPECT_EQ(offender, c.field);
    EXPECT_TRUE(headers.empty());
  }
}

TEST(Quoted, EscapesAndCuts) {
  EXPECT_EQ(Quoted(""), "");
  EXPECT_EQ(Quoted("a b~"), "a b~");
  EXPECT_EQ(Quoted(std::string("\0\n\x1f\x7f\xff", 5)), "\\x00\\x0a\\x1f\\x7f\\xff");
  EXPECT_EQ(Quoted(std::string(128, 'a')), std::string(128, 'a'));
  EXPECT_EQ(Quoted(std::string(129, 'a')), std::string(128, 'a'));
}

}  // namespace
}  // namespace connectrpc::wire
