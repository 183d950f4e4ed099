#include <gtest/gtest.h>

#include <string>

#include "http/sessions.h"

namespace connectrpc::http {
namespace {

TEST(SniffTest, EveryPrefixOfThePrefaceNeedsMore) {
  for (size_t size = 0; size < kHttp2Preface.size(); ++size) {
    EXPECT_EQ(SniffPreface(kHttp2Preface.substr(0, size)), Sniffed::kNeedMore) << size;
  }
  EXPECT_EQ(SniffPreface(kHttp2Preface), Sniffed::kHttp2);
  EXPECT_EQ(SniffPreface(std::string(kHttp2Preface) + "\0\0\0"), Sniffed::kHttp2);
}

TEST(SniffTest, TheFirstOtherByteMeansHttp1) {
  for (size_t at = 0; at < kHttp2Preface.size(); ++at) {
    std::string bytes(kHttp2Preface.substr(0, at + 1));
    bytes[at] ^= 0x20;
    EXPECT_EQ(SniffPreface(bytes), Sniffed::kHttp1) << at;
  }
}

TEST(SniffTest, Http1Requests) {
  for (const char* bytes : {"G", "POST / HTTP/1.1\r\n", "PRI /", "PUT", "\r\n", "PRI * HTTP/1.1\r\n"}) {
    EXPECT_EQ(SniffPreface(bytes), Sniffed::kHttp1) << bytes;
  }
}

}  // namespace
}  // namespace connectrpc::http
