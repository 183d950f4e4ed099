#include "codec/wire_writer.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "codec/wire_reader.h"

namespace connectrpc::codec {
namespace {

// Messages within messages, each after some bytes of its own.
std::string Nested(WireWriter* writer, int depth, size_t bytes) {
  std::string expected;
  const std::string own(bytes, 'x');
  writer->Put('\x0a');
  writer->PutBytes(own);
  std::string out;
  WireWriter plain(&out);
  plain.Put('\x0a');
  plain.PutBytes(own);
  expected = out;
  if (depth == 0) return expected;
  writer->Put('\x12');
  const WireWriter::Length length = writer->OpenLength();
  const std::string inner = Nested(writer, depth - 1, bytes);
  writer->CloseLength(length);
  plain.Put('\x12');
  plain.PutBytes(inner);
  return out;
}

TEST(WireWriterTest, LengthsOfEverySize) {
  for (size_t bytes : {0, 1, 60, 61, 62, 63, 121, 122, 123, 124, 125, 126, 127, 128, 5000, 16'383, 16'384}) {
    for (int depth : {0, 1, 2, 5, 50}) {
      std::string out = "from before";
      WireWriter writer(&out);
      // Side by side too.
      std::string expected = Nested(&writer, depth, bytes);
      expected += Nested(&writer, depth, 1);
      writer.Finish();
      ASSERT_EQ(out, expected) << bytes << ", " << depth;
    }
  }
}

TEST(WireWriterTest, Rewinds) {
  std::string out;
  WireWriter writer(&out);
  writer.Put('a');
  const WireWriter::Length outer = writer.OpenLength();
  const WireWriter::Mark mark = writer.mark();
  const WireWriter::Length inner = writer.OpenLength();
  const WireWriter::Length innermost = writer.OpenLength();
  writer.Append(std::string(1000, 'x'));
  writer.CloseLength(innermost);
  EXPECT_FALSE(writer.IsAt(mark));
  (void)inner;  // stays open
  writer.Rewind(mark);
  EXPECT_TRUE(writer.IsAt(mark));
  writer.Put('b');
  writer.CloseLength(outer);
  writer.Finish();
  EXPECT_EQ(out,
            "a\x01"
            "b");
}

TEST(WireReaderTest, ReadsPieces) {
  const std::vector<std::string_view> pieces = {"", std::string_view("\x08\x01\x12\x01x", 5), "",
                                                std::string_view("\x1b\x08\x05\x1c", 4)};
  WireReader reader(pieces.data(), pieces.size());
  WireField field;
  ASSERT_TRUE(reader.Next(&field));
  EXPECT_EQ(field.number, 1u);
  EXPECT_EQ(field.number_value(), 1u);
  ASSERT_TRUE(reader.Next(&field));
  EXPECT_EQ(field.bytes, "x");
  ASSERT_TRUE(reader.Next(&field));
  EXPECT_EQ(field.type, kGroupWire);
  EXPECT_EQ(field.bytes, "\x08\x05");
  EXPECT_FALSE(reader.Next(&field));
  EXPECT_FALSE(reader.Next(&field));
  EXPECT_FALSE(reader.failed());
  WireReader none(nullptr, 0);
  EXPECT_FALSE(none.Next(&field));
  EXPECT_FALSE(none.failed());
}

}  // namespace
}  // namespace connectrpc::codec
