// What docs/views.md shows of views in services, at work.

#include <gtest/gtest.h>

#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "interop/bytes_call.h"
#include "interop/shop_server.h"

namespace connectrpc::test {
namespace {

// snippet: service
using shop::CallbackShop;
using shop::CallbackShopViews;

class ShopService final : public CallbackShopViews::WithViewCallbackMethod_Order<CallbackShop::CallbackService> {
 public:
  // It was: Order(grpc::CallbackServerContext*, const shop::Purchase* request, shop::Receipt*)
  grpc::ServerUnaryReactor* Order(grpc::CallbackServerContext* context,
                                  const connectrpc::OwnedView<shop::PurchaseView>* request,
                                  shop::Receipt* response) override {
    const shop::PurchaseView& purchase = **request;
    uint64_t total = 0;
    for (const shop::LineView& line : purchase.lines()) total += line.count();
    response->set_total(total);
    if (total > 100) Review(request->Share());  // valid when the call is over, too
    grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }

  // As ever.
  grpc::ServerUnaryReactor* Bill(grpc::CallbackServerContext* context, const shop::Purchase* request,
                                 shop::Receipt* response) override;
  // end snippet

  std::vector<PurchaseView> to_review() {
    std::lock_guard<std::mutex> lock(mutex_);
    return std::move(to_review_);
  }

 private:
  void Review(PurchaseView purchase) {
    std::lock_guard<std::mutex> lock(mutex_);
    to_review_.push_back(std::move(purchase));
  }

  std::mutex mutex_;
  std::vector<PurchaseView> to_review_;
};

grpc::ServerUnaryReactor* ShopService::Bill(grpc::CallbackServerContext* context, const shop::Purchase* request,
                                            shop::Receipt* response) {
  *response = Receive(*request);
  grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
  reactor->Finish(grpc::Status::OK);
  return reactor;
}

TEST(ViewExampleTest, Works) {
  ShopService service;
  const ShopServer server(&service);
  for (const std::string method : {"Order", "Bill"}) {
    BytesSpec spec;
    spec.path = "/connectrpc.test.shop.CallbackShop/" + method;
    spec.messages = {Purchased("Ada", 20).SerializeAsString()};
    EXPECT_EQ(CallBytes(server.direct_port(), kConnectHttp2, spec).code, 0);
  }
  const std::vector<PurchaseView> to_review = service.to_review();
  ASSERT_EQ(to_review.size(), 1u);
  EXPECT_EQ(to_review[0]->customer(), "Ada");
}

}  // namespace
}  // namespace connectrpc::test
