#include "wire/encoding_list.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace connectrpc::wire {
namespace {

TEST(EncodingList, WalksElementsInOrder) {
  struct Case {
    const char* name;
    const char* text;
    std::vector<std::string> elements;
  };
  const Case cases[] = {
      {"empty", "", {}},
      {"one", "gzip", {"gzip 1000"}},
      {"two", "br,gzip", {"br 1000", "gzip 1000"}},
      {"spaces and tabs", " br \t,\tgzip ", {"br 1000", "gzip 1000"}},
      {"empty elements", ",br,, ,gzip,", {"br 1000", "gzip 1000"}},
      {"only commas", ",,", {}},
      {"weights", "gzip;q=0.1, br;q=1.0", {"gzip 100", "br 1000"}},
      {"three digits", "gzip;q=0.125,br;q=0.999", {"gzip 125", "br 999"}},
      {"four digits", "gzip;q=0.9999", {"gzip 999"}},
      {"smallest weight", "gzip;q=0.001", {"gzip 1"}},
      {"smaller than the smallest", "gzip;q=0.0001,br;q=0.00000000000000000001", {"gzip 1", "br 1"}},
      {"zero", "gzip;q=0, br", {"gzip 0", "br 1000"}},
      {"zero with decimals", "gzip;q=0.000,br;q=0.,zstd;q=0.0000000000000", {"gzip 0", "br 0", "zstd 0"}},
      {"one with decimals", "gzip;q=1.,br;q=1.000", {"gzip 1000", "br 1000"}},
      {"more than one", "gzip;q=1.999,br;q=2,zstd;q=10", {"gzip 1000", "br 1000", "zstd 1000"}},
      {"weight with spaces", "gzip ; q=0 , br ; q=0.5", {"gzip 0", "br 500"}},
      {"spaces around =", "gzip;q = 0.5", {"gzip 500"}},
      {"capital Q", "gzip;Q=0", {"gzip 0"}},
      {"weight without value", "gzip;q=,br;q", {"gzip 1000", "br 1000"}},
      {"weights that are none",
       "a;q=zero,b;q=-1,c;q=0x1,d;q=0.5x,e;q=.5,f;q=00",
       {"a 1000", "b 1000", "c 1000", "d 1000", "e 1000", "f 1000"}},
      {"other parameter", "gzip;level=0", {"gzip 1000"}},
      {"other parameter before the weight", "gzip;level=9;q=0", {"gzip 0"}},
      {"the first weight counts", "gzip;q=0.5;q=0", {"gzip 500"}},
      {"parameter without name", ";q=1,br", {"br 1000"}},
      {"identity and star", "gzip, identity;q=0, *;q=0.5", {"gzip 1000", "identity 0", "* 500"}},
      {"letter case is kept", "GZip", {"GZip 1000"}},
      {"browser", "gzip, deflate, br, zstd", {"gzip 1000", "deflate 1000", "br 1000", "zstd 1000"}},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    EncodingList list(c.text);
    std::vector<std::string> elements;
    for (AcceptedEncoding element = list.Next(); !element.name.empty(); element = list.Next()) {
      elements.push_back(std::string(element.name) + ' ' + std::to_string(element.weight));
    }
    EXPECT_EQ(elements, c.elements);
    EXPECT_EQ(list.Next().name, "") << "stays at the end";
  }
}

}  // namespace
}  // namespace connectrpc::wire
