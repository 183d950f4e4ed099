#include <gmock/gmock.h>
#include <google/protobuf/any.pb.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/empty.pb.h>
#include <google/protobuf/struct.pb.h>
#include <google/protobuf/text_format.h>
#include <google/protobuf/timestamp.pb.h>
#include <google/protobuf/util/json_util.h>
#include <google/protobuf/util/message_differencer.h>
#include <google/protobuf/util/type_resolver.h>
#include <google/protobuf/util/type_resolver_util.h>
#include <google/protobuf/wrappers.pb.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "codec/codec.h"
#include "codec_test.pb.h"
#include "json_old.pb.h"

namespace connectrpc::codec {
namespace {

using codectest::v1::Everything;
using codectest::v1::Plain;
using codectest::v1::WithAny;
using codectest::v1::WithMask;
using google::protobuf::Any;
using google::protobuf::Descriptor;

std::string Repeat(std::string_view text, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out.append(text);
  return out;
}

// The error, or "" for success; what there is of output must then be none.
std::string ToBinary(const Codec& codec, const Descriptor& type, std::string_view json, std::string* binary) {
  std::string error;
  *binary = "from before";
  const bool ok = codec.ToBinary(type, json, binary, &error);
  EXPECT_EQ(ok, error.empty()) << error;
  if (!ok) {
    EXPECT_EQ(*binary, "");
  }
  return error;
}

std::string FromBinary(const Codec& codec, const Descriptor& type, std::string_view binary, std::string* json) {
  std::string error;
  *json = "from before";
  const bool ok = codec.FromBinary(type, binary, json, &error);
  EXPECT_EQ(ok, error.empty()) << error;
  if (!ok) {
    EXPECT_EQ(*json, "");
  }
  return error;
}

std::string ErrorOf(const Descriptor& type, std::string_view json) {
  std::string binary;
  return ToBinary(*NewJsonCodec({}), type, json, &binary);
}

const Descriptor& kPlain = *Plain::descriptor();

constexpr char kEverything[] =
    R"({"plain":{"text":"t","timeoutMs":"2000","raw":"AP8=","color":"COLOR_RED","numbers":[1,-2],"fixedNumbers":[3],)"
    R"("doubles":[0.5,"NaN"],"child":{"text":"c"},"children":[{},{"left":"l"}],"byName":{"k":{"maybe":0}},)"
    R"("words":["a","b"],"unpacked":[7,8]},)"
    R"("withMask":{"updateMask":"a.b,fooBar","masks":["x"]},)"
    R"("withAny":{"any":{"@type":"type.googleapis.com/connectrpc.codectest.v1.Plain","right":"18446744073709551615"},)"
    R"("anys":[{"@type":"type.googleapis.com/google.protobuf.Any",)"
    R"("value":{"@type":"type.googleapis.com/google.protobuf.Duration","value":"1.500s"}}]},)"
    R"("value":[null,true,1.5,"s",{"k":[]}],"struct":{"k":"v"},"list":[1],"time":"1970-01-01T00:00:01Z",)"
    R"("duration":"-2s","stringValue":"w","bytesValue":"AA==","doubleValue":0,"empty":{}})";

TEST(JsonCodecTest, Name) {
  EXPECT_EQ(NewJsonCodec({})->name(), "json");
  EXPECT_FALSE(NewJsonCodec({})->is_binary());
}

TEST(JsonCodecTest, RoundTrip) {
  const auto codec = NewJsonCodec({});
  std::string binary;
  std::string json;
  for (int i = 0; i < 3; ++i) {  // types come from the cache after the first time
    ASSERT_EQ(ToBinary(*codec, *Everything::descriptor(), kEverything, &binary), "");
    EXPECT_EQ(FromBinary(*codec, *Everything::descriptor(), binary, &json), "");
    EXPECT_EQ(json, kEverything);
  }
  Everything message;
  ASSERT_TRUE(message.ParseFromString(binary));
  EXPECT_EQ(message.plain().timeout_ms(), 2000);
  EXPECT_EQ(message.plain().raw(), std::string("\x00\xff", 2));
  EXPECT_EQ(message.plain().color(), codectest::v1::COLOR_RED);
  EXPECT_EQ(message.with_mask().update_mask().paths(1), "foo_bar");
  Plain packed;
  ASSERT_TRUE(message.with_any().any().UnpackTo(&packed));
  EXPECT_EQ(packed.right(), ~uint64_t{0});
}

std::string Reserialized(const std::string& binary) {
  Everything message;
  EXPECT_TRUE(message.ParseFromString(binary));
  return message.SerializeAsString();
}

TEST(JsonCodecTest, SameAsProtobufsResolver) {
  const std::unique_ptr<google::protobuf::util::TypeResolver> resolver(
      google::protobuf::util::NewTypeResolverForDescriptorPool("type.googleapis.com",
                                                               google::protobuf::DescriptorPool::generated_pool()));
  const std::string url = "type.googleapis.com/connectrpc.codectest.v1.Everything";
  std::string expected;
  ASSERT_TRUE(google::protobuf::util::JsonToBinaryString(resolver.get(), url, kEverything, &expected).ok());
  const auto codec = NewJsonCodec({});
  std::string binary;
  EXPECT_EQ(ToBinary(*codec, *Everything::descriptor(), kEverything, &binary), "");
  // Not as bytes: ours packs what protobuf's serializer packs.
  EXPECT_EQ(Reserialized(binary), Reserialized(expected));

  expected.clear();
  google::protobuf::util::JsonPrintOptions options;
  options.always_print_primitive_fields = true;
  ASSERT_TRUE(google::protobuf::util::BinaryToJsonString(resolver.get(), url, binary, &expected, options).ok());
  JsonOptions json_options;
  json_options.print_default_values = true;
  std::string json;
  EXPECT_EQ(FromBinary(*NewJsonCodec(json_options), *Everything::descriptor(), binary, &json), "");
  // protobuf puts the fields that it adds anywhere.
  EXPECT_EQ(json.size(), expected.size());
  std::string from_ours;
  std::string from_protobuf;
  EXPECT_EQ(ToBinary(*codec, *Everything::descriptor(), json, &from_ours), "");
  EXPECT_EQ(ToBinary(*codec, *Everything::descriptor(), expected, &from_protobuf), "");
  EXPECT_EQ(Reserialized(from_ours), Reserialized(from_protobuf));
}

TEST(JsonCodecTest, Reads) {
  struct {
    const char* name;
    const Descriptor* type;
    std::string json;
    const char* message;  // in protobuf's text format
  } const cases[] = {
      {"empty message", &kPlain, "{}", ""},
      {"space around", &kPlain, " \r\n\t{ } \n", ""},
      {"unknown fields", &kPlain, R"({"no":1,"such":[{"field":null}],"text":"x"})", "text: \"x\""},
      {"unknown enum name", &kPlain, R"({"color":"COLOR_PINK","text":"x"})", "text: \"x\""},
      {"proto names", &kPlain, R"({"timeout_ms":1})", "timeout_ms: 1"},
      {"null", &kPlain, R"({"text":null,"child":null,"numbers":null})", ""},
      {"number as string", &kPlain, R"({"timeoutMs":"9007199254740993","numbers":["1"]})",
       "timeout_ms: 9007199254740993 numbers: 1"},
      {"64-bit number beyond double", &kPlain, R"({"timeoutMs":9007199254740993})", "timeout_ms: 9007199254740993"},
      {"exponent", &kPlain, R"({"numbers":[1e3]})", "numbers: 1000"},
      {"enum as number", &kPlain, R"({"color":1})", "color: COLOR_RED"},
      {"base64, padded", &kPlain, R"({"raw":"+/8="})", "raw: \"\\373\\377\""},
      {"base64, not padded", &kPlain, R"({"raw":"+/8"})", "raw: \"\\373\\377\""},
      {"base64, URL-safe", &kPlain, R"({"raw":"-_8"})", "raw: \"\\373\\377\""},
      {"unicode escapes", &kPlain, R"({"text":"\u00e9\ud83d\ude00\u0000"})",
       "text: \"\\303\\251\\360\\237\\230\\200\\000\""},
      {"UTF-8", &kPlain, "{\"text\":\"\xc3\xa9\"}", "text: \"\\303\\251\""},
      // What protobuf 3.21 takes beyond JSON (S35).
      {"trailing comma", &kPlain, R"({"text":"x",})", "text: \"x\""},
      {"single quotes", &kPlain, R"({'text':'x"'})", "text: \"x\\\"\""},
      {"keys without quotes", &kPlain, R"({text:"x"})", "text: \"x\""},
      {"repeated keys", &kPlain, R"({"text":"x","text":"y"})", "text: \"y\""},
      {"control characters", &kPlain, "{\"text\":\"a\nb\x01\"}", "text: \"a\\nb\\001\""},
      {"lists in lists", &kPlain, R"({"numbers":[[[1]]]})", "numbers: 1"},
  };
  const auto codec = NewJsonCodec({});
  for (const auto& c : cases) {
    std::string binary;
    EXPECT_EQ(ToBinary(*codec, *c.type, c.json, &binary), "") << c.name;
    Plain expected;
    ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(c.message, &expected)) << c.name;
    Plain message;
    EXPECT_TRUE(message.ParseFromString(binary)) << c.name;
    EXPECT_TRUE(google::protobuf::util::MessageDifferencer::Equals(message, expected))
        << c.name << ": " << message.ShortDebugString();
  }
}

TEST(JsonCodecTest, Refuses) {
  struct {
    const char* name;
    std::string json;
  } const cases[] = {
      {"nothing", ""},
      {"space", " \n"},
      {"null", "null"},
      {"list", "[]"},
      {"list with a message", "[{}]"},
      {"string", "\"x\""},
      {"number", "1"},
      {"cut", "{\"text\":\"x\""},
      {"cut in a string", "{\"te"},
      {"text behind", "{}x"},
      {"second message", "{}{}"},
      {"comment", "/**/{}"},
      {"byte order mark", "\xef\xbb\xbf{}"},
      {"not UTF-8", "{\"text\":\"\xff\"}"},
      {"lone surrogate", R"({"text":"\ud83d"})"},
      {"NaN without quotes", R"({"doubles":[NaN]})"},
      {"double out of range", R"({"doubles":[1e400]})"},
      {"int32 out of range", R"({"numbers":[2147483648]})"},
      {"int64 out of range", R"({"timeoutMs":"9223372036854775808"})"},
      {"fraction for an integer", R"({"numbers":[1.5]})"},
      {"list for one value", R"({"text":["x"]})"},
      {"message for a string", R"({"text":{}})"},
      {"string for a message", R"({"child":"x"})"},
      {"no base64", R"({"raw":"*"})"},
      {"oneof twice", R"({"left":"x","right":1})"},
      {"map key twice", R"({"byName":{"a":{},"a":{}}})"},
  };
  for (const auto& c : cases) EXPECT_NE(ErrorOf(kPlain, c.json), "") << c.name;
}

TEST(JsonCodecTest, WellKnownTypesAsRoot) {
  struct {
    const Descriptor* type;
    const char* json;
  } const cases[] = {
      {google::protobuf::Empty::descriptor(), "{}"},
      {google::protobuf::Timestamp::descriptor(), "\"1970-01-01T00:00:01Z\""},
      {google::protobuf::StringValue::descriptor(), "\"x\""},
      {google::protobuf::Struct::descriptor(), "{\"a\":[1]}"},
      {google::protobuf::Value::descriptor(), "[null]"},
      {google::protobuf::ListValue::descriptor(), "[true]"},
      {Any::descriptor(), "{\"@type\":\"type.googleapis.com/google.protobuf.Empty\"}"},
  };
  const auto codec = NewJsonCodec({});
  for (const auto& c : cases) {
    std::string binary;
    std::string json;
    EXPECT_EQ(ToBinary(*codec, *c.type, c.json, &binary), "") << c.type->full_name();
    EXPECT_EQ(FromBinary(*codec, *c.type, binary, &json), "") << c.type->full_name();
    EXPECT_EQ(json, c.json) << c.type->full_name();
  }
}

// One line of at most 128 bytes of what the peer sent, escaped (S35).
TEST(JsonCodecTest, ErrorsAreShortAndPrintable) {
  struct {
    const char* name;
    const Descriptor* type;
    std::string json;
  } const cases[] = {
      {"caret", &kPlain, "{\n\n\"text\" \x01\x02 1}"},
      {"quoted value", &kPlain, "{\"numbers\":[\"a\nb\x7f\xc3\xa9\"]}"},
      {"long value", &kPlain, "{\"numbers\":[\"" + std::string(100'000, '\x01') + "\"]}"},
      {"long key", &kPlain, "{\"byName\":{\"" + std::string(1000, 'k') + "\":1}}"},
      {"not UTF-8", &kPlain, "{\"text\":\"\xff\xff\"}"},
      {"unknown type", Any::descriptor(), "{\"@type\":\"type.googleapis.com/\r\nset-cookie: a\"}"},
  };
  for (const auto& c : cases) {
    const std::string error = ErrorOf(*c.type, c.json);
    EXPECT_NE(error, "") << c.name;
    EXPECT_LE(error.size(), 4 * 128u) << c.name;
    for (char byte : error) EXPECT_TRUE(byte >= 0x20 && byte <= 0x7e) << c.name << ": " << int{byte};
  }
}

// 64 KiB of nested lists cost protobuf 3.21 25 seconds; it must not see them (S34).
TEST(JsonCodecTest, DepthIsCheckedFirst) {
  JsonOptions options;
  const auto codec = NewJsonCodec(options);
  std::string binary;
  struct {
    const char* name;
    const Descriptor* type;
    std::string open;
  } const cases[] = {
      {"Value", google::protobuf::Value::descriptor(), "["},
      {"ListValue", google::protobuf::ListValue::descriptor(), "["},
      {"Struct", google::protobuf::Struct::descriptor(), "{\"a\":"},
      {"Any", Any::descriptor(), "{\"@type\":\"type.googleapis.com/google.protobuf.Any\",\"value\":"},
      {"unknown field", &kPlain, "{\"no\":"},
      {"unknown list", &kPlain, "{\"no\":["},
      {"quote in single quotes", google::protobuf::ListValue::descriptor(), "['\"',"},
  };
  for (const auto& c : cases) {
    EXPECT_THAT(ToBinary(*codec, *c.type, Repeat(c.open, 200'000), &binary),
                testing::HasSubstr("nested deeper than 100"))
        << c.name;
  }
}

TEST(JsonCodecTest, DepthLimit) {
  for (int limit : {1, 5, 100}) {
    JsonOptions options;
    options.max_depth = limit;
    const auto codec = NewJsonCodec(options);
    std::string binary;
    const auto nested = [](int depth) { return Repeat("{\"child\":", depth - 1) + "{}" + Repeat("}", depth - 1); };
    EXPECT_EQ(ToBinary(*codec, kPlain, nested(limit), &binary), "") << limit;
    EXPECT_EQ(ToBinary(*codec, kPlain, nested(limit + 1), &binary), "JSON nested deeper than " + std::to_string(limit));
  }
}

// Some of these would end the process in protobuf 3.21, the others would cost it hundreds of megabytes.
TEST(JsonCodecTest, WhatProtobufCannotBear) {
  EXPECT_NE(ErrorOf(*WithAny::descriptor(),
                    R"({"any":{"@type":"type.googleapis.com/google.protobuf.Duration","value":"1s","value":"1s"}})"),
            "");
  EXPECT_NE(ErrorOf(*WithMask::descriptor(),
                    "{\"updateMask\":\"" + Repeat("a(", 20'000) + Repeat("a,", 20'000) + Repeat(")", 20'000) + "\"}"),
            "");
  const std::string type = R"("@type":"type.googleapis.com/google.protobuf.Any")";
  const std::string list_type = R"("@type":"type.googleapis.com/google.protobuf.ListValue")";
  EXPECT_EQ(
      ErrorOf(*WithAny::descriptor(), "{\"any\":" + Repeat("{\"value\":", 40) + "{\"value\":[" + Repeat("0,", 100'000) +
                                          "0]," + list_type + "}" + Repeat("," + type + "}", 40) + "}"),
      "");
}

TEST(JsonCodecTest, AnyWithTheTypeLast) {
  const auto codec = NewJsonCodec({});
  std::string binary;
  ASSERT_EQ(ToBinary(*codec, *Any::descriptor(),
                     R"({"text":"x","@type":"type.googleapis.com/connectrpc.codectest.v1.Plain"})", &binary),
            "");
  Any any;
  Plain plain;
  ASSERT_TRUE(any.ParseFromString(binary));
  ASSERT_TRUE(any.UnpackTo(&plain));
  EXPECT_EQ(plain.text(), "x");
}

TEST(JsonCodecTest, WriteOptions) {
  Plain message;
  message.set_timeout_ms(5);
  message.set_color(codectest::v1::COLOR_RED);
  const std::string binary = message.SerializeAsString();
  struct {
    const char* name;
    JsonOptions options;
    const char* json;
  } cases[4] = {
      {"defaults", {}, R"({"timeoutMs":"5","color":"COLOR_RED"})"},
      {"field names", {}, R"({"timeout_ms":"5","color":"COLOR_RED"})"},
      {"enums as numbers", {}, R"({"timeoutMs":"5","color":1})"},
      {"default values", {}, R"("words":[])"},
  };
  cases[1].options.preserve_field_names = true;
  cases[2].options.enums_as_numbers = true;
  cases[3].options.print_default_values = true;
  for (const auto& c : cases) {
    std::string json;
    EXPECT_EQ(FromBinary(*NewJsonCodec(c.options), kPlain, binary, &json), "") << c.name;
    EXPECT_THAT(json, testing::HasSubstr(c.json)) << c.name;
  }
  std::string json;
  EXPECT_EQ(FromBinary(*NewJsonCodec({}), kPlain, "", &json), "");
  EXPECT_EQ(json, "{}");
}

// They are unknown fields of protobuf's messages.
TEST(JsonCodecTest, NumbersThatAClosedEnumHasNot) {
  struct {
    const char* name;
    std::string binary;
    const char* json;
  } cases[] = {
      {"alone", "\x10\x07", "{}"},
      {"with a sign", "\x10\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", "{}"},
      {"the last one known", "\x10\x07\x10\x01", R"({"level":"LOW"})"},
      {"the first one known", "\x10\x01\x10\x07", R"({"level":"LOW"})"},
      {"between others", "\x0a\x01x\x10\x07\x18\x05", R"({"text":"x","numbers":[5]})"},
  };
  for (const auto& c : cases) {
    std::string json;
    EXPECT_EQ(FromBinary(*NewJsonCodec({}), *codectest::v1::Old::descriptor(), c.binary, &json), "") << c.name;
    EXPECT_EQ(json, c.json) << c.name;
  }
}

TEST(JsonCodecTest, WritesNothingForWhatIsNoMessage) {
  const auto codec = NewJsonCodec({});
  std::string json;
  EXPECT_EQ(FromBinary(*codec, kPlain, std::string("\x0a\x05x", 3), &json),
            "malformed message of type connectrpc.codectest.v1.Plain");
  EXPECT_EQ(FromBinary(*codec, kPlain, std::string("\x0a\x02\xff\xff", 4), &json),
            "malformed message of type connectrpc.codectest.v1.Plain");
  google::protobuf::Timestamp time;
  time.set_seconds(int64_t{1} << 60);
  EXPECT_NE(FromBinary(*codec, *time.GetDescriptor(), time.SerializeAsString(), &json), "");
}

// protobuf 3.21 would recurse until the stack ends (L71).
TEST(JsonCodecTest, NestedAnyIsBounded) {
  Any any;
  any.PackFrom(Plain());
  for (int i = 0; i < 1000; ++i) {
    Any outer;
    outer.PackFrom(any);
    any = outer;
  }
  std::string json;
  EXPECT_EQ(FromBinary(*NewJsonCodec({}), *Any::descriptor(), any.SerializeAsString(), &json),
            "messages nested deeper than 100");
}

TEST(JsonCodecTest, TypesOfAnyPool) {
  google::protobuf::FileDescriptorProto file;
  ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(R"(
    name: "far.proto" package: "far" syntax: "proto3"
    message_type {
      name: "Away"
      field { name: "some_text" number: 1 type: TYPE_STRING label: LABEL_OPTIONAL json_name: "someText" }
    })",
                                                            &file));
  google::protobuf::DescriptorPool pool;
  ASSERT_NE(pool.BuildFile(file), nullptr);
  const auto codec = NewJsonCodec({});
  std::string binary;
  std::string json;
  ASSERT_EQ(ToBinary(*codec, kPlain, "{\"text\":\"x\"}", &binary), "");
  ASSERT_EQ(ToBinary(*codec, *pool.FindMessageTypeByName("far.Away"), "{\"someText\":\"x\"}", &binary), "");
  EXPECT_EQ(binary, "\x0a\x01x");
  EXPECT_EQ(FromBinary(*codec, *pool.FindMessageTypeByName("far.Away"), binary, &json), "");
  EXPECT_EQ(json, "{\"someText\":\"x\"}");
}

TEST(JsonCodecTest, OneCodecServesManyThreads) {
  const auto codec = NewJsonCodec({});
  std::vector<int> good(4, 0);
  std::vector<std::thread> threads;
  for (int& count : good) {
    threads.emplace_back([&codec, &count] {
      for (int i = 0; i < 20; ++i) {
        std::string binary;
        std::string json;
        std::string error;
        if (codec->ToBinary(*Everything::descriptor(), kEverything, &binary, &error) &&
            codec->FromBinary(*Everything::descriptor(), binary, &json, &error) && json == kEverything) {
          ++count;
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(good, std::vector<int>(4, 20));
}

}  // namespace
}  // namespace connectrpc::codec
