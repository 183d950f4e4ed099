#ifndef CONNECTRPC_ERROR_DETAILS_H_
#define CONNECTRPC_ERROR_DETAILS_H_

#include <optional>

#include "connectrpc/error.h"

namespace google::protobuf {
class MessageLite;
}

// The typed messages attached to an error.
//
//   if (auto retry = connectrpc::FindDetail<google::rpc::RetryInfo>(error)) Wait(retry->retry_delay());
namespace connectrpc {

// Attaches a message.
void AddDetail(Error* error, const google::protobuf::MessageLite& detail);

namespace client {
// Parses the first detail of the message's type that is one.
[[nodiscard]] bool FindDetail(const Error& error, google::protobuf::MessageLite* detail);
}  // namespace client

// The first detail that is an M; nothing where there is none, or none that can be parsed.
template <class M>
std::optional<M> FindDetail(const Error& error) {
  std::optional<M> detail(std::in_place);
  if (!client::FindDetail(error, &*detail)) detail.reset();
  return detail;
}

}  // namespace connectrpc

#endif  // CONNECTRPC_ERROR_DETAILS_H_
