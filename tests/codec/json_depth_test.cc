#include "codec/json_depth.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace connectrpc::codec {
namespace {

std::string Repeat(std::string_view text, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out.append(text);
  return out;
}

// `depth` is the smallest limit that lets the text pass.
TEST(JsonDepthTest, Depth) {
  struct {
    const char* name;
    std::string json;
    int depth;
  } const cases[] = {
      {"empty", "", 0},
      {"number", "1", 0},
      {"object", "{}", 1},
      {"list", "[]", 1},
      {"both kinds count", R"({"a":[{"b":[]}]})", 4},
      {"side by side", "[[],[],{}]", 2},
      {"in a string", R"({"a":"[[[{{{"})", 1},
      {"in a key", R"({"[[[":1})", 1},
      {"after an escaped quote", R"({"a":"\"[[["})", 1},
      {"after an escaped backslash", R"(["\\",[[]]])", 3},
      {"after three backslashes", R"(["\\\"[[["])", 1},
      {"in single quotes", "['[[[']", 1},
      {"double quote in single quotes hides nothing", R"(['"',[[]],'"'])", 3},
      {"single quote in double quotes hides nothing", R"(["'",[[]],"'"])", 3},
      {"escaped single quote", R"(['\'[[[',[]])", 2},
      {"string without end", R"(["[[[)", 1},
      {"string that ends in a backslash", R"(["[[[\)", 1},
      {"closing too often", "]]]][[", 2},
      {"mismatched", "[}[}[[", 2},
      {"100", Repeat("[", 100) + Repeat("]", 100), 100},
      {"101 without end", Repeat("{\"a\":", 101), 101},
  };
  for (const auto& c : cases) {
    EXPECT_TRUE(JsonDepthWithin(c.json, c.depth)) << c.name;
    if (c.depth > 0) {
      EXPECT_FALSE(JsonDepthWithin(c.json, c.depth - 1)) << c.name;
    }
  }
}

}  // namespace
}  // namespace connectrpc::codec
