#ifndef CONNECTRPC_TESTS_INTEROP_SHOP_SERVER_H_
#define CONNECTRPC_TESTS_INTEROP_SHOP_SERVER_H_

#include <grpcpp/server.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "connectrpc/interop/serve_http.h"
#include "interop/echo_server.h"
#include "shop.connect.grpc.pb.h"

// Services whose methods take views, beside Bill, which takes messages.
namespace connectrpc::test {

using PurchaseView = OwnedView<shop::PurchaseView>;

inline const uint32_t* SpringCoupon(const shop::Purchase& purchase) {
  const auto found = purchase.coupons().find("spring");
  return found != purchase.coupons().end() ? &found->second : nullptr;
}
inline const uint32_t* SpringCoupon(const shop::PurchaseView& purchase) {
  return purchase.coupons().get("spring");
}

// A receipt that tells all that the purchase has; of views and of messages alike.
template <class Purchase>
shop::Receipt Receive(const Purchase& purchase) {
  shop::Receipt receipt;
  std::string* const text = receipt.mutable_text();
  text->append(purchase.customer()).append(":");
  for (const auto& line : purchase.lines()) {
    text->append(" ").append(line.article()).append("*").append(std::to_string(line.count()));
    for (const uint32_t price : line.prices()) receipt.set_total(receipt.total() + price * uint64_t{line.count()});
  }
  text->append(" ").append(std::to_string(purchase.picture().size()));
  if (const uint32_t* const percent = SpringCoupon(purchase)) {
    text->append(" -").append(std::to_string(*percent)).append("%");
  }
  if (purchase.has_before()) text->append(" after ").append(Receive(purchase.before()).text());
  return receipt;
}

// As many lines, with names of letters.
shop::Purchase Purchased(const std::string& customer, int lines = 3);

class SyncShopService final
    : public shop::SyncShopViews::WithViewMethod_Order<
          shop::SyncShopViews::WithViewMethod_Collect<shop::SyncShopViews::WithViewMethod_Repeat<
              shop::SyncShopViews::WithViewMethod_Talk<shop::SyncShop::Service>>>> {
 public:
  grpc::Status Order(grpc::ServerContext* context, const PurchaseView* request, shop::Receipt* response) override;
  grpc::Status Collect(grpc::ServerContext* context, grpc::ServerReader<PurchaseView>* reader,
                       shop::Receipt* response) override;
  grpc::Status Repeat(grpc::ServerContext* context, const PurchaseView* request,
                      grpc::ServerWriter<shop::Receipt>* writer) override;
  grpc::Status Talk(grpc::ServerContext* context,
                    grpc::ServerReaderWriter<shop::Receipt, PurchaseView>* stream) override;
  grpc::Status Bill(grpc::ServerContext* context, const shop::Purchase* request, shop::Receipt* response) override;

  // Instead of Order's own.
  std::function<grpc::Status(grpc::ServerContext*, const PurchaseView&, shop::Receipt*)> order;
};

class CallbackShopService final
    : public shop::CallbackShopViews::WithViewCallbackMethod_Order<
          shop::CallbackShopViews::WithViewCallbackMethod_Collect<
              shop::CallbackShopViews::WithViewCallbackMethod_Repeat<
                  shop::CallbackShopViews::WithViewCallbackMethod_Talk<shop::CallbackShop::CallbackService>>>> {
 public:
  grpc::ServerUnaryReactor* Order(grpc::CallbackServerContext* context, const PurchaseView* request,
                                  shop::Receipt* response) override;
  grpc::ServerReadReactor<PurchaseView>* Collect(grpc::CallbackServerContext* context,
                                                 shop::Receipt* response) override;
  grpc::ServerWriteReactor<shop::Receipt>* Repeat(grpc::CallbackServerContext* context,
                                                  const PurchaseView* request) override;
  grpc::ServerBidiReactor<PurchaseView, shop::Receipt>* Talk(grpc::CallbackServerContext* context) override;
  grpc::ServerUnaryReactor* Bill(grpc::CallbackServerContext* context, const shop::Purchase* request,
                                 shop::Receipt* response) override;

  // Instead of Order's own.
  std::function<grpc::ServerUnaryReactor*(grpc::CallbackServerContext*, const PurchaseView&, shop::Receipt*)> order;
};

// A grpc::Server with both, a port of its own, and two front ends: one reaches them by gRPC, one directly.
class ShopServer final {
 public:
  ShopServer() : ShopServer(nullptr) {}
  // With this instead of the callback service.
  explicit ShopServer(shop::CallbackShop::Service* other);
  ~ShopServer();

  int grpc_port() const { return grpc_port_; }
  int channel_port() const { return channel_->port(); }
  int direct_port() const { return direct_->port(); }
  // Of the front end that reaches them directly: "direct", "channel: sync streaming handler".
  std::string RouteOf(const std::string& method) const;

  SyncShopService sync;
  CallbackShopService callback;

 private:
  std::unique_ptr<HttpServer> Serve(const HttpOptions& options);

  int grpc_port_ = 0;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<HttpServer> channel_;
  std::unique_ptr<HttpServer> direct_;
};

}  // namespace connectrpc::test

#endif  // CONNECTRPC_TESTS_INTEROP_SHOP_SERVER_H_
