#include "connectrpc/interop/grpc_status.h"

#include <gtest/gtest.h>

#include <string>

namespace connectrpc {
namespace {

TEST(GrpcStatusTest, KeepsEveryCodeBothWays) {
  for (int number = 0; number <= 16; ++number) {
    SCOPED_TRACE(number);
    const Error error(static_cast<Code>(number), number == 0 ? "" : "why");
    const grpc::Status status = ToGrpcStatus(error);
    EXPECT_EQ(status.error_code(), number);
    EXPECT_EQ(status.error_message(), error.message);
    EXPECT_EQ(status.error_details(), "");
    const Error back = FromGrpcStatus(status);
    EXPECT_EQ(back.code, error.code);
    EXPECT_EQ(back.message, error.message);
    EXPECT_TRUE(back.details.empty());
  }
}

TEST(GrpcStatusTest, KeepsDetailsBothWays) {
  Error error(Code::kNotFound, "gone");
  error.details.push_back({"google.rpc.ErrorInfo", std::string("\x0a\x01x", 3)});
  error.details.push_back({"test.Empty", ""});
  const grpc::Status status = ToGrpcStatus(error);
  EXPECT_FALSE(status.error_details().empty());

  const Error back = FromGrpcStatus(status);
  ASSERT_EQ(back.details.size(), 2u);
  EXPECT_EQ(back.details[0].type, "google.rpc.ErrorInfo");
  EXPECT_EQ(back.details[0].value, error.details[0].value);
  EXPECT_EQ(back.details[1].type, "test.Empty");
  EXPECT_EQ(back.details[1].value, "");
}

TEST(GrpcStatusTest, MakesUnknownOfCodesThatNobodyKnows) {
  for (const int number : {-1, 17, 31}) {
    EXPECT_EQ(FromGrpcStatus(grpc::Status(static_cast<grpc::StatusCode>(number), "")).code, Code::kUnknown) << number;
  }
}

TEST(GrpcStatusTest, DropsDetailsThatAreNoStatus) {
  const Error error = FromGrpcStatus(grpc::Status(grpc::StatusCode::INTERNAL, "why", "free text"));
  EXPECT_EQ(error.code, Code::kInternal);
  EXPECT_EQ(error.message, "why");
  EXPECT_TRUE(error.details.empty());
}

TEST(GrpcStatusTest, SuccessHasNoDetails) {
  Error detailed(Code::kNotFound, "");
  detailed.details.push_back({"a.B", "x"});
  const grpc::Status odd(grpc::StatusCode::OK, "", ToGrpcStatus(detailed).error_details());
  EXPECT_TRUE(FromGrpcStatus(odd).ok());
  EXPECT_TRUE(FromGrpcStatus(odd).details.empty());
}

}  // namespace
}  // namespace connectrpc
