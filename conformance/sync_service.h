#ifndef CONNECTRPC_CONFORMANCE_SYNC_SERVICE_H_
#define CONNECTRPC_CONFORMANCE_SYNC_SERVICE_H_

#include "connectrpc/conformance/v1/service.grpc.pb.h"

namespace connectrpc::conformance {

// ConformanceService with synchronous handlers. A delay holds its thread, so the server must be free to start more of
// them, as it is by default. `Unimplemented` stays the generated one.
class SyncService final : public v1::ConformanceService::Service {
 public:
  grpc::Status Unary(grpc::ServerContext* context, const v1::UnaryRequest* request,
                     v1::UnaryResponse* response) override;

  grpc::Status IdempotentUnary(grpc::ServerContext* context, const v1::IdempotentUnaryRequest* request,
                               v1::IdempotentUnaryResponse* response) override;

  grpc::Status ClientStream(grpc::ServerContext* context, grpc::ServerReader<v1::ClientStreamRequest>* reader,
                            v1::ClientStreamResponse* response) override;

  grpc::Status ServerStream(grpc::ServerContext* context, const v1::ServerStreamRequest* request,
                            grpc::ServerWriter<v1::ServerStreamResponse>* writer) override;

  grpc::Status BidiStream(grpc::ServerContext* context,
                          grpc::ServerReaderWriter<v1::BidiStreamResponse, v1::BidiStreamRequest>* stream) override;
};

}  // namespace connectrpc::conformance

#endif  // CONNECTRPC_CONFORMANCE_SYNC_SERVICE_H_
