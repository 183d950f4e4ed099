#include "transport/url.h"

#include <gmock/gmock.h>

#include <string>

namespace connectrpc::transport {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(UrlTest, Valid) {
  const struct {
    const char* name;
    std::string text;
    bool https;
    std::string host;
    int port;
    std::string authority;
    std::string path;
  } kCases[] = {
      {"name", "http://example.com", false, "example.com", 80, "example.com", ""},
      {"https", "https://example.com", true, "example.com", 443, "example.com", ""},
      {"port", "http://example.com:8080", false, "example.com", 8080, "example.com:8080", ""},
      {"the scheme's port", "http://example.com:80", false, "example.com", 80, "example.com", ""},
      {"the other scheme's port", "https://example.com:80", true, "example.com", 80, "example.com:80", ""},
      {"the scheme's port of https", "https://example.com:443", true, "example.com", 443, "example.com", ""},
      {"first port", "http://a:1", false, "a", 1, "a:1", ""},
      {"last port", "http://a:65535", false, "a", 65535, "a:65535", ""},
      {"port with zeros", "http://a:00080", false, "a", 80, "a", ""},
      {"slash", "http://a/", false, "a", 80, "a", ""},
      {"path", "http://a/api/v1", false, "a", 80, "a", "/api/v1"},
      {"path with a slash at its end", "http://a:1/api/", false, "a", 1, "a:1", "/api"},
      {"escaped path", "http://a/%2f%C3%bc/a;b=c@d:e", false, "a", 80, "a", "/%2f%C3%bc/a;b=c@d:e"},
      {"dots in a path", "http://a/.../.b/c..", false, "a", 80, "a", "/.../.b/c.."},
      {"upper case", "HTTPS://Example.COM/Api", true, "example.com", 443, "example.com", "/Api"},
      {"localhost", "http://localhost:50051", false, "localhost", 50051, "localhost:50051", ""},
      {"IPv4", "http://127.0.0.1:5", false, "127.0.0.1", 5, "127.0.0.1:5", ""},
      {"IPv6", "http://[::1]", false, "::1", 80, "[::1]", ""},
      {"IPv6 with a port", "https://[2001:DB8::1]:8443/p", true, "2001:db8::1", 8443, "[2001:db8::1]:8443", "/p"},
      {"IPv6 with IPv4", "http://[::ffff:127.0.0.1]:1", false, "::ffff:127.0.0.1", 1, "[::ffff:127.0.0.1]:1", ""},
      {"underscore", "http://my_service:1", false, "my_service", 1, "my_service:1", ""},
      {"dot at the end", "http://example.com.", false, "example.com.", 80, "example.com.", ""},
      {"punycode", "http://xn--bcher-kva.example", false, "xn--bcher-kva.example", 80, "xn--bcher-kva.example", ""},
      {"digits first", "http://1a.2b", false, "1a.2b", 80, "1a.2b", ""},
      {"63 bytes of a label", "http://" + std::string(63, 'a'), false, std::string(63, 'a'), 80, std::string(63, 'a'),
       ""},
  };
  for (const auto& c : kCases) {
    const absl::StatusOr<Url> url = ParseUrl(c.text);
    ASSERT_TRUE(url.ok()) << c.name << ": " << url.status();
    EXPECT_EQ(url->https, c.https) << c.name;
    EXPECT_EQ(url->host, c.host) << c.name;
    EXPECT_EQ(url->port, c.port) << c.name;
    EXPECT_EQ(url->authority, c.authority) << c.name;
    EXPECT_EQ(url->path, c.path) << c.name;
  }
}

std::string NameOf(size_t bytes) {
  std::string name;
  while (name.size() < bytes) name += name.size() % 2 == 0 ? 'a' : '.';
  if (name.back() == '.') name.back() = 'a';
  return name;
}

TEST(UrlTest, Invalid) {
  const struct {
    const char* name;
    std::string text;
    const char* reason;
  } kCases[] = {
      {"empty", "", "must begin with"},
      {"no scheme", "example.com:80", "must begin with"},
      {"one slash", "http:/example.com", "must begin with"},
      {"other scheme", "grpc://example.com", "scheme"},
      {"Unix socket", "unix:///run/x", "scheme"},
      {"space before", " http://example.com", "scheme"},
      {"no host", "http://", "no host"},
      {"no host but a path", "http:///path", "no host"},
      {"no host but a port", "http://:80", "no valid host name"},
      {"user", "http://me@example.com", "user"},
      {"password", "https://me:secret@example.com/", "user"},
      {"query", "http://example.com?x", "query"},
      {"query behind a path", "http://example.com/?x=1", "query"},
      {"fragment", "http://example.com/#x", "fragment"},
      {"empty port", "http://example.com:", "port"},
      {"port 0", "http://example.com:0", "port"},
      {"port 65536", "http://example.com:65536", "port"},
      {"long port", "http://example.com:000080", "port"},
      {"port with a sign", "http://example.com:+80", "port"},
      {"port with a letter", "http://example.com:80a", "port"},
      {"IPv6 without brackets", "http://::1", "brackets"},
      {"IPv6 without its end", "http://[::1", "without \"]\""},
      {"IPv6 with something behind", "http://[::1]x", "behind"},
      {"IPv6 with an empty port", "http://[::1]:", "port"},
      {"IPv6 with a zone", "http://[fe80::1%25lo]", "zone"},
      {"IPv6 with another zone", "http://[fe80::1%lo]", "zone"},
      {"empty brackets", "http://[]", "IPv6"},
      {"IPv4 in brackets", "http://[127.0.0.1]", "IPv6"},
      {"name in brackets", "http://[localhost]", "IPv6"},
      {"short IPv4", "http://127.1", "host name"},
      {"long IPv4", "http://1.2.3.4.5", "host name"},
      {"IPv4 out of range", "http://256.0.0.1", "host name"},
      {"number", "http://2130706433", "host name"},
      {"empty label", "http://a..b", "host name"},
      {"dot first", "http://.a", "host name"},
      {"dot alone", "http://.", "host name"},
      {"hyphen first", "http://-a", "host name"},
      {"hyphen last", "http://a-.b", "host name"},
      {"64 bytes of a label", "http://" + std::string(64, 'a'), "host name"},
      {"254 bytes of a name", "http://" + NameOf(254), "host name"},
      {"space", "http://exa mple.com", "host name"},
      {"escape in a name", "http://a%2eb", "host name"},
      {"UTF-8 in a name",
       "http://b\xc3\xbc"
       "cher.example",
       "host name"},
      {"NUL", std::string("http://a\0b", 10), "host name"},
      {"line end", "http://a\r\nx: y", "host name"},
      {"backslash", "http://a\\b", "host name"},
      {"dot segment", "http://a/./b", "path"},
      {"dot dot segment", "http://a/b/..", "path"},
      {"empty segment", "http://a/b//c", "path"},
      {"two slashes", "http://a//", "path"},
      {"space in the path", "http://a/b c", "path"},
      {"half an escape", "http://a/%2", "path"},
      {"no escape", "http://a/%zz", "path"},
      {"UTF-8 in the path", "http://a/\xc3\xbc", "path"},
  };
  for (const auto& c : kCases) {
    const absl::StatusOr<Url> url = ParseUrl(c.text);
    EXPECT_EQ(url.status().code(), absl::StatusCode::kInvalidArgument) << c.name;
    EXPECT_THAT(std::string(url.status().message()), HasSubstr(c.reason)) << c.name;
    EXPECT_THAT(std::string(url.status().message()), Not(HasSubstr("secret"))) << c.name;
  }
  EXPECT_TRUE(ParseUrl("http://" + NameOf(253)).ok());
}

TEST(UrlTest, Hosts) {
  for (const char* host : {"a", "a.b.", "127.0.0.1", "::1", "2001:db8::1"}) EXPECT_TRUE(IsValidHost(host)) << host;
  for (const char* host : {"", "a b", "[::1]", "127.1", "a:1", "*.a"}) EXPECT_FALSE(IsValidHost(host)) << host;
}

}  // namespace
}  // namespace connectrpc::transport
