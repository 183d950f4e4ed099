#ifndef CONNECTRPC_INTERCEPTOR_H_
#define CONNECTRPC_INTERCEPTOR_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "connectrpc/error.h"
#include "connectrpc/header_list.h"
#include "connectrpc/protocol.h"
#include "connectrpc/tls.h"

namespace connectrpc {

// What is known of a call when its head has come. Valid as long as the call.
struct CallHead {
  std::string_view method;  // "package.Service/Method": the registered name, not bytes of the caller's
  StreamType stream_type = StreamType::kUnary;
  Protocol protocol = Protocol::kConnect;
  std::string_view codec;                        // "proto", "json"
  bool is_get = false;                           // a Connect GET
  int http_version = 20;                         // 10, 11 or 20
  std::string_view peer;                         // "ipv4:127.0.0.1:5000", "ipv6:[::1]:5000", "unix:"
  const PeerCertificate* certificate = nullptr;  // the client's, verified; null without one and once it has gone
  std::chrono::steady_clock::time_point deadline = std::chrono::steady_clock::time_point::max();
};

// How a call went. Bytes are those of the messages as they travelled.
struct CallSummary {
  Code code = Code::kOk;
  std::string_view error_message;  // valid during the call of the function it is given to
  size_t request_messages = 0;
  size_t response_messages = 0;
  uint64_t request_bytes = 0;
  uint64_t response_bytes = 0;
  std::chrono::steady_clock::time_point start;  // the head had come
  std::chrono::steady_clock::time_point end;    // the answer was complete, or the call given up
};

// One call as an interceptor follows it. All functions run on the thread of the call's loop and must not block; what a
// function is given is valid during it. Each does nothing by default.
class CallInterceptor {
 public:
  virtual ~CallInterceptor() = default;

  // Before a message reaches the handler; in the caller's codec, decompressed. An error ends the call with it.
  virtual Error OnRequest(std::string_view message);
  // Before the head of the answer leaves: the handler's metadata, which may be changed.
  virtual void OnResponseHeaders(HeaderList* metadata);
  // Before a message of the handler leaves; in the caller's codec, before compression. An error ends the call with it.
  virtual Error OnResponse(std::string_view message);
  // The call ends, by its handler or without it: how, and with what trailers; both may be changed.
  virtual void OnEnd(Error* error, HeaderList* trailers);
};

// Stands before all handlers of a server, whatever their style: authentication, quotas, logging. The first one
// registered is the outermost: it sees requests first and answers last. Shared by all threads.
class Interceptor {
 public:
  virtual ~Interceptor() = default;

  // The head of a call has come, and no byte of its body was looked at. `metadata` is what the handler will see and may
  // be changed. An error refuses the call: neither later interceptors nor the handler see it. May set `*call` to follow
  // the call; it is destroyed with it. Runs on the thread of the call's loop: must not block.
  virtual Error OnHead(const CallHead& head, HeaderList* metadata, std::unique_ptr<CallInterceptor>* call) = 0;
};

// Is told of every call that has a method, refused ones included, when it is over: for metrics and access logs. Shared
// by all threads; runs on the thread of the call's loop and must not block.
class CallObserver {
 public:
  virtual ~CallObserver() = default;
  virtual void OnCallEnd(const CallHead& head, const CallSummary& summary) = 0;
};

inline Error CallInterceptor::OnRequest(std::string_view) {
  return Error();
}
inline void CallInterceptor::OnResponseHeaders(HeaderList*) {}
inline Error CallInterceptor::OnResponse(std::string_view) {
  return Error();
}
inline void CallInterceptor::OnEnd(Error*, HeaderList*) {}

}  // namespace connectrpc

#endif  // CONNECTRPC_INTERCEPTOR_H_
