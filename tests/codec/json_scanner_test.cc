#include "codec/json_scanner.h"

#include <gtest/gtest.h>

#include <string>

namespace connectrpc::codec {
namespace {

// The tokens as one text: brackets by what they do, strings in <>, words in ().
std::string Tokens(std::string_view json) {
  std::string out;
  JsonScanner scanner(json);
  while (true) {
    switch (scanner.Next()) {
      case JsonToken::kOpen:
        out += 'O';
        break;
      case JsonToken::kClose:
        out += 'C';
        break;
      case JsonToken::kComma:
        out += ',';
        break;
      case JsonToken::kColon:
        out += ':';
        break;
      case JsonToken::kString:
        out.append("<").append(scanner.text()).append(">");
        break;
      case JsonToken::kWord:
        out.append("(").append(scanner.text()).append(")");
        break;
      case JsonToken::kEnd:
        return out;
    }
  }
}

TEST(JsonScannerTest, Tokens) {
  struct {
    const char* name;
    const char* json;
    const char* tokens;
  } const cases[] = {
      {"empty", "", ""},
      {"space", " \t\r\n", ""},
      {"object", R"({"a":1,"b":[true,null]})", "O<a>:(1),<b>:O(true),(null)CC"},
      {"space between", R"({ "a" : 1.5e+7 , "b" : -2 })", "O<a>:(1.5e+7),<b>:(-2)C"},
      {"single quotes", R"({'a':'"'})", R"(O<a>:<">C)"},
      {"unquoted key", "{a_b:1}", "O(a_b):(1)C"},
      {"escapes stay", R"(["\"\u0041\\"])", R"(O<\"\u0041\\>C)"},
      {"brackets in strings", R"("{[}],:")", "<{[}],:>"},
      {"string without end", R"({"abc)", "O<abc>"},
      {"string that ends in a backslash", R"("abc\)", R"(<abc\>)"},
      {"empty string", R"("")", "<>"},
      {"a word ends at a quote", R"(ab"c"d)", "(ab)<c>(d)"},
      {"bytes beyond ASCII", "\xc3\xa9,\xff", "(\xc3\xa9),(\xff)"},
  };
  for (const auto& c : cases) EXPECT_EQ(Tokens(c.json), c.tokens) << c.name;
}

TEST(JsonScannerTest, Unescapes) {
  struct {
    const char* name;
    const char* text;
    const char* out;
  } const cases[] = {
      {"nothing to do", "@type", "@type"},
      {"letters with a meaning", R"(\b\f\n\r\t\v)", "\b\f\n\r\t\v"},
      {"letters without one", R"(\@\y\p\e\/\\\"\')", "@ype/\\\"'"},
      {"code unit", R"(\u0040\u0074ype)", "@type"},
      {"digits in either case", R"(\u006A\u006a)", "jj"},
      {"two bytes", R"(\u00e9)", "\xc3\xa9"},
      {"three bytes", R"(\u20ac)", "\xe2\x82\xac"},
      {"surrogates", R"(\ud83d\ude00)", "??"},
      {"too few digits", R"(\u12)", "u12"},
      {"no digits", R"(\u12g4)", "u12g4"},
      {"backslash at the end", R"(a\)", R"(a\)"},
  };
  std::string out = "from before";
  for (const auto& c : cases) {
    UnescapeJsonString(c.text, &out);
    EXPECT_EQ(out, c.out) << c.name;
  }
}

}  // namespace
}  // namespace connectrpc::codec
