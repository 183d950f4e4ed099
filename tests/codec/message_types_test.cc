#include "codec/message_types.h"

#include <gmock/gmock.h>
#include <google/protobuf/any.pb.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/field_mask.pb.h>
#include <google/protobuf/type.pb.h>
#include <google/protobuf/util/type_resolver.h>
#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

#include "codec_test.pb.h"

namespace connectrpc::codec {
namespace {

using codectest::v1::Everything;
using codectest::v1::Plain;
using codectest::v1::WithAny;
using codectest::v1::WithMask;
using google::protobuf::Descriptor;

std::vector<std::string> FieldsWith(const TypeFacts& facts, bool Hazards::*hazard) {
  std::vector<std::string> names;
  for (const auto& [name, hazards] : facts.fields) {
    if (hazards.*hazard) names.push_back(name);
  }
  return names;
}

TEST(MessageTypesTest, FindsTheFieldsToWatch) {
  using testing::UnorderedElementsAre;
  MessageTypes types;
  EXPECT_EQ(types.Get(*Plain::descriptor()).url, "type.googleapis.com/connectrpc.codectest.v1.Plain");
  EXPECT_TRUE(types.Get(*Plain::descriptor()).fields.empty());

  const TypeFacts& any = types.Get(*WithAny::descriptor());
  EXPECT_THAT(FieldsWith(any, &Hazards::any), UnorderedElementsAre("any", "anys", "any_by_name", "anyByName"));
  EXPECT_THAT(FieldsWith(any, &Hazards::field_mask), UnorderedElementsAre());

  const TypeFacts& mask = types.Get(*WithMask::descriptor());
  EXPECT_THAT(FieldsWith(mask, &Hazards::any), UnorderedElementsAre());
  EXPECT_THAT(
      FieldsWith(mask, &Hazards::field_mask),
      UnorderedElementsAre("update_mask", "updateMask", "masks", "mask_by_name", "maskByName", "named", "other"));

  const TypeFacts& everything = types.Get(*Everything::descriptor());
  EXPECT_EQ(FieldsWith(everything, &Hazards::any).size(), 4u);
  EXPECT_EQ(FieldsWith(everything, &Hazards::field_mask).size(), 7u);
}

TEST(MessageTypesTest, KnowsWhatAMessageIsItself) {
  MessageTypes types;
  EXPECT_TRUE(types.Get(*google::protobuf::Any::descriptor()).own.any);
  EXPECT_FALSE(types.Get(*google::protobuf::Any::descriptor()).own.field_mask);
  EXPECT_TRUE(types.Get(*google::protobuf::FieldMask::descriptor()).own.field_mask);
  EXPECT_FALSE(types.Get(*WithAny::descriptor()).own.any);
  EXPECT_TRUE(types.Get(*google::protobuf::Any::descriptor()).within.any);
  EXPECT_TRUE(types.Get(*WithAny::descriptor()).within.any);
  EXPECT_FALSE(types.Get(*WithAny::descriptor()).within.field_mask);
  EXPECT_TRUE(types.Get(*WithMask::descriptor()).within.field_mask);
  EXPECT_FALSE(types.Get(*WithMask::descriptor()).within.any);
}

TEST(MessageTypesTest, ResolvesTheSameTwice) {
  MessageTypes types;
  const TypeFacts& facts = types.Get(*Plain::descriptor());
  google::protobuf::Type first;
  google::protobuf::Type second;
  ASSERT_TRUE(facts.resolver->ResolveMessageType(facts.url, &first).ok());
  ASSERT_TRUE(facts.resolver->ResolveMessageType(facts.url, &second).ok());
  EXPECT_EQ(first.name(), "connectrpc.codectest.v1.Plain");
  EXPECT_EQ(first.fields_size(), Plain::descriptor()->field_count());
  EXPECT_EQ(first.SerializeAsString(), second.SerializeAsString());

  const std::string color = "type.googleapis.com/connectrpc.codectest.v1.Color";
  google::protobuf::Enum once;
  google::protobuf::Enum twice;
  ASSERT_TRUE(facts.resolver->ResolveEnumType(color, &once).ok());
  ASSERT_TRUE(facts.resolver->ResolveEnumType(color, &twice).ok());
  EXPECT_EQ(once.enumvalue_size(), 2);
  EXPECT_EQ(once.SerializeAsString(), twice.SerializeAsString());

  EXPECT_FALSE(facts.resolver->ResolveMessageType("type.googleapis.com/no.Such", &first).ok());
  EXPECT_FALSE(facts.resolver->ResolveEnumType("type.googleapis.com/no.Such", &once).ok());
}

TEST(MessageTypesTest, FindsTheTypeOfAnAny) {
  struct {
    const char* name;
    const char* url;
    const Descriptor* type;
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
    EXPECT_EQ(FindAnyType(*google::protobuf::DescriptorPool::generated_pool(), c.url), c.type) << c.name;
  }
}

TEST(MessageTypesTest, ThreadsAgree) {
  MessageTypes types;
  std::vector<const TypeFacts*> found(4, nullptr);
  std::vector<std::thread> threads;
  for (const TypeFacts*& mine : found) {
    threads.emplace_back([&types, &mine] {
      mine = &types.Get(*Everything::descriptor());
      google::protobuf::Type type;
      if (!mine->resolver->ResolveMessageType(mine->url, &type).ok()) mine = nullptr;
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const TypeFacts* mine : found) EXPECT_EQ(mine, &types.Get(*Everything::descriptor()));
}

}  // namespace
}  // namespace connectrpc::codec
