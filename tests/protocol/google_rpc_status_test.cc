#include "protocol/google_rpc_status.h"

#include <gtest/gtest.h>

#include "protocol/transcript.h"

namespace connectrpc::protocol {
namespace {

using std::string_literals::operator""s;

TEST(GoogleRpcStatus, Encodes) {
  EXPECT_EQ(EncodeGoogleRpcStatus(Error(Code::kNotFound, "")), "\x08\x05");
  Error error(Code::kNotFound, "m");
  error.details.push_back({"a.B", "\x01"});
  EXPECT_EQ(EncodeGoogleRpcStatus(error),
            "\x08\x05\x12\x01m"
            "\x1a\x1c\x0a\x17type.googleapis.com/a.B\x12\x01\x01");
}

TEST(GoogleRpcStatus, Decodes) {
  struct {
    const char* name;
    std::string bytes;
    const char* error;  // empty: none
  } cases[] = {
      {"nothing", "", "ok"},
      {"code and message", "\x08\x05\x12\x01m", "not_found \"m\""},
      {"last one counts", "\x08\x05\x08\x06", "already_exists \"\""},
      {"code out of range", "\x08\x11", "unknown \"\""},
      {"negative code", "\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", "unknown \"\""},
      {"unknown fields", "\x08\x05\x20\x01\x2a\x01x\x33\x34", "not_found \"\""},
      {"detail", "\x08\x05\x1a\x07\x0a\x03x/B\x12\x00"s, "not_found \"\" B="},
      {"detail without URL", "\x08\x05\x1a\x03\x0a\x01"s + "B", "not_found \"\" B="},
      {"empty details", "\x08\x05\x1a\x00\x1a\x00"s, "not_found \"\" = ="},
      {"unknown field of a detail", "\x08\x05\x1a\x02\x18\x01", "not_found \"\" ="},
      {"truncated tag", "\x80", ""},
      {"tag of zero", "\x08\x05\x00"s, ""},
      {"truncated code", "\x08", ""},
      {"truncated message", "\x12\x02m", ""},
      {"enormous length", "\x12\xff\xff\xff\xff\x0f", ""},
      {"code of another type", "\x0a\x00"s, "ok"},
      {"broken detail", "\x1a\x02\x0a\x05", ""},
      {"group that does not end", "\x33", ""},
      {"end of no group", "\x34", ""},
  };
  for (const auto& test : cases) {
    SCOPED_TRACE(test.name);
    Error error(Code::kAborted, "left over");
    bool decoded = DecodeGoogleRpcStatus(test.bytes, &error);
    EXPECT_EQ(decoded ? Show(error) : "", test.error);
  }
}

TEST(GoogleRpcStatus, BoundsNestedGroups) {
  Error error;
  EXPECT_FALSE(DecodeGoogleRpcStatus(std::string(1 << 20, '\x33') + std::string(1 << 20, '\x34'), &error));
}

}  // namespace
}  // namespace connectrpc::protocol
