#ifndef CONNECTRPC_CODE_H_
#define CONNECTRPC_CODE_H_

#include <optional>
#include <string_view>

namespace connectrpc {

// The status of an RPC. The numbers are gRPC's; the names on the wire are Connect's
// (https://connectrpc.com/docs/protocol#error-codes).
enum class Code : int {
  kOk = 0,
  kCanceled = 1,
  kUnknown = 2,
  kInvalidArgument = 3,
  kDeadlineExceeded = 4,
  kNotFound = 5,
  kAlreadyExists = 6,
  kPermissionDenied = 7,
  kResourceExhausted = 8,
  kFailedPrecondition = 9,
  kAborted = 10,
  kOutOfRange = 11,
  kUnimplemented = 12,
  kInternal = 13,
  kUnavailable = 14,
  kDataLoss = 15,
  kUnauthenticated = 16,
};

// "not_found" for kNotFound, "ok" for kOk. The result is a literal.
std::string_view CodeName(Code code);

// The inverse of CodeName for the sixteen error codes; nothing for any other text ("ok" included: no
// error on the wire carries it).
std::optional<Code> ParseCodeName(std::string_view name);

// The code of that number; nothing outside 0 to 16.
std::optional<Code> CodeFromNumber(int number);

// The HTTP status of a Connect unary response that ends with `code`; 200 for kOk.
int HttpStatusFromCode(Code code);

// The code a client infers from an HTTP status where no error body and no grpc-status tell more
// (https://connectrpc.com/docs/protocol#http-to-error-code). Not the inverse of HttpStatusFromCode. 200 gives kUnknown:
// a response that should have carried a status and did not.
Code CodeFromHttpStatus(int http_status);

}  // namespace connectrpc

#endif  // CONNECTRPC_CODE_H_
