// Unary handlers that are called without gRPC between: what they may do, and what they may do wrong.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "interop/direct_server.h"
#include "interop/raw_call.h"

namespace connectrpc::test {
namespace {

using echo::EchoRequest;
using echo::EchoResponse;
using grpc::CallbackServerContext;
using grpc::ServerUnaryReactor;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

constexpr Wire kEach[] = {kGrpc, kConnectHttp2, kWebHttp1};

CallSpec Spec(const std::string& service, std::string text = "text") {
  CallSpec spec;
  spec.service = service;
  spec.requests[0].set_text(std::move(text));
  return spec;
}
CallResult CallCallback(DirectServer& server, const Wire& wire = kGrpc) {
  return RawCall(server.port(), wire, Spec("CallbackEcho"));
}
CallResult CallSync(DirectServer& server, const Wire& wire = kGrpc) {
  return RawCall(server.port(), wire, Spec("SyncEcho"));
}

std::unique_ptr<grpc::Server> Start(grpc::Service* service) {
  grpc::ServerBuilder builder;
  builder.RegisterService(service);
  return builder.BuildAndStart();
}

TEST(DirectRoutesTest, TellHowMethodsAreReached) {
  DirectServer server;
  std::map<std::string, std::pair<MethodRoute::Kind, std::string>> routes;
  for (const MethodRoute& route : server.front().routes()) routes[route.method] = {route.kind, route.reason};
  const std::string prefix = "connectrpc.test.echo.";
  using Kind = MethodRoute::Kind;
  EXPECT_THAT(routes[prefix + "CallbackEcho/Echo"], Pair(Kind::kDirect, "callback handler"));
  EXPECT_THAT(routes[prefix + "SyncEcho/Get"], Pair(Kind::kDirect, "sync handler"));
  for (const std::string method : {"Collect", "Expand", "Chat"}) {
    EXPECT_THAT(routes[prefix + "CallbackEcho/" + method], Pair(Kind::kDirect, "callback handler"));
    EXPECT_THAT(routes[prefix + "SyncEcho/" + method], Pair(Kind::kChannel, "sync streaming handler"));
  }
  EXPECT_THAT(routes[prefix + "CqEcho/Echo"], Pair(Kind::kChannel, "service is not mounted directly"));
}

// What gRPC has registered decides, not the type of the object that is mounted.
TEST(DirectRoutesTest, FollowWhatIsRegistered) {
  using Sync = echo::SyncEcho::Service;
  using Raw = echo::SyncEcho::WithRawCallbackMethod_Echo<echo::SyncEcho::WithRawMethod_Get<Sync>>;
  using Queue = echo::SyncEcho::WithAsyncMethod_Echo<echo::SyncEcho::WithCallbackMethod_Get<Sync>>;
  class Generic final
      : public echo::SyncEcho::WithGenericMethod_Echo<echo::SyncEcho::WithStreamedUnaryMethod_Get<Sync>> {
    grpc::Status StreamedGet(grpc::ServerContext*, grpc::ServerUnaryStreamer<EchoRequest, EchoResponse>*) override {
      return grpc::Status::OK;
    }
  };
  Raw raw;
  Queue queue;
  Generic generic;
  const struct {
    const char* name;
    Sync* service;
    const char* echo_reason;
    const char* get_reason;
  } cases[] = {
      {"raw", &raw, "raw handler", "raw handler"},
      {"queue", &queue, "completion queue handler", "callback handler"},
      {"generic", &generic, "generic handler", "streamed handler"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    ScriptedSync registered;
    const std::unique_ptr<grpc::Server> grpc_server = Start(&registered);
    HttpOptions options = LocalOptions();
    options.direct(c.service);
    const auto front = ServeHttp(*grpc_server, options);
    ASSERT_TRUE(front.ok()) << front.status();
    for (const MethodRoute& route : (*front)->routes()) {
      if (route.method == "connectrpc.test.echo.SyncEcho/Echo") {
        EXPECT_EQ(route.reason, c.echo_reason);
      } else if (route.method == "connectrpc.test.echo.SyncEcho/Get") {
        EXPECT_EQ(route.reason, c.get_reason);
      }
    }
  }
}

TEST(DirectRoutesTest, ServicesAreMountedOnceAndNotNull) {
  ScriptedSync first, second;
  const std::unique_ptr<grpc::Server> grpc_server = Start(&first);
  {
    HttpOptions options = LocalOptions();
    options.direct(&first);
    options.direct(&second);
    const absl::Status status = ServeHttp(*grpc_server, options).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(status.message()), HasSubstr("connectrpc.test.echo.SyncEcho"));
  }
  {
    HttpOptions options = LocalOptions();
    options.direct(static_cast<ScriptedSync*>(nullptr));
    EXPECT_EQ(ServeHttp(*grpc_server, options).status().code(), absl::StatusCode::kInvalidArgument);
  }
  {
    HttpOptions options = LocalOptions();
    options.direct_services.push_back(nullptr);
    EXPECT_EQ(ServeHttp(*grpc_server, options).status().code(), absl::StatusCode::kInvalidArgument);
  }
}

// It need not be among the services that are named.
TEST(DirectRoutesTest, MountedServicesAreOffered) {
  HttpOptions options = LocalOptions();
  options.services = {"connectrpc.test.echo.CqEcho"};
  DirectServer server(options);
  server.sync.handler = [](auto...) { return grpc::Status::OK; };
  EXPECT_EQ(CallSync(server).code, 0);
}

TEST(DirectCallbackTest, DefaultReactorAnswers) {
  DirectServer server;
  server.callback.handler = [](CallbackServerContext* context, const EchoRequest* request, EchoResponse* response) {
    response->set_text(request->text() + "!");
    ServerUnaryReactor* const reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  };
  for (const Wire& wire : kEach) {
    SCOPED_TRACE(wire.name);
    const CallResult result = CallCallback(server, wire);
    ASSERT_EQ(result.code, 0) << result.message;
    EXPECT_EQ(result.responses.at(0).text(), "text!");
  }
}

TEST(DirectCallbackTest, ResponseIsDroppedWithAnError) {
  DirectServer server;
  server.callback.handler = [](CallbackServerContext* context, const EchoRequest*, EchoResponse* response) {
    response->set_text("not to be sent");
    ServerUnaryReactor* const reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status(grpc::StatusCode::NOT_FOUND, "nowhere"));
    return reactor;
  };
  const CallResult result = CallCallback(server);
  EXPECT_EQ(result.code, 5);
  EXPECT_EQ(result.message, "nowhere");
  EXPECT_TRUE(result.responses.empty());
}

TEST(DirectCallbackTest, WithoutAReactorTheMethodIsUnimplemented) {
  DirectServer server;
  const struct {
    const char* name;
    ScriptedCallback::Handler handler;
  } cases[] = {
      {"null", [](auto...) { return nullptr; }},
      {"throws", [](auto...) -> ServerUnaryReactor* { throw std::runtime_error("by the handler"); }},
      {"throws something else", [](auto...) -> ServerUnaryReactor* { throw 1; }},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    server.callback.handler = c.handler;
    const CallResult result = CallCallback(server);
    EXPECT_EQ(result.code, 12);
    EXPECT_EQ(result.message, "");
  }
}

// The reaction to what is asked for before the method has returned comes after it, and in order.
TEST(DirectCallbackTest, WhatTheMethodAsksForIsDoneAfterIt) {
  DirectServer server;
  Log log;
  server.callback.handler = [&](CallbackServerContext* context, const EchoRequest*, EchoResponse*) {
    context->AddInitialMetadata("x-head", "1");
    auto* const reactor = new LoggedReactor(&log);
    reactor->StartSendInitialMetadata();
    reactor->Finish(grpc::Status::OK);
    log.Add("returned");
    return reactor;
  };
  const CallResult result = CallCallback(server);
  EXPECT_EQ(result.code, 0);
  EXPECT_EQ(Find(result.headers, "x-head"), "1");
  EXPECT_TRUE(log.WaitFor("done"));
  EXPECT_THAT(log.events(), ElementsAre("returned", "headers", "done"));
}

TEST(DirectCallbackTest, ReactionsMayAskForMore) {
  DirectServer server;
  Log log;
  server.callback.handler = [&](auto...) {
    auto* const reactor = new LoggedReactor(&log);
    reactor->on_headers = [&log, reactor] {
      reactor->Finish(grpc::Status::OK);
      log.Add("asked");
    };
    reactor->StartSendInitialMetadata();
    return reactor;
  };
  EXPECT_EQ(CallCallback(server).code, 0);
  EXPECT_TRUE(log.WaitFor("done"));
  EXPECT_THAT(log.events(), ElementsAre("headers", "asked", "done"));
}

TEST(DirectCallbackTest, OtherThreadsFinish) {
  DirectServer server;
  std::vector<std::thread> threads;
  for (int i = 0; i < 200; ++i) {
    Log log;
    server.callback.handler = [&](CallbackServerContext* context, const EchoRequest*, EchoResponse* response) {
      auto* const reactor = new LoggedReactor(&log);
      const bool headers = i % 2 == 0;
      reactor->on_headers = [reactor] { reactor->Finish(grpc::Status::OK); };
      // It may be faster than this function.
      threads.emplace_back([=] {
        response->set_text("from elsewhere");
        context->AddTrailingMetadata("x-trail", "t");
        if (headers) {
          reactor->StartSendInitialMetadata();
        } else {
          reactor->Finish(grpc::Status::OK);
        }
      });
      return reactor;
    };
    const CallResult result = CallCallback(server, kEach[i % 3]);
    ASSERT_EQ(result.code, 0) << result.message;
    EXPECT_EQ(result.responses.at(0).text(), "from elsewhere");
    EXPECT_EQ(Find(result.trailers, "x-trail"), "t");
    ASSERT_TRUE(log.WaitFor("done"));
  }
  for (std::thread& thread : threads) thread.join();
}

// On the loop's own thread, from the handler of another call.
TEST(DirectCallbackTest, OtherCallsFinish) {
  HttpOptions options = LocalOptions();
  options.loops = 1;
  DirectServer server(options);
  Log log;
  LoggedReactor* waiting = nullptr;
  server.callback.handler = [&](CallbackServerContext* context, const EchoRequest* request,
                                EchoResponse*) -> ServerUnaryReactor* {
    if (request->text() == "wait") {
      waiting = new LoggedReactor(&log);
      waiting->on_headers = [&] { waiting->Finish(grpc::Status(grpc::StatusCode::ABORTED, "by another")); };
      log.Add("returned");
      return waiting;
    }
    waiting->StartSendInitialMetadata();
    log.Add("asked");
    ServerUnaryReactor* const reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  };
  Http2Client client(server.port());
  const int32_t id = client.Send(EncodeCall(Spec("CallbackEcho", "wait"), Framing::kGrpc, Codec::kProto));
  ASSERT_TRUE(log.WaitFor("returned"));
  EXPECT_EQ(CallCallback(server).code, 0);
  EXPECT_EQ(DecodeResponse(client.ReadResponse(id), Framing::kGrpc, Codec::kProto).code, 10);
  EXPECT_TRUE(log.WaitFor("done"));
  EXPECT_THAT(log.events(), ElementsAre("returned", "asked", "headers", "done"));
}

// A client that leaves: OnCancel once, and the call lasts until its Finish.
TEST(DirectCallbackTest, CancelledCallsStillFinish) {
  DirectServer server;
  Log log;
  std::atomic<LoggedReactor*> reactor{nullptr};
  std::atomic<bool> cancelled{false};
  server.callback.handler = [&](CallbackServerContext* context, const EchoRequest*, EchoResponse*) {
    reactor = new LoggedReactor(&log);
    reactor.load()->on_cancel = [&, context] { cancelled = context->IsCancelled(); };
    EXPECT_FALSE(context->IsCancelled());
    log.Add("returned");
    return reactor.load();
  };
  Http2Client client(server.port());
  const int32_t id = client.Send(EncodeCall(Spec("CallbackEcho"), Framing::kGrpc, Codec::kProto));
  ASSERT_TRUE(log.WaitFor("returned"));
  client.SendReset(id, NGHTTP2_CANCEL);
  ASSERT_TRUE(log.WaitFor("cancel"));
  EXPECT_TRUE(client.Ping());
  EXPECT_THAT(log.events(), ElementsAre("returned", "cancel"));
  EXPECT_EQ(server.front().stats().calls, 1u);
  reactor.load()->StartSendInitialMetadata();
  ASSERT_TRUE(log.WaitFor("no headers"));
  reactor.load()->Finish(grpc::Status::OK);
  ASSERT_TRUE(log.WaitFor("done"));
  EXPECT_TRUE(cancelled);
  EXPECT_THAT(log.events(), ElementsAre("returned", "cancel", "no headers", "done"));
}

// The connection itself goes while the handler holds on to the context: nothing that it looks at may be gone.
TEST(DirectCallbackTest, CallsOutliveTheirConnection) {
  DirectServer server;
  Log log;
  std::atomic<LoggedReactor*> reactor{nullptr};
  std::atomic<CallbackServerContext*> seen{nullptr};
  server.callback.handler = [&](CallbackServerContext* context, const EchoRequest*, EchoResponse*) {
    seen = context;
    reactor = new LoggedReactor(&log);
    log.Add("returned");
    return reactor.load();
  };
  {
    Http2Client client(server.port());
    CallSpec spec = Spec("CallbackEcho");
    spec.metadata = {{"x-one", "1"}};
    client.Send(EncodeCall(spec, Framing::kGrpc, Codec::kProto));
    ASSERT_TRUE(log.WaitFor("returned"));
  }
  ASSERT_TRUE(log.WaitFor("cancel"));
  CallbackServerContext& context = *seen.load();
  EXPECT_THAT(context.peer(), ::testing::StartsWith("ipv4:127.0.0.1:"));
  EXPECT_EQ(context.client_metadata().count("x-one"), 1u);
  EXPECT_FALSE(context.auth_context()->IsPeerAuthenticated());
  context.TryCancel();
  reactor.load()->Finish(grpc::Status::OK);
  EXPECT_TRUE(log.WaitFor("done"));
}

// Finish and cancellation at once, from different threads.
TEST(DirectCallbackTest, FinishRacesWithCancellation) {
  DirectServer server;
  for (int i = 0; i < 200; ++i) {
    Log log;
    std::atomic<LoggedReactor*> reactor{nullptr};
    server.callback.handler = [&](auto...) {
      reactor = new LoggedReactor(&log);
      log.Add("returned");
      return reactor.load();
    };
    Http2Client client(server.port());
    const int32_t id = client.Send(EncodeCall(Spec("CallbackEcho"), Framing::kGrpc, Codec::kProto));
    ASSERT_TRUE(log.WaitFor("returned"));
    std::thread finish([&] { reactor.load()->Finish(grpc::Status::OK); });
    client.SendReset(id, NGHTTP2_CANCEL);
    EXPECT_TRUE(client.Ping());
    finish.join();
    ASSERT_TRUE(log.WaitFor("done"));
    EXPECT_EQ(log.events().back(), "done");
  }
}

TEST(DirectCallbackTest, ReactionsThatThrowFailTheCall) {
  DirectServer server;
  Log log;
  server.callback.handler = [&](auto...) {
    auto* const reactor = new LoggedReactor(&log);
    reactor->on_headers = [] { throw std::runtime_error("by the reaction"); };
    reactor->on_cancel = [reactor] {
      reactor->Finish(grpc::Status::OK);
      throw std::runtime_error("and again");
    };
    reactor->on_done = [] { throw std::runtime_error("to the end"); };
    reactor->StartSendInitialMetadata();
    return reactor;
  };
  const CallResult result = CallCallback(server);
  EXPECT_EQ(result.code, 2);
  EXPECT_EQ(result.message, "Unexpected error in RPC handling");
  EXPECT_TRUE(log.WaitFor("done"));
  EXPECT_THAT(log.events(), ElementsAre("headers", "cancel", "done"));
}

TEST(DirectCallbackTest, AskingTwiceCountsOnce) {
  DirectServer server;
  Log log;
  server.callback.handler = [&](CallbackServerContext* context, const EchoRequest*, EchoResponse*) {
    context->AddInitialMetadata("x-head", "1");
    auto* const reactor = new LoggedReactor(&log);
    reactor->StartSendInitialMetadata();
    reactor->on_headers = [reactor, headers = std::make_shared<int>(0)] {
      if (++*headers == 1) {
        reactor->StartSendInitialMetadata();
        return;
      }
      reactor->Finish(grpc::Status(grpc::StatusCode::ABORTED, "first"));
      reactor->Finish(grpc::Status::OK);
    };
    return reactor;
  };
  const CallResult result = CallCallback(server);
  EXPECT_EQ(result.code, 10);
  EXPECT_EQ(Find(result.headers, "x-head"), "1");
  EXPECT_TRUE(log.WaitFor("done"));
  EXPECT_THAT(log.events(), ElementsAre("headers", "headers", "done"));
}

// A grpc::MessageAllocator that counts.
class Allocator final : public grpc::MessageAllocator<EchoRequest, EchoResponse> {
 public:
  class Holder final : public grpc::MessageHolder<EchoRequest, EchoResponse> {
   public:
    explicit Holder(Allocator* allocator) : allocator_(allocator) {
      set_request(&request_);
      set_response(&response_);
    }
    void FreeRequest() override { ++allocator_->requests_freed; }
    void Release() override {
      ++allocator_->released;
      delete this;
    }

   private:
    Allocator* const allocator_;
    EchoRequest request_;
    EchoResponse response_;
  };

  grpc::MessageHolder<EchoRequest, EchoResponse>* AllocateMessages() override {
    ++allocated;
    if (throws) throw std::bad_alloc();
    return makes_none ? nullptr : new Holder(this);
  }

  bool throws = false;
  bool makes_none = false;
  std::atomic<int> allocated{0};
  std::atomic<int> requests_freed{0};
  std::atomic<int> released{0};
};

TEST(DirectCallbackTest, AllocatorMakesTheMessages) {
  Allocator allocator;
  {
    DirectServer server;
    server.callback.SetMessageAllocatorFor_Echo(&allocator);
    server.callback.handler = [](CallbackServerContext* context, const EchoRequest* request, EchoResponse* response) {
      auto* const holder = static_cast<Allocator::Holder*>(context->GetRpcAllocatorState());
      EXPECT_EQ(holder->request(), request);
      EXPECT_EQ(holder->response(), response);
      response->set_text(request->text());
      holder->FreeRequest();
      ServerUnaryReactor* const reactor = context->DefaultReactor();
      reactor->Finish(grpc::Status::OK);
      return reactor;
    };
    const CallResult result = CallCallback(server);
    EXPECT_EQ(result.code, 0) << result.message;
    EXPECT_EQ(result.responses.at(0).text(), "text");
    EXPECT_EQ(allocator.requests_freed, 1);
    EXPECT_EQ(allocator.released, 1);

    RawCall(server.port(), kGrpc, Spec("CallbackEcho"), [](HttpRequest* request) { request->body = Envelope("\xff"); });
    EXPECT_EQ(allocator.allocated, 2);
    EXPECT_EQ(allocator.released, 2);

    allocator.makes_none = true;
    EXPECT_EQ(CallCallback(server).code, 8);
    allocator.throws = true;
    EXPECT_EQ(CallCallback(server).code, 8);
    EXPECT_EQ(allocator.allocated, 4);
  }
  EXPECT_EQ(allocator.released, 2);
}

TEST(DirectCallbackTest, WithoutAnAllocatorThereIsNoState) {
  DirectServer server;
  server.callback.handler = [](CallbackServerContext* context, const EchoRequest*, EchoResponse*) {
    EXPECT_EQ(context->GetRpcAllocatorState(), nullptr);
    ServerUnaryReactor* const reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  };
  EXPECT_EQ(CallCallback(server).code, 0);
}

class DirectSyncTest : public ::testing::TestWithParam<SyncHandlers> {
 protected:
  static DirectOptions Options() {
    DirectOptions options;
    options.sync_handlers = GetParam();
    return options;
  }
};

TEST_P(DirectSyncTest, HandlerAnswers) {
  DirectServer server(LocalOptions(), Options());
  server.sync.handler = [](grpc::ServerContext*, const EchoRequest* request, EchoResponse* response) {
    response->set_text(request->text() + "!");
    return grpc::Status::OK;
  };
  for (const Wire& wire : kEach) {
    SCOPED_TRACE(wire.name);
    const CallResult result = CallSync(server, wire);
    ASSERT_EQ(result.code, 0) << result.message;
    EXPECT_EQ(result.responses.at(0).text(), "text!");
  }
}

TEST_P(DirectSyncTest, HandlerThatThrowsFailsAsInGrpc) {
  DirectServer server(LocalOptions(), Options());
  server.sync.handler = [](auto...) -> grpc::Status { throw std::runtime_error("by the handler"); };
  const CallResult result = CallSync(server);
  EXPECT_EQ(result.code, 2);
  EXPECT_EQ(result.message, "Unexpected error in RPC handling");
}

TEST_P(DirectSyncTest, RequestThatCannotBeDecodedIsRefused) {
  DirectServer server(LocalOptions(), Options());
  server.sync.handler = [](auto...) {
    ADD_FAILURE() << "the handler was called";
    return grpc::Status::OK;
  };
  const CallResult result = RawCall(server.port(), kGrpc, Spec("SyncEcho"),
                                    [](HttpRequest* request) { request->body = Envelope("\xff\xff"); });
  EXPECT_EQ(result.code, 13);
}

INSTANTIATE_TEST_SUITE_P(All, DirectSyncTest, ::testing::Values(SyncHandlers::kOnPool, SyncHandlers::kInline),
                         [](const auto& info) { return info.param == SyncHandlers::kInline ? "Inline" : "OnPool"; });

// One thread, one place to wait: the third call is refused, and one that waits leaves with its client.
TEST(DirectPoolTest, CallsWaitAndAreRefused) {
  HttpOptions options = LocalOptions();
  options.limits.max_handler_threads = 1;
  options.limits.max_queued_calls = 1;
  DirectServer server(options);
  Log log;
  std::atomic<int> calls{0};
  server.sync.handler = [&](grpc::ServerContext* context, const EchoRequest*, EchoResponse*) {
    ++calls;
    log.Add("started");
    const bool released = log.WaitFor("release");
    EXPECT_TRUE(released);
    log.Add(context->IsCancelled() ? "cancelled" : "not cancelled");
    return grpc::Status::OK;
  };
  const HttpRequest request = EncodeCall(Spec("SyncEcho"), Framing::kGrpc, Codec::kProto);
  {
    Http2Client client(server.port());
    const int32_t running = client.Send(request);
    ASSERT_TRUE(log.WaitFor("started"));
    const int32_t waiting = client.Send(request);
    const CallResult refused = DecodeResponse(client.Exchange(request), Framing::kGrpc, Codec::kProto);
    EXPECT_EQ(refused.code, 8);
    EXPECT_THAT(refused.message, HasSubstr("max_queued_calls"));

    client.SendReset(waiting, NGHTTP2_CANCEL);
    client.SendReset(running, NGHTTP2_CANCEL);
    ASSERT_TRUE(client.Ping());
  }
  log.Add("release");
  EXPECT_TRUE(log.WaitFor("cancelled"));
  EXPECT_EQ(server.front().Shutdown(kTimeLimit), 0u);
  EXPECT_EQ(calls, 1);
}

// A handler that blocks keeps nobody else of its loop waiting.
TEST(DirectPoolTest, BlockedHandlersStopNobody) {
  HttpOptions options = LocalOptions();
  options.loops = 1;
  options.limits.max_handler_threads = 2;
  DirectServer server(options);
  Log log;
  server.sync.handler = [&](grpc::ServerContext*, const EchoRequest* request, EchoResponse*) {
    if (request->text() == "block") {
      log.Add("started");
      EXPECT_TRUE(log.WaitFor("release"));
    }
    return grpc::Status::OK;
  };
  Http2Client client(server.port());
  const int32_t blocked = client.Send(EncodeCall(Spec("SyncEcho", "block"), Framing::kGrpc, Codec::kProto));
  ASSERT_TRUE(log.WaitFor("started"));
  EXPECT_EQ(CallSync(server).code, 0);
  log.Add("release");
  EXPECT_EQ(DecodeResponse(client.ReadResponse(blocked), Framing::kGrpc, Codec::kProto).code, 0);
}

}  // namespace
}  // namespace connectrpc::test
