#ifndef CONNECTRPC_CONFORMANCE_CALLBACK_SERVICE_H_
#define CONNECTRPC_CONFORMANCE_CALLBACK_SERVICE_H_

#include "connectrpc/conformance/v1/service.grpc.pb.h"

namespace connectrpc::conformance {

// ConformanceService with callback handlers: a reactor for each call, and no thread ever waits. `Unimplemented` stays
// the generated one.
class CallbackService final : public v1::ConformanceService::CallbackService {
 public:
  grpc::ServerUnaryReactor* Unary(grpc::CallbackServerContext* context, const v1::UnaryRequest* request,
                                  v1::UnaryResponse* response) override;

  grpc::ServerUnaryReactor* IdempotentUnary(grpc::CallbackServerContext* context,
                                            const v1::IdempotentUnaryRequest* request,
                                            v1::IdempotentUnaryResponse* response) override;

  grpc::ServerReadReactor<v1::ClientStreamRequest>* ClientStream(grpc::CallbackServerContext* context,
                                                                 v1::ClientStreamResponse* response) override;

  grpc::ServerWriteReactor<v1::ServerStreamResponse>* ServerStream(grpc::CallbackServerContext* context,
                                                                   const v1::ServerStreamRequest* request) override;

  grpc::ServerBidiReactor<v1::BidiStreamRequest, v1::BidiStreamResponse>* BidiStream(
      grpc::CallbackServerContext* context) override;
};

}  // namespace connectrpc::conformance

#endif  // CONNECTRPC_CONFORMANCE_CALLBACK_SERVICE_H_
