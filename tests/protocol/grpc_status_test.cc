#include "protocol/grpc_status.h"

#include <gtest/gtest.h>

#include "protocol/google_rpc_status.h"
#include "protocol/transcript.h"
#include "wire/base64.h"

namespace connectrpc::protocol {
namespace {

// grpc-status-details-bin of a status with these contents and one detail.
std::string Details(int code, std::string message) {
  Error status(static_cast<Code>(code), std::move(message));
  status.details.push_back({"a.B", "\x01"});
  return "grpc-status-details-bin: " + wire::EncodeBase64(EncodeGoogleRpcStatus(status)) + "\n";
}

TEST(GrpcStatus, Reads) {
  struct {
    const char* name;
    std::string fields;
    const char* error;
  } cases[] = {
      {"none", "grpc-message: m\n", "none"},
      {"ok", "grpc-status: 0\n", "ok"},
      {"ok says no more", "grpc-status: 0\ngrpc-message: m\n" + Details(5, "m"), "ok"},
      {"largest", "grpc-status: 16\n", "unauthenticated \"\""},
      {"beyond the largest", "grpc-status: 17\ngrpc-message: m\n", "unknown \"m\""},
      {"no number", "grpc-status: x\n", "unknown \"invalid grpc-status \"x\"\""},
      {"negative", "grpc-status: -1\n", "unknown \"invalid grpc-status \"-1\"\""},
      {"empty", "grpc-status: \n", "unknown \"invalid grpc-status \"\"\""},
      {"much too large", "grpc-status: 4294967296\n", "unknown \"invalid grpc-status \"4294967296\"\""},
      {"message", "grpc-status: 5\ngrpc-message: a%0D%0A%C3%A9\n", "not_found \"a\\x0d\\x0a\\xc3\\xa9\""},
      {"broken escapes stay", "grpc-status: 5\ngrpc-message: %zz%4\n", "not_found \"%zz%4\""},
      {"escapes that are not UTF-8", "grpc-status: 5\ngrpc-message: %FF\n", "not_found \"\\xff\""},
      {"details", "grpc-status: 5\ngrpc-message: m\n" + Details(5, "m"), "not_found \"m\" a.B=\\x01"},
      {"details are preferred", "grpc-status: 5\ngrpc-message: m\n" + Details(6, "n"),
       "already_exists \"n\" a.B=\\x01"},
      {"unless they say nothing", "grpc-status: 5\ngrpc-message: m\n" + Details(0, ""), "not_found \"m\" a.B=\\x01"},
      {"details that are not base64", "grpc-status: 5\ngrpc-message: m\ngrpc-status-details-bin: *\n",
       "not_found \"m\" google.rpc.Status=*"},
      {"details that are no status", "grpc-status: 5\ngrpc-message: m\ngrpc-status-details-bin: /w==\n",
       "not_found \"m\" google.rpc.Status=\\xff"},
  };
  for (const auto& test : cases) {
    SCOPED_TRACE(test.name);
    std::optional<Error> error = ParseGrpcStatus(Fields(test.fields));
    EXPECT_EQ(error.has_value() ? Show(*error) : "none", test.error);
  }
}

TEST(GrpcStatus, DetailsRepeatCodeAndMessage) {
  HeaderList fields;
  AppendGrpcStatus(WithDetails(Error(Code::kNotFound, "a\xff")), &fields);
  std::string bytes;
  ASSERT_TRUE(wire::DecodeBase64(*fields.Find("grpc-status-details-bin"), &bytes));
  EXPECT_EQ(fields.Find("grpc-status-details-bin")->find('='), std::string_view::npos);
  Error status;
  ASSERT_TRUE(DecodeGoogleRpcStatus(bytes, &status));
  EXPECT_EQ(Show(status), "not_found \"a\\xef\\xbf\\xbd\" a.B=\\x08\\x01 a.C=");
  EXPECT_EQ(fields.Find("grpc-message"), "a%EF%BF%BD");
}

TEST(GrpcStatus, EndsKeepTheirMetadata) {
  EXPECT_EQ(Show(ParseGrpcTrailers(Fields("t: 1\ngrpc-status: 0\ncontent-type: application/grpc\nbad: \\xff\n"))),
            "ok\nt: 1\n");
  EXPECT_FALSE(ParseGrpcHeadEnd(Fields("t: 1\n")).has_value());
  EXPECT_EQ(Show(*ParseGrpcHeadEnd(Fields("t: 1\ngrpc-status: 3\n"))), "invalid_argument \"\"\nt: 1\n");
}

}  // namespace
}  // namespace connectrpc::protocol
