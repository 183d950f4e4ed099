// Must not compile: the function that took the message is left behind where the method takes a view. By a build step of
// its own, in tests/interop/CMakeLists.txt.

#include "shop.connect.grpc.pb.h"

namespace connectrpc::test {

#if LEFT_IN_SYNC
class LeftInSync final : public shop::SyncShopViews::WithViewMethod_Order<shop::SyncShop::Service> {
  grpc::Status Order(grpc::ServerContext* context, const shop::Purchase* request, shop::Receipt* response) override;
};
#endif

#if LEFT_IN_CALLBACK
class LeftInCallback final
    : public shop::CallbackShopViews::WithViewCallbackMethod_Order<shop::CallbackShop::CallbackService> {
  grpc::ServerUnaryReactor* Order(grpc::CallbackServerContext* context, const shop::Purchase* request,
                                  shop::Receipt* response) override;
};
#endif

#if OTHER_SERVICE
class OtherService final : public shop::CallbackShopViews::WithViewCallbackMethod_Order<shop::SyncShop::Service> {};
OtherService service;
#endif

}  // namespace connectrpc::test
