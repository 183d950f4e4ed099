// Methods that take views, on gRPC's own port and by both routes: they answer as methods that take messages do.

#include <gmock/gmock.h>
#include <google/protobuf/util/json_util.h>
#include <grpcpp/client_context.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "interop/bytes_call.h"
#include "interop/shop_server.h"

namespace connectrpc::test {
namespace {

using shop::Purchase;
using shop::Receipt;

const std::vector<Purchase>& Purchases() {
  static const auto* const kPurchases = new std::vector<Purchase>([] {
    Purchase nested = Purchased("nested", 1);
    for (int i = 0; i < 30; ++i) {
      Purchase outer = Purchased("outer", 0);
      *outer.mutable_before() = std::move(nested);
      nested = std::move(outer);
    }
    return std::vector<Purchase>{Purchase(), Purchased("few"), Purchased("many", 5000), nested};
  }());
  return *kPurchases;
}

std::string Json(const google::protobuf::Message& message) {
  std::string json;
  EXPECT_TRUE(google::protobuf::util::MessageToJsonString(message, &json).ok());
  return json;
}

std::string Encoded(const Purchase& purchase, Codec codec) {
  return codec == Codec::kJson ? Json(purchase) : purchase.SerializeAsString();
}

std::string Text(const std::string& bytes, Codec codec) {
  Receipt receipt;
  if (codec == Codec::kJson) {
    EXPECT_TRUE(google::protobuf::util::JsonStringToMessage(bytes, &receipt).ok());
  } else {
    EXPECT_TRUE(receipt.ParseFromString(bytes));
  }
  return receipt.text() + " " + std::to_string(receipt.total());
}

std::string Expected(const Purchase& purchase) {
  const Receipt receipt = Receive(purchase);
  return receipt.text() + " " + std::to_string(receipt.total());
}

std::string ExpectedOfAll() {
  Receipt all;
  for (const Purchase& purchase : Purchases()) {
    const Receipt one = Receive(purchase);
    all.set_text(all.text() + one.text() + "\n");
    all.set_total(all.total() + one.total());
  }
  return all.text() + " " + std::to_string(all.total());
}

class ViewMethodsTest : public ::testing::TestWithParam<const char*> {
 protected:
  static void SetUpTestSuite() { server_ = new ShopServer(); }
  static void TearDownTestSuite() { delete server_; }

  static ShopServer& server() { return *server_; }
  static bool callback() { return std::string(GetParam()) == "CallbackShop"; }
  BytesSpec Spec(const std::string& method, Codec codec) {
    BytesSpec spec;
    spec.path = std::string("/connectrpc.test.shop.") + GetParam() + "/" + method;
    spec.streams = method != "Order" && method != "Bill";
    spec.codec = codec;
    return spec;
  }
  // Runs with each way to call the front ends.
  template <class Call>
  void ForEachWay(Call call) {
    for (const int port : {server().channel_port(), server().direct_port()}) {
      for (const Wire& wire : kWires) {
        for (const Codec codec : {Codec::kProto, Codec::kJson}) {
          SCOPED_TRACE(std::string(port == server().direct_port() ? "direct, " : "channel, ") + wire.name +
                       (codec == Codec::kJson ? ", JSON" : ""));
          call(port, wire, codec);
        }
      }
    }
  }

 private:
  static ShopServer* server_;
};

ShopServer* ViewMethodsTest::server_ = nullptr;

TEST_P(ViewMethodsTest, TakeTheDirectRouteWhereOthersWould) {
  for (const std::string method : {"Order", "Bill"}) {
    EXPECT_EQ(server().RouteOf(GetParam() + ("/" + method)), "direct");
  }
  for (const std::string method : {"Collect", "Repeat", "Talk"}) {
    EXPECT_EQ(server().RouteOf(GetParam() + ("/" + method)), callback() ? "direct" : "channel: sync streaming handler");
  }
}

TEST_P(ViewMethodsTest, AnswerUnaryCalls) {
  ForEachWay([&](int port, const Wire& wire, Codec codec) {
    for (const Purchase& purchase : Purchases()) {
      for (const std::string method : {"Order", "Bill"}) {
        SCOPED_TRACE(method + " " + purchase.customer());
        BytesSpec spec = Spec(method, codec);
        spec.messages = {Encoded(purchase, codec)};
        const BytesResult result = CallBytes(port, wire, spec);
        ASSERT_EQ(result.code, 0) << result.message;
        ASSERT_EQ(result.messages.size(), 1u);
        EXPECT_EQ(Text(result.messages[0], codec), Expected(purchase));
      }
    }
  });
}

TEST_P(ViewMethodsTest, AnswerStreams) {
  ForEachWay([&](int port, const Wire& wire, Codec codec) {
    BytesSpec spec = Spec("Collect", codec);
    spec.messages.clear();
    for (const Purchase& purchase : Purchases()) spec.messages.push_back(Encoded(purchase, codec));
    const BytesResult collected = CallBytes(port, wire, spec);
    ASSERT_EQ(collected.code, 0) << collected.message;
    ASSERT_EQ(collected.messages.size(), 1u);
    EXPECT_EQ(Text(collected.messages[0], codec), ExpectedOfAll());

    spec.path = Spec("Talk", codec).path;
    const BytesResult talked = CallBytes(port, wire, spec);
    ASSERT_EQ(talked.code, 0) << talked.message;
    ASSERT_EQ(talked.messages.size(), Purchases().size());
    for (size_t i = 0; i < talked.messages.size(); ++i) {
      EXPECT_EQ(Text(talked.messages[i], codec), Expected(Purchases()[i]));
    }

    spec.path = Spec("Repeat", codec).path;
    spec.messages = {Encoded(Purchases()[1], codec)};
    const BytesResult repeated = CallBytes(port, wire, spec);
    ASSERT_EQ(repeated.code, 0) << repeated.message;
    ASSERT_EQ(repeated.messages.size(), 3u);
    for (const std::string& message : repeated.messages) EXPECT_EQ(Text(message, codec), Expected(Purchases()[1]));
  });
}

// --- gRPC's own stubs ---

template <class Stub>
void CallAll(Stub* stub) {
  for (const Purchase& purchase : Purchases()) {
    grpc::ClientContext order_context, bill_context;
    Receipt order, bill;
    const grpc::Status ordered = stub->Order(&order_context, purchase, &order);
    ASSERT_TRUE(ordered.ok()) << ordered.error_message();
    ASSERT_TRUE(stub->Bill(&bill_context, purchase, &bill).ok());
    EXPECT_EQ(order.text(), Receive(purchase).text());
    EXPECT_EQ(order.SerializeAsString(), bill.SerializeAsString());
  }

  grpc::ClientContext collect_context;
  Receipt collected;
  const auto writer = stub->Collect(&collect_context, &collected);
  for (const Purchase& purchase : Purchases()) EXPECT_TRUE(writer->Write(purchase));
  writer->WritesDone();
  ASSERT_TRUE(writer->Finish().ok());
  EXPECT_EQ(collected.text() + " " + std::to_string(collected.total()), ExpectedOfAll());

  grpc::ClientContext repeat_context;
  Receipt receipt;
  const auto reader = stub->Repeat(&repeat_context, Purchases()[1]);
  int count = 0;
  for (; reader->Read(&receipt); ++count) EXPECT_EQ(receipt.text(), Receive(Purchases()[1]).text());
  EXPECT_TRUE(reader->Finish().ok());
  EXPECT_EQ(count, 3);

  grpc::ClientContext talk_context;
  const auto stream = stub->Talk(&talk_context);
  for (const Purchase& purchase : Purchases()) {
    ASSERT_TRUE(stream->Write(purchase));
    ASSERT_TRUE(stream->Read(&receipt));
    EXPECT_EQ(receipt.text(), Receive(purchase).text());
  }
  stream->WritesDone();
  EXPECT_TRUE(stream->Finish().ok());
}

TEST_P(ViewMethodsTest, AnswerGrpcsStubsEverywhere) {
  for (const int port : {server().grpc_port(), server().channel_port(), server().direct_port()}) {
    SCOPED_TRACE(port);
    const auto channel = grpc::CreateChannel("127.0.0.1:" + std::to_string(port), grpc::InsecureChannelCredentials());
    if (callback()) {
      CallAll(shop::CallbackShop::NewStub(channel).get());
    } else {
      CallAll(shop::SyncShop::NewStub(channel).get());
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Services, ViewMethodsTest, ::testing::Values("SyncShop", "CallbackShop"),
                         [](const auto& info) { return std::string(info.param); });

}  // namespace
}  // namespace connectrpc::test
