#include "wire/encoding_list.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace connectrpc::wire {
namespace {

TEST(EncodingList, WalksAcceptableTokensInOrder) {
  struct Case {
    const char* name;
    const char* text;
    std::vector<std::string> tokens;
  };
  const Case cases[] = {
      {"empty", "", {}},
      {"one", "gzip", {"gzip"}},
      {"two", "br,gzip", {"br", "gzip"}},
      {"spaces and tabs", " br \t,\tgzip ", {"br", "gzip"}},
      {"empty elements", ",br,, ,gzip,", {"br", "gzip"}},
      {"only commas", ",,", {}},
      {"weights do not sort (C19)", "gzip;q=0.1, br;q=1.0", {"gzip", "br"}},
      {"zero weight (C19)", "gzip;q=0, br", {"br"}},
      {"zero weight, decimals", "gzip;q=0.000,br;q=0.", {}},
      {"zero weight with spaces", "gzip ; q=0 , br ; q=0.5", {"br"}},
      {"zero weight, capital Q", "gzip;Q=0", {}},
      {"small weight", "gzip;q=0.001", {"gzip"}},
      {"weight without value", "gzip;q=,br;q", {"gzip", "br"}},
      {"weight that is none", "gzip;q=zero", {"gzip"}},
      {"other parameter", "gzip;level=0", {"gzip"}},
      {"other parameter before the weight", "gzip;level=9;q=0", {}},
      {"parameter without token", ";q=1,br", {"br"}},
      {"identity and star", "gzip, identity;q=0, *;q=0.5", {"gzip", "*"}},
      {"letter case is kept", "GZip", {"GZip"}},
      {"browser", "gzip, deflate, br, zstd", {"gzip", "deflate", "br", "zstd"}},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    EncodingList list(c.text);
    std::vector<std::string> tokens;
    for (std::string_view token = list.Next(); !token.empty(); token = list.Next()) tokens.emplace_back(token);
    EXPECT_EQ(tokens, c.tokens);
    EXPECT_EQ(list.Next(), "") << "stays at the end";
  }
}

}  // namespace
}  // namespace connectrpc::wire
