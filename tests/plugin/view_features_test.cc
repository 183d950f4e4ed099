#include "plugin/view_features.h"

#include <google/protobuf/descriptor.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/plugin/parse_proto.h"

namespace connectrpc::plugin {
namespace {

using Presence = ViewFeatures::Presence;

constexpr char kProto2[] =
    "syntax = \"proto2\"; package p; import \"three.proto\"; enum Two { TWO = 2; } "
    "message M2 { optional int32 optional = 1; required int32 required = 2; repeated int32 repeated = 3; "
    "repeated int32 packed = 4 [packed = true]; optional string string = 5; optional bytes bytes = 6; "
    "optional Two enum = 7; optional Three enum_of_proto3 = 8; optional group Group = 9 {} optional M2 message = 10; "
    "oneof o { int32 chosen = 11; } map<string, string> map = 12; repeated string strings = 13; }";
constexpr char kProto3[] =
    "syntax = \"proto3\"; package p; enum Three { THREE = 0; } "
    "message M3 { int32 plain = 1; optional int32 optional = 2; repeated int32 repeated = 3; "
    "repeated int32 unpacked = 4 [packed = false]; string string = 5; bytes bytes = 6; Three enum = 7; "
    "M3 message = 8; oneof o { int32 chosen = 9; } map<string, Three> map = 10; repeated string strings = 11; }";

class ViewFeaturesTest : public testing::Test {
 protected:
  ViewFeaturesTest() {
    EXPECT_NE(pool_.BuildFile(ParseProto("three.proto", kProto3)), nullptr);
    EXPECT_NE(pool_.BuildFile(ParseProto("two.proto", kProto2)), nullptr);
  }

  google::protobuf::DescriptorPool pool_;
};

TEST_F(ViewFeaturesTest, OfSyntaxes) {
  const struct {
    const char* name;
    Presence presence;
    bool closed_enum, validate_utf8, delimited, packed;
  } cases[] = {
      {"p.M2.optional", Presence::kExplicit, false, false, false, false},
      {"p.M2.required", Presence::kRequired, false, false, false, false},
      {"p.M2.repeated", Presence::kImplicit, false, false, false, false},
      {"p.M2.packed", Presence::kImplicit, false, false, false, true},
      {"p.M2.string", Presence::kExplicit, false, false, false, false},
      {"p.M2.bytes", Presence::kExplicit, false, false, false, false},
      {"p.M2.enum", Presence::kExplicit, true, false, false, false},
      {"p.M2.enum_of_proto3", Presence::kExplicit, true, false, false, false},
      {"p.M2.group", Presence::kExplicit, false, false, true, false},
      {"p.M2.message", Presence::kExplicit, false, false, false, false},
      {"p.M2.chosen", Presence::kExplicit, false, false, false, false},
      {"p.M2.map", Presence::kImplicit, false, false, false, false},
      {"p.M2.MapEntry.key", Presence::kExplicit, false, false, false, false},
      {"p.M2.strings", Presence::kImplicit, false, false, false, false},
      {"p.M3.plain", Presence::kImplicit, false, false, false, false},
      {"p.M3.optional", Presence::kExplicit, false, false, false, false},
      {"p.M3.repeated", Presence::kImplicit, false, false, false, true},
      {"p.M3.unpacked", Presence::kImplicit, false, false, false, false},
      {"p.M3.string", Presence::kImplicit, false, true, false, false},
      {"p.M3.bytes", Presence::kImplicit, false, false, false, false},
      {"p.M3.enum", Presence::kImplicit, false, false, false, false},
      {"p.M3.message", Presence::kExplicit, false, false, false, false},
      {"p.M3.chosen", Presence::kExplicit, false, false, false, false},
      {"p.M3.MapEntry.key", Presence::kImplicit, false, true, false, false},
      {"p.M3.MapEntry.value", Presence::kImplicit, false, false, false, false},
      {"p.M3.strings", Presence::kImplicit, false, true, false, false},
  };
  for (const auto& c : cases) {
    const google::protobuf::FieldDescriptor* const field = pool_.FindFieldByName(c.name);
    ASSERT_NE(field, nullptr) << c.name;
    for (const bool validate_utf8 : {true, false}) {
      Options options;
      options.validate_utf8 = validate_utf8;
      const ViewFeatures features = FeaturesOf(*field, options);
      EXPECT_EQ(features.presence, c.presence) << c.name;
      EXPECT_EQ(features.closed_enum, c.closed_enum) << c.name;
      EXPECT_EQ(features.validate_utf8, c.validate_utf8 && validate_utf8) << c.name;
      EXPECT_EQ(features.delimited, c.delimited) << c.name;
      EXPECT_EQ(features.packed, c.packed) << c.name;
    }
  }
}

}  // namespace
}  // namespace connectrpc::plugin
