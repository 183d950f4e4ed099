// Handlers that make calls of their own from the context of theirs: on gRPC's port, and by both routes.

#include <gmock/gmock.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/security/server_credentials.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "interop/direct_server.h"
#include "interop/raw_call.h"

namespace connectrpc::test {
namespace {

using echo::CallbackEcho;
using echo::EchoRequest;
using echo::EchoResponse;
using grpc::CallbackServerContext;
using grpc::ClientContext;
using grpc::ServerContext;
using grpc::ServerUnaryReactor;
using grpc::StatusCode;
using std::chrono::milliseconds;
using ::testing::AnyOf;
using ::testing::Contains;
using ::testing::Not;

// The service that the handlers call. A request says "wait" or is answered with what was seen of the call; of one that
// waits the log has "arrived", then "cancelled" or, once Release was called, its answer.
class Backend final {
 public:
  Backend() {
    service_.handler = [this](CallbackServerContext* context, const EchoRequest* request, EchoResponse* response) {
      const bool has_deadline = context->deadline() != std::chrono::system_clock::time_point::max();
      response->set_remaining_ms(
          has_deadline
              ? std::chrono::duration_cast<milliseconds>(context->deadline() - std::chrono::system_clock::now()).count()
              : -1);
      auto* const reactor = new LoggedReactor(&reactions);
      if (request->text() != "wait") {
        reactor->Finish(grpc::Status::OK);
        return reactor;
      }
      auto finished = std::make_shared<std::atomic<bool>>(false);
      const auto finish = [reactor, finished](const grpc::Status& status) {
        if (!finished->exchange(true)) reactor->Finish(status);
      };
      reactor->on_cancel = [this, finish] {
        log.Add("cancelled");
        finish(grpc::Status::CANCELLED);
      };
      release_ = [finish] { finish(grpc::Status::OK); };
      log.Add("arrived");
      return reactor;
    };
    grpc::ServerBuilder builder;
    int port = 0;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
    builder.RegisterService(&service_);
    server_ = builder.BuildAndStart();
    stub = CallbackEcho::NewStub(
        grpc::CreateChannel("127.0.0.1:" + std::to_string(port), grpc::InsecureChannelCredentials()));
  }

  // Lets the call that arrived last go on; after "arrived".
  void Release() { release_(); }

  Log log;
  std::unique_ptr<CallbackEcho::Stub> stub;

 private:
  Log reactions;
  std::function<void()> release_;
  ScriptedCallback service_;
  std::unique_ptr<grpc::Server> server_;
};

// A call that a callback handler makes from its context, and ends with.
class Relay final : public ServerUnaryReactor {
 public:
  Relay(Backend* backend, std::unique_ptr<ClientContext> client, const EchoRequest& request, EchoResponse* response)
      : client_(std::move(client)), request_(request) {
    backend->stub->async()->Echo(client_.get(), &request_, response,
                                 [this](grpc::Status status) { Finish(std::move(status)); });
  }
  void OnDone() override { delete this; }

 private:
  const std::unique_ptr<ClientContext> client_;
  const EchoRequest request_;
};

// A way to the handlers.
enum class Way { kGrpcPort, kChannel, kDirect };
struct Path {
  const char* name;
  Way way;
  const char* service;
};
constexpr Path kPaths[] = {
    {"GrpcPortSync", Way::kGrpcPort, "SyncEcho"}, {"GrpcPortCallback", Way::kGrpcPort, "CallbackEcho"},
    {"ChannelSync", Way::kChannel, "SyncEcho"},   {"ChannelCallback", Way::kChannel, "CallbackEcho"},
    {"DirectSync", Way::kDirect, "SyncEcho"},     {"DirectCallback", Way::kDirect, "CallbackEcho"},
};

class CallsFromContextTest : public ::testing::TestWithParam<Path> {
 protected:
  CallsFromContextTest() {
    sync_.handler = [this](ServerContext* context, const EchoRequest* request, EchoResponse* response) {
      Look(context, *request);
      if (request->text() == "leave") {
        Leave(ClientContext::FromServerContext(*context));
        return grpc::Status::OK;
      }
      const std::unique_ptr<ClientContext> client = ClientContext::FromServerContext(*context);
      return backend_.stub->Echo(client.get(), *request, response);
    };
    callback_.handler = [this](CallbackServerContext* context, const EchoRequest* request,
                               EchoResponse* response) -> ServerUnaryReactor* {
      Look(context, *request);
      if (request->text() == "leave") {
        Leave(ClientContext::FromCallbackServerContext(*context));
        ServerUnaryReactor* const reactor = context->DefaultReactor();
        reactor->Finish(grpc::Status::OK);
        return reactor;
      }
      return new Relay(&backend_, ClientContext::FromCallbackServerContext(*context), *request, response);
    };
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port_);
    builder.RegisterService(&sync_);
    builder.RegisterService(&callback_);
    server_ = builder.BuildAndStart();
    if (GetParam().way == Way::kGrpcPort) return;
    HttpOptions options = LocalOptions();
    if (GetParam().way == Way::kDirect) {
      DirectOptions direct;
      direct.calls_from_context = true;
      options.direct(&sync_, direct);
      options.direct(&callback_, direct);
    }
    auto front = ServeHttp(*server_, options);
    EXPECT_TRUE(front.ok()) << front.status();
    if (!front.ok()) return;
    front_ = *std::move(front);
    port_ = front_->port();
  }
  ~CallsFromContextTest() override {
    front_.reset();
    server_->Shutdown();
  }

  CallSpec Spec(std::string text) const {
    CallSpec spec;
    spec.service = GetParam().service;
    spec.requests[0].set_text(std::move(text));
    return spec;
  }
  CallResult Call(const CallSpec& spec) const { return RawCall(port_, kGrpc, spec); }

  Backend backend_;
  int port_ = 0;
  std::string peer_;
  Log left_;

 private:
  template <class Context>
  void Look(Context* context, const EchoRequest& request) {
    if (request.text() == "peer") peer_ = context->peer();
    if (request.data() == "cancel") context->TryCancel();
  }
  // Makes a call that nobody waits for.
  void Leave(std::unique_ptr<ClientContext> context) {
    struct Left {
      std::unique_ptr<ClientContext> client;
      EchoRequest request;
      EchoResponse response;
    };
    auto left = std::make_shared<Left>();
    left->client = std::move(context);
    left->request.set_text("wait");
    backend_.stub->async()->Echo(left->client.get(), &left->request, &left->response,
                                 [this, left](const grpc::Status& status) { left_.Add(Name(status)); });
  }
  static std::string Name(const grpc::Status& status) {
    return status.error_code() == StatusCode::CANCELLED ? "cancelled" : "code " + std::to_string(status.error_code());
  }

  ScriptedSync sync_;
  ScriptedCallback callback_;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<HttpServer> front_;
};

TEST_P(CallsFromContextTest, SucceedWithoutDeadline) {
  for (int i = 0; i < 3; ++i) {
    const CallResult result = Call(Spec("text"));
    ASSERT_EQ(result.code, 0) << result.message;
    EXPECT_EQ(result.responses.at(0).remaining_ms(), -1);
  }
}

TEST_P(CallsFromContextTest, TakeTheDeadline) {
  constexpr milliseconds kTimeout = std::chrono::hours(1);
  CallSpec spec = Spec("text");
  spec.timeout = kTimeout;
  const CallResult result = Call(spec);
  ASSERT_EQ(result.code, 0) << result.message;
  EXPECT_GT(result.responses.at(0).remaining_ms(), 0);
  // gRPC rounds what is left up to three digits.
  EXPECT_LE(result.responses.at(0).remaining_ms(), (kTimeout + kTimeout / 10).count());
}

TEST_P(CallsFromContextTest, EndWithTheDeadline) {
  CallSpec spec = Spec("wait");
  spec.timeout = milliseconds(50);
  // The handler's call ends with its own deadline, or is cancelled as its parent has passed the same one.
  EXPECT_THAT(Call(spec).code, AnyOf(4, 1));
  // It may never have got there.
  if (backend_.log.events().empty()) return;
  EXPECT_TRUE(backend_.log.WaitFor("cancelled"));
}

TEST_P(CallsFromContextTest, AreCancelledWithTheirCaller) {
  Http2Client client(port_);
  const int32_t id = client.Send(EncodeCall(Spec("wait"), Framing::kGrpc, Codec::kProto));
  ASSERT_TRUE(backend_.log.WaitFor("arrived"));
  client.SendReset(id, NGHTTP2_CANCEL);
  EXPECT_TRUE(backend_.log.WaitFor("cancelled"));
}

TEST_P(CallsFromContextTest, AreCancelledWhenTheHandlerIsThrough) {
  EXPECT_EQ(Call(Spec("leave")).code, 0);
  EXPECT_TRUE(left_.WaitFor("cancelled"));
}

TEST_P(CallsFromContextTest, TryCancelEndsThoseOfItsContextAlone) {
  CallResult waiting;
  std::thread other([&] { waiting = Call(Spec("wait")); });
  EXPECT_TRUE(backend_.log.WaitFor("arrived"));
  CallSpec spec = Spec("text");
  spec.requests[0].set_data("cancel");
  EXPECT_EQ(Call(spec).code, 1);
  EXPECT_EQ(Call(Spec("text")).code, 0);
  EXPECT_THAT(backend_.log.events(), Not(Contains("cancelled")));
  backend_.Release();
  other.join();
  EXPECT_EQ(waiting.code, 0) << waiting.message;
}

TEST_P(CallsFromContextTest, PeerIsThatOfTheCallBehindTheContext) {
  EXPECT_EQ(Call(Spec("peer")).code, 0);
  if (GetParam().way == Way::kGrpcPort) {
    EXPECT_THAT(peer_, ::testing::StartsWith("ipv4:127.0.0.1:"));
  } else {
    EXPECT_THAT(peer_, AnyOf("unknown", "inproc"));
  }
}

INSTANTIATE_TEST_SUITE_P(Paths, CallsFromContextTest, ::testing::ValuesIn(kPaths),
                         [](const auto& info) { return std::string(info.param.name); });

// Answers with what a call of its own has brought.
class RelayStream final : public grpc::ServerWriteReactor<EchoResponse> {
 public:
  RelayStream(Backend* backend, std::unique_ptr<ClientContext> client, const EchoRequest& request)
      : client_(std::move(client)), request_(request) {
    backend->stub->async()->Echo(client_.get(), &request_, &response_, [this](const grpc::Status& status) {
      if (status.ok()) {
        StartWriteAndFinish(&response_, grpc::WriteOptions(), status);
      } else {
        Finish(status);
      }
    });
  }
  void OnDone() override { delete this; }

 private:
  const std::unique_ptr<ClientContext> client_;
  const EchoRequest request_;
  EchoResponse response_;
};

class RelayingStreams final : public CallbackEcho::CallbackService {
 public:
  explicit RelayingStreams(Backend* backend) : backend_(backend) {}
  grpc::ServerWriteReactor<EchoResponse>* Expand(CallbackServerContext* context, const EchoRequest* request) override {
    return new RelayStream(backend_, ClientContext::FromCallbackServerContext(*context), *request);
  }

 private:
  Backend* const backend_;
};

TEST(CallsFromStreamTest, PassDeadlineAndCancellationOn) {
  Backend backend;
  RelayingStreams service(&backend);
  grpc::ServerBuilder builder;
  builder.RegisterService(&service);
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  HttpOptions options = LocalOptions();
  DirectOptions direct;
  direct.calls_from_context = true;
  options.direct(&service, direct);
  const auto front = ServeHttp(*server, options);
  ASSERT_TRUE(front.ok()) << front.status();
  CallSpec spec;
  spec.service = "CallbackEcho";
  spec.method = "Expand";
  spec.timeout = std::chrono::hours(1);
  const CallResult result = RawCall((*front)->port(), kGrpc, spec);
  EXPECT_EQ(result.code, 0) << result.message;
  ASSERT_EQ(result.responses.size(), 1u);
  EXPECT_GT(result.responses[0].remaining_ms(), 0);

  Http2Client client((*front)->port());
  spec.requests[0].set_text("wait");
  const int32_t id = client.Send(EncodeCall(spec, Framing::kGrpc, Codec::kProto));
  ASSERT_TRUE(backend.log.WaitFor("arrived"));
  client.SendReset(id, NGHTTP2_CANCEL);
  EXPECT_TRUE(backend.log.WaitFor("cancelled"));
}

}  // namespace
}  // namespace connectrpc::test
