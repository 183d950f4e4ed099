#ifndef CONNECTRPC_TESTS_INTEROP_SYNC_ECHO_H_
#define CONNECTRPC_TESTS_INTEROP_SYNC_ECHO_H_

#include "echo.connect.grpc.pb.h"
#include "interop/echo_state.h"

namespace connectrpc::test {

// The echo service in gRPC's synchronous style: a handler is a function on a thread of the server.
class SyncEchoService final : public echo::SyncEcho::Service {
 public:
  explicit SyncEchoService(EchoState* state) : state_(state) {}

  grpc::Status Echo(grpc::ServerContext* context, const echo::EchoRequest* request,
                    echo::EchoResponse* response) override;
  grpc::Status Get(grpc::ServerContext* context, const echo::EchoRequest* request,
                   echo::EchoResponse* response) override;
  grpc::Status Collect(grpc::ServerContext* context, grpc::ServerReader<echo::EchoRequest>* reader,
                       echo::EchoResponse* response) override;
  grpc::Status Expand(grpc::ServerContext* context, const echo::EchoRequest* request,
                      grpc::ServerWriter<echo::EchoResponse>* writer) override;
  grpc::Status Chat(grpc::ServerContext* context,
                    grpc::ServerReaderWriter<echo::EchoResponse, echo::EchoRequest>* stream) override;

 private:
  EchoState* state_;
};

// The same, whose requests are views.
using SyncViewEchoBase = echo::SyncEchoViews::WithViewMethod_Echo<echo::SyncEchoViews::WithViewMethod_Get<
    echo::SyncEchoViews::WithViewMethod_Collect<echo::SyncEchoViews::WithViewMethod_Expand<
        echo::SyncEchoViews::WithViewMethod_Chat<echo::SyncEcho::Service>>>>>;
class SyncViewEchoService final : public SyncViewEchoBase {
 public:
  using Request = OwnedView<echo::EchoRequestView>;

  explicit SyncViewEchoService(EchoState* state) : state_(state) {}

  grpc::Status Echo(grpc::ServerContext* context, const Request* request, echo::EchoResponse* response) override;
  grpc::Status Get(grpc::ServerContext* context, const Request* request, echo::EchoResponse* response) override;
  grpc::Status Collect(grpc::ServerContext* context, grpc::ServerReader<Request>* reader,
                       echo::EchoResponse* response) override;
  grpc::Status Expand(grpc::ServerContext* context, const Request* request,
                      grpc::ServerWriter<echo::EchoResponse>* writer) override;
  grpc::Status Chat(grpc::ServerContext* context,
                    grpc::ServerReaderWriter<echo::EchoResponse, Request>* stream) override;

 private:
  EchoState* state_;
};

}  // namespace connectrpc::test

#endif  // CONNECTRPC_TESTS_INTEROP_SYNC_ECHO_H_
