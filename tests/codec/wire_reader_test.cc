#include "codec/wire_reader.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "codec/message_depth.h"
#include "codec_test.pb.h"

namespace connectrpc::codec {
namespace {

// "number:type:size of what it holds" of each field, and "!" for what is none.
std::string Fields(std::string_view binary) {
  const std::vector<char> copy(binary.begin(), binary.end());  // so that sanitizers see what lies behind its end
  const std::string_view piece(copy.data(), copy.size());
  WireReader reader(&piece, 1);
  WireField field;
  std::string fields;
  while (reader.Next(&field)) {
    fields.append(std::to_string(field.number)).append(":").append(std::to_string(field.type)).append(":");
    fields.append(std::to_string(field.bytes.size())).append(" ");
  }
  return reader.failed() ? fields + "!" : fields;
}

TEST(WireReaderTest, ReadsWhatProtobufReads) {
  struct {
    const char* name;
    std::string binary;
    const char* fields;
  } const cases[] = {
      {"nothing", "", ""},
      {"varint", {"\xf8\x3f\x80\x01", 4}, "1023:0:2 "},
      {"varint of 10 bytes", {"\xf8\x3f\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f", 12}, "1023:0:10 "},
      {"varint of 11 bytes", {"\xf8\x3f\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x00", 13}, "!"},
      {"varint cut", {"\xf8\x3f\x80", 3}, "!"},
      {"fixed numbers", {"\xfd\x3f____\xf9\x3f________", 16}, "1023:5:4 1023:1:8 "},
      {"fixed number cut", {"\xfd\x3f___", 5}, "!"},
      {"bytes", {"\xfa\x3f\x02__\xfa\x3f\x00", 8}, "1023:2:2 1023:2:0 "},
      {"bytes cut", {"\xfa\x3f\x02_", 4}, "!"},
      {"length of 5 bytes", {"\xfa\x3f\x81\x80\x80\x80\x00_", 8}, "1023:2:1 "},
      {"length of 6 bytes", {"\xfa\x3f\x81\x80\x80\x80\x80\x00_", 9}, "!"},
      {"length of 33 bits", {"\xfa\x3f\x81\x80\x80\x80\x10_", 8}, "!"},
      {"tag of 5 bytes", {"\xf8\xbf\x80\x80\x00\x01", 6}, "1023:0:1 "},
      {"tag of 6 bytes", {"\xf8\xbf\x80\x80\x80\x00\x01", 7}, "!"},
      {"tag of 33 bits", {"\xf8\xbf\x80\x80\x10\x01", 6}, "1023:0:1 "},
      {"field number 0", {"\x00\x01", 2}, "!"},
      {"wire type 6", {"\xfe\x3f\x00", 3}, "!"},
      {"group", {"\xfb\x3f\x08\x01\xfc\x3f", 6}, "1023:3:2 "},
      {"group in a group", {"\xfb\x3f\x0b\x0c\xfc\x3f", 6}, "1023:3:2 "},
      {"group without end", {"\xfb\x3f\x08\x01", 4}, "!"},
      {"end of another group", {"\xfb\x3f\x0c", 3}, "!"},
      {"end without group", {"\xfc\x3f", 2}, "!"},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(Fields(c.binary), c.fields) << c.name;
    const bool good = std::string_view(c.fields).find('!') == std::string_view::npos;
    EXPECT_EQ(codectest::v1::Plain().ParseFromString(c.binary), good) << c.name;
  }
}

TEST(WireReaderTest, GroupsNestAsDeepAsMessages) {
  const auto nested = [](int depth) {
    std::string groups;
    for (int i = 0; i < depth; ++i) groups += '\x0b';
    for (int i = 0; i < depth; ++i) groups += '\x0c';
    return groups;
  };
  EXPECT_EQ(Fields(nested(kMaxMessageDepth)), "1:3:" + std::to_string(2 * kMaxMessageDepth - 2) + " ");
  EXPECT_EQ(Fields(nested(kMaxMessageDepth + 1)), "!");
}

TEST(WireReaderTest, ReadsPiecesAsOneMessage) {
  const std::string_view pieces[] = {"", {"\x08\x01", 2}, "", {"\x10\x02\x10\x03", 4}, ""};
  WireReader reader(pieces, 5);
  WireField field;
  std::vector<uint64_t> values;
  while (reader.Next(&field)) values.push_back(field.number_value());
  EXPECT_FALSE(reader.failed());
  EXPECT_EQ(values, (std::vector<uint64_t>{1, 2, 3}));
  WireReader none(nullptr, 0);
  EXPECT_FALSE(none.Next(&field) || none.failed());
}

}  // namespace
}  // namespace connectrpc::codec
