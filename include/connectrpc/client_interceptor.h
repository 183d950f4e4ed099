#ifndef CONNECTRPC_CLIENT_INTERCEPTOR_H_
#define CONNECTRPC_CLIENT_INTERCEPTOR_H_

#include <memory>
#include <string_view>
#include <vector>

#include "connectrpc/call_options.h"
#include "connectrpc/error.h"
#include "connectrpc/header_list.h"
#include "connectrpc/method_spec.h"
#include "connectrpc/transport.h"

namespace connectrpc {

// One call as an interceptor follows it: the mirror of CallInterceptor. All functions run on the call's loop and must
// not block; what a function is given is valid during it. Each does nothing by default.
class ClientCallInterceptor {
 public:
  virtual ~ClientCallInterceptor() = default;

  // Before a message leaves; in the call's codec, before compression. An error ends the call with it.
  virtual Error OnRequest(std::string_view message);
  // The headers of the answer, which may be changed.
  virtual void OnHeaders(HeaderList* headers);
  // A message of the answer, decompressed. An error ends the call with it.
  virtual Error OnResponse(std::string_view message);
  // The call has ended: how, and with what trailers; both may be changed. Comes in any case, once and last.
  virtual void OnEnd(Error* error, HeaderList* trailers);
};

// Stands between all calls of a client and their transport: credentials, tracing, logging, metrics. Shared by all
// threads.
class ClientInterceptor {
 public:
  virtual ~ClientInterceptor() = default;

  // A call begins; `options`, the defaults of the transport not yet applied, may be changed, but for what has been read
  // by now: codec, cancellation, max_unread_bytes. An error ends the call before anything is sent. May set `*call` to
  // follow the call; it is destroyed with it. Runs on the call's loop: must not block.
  virtual Error OnCall(const MethodSpec& method, CallOptions* options,
                       std::unique_ptr<ClientCallInterceptor>* call) = 0;
};

// A transport whose calls pass these interceptors on their way to `transport`. The first one is the outermost: it sees
// calls first and answers last.
std::shared_ptr<Transport> Intercept(std::shared_ptr<Transport> transport,
                                     std::vector<std::shared_ptr<ClientInterceptor>> interceptors);

}  // namespace connectrpc

#endif  // CONNECTRPC_CLIENT_INTERCEPTOR_H_
