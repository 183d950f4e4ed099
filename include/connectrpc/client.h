#ifndef CONNECTRPC_CLIENT_H_
#define CONNECTRPC_CLIENT_H_

#include <memory>
#include <utility>

#include "connectrpc/call_options.h"
#include "connectrpc/cancellation.h"
#include "connectrpc/client_call.h"
#include "connectrpc/client_interceptor.h"
#include "connectrpc/client_stream.h"
#include "connectrpc/error.h"
#include "connectrpc/error_details.h"
#include "connectrpc/method_spec.h"
#include "connectrpc/result.h"
#include "connectrpc/status.h"
#include "connectrpc/transport.h"
#include "connectrpc/version.h"

// Calls by message types, over any transport: what generated clients are made of. A `method` is a constant that
// outlives the call. Requests are encoded before a function returns. A Response is a message's class, or an OwnedView
// (owned_view.h), which then has the bytes that came.
namespace connectrpc {

// Makes a call with one message either way, and waits for it. On the loop, that is within a callback, it fails with
// failed_precondition: it would wait for itself.
template <class Request, class Response>
Result<Response> CallUnary(Transport& transport, const MethodSpec& method, const Request& request,
                           const CallOptions& options) {
  Response response;
  client::UnaryOutcome outcome = client::CallUnary(transport, method, request, options, &response);
  return Result<Response>(std::move(response), std::move(outcome.error), std::move(outcome.headers),
                          std::move(outcome.trailers));
}

// Begins a call with one message either way. `done` runs on the loop, once, after this function has returned; it must
// not block or throw.
template <class Request, class Response>
void CallUnary(const std::shared_ptr<Transport>& transport, const MethodSpec& method, const Request& request,
               const CallOptions& options, UnaryCallback<Response> done) {
  client::CallUnary(transport, method, request, options,
                    std::make_unique<client::CallbackCompletion<Response>>(std::move(done)));
}

// Begin a call with a stream. They do not wait; what is wrong is told by the stream's end.
template <class Request, class Response>
ClientReader<Response> StartServerStream(const std::shared_ptr<Transport>& transport, const MethodSpec& method,
                                         const Request& request, const CallOptions& options) {
  return ClientReader<Response>(client::Stream::Start(transport, method, options, &request));
}
template <class Request, class Response>
ClientWriter<Request, Response> StartClientStream(const std::shared_ptr<Transport>& transport, const MethodSpec& method,
                                                  const CallOptions& options) {
  return ClientWriter<Request, Response>(client::Stream::Start(transport, method, options));
}
template <class Request, class Response>
ClientReaderWriter<Request, Response> StartBidiStream(const std::shared_ptr<Transport>& transport,
                                                      const MethodSpec& method, const CallOptions& options) {
  return ClientReaderWriter<Request, Response>(client::Stream::Start(transport, method, options));
}

}  // namespace connectrpc

#endif  // CONNECTRPC_CLIENT_H_
