#include "codec/json_reader.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace connectrpc::codec {
namespace {

constexpr int kDepth = 3;

// "" for a text that is one value, or the error and where it is.
std::string Skip(std::string_view text) {
  const std::vector<char> copy(text.begin(), text.end());  // so that sanitizers see what lies behind its end
  JsonReader reader(std::string_view(copy.data(), copy.size()), kDepth);
  if (reader.SkipValue() && reader.ReadEnd()) return "";
  const bool nowhere = reader.error_offset() == JsonReader::kNowhere;
  return reader.error() + (nowhere ? "" : " at " + std::to_string(reader.error_offset()));
}

TEST(JsonReaderTest, TakesValues) {
  struct {
    const char* name;
    const char* text;
  } const cases[] = {
      {"null", "null"},
      {"true", " true "},
      {"number", "-0.5e+10"},
      {"string", R"("a\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00")"},
      {"empty object", "{ }"},
      {"object", R"({"a" : 1 , "b":[{}]})"},
      {"list", "[1,\"x\",null,[true]]"},
      {"as deep as may be", "[[[]]]"},
      {"brackets in strings", R"(["[[[[","{{{{"])"},
      {"single quotes", R"({'a"':'\''})"},
      {"key without quotes", "{$a_1:1}"},
      {"comma at the end", "[1,]"},
      {"control character", "\"\x01\n\""},
  };
  for (const auto& c : cases) EXPECT_EQ(Skip(c.text), "") << c.name;
}

TEST(JsonReaderTest, RefusesWhatIsNone) {
  struct {
    const char* name;
    const char* text;
    const char* error;
  } const cases[] = {
      {"nothing", "", "expected a value, but the text ends at 0"},
      {"space", " ", "expected a value, but the text ends at 1"},
      {"word", "nul", "expected a value at 0"},
      {"longer word", "nulls", "expected a value at 0"},
      {"plus", "+1", "expected a value at 0"},
      {"point first", ".5", "expected a value at 0"},
      {"minus alone", "-", "expected a number at 0"},
      {"zero first", "01", "expected a number at 0"},
      {"point last", "1.", "expected a number at 0"},
      {"exponent cut", "1e", "expected a number at 0"},
      {"letters behind", "1x", "expected a number at 0"},
      {"string cut", "\"abc", "string without an end at 0"},
      {"string cut in an escape", "\"abc\\", "string without an end at 0"},
      {"escape", R"("\x41")", "string with an unknown escape at 0"},
      {"escape cut", R"("\u12)", "string with a malformed \\u at 0"},
      {"escape that is not hexadecimal", R"("\u12g4")", "string with a malformed \\u at 0"},
      {"first surrogate alone", R"("\ud83dx")", "string with a malformed \\u at 0"},
      {"second surrogate alone", R"("\ude00")", "string with a malformed \\u at 0"},
      {"no comma", "[1 2]", "expected ',' or ']' at 3"},
      {"comma first", "[,1]", "expected a value at 1"},
      {"other bracket", "[1}", "expected ',' or ']' at 2"},
      {"no colon", R"({"a" 1})", "expected ':' at 5"},
      {"no name", "{1:1}", "expected a name at 1"},
      {"list cut", "[1", "expected ',' or ']', but the text ends at 2"},
      {"text behind", "1 2", "text after the message at 2"},
      {"one bracket too deep", "[[[[]]]]", "JSON nested deeper than 3"},
      {"one brace too deep", "[[[{}]]]", "JSON nested deeper than 3"},
  };
  for (const auto& c : cases) EXPECT_EQ(Skip(c.text), c.error) << c.name;
}

// At every place of a word, on either side of its end.
TEST(JsonReaderTest, FindsTheEndOfStrings) {
  for (size_t size = 0; size < 40; ++size) {
    for (size_t at = 0; at <= size; ++at) {
      std::string text(size, 'x');
      std::string expected = text;
      if (at < size) {
        text.replace(at, 1, "\\n");
        expected[at] = '\n';
      }
      const std::string json = "\"" + text + "\"";
      JsonReader reader(json, kDepth);
      std::string_view read;
      ASSERT_TRUE(reader.ReadString(&read)) << json;
      EXPECT_EQ(read, expected);
      EXPECT_EQ(reader.IsInText(read), at == size);
      EXPECT_TRUE(reader.ReadEnd());
    }
  }
}

TEST(JsonReaderTest, FindsObjectsWhoseTypeIsNotFirst) {
  const std::string text = R"({"a":{"@type":1},"b":[{"c":0,"@type":2}],"@type":3})";
  JsonReader reader(text, kDepth);
  std::vector<JsonReader::TypedObject> objects;
  ASSERT_TRUE(reader.SkipValue(&objects));
  ASSERT_EQ(objects.size(), 2u);
  EXPECT_EQ(*objects[0].type, '2');
  EXPECT_EQ(objects[0].begin, text.data() + text.find("\"c\""));
  EXPECT_EQ(*objects[1].type, '3');
  EXPECT_EQ(objects[1].begin, text.data() + 1);
}

}  // namespace
}  // namespace connectrpc::codec
