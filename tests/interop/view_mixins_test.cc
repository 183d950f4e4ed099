// What the mixins can be put on, and beside what they can stand.

#include <gtest/gtest.h>

#include <string>
#include <type_traits>

#include "interop/bytes_call.h"
#include "interop/shop_server.h"

namespace connectrpc::test {
namespace {

using interop::WithoutMixin;
using shop::CallbackShop;
using shop::CallbackShopViews;
using shop::Purchase;
using shop::Receipt;

// --- WithoutMixin ---

template <class Base>
using Without = typename WithoutMixin<CallbackShop::WithCallbackMethod_Talk, Base>::Type;

static_assert(std::is_same_v<Without<CallbackShop::Service>, CallbackShop::Service>);
static_assert(
    std::is_same_v<Without<CallbackShop::WithCallbackMethod_Talk<CallbackShop::Service>>, CallbackShop::Service>);
static_assert(
    std::is_same_v<Without<CallbackShop::WithCallbackMethod_Order<CallbackShop::WithCallbackMethod_Talk<
                       CallbackShop::WithAsyncMethod_Bill<CallbackShop::Service>>>>,
                   CallbackShop::WithCallbackMethod_Order<CallbackShop::WithAsyncMethod_Bill<CallbackShop::Service>>>);
template <class Base>
class Named : public Base {};
static_assert(std::is_same_v<Without<Named<CallbackShop::Service>>, Named<CallbackShop::Service>>);

// --- Services ---

grpc::ServerUnaryReactor* Answered(grpc::CallbackServerContext* context, const std::string& text, Receipt* response) {
  response->set_text(text);
  grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
  reactor->Finish(grpc::Status());
  return reactor;
}

// Callback and sync methods of both kinds of messages on one service.
using MixedBase = CallbackShopViews::WithViewCallbackMethod_Order<
    CallbackShopViews::WithViewMethod_Repeat<CallbackShop::WithCallbackMethod_Bill<CallbackShop::Service>>>;
class Mixed final : public MixedBase {
 public:
  grpc::ServerUnaryReactor* Order(grpc::CallbackServerContext* context, const PurchaseView* request,
                                  Receipt* response) override {
    return Answered(context, "callback view " + std::string((*request)->customer()), response);
  }
  grpc::Status Repeat(grpc::ServerContext*, const PurchaseView* request, grpc::ServerWriter<Receipt>* writer) override {
    Receipt receipt;
    receipt.set_text("sync view " + std::string((*request)->customer()));
    writer->Write(receipt);
    return grpc::Status();
  }
  grpc::ServerUnaryReactor* Bill(grpc::CallbackServerContext* context, const Purchase* request,
                                 Receipt* response) override {
    return Answered(context, "callback message " + request->customer(), response);
  }
  grpc::Status Collect(grpc::ServerContext*, grpc::ServerReader<Purchase>* reader, Receipt* response) override {
    Purchase purchase;
    while (reader->Read(&purchase)) response->set_text("sync message " + purchase.customer());
    return grpc::Status();
  }
};

// A sync method of a service that otherwise is of the callback style, and one that was asynchronous.
class SyncAmongCallbacks final : public CallbackShopViews::WithViewMethod_Order<CallbackShop::CallbackService> {
 public:
  grpc::Status Order(grpc::ServerContext*, const PurchaseView* request, Receipt* response) override {
    response->set_text("sync view " + std::string((*request)->customer()));
    return grpc::Status();
  }
};
class SyncForAsync final
    : public CallbackShopViews::WithViewMethod_Order<CallbackShop::WithAsyncMethod_Order<CallbackShop::Service>> {
 public:
  grpc::Status Order(grpc::ServerContext*, const PurchaseView* request, Receipt* response) override {
    response->set_text("sync view " + std::string((*request)->customer()));
    return grpc::Status();
  }
};

// One that is complete already, and gets a method replaced.
class Complete : public CallbackShop::CallbackService {
 public:
  grpc::ServerUnaryReactor* Bill(grpc::CallbackServerContext* context, const Purchase* request,
                                 Receipt* response) override {
    return Answered(context, "callback message " + request->customer(), response);
  }
};
class Completed final : public CallbackShopViews::WithViewCallbackMethod_Order<Complete> {
 public:
  grpc::ServerUnaryReactor* Order(grpc::CallbackServerContext* context, const PurchaseView* request,
                                  Receipt* response) override {
    return Answered(context, "callback view " + std::string((*request)->customer()), response);
  }
};

// Nothing is implemented.
class Bare final : public CallbackShopViews::WithViewMethod_Order<
                       CallbackShopViews::WithViewCallbackMethod_Repeat<CallbackShopViews::WithViewMethod_Collect<
                           CallbackShopViews::WithViewCallbackMethod_Talk<CallbackShop::Service>>>> {};

// What a method answers on each of the ports.
void ExpectText(const ShopServer& server, const std::string& method, const std::string& text) {
  for (const int port : {server.grpc_port(), server.channel_port(), server.direct_port()}) {
    SCOPED_TRACE(method + ", " + std::to_string(port));
    BytesSpec spec;
    spec.path = "/connectrpc.test.shop.CallbackShop/" + method;
    spec.streams = method != "Order" && method != "Bill";
    spec.messages = {Purchased("x").SerializeAsString()};
    const BytesResult result = CallBytes(port, kGrpc, spec);
    EXPECT_EQ(result.code, 0) << result.message;
    Receipt receipt;
    ASSERT_EQ(result.messages.size(), 1u);
    EXPECT_TRUE(receipt.ParseFromString(result.messages[0]));
    EXPECT_EQ(receipt.text(), text);
  }
}

TEST(ViewMixinsTest, StandBesideMethodsOfAllStyles) {
  Mixed mixed;
  const ShopServer server(&mixed);
  ExpectText(server, "Order", "callback view x");
  ExpectText(server, "Repeat", "sync view x");
  ExpectText(server, "Bill", "callback message x");
  ExpectText(server, "Collect", "sync message x");
  EXPECT_EQ(server.RouteOf("CallbackShop/Order"), "direct");
  EXPECT_EQ(server.RouteOf("CallbackShop/Repeat"), "channel: sync streaming handler");
  EXPECT_EQ(server.RouteOf("CallbackShop/Bill"), "direct");
  EXPECT_EQ(server.RouteOf("CallbackShop/Collect"), "channel: sync streaming handler");
}

TEST(ViewMixinsTest, TakeTheStyleOfTheBaseAway) {
  SyncAmongCallbacks among_callbacks;
  const ShopServer first(&among_callbacks);
  ExpectText(first, "Order", "sync view x");
  EXPECT_EQ(first.RouteOf("CallbackShop/Order"), "direct");
  SyncForAsync for_async;
  const ShopServer second(&for_async);
  ExpectText(second, "Order", "sync view x");
  EXPECT_EQ(second.RouteOf("CallbackShop/Order"), "direct");
}

TEST(ViewMixinsTest, CanBePutOnCompleteServices) {
  Completed completed;
  const ShopServer server(&completed);
  ExpectText(server, "Order", "callback view x");
  ExpectText(server, "Bill", "callback message x");
}

TEST(ViewMixinsTest, AreNotImplementedUntilTheyAre) {
  Bare bare;
  const ShopServer server(&bare);
  for (const int port : {server.grpc_port(), server.channel_port(), server.direct_port()}) {
    for (const std::string method : {"Order", "Collect", "Repeat", "Talk", "Bill"}) {
      BytesSpec spec;
      spec.path = "/connectrpc.test.shop.CallbackShop/" + method;
      spec.streams = method != "Order" && method != "Bill";
      EXPECT_EQ(CallBytes(port, kGrpc, spec).code, grpc::StatusCode::UNIMPLEMENTED) << method << ", " << port;
    }
  }
}

}  // namespace
}  // namespace connectrpc::test
