#ifndef CONNECTRPC_TESTS_INTEROP_CALLBACK_ECHO_H_
#define CONNECTRPC_TESTS_INTEROP_CALLBACK_ECHO_H_

#include "echo.connect.grpc.pb.h"
#include "interop/echo_state.h"

namespace connectrpc::test {

// The echo service in gRPC's callback style: a handler is a reactor.
class CallbackEchoService final : public echo::CallbackEcho::CallbackService {
 public:
  explicit CallbackEchoService(EchoState* state) : state_(state) {}

  grpc::ServerUnaryReactor* Echo(grpc::CallbackServerContext* context, const echo::EchoRequest* request,
                                 echo::EchoResponse* response) override;
  grpc::ServerUnaryReactor* Get(grpc::CallbackServerContext* context, const echo::EchoRequest* request,
                                echo::EchoResponse* response) override;
  grpc::ServerReadReactor<echo::EchoRequest>* Collect(grpc::CallbackServerContext* context,
                                                      echo::EchoResponse* response) override;
  grpc::ServerWriteReactor<echo::EchoResponse>* Expand(grpc::CallbackServerContext* context,
                                                       const echo::EchoRequest* request) override;
  grpc::ServerBidiReactor<echo::EchoRequest, echo::EchoResponse>* Chat(grpc::CallbackServerContext* context) override;

 private:
  EchoState* state_;
};

// The same, whose requests are views.
using CallbackViewEchoBase =
    echo::CallbackEchoViews::WithViewCallbackMethod_Echo<echo::CallbackEchoViews::WithViewCallbackMethod_Get<
        echo::CallbackEchoViews::WithViewCallbackMethod_Collect<echo::CallbackEchoViews::WithViewCallbackMethod_Expand<
            echo::CallbackEchoViews::WithViewCallbackMethod_Chat<echo::CallbackEcho::CallbackService>>>>>;
class CallbackViewEchoService final : public CallbackViewEchoBase {
 public:
  using Request = OwnedView<echo::EchoRequestView>;

  explicit CallbackViewEchoService(EchoState* state) : state_(state) {}

  grpc::ServerUnaryReactor* Echo(grpc::CallbackServerContext* context, const Request* request,
                                 echo::EchoResponse* response) override;
  grpc::ServerUnaryReactor* Get(grpc::CallbackServerContext* context, const Request* request,
                                echo::EchoResponse* response) override;
  grpc::ServerReadReactor<Request>* Collect(grpc::CallbackServerContext* context,
                                            echo::EchoResponse* response) override;
  grpc::ServerWriteReactor<echo::EchoResponse>* Expand(grpc::CallbackServerContext* context,
                                                       const Request* request) override;
  grpc::ServerBidiReactor<Request, echo::EchoResponse>* Chat(grpc::CallbackServerContext* context) override;

 private:
  EchoState* state_;
};

}  // namespace connectrpc::test

#endif  // CONNECTRPC_TESTS_INTEROP_CALLBACK_ECHO_H_
