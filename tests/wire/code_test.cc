#include "connectrpc/code.h"

#include <gtest/gtest.h>

namespace connectrpc {
namespace {

struct CodeCase {
  const char* name;
  Code code;
  int number;
  int http_status;
};

// https://connectrpc.com/docs/protocol#error-codes
constexpr CodeCase kErrorCodes[] = {
    {"canceled", Code::kCanceled, 1, 499},
    {"unknown", Code::kUnknown, 2, 500},
    {"invalid_argument", Code::kInvalidArgument, 3, 400},
    {"deadline_exceeded", Code::kDeadlineExceeded, 4, 504},
    {"not_found", Code::kNotFound, 5, 404},
    {"already_exists", Code::kAlreadyExists, 6, 409},
    {"permission_denied", Code::kPermissionDenied, 7, 403},
    {"resource_exhausted", Code::kResourceExhausted, 8, 429},
    {"failed_precondition", Code::kFailedPrecondition, 9, 400},
    {"aborted", Code::kAborted, 10, 409},
    {"out_of_range", Code::kOutOfRange, 11, 400},
    {"unimplemented", Code::kUnimplemented, 12, 501},
    {"internal", Code::kInternal, 13, 500},
    {"unavailable", Code::kUnavailable, 14, 503},
    {"data_loss", Code::kDataLoss, 15, 500},
    {"unauthenticated", Code::kUnauthenticated, 16, 401},
};

TEST(Code, NameNumberAndStatusOfEachError) {
  for (const CodeCase& c : kErrorCodes) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(CodeName(c.code), c.name);
    EXPECT_EQ(ParseCodeName(c.name), c.code);
    EXPECT_EQ(CodeFromNumber(c.number), c.code);
    EXPECT_EQ(HttpStatusFromCode(c.code), c.http_status);
  }
}

TEST(Code, Ok) {
  EXPECT_EQ(CodeName(Code::kOk), "ok");
  EXPECT_EQ(CodeFromNumber(0), Code::kOk);
  EXPECT_EQ(HttpStatusFromCode(Code::kOk), 200);
  EXPECT_EQ(ParseCodeName("ok"), std::nullopt) << "no error on the wire carries it";
}

TEST(Code, NamesAreExact) {
  for (const char* name : {"", "cancelled", "NOT_FOUND", "not found", "not_found ", "5", "unknown_"}) {
    SCOPED_TRACE(name);
    EXPECT_EQ(ParseCodeName(name), std::nullopt);
  }
}

TEST(Code, NumbersEndAtSixteen) {
  EXPECT_EQ(CodeFromNumber(-1), std::nullopt);
  EXPECT_EQ(CodeFromNumber(16), Code::kUnauthenticated);
  EXPECT_EQ(CodeFromNumber(17), std::nullopt);
}

TEST(Code, OneOutsideTheRangeCountsAsUnknown) {
  EXPECT_EQ(CodeName(static_cast<Code>(99)), "unknown");
  EXPECT_EQ(HttpStatusFromCode(static_cast<Code>(-1)), 500);
}

// https://connectrpc.com/docs/protocol#http-to-error-code
TEST(Code, FromHttpStatus) {
  struct Case {
    const char* name;
    int http_status;
    Code code;
  };
  constexpr Case cases[] = {
      {"bad request", 400, Code::kInternal},
      {"unauthorized", 401, Code::kUnauthenticated},
      {"forbidden", 403, Code::kPermissionDenied},
      {"not found", 404, Code::kUnimplemented},
      {"too many requests", 429, Code::kUnavailable},
      {"bad gateway", 502, Code::kUnavailable},
      {"service unavailable", 503, Code::kUnavailable},
      {"gateway timeout", 504, Code::kUnavailable},
      {"ok", 200, Code::kUnknown},
      {"not modified", 304, Code::kUnknown},
      {"method not allowed", 405, Code::kUnknown},
      {"request timeout", 408, Code::kUnknown},
      {"conflict", 409, Code::kUnknown},
      {"precondition failed", 412, Code::kUnknown},
      {"content too large", 413, Code::kUnknown},
      {"unsupported media type", 415, Code::kUnknown},
      {"teapot", 418, Code::kUnknown},
      {"header fields too large", 431, Code::kUnknown},
      {"client closed request", 499, Code::kUnknown},
      {"server error", 500, Code::kUnknown},
      {"not implemented", 501, Code::kUnknown},
      {"version not supported", 505, Code::kUnknown},
      {"no HTTP status", 800, Code::kUnknown},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(CodeFromHttpStatus(c.http_status), c.code);
  }
}

}  // namespace
}  // namespace connectrpc
