#include "codec/binary_check.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/text_format.h>
#include <google/protobuf/wire_format_lite.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "codec/message_depth.h"
#include "codec_test.pb.h"

namespace connectrpc::codec {
namespace {

using codectest::v1::Everything;
using codectest::v1::Plain;
using google::protobuf::Descriptor;

const char kMalformedPlain[] = "malformed message of type connectrpc.codectest.v1.Plain";

std::string Check(const Descriptor& type, std::string_view binary) {
  // A copy of its own size, so that a sanitizer sees reads beyond it.
  const std::vector<char> copy(binary.begin(), binary.end());
  std::string error;
  const bool ok = CheckBinary(type, std::string_view(copy.data(), copy.size()), &error);
  EXPECT_EQ(ok, error.empty()) << error;
  return error;
}

// In bytes only: protobuf's own objects would use the stack for each level.
std::string Nested(int depth) {
  std::string plain;
  for (int i = 1; i < depth; ++i) {
    std::string outer;
    {
      google::protobuf::io::StringOutputStream stream(&outer);
      google::protobuf::io::CodedOutputStream coded(&stream);
      coded.WriteTag(google::protobuf::internal::WireFormatLite::MakeTag(
          Plain::kChildFieldNumber, google::protobuf::internal::WireFormatLite::WIRETYPE_LENGTH_DELIMITED));
      coded.WriteVarint32(static_cast<uint32_t>(plain.size()));
    }
    plain.insert(0, outer);
  }
  return plain;
}

TEST(BinaryCheckTest, TakesMessages) {
  Everything everything;
  Plain& plain = *everything.mutable_plain();
  plain.set_text("\xc3\xa9");
  plain.set_raw("\xff\xfe");
  plain.set_timeout_ms(-1);
  plain.add_numbers(1 << 30);
  plain.add_fixed_numbers(7);
  plain.add_doubles(0.5);
  plain.add_unpacked(3);
  (*plain.mutable_by_name())["x"].set_right(~uint64_t{0});
  (*everything.mutable_struct_()->mutable_fields())["k"].mutable_list_value()->add_values()->set_bool_value(true);
  everything.mutable_with_any()->mutable_any()->set_value("\xff");
  EXPECT_EQ(Check(*Everything::descriptor(), everything.SerializeAsString()), "");
  EXPECT_EQ(Check(*Everything::descriptor(), ""), "");
}

TEST(BinaryCheckTest, WireFormat) {
  struct {
    const char* name;
    std::string binary;
    bool ok;
  } const cases[] = {
      {"string", {"\x0a\x01x", 3}, true},
      {"string cut", {"\x0a\x02x", 3}, false},
      {"length cut", {"\x0a\x80", 2}, false},
      {"length beyond 2 GiB", {"\x0a\xff\xff\xff\xff\x0f", 6}, false},
      {"length of 11 bytes", {"\x0a\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x00", 12}, false},
      {"not UTF-8", {"\x0a\x01\xff", 3}, false},
      {"bytes need not be UTF-8", {"\x1a\x01\xff", 3}, true},
      {"length of 5 bytes", {"\x0a\x81\x80\x80\x80\x00x", 7}, true},
      {"length of 6 bytes", {"\x0a\x81\x80\x80\x80\x80\x00x", 8}, false},
      {"length of 33 bits", {"\x0a\x81\x80\x80\x80\x10x", 7}, false},
      {"tag of 5 bytes", {"\x8a\x80\x80\x80\x00\x00", 6}, true},
      {"tag of 6 bytes", {"\x8a\x80\x80\x80\x80\x00\x00", 7}, false},
      {"varint", {"\x10\x01", 2}, true},
      {"varint cut", {"\x10\x80", 2}, false},
      {"varint of 11 bytes", {"\x10\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x00", 12}, false},
      {"tag cut", {"\x80", 1}, false},
      {"field number 0", {"\x00", 1}, false},
      {"field number 0 with a value", {"\x02\x00", 2}, false},
      {"wire type 6", {"\x0e\x00", 2}, false},
      {"wire type 7", {"\x0f\x00", 2}, false},
      {"unknown field", {"\xf8\x3f\x01", 3}, true},
      {"unknown field cut", {"\xfa\x3f\x02x", 4}, false},
      {"known field of another wire type", {"\x08\x01", 2}, true},
      {"unknown group", {"\xfb\x3f\x08\x01\xfc\x3f", 6}, true},
      {"unknown group in a group", {"\xfb\x3f\xfb\x3f\xfc\x3f\xfc\x3f", 8}, true},
      {"known group number, unknown content", {"\x43\x0a\x01\xff\x44", 5}, true},
      {"unknown group without end", {"\xfb\x3f\x08\x01", 4}, false},
      {"end of another group", {"\xfb\x3f\x84\x40", 4}, false},
      {"end without group", {"\xfc\x3f", 2}, false},
      {"packed varints", {"\x2a\x03\x01\x80\x01", 5}, true},
      {"packed varint cut", {"\x2a\x02\x01\x80", 4}, false},
      {"packed, but given one by one", {"\x28\x01\x28\x02", 4}, true},
      {"not packed, but given so", {"\x7a\x02\x01\x02", 4}, true},
      {"packed fixed32",
       {"\x32\x04"
        "abcd",
        6},
       true},
      {"packed fixed32 cut",
       {"\x32\x03"
        "abc",
        5},
       false},
      {"packed double",
       {"\x3a\x08"
        "abcdefgh",
        10},
       true},
      {"packed double cut",
       {"\x3a\x09"
        "abcdefghi",
        11},
       false},
      {"message", {"\x42\x03\x0a\x01x", 5}, true},
      {"message cut", {"\x42\x04\x0a\x01x", 5}, false},
      {"field beyond its message", {"\x42\x02\x0a\x01x", 5}, false},
      {"error within a message", {"\x42\x03\x0a\x01\xff", 5}, false},
      {"map entry", {"\x52\x05\x0a\x01k\x12\x00", 7}, true},
      {"map key not UTF-8", {"\x52\x05\x0a\x01\xff\x12\x00", 7}, false},
      {"map without key and value", {"\x52\x00", 2}, true},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(Check(*Plain::descriptor(), c.binary), c.ok ? "" : kMalformedPlain) << c.name;
    // protobuf's parser agrees; that it also refuses the wrong UTF-8 holds for proto3.
    EXPECT_EQ(Plain().ParseFromString(c.binary), c.ok) << c.name;
  }
}

TEST(BinaryCheckTest, Depth) {
  EXPECT_EQ(Check(*Plain::descriptor(), Nested(kMaxMessageDepth)), "");
  EXPECT_EQ(Check(*Plain::descriptor(), Nested(kMaxMessageDepth + 1)), "messages nested deeper than 100");
  EXPECT_EQ(Check(*Plain::descriptor(), Nested(10'000)), "messages nested deeper than 100");
  std::string groups;
  for (int i = 0; i < 100'000; ++i) groups += "\xfb\x3f";
  EXPECT_EQ(Check(*Plain::descriptor(), groups), "messages nested deeper than 100");
}

TEST(BinaryCheckTest, Proto2FromAnyPool) {
  google::protobuf::FileDescriptorProto file;
  ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(R"(
    name: "old.proto" package: "old"
    message_type {
      name: "Old"
      field { name: "text" number: 1 type: TYPE_STRING label: LABEL_OPTIONAL }
      field { name: "group" number: 2 type: TYPE_GROUP type_name: "Group" label: LABEL_REPEATED }
      nested_type {
        name: "Group"
        field { name: "old" number: 1 type: TYPE_MESSAGE type_name: ".old.Old" label: LABEL_OPTIONAL }
      }
    })",
                                                            &file));
  google::protobuf::DescriptorPool pool;
  ASSERT_NE(pool.BuildFile(file), nullptr);
  const Descriptor& old = *pool.FindMessageTypeByName("old.Old");
  const std::string malformed = "malformed message of type old.Old";
  struct {
    const char* name;
    std::string binary;
    bool ok;
  } const cases[] = {
      {"group", {"\x13\x0a\x03\x0a\x01x\x14", 7}, true},
      {"group without end", {"\x13\x0a\x03\x0a\x01x", 6}, false},
      {"end of another group", {"\x13\x0a\x03\x0a\x01x\x1c", 7}, false},
      {"group that ends beyond its message", {"\x13\x0a\x01\x13\x14\x14", 6}, false},
      {"error within a group", {"\x13\x0a\x03\x0a\x01\xff\x14", 7}, false},
      {"not UTF-8", {"\x0a\x01\xff", 3}, false},
  };
  for (const auto& c : cases) EXPECT_EQ(Check(old, c.binary), c.ok ? "" : malformed) << c.name;

  std::string deep;
  for (int i = 0; i < 60; ++i) {
    deep = deep + "\x14";
    std::string length;
    for (size_t n = deep.size() - 1; true; n >>= 7) {
      length.push_back(static_cast<char>((n & 127) | (n > 127 ? 128 : 0)));
      if (n <= 127) break;
    }
    deep.insert(0, "\x13\x0a" + length);
  }
  EXPECT_EQ(Check(old, deep), "messages nested deeper than 100");
}

}  // namespace
}  // namespace connectrpc::codec
