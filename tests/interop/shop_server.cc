#include "interop/shop_server.h"

#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server_builder.h>
#include <gtest/gtest.h>

#include <chrono>

namespace connectrpc::test {
namespace {

using shop::Receipt;

// Both directions of a stream: what was read is written, or collected.
class CollectReactor final : public grpc::ServerReadReactor<PurchaseView> {
 public:
  explicit CollectReactor(Receipt* response) : response_(response) { StartRead(&request_); }

  void OnReadDone(bool ok) override {
    if (!ok) return Finish(grpc::Status());
    const Receipt one = Receive(*request_);
    response_->set_text(response_->text() + one.text() + "\n");
    response_->set_total(response_->total() + one.total());
    // One that is held elsewhere, or was moved away, is read into as well as any other.
    switch (++read_ % 3) {
      case 0:
        kept_ = std::move(request_);
        break;
      case 1:
        kept_ = request_.Share();
        break;
      default:
        break;
    }
    StartRead(&request_);
  }
  void OnDone() override { delete this; }

 private:
  Receipt* const response_;
  PurchaseView request_, kept_;
  int read_ = 0;
};

class RepeatReactor final : public grpc::ServerWriteReactor<Receipt> {
 public:
  explicit RepeatReactor(const PurchaseView& request) : request_(request.Share()) { Next(); }

  void OnWriteDone(bool ok) override {
    ok ? Next() : Finish(grpc::Status(grpc::StatusCode::CANCELLED, "cannot write"));
  }
  void OnDone() override { delete this; }

 private:
  void Next() {
    if (written_++ == request_->lines().size()) return Finish(grpc::Status());
    receipt_ = Receive(*request_);
    StartWrite(&receipt_);
  }

  const PurchaseView request_;
  Receipt receipt_;
  size_t written_ = 0;
};

class TalkReactor final : public grpc::ServerBidiReactor<PurchaseView, Receipt> {
 public:
  TalkReactor() { StartRead(&request_); }

  void OnReadDone(bool ok) override {
    if (!ok) return Finish(grpc::Status());
    receipt_ = Receive(*request_);
    StartWrite(&receipt_);
  }
  void OnWriteDone(bool ok) override {
    if (!ok) return Finish(grpc::Status(grpc::StatusCode::CANCELLED, "cannot write"));
    StartRead(&request_);
  }
  void OnDone() override { delete this; }

 private:
  PurchaseView request_;
  Receipt receipt_;
};

grpc::ServerUnaryReactor* FinishedReactor(grpc::CallbackServerContext* context) {
  grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
  reactor->Finish(grpc::Status());
  return reactor;
}

}  // namespace

shop::Purchase Purchased(const std::string& customer, int lines) {
  shop::Purchase purchase;
  purchase.set_customer(customer);
  for (int i = 0; i < lines; ++i) {
    shop::Line* const line = purchase.add_lines();
    line->set_article("article " + std::to_string(i) + " \xc3\xa9");
    line->set_count(static_cast<uint32_t>(i + 1));
    line->add_prices(static_cast<uint32_t>(i * 100));
    line->add_prices(0xFFFFFFFF);
  }
  purchase.set_picture(std::string("\0\xff\r\n", 4));
  (*purchase.mutable_coupons())["spring"] = 7;
  return purchase;
}

grpc::Status SyncShopService::Order(grpc::ServerContext* context, const PurchaseView* request, Receipt* response) {
  if (order) return order(context, *request, response);
  *response = Receive(**request);
  return grpc::Status();
}

grpc::Status SyncShopService::Collect(grpc::ServerContext* /*context*/, grpc::ServerReader<PurchaseView>* reader,
                                      Receipt* response) {
  PurchaseView request;
  while (reader->Read(&request)) {
    const Receipt one = Receive(*request);
    response->set_text(response->text() + one.text() + "\n");
    response->set_total(response->total() + one.total());
  }
  return grpc::Status();
}

grpc::Status SyncShopService::Repeat(grpc::ServerContext* /*context*/, const PurchaseView* request,
                                     grpc::ServerWriter<Receipt>* writer) {
  for (size_t i = 0; i < (*request)->lines().size(); ++i) writer->Write(Receive(**request));
  return grpc::Status();
}

grpc::Status SyncShopService::Talk(grpc::ServerContext* /*context*/,
                                   grpc::ServerReaderWriter<Receipt, PurchaseView>* stream) {
  PurchaseView request;
  while (stream->Read(&request)) stream->Write(Receive(*request));
  return grpc::Status();
}

grpc::Status SyncShopService::Bill(grpc::ServerContext* /*context*/, const shop::Purchase* request, Receipt* response) {
  *response = Receive(*request);
  return grpc::Status();
}

grpc::ServerUnaryReactor* CallbackShopService::Order(grpc::CallbackServerContext* context, const PurchaseView* request,
                                                     Receipt* response) {
  if (order) return order(context, *request, response);
  *response = Receive(**request);
  return FinishedReactor(context);
}

grpc::ServerReadReactor<PurchaseView>* CallbackShopService::Collect(grpc::CallbackServerContext* /*context*/,
                                                                    Receipt* response) {
  return new CollectReactor(response);
}

grpc::ServerWriteReactor<Receipt>* CallbackShopService::Repeat(grpc::CallbackServerContext* /*context*/,
                                                               const PurchaseView* request) {
  return new RepeatReactor(*request);
}

grpc::ServerBidiReactor<PurchaseView, Receipt>* CallbackShopService::Talk(grpc::CallbackServerContext* /*context*/) {
  return new TalkReactor();
}

grpc::ServerUnaryReactor* CallbackShopService::Bill(grpc::CallbackServerContext* context, const shop::Purchase* request,
                                                    Receipt* response) {
  *response = Receive(*request);
  return FinishedReactor(context);
}

ShopServer::ShopServer(shop::CallbackShop::Service* other) {
  shop::CallbackShop::Service* const used = other != nullptr ? other : &callback;
  grpc::ServerBuilder builder;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &grpc_port_);
  builder.SetMaxReceiveMessageSize(-1);
  builder.RegisterService(&sync);
  builder.RegisterService(used);
  server_ = builder.BuildAndStart();
  channel_ = Serve(LocalOptions());
  HttpOptions options = LocalOptions();
  options.direct(&sync);
  options.direct(used);
  direct_ = Serve(options);
}

ShopServer::~ShopServer() {
  direct_.reset();
  channel_.reset();
  server_->Shutdown(std::chrono::system_clock::now());
}

std::string ShopServer::RouteOf(const std::string& method) const {
  for (const MethodRoute& route : direct_->routes()) {
    if (route.method != "connectrpc.test.shop." + method) continue;
    return route.kind == MethodRoute::Kind::kDirect ? "direct" : "channel: " + route.reason;
  }
  return "none";
}

std::unique_ptr<HttpServer> ShopServer::Serve(const HttpOptions& options) {
  auto front = ServeHttp(*server_, options);
  EXPECT_TRUE(front.ok()) << front.status();
  return front.ok() ? *std::move(front) : nullptr;
}

}  // namespace connectrpc::test
