#include "codec/json_hazards.h"

#include <google/protobuf/any.pb.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/field_mask.pb.h>
#include <gtest/gtest.h>

#include <string>

#include "codec_test.pb.h"

namespace connectrpc::codec {
namespace {

using codectest::v1::Everything;
using codectest::v1::Plain;
using codectest::v1::WithAny;
using codectest::v1::WithMask;
using google::protobuf::Any;
using google::protobuf::Descriptor;
using google::protobuf::FieldMask;

constexpr size_t kManyValues = 1'000'000;

class JsonHazardsTest : public testing::Test {
 protected:
  std::string Check(const Descriptor& type, std::string_view json, size_t max_any_values) {
    std::string error;
    const bool ok = CheckJsonHazards(type, json, max_any_values, &types_, &error);
    EXPECT_EQ(ok, error.empty()) << error;
    return error;
  }

 private:
  MessageTypes types_;
};

TEST_F(JsonHazardsTest, FieldMaskTakesNoParentheses) {
  struct {
    const char* name;
    const Descriptor* type;
    const char* json;
    bool ok;
  } const cases[] = {
      {"no mask in the type", Plain::descriptor(), R"j({"text":"a(b)","updateMask":"a(b)"})j", true},
      {"good mask", WithMask::descriptor(), R"j({"updateMask":"a.b,c"})j", true},
      {"parenthesis", WithMask::descriptor(), R"j({"updateMask":"a(b,c)"})j", false},
      {"proto name", WithMask::descriptor(), R"j({"update_mask":"a(b,c)"})j", false},
      {"json_name", WithMask::descriptor(), R"j({"other":"a("})j", false},
      {"single quotes", WithMask::descriptor(), R"j({'updateMask':'a('})j", false},
      {"key without quotes", WithMask::descriptor(), R"j({updateMask:"a("})j", false},
      {"escapes in the key", WithMask::descriptor(), R"j({"\u0075pdat\eMask":"a("})j", false},
      {"escaped parenthesis", WithMask::descriptor(), R"j({"updateMask":"a\u0028b"})j", false},
      {"parenthesis behind a backslash", WithMask::descriptor(), R"j({"updateMask":"a\(b"})j", false},
      {"space before it", WithMask::descriptor(), "{\"updateMask\" \n:\t \"a(b\"}", false},
      {"repeated", WithMask::descriptor(), R"j({"masks":["a","b("]})j", false},
      {"map", WithMask::descriptor(), R"j({"maskByName":{"x":"a","y":"b("}})j", false},
      {"within a message", WithMask::descriptor(), R"j({"child":{"child":{"updateMask":"a("}}})j", false},
      {"other fields may have them", WithMask::descriptor(), R"j({"updateMask":"a","text":"(b)"})j", true},
      {"other fields before", WithMask::descriptor(), R"j({"text":"(b)","updateMask":"a"})j", true},
      {"after a list of masks", WithMask::descriptor(), R"j({"masks":["a"],"text":"(b)"})j", true},
      {"after a message with a mask", WithMask::descriptor(), R"j({"child":{"masks":["a"]},"text":"(b)"})j", true},
      {"the root", FieldMask::descriptor(), R"j("a(b)")j", false},
      {"a good root", FieldMask::descriptor(), R"j("a.b,c")j", true},
      {"in an Any", WithAny::descriptor(),
       R"j({"any":{"@type":"type.googleapis.com/google.protobuf.FieldMask","value":"a(b"}})j", false},
      {"in an Any, type last", WithAny::descriptor(),
       R"j({"any":{"value":"a(b","@type":"type.googleapis.com/google.protobuf.FieldMask"}})j", false},
      {"in a message in an Any", WithAny::descriptor(),
       R"j({"any":{"updateMask":"a(b","@type":"type.googleapis.com/connectrpc.codectest.v1.WithMask"}})j", false},
      {"in an escaped type", WithAny::descriptor(),
       R"j({"any":{"updateMask":"a(b","\u0040type":"type.googleapis.com\/connectrpc.codectest.v1.WithMask"}})j", false},
      {"in an Any in an Any", Any::descriptor(),
       R"j({"@type":"type.googleapis.com/google.protobuf.Any","value":
           {"@type":"type.googleapis.com/connectrpc.codectest.v1.WithMask","child":{"masks":["a("]}}})j",
       false},
      {"an Any with another type", WithAny::descriptor(),
       R"j({"any":{"@type":"type.googleapis.com/connectrpc.codectest.v1.Plain","text":"a(b","updateMask":"a(b"}})j",
       true},
      {"an Any with an unknown type", WithAny::descriptor(),
       R"j({"any":{"@type":"type.googleapis.com/no.Such","value":"a(b"}})j", true},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(Check(*c.type, c.json, kManyValues), c.ok ? "" : "a FieldMask with parentheses") << c.name;
  }
}

// `values` is what the text counts: it passes at that limit and is refused at one less.
TEST_F(JsonHazardsTest, ValuesInAnyAreLimited) {
  struct {
    const char* name;
    const Descriptor* type;
    const char* json;
    size_t values;
  } const cases[] = {
      {"no Any in the type", Plain::descriptor(), R"({"numbers":[1,2,3]})", 0},
      {"no Any in the text", WithAny::descriptor(), R"({"numbers":[1,2,3],"child":{"numbers":[4]}})", 0},
      {"empty Any", WithAny::descriptor(), R"({"any":{}})", 1},
      {"type alone", WithAny::descriptor(), R"({"any":{"@type":"x"}})", 1},
      {"type first", WithAny::descriptor(), R"({"any":{"@type":"x","a":1,"b":2}})", 3},
      {"type last", WithAny::descriptor(), R"({"any":{"a":1,"b":2,"@type":"x"}})", 3 + 2},
      {"type in the middle", WithAny::descriptor(), R"({"any":{"a":1,"@type":"x","b":2}})", 3 + 1},
      {"escaped type last", WithAny::descriptor(), R"({"any":{"a":1,"b":2,"\@\u0074ype":"x"}})", 3 + 2},
      {"no type", WithAny::descriptor(), R"({"any":{"a":[1,2,3]}})", 4},
      {"fields around it are free", WithAny::descriptor(),
       R"({"numbers":[1,2,3],"any":{"a":1},"numbers":[1,2,3],"child":{"any":{"a":1},"numbers":[4,5]}})", 2},
      {"repeated", WithAny::descriptor(), R"({"anys":[{"a":1},{"b":2}],"numbers":[1]})", 4},
      {"map", WithAny::descriptor(), R"({"anyByName":{"x":{"a":1},"y":{"b":2}},"numbers":[1]})", 4},
      {"proto name", WithAny::descriptor(), R"({"any_by_name":{"x":{"a":1}}})", 2},
      {"type last, twice nested", WithAny::descriptor(),
       R"({"any":{"value":{"value":{"a":1},"@type":"x"},"@type":"x"}})", 5 + 2 + 4},
      {"the root", Any::descriptor(), R"({"@type":"x","a":1})", 2},
      {"the root, type last", Any::descriptor(), R"({"a":1,"@type":"x"})", 2 + 1},
      {"in a message within", Everything::descriptor(), R"({"withAny":{"child":{"any":{"a":1}}}})", 1},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(Check(*c.type, c.json, c.values), "") << c.name;
    if (c.values > 0) {
      EXPECT_EQ(Check(*c.type, c.json, c.values - 1),
                "more than " + std::to_string(c.values - 1) + " values in google.protobuf.Any")
          << c.name;
    }
  }
}

// A second value ends the process in protobuf 3.21.12: "CHECK failed: !done_".
TEST_F(JsonHazardsTest, AnAnyWithAFormOfItsOwnHasOneValue) {
  struct {
    const char* name;
    const Descriptor* type;
    const char* json;
    bool ok;
  } const cases[] = {
      {"one value", Any::descriptor(), R"({"@type":"type.googleapis.com/google.protobuf.Duration","value":"1s"})",
       true},
      {"no value", Any::descriptor(), R"({"@type":"type.googleapis.com/google.protobuf.Duration"})", true},
      {"two values", Any::descriptor(),
       R"({"@type":"type.googleapis.com/google.protobuf.Duration","value":"1s","value":"1s"})", false},
      {"type last", Any::descriptor(),
       R"({"value":"1s","value":"1s","@type":"type.googleapis.com/google.protobuf.Duration"})", false},
      {"type in the middle", Any::descriptor(),
       R"({"value":"1s","@type":"type.googleapis.com/google.protobuf.Duration","value":"1s"})", false},
      {"other names", Any::descriptor(),
       R"({"@type":"type.googleapis.com/google.protobuf.Duration","a":"1s","b":"1s"})", false},
      {"second type", Any::descriptor(),
       R"({"@type":"type.googleapis.com/google.protobuf.Duration","@type":"1s","value":"1s"})", false},
      {"escapes", Any::descriptor(),
       R"({"\u0040type":"type.googleapis.com\/google.protobuf.Duration","value":"1s","value":"1s"})", false},
      {"Struct", Any::descriptor(),
       R"({"@type":"type.googleapis.com/google.protobuf.Struct","value":{},"value":{"a":1}})", false},
      {"Any", Any::descriptor(), R"({"@type":"type.googleapis.com/google.protobuf.Any","value":{},"value":{}})", false},
      {"in an Any", Any::descriptor(),
       R"({"@type":"type.googleapis.com/google.protobuf.Any","value":
           {"@type":"type.googleapis.com/google.protobuf.BoolValue","value":true,"value":true}})",
       false},
      {"in a field", WithAny::descriptor(),
       R"({"child":{"anys":[{"@type":"type.googleapis.com/google.protobuf.Value","value":1,"value":2}]}})", false},
      {"many members within the value", Any::descriptor(),
       R"({"@type":"type.googleapis.com/google.protobuf.Struct","value":{"a":1,"b":2,"c":[1,2,3]}})", true},
      {"messages have many members", Any::descriptor(),
       R"({"@type":"type.googleapis.com/connectrpc.codectest.v1.Plain","text":"a","left":"b","raw":""})", true},
      {"no Any", Plain::descriptor(),
       R"({"@type":"type.googleapis.com/google.protobuf.Duration","value":"1s","value":"1s"})", true},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(Check(*c.type, c.json, kManyValues),
              c.ok ? "" : "a google.protobuf.Any with more than \"@type\" and \"value\"")
        << c.name;
  }
}

// What is no JSON passes or not, but does no harm.
TEST_F(JsonHazardsTest, BrokenText) {
  for (const char* json : {"", "}", "]]]", ":", "\"@type\":", "{\"any\":}", "{\"any\":{\"@type\":", ",,,", "{\"@type\"",
                           "}}}\"any\":{:,\"@type\":}", "\"updateMask\":\"a", "\\", "\"\\"}) {
    std::string error;
    MessageTypes types;
    for (const Descriptor* type : {Everything::descriptor(), Any::descriptor(), FieldMask::descriptor()}) {
      (void)CheckJsonHazards(*type, json, 1, &types, &error);  // either is right
    }
  }
}

}  // namespace
}  // namespace connectrpc::codec
