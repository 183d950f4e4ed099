// All mixins of golden/view_mixins: what a template hides until it is used compiles, too.

#include "hostile.connect.grpc.pb.h"
#include "shop/shop.connect.grpc.pb.h"

#define INSTANTIATE(mixins, service, method)                                \
  template class mixins::WithViewMethod_##method<service::Service>;         \
  template class mixins::WithViewCallbackMethod_##method<service::Service>; \
  template class mixins::WithViewMethod_##method<service::CallbackService>; \
  template class mixins::WithViewCallbackMethod_##method<service::CallbackService>

using golden::shop::v1::Shop;
using golden::shop::v1::ShopViews;
INSTANTIATE(ShopViews, Shop, Buy);
INSTANTIATE(ShopViews, Shop, Return);
INSTANTIATE(ShopViews, Shop, Visit);
INSTANTIATE(ShopViews, Shop, Talk);

using golden::view_mixins::Hostile;
using golden::view_mixins::HostileViews__;
INSTANTIATE(HostileViews__, Hostile, WithViewMethod_Call);
INSTANTIATE(HostileViews__, Hostile, WithViewCallbackMethod_Call);
INSTANTIATE(HostileViews__, Hostile, Call);
INSTANTIATE(HostileViews__, Hostile, Type);
INSTANTIATE(HostileViews__, Hostile, Views);
INSTANTIATE(HostileViews__, Hostile, HostileViews);
INSTANTIATE(HostileViews__, Hostile, OwnedView);
INSTANTIATE(HostileViews__, Hostile, arguments);
INSTANTIATE(HostileViews__, Hostile, context);
INSTANTIATE(HostileViews__, Hostile, request);
INSTANTIATE(HostileViews__, Hostile, response);
INSTANTIATE(HostileViews__, Hostile, allocator);
INSTANTIATE(HostileViews__, Hostile, SetMessageAllocatorFor_Call);
INSTANTIATE(HostileViews__, Hostile, SetViewHandler);
INSTANTIATE(HostileViews__, Hostile, GetHandler);
INSTANTIATE(HostileViews__, Hostile, MarkMethodCallback);
INSTANTIATE(HostileViews__, Hostile, grpc);
INSTANTIATE(HostileViews__, Hostile, std);
INSTANTIATE(HostileViews__, Hostile, connectrpc);
INSTANTIATE(HostileViews__, Hostile, is_base_of_v);
INSTANTIATE(HostileViews__, Hostile, Old);
