// Where our JSON is not what protobuf 3.21 makes of it, on purpose: the table of docs/options.md, case by case.
#include <google/protobuf/any.pb.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/field_mask.pb.h>
#include <google/protobuf/struct.pb.h>
#include <google/protobuf/stubs/common.h>
#include <google/protobuf/util/json_util.h>
#include <google/protobuf/util/type_resolver.h>
#include <google/protobuf/util/type_resolver_util.h>
#include <google/protobuf/wrappers.pb.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <memory>
#include <string>

#include "codec/codec.h"
#include "json_kinds.pb.h"

namespace connectrpc::codec {
namespace {

using codectest::v1::Kinds;
using google::protobuf::Descriptor;
using google::protobuf::util::TypeResolver;

constexpr bool kIs321 = GOOGLE_PROTOBUF_VERSION < 4022000;
constexpr char kUrlPrefix[] = "type.googleapis.com";
constexpr char kRefused[] = "refused";

// A message in the words of our writer, by which both readers are compared.
std::string Written(const Descriptor& type, const std::string& binary) {
  std::string json;
  std::string error;
  EXPECT_TRUE(NewJsonCodec({})->FromBinary(type, binary, &json, &error)) << error;
  return json;
}

std::string Ours(const Descriptor& type, const std::string& json) {
  std::string binary;
  std::string error;
  return NewJsonCodec({})->ToBinary(type, json, &binary, &error) ? Written(type, binary) : kRefused;
}

std::string Protobufs(const Descriptor& type, const std::string& json) {
  const std::unique_ptr<TypeResolver> resolver(google::protobuf::util::NewTypeResolverForDescriptorPool(
      kUrlPrefix, google::protobuf::DescriptorPool::generated_pool()));
  google::protobuf::util::JsonParseOptions options;
  options.ignore_unknown_fields = true;
  std::string binary;
  const std::string url = std::string(kUrlPrefix) + "/" + std::string(type.full_name());
  const bool ok = google::protobuf::util::JsonToBinaryString(resolver.get(), url, json, &binary, options).ok();
  return ok ? Written(type, binary) : kRefused;
}

const Descriptor& kKinds = *Kinds::descriptor();

TEST(JsonStrictnessTest, Reads) {
  struct {
    const char* name;
    const Descriptor* type;
    const char* json;
    const char* ours;
    const char* protobufs;
  } const cases[] = {
      {"bool in a string", &kKinds, R"({"aBool":"true"})", kRefused, R"({"aBool":true})"},
      {"bool in a string, list", &kKinds, R"({"bools":["1"]})", kRefused, R"({"bools":[true]})"},
      {"bool in a string, wrapper", google::protobuf::BoolValue::descriptor(), R"("true")", kRefused, "true"},
      {"key of bools", &kKinds, R"({"byBool":{"1":true}})", kRefused, R"({"byBool":{"true":true}})"},
      {"null in a list", &kKinds, R"({"int32s":[1,null]})", kRefused, R"({"int32s":[1]})"},
      {"null in a list of messages", &kKinds, R"({"kindsList":[null]})", kRefused, "{}"},
      {"null in a map", &kKinds, R"({"byString":{"a":null}})", kRefused, R"({"byString":{"a":""}})"},
      {"object for a wrapper", &kKinds, R"({"stringValue":{"value":"x"}})", kRefused, R"({"stringValue":"x"})"},
      {"object for a time", &kKinds, R"({"timestamp":{"seconds":1}})", kRefused,
       R"({"timestamp":"1970-01-01T00:00:01Z"})"},
      {"object for a duration", &kKinds, R"({"duration":{"seconds":1}})", kRefused, R"({"duration":"1s"})"},
      {"object for a list", &kKinds, R"({"listValue":{"values":[1]}})", kRefused, R"({"listValue":[1]})"},
      {"object for a mask", &kKinds, R"({"fieldMask":{"paths":["a"]}})", kRefused, R"({"fieldMask":"a"})"},
      {"mask of names as in the .proto file", &kKinds, R"({"fieldMask":"foo_bar"})", kRefused,
       R"({"fieldMask":"fooBar"})"},
      {"mask with brackets", &kKinds, "{\"fieldMask\":\"a(b,c)\"}", kRefused, R"({"fieldMask":"a.b,a.c"})"},
      {"time of single digits", &kKinds, R"({"timestamp":"1970-1-1T0:0:0Z"})", kRefused,
       R"({"timestamp":"1970-01-01T00:00:00Z"})"},
      {"time finer than nanoseconds", &kKinds, R"({"timestamp":"1970-01-01T00:00:00.1234567890Z"})", kRefused,
       R"({"timestamp":"1970-01-01T00:00:00.123456789Z"})"},
      {"duration with a plus", &kKinds, R"({"duration":"+1s"})", kRefused, R"({"duration":"1s"})"},
      {"duration with space", &kKinds, R"({"duration":" 1s"})", kRefused, R"({"duration":"1s"})"},
      {"number that ends in a point", &kKinds, R"({"anInt32":1.})", kRefused, R"({"anInt32":1})"},
      {"number with a zero before it, in a string", &kKinds, R"({"anInt32":"01"})", kRefused, R"({"anInt32":1})"},
      {"hexadecimal number in a string", &kKinds, R"({"aDouble":"0x1p3"})", kRefused, R"({"aDouble":8})"},
      {"unknown escape", &kKinds, R"({"aString":"\q"})", kRefused, R"({"aString":"q"})"},
      {"second @type", google::protobuf::Any::descriptor(),
       R"({"@type":"type.googleapis.com/google.protobuf.Empty","@type":"type.googleapis.com/google.protobuf.Empty"})",
       kRefused, R"({"@type":"type.googleapis.com/google.protobuf.Empty"})"},
      {"other space", &kKinds, "{}\f", kRefused, "{}"},

      {"integer with an exponent in a string", &kKinds, R"({"anInt32":"1e2"})", R"({"anInt32":100})", kRefused},
      {"integer with a point in a string", &kKinds, R"({"anInt32":"1.0"})", R"({"anInt32":1})", kRefused},
      {"large integer with a point", &kKinds, R"({"anInt64":9007199254740993.0})", R"({"anInt64":"9007199254740993"})",
       R"({"anInt64":"9007199254740992"})"},
      {"largest integer with a point", &kKinds, R"({"anInt64":9223372036854775807.0})",
       R"({"anInt64":"9223372036854775807"})", kRefused},
      {"minus zero", google::protobuf::Value::descriptor(), "-0", "-0.0", "0"},
      {"base64 with bits to spare", &kKinds, R"({"someBytes":"AB"})", R"({"someBytes":"AA=="})", kRefused},
      {"base64 of both alphabets", &kKinds, R"({"someBytes":"-_+/"})", R"({"someBytes":"+/+/"})", kRefused},
      {"unknown enum name in a map", &kKinds, R"({"sizesByString":{"a":"NOPE"}})", "{}",
       R"({"sizesByString":{"a":"SIZE_UNSPECIFIED"}})"},
      {"unknown number beyond double", &kKinds, R"({"unknown":1e999})", "{}", kRefused},
      {"empty name", &kKinds, R"({"":1})", "{}", kRefused},
      {"null for a whole Struct", google::protobuf::Struct::descriptor(), "null", "{}", kRefused},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(Ours(*c.type, c.json), c.ours) << c.name;
    if (kIs321) {
      EXPECT_EQ(Protobufs(*c.type, c.json), c.protobufs) << c.name;
    }
  }
}

// What would come back as something else.
TEST(JsonStrictnessTest, WritesNothing) {
  google::protobuf::Value number;
  number.set_number_value(std::numeric_limits<double>::infinity());
  google::protobuf::FieldMask mask;
  mask.add_paths("fooBar");
  struct {
    const char* name;
    const google::protobuf::Message* message;
    const char* error;
    const char* protobufs;
  } const cases[] = {
      {"infinite number in a Value", &number, "google.protobuf.Value with a number that is not finite", "\"Infinity\""},
      {"mask in camel case", &mask, "google.protobuf.FieldMask with a path that JSON cannot hold", "\"fooBar\""},
  };
  for (const auto& c : cases) {
    std::string json;
    std::string error;
    EXPECT_FALSE(
        NewJsonCodec({})->FromBinary(*c.message->GetDescriptor(), c.message->SerializeAsString(), &json, &error));
    EXPECT_EQ(error, c.error) << c.name;
    if (!kIs321) continue;
    EXPECT_TRUE(google::protobuf::util::MessageToJsonString(*c.message, &json).ok()) << c.name;
    EXPECT_EQ(json, c.protobufs) << c.name;
  }
}

}  // namespace
}  // namespace connectrpc::codec
