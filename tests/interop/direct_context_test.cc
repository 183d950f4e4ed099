// Calls without a connection: what they cost, and the memory that goes from one to the next.

#include "interop/direct_context.h"

#include <gmock/gmock.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/support/channel_arguments.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>

#include "connectrpc/interop/direct.h"
#include "connectrpc/server.h"
#include "echo.grpc.pb.h"
#include "echo.pb.h"
#include "interop/direct_callback_call.h"
#include "interop/direct_sync_call.h"
#include "interop/parent_call.h"
#include "wire/allocations.h"

namespace connectrpc::test {
namespace {

using echo::EchoRequest;
using echo::EchoResponse;
using interop::DirectContext;
using interop::kMessageType;
using interop::ParentCalls;

// A stream that is used again and again, and allocates nothing.
class FakeResponder final : public server::Responder {
 public:
  FakeResponder() { answer_.reserve(64 * 1024); }

  const protocol::RequestMeta& request_meta() const override { return meta; }
  const CallHead& head() const override { return head_; }
  const codec::Codec& codec() const override { return *codec_; }
  wire::TimePoint deadline() const override { return wire::kNever; }
  net::Loop& loop() const override { return loop_; }
  const HttpOptions& options() const override { return options_; }
  void PauseReading() override {}
  void ResumeReading() override {}
  void SendHeaders(const HeaderList&) override {}
  SendResult SendMessage(Payload) override { std::abort(); }
  SendResult SendMessage(const server::MessageSource& message) override {
    answer_.resize(message.size());
    message.WriteTo(answer_.data());
    return SendResult::kOk;
  }
  void Finish(const protocol::RpcEnd& end) override { code = end.error.code; }
  std::unique_ptr<server::Kept>& kept_by_stream() override { return kept_by_stream_; }
  std::shared_ptr<server::Kept>* kept_by_connection() override { return connected ? &kept_by_connection_ : nullptr; }
  server::HandlerLane* handler_lane() override { return nullptr; }
  void Done() override { ++done; }

  const std::string& answer() const { return answer_; }

  protocol::RequestMeta meta;
  bool connected = true;
  Code code = Code::kUnknown;
  int done = 0;

 private:
  const CallHead head_ = [] {
    CallHead head;
    head.codec = "proto";
    head.peer = "ipv4:192.0.2.1:5000";
    return head;
  }();
  const std::unique_ptr<codec::Codec> codec_ = codec::NewProtoCodec();
  mutable net::Loop loop_;
  const HttpOptions options_;
  std::string answer_;
  std::shared_ptr<server::Kept> kept_by_connection_;
  std::unique_ptr<server::Kept> kept_by_stream_;
};

class EchoCallback final : public interop::CallbackUnaryMethod {
 public:
  grpc::ServerUnaryReactor* Call(grpc::CallbackServerContext* context, const void* request,
                                 void* response) const override {
    static_cast<EchoResponse*>(response)->set_text(static_cast<const EchoRequest*>(request)->text());
    grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }
  bool Allocate(interop::AllocatedMessages*) const override { return true; }
};

// Asks its context's default reactor to finish, and returns a reactor of its own.
class TwoReactors final : public interop::CallbackUnaryMethod {
 public:
  grpc::ServerUnaryReactor* Call(grpc::CallbackServerContext* context, const void*, void*) const override {
    context->DefaultReactor()->Finish(grpc::Status(grpc::StatusCode::ABORTED, "of the other reactor"));
    return &reactor;
  }
  bool Allocate(interop::AllocatedMessages*) const override { return true; }

  class OwnReactor final : public grpc::ServerUnaryReactor {
    void OnDone() override {}
  };
  mutable OwnReactor reactor;
};

std::unique_ptr<grpc::ClientContext> ClientContextFrom(const grpc::ServerContext& context) {
  return grpc::ClientContext::FromServerContext(context);
}
std::unique_ptr<grpc::ClientContext> ClientContextFrom(const grpc::CallbackServerContext& context) {
  return grpc::ClientContext::FromCallbackServerContext(context);
}

// A channel without credentials says it.
constexpr grpc::StatusCode kNobodyThere = grpc::StatusCode::INVALID_ARGUMENT;
// How a call ends that a handler makes from its context: so, unless it is cancelled from the start.
template <class Context>
grpc::StatusCode CallFrom(const Context& context) {
  const auto stub = echo::CallbackEcho::NewStub(grpc::CreateCustomChannel("", nullptr, grpc::ChannelArguments()));
  EchoResponse response;
  return stub->Echo(ClientContextFrom(context).get(), EchoRequest(), &response).error_code();
}

// Finishes its context's default reactor.
class CallsFromContext final : public interop::CallbackUnaryMethod {
 public:
  grpc::ServerUnaryReactor* Call(grpc::CallbackServerContext* context, const void*, void*) const override {
    status = CallFrom(*context);
    grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }
  bool Allocate(interop::AllocatedMessages*) const override { return true; }

  mutable grpc::StatusCode status = grpc::StatusCode::OK;
};

class LooksAtPeer final : public interop::CallbackUnaryMethod {
 public:
  grpc::ServerUnaryReactor* Call(grpc::CallbackServerContext* context, const void*, void*) const override {
    peer = context->peer();
    grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }
  bool Allocate(interop::AllocatedMessages*) const override { return true; }

  mutable std::string peer;
};

class EchoSync final : public interop::SyncUnaryMethod {
 public:
  grpc::Status Call(grpc::ServerContext*, const void* request, void* response) const override {
    static_cast<EchoResponse*>(response)->set_text(static_cast<const EchoRequest*>(request)->text());
    return grpc::Status::OK;
  }
};

const interop::UnaryTypes kTypes = {{kMessageType<EchoRequest>}, {kMessageType<EchoResponse>}};

void CallOnce(server::MethodHandler* method, const std::string& request, FakeResponder* responder) {
  server::CallHandler* const call = method->Start(responder);
  const int done = responder->done;
  call->OnMessage(Payload::Borrow(request));
  if (responder->done == done) call->OnHalfClose();
}

// All is there from the call before; every so many of them make their messages anew, with the characters of both texts.
TEST(DirectAllocationsTest, OfACallAreThoseOfItsMessages) {
  EchoRequest request;
  request.set_text(std::string(64, 'x'));
  const std::string bytes = request.SerializeAsString();
  interop::DirectCallbackMethod callback(std::make_shared<EchoCallback>(), kTypes);
  interop::DirectSyncMethod sync(std::make_shared<EchoSync>(), kTypes, SyncHandlers::kInline);
  const struct {
    const char* name;
    server::MethodHandler* method;
  } cases[] = {{"callback", &callback}, {"sync", &sync}};
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    FakeResponder responder;
    responder.meta.metadata.Add("user-agent", "a client of some kind, with a long name");
    responder.meta.metadata.Add("x-more", "more");
    CallOnce(c.method, bytes, &responder);
    const Allocations allocations;
    CallOnce(c.method, bytes, &responder);
    EXPECT_EQ(allocations.count(), 0u);
    EXPECT_EQ(responder.code, Code::kOk);
    EXPECT_EQ(responder.done, 2);
    EXPECT_EQ(responder.answer(), bytes);  // the fields are the same
    constexpr size_t kCalls = 1000;
    const Allocations of_many;
    for (size_t i = 0; i < kCalls; ++i) CallOnce(c.method, bytes, &responder);
    EXPECT_LE(of_many.count(), 2 * kCalls / 60);
  }
}

// What a call leaves behind must not be seen by the next one, of whatever method, nor by sanitizers.
TEST(DirectAllocationsTest, CallsOfAllKindsShareAStream) {
  interop::DirectCallbackMethod callback(std::make_shared<EchoCallback>(), kTypes);
  interop::DirectSyncMethod sync(std::make_shared<EchoSync>(), kTypes, SyncHandlers::kInline);
  FakeResponder responder;
  for (const size_t size : {size_t{1}, size_t{100'000}, size_t{0}, size_t{10}}) {
    for (server::MethodHandler* method :
         {static_cast<server::MethodHandler*>(&callback), static_cast<server::MethodHandler*>(&sync)}) {
      EchoRequest request;
      request.set_text(std::string(size, 'x'));
      const std::string bytes = request.SerializeAsString();
      CallOnce(method, bytes, &responder);
      EXPECT_EQ(responder.answer(), bytes);
      CallOnce(method, "\xff", &responder);
      EXPECT_EQ(responder.code, Code::kInternal);
      // Given up between its message and the end.
      server::CallHandler* const call = method->Start(&responder);
      call->OnMessage(Payload::Borrow(bytes));
      call->OnCancel();
    }
  }
  EXPECT_EQ(responder.done, 24);
}

TEST(DirectReactorTest, OnlyTheOneReturnedFinishesTheCall) {
  const auto handler = std::make_shared<TwoReactors>();
  interop::DirectCallbackMethod method(handler, kTypes);
  FakeResponder responder;
  CallOnce(&method, "", &responder);
  EXPECT_EQ(responder.done, 0);
  handler->reactor.Finish(grpc::Status(grpc::StatusCode::DATA_LOSS, ""));
  responder.loop().Enter();
  responder.loop().RunTurn(net::Loop::Wait::kNo);
  responder.loop().Leave();
  EXPECT_EQ(responder.code, Code::kDataLoss);
  EXPECT_EQ(responder.done, 1);
}

// A stream's calls share a context and its default reactor, with a call behind it and without.
TEST(DirectReactorTest, OfTheContextServesCallsWithParentsAndWithout) {
  const std::shared_ptr<ParentCalls> parents = ParentCalls::Start();
  ASSERT_NE(parents, nullptr);
  interop::UnaryTypes types = kTypes;
  types.parents = parents;
  const auto calls = std::make_shared<CallsFromContext>();
  const auto looks = std::make_shared<LooksAtPeer>();
  interop::DirectCallbackMethod with(calls, types);
  interop::DirectCallbackMethod without(looks, kTypes);
  FakeResponder responder;
  for (int i = 0; i < 3; ++i) {
    SCOPED_TRACE(i);
    calls->status = grpc::StatusCode::OK;
    CallOnce(&with, "", &responder);
    EXPECT_EQ(responder.code, Code::kOk);
    EXPECT_EQ(responder.done, 2 * i + 1);
    EXPECT_EQ(calls->status, kNobodyThere);
    looks->peer.clear();
    CallOnce(&without, "", &responder);
    EXPECT_EQ(responder.code, Code::kOk);
    EXPECT_EQ(responder.done, 2 * i + 2);
    EXPECT_EQ(looks->peer, "ipv4:192.0.2.1:5000");
  }
}

template <class Context>
class DirectContextTest : public ::testing::Test {};
using Contexts = ::testing::Types<grpc::ServerContext, grpc::CallbackServerContext>;
TYPED_TEST_SUITE(DirectContextTest, Contexts);

TYPED_TEST(DirectContextTest, NothingOfACallIsInTheNext) {
  FakeResponder responder;
  DirectContext<TypeParam> context;
  HeaderList metadata;
  for (int i = 0; i < 3; ++i) {
    responder.meta.metadata.Clear();
    responder.meta.metadata.Add("x-call", std::to_string(i));
    TypeParam* const seen = context.Begin(&responder, nullptr);
    EXPECT_EQ(seen, context.get());
    EXPECT_FALSE(seen->IsCancelled());
    ASSERT_EQ(seen->client_metadata().count("x-call"), 1u);
    EXPECT_EQ(seen->client_metadata().find("x-call")->second, std::to_string(i));
    ASSERT_TRUE(context.TakeInitialMetadata(&metadata).ok());
    EXPECT_TRUE(metadata.empty());
    seen->AddInitialMetadata("x-head", "1");
    seen->AddTrailingMetadata("x-trail", "2");
    ASSERT_TRUE(context.TakeInitialMetadata(&metadata).ok());
    EXPECT_EQ(metadata.Find("x-head"), "1");
    ASSERT_TRUE(context.TakeTrailingMetadata(&metadata).ok());
    EXPECT_EQ(metadata.size(), 1u);
    context.MarkCancelled();
    EXPECT_TRUE(seen->IsCancelled());
    context.End();
  }
}

// gRPC's getter says nothing of a choice that was not made: such a context serves one call.
TYPED_TEST(DirectContextTest, NoChoiceOfCompressionIsInTheNext) {
  FakeResponder responder;
  DirectContext<TypeParam> context;
  context.Begin(&responder, nullptr)->set_compression_algorithm(GRPC_COMPRESS_NONE);
  EXPECT_TRUE(context.wants_no_compression());
  context.End();
  context.Begin(&responder, nullptr)->set_compression_level(GRPC_COMPRESS_LEVEL_NONE);
  EXPECT_TRUE(context.is_new());
  EXPECT_TRUE(context.wants_no_compression());
  context.End();
  EXPECT_FALSE(context.Begin(&responder, nullptr)->compression_level_set());
  EXPECT_TRUE(context.is_new());
  EXPECT_FALSE(context.wants_no_compression());
}

TYPED_TEST(DirectContextTest, ServesTheNextCall) {
  if (GRPC_CPP_VERSION_MINOR > 51) GTEST_SKIP() << "contexts of this gRPC serve one call";
  FakeResponder responder;
  DirectContext<TypeParam> context;
  context.Begin(&responder, nullptr)->AddInitialMetadata("x-head", "1");
  EXPECT_TRUE(context.is_new());
  context.End();
  TypeParam* const seen = context.Begin(&responder, nullptr);
  EXPECT_FALSE(context.is_new());
  EXPECT_EQ(seen->deadline(), std::chrono::system_clock::time_point::max());
  EXPECT_EQ(seen->peer(), "ipv4:192.0.2.1:5000");
  EXPECT_NE(seen->auth_context(), nullptr);
}

TYPED_TEST(DirectContextTest, HasAParentOfEachCallsOwn) {
  const std::unique_ptr<ParentCalls> parents = ParentCalls::Start();
  ASSERT_NE(parents, nullptr);
  FakeResponder responder;
  DirectContext<TypeParam> context;
  TypeParam* seen = context.Begin(&responder, parents.get());
  EXPECT_EQ(CallFrom(*seen), kNobodyThere);
  context.MarkCancelled();
  EXPECT_EQ(CallFrom(*seen), grpc::StatusCode::CANCELLED);
  context.End();
  seen = context.Begin(&responder, parents.get());
  EXPECT_EQ(CallFrom(*seen), kNobodyThere);
  seen->TryCancel();
  EXPECT_EQ(CallFrom(*seen), grpc::StatusCode::CANCELLED);
  context.End();
  seen = context.Begin(&responder, nullptr);
  EXPECT_EQ(seen->peer(), "ipv4:192.0.2.1:5000");
  seen->TryCancel();
  context.End();
  EXPECT_EQ(CallFrom(*context.Begin(&responder, parents.get())), kNobodyThere);
}

TYPED_TEST(DirectContextTest, EndsWithItsObject) {
  FakeResponder responder;
  responder.connected = false;  // the connection is lost: the peer is the call's own
  DirectContext<TypeParam> context;
  EXPECT_EQ(context.Begin(&responder, nullptr)->peer(), "ipv4:192.0.2.1:5000");
}

TYPED_TEST(DirectContextTest, LooksAtNothingCostNothing) {
  FakeResponder responder;
  for (int i = 0; i < 20; ++i) responder.meta.metadata.Add("x-" + std::to_string(i), std::string(100, 'x'));
  DirectContext<TypeParam> context;
  context.Begin(&responder, nullptr);
  context.End();
  const Allocations allocations;
  context.Begin(&responder, nullptr);
  context.End();
  EXPECT_EQ(allocations.count(), 0u);
}

}  // namespace
}  // namespace connectrpc::test
