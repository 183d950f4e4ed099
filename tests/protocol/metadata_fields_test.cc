#include "protocol/metadata_fields.h"

#include <gtest/gtest.h>

#include "protocol/transcript.h"

namespace connectrpc::protocol {
namespace {

TEST(ReadRequestMetadata, NamesTheFirstInvalidField) {
  HeaderList metadata;
  EXPECT_TRUE(ReadRequestMetadata(Fields("x: 1\nte: 2\n"), &metadata).ok());
  EXPECT_EQ(Show(metadata), "x: 1\n");
  const std::string long_name(200, '\x01');
  HeaderList headers;
  headers.Add(long_name, "1");
  Error error = ReadRequestMetadata(headers, &metadata);
  EXPECT_EQ(error.code, Code::kInvalidArgument);
  EXPECT_EQ(error.message.find('\x01'), std::string::npos);
  EXPECT_LT(error.message.size(), 600u);
}

TEST(WriteRequestMetadata, LeavesOutWhatBelongsToProtocols) {
  HeaderList headers;
  EXPECT_TRUE(WriteRequestMetadata(Fields("x: 1\naccept-encoding: x\nconnect-timeout-ms: 1\ny: 2\n"), &headers).ok());
  EXPECT_EQ(Show(headers), "x: 1\ny: 2\n");
}

TEST(CheckRequestMetadata, SaysWhatWritingWouldSay) {
  const char* cases[] = {"x: 1\n",   "te: \\x00\n", "trailer-x: \\x00\n",   "x-bin: \\x00\n",  "X: 1\n",
                         "x y: 1\n", "x: \\x00\n",  "x: \\xff\ny: \\x00\n", "x: a\ny: \\x7f\n"};
  for (const char* fields : cases) {
    SCOPED_TRACE(fields);
    HeaderList headers;
    EXPECT_EQ(Show(CheckRequestMetadata(Fields(fields))), Show(WriteRequestMetadata(Fields(fields), &headers)));
  }
  EXPECT_EQ(Show(CheckRequestMetadata(Fields("x y: 1\n"))),
            "invalid_argument \"header \"x y\" is not valid metadata\"");
}

// As without the invalid field: fields that are read together stay together.
TEST(ReadResponseMetadata, JoinsCookiesBesideWhatIsInvalid) {
  HeaderList metadata;
  ReadResponseMetadata(Fields("cookie: a\nb: \xff\ncookie: c\n"), &metadata);
  ASSERT_EQ(metadata.size(), 1u);
  EXPECT_EQ(metadata[0].name, "cookie");
  EXPECT_EQ(metadata[0].value, "a; c");
}

TEST(ReadResponseMetadata, LosesOnlyWhatIsInvalid) {
  HeaderList metadata = Fields("old: 1\n");
  ReadResponseMetadata(Fields("a: 1\nb: \\xff\nc-bin: AA,*\nd-bin: AA,AQ\ne f: 1\na: 2\ngrpc-status: 0\n"), &metadata);
  EXPECT_EQ(Show(metadata), "old: 1\na: 1\nd-bin: \\x00\nd-bin: \\x01\na: 2\n");
  ReadResponseMetadata(Fields("z: 1\n"), &metadata);
  EXPECT_EQ(Show(metadata), "old: 1\na: 1\nd-bin: \\x00\nd-bin: \\x01\na: 2\nz: 1\n");
}

// What WriteMetadata refuses and what IsValidMetadata refuses must be the same.
TEST(IsValidMetadata, AgreesWithWriting) {
  for (const char* name : {"x", "x-bin", "X", "", "te", ":path", "b@d", "trailer-x", "date"}) {
    for (const char* value : {"", "1", "\xff", "\r\n"}) {
      HeaderList metadata;
      metadata.Add(name, value);
      HeaderList headers;
      EXPECT_EQ(WriteResponseMetadata(metadata, &headers).ok(), IsValidMetadata(metadata[0])) << name << ": " << value;
    }
  }
}

TEST(ReadField, JoinsRepeatedFields) {
  const HeaderList headers = Fields("a: 1\nb: 2\na: \na: 3\n");
  std::string value = "left over";
  ReadField(headers, "a", &value);
  EXPECT_EQ(value, "1, , 3");
  ReadField(headers, "c", &value);
  EXPECT_EQ(value, "");
}

}  // namespace
}  // namespace connectrpc::protocol
