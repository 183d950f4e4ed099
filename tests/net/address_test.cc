#include "net/address.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <netinet/in.h>
#include <sys/un.h>

#include <random>
#include <string>
#include <vector>

namespace connectrpc::net {
namespace {

using ::testing::HasSubstr;

std::vector<std::string> Formatted(const std::vector<SocketAddress>& addresses) {
  std::vector<std::string> result;
  for (const SocketAddress& address : addresses) result.push_back(FormatAddress(address));
  return result;
}

TEST(ParseListenAddress, ReadsEachForm) {
  const std::string longest_path = "unix:/" + std::string(106, 'p');
  const std::string longest_name = "unix:@" + std::string(107, 'n');
  const struct {
    const char* name;
    std::string text;
    std::vector<std::string> expected;
    int port;
  } kCases[] = {
      {"IPv4", "127.0.0.1:8080", {"127.0.0.1:8080"}, 8080},
      {"IPv4 wildcard", "0.0.0.0:1", {"0.0.0.0:1"}, 1},
      {"kernel chooses", "127.0.0.1:0", {"127.0.0.1:0"}, 0},
      {"largest port", "127.0.0.1:65535", {"127.0.0.1:65535"}, 65535},
      {"leading zeros", "127.0.0.1:00080", {"127.0.0.1:80"}, 80},
      {"IPv6", "[::1]:8080", {"[::1]:8080"}, 8080},
      {"IPv6 wildcard", "[::]:8080", {"[::]:8080"}, 8080},
      {"IPv6 in full", "[2001:DB8:0:0:0:0:0:1]:443", {"[2001:db8::1]:443"}, 443},
      {"IPv6 with IPv4 in it", "[::ffff:1.2.3.4]:443", {"[::ffff:1.2.3.4]:443"}, 443},
      {"interface by number", "[fe80::1%7]:443", {"[fe80::1%7]:443"}, 443},
      {"interface by name", "[fe80::1%lo]:443", {"[fe80::1%1]:443"}, 443},
      {"localhost", "localhost:80", {"127.0.0.1:80", "[::1]:80"}, 80},
      {"all interfaces", ":8080", {"[::]:8080", "0.0.0.0:8080"}, 8080},
      {"path", "unix:/run/app.sock", {"unix:/run/app.sock"}, 0},
      {"relative path", "unix:app.sock", {"unix:app.sock"}, 0},
      {"path like a port", "unix:8080", {"unix:8080"}, 0},
      {"abstract", "unix:@app", {"unix:@app"}, 0},
      {"longest path", longest_path, {longest_path}, 0},
      {"longest abstract name", longest_name, {longest_name}, 0},
  };
  for (const auto& test : kCases) {
    SCOPED_TRACE(test.name);
    const auto addresses = ParseListenAddress(test.text);
    ASSERT_TRUE(addresses.ok()) << addresses.status();
    EXPECT_EQ(Formatted(*addresses), test.expected);
    for (const SocketAddress& address : *addresses) EXPECT_EQ(PortOf(address), test.port);
  }
}

TEST(ParseListenAddress, SaysWhatIsWrong) {
  const struct {
    const char* name;
    std::string text;
    const char* reason;
  } kCases[] = {
      {"empty", "", "expected host:port"},
      {"no port", "127.0.0.1", "expected host:port"},
      {"word", "unix", "expected host:port"},
      {"empty port", "127.0.0.1:", "port"},
      {"port too large", "127.0.0.1:65536", "port"},
      {"port that wraps", "127.0.0.1:4294967376", "port"},
      {"six digits", "127.0.0.1:000080", "port"},
      {"negative port", "127.0.0.1:-1", "port"},
      {"port with sign", "127.0.0.1:+80", "port"},
      {"port with space", "127.0.0.1:80 ", "port"},
      {"named port", "127.0.0.1:http", "port"},
      {"IPv6 without port", "[::1]", "port"},
      {"IPv6 without brackets", "::1:80", "brackets"},
      {"open bracket", "[::1:80", "brackets"},
      {"only a bracket", "[:80", "neither"},
      {"empty brackets", "[]:80", "IPv6"},
      {"IPv4 in brackets", "[127.0.0.1]:80", "IPv6"},
      {"name in brackets", "[localhost]:80", "IPv6"},
      {"broken IPv6", "[::1::2]:80", "IPv6"},
      {"unknown interface", "[fe80::1%nosuchinterface]:80", "IPv6"},
      {"empty interface", "[fe80::1%]:80", "IPv6"},
      {"short IPv4", "127.1:80", "neither"},
      {"IPv4 out of range", "256.0.0.1:80", "neither"},
      {"octal IPv4", "0177.0.0.1:80", "neither"},
      {"name", "example.com:80", "neither"},
      {"star", "*:80", "neither"},
      {"scheme", "http://127.0.0.1:80", "brackets"},
      {"leading space", " 127.0.0.1:80", "neither"},
      {"empty path", "unix:", "no path"},
      {"empty abstract name", "unix:@", "no path"},
      {"path too long", "unix:/" + std::string(107, 'p'), "107 bytes"},
      {"abstract name too long", "unix:@" + std::string(108, 'n'), "107 bytes"},
      {"NUL in a path", std::string("unix:/a\0b", 9), "NUL"},
      {"NUL in a host", std::string("127.0.0.1\0:80", 13), "NUL"},
  };
  for (const auto& test : kCases) {
    SCOPED_TRACE(test.name);
    const auto addresses = ParseListenAddress(test.text);
    ASSERT_FALSE(addresses.ok());
    EXPECT_EQ(addresses.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(addresses.status().message()), HasSubstr(test.reason));
  }
}

TEST(ParseListenAddress, WhatItAcceptsFormatsToTheSameAddress) {
  const std::string kSeeds[] = {"127.0.0.1:80", "[fe80::1%1]:80", "unix:/tmp/a", "unix:@b", ":8080", "localhost:1"};
  const std::string kLetters = "0123456789abcdef:.[]%@/unixlo";
  std::mt19937 random(11);
  int accepted = 0;
  for (int i = 0; i < 20000; ++i) {
    std::string text = kSeeds[i % std::size(kSeeds)];
    for (size_t edits = random() % 3; edits > 0; --edits) {
      const size_t at = random() % text.size();
      const char letter = kLetters[random() % kLetters.size()];
      if (random() % 2 == 0) {
        text[at] = letter;
      } else {
        text.insert(at, 1, letter);
      }
    }
    const auto first = ParseListenAddress(text);
    if (!first.ok()) continue;
    ++accepted;
    for (const SocketAddress& address : *first) {
      const std::string formatted = FormatAddress(address);
      const auto second = ParseListenAddress(formatted);
      ASSERT_TRUE(second.ok()) << text << " -> " << formatted;
      ASSERT_EQ(FormatAddress(second->front()), formatted) << text;
    }
  }
  EXPECT_GT(accepted, 5000);
}

TEST(FormatPeer, SpellsAddressesAsGrpcDoes) {
  const struct {
    const char* name;
    const char* address;
    const char* expected;
  } kCases[] = {
      {"IPv4", "127.0.0.1:5000", "ipv4:127.0.0.1:5000"},
      {"IPv6", "[::1]:5000", "ipv6:[::1]:5000"},
      {"IPv4 through a socket of both", "[::ffff:1.2.3.4]:5000", "ipv4:1.2.3.4:5000"},
      {"link-local", "[fe80::1%7]:5000", "ipv6:[fe80::1%7]:5000"},
      {"Unix path", "unix:/client", "unix:"},
      {"Unix abstract", "unix:@client", "unix:"},
  };
  for (const auto& test : kCases) {
    SCOPED_TRACE(test.name);
    const auto addresses = ParseListenAddress(test.address);
    ASSERT_TRUE(addresses.ok()) << addresses.status();
    EXPECT_EQ(FormatPeer(addresses->front()), test.expected);
  }
}

TEST(FormatPeer, TakesAnUnnamedUnixPeer) {
  SocketAddress address;
  address.storage.ss_family = AF_UNIX;
  address.size = sizeof(sa_family_t);  // as accept gives it
  EXPECT_EQ(FormatPeer(address), "unix:");
  EXPECT_EQ(FormatAddress(address), "unix:");
  EXPECT_EQ(UnixPathOf(address), "");
}

TEST(UnixPathOf, IsThePathOfASocketFileOnly) {
  const struct {
    const char* name;
    const char* address;
    const char* expected;
  } kCases[] = {
      {"path", "unix:/run/a.sock", "/run/a.sock"},
      {"abstract", "unix:@a", ""},
      {"IPv4", "127.0.0.1:80", ""},
  };
  for (const auto& test : kCases) {
    SCOPED_TRACE(test.name);
    const auto addresses = ParseListenAddress(test.address);
    ASSERT_TRUE(addresses.ok());
    EXPECT_EQ(UnixPathOf(addresses->front()), test.expected);
  }
}

}  // namespace
}  // namespace connectrpc::net
