// The same calls through gRPC's own port and through front ends that call the handlers by gRPC core and directly: no
// handler and no client can tell the difference, but for what kDifferences lists.

#include <gmock/gmock.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server_builder.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <memory>
#include <ostream>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "connectrpc/interop/serve_http.h"
#include "echo.connect.grpc.pb.h"
#include "echo.grpc.pb.h"
#include "interop/bytes_call.h"
#include "interop/callback_echo.h"
#include "interop/caller.h"
#include "interop/echo_server.h"
#include "interop/sync_echo.h"

namespace connectrpc::test {
namespace {

using echo::EchoRequest;
using echo::EchoResponse;
using ::testing::Matcher;

const std::string kBinary("\0\x01\xff\r\n", 5);

const Matcher<std::string> kAddress = ::testing::MatchesRegex("ipv4:127\\.0\\.0\\.1:[0-9]+");

// One grpc::Server with a port of its own and two front ends beside it.
class Routes final {
 public:
  Routes(echo::SyncEcho::Service* sync, echo::CallbackEcho::Service* callback) {
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &grpc_port_);
    builder.RegisterService(sync);
    builder.RegisterService(callback);
    server_ = builder.BuildAndStart();
    channel_ = Serve(LocalOptions());
    HttpOptions options = LocalOptions();
    options.direct(sync);
    options.direct(callback);
    direct_ = Serve(options);
  }
  ~Routes() {
    direct_.reset();
    channel_.reset();
    server_->Shutdown(std::chrono::system_clock::now());
  }

  int grpc_port() const { return grpc_port_; }
  int channel_port() const { return channel_->port(); }
  int direct_port() const { return direct_->port(); }
  MethodRoute::Kind Kind(const std::string& method) const {
    for (const MethodRoute& route : direct_->routes()) {
      if (route.method == method) return route.kind;
    }
    ADD_FAILURE() << "no route for " << method;
    return MethodRoute::Kind::kOwn;
  }

 private:
  std::unique_ptr<HttpServer> Serve(const HttpOptions& options) {
    auto front = ServeHttp(*server_, options);
    EXPECT_TRUE(front.ok()) << front.status();
    return front.ok() ? *std::move(front) : nullptr;
  }

  int grpc_port_ = 0;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<HttpServer> channel_;
  std::unique_ptr<HttpServer> direct_;
};

void AddField(google::protobuf::RepeatedPtrField<echo::Field>* fields, std::string name, std::string value) {
  echo::Field* field = fields->Add();
  field->set_name(std::move(name));
  field->set_value(std::move(value));
}

EchoRequest Request(std::string text) {
  EchoRequest request;
  request.set_text(std::move(text));
  request.set_data(kBinary);
  request.set_responses(3);
  request.set_response_bytes(10);
  return request;
}

void EndWith(grpc::StatusCode code, std::string message, EchoRequest* request) {
  echo::RpcStatus details;
  google::protobuf::Any* any = details.add_details();
  any->set_type_url("type.googleapis.com/connectrpc.test.echo.Field");
  any->set_value("\n\1a");
  details.set_code(code);
  details.set_message(message);
  request->mutable_outcome()->set_code(code);
  request->mutable_outcome()->set_message(std::move(message));
  request->mutable_outcome()->set_details(details.SerializeAsString());
}

// What the calls are made of; a handler of each kind of stream gets the same.
const struct Shape {
  const char* name;
  std::function<void(CallSpec*)> make;
} kShapes[] = {
    {"plain", [](CallSpec*) {}},
    {"metadata to the handler",
     [](CallSpec* spec) {
       spec->metadata = {{"x-many", "first"}, {"x-one", "1"},          {"x-many", "second"}, {"x-raw-bin", kBinary},
                         {"x-empty", ""},     {"x-raw-bin", "second"}, {"x-many", "first"},  {"x-empty-bin", ""}};
     }},
    {"metadata from the handler",
     [](CallSpec* spec) {
       EchoRequest& request = spec->requests[0];
       for (const char* value : {"h", "again", "h"}) AddField(request.mutable_headers(), "x-head", value);
       AddField(request.mutable_headers(), "x-head-bin", kBinary);
       for (const char* value : {"t", "again", "t"}) AddField(request.mutable_trailers(), "x-trail", value);
       AddField(request.mutable_trailers(), "x-trail-bin", kBinary);
     }},
    {"error with details and metadata",
     [](CallSpec* spec) {
       EchoRequest& request = spec->requests[0];
       AddField(request.mutable_headers(), "x-head", "h");
       AddField(request.mutable_trailers(), "x-trail", "t");
       EndWith(grpc::StatusCode::FAILED_PRECONDITION, "no % \xc3\xa9 \n way", &request);
     }},
    {"error without a message",
     [](CallSpec* spec) { spec->requests[0].mutable_outcome()->set_code(grpc::StatusCode::ABORTED); }},
    // One that gRPC's enumeration can hold.
    {"error of no name", [](CallSpec* spec) { spec->requests[0].mutable_outcome()->set_code(27); }},
    {"exception", [](CallSpec* spec) { spec->requests[0].set_throws(true); }},
    {"deadline", [](CallSpec* spec) { spec->timeout = std::chrono::seconds(1000); }},
    {"large message", [](CallSpec* spec) { spec->requests[0].set_data(std::string(300000, 'x')); }},
    {"large answers", [](CallSpec* spec) { spec->requests[0].set_response_bytes(300000); }},
    {"empty message", [](CallSpec* spec) { spec->requests[0].Clear(); }},
    {"missing message", [](CallSpec* spec) { spec->requests.clear(); }},
    {"several messages",
     [](CallSpec* spec) {
       for (const char* text : {"b", "c", "d"}) spec->requests.push_back(Request(text));
     }},
    {"unknown method", [](CallSpec* spec) { spec->method = "Nothing"; }},
};
constexpr const char* kMethods[] = {"Echo", "Get", "Collect", "Expand", "Chat"};

// Where the front ends, whatever the route, differ from gRPC's own port by purpose. Besides, handlers see metadata that
// only front ends can give them (connectrpc-protocol and the like), messages that cannot be read are errors on the
// direct route, and gRPC core does not know the peers of the channel route: the last two tests.
const struct Difference {
  const char* shape;
  std::vector<std::string> methods;
  const char* reason;
} kDifferences[] = {
    {"missing message", {"Echo", "Get", "Expand"}, "gRPC core waits for the message or cancels; here it is an error"},
    {"several messages", {"Echo", "Get", "Expand"}, "gRPC core leaves the others unread; here they are an error"},
    {"error of no name", {"Echo", "Get", "Collect", "Expand", "Chat"}, "gRPC hands on any number; here it is unknown"},
    {"unknown method", {"Nothing"}, "gRPC says nothing; here the message names the method"},
};

bool DiffersByPurpose(const std::string& shape, const std::string& method) {
  return std::any_of(std::begin(kDifferences), std::end(kDifferences), [&](const Difference& difference) {
    return difference.shape == shape && std::count(difference.methods.begin(), difference.methods.end(), method) > 0;
  });
}

// A reaction that throws: in gRPC core nobody ever ends the call. The direct route does; handler_output_test has it.
bool HasNoEnd(std::string_view shape, std::string_view service, std::string_view method) {
  return shape == "exception" && service == "CallbackEcho" && (method == "Collect" || method == "Chat");
}

// Less what says which program answered, how and when. Values of one name keep their order.
Fields Comparable(Fields fields) {
  static const std::set<std::string> kOfProgram = {":status",
                                                   "accept-encoding",
                                                   "connect-accept-encoding",
                                                   "content-length",
                                                   "content-type",
                                                   "date",
                                                   "grpc-accept-encoding",
                                                   "grpc-message",
                                                   "grpc-status",
                                                   "server",
                                                   "transfer-encoding",
                                                   "x-content-type-options",
                                                   "grpc-status-details-bin"};
  const auto of_program = [](const auto& field) { return kOfProgram.count(field.first) > 0; };
  fields.erase(std::remove_if(fields.begin(), fields.end(), of_program), fields.end());
  std::stable_sort(fields.begin(), fields.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  return fields;
}

// All that a client can see, and what the handler has told it of what it saw.
std::string Show(const CallResult& result) {
  std::string shown = "code " + std::to_string(result.code) + " \"" + result.message + "\"\n";
  const auto show = [&](const char* what, const std::string& name, const std::string& value) {
    shown += std::string(what) + " " + name + ": " + ::testing::PrintToString(value) + "\n";
  };
  for (const CallDetail& detail : result.details) show("detail", detail.type, detail.value);
  // Headers and trailers of an answer without messages may come as one, if they are there at the same time.
  const bool apart = !result.responses.empty();
  const Fields headers = Comparable(result.headers), trailers = Comparable(result.trailers);
  for (const auto& [name, value] : headers) {
    if (apart || std::find(trailers.begin(), trailers.end(), std::make_pair(name, value)) == trailers.end()) {
      show(apart ? "header" : "field", name, value);
    }
  }
  for (const auto& [name, value] : trailers) show(apart ? "trailer" : "field", name, value);
  for (EchoResponse response : result.responses) {
    for (const echo::Field& field : response.metadata()) {
      if (field.name().rfind("connectrpc-", 0) != 0) show("seen", field.name(), field.value());
    }
    const int64_t left = response.remaining_ms();
    shown += left < 0 ? "no deadline\n" : left > 500000 && left <= 1011000 ? "1000 s\n" : "another deadline\n";
    show("response", std::to_string(response.index()), response.text());
    shown += "bytes " + std::to_string(std::hash<std::string>()(response.data())) + "\n";
  }
  return shown;
}

bool IsDirect(std::string_view service, std::string_view method) {
  return service == "CallbackEcho" || method == "Echo" || method == "Get";
}

// Runs with each method and shape.
void ForEachCallOf(const std::string& service,
                   const std::function<void(const std::string& shape, const CallSpec& spec)>& run) {
  for (const char* method : kMethods) {
    for (const Shape& shape : kShapes) {
      SCOPED_TRACE(service + ", " + method + ", " + shape.name);
      if (HasNoEnd(shape.name, service, method)) continue;
      CallSpec spec;
      spec.service = service;
      spec.method = method;
      spec.requests = {Request("a")};
      shape.make(&spec);
      run(shape.name, spec);
    }
  }
}

// A service, by messages and by views.
struct Handlers {
  const char* name;
  const char* service;
  bool views;
};
std::ostream& operator<<(std::ostream& out, const Handlers& handlers) {
  return out << handlers.name;
}

class RoutesTest : public ::testing::TestWithParam<Handlers> {
 protected:
  RoutesTest()
      : routes_(GetParam().views ? std::make_unique<Routes>(&sync_views_, &callback_views_)
                                 : std::make_unique<Routes>(&sync_, &callback_)) {}

  Routes& routes() { return *routes_; }
  std::string service() const { return GetParam().service; }

  void ForEachCall(const std::function<void(const std::string& shape, const CallSpec& spec)>& run) {
    ForEachCallOf(service(), run);
  }

 private:
  EchoState state_;
  SyncEchoService sync_{&state_};
  CallbackEchoService callback_{&state_};
  SyncViewEchoService sync_views_{&state_};
  CallbackViewEchoService callback_views_{&state_};
  const std::unique_ptr<Routes> routes_;
};

TEST_P(RoutesTest, TheDirectOneIsTaken) {
  for (const std::string method : kMethods) {
    EXPECT_EQ(routes().Kind("connectrpc.test.echo." + service() + "/" + method),
              IsDirect(service(), method) ? MethodRoute::Kind::kDirect : MethodRoute::Kind::kChannel)
        << method;
  }
}

// gRPC's client, at all three doors.
TEST_P(RoutesTest, AreAlikeForGrpc) {
  ForEachCall([&](const std::string& shape, const CallSpec& spec) {
    const std::string direct = Show(NewStockGrpc(routes().direct_port())->Call(spec));
    EXPECT_EQ(direct, Show(NewStockGrpc(routes().channel_port())->Call(spec)));
    if (DiffersByPurpose(shape, spec.method)) return;
    EXPECT_EQ(direct, Show(NewStockGrpc(routes().grpc_port())->Call(spec)));
  });
}

// The other protocols, at the two doors that speak them.
TEST_P(RoutesTest, AreAlikeForTheOtherProtocols) {
  for (const CallerKind& kind : AllCallers()) {
    if (kind.name == "StockGrpc") continue;
    SCOPED_TRACE(kind.name);
    ForEachCall([&](const std::string&, const CallSpec& spec) {
      EXPECT_EQ(Show(kind.make(routes().direct_port())->Call(spec)),
                Show(kind.make(routes().channel_port())->Call(spec)));
    });
  }
}

// By gRPC core a unary method is said not to exist, and a stream of requests to be over, as if its client had ended it.
TEST_P(RoutesTest, MessagesThatCannotBeReadAreErrorsOnTheDirectOne) {
  for (const Wire& wire : kWires) {
    for (const std::string method : kMethods) {
      for (const std::vector<std::string>& messages : {std::vector<std::string>{"\xff\xff"}, {"", "\xff\xff"}}) {
        const bool streams = method == "Collect" || method == "Chat";
        if (messages.size() > 1 && !streams) continue;
        SCOPED_TRACE(wire.name + (", " + method) + ", " + std::to_string(messages.size()));
        BytesSpec spec;
        spec.path = "/connectrpc.test.echo." + service() + "/" + method;
        spec.streams = method != "Echo" && method != "Get";
        spec.messages = messages;
        const BytesResult channel = CallBytes(routes().channel_port(), wire, spec);
        const BytesResult direct = CallBytes(routes().direct_port(), wire, spec);
        if (IsDirect(service(), method)) {
          EXPECT_EQ(direct.code, GetParam().views ? grpc::StatusCode::INVALID_ARGUMENT : grpc::StatusCode::INTERNAL);
          EXPECT_EQ(direct.message, GetParam().views ? "connectrpc.test.echo.EchoRequest is cut short, at byte 2"
                                                     : "cannot decode request");
        } else {
          EXPECT_EQ(direct.code, channel.code);
          EXPECT_EQ(direct.message, channel.message);
        }
        if (wire.protocol != RpcProtocol::kGrpc) continue;
        const BytesResult grpc = CallBytes(routes().grpc_port(), wire, spec);
        EXPECT_EQ(channel.code, grpc.code);
        EXPECT_EQ(channel.message, grpc.message);
      }
    }
  }
}

// gRPC core takes the calls of the channel route for its own program's; CallInfo knows their peers.
TEST_P(RoutesTest, PeerHasTheFormOfGrpcOnTheDirectOne) {
  for (const std::string method : kMethods) {
    SCOPED_TRACE(method);
    const auto peer = [&](int port) {
      CallSpec spec;
      spec.service = service();
      spec.method = method;
      spec.requests = {Request("a")};
      const CallResult result = NewStockGrpc(port)->Call(spec);
      EXPECT_EQ(result.code, 0) << result.message;
      return result.responses.empty() ? "no response" : result.responses[0].peer();
    };
    const bool direct = IsDirect(service(), method);
    EXPECT_THAT(peer(routes().grpc_port()), kAddress);
    EXPECT_THAT(peer(routes().direct_port()), direct ? kAddress : Matcher<std::string>("unknown"));
    EXPECT_EQ(peer(routes().channel_port()), "unknown");
  }
}

INSTANTIATE_TEST_SUITE_P(Services, RoutesTest,
                         ::testing::Values(Handlers{"SyncEcho", "SyncEcho", false},
                                           Handlers{"CallbackEcho", "CallbackEcho", false},
                                           Handlers{"SyncViewEcho", "SyncEcho", true},
                                           Handlers{"CallbackViewEcho", "CallbackEcho", true}),
                         [](const auto& info) { return info.param.name; });

// What takes messages and what takes views, at all three doors.
TEST(HandlersTest, OfMessagesAndOfViewsAnswerAlike) {
  EchoState state;
  SyncEchoService sync(&state);
  CallbackEchoService callback(&state);
  SyncViewEchoService sync_views(&state);
  CallbackViewEchoService callback_views(&state);
  Routes messages(&sync, &callback), views(&sync_views, &callback_views);
  for (const char* service : {"SyncEcho", "CallbackEcho"}) {
    ForEachCallOf(service, [&](const std::string&, const CallSpec& spec) {
      for (const auto port : {&Routes::grpc_port, &Routes::channel_port, &Routes::direct_port}) {
        if (port == &Routes::grpc_port && spec.requests.size() != 1) continue;  // gRPC core waits for ever
        EXPECT_EQ(Show(NewStockGrpc((views.*port)())->Call(spec)), Show(NewStockGrpc((messages.*port)())->Call(spec)));
      }
      EXPECT_EQ(Show(NewConnectHttp1Json(views.direct_port())->Call(spec)),
                Show(NewConnectHttp1Json(messages.direct_port())->Call(spec)));
    });
  }
}

}  // namespace
}  // namespace connectrpc::test
