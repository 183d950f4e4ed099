#include "interop/call_messages.h"

#include <google/protobuf/arena.h>
#include <gtest/gtest.h>

#include <string>

#include "connectrpc/interop/direct.h"
#include "connectrpc/interop/view_method.h"
#include "echo.pb.h"
#include "echo.view.pb.h"

namespace connectrpc::test {
namespace {

using echo::EchoRequest;
using echo::EchoResponse;
using interop::CallMessages;
using interop::kMessageType;

const interop::UnaryTypes kTypes = {{kMessageType<EchoRequest>}, {kMessageType<EchoResponse>}};

EchoRequest* RequestOf(CallMessages* messages) {
  return static_cast<EchoRequest*>(messages->request());
}

EchoResponse* ResponseOf(CallMessages* messages) {
  return static_cast<EchoResponse*>(messages->response());
}

// Begins a call and leaves a text in both messages. New messages have none, kept requests still that of the last call.
void Use(CallMessages* messages, const interop::UnaryTypes* types = &kTypes) {
  messages->Open(types);
  RequestOf(messages)->set_text("left behind");
  ResponseOf(messages)->set_text("left behind");
}

bool AreKept(CallMessages* messages, const interop::UnaryTypes* types = &kTypes) {
  messages->Open(types);
  EXPECT_EQ(ResponseOf(messages)->text(), "");
  return !RequestOf(messages)->text().empty();
}

TEST(CallMessagesTest, AreKeptUpToSoManyBytesOnTheWire) {
  const struct {
    const char* name;
    size_t first;
    size_t second;
    bool kept;
  } cases[] = {
      {"few", 0, 1, true},
      {"the last that may", 0, CallMessages::kMaxWireBytes, true},
      {"one more", 0, CallMessages::kMaxWireBytes + 1, false},
      {"the last that may, of two calls", 1, CallMessages::kMaxWireBytes - 1, true},
      {"one more, of two calls", 1, CallMessages::kMaxWireBytes, false},
      {"as many as there can be", 1, SIZE_MAX, false},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    CallMessages messages;
    Use(&messages);
    messages.Close(c.first, 0);
    EXPECT_TRUE(AreKept(&messages));
    messages.Close(c.second, 0);
    EXPECT_EQ(AreKept(&messages), c.kept);
    // New ones begin to count anew.
    Use(&messages);
    messages.Close(0, c.kept ? 0 : CallMessages::kMaxWireBytes);
    EXPECT_TRUE(AreKept(&messages));
  }
}

TEST(CallMessagesTest, AreKeptAsLongAsTheirArenaIsSmall) {
  const struct {
    const char* name;
    size_t bytes;
    bool kept;
  } cases[] = {{"a part of its block", CallMessages::kMaxArenaBytes / 4, true},
               {"large", CallMessages::kMaxArenaBytes, false}};
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    CallMessages messages;
    Use(&messages);
    google::protobuf::Arena* const arena = RequestOf(&messages)->GetArena();
    ASSERT_NE(arena, nullptr);
    google::protobuf::Arena::CreateArray<char>(arena, c.bytes);
    messages.Close(1, 0);
    EXPECT_EQ(AreKept(&messages), c.kept);
  }
}

TEST(CallMessagesTest, AreNotKept) {
  const interop::UnaryTypes other_types = {{kMessageType<EchoResponse>}, {kMessageType<EchoResponse>}};
  CallMessages messages;
  Use(&messages);
  messages.Discard();
  EXPECT_FALSE(AreKept(&messages)) << "discarded";
  Use(&messages);
  messages.Close(1, 0);
  messages.Open(&other_types);
  EXPECT_EQ(static_cast<EchoResponse*>(messages.request())->text(), "") << "of another method";
  messages.Close(1, 0);
  EXPECT_FALSE(AreKept(&messages)) << "of another method";
}

// An allocator may have made one of them, or both.
TEST(CallMessagesTest, NeedNotBeMade) {
  CallMessages messages;
  messages.Open(&kTypes);
  messages.Close(1, 0);
  messages.Open(&kTypes);
  messages.Discard();
  messages.Open(&kTypes);
  RequestOf(&messages)->set_text("text");
  messages.Close(1, 0);
  EXPECT_TRUE(AreKept(&messages));
}

// Views hold no more than a little once they are cleared, which they are: the caller's bytes go with the call.
TEST(CallMessagesTest, ViewsAreKeptHoweverLargeTheyWere) {
  using Request = OwnedView<echo::EchoRequestView>;
  const interop::UnaryTypes types = {{kMessageType<Request>}, {kMessageType<EchoResponse>}};
  EchoRequest large;
  for (int i = 0; i < 10000; ++i) large.add_headers()->set_name("x");
  const std::string bytes = large.SerializeAsString();
  CallMessages messages;
  messages.Open(&types);
  auto* const request = static_cast<Request*>(messages.request());
  for (int i = 0; i < 3; ++i) {
    bool released = false;
    const auto release = [](void* flag) { *static_cast<bool*>(flag) = true; };
    ASSERT_TRUE(types.request.message.parse(Payload::Adopt(bytes, release, &released), request).ok());
    EXPECT_EQ((*request)->headers().size(), 10000u);
    EXPECT_FALSE(released);
    messages.Close(bytes.size(), 0);
    EXPECT_TRUE(released);
    messages.Open(&types);
    EXPECT_EQ(messages.request(), request);
    EXPECT_EQ(request->bytes(), "");
  }
  // Responses count as ever.
  messages.Close(bytes.size(), CallMessages::kMaxWireBytes + 1);
  messages.Open(&types);
  EXPECT_TRUE(static_cast<Request*>(messages.request())->bytes().empty());
}

}  // namespace
}  // namespace connectrpc::test
