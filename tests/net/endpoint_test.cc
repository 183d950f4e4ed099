#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "net/connector.h"

namespace connectrpc::net {
namespace {

using ::testing::ElementsAreArray;
using ::testing::HasSubstr;

TEST(EndpointTest, Parses) {
  const std::string name(253, 'a');
  const struct {
    const char* name;
    std::string text;
    std::string host;
    int port;
    std::vector<std::string> addresses;
  } cases[] = {
      {"IPv4", "10.0.0.1:80", "10.0.0.1", 80, {"10.0.0.1:80"}},
      {"IPv6", "[::1]:8080", "::1", 8080, {"[::1]:8080"}},
      {"IPv6 with a zone", "[fe80::1%1]:80", "fe80::1%1", 80, {"[fe80::1%1]:80"}},
      {"lowest port", "10.0.0.1:1", "10.0.0.1", 1, {"10.0.0.1:1"}},
      {"highest port", "10.0.0.1:65535", "10.0.0.1", 65535, {"10.0.0.1:65535"}},
      {"Unix", "unix:/run/app.sock", "", 0, {"unix:/run/app.sock"}},
      {"Unix, relative", "unix:app.sock", "", 0, {"unix:app.sock"}},
      {"Unix, with a colon", "unix:/run/a:80", "", 0, {"unix:/run/a:80"}},
      {"abstract", "unix:@app", "", 0, {"unix:@app"}},
      {"localhost", "localhost:80", "localhost", 80, {"127.0.0.1:80", "[::1]:80"}},
      {"name", "example.com:443", "example.com", 443, {}},
      {"absolute name", "example.com.:443", "example.com.", 443, {}},
      {"one label", "backend:1", "backend", 1, {}},
      {"underscore", "my_service:65535", "my_service", 65535, {}},
      {"digits first", "1e100.net:443", "1e100.net", 443, {}},
      {"looks like hex", "0x.example:443", "0x.example", 443, {}},
      {"longest name", name + ":80", name, 80, {}},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const absl::StatusOr<Endpoint> endpoint = ParseEndpoint(c.text);
    ASSERT_TRUE(endpoint.ok()) << endpoint.status();
    EXPECT_EQ(endpoint->host, c.host);
    EXPECT_EQ(endpoint->port, c.port);
    std::vector<std::string> addresses;
    for (const SocketAddress& address : endpoint->addresses) addresses.push_back(FormatAddress(address));
    EXPECT_THAT(addresses, ElementsAreArray(c.addresses));
  }
}

TEST(EndpointTest, SaysWhatIsWrong) {
  const struct {
    const char* name;
    std::string text;
    const char* reason;
  } cases[] = {
      {"empty", "", "expected host:port"},
      {"no port", "example.com", "expected host:port"},
      {"empty port", "example.com:", "port is not a number"},
      {"port is a name", "example.com:http", "port is not a number"},
      {"port with a sign", "example.com:+80", "port is not a number"},
      {"port 0", "example.com:0", "port 0"},
      {"port 0 of an address", "10.0.0.1:0", "port 0"},
      {"port too high", "example.com:65536", "port is not a number"},
      {"port too high, of an address", "[::1]:65536", "port is not a number"},
      {"no host", ":80", "no host"},
      {"IPv6 without brackets", "::1:80", "brackets"},
      {"not IPv6", "[::x]:80", "not an IPv6 address"},
      {"open bracket", "[::1:80", "brackets"},
      {"IPv4 too long", "10.0.0.0.1:80", "neither a numeric address"},
      {"IPv4 too high", "10.0.0.256:80", "neither a numeric address"},
      {"short IPv4", "127.1:80", "neither a numeric address"},
      {"IPv4 as a number", "2130706433:80", "neither a numeric address"},
      {"hexadecimal", "0x7f000001:80", "neither a name nor an IP address"},
      {"hexadecimal end", "127.0.0.0x1:80", "neither a name nor an IP address"},
      {"number at the end", "a.1:80", "neither a name nor an IP address"},
      {"number at the end, absolute", "a.1.:80", "neither a name nor an IP address"},
      {"space", "a b:80", "not the name of a host"},
      {"user", "me@example.com:80", "not the name of a host"},
      {"slash", "example.com/:80", "not the name of a host"},
      {"not ASCII", "b\xc3\xbc\x63her.example:80", "xn--"},
      {"NUL", std::string("a\0b:80", 6), "not the name of a host"},
      {"empty label", "a..b:80", "not the name of a host"},
      {"leading dot", ".a:80", "not the name of a host"},
      {"name too long", std::string(254, 'a') + ":80", "253 bytes"},
      {"Unix without a path", "unix:", "no path"},
      {"abstract without a name", "unix:@", "no path"},
      {"Unix path too long", "unix:/" + std::string(200, 'a'), "longer than"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const absl::Status status = ParseEndpoint(c.text).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(status.message()), HasSubstr(c.reason));
  }
}

TEST(EndpointTest, ParsesLocalAddresses) {
  EXPECT_EQ(FormatAddress(*ParseLocalAddress("10.0.0.7")), "10.0.0.7:0");
  EXPECT_EQ(FormatAddress(*ParseLocalAddress("::1")), "[::1]:0");
  EXPECT_EQ(FormatAddress(*ParseLocalAddress("0.0.0.0")), "0.0.0.0:0");
  for (const char* text : {"", "localhost", "eth0", "10.0.0.7:80", "[::1]", "10.0.0", "::g"}) {
    const absl::Status status = ParseLocalAddress(text).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << text;
    EXPECT_THAT(std::string(status.message()), HasSubstr("not an IP address"));
  }
}

}  // namespace
}  // namespace connectrpc::net
