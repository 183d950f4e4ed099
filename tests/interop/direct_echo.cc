#include "interop/direct_echo.h"

#include "connectrpc/interop/direct.h"

CONNECTRPC_OPEN_CALLBACK_UNARY_METHOD(test_Echo, ::connectrpc::test::echo::EchoRequest,
                                      ::connectrpc::test::echo::EchoResponse);

namespace connectrpc::test::echo {
namespace {

template <class Service>
std::shared_ptr<DirectService> Mount(typename Service::Service* service, const DirectOptions& options) {
  using interop::test_Echo_Allocator;
  using interop::test_Echo_Starter;
  interop::DirectServiceBuilder builder(service, Service::service_full_name(), options);
  builder.AddUnary<test_Echo_Starter, test_Echo_Allocator>("Echo", &Service::Service::Echo);
  builder.AddUnary<test_Echo_Starter, test_Echo_Allocator>("Get", &Service::Service::Get);
  return builder.Build();
}

}  // namespace

std::shared_ptr<DirectService> ConnectDirect(SyncEcho::Service* service, const DirectOptions& options) {
  return Mount<SyncEcho>(service, options);
}

std::shared_ptr<DirectService> ConnectDirect(CallbackEcho::Service* service, const DirectOptions& options) {
  return Mount<CallbackEcho>(service, options);
}

}  // namespace connectrpc::test::echo
