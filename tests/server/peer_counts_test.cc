#include "server/peer_counts.h"

#include <gtest/gtest.h>

namespace connectrpc::server {
namespace {

TEST(PeerCountsTest, EachPeerHasItsOwnCount) {
  PeerCounts counts(2);
  EXPECT_TRUE(counts.Add("ipv4:192.0.2.1:1000"));
  EXPECT_TRUE(counts.Add("ipv4:192.0.2.1:1001"));
  EXPECT_FALSE(counts.Add("ipv4:192.0.2.1:1002"));
  EXPECT_TRUE(counts.Add("ipv4:192.0.2.2:1000"));
  counts.Remove("ipv4:192.0.2.1:1000");
  EXPECT_TRUE(counts.Add("ipv4:192.0.2.1:1003"));
  EXPECT_FALSE(counts.Add("ipv4:192.0.2.1:1004"));
}

TEST(PeerCountsTest, Ipv6PeersAreNetworks) {
  PeerCounts counts(2);
  EXPECT_TRUE(counts.Add("ipv6:[2001:db8:0:1::1]:1000"));
  EXPECT_TRUE(counts.Add("ipv6:[2001:db8:0:1:ffff:ffff:ffff:ffff]:1000"));
  EXPECT_FALSE(counts.Add("ipv6:[2001:db8:0:1::2]:1000"));
  EXPECT_TRUE(counts.Add("ipv6:[2001:db8:0:2::1]:1000"));
  EXPECT_TRUE(counts.Add("ipv6:[fe80::1%eth0]:1000"));
  EXPECT_TRUE(counts.Add("ipv6:[fe80::2%25eth1]:1000"));
  EXPECT_FALSE(counts.Add("ipv6:[fe80::3]:1000"));
}

TEST(PeerCountsTest, UnixSocketsAndNoLimit) {
  PeerCounts one(1);
  PeerCounts none(0);
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(one.Add("unix:"));
    EXPECT_TRUE(none.Add("ipv4:192.0.2.1:1000"));
  }
  one.Remove("unix:");
  none.Remove("ipv4:192.0.2.1:1000");
}

}  // namespace
}  // namespace connectrpc::server
