// Bytes that are no message, limits, and requests that are kept: methods that take views.

#include <gmock/gmock.h>
#include <grpcpp/client_context.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "connectrpc/code.h"
#include "interop/bytes_call.h"
#include "interop/shop_server.h"

namespace connectrpc::test {
namespace {

using shop::Purchase;
using shop::Receipt;
using ::testing::HasSubstr;

// Purchases in purchases, so many below the first.
std::string Nested(int depth) {
  std::string bytes;
  for (int i = 0; i < depth; ++i) {
    Purchase outer;  // which protobuf writes, however deep; but it does not make it
    const std::string inner = std::exchange(bytes, "\x2a");
    size_t size = inner.size();
    for (; size >= 0x80; size >>= 7) bytes += static_cast<char>(size | 0x80);
    bytes += static_cast<char>(size);
    bytes += inner;
  }
  return bytes;
}

// Empty lines, which are two bytes each and so much memory more.
std::string Lines(size_t count) {
  std::string bytes;
  for (size_t i = 0; i < count; ++i) bytes += std::string("\x12\0", 2);
  return bytes;
}
// As many as a message may have.
size_t MostLines() {
  size_t most = 0;
  for (size_t step = size_t{1} << 20; step > 0; step /= 2) {
    PurchaseView view;
    if (view.Parse(Payload::Own(Lines(most + step)))) most += step;
  }
  return most;
}

// Takes its time: one wire tells as much as all.
bool IsLarge(const std::string& bytes) {
  return bytes.size() > 10000;
}

const struct Bad {
  const char* name;
  std::string bytes;
  Code code;
  const char* message;  // has this
} kBad[] = {
    {"cut short",
     "\x0a\x05"
     "ab",
     Code::kInvalidArgument, "connectrpc.test.shop.Purchase.customer is cut short, at byte 4"},
    {"wire type", "\x0e", Code::kInvalidArgument,
     "connectrpc.test.shop.Purchase has a tag that there cannot be, at byte"},
    {"UTF-8", "\x12\x04\x0a\x02\xc3\x28", Code::kInvalidArgument,
     "connectrpc.test.shop.Line.article is not UTF-8, at byte 4"},
    {"depth", Nested(101), Code::kResourceExhausted, "max_depth"},
    {"elements", Lines(MostLines() + 1), Code::kResourceExhausted, "max_element_bytes"},
};
const struct Good {
  const char* name;
  std::string bytes;
} kGood[] = {{"nothing", ""}, {"depth", Nested(100)}, {"elements", Lines(MostLines())}};

class ViewErrorsTest : public ::testing::TestWithParam<const char*> {
 protected:
  BytesSpec Spec(const std::string& method, std::vector<std::string> messages) {
    BytesSpec spec;
    spec.path = std::string("/connectrpc.test.shop.") + GetParam() + "/" + method;
    spec.streams = method != "Order" && method != "Bill";
    spec.messages = std::move(messages);
    return spec;
  }
  bool callback() const { return std::string(GetParam()) == "CallbackShop"; }
  std::vector<std::string> DirectMethods() const {
    if (callback()) return {"Order", "Collect", "Repeat", "Talk"};
    return {"Order"};
  }

  ShopServer server_;
};

TEST_P(ViewErrorsTest, AreToldOnTheDirectRoute) {
  for (const Wire& wire : kWires) {
    for (const std::string& method : DirectMethods()) {
      SCOPED_TRACE(wire.name + (", " + method));
      for (const Bad& bad : kBad) {
        SCOPED_TRACE(bad.name);
        if (IsLarge(bad.bytes) && &wire != &kWires[0]) continue;
        const BytesResult result = CallBytes(server_.direct_port(), wire, Spec(method, {bad.bytes}));
        EXPECT_EQ(result.code, static_cast<int>(bad.code));
        EXPECT_THAT(result.message, HasSubstr(bad.message));
      }
      for (const Good& good : kGood) {
        SCOPED_TRACE(good.name);
        // For Repeat these would be as many answers.
        if (IsLarge(good.bytes) && (&wire != &kWires[0] || method == "Repeat")) continue;
        EXPECT_EQ(CallBytes(server_.direct_port(), wire, Spec(method, {good.bytes})).code, 0);
      }
    }
  }
}

// What the status of a request that cannot be read becomes is up to gRPC: in the end of the streams of requests, and in
// callback methods, it is lost.
TEST_P(ViewErrorsTest, AreWhatGrpcMakesOfThemOnTheOthers) {
  for (const int port : {server_.grpc_port(), server_.channel_port()}) {
    for (const std::string method : {"Order", "Collect", "Repeat", "Talk"}) {
      for (const Bad& bad : kBad) {
        SCOPED_TRACE(std::to_string(port) + ", " + method + ", " + bad.name);
        if (IsLarge(bad.bytes) && method != "Order") continue;
        const BytesResult result = CallBytes(port, kGrpc, Spec(method, {bad.bytes}));
        if (method == "Collect" || method == "Talk") {
          EXPECT_EQ(result.code, grpc::StatusCode::OK);
        } else if (callback()) {
          EXPECT_EQ(result.code, grpc::StatusCode::UNIMPLEMENTED);
          EXPECT_EQ(result.message, "");
        } else {
          EXPECT_EQ(result.code, static_cast<int>(bad.code));
          EXPECT_THAT(result.message, HasSubstr(bad.message));
        }
      }
      for (const Good& good : kGood) {
        SCOPED_TRACE(std::to_string(port) + ", " + method + ", " + good.name);
        if (IsLarge(good.bytes) && method != "Order") continue;
        EXPECT_EQ(CallBytes(port, kGrpc, Spec(method, {good.bytes})).code, 0);
      }
    }
  }
}

// JSON that is none is refused before there is a message.
TEST_P(ViewErrorsTest, OfJsonAreThoseOfTheCodec) {
  for (const int port : {server_.channel_port(), server_.direct_port()}) {
    for (const std::string method : {"Order", "Collect", "Repeat", "Talk", "Bill"}) {
      SCOPED_TRACE(std::to_string(port) + ", " + method);
      BytesSpec spec = Spec(method, {R"({"customer": 1})"});
      spec.codec = Codec::kJson;
      const BytesResult result = CallBytes(port, kConnectHttp2, spec);
      EXPECT_EQ(result.code, grpc::StatusCode::INVALID_ARGUMENT);
      EXPECT_THAT(result.message, HasSubstr("cannot decode request"));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Services, ViewErrorsTest, ::testing::Values("SyncShop", "CallbackShop"),
                         [](const auto& info) { return std::string(info.param); });

}  // namespace
}  // namespace connectrpc::test
