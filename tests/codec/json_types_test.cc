#include "codec/json_types.h"

#include <google/protobuf/any.pb.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "codec/codec.h"
#include "codec_test.pb.h"
#include "json_kinds.pb.h"

namespace connectrpc::codec {
namespace {

using codectest::v1::Everything;
using codectest::v1::Kinds;
using codectest::v1::Plain;

TEST(NameTableTest, FindsItsNames) {
  std::vector<std::string> names = {"", "a", "b", "ab", "ba", "aaaaaaaab", "aaaaaaaac", "baaaaaaaa"};
  for (int i = 0; i < 500; ++i) names.push_back("field_" + std::to_string(i) + "_of_many");
  std::vector<std::pair<std::string_view, int32_t>> entries;
  for (const std::string& name : names) entries.emplace_back(name, static_cast<int32_t>(entries.size()));
  entries.emplace_back("a", 77);  // the first counts
  NameTable table(entries);
  const NameTable moved = std::move(table);
  for (size_t i = 0; i < names.size(); ++i) {
    ASSERT_NE(moved.Find(names[i]), nullptr) << names[i];
    EXPECT_EQ(*moved.Find(names[i]), static_cast<int32_t>(i));
  }
  EXPECT_EQ(moved.Find("c"), nullptr);
  EXPECT_EQ(moved.Find(std::string_view("a\0", 2)), nullptr);
  EXPECT_EQ(NameTable().Find("a"), nullptr);
}

// Short ones lie within a std::string, which would move with the table.
TEST(NameTableTest, ShortNamesCanBeMoved) {
  NameTable table({{"LOW", 1}, {"HIGH", 2}});
  const NameTable moved = std::move(table);
  ASSERT_NE(moved.Find("HIGH"), nullptr);
  EXPECT_EQ(*moved.Find("HIGH"), 2);
}

TEST(JsonTypesTest, FindsFields) {
  const JsonTypes types(false, false);
  const JsonType& kinds = types.Get(*Kinds::descriptor());
  for (int i = 0; i < Kinds::descriptor()->field_count(); ++i) {
    const auto& field = *Kinds::descriptor()->field(i);
    for (const JsonField* guess : {kinds.begin(), kinds.end(), kinds.begin() + i}) {
      const JsonField* const by_number = kinds.FindByNumber(static_cast<uint32_t>(field.number()), guess);
      ASSERT_NE(by_number, nullptr) << field.name();
      EXPECT_EQ(by_number->number, static_cast<uint32_t>(field.number()));
      EXPECT_EQ(kinds.FindByName(std::string(field.name()), guess), by_number);
      EXPECT_EQ(kinds.FindByName(std::string(field.json_name()), guess), by_number);
    }
  }
  for (uint32_t number : {0u, 18u, 70u, 99999999u, 0xffffffffu}) {
    EXPECT_EQ(kinds.FindByNumber(number, kinds.begin()), nullptr) << number;
  }
  EXPECT_EQ(kinds.FindByName("no", kinds.begin()), nullptr);
}

TEST(JsonTypesTest, FindsTheTypeOfAnAny) {
  const JsonTypes types(false, false);
  const JsonType& root = types.Get(*google::protobuf::Any::descriptor());
  struct {
    const char* name;
    const char* url;
    const google::protobuf::Descriptor* type;
  } const cases[] = {
      {"known", "type.googleapis.com/connectrpc.codectest.v1.Plain", Plain::descriptor()},
      {"unknown type", "type.googleapis.com/connectrpc.codectest.v1.Plan", nullptr},
      {"other host", "example.com/connectrpc.codectest.v1.Plain", nullptr},
      {"no host", "connectrpc.codectest.v1.Plain", nullptr},
      {"no slash", "type.googleapis.com.connectrpc.codectest.v1.Plain", nullptr},
      {"host alone", "type.googleapis.com", nullptr},
      {"no name", "type.googleapis.com/", nullptr},
      {"an enum", "type.googleapis.com/connectrpc.codectest.v1.Color", nullptr},
      {"empty", "", nullptr},
  };
  for (const auto& c : cases) {
    const JsonType* const type = types.FindByUrl(root, c.url);
    EXPECT_EQ(type == nullptr ? nullptr : type->descriptor, c.type) << c.name;
  }
}

// A front end takes descriptors from whoever answers: a known name promises nothing.
TEST(JsonTypesTest, KnownNamesOfOtherShapesAreMessagesLikeOthers) {
  for (const char* name : {"Any", "Timestamp", "Duration", "FieldMask", "Struct", "Value", "ListValue", "BoolValue"}) {
    google::protobuf::FileDescriptorProto file;
    ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(
        std::string(R"(name: "known.proto" package: "google.protobuf" syntax: "proto3" message_type { name: ")") +
            name + R"(" field { name: "x" number: 7 type: TYPE_STRING label: LABEL_OPTIONAL json_name: "x" } })",
        &file));
    google::protobuf::DescriptorPool pool;
    ASSERT_NE(pool.BuildFile(file), nullptr) << name;
    const auto codec = NewJsonCodec({});
    const auto& type = *pool.FindMessageTypeByName(std::string("google.protobuf.") + name);
    std::string binary;
    std::string json;
    std::string error;
    EXPECT_TRUE(codec->ToBinary(type, "{\"x\":\"y\"}", &binary, &error)) << name << ": " << error;
    EXPECT_TRUE(codec->FromBinary(type, binary, &json, &error)) << name << ": " << error;
    EXPECT_EQ(json, "{\"x\":\"y\"}") << name;
  }
}

TEST(JsonTypesTest, ThreadsAgree) {
  const JsonTypes types(false, false);
  std::vector<const JsonType*> found(4, nullptr);
  std::vector<std::thread> threads;
  for (const JsonType*& mine : found) threads.emplace_back([&] { mine = &types.Get(*Everything::descriptor()); });
  for (std::thread& thread : threads) thread.join();
  for (const JsonType* mine : found) EXPECT_EQ(mine, &types.Get(*Everything::descriptor()));
}

}  // namespace
}  // namespace connectrpc::codec
