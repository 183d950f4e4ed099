#include "connectrpc/interop/grpc_channel.h"

#include <grpcpp/create_channel.h>
#include <grpcpp/support/channel_arguments.h>
#include <grpcpp/support/client_interceptor.h>
#include <grpcpp/support/interceptor.h>

#include <utility>
#include <vector>

#include "interop/hijacked_call.h"

namespace connectrpc {
namespace {

using grpc::experimental::ClientInterceptorFactoryInterface;
using grpc::experimental::ClientRpcInfo;
using grpc::experimental::Interceptor;
using grpc::experimental::InterceptorBatchMethods;

// gRPC's hold on a call, which ends with the ClientContext.
class Hijacker final : public Interceptor {
 public:
  Hijacker(Transport* transport, ClientRpcInfo* info)
      : call_(std::make_shared<interop::HijackedCall>(transport, info)) {}
  ~Hijacker() override { call_->Abandon(); }

  void Intercept(InterceptorBatchMethods* methods) override { call_->Intercept(methods); }

 private:
  const std::shared_ptr<interop::HijackedCall> call_;
};

// Lives as long as the channel, which every ClientContext of a call holds.
class HijackerFactory final : public ClientInterceptorFactoryInterface {
 public:
  explicit HijackerFactory(std::shared_ptr<Transport> transport) : transport_(std::move(transport)) {}

  Interceptor* CreateClientInterceptor(ClientRpcInfo* info) override { return new Hijacker(transport_.get(), info); }

 private:
  const std::shared_ptr<Transport> transport_;
};

}  // namespace

std::shared_ptr<grpc::Channel> NewGrpcChannel(std::shared_ptr<Transport> transport) {
  std::vector<std::unique_ptr<ClientInterceptorFactoryInterface>> factories;
  factories.push_back(std::make_unique<HijackerFactory>(std::move(transport)));
  // Without credentials gRPC makes a lame channel: no name is resolved and nothing connects, and calls that nobody
  // sends anything on cost the least.
  return grpc::experimental::CreateCustomChannelWithInterceptors("connectrpc", nullptr, grpc::ChannelArguments(),
                                                                 std::move(factories));
}

}  // namespace connectrpc
