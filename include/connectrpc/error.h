#ifndef CONNECTRPC_ERROR_H_
#define CONNECTRPC_ERROR_H_

#include <string>
#include <utility>
#include <vector>

#include "connectrpc/code.h"
#include "connectrpc/header_list.h"

namespace connectrpc {

// A typed message attached to an error: a google.protobuf.Any without the URL.
struct ErrorDetail {
  std::string type;   // full message name, such as "google.rpc.RetryInfo", without "type.googleapis.com/"
  std::string value;  // the serialized message
};

// How an RPC failed. A value type; an Error with code kOk means success and carries no message or details.
struct Error {
  Error() = default;
  Error(Code error_code, std::string error_message) : code(error_code), message(std::move(error_message)) {}

  bool ok() const { return code == Code::kOk; }

  Code code = Code::kOk;
  std::string message;  // for people; UTF-8 by convention, not checked
  std::vector<ErrorDetail> details;
  HeaderList metadata;  // what the peer sent beside the error: raw values for "-bin" names
};

}  // namespace connectrpc

#endif  // CONNECTRPC_ERROR_H_
