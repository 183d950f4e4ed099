// Services mounted by what the option `direct` generates.

#include <gmock/gmock.h>
#include <grpcpp/server_builder.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <ostream>
#include <sstream>
#include <string>
#include <utility>

#include "connectrpc/http_transport.h"
#include "connectrpc/interop/serve_http.h"
#include "greet/v1/greet.connect.grpc.pb.h"
#include "greet/v1/greet.connect.pb.h"
#include "no_package.connect.grpc.pb.h"
#include "no_package.connect.pb.h"
#include "plugin/greet_steps.h"

// Not that of the generated code, where ConnectDirect must be found all the same.
namespace app {
namespace {

using connectrpc::HttpOptions;
using connectrpc::HttpServer;
using connectrpc::MethodRoute;
using greet::v1::ChatRequest;
using greet::v1::ChatResponse;
using greet::v1::CollectRequest;
using greet::v1::CollectResponse;
using greet::v1::CountdownRequest;
using greet::v1::CountdownResponse;
using greet::v1::GreetRequest;
using greet::v1::GreetResponse;
using greet::v1::GreetService;
using testing::ElementsAre;
using testing::HasSubstr;
using Kind = MethodRoute::Kind;

// snippet: mount
absl::StatusOr<std::unique_ptr<HttpServer>> Serve(grpc::Server& server, GreetService::Service& greeter) {
  HttpOptions http;
  http.listen = {"127.0.0.1:0"};
  http.direct(&greeter);  // + added
  return connectrpc::ServeHttp(server, http);
}
// end snippet

// snippet: routes
void PrintRoutes(const HttpServer& front, std::ostream& out) {
  for (const MethodRoute& route : front.routes()) {
    const bool direct = route.kind == MethodRoute::Kind::kDirect;
    out << route.method << (direct ? " is called directly: " : " is not: ") << route.reason << "\n";
  }
}
// end snippet

class SyncGreeter : public GreetService::Service {
 public:
  grpc::Status Greet(grpc::ServerContext* context, const GreetRequest* request, GreetResponse* response) override {
    context->AddInitialMetadata("style", "sync");
    if (request->name().empty()) return grpc::Status(grpc::StatusCode::INVALID_ARGUMENT, "name must not be empty");
    response->set_greeting("Hello, " + request->name());
    return grpc::Status::OK;
  }
  grpc::Status Countdown(grpc::ServerContext*, const CountdownRequest* request,
                         grpc::ServerWriter<CountdownResponse>* writer) override {
    for (int i = request->from(); i > 0; --i) {
      CountdownResponse response;
      response.set_number(i);
      writer->Write(response);
    }
    return grpc::Status::OK;
  }
  grpc::Status Collect(grpc::ServerContext*, grpc::ServerReader<CollectRequest>* reader,
                       CollectResponse* response) override {
    for (CollectRequest request; reader->Read(&request);) response->add_names(request.name());
    return grpc::Status::OK;
  }
  grpc::Status Chat(grpc::ServerContext*, grpc::ServerReaderWriter<ChatResponse, ChatRequest>* stream) override {
    for (ChatRequest request; stream->Read(&request);) {
      ChatResponse response;
      response.set_text(request.text() + "!");
      stream->Write(response);
    }
    return grpc::Status::OK;
  }
};

class CountdownReactor final : public grpc::ServerWriteReactor<CountdownResponse> {
 public:
  explicit CountdownReactor(int from) : next_(from) { Next(); }

 private:
  void OnWriteDone(bool) override { Next(); }
  void OnDone() override { delete this; }
  void Next() {
    if (next_ == 0) return Finish(grpc::Status::OK);
    response_.set_number(next_--);
    StartWrite(&response_);
  }

  int next_;
  CountdownResponse response_;
};

class CollectReactor final : public grpc::ServerReadReactor<CollectRequest> {
 public:
  explicit CollectReactor(CollectResponse* response) : response_(response) { StartRead(&request_); }

 private:
  void OnReadDone(bool ok) override {
    if (!ok) return Finish(grpc::Status::OK);
    response_->add_names(request_.name());
    StartRead(&request_);
  }
  void OnDone() override { delete this; }

  CollectRequest request_;
  CollectResponse* response_;
};

class ChatReactor final : public grpc::ServerBidiReactor<ChatRequest, ChatResponse> {
 public:
  ChatReactor() { StartRead(&request_); }

 private:
  void OnReadDone(bool ok) override {
    if (!ok) return Finish(grpc::Status::OK);
    response_.set_text(request_.text() + "!");
    StartWrite(&response_);
  }
  void OnWriteDone(bool) override { StartRead(&request_); }
  void OnDone() override { delete this; }

  ChatRequest request_;
  ChatResponse response_;
};

class CallbackGreeter : public GreetService::CallbackService {
 public:
  grpc::ServerUnaryReactor* Greet(grpc::CallbackServerContext* context, const GreetRequest* request,
                                  GreetResponse* response) override {
    context->AddInitialMetadata("style", "callback");
    grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
    response->set_greeting("Hello, " + request->name());
    reactor->Finish(request->name().empty() ? grpc::Status(grpc::StatusCode::INVALID_ARGUMENT, "name must not be empty")
                                            : grpc::Status::OK);
    return reactor;
  }
  grpc::ServerWriteReactor<CountdownResponse>* Countdown(grpc::CallbackServerContext*,
                                                         const CountdownRequest* request) override {
    return new CountdownReactor(request->from());
  }
  grpc::ServerReadReactor<CollectRequest>* Collect(grpc::CallbackServerContext*, CollectResponse* response) override {
    return new CollectReactor(response);
  }
  grpc::ServerBidiReactor<ChatRequest, ChatResponse>* Chat(grpc::CallbackServerContext*) override {
    return new ChatReactor;
  }
};

std::map<std::string, Kind> KindsOf(const HttpServer& front, const std::string& service) {
  std::map<std::string, Kind> kinds;
  for (const MethodRoute& route : front.routes()) {
    if (route.method.rfind(service + "/", 0) == 0) kinds[route.method.substr(service.size() + 1)] = route.kind;
  }
  return kinds;
}

std::shared_ptr<connectrpc::Transport> TransportTo(const HttpServer& front) {
  connectrpc::HttpTransportOptions options;
  options.http = connectrpc::HttpVersions::kHttp2;
  auto transport = connectrpc::HttpTransport::Create("http://127.0.0.1:" + std::to_string(front.port()), options);
  EXPECT_TRUE(transport.ok()) << transport.status();
  return transport.ok() ? *transport : nullptr;
}

// Each kind of method, by the generated client.
void ExpectGreetings(const HttpServer& front, const std::string& style) {
  greet::v1::GreetServiceClient client(TransportTo(front));
  ExpectGreet(client, {}, "style", style);
  ExpectCountdown(client);
  ExpectCollect(client);
  ExpectChat(client);
}

TEST(GeneratedDirectTest, MountsServicesOfEachStyle) {
  SyncGreeter sync;
  CallbackGreeter callback;
  const struct {
    const char* name;
    GreetService::Service* service;
    Kind streams;
    const char* route;
  } cases[] = {
      {"sync", &sync, Kind::kChannel, "greet.v1.GreetService/Chat is not: sync streaming handler\n"},
      {"callback", &callback, Kind::kDirect, "greet.v1.GreetService/Chat is called directly: callback handler\n"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const std::unique_ptr<grpc::Server> server = grpc::ServerBuilder().RegisterService(c.service).BuildAndStart();
    const auto front = Serve(*server, *c.service);
    ASSERT_TRUE(front.ok()) << front.status();
    EXPECT_THAT(KindsOf(**front, "greet.v1.GreetService"),
                ElementsAre(std::pair("Chat", c.streams), std::pair("Collect", c.streams),
                            std::pair("Countdown", c.streams), std::pair("Greet", Kind::kDirect)));
    std::ostringstream routes;
    PrintRoutes(**front, routes);
    EXPECT_THAT(routes.str(), HasSubstr(c.route));
    ExpectGreetings(**front, c.name);
  }
}

// The object's own type, not that of the generated class, as programs write it.
TEST(GeneratedDirectTest, MountsDerivedClasses) {
  SyncGreeter greeter;
  HttpOptions http;
  connectrpc::DirectOptions direct;
  direct.sync_handlers = connectrpc::SyncHandlers::kInline;
  http.listen = {"127.0.0.1:0"};
  http.direct(&greeter, direct);
  const std::unique_ptr<grpc::Server> server = grpc::ServerBuilder().RegisterService(&greeter).BuildAndStart();
  const auto front = connectrpc::ServeHttp(*server, http);
  ASSERT_TRUE(front.ok()) << front.status();
  ExpectGreetings(**front, "sync");
}

class GlobalHandlers : public ::Global::Service {
  grpc::Status Call(grpc::ServerContext*, const GlobalRequest*, GlobalResponse*) override {
    return grpc::Status(grpc::StatusCode::ALREADY_EXISTS, "here");
  }
};

TEST(GeneratedDirectTest, MountsServicesWithoutPackageBesideOthers) {
  GlobalHandlers global;
  ::Second::Service second;  // all of its methods are unimplemented
  CallbackGreeter greeter;
  HttpOptions http;
  http.listen = {"127.0.0.1:0"};
  http.direct(&global);
  http.direct(&second);
  http.direct(&greeter);
  const std::unique_ptr<grpc::Server> server =
      grpc::ServerBuilder().RegisterService(&global).RegisterService(&second).RegisterService(&greeter).BuildAndStart();
  const auto front = connectrpc::ServeHttp(*server, http);
  ASSERT_TRUE(front.ok()) << front.status();
  EXPECT_THAT(KindsOf(**front, "Global"), ElementsAre(std::pair("Call", Kind::kDirect)));
  EXPECT_THAT(KindsOf(**front, "Second"), ElementsAre(std::pair("Call", Kind::kChannel)));
  EXPECT_EQ(::GlobalClient(TransportTo(**front)).Call(GlobalRequest()).error().code, connectrpc::Code::kAlreadyExists);
  ExpectGreetings(**front, "callback");
}

}  // namespace
}  // namespace app
