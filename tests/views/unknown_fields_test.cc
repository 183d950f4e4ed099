#include "connectrpc/views/unknown_fields.h"

#include <google/protobuf/unknown_field_set.h>
#include <gtest/gtest.h>

#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "everything2.view.pb.h"
#include "everything3.view.pb.h"
#include "tests/views/random_view.h"
#include "tests/views/wire.h"

namespace connectrpc::views {
namespace {

using ::views::test::Everything2View;
using ::views::test::Everything3View;
using namespace testing;  // NOLINT: the writers of wire.h

// snippet: extension
// The bytes of the extension `number`, a string or a message, which came last; empty if there is none.
std::string_view ExtensionBytes(const Everything2View& view, uint32_t number) {
  std::string_view bytes;
  for (const UnknownField& field : view.unknown_fields()) {
    if (field.number == number && field.wire_type == WireType::kLengthDelimited) bytes = field.bytes;
  }
  return bytes;
}
// end snippet

std::vector<UnknownField> Fields(const WireRecords& records) {
  return {records.begin(), records.end()};
}

TEST(UnknownFieldsTest, AllWireTypes) {
  const std::string group = Group(8, Number(9, 1) + Group(10, ""));
  const std::string bytes = Number(1, 300) + Tag(2, 1) + "12345678" + Text(3, "text") + group + Tag(4, 5) + "1234";
  const WireRecords records(bytes);
  EXPECT_TRUE(records.complete());
  const std::vector<UnknownField> fields = Fields(records);
  ASSERT_EQ(fields.size(), 5U);
  EXPECT_EQ(fields[0].number, 1U);
  EXPECT_EQ(fields[0].wire_type, WireType::kVarint);
  EXPECT_EQ(fields[0].value, 300U);
  EXPECT_EQ(fields[0].record, Number(1, 300));
  EXPECT_EQ(fields[1].wire_type, WireType::kFixed64);
  EXPECT_EQ(fields[1].value, 0x3837363534333231U);
  EXPECT_EQ(fields[2].wire_type, WireType::kLengthDelimited);
  EXPECT_EQ(fields[2].bytes, "text");
  EXPECT_EQ(fields[3].number, 8U);
  EXPECT_EQ(fields[3].wire_type, WireType::kGroup);
  EXPECT_EQ(fields[3].bytes, Number(9, 1) + Group(10, ""));
  EXPECT_EQ(fields[3].record, group);
  EXPECT_EQ(fields[4].wire_type, WireType::kFixed32);
  EXPECT_EQ(fields[4].value, 0x34333231U);
  EXPECT_EQ(fields[4].bytes, "");
}

TEST(UnknownFieldsTest, OfAView) {
  const std::string bytes =
      Number(1000, 1) + Number(5, 7) + Text(1001, "x") + Number(1002, 2) + Number(5, 8) + Group(1003, Number(5, 9));
  Arena arena;
  const auto* const view = Everything3View::Parse(bytes, &arena);
  ASSERT_NE(view, nullptr);
  const UnknownFields unknown = view->unknown_fields();
  EXPECT_EQ(unknown.pieces().size(), 3U);
  std::vector<uint32_t> numbers;
  std::string joined;
  for (const UnknownField& field : unknown) {
    numbers.push_back(field.number);
    joined += field.record;
  }
  EXPECT_EQ(numbers, (std::vector<uint32_t>{1000, 1001, 1002, 1003}));
  EXPECT_EQ(joined.size(), unknown.total_size());
  EXPECT_EQ(std::distance(unknown.begin(), unknown.end()), 4) << "more than once";
}

TEST(UnknownFieldsTest, None) {
  EXPECT_EQ(UnknownFields().begin(), UnknownFields().end());
  EXPECT_EQ(WireRecords("").begin(), WireRecords("").end());
  EXPECT_TRUE(WireRecords("").complete());
  EXPECT_TRUE(WireRecords(std::string_view()).complete());
}

TEST(UnknownFieldsTest, Extensions) {
  const std::string bytes = Text(200, "first") + Number(201, 5) + Text(200, Text(1, "last"));
  Arena arena;
  const auto* const view = Everything2View::Parse(bytes, &arena);
  ASSERT_NE(view, nullptr);
  EXPECT_EQ(ExtensionBytes(*view, 200), Text(1, "last"));
  EXPECT_EQ(ExtensionBytes(*view, 201), "") << "it is a number";
  EXPECT_EQ(ExtensionBytes(*view, 202), "");
  // A message is parsed with its view.
  Arena inner;
  const auto* const message = ::views::test::ImportedView::Parse(ExtensionBytes(*view, 200), &inner);
  ASSERT_NE(message, nullptr);
  EXPECT_EQ(message->text(), "last");
}

TEST(UnknownFieldsTest, EndAtWhatIsMalformed) {
  const struct {
    const char* name;
    std::string bytes;  // behind one good record
  } cases[] = {
      {"a tag alone", "\x08"},
      {"a tag cut short", "\x88"},
      {"field number 0", std::string("\0\1", 2)},
      {"wire type 6", Tag(1, 6)},
      {"wire type 7", Tag(1, 7)},
      {"an end of a group", Tag(1, 4)},
      {"a group without an end", Tag(1, 3) + Number(2, 1)},
      {"a group with another end", Tag(1, 3) + Tag(2, 4)},
      {"a group with something malformed", Group(1, std::string("\0", 1))},
      {"a varint cut short", "\x08\x80"},
      {"a varint of eleven bytes", "\x08" + std::string(10, '\x80') + "\x01"},
      {"fixed32 cut short", Tag(1, 5) + "123"},
      {"fixed64 cut short", Tag(1, 1) + "1234567"},
      {"a length beyond the end", "\x0A\x05\x31\x32\x33\x34"},
      {"a length of 2^31", "\x0A\x80\x80\x80\x80\x08"},
      {"a length of 2^32 - 1", "\x0A\xFF\xFF\xFF\xFF\x0F"},
  };
  for (const auto& c : cases) {
    const std::string bytes = Number(1, 5) + c.bytes;
    const WireRecords records(bytes);
    EXPECT_FALSE(records.complete()) << c.name;
    const std::vector<UnknownField> fields = Fields(records);
    ASSERT_EQ(fields.size(), 1U) << c.name;
    EXPECT_EQ(fields[0].value, 5U) << c.name;
    google::protobuf::UnknownFieldSet protobufs;
    EXPECT_FALSE(protobufs.ParseFromString(bytes)) << c.name << ", protobuf";
  }
}

TEST(UnknownFieldsTest, GroupsWithinEachOther) {
  for (const int depth : {1, 99, 100, 101, 1000}) {
    std::string bytes = Number(1, 1);
    for (int i = 0; i < depth; ++i) bytes = Group(7, bytes);
    EXPECT_EQ(WireRecords(bytes).complete(), depth <= WireRecords::kDefaultDepth) << depth;
    google::protobuf::UnknownFieldSet protobufs;
    EXPECT_EQ(protobufs.ParseFromString(bytes), depth <= WireRecords::kDefaultDepth) << depth << ", protobuf";
    EXPECT_TRUE(WireRecords(bytes, depth).complete()) << depth;
    EXPECT_FALSE(WireRecords(bytes, depth - 1).complete()) << depth;
  }
}

// As protobuf's set has them.
TEST(UnknownFieldsTest, RecordsOfChance) {
  test::Chance chance(6);
  for (int i = 0; i < 2000; ++i) {
    google::protobuf::UnknownFieldSet set;
    FillUnknown(&set, 0, &chance);
    std::string bytes;
    set.SerializeToString(&bytes);
    Arena arena;
    const auto* const view = Everything3View::Parse(bytes, &arena);
    ASSERT_NE(view, nullptr);
    int n = 0;
    for (const UnknownField& field : view->unknown_fields()) {
      const google::protobuf::UnknownField& expected = set.field(n++);
      EXPECT_EQ(static_cast<int>(field.number), expected.number());
      switch (expected.type()) {
        case google::protobuf::UnknownField::TYPE_VARINT:
          EXPECT_EQ(field.value, expected.varint());
          break;
        case google::protobuf::UnknownField::TYPE_FIXED32:
          EXPECT_EQ(field.value, expected.fixed32());
          break;
        case google::protobuf::UnknownField::TYPE_FIXED64:
          EXPECT_EQ(field.value, expected.fixed64());
          break;
        case google::protobuf::UnknownField::TYPE_LENGTH_DELIMITED:
          EXPECT_EQ(field.bytes, expected.length_delimited());
          break;
        case google::protobuf::UnknownField::TYPE_GROUP: {
          std::string group;
          expected.group().SerializeToString(&group);
          EXPECT_EQ(field.bytes, group);
          break;
        }
      }
    }
    EXPECT_EQ(n, set.field_count());
  }
}

}  // namespace
}  // namespace connectrpc::views
