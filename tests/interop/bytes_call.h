#ifndef CONNECTRPC_TESTS_INTEROP_BYTES_CALL_H_
#define CONNECTRPC_TESTS_INTEROP_BYTES_CALL_H_

#include <string>
#include <vector>

#include "interop/raw_call.h"

// Calls of any method, with messages as encoded bytes: for services other than echo's.
namespace connectrpc::test {

struct BytesSpec {
  std::string path;  // "/package.Service/Method"
  bool streams = false;
  Codec codec = Codec::kProto;
  std::vector<std::string> messages = std::vector<std::string>(1);
};

struct BytesResult {
  int code = -1;  // gRPC's number; -1 if the answer does not tell
  std::string message;
  int http_status = 0;
  std::vector<std::string> messages;
};

Framing FramingOf(RpcProtocol protocol, const BytesSpec& spec);
HttpRequest EncodeCall(const BytesSpec& spec, Framing framing);
BytesResult CallBytes(int port, const Wire& wire, const BytesSpec& spec);

}  // namespace connectrpc::test

#endif  // CONNECTRPC_TESTS_INTEROP_BYTES_CALL_H_
