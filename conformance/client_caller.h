#ifndef CONNECTRPC_CONFORMANCE_CLIENT_CALLER_H_
#define CONNECTRPC_CONFORMANCE_CLIENT_CALLER_H_

#include <google/protobuf/any.pb.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "connectrpc/conformance/v1/client_compat.pb.h"
#include "connectrpc/transport.h"

namespace connectrpc::conformance {

// Makes the calls that the suite's runner asks for, in one style of client code. Used by many threads at once.
class Caller {
 public:
  virtual ~Caller() = default;
  // Makes one call and tells what the client's API said of it, nothing else. The response holds an error where the
  // request can't be understood.
  virtual v1::ClientCompatResponse Call(const v1::ClientCompatRequest& request,
                                        const std::shared_ptr<Transport>& transport) = 0;
};

std::unique_ptr<Caller> NewGeneratedClientCaller();
// Of the same client, the calls that give views.
std::unique_ptr<Caller> NewGeneratedViewsCaller();
std::unique_ptr<Caller> NewGrpcStubCaller();

// --- What the styles share. ---

// When a call is to be canceled; nothing set: never.
struct CancelTiming {
  explicit CancelTiming(const v1::ClientCompatRequest& request);

  bool before_close_send = false;
  std::optional<std::chrono::milliseconds> after_close_send;
  int after_num_responses = 0;
};

// The i-th request message as the method's type.
template <class Request>
bool UnpackRequest(const v1::ClientCompatRequest& request, int i, Request* message) {
  return i < request.request_messages_size() && request.request_messages(i).UnpackTo(message);
}

// "could not ...": the runner counts the case as failed.
v1::ClientCompatResponse Refusal(const v1::ClientCompatRequest& request, const std::string& reason);

// "x-bin" values stand in the suite's messages as HTTP carries them, in base64.
std::string ToRawValue(const std::string& name, const std::string& value);
std::string FromRawValue(const std::string& name, const std::string& value);

}  // namespace connectrpc::conformance

#endif  // CONNECTRPC_CONFORMANCE_CLIENT_CALLER_H_
