// How long the views of requests are valid: while their handler runs, and as long as somebody keeps them.

#include <grpcpp/client_context.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/support/message_allocator.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "interop/bytes_call.h"
#include "interop/shop_server.h"

namespace connectrpc::test {
namespace {

using shop::Purchase;
using shop::Receipt;

struct Way {
  const char* name;
  int (ShopServer::*port)() const;
  Wire wire;
  Codec codec;
};
const Way kWays[] = {
    {"gRPC's own port", &ShopServer::grpc_port, kGrpc, Codec::kProto},
    {"channel", &ShopServer::channel_port, kConnectHttp2, Codec::kProto},
    {"channel, JSON", &ShopServer::channel_port, kConnectHttp2, Codec::kJson},
    {"direct, gRPC", &ShopServer::direct_port, kGrpc, Codec::kProto},
    {"direct, HTTP/1.1", &ShopServer::direct_port, kConnectHttp1, Codec::kProto},
    {"direct, JSON", &ShopServer::direct_port, kConnectHttp2, Codec::kJson},
};

BytesSpec Order(const char* service, const Purchase& purchase, Codec codec) {
  BytesSpec spec;
  spec.path = std::string("/connectrpc.test.shop.") + service + "/Order";
  spec.codec = codec;
  spec.messages = {Encode(purchase, codec)};
  return spec;
}

// Sizes on both sides of those at which bytes are copied, borrowed and shared.
std::vector<Purchase> Sized() {
  std::vector<Purchase> purchases;
  for (const size_t size : {0, 10, 1000, 1100, 20000, 200000}) {
    purchases.push_back(Purchased("customer " + std::to_string(size)));
    purchases.back().set_picture(std::string(size, static_cast<char>('a' + size % 26)));
  }
  return purchases;
}

TEST(ViewLifetimeTest, KeptRequestsOutliveTheirCalls) {
  const std::vector<Purchase> sized = Sized();
  for (const Way& way : kWays) {
    for (const char* service : {"SyncShop", "CallbackShop"}) {
      SCOPED_TRACE(std::string(way.name) + ", " + service);
      std::mutex mutex;
      std::vector<PurchaseView> kept;
      std::vector<Payload> pieces;
      const auto keep = [&](const PurchaseView& request) {
        std::lock_guard<std::mutex> lock(mutex);
        kept.push_back(request.Share());
        pieces.push_back(request.SharePiece(request->picture()));
      };
      {
        ShopServer server;
        server.sync.order = [&](grpc::ServerContext*, const PurchaseView& request, Receipt*) {
          keep(request);
          return grpc::Status();
        };
        server.callback.order = [&](grpc::CallbackServerContext* context, const PurchaseView& request, Receipt*) {
          keep(request);
          auto* const reactor = context->DefaultReactor();
          reactor->Finish(grpc::Status());
          return reactor;
        };
        for (int round = 0; round < 3; ++round) {
          for (const Purchase& purchase : sized) {
            EXPECT_EQ(CallBytes((server.*way.port)(), way.wire, Order(service, purchase, way.codec)).code, 0);
          }
        }
      }
      ASSERT_EQ(kept.size(), 3 * sized.size());
      for (size_t i = 0; i < kept.size(); ++i) {
        const Purchase& expected = sized[i % sized.size()];
        EXPECT_EQ(Receive(*kept[i]).text(), Receive(expected).text());
        EXPECT_EQ(kept[i].bytes().size(), expected.ByteSizeLong());
        EXPECT_EQ(pieces[i].view(), expected.picture());
      }
    }
  }
}

// Reads its request after the method has returned, on another thread, when its call is cancelled.
class Patient final : public grpc::ServerUnaryReactor {
 public:
  Patient(const PurchaseView* request, std::promise<void>* started, std::promise<std::string>* read)
      : request_(request), read_(read) {
    started->set_value();
  }

  void OnCancel() override {
    thread_ = std::thread([this] {
      read_->set_value(Receive(**request_).text());
      Finish(grpc::Status(grpc::StatusCode::CANCELLED, ""));
    });
  }
  void OnDone() override {
    thread_.detach();
    delete this;
  }

 private:
  const PurchaseView* const request_;
  std::promise<std::string>* const read_;
  std::thread thread_;
};

TEST(ViewLifetimeTest, RequestsLastUntilTheirReactorIsThrough) {
  const auto port_of = {&ShopServer::grpc_port, &ShopServer::channel_port, &ShopServer::direct_port};
  for (const auto port : port_of) {
    ShopServer server;
    std::promise<void> started;
    std::promise<std::string> read;
    server.callback.order = [&](grpc::CallbackServerContext*, const PurchaseView& request, Receipt*) {
      return new Patient(&request, &started, &read);
    };
    const auto channel =
        grpc::CreateChannel("127.0.0.1:" + std::to_string((server.*port)()), grpc::InsecureChannelCredentials());
    const auto stub = shop::CallbackShop::NewStub(channel);
    const Purchase purchase = Purchased("patient");
    grpc::ClientContext context;
    std::promise<grpc::Status> ended;
    Receipt receipt;
    stub->async()->Order(&context, &purchase, &receipt, [&](grpc::Status status) { ended.set_value(status); });
    started.get_future().wait();
    context.TryCancel();
    EXPECT_EQ(read.get_future().get(), Receive(purchase).text());
    EXPECT_EQ(ended.get_future().get().error_code(), grpc::StatusCode::CANCELLED);
  }
}

// Messages that the service makes itself.
class CountingAllocator final : public grpc::MessageAllocator<PurchaseView, Receipt> {
 public:
  grpc::MessageHolder<PurchaseView, Receipt>* AllocateMessages() override {
    ++made;
    return new Holder(this);
  }

  std::atomic<int> made{0};
  std::atomic<int> released{0};

 private:
  class Holder final : public grpc::MessageHolder<PurchaseView, Receipt> {
   public:
    explicit Holder(CountingAllocator* allocator) : allocator_(allocator) {
      set_request(&request_);
      set_response(&response_);
    }
    void Release() override {
      ++allocator_->released;
      delete this;
    }

   private:
    CountingAllocator* const allocator_;
    PurchaseView request_;
    Receipt response_;
  };
};

TEST(ViewLifetimeTest, RequestsMayComeFromAnAllocator) {
  CountingAllocator allocator;
  int calls = 0;
  {
    ShopServer server;
    server.callback.SetMessageAllocatorFor_Order(&allocator);
    for (const Way& way : kWays) {
      SCOPED_TRACE(way.name);
      for (const Purchase& purchase : Sized()) {
        ++calls;
        const BytesResult result =
            CallBytes((server.*way.port)(), way.wire, Order("CallbackShop", purchase, way.codec));
        EXPECT_EQ(result.code, 0) << result.message;
      }
    }
    BytesSpec bad = Order("CallbackShop", Purchase(), Codec::kProto);
    bad.messages = {"\xff"};
    ++calls;
    EXPECT_EQ(CallBytes(server.direct_port(), kGrpc, bad).code, grpc::StatusCode::INVALID_ARGUMENT);
  }
  EXPECT_EQ(allocator.made, calls);
  EXPECT_EQ(allocator.released, calls);
}

}  // namespace
}  // namespace connectrpc::test
