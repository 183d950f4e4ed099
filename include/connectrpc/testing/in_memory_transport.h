#ifndef CONNECTRPC_TESTING_IN_MEMORY_TRANSPORT_H_
#define CONNECTRPC_TESTING_IN_MEMORY_TRANSPORT_H_

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "connectrpc/call_options.h"
#include "connectrpc/error.h"
#include "connectrpc/header_list.h"
#include "connectrpc/method_spec.h"
#include "connectrpc/transport.h"

namespace google::protobuf {
class MessageLite;
}

// A transport without a network, for tests of code that makes calls: whoever writes the test says what each method
// does.
//
//   auto transport = std::make_shared<connectrpc::InMemoryTransport>();
//   transport->HandleUnary<GreetRequest, GreetResponse>(
//       GreetServiceMethods::Greet,
//       [](connectrpc::InMemoryCall& call, const GreetRequest& request, GreetResponse* response) {
//         response->set_text("Hello, " + request.name());
//         return connectrpc::Error();
//       });
//   GreetServiceClient client(transport);
//
// Messages travel encoded, in the call's codec; deadlines, cancellation, flow control and the limit of a response's
// size are as they are with a server. Compression, retries and GET are nothing here.
namespace connectrpc {

namespace client {
class MemoryCall;
}

// One call as its handler has it. Reading and writing block, until the call is canceled at the latest. The functions
// are for the handler's thread but canceled().
class InMemoryCall {
 public:
  explicit InMemoryCall(client::MemoryCall* call) : call_(call) {}

  const HeaderList& request_headers() const;
  // The call's timeout as the caller set it.
  std::optional<std::chrono::nanoseconds> timeout() const;

  // What the answer carries beside its messages. The headers leave with the first message, with SendHeaders, or at the
  // end.
  HeaderList& headers();
  HeaderList& trailers();
  void SendHeaders();

  // Whether nobody waits for the answer any more: the caller has canceled or gone, or the deadline has passed.
  bool canceled() const;
  void WaitUntilCanceled() const;

 private:
  friend class InMemoryTransport;
  template <class Request>
  friend class InMemoryReader;
  template <class Response>
  friend class InMemoryWriter;

  bool ReadMessage(google::protobuf::MessageLite* message);
  bool WriteMessage(const google::protobuf::MessageLite& message);

  client::MemoryCall* call_;
};

// The requests of a call.
template <class Request>
class InMemoryReader {
 public:
  explicit InMemoryReader(InMemoryCall* call) : call_(call) {}
  // False when there are no more, or the call is canceled.
  [[nodiscard]] bool Read(Request* message) { return call_->ReadMessage(message); }

 private:
  InMemoryCall* call_;
};

// The responses of a call.
template <class Response>
class InMemoryWriter {
 public:
  explicit InMemoryWriter(InMemoryCall* call) : call_(call) {}
  // Waits while the caller does not read. False when the call is canceled.
  bool Write(const Response& message) { return call_->WriteMessage(message); }

 private:
  InMemoryCall* call_;
};

// Thread-safe. Each running handler has a thread, so it may block. A method without a handler is `unimplemented`. What
// a handler throws is `unknown`. The metadata of a handler's error is sent with the trailers.
class InMemoryTransport final : public Transport {
 public:
  explicit InMemoryTransport(CallOptions defaults = {});
  // Ends running calls with `canceled` and waits for their handlers (except within a callback or a handler, where they
  // are waited for elsewhere). Not while a blocking call runs on it.
  ~InMemoryTransport() override;

  // A handler for calls of `method` that begin from now on, in place of one there was.
  template <class Request, class Response>
  void HandleUnary(const MethodSpec& method,
                   std::function<Error(InMemoryCall& call, const Request& request, Response* response)> handler) {
    Handle(method, [handler = std::move(handler)](InMemoryCall& call) {
      Request request;
      if (!call.ReadMessage(&request)) return Error(Code::kUnimplemented, "no request message");
      Response response;
      Error error = handler(call, request, &response);
      if (error.ok()) call.WriteMessage(response);
      return error;
    });
  }
  template <class Request, class Response>
  void HandleServerStream(
      const MethodSpec& method,
      std::function<Error(InMemoryCall& call, const Request& request, InMemoryWriter<Response>& responses)> handler) {
    Handle(method, [handler = std::move(handler)](InMemoryCall& call) {
      Request request;
      if (!call.ReadMessage(&request)) return Error(Code::kUnimplemented, "no request message");
      InMemoryWriter<Response> responses(&call);
      return handler(call, request, responses);
    });
  }
  template <class Request, class Response>
  void HandleClientStream(
      const MethodSpec& method,
      std::function<Error(InMemoryCall& call, InMemoryReader<Request>& requests, Response* response)> handler) {
    Handle(method, [handler = std::move(handler)](InMemoryCall& call) {
      InMemoryReader<Request> requests(&call);
      Response response;
      Error error = handler(call, requests, &response);
      if (error.ok()) call.WriteMessage(response);
      return error;
    });
  }
  template <class Request, class Response>
  void HandleBidiStream(
      const MethodSpec& method,
      std::function<Error(InMemoryCall& call, InMemoryReader<Request>& requests, InMemoryWriter<Response>& responses)>
          handler) {
    Handle(method, [handler = std::move(handler)](InMemoryCall& call) {
      InMemoryReader<Request> requests(&call);
      InMemoryWriter<Response> responses(&call);
      return handler(call, requests, responses);
    });
  }

  const CallOptions& defaults() const override;
  CallLoop* PickLoop() override;
  TransportCall* Start(CallLoop* loop, const MethodSpec& method, const CallOptions& options,
                       TransportCall::Receiver* receiver) override;

 private:
  struct Impl;

  void Handle(const MethodSpec& method, std::function<Error(InMemoryCall& call)> handler);

  std::shared_ptr<Impl> impl_;
};

}  // namespace connectrpc

#endif  // CONNECTRPC_TESTING_IN_MEMORY_TRANSPORT_H_
