#include "connectrpc/error_details.h"

#include <google/protobuf/message_lite.h>

#include <string>
#include <utility>

#include "client/message_codec.h"

namespace connectrpc {

void AddDetail(Error* error, const google::protobuf::MessageLite& detail) {
  ErrorDetail added;
  added.type = std::string(detail.GetTypeName());
  detail.AppendPartialToString(&added.value);
  error->details.push_back(std::move(added));
}

bool client::FindDetail(const Error& error, google::protobuf::MessageLite* detail) {
  const std::string type(detail->GetTypeName());
  for (const ErrorDetail& candidate : error.details) {
    if (candidate.type == type && DecodeMessage(MessageCodec::kProto, candidate.value, detail).ok()) return true;
  }
  return false;
}

}  // namespace connectrpc
