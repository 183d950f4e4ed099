#ifndef CONNECTRPC_TESTS_INTEROP_GRPC_TRANSPORT_H_
#define CONNECTRPC_TESTS_INTEROP_GRPC_TRANSPORT_H_

#include <grpcpp/channel.h>
#include <grpcpp/generic/generic_stub.h>

#include <memory>

#include "connectrpc/transport.h"
#include "interop/loop_thread.h"

namespace connectrpc::test {

// A transport over a gRPC channel, such as a server's in-process one: a real server behind stubs, with nothing of ours
// below the transport.
class GrpcTransport final : public Transport {
 public:
  explicit GrpcTransport(const std::shared_ptr<grpc::Channel>& channel) : stub_(channel) {}

  const CallOptions& defaults() const override { return defaults_; }
  CallLoop* PickLoop() override { return &loop_; }
  TransportCall* Start(CallLoop* loop, const MethodSpec& method, const CallOptions& options,
                       TransportCall::Receiver* receiver) override;

 private:
  const CallOptions defaults_;
  grpc::GenericStub stub_;
  LoopThread loop_;
};

}  // namespace connectrpc::test

#endif  // CONNECTRPC_TESTS_INTEROP_GRPC_TRANSPORT_H_
