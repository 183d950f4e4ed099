#include "client/call_state.h"

namespace connectrpc::client {

Error CanceledByCaller() {
  return Error(Code::kCanceled, "canceled by the caller");
}

Error BlockedOnLoop() {
  return Error(Code::kFailedPrecondition, "a blocking operation on the loop's own thread: use the callback form");
}

Error NoResponse() {
  return Error(Code::kUnimplemented, "no response message");
}

Error SecondResponse() {
  return Error(Code::kUnimplemented, "more than one response message");
}

Error WithMetadata(Error error, const HeaderList& headers, const HeaderList& trailers) {
  error.metadata = headers;
  for (const HeaderField field : trailers) error.metadata.Add(field.name, field.value);
  return error;
}

}  // namespace connectrpc::client
