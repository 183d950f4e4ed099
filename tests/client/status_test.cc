#include "connectrpc/status.h"

#include <gtest/gtest.h>

namespace connectrpc {
namespace {

TEST(StatusTest, KeepsEveryCodeAndMessageBothWays) {
  for (int number = 0; number <= 16; ++number) {
    SCOPED_TRACE(number);
    const Error error(static_cast<Code>(number), number == 0 ? "" : "why");
    const absl::Status status = ToStatus(error);
    EXPECT_EQ(static_cast<int>(status.code()), number);
    EXPECT_EQ(status.message(), error.message);
    const Error back = FromStatus(status);
    EXPECT_EQ(back.code, error.code);
    EXPECT_EQ(back.message, error.message);
  }
}

TEST(StatusTest, KeepsDetailsAsPayloads) {
  Error error(Code::kAborted, "why");
  error.details.push_back({"a.B", "first"});
  error.details.push_back({"a.B", "second"});
  error.details.push_back({"a.C", ""});
  const absl::Status status = ToStatus(error);
  EXPECT_EQ(status.GetPayload("type.googleapis.com/a.B"), absl::Cord("first"));
  EXPECT_EQ(status.GetPayload("type.googleapis.com/a.C"), absl::Cord(""));

  const Error back = FromStatus(status);
  ASSERT_EQ(back.details.size(), 2u);
  for (const ErrorDetail& detail : back.details) EXPECT_EQ(detail.value, detail.type == "a.B" ? "first" : "");
}

TEST(StatusTest, MakesUnknownOfCodesThatNobodyKnows) {
  EXPECT_EQ(FromStatus(absl::Status(static_cast<absl::StatusCode>(99), "x")).code, Code::kUnknown);
}

}  // namespace
}  // namespace connectrpc
