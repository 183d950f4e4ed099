// What ServeHttp takes and refuses, and the ways to put a front end before a server.

#include "connectrpc/interop/serve_http.h"

#include <gmock/gmock.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "interop/raw_call.h"

namespace connectrpc::test {
namespace {

using ::testing::HasSubstr;

CallResult Json(int port) {
  Http1Client client(port);
  return DecodeResponse(client.Exchange(EncodeCall(CallSpec(), Framing::kConnectUnary, Codec::kJson)),
                        Framing::kConnectUnary, Codec::kJson);
}

TEST(ServeHttpTest, WrongOptionsAreErrors) {
  EchoServer server;
  const std::string taken = "127.0.0.1:" + std::to_string(server.port());
  constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;
  const struct {
    const char* name;
    std::function<void(HttpOptions*)> change;
    absl::StatusCode code;
    std::string message;
  } cases[] = {
      {"no address", [](HttpOptions* o) { o->listen.clear(); }, kInvalid, "listen"},
      {"empty address", [](HttpOptions* o) { o->listen = {""}; }, kInvalid, ""},
      {"no port", [](HttpOptions* o) { o->listen = {"127.0.0.1"}; }, kInvalid, "127.0.0.1"},
      {"port too large", [](HttpOptions* o) { o->listen = {"127.0.0.1:65536"}; }, kInvalid, "65536"},
      {"no number", [](HttpOptions* o) { o->listen = {"127.0.0.1:http"}; }, kInvalid, "http"},
      {"second address wrong",
       [](HttpOptions* o) {
         o->listen = {"127.0.0.1:0", "nonsense"};
       },
       kInvalid, "nonsense"},
      {"port in use", [&](HttpOptions* o) { o->listen = {taken}; }, absl::StatusCode::kUnavailable, taken},
      {"foreign address", [](HttpOptions* o) { o->listen = {"192.0.2.1:0"}; }, absl::StatusCode::kUnavailable, ""},
      {"unknown service", [](HttpOptions* o) { o->services = {"no.such.Service"}; }, absl::StatusCode::kNotFound,
       "no.such.Service"},
      {"known and unknown",
       [](HttpOptions* o) {
         o->services = {"connectrpc.test.echo.SyncEcho", "SyncEcho"};
       },
       absl::StatusCode::kNotFound, "\"SyncEcho\""},
      {"negative loops", [](HttpOptions* o) { o->loops = -1; }, kInvalid, "loops"},
      {"no depth", [](HttpOptions* o) { o->limits.max_json_depth = 0; }, kInvalid, "max_json_depth"},
      {"negative depth", [](HttpOptions* o) { o->limits.max_json_depth = -1; }, kInvalid, "max_json_depth"},
      {"gzip level 0", [](HttpOptions* o) { o->compression.gzip_level = 0; }, kInvalid, "gzip_level"},
      {"gzip level 10", [](HttpOptions* o) { o->compression.gzip_level = 10; }, kInvalid, "gzip_level"},
      {"negative timeout", [](HttpOptions* o) { o->timeouts.drain = std::chrono::milliseconds(-1); }, kInvalid,
       "timeouts"},
      {"window too large", [](HttpOptions* o) { o->limits.stream_window_bytes = size_t{1} << 31; }, kInvalid,
       "stream_window_bytes"},
      {"connection window below HTTP/2's", [](HttpOptions* o) { o->limits.connection_window_bytes = 65534; }, kInvalid,
       "connection_window_bytes"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    HttpOptions options = LocalOptions();
    c.change(&options);
    const auto front = ServeHttp(server.grpc_server(), options);
    EXPECT_EQ(front.status().code(), c.code) << front.status();
    EXPECT_THAT(std::string(front.status().message()), HasSubstr(c.message));
  }
}

TEST(ServeHttpTest, ZeroLimitsAreErrors) {
  EchoServer server;
  const struct {
    const char* name;
    size_t Limits::*limit;
  } cases[] = {
      {"max_message_bytes", &Limits::max_message_bytes},
      {"max_unary_body_bytes", &Limits::max_unary_body_bytes},
      {"max_header_list_bytes", &Limits::max_header_list_bytes},
      {"max_header_fields", &Limits::max_header_fields},
      {"max_request_line_bytes", &Limits::max_request_line_bytes},
      {"max_concurrent_streams", &Limits::max_concurrent_streams},
      {"max_running_calls_per_connection", &Limits::max_running_calls_per_connection},
      {"stream_window_bytes", &Limits::stream_window_bytes},
      {"connection_window_bytes", &Limits::connection_window_bytes},
      {"max_stream_window_bytes", &Limits::max_stream_window_bytes},
      {"max_stream_output_bytes", &Limits::max_stream_output_bytes},
      {"max_connection_output_bytes", &Limits::max_connection_output_bytes},
      {"max_connections", &Limits::max_connections},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    HttpOptions options = LocalOptions();
    options.limits.*c.limit = 0;
    const auto front = ServeHttp(server.grpc_server(), options);
    EXPECT_EQ(front.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(front.status().message()), HasSubstr(c.name));
  }
}

TEST(ServeHttpTest, NullChannelIsAnError) {
  const auto front = ServeHttp(std::shared_ptr<grpc::Channel>(), LocalOptions());
  EXPECT_EQ(front.status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(ServeHttpTest, EveryAddressIsServed) {
  EchoServer server;
  HttpOptions options = LocalOptions();
  options.listen = {"127.0.0.1:0", "127.0.0.1:0"};
  const auto front = ServeHttp(server.grpc_server(), options);
  ASSERT_TRUE(front.ok()) << front.status();
  ASSERT_EQ((*front)->addresses().size(), 2u);
  EXPECT_EQ((*front)->addresses()[0], "127.0.0.1:" + std::to_string((*front)->port()));
  for (const std::string& address : (*front)->addresses()) {
    EXPECT_TRUE(IsAlive(std::stoi(address.substr(address.rfind(':') + 1)))) << address;
  }
}

TEST(ServeHttpTest, FrontEndsOfOneServerHaveTheirOwnOptions) {
  EchoServer server;
  HttpOptions strict = LocalOptions();
  strict.json.enabled = false;
  strict.limits.max_message_bytes = 10;
  strict.services = {"connectrpc.test.echo.SyncEcho", "connectrpc.test.echo.SyncEcho"};
  const auto front = ServeHttp(server.grpc_server(), strict);
  ASSERT_TRUE(front.ok()) << front.status();
  const int port = (*front)->port();

  CallSpec spec;
  EXPECT_EQ(RawCall(port, kGrpc, spec).code, 0);
  EXPECT_EQ(RawCall(server.port(), kGrpc, spec).code, 0);
  EXPECT_EQ(Json(port).http_status, 415);
  EXPECT_EQ(Json(server.port()).code, 0);
  spec.requests[0].set_text("more than ten");
  EXPECT_EQ(RawCall(port, kGrpc, spec).code, 8);
  EXPECT_EQ(RawCall(server.port(), kGrpc, spec).code, 0);
  spec = CallSpec();
  spec.service = "CallbackEcho";
  EXPECT_EQ(RawCall(port, kGrpc, spec).code, 12);
  EXPECT_EQ(RawCall(server.port(), kGrpc, spec).code, 0);

  (*front)->Shutdown(kTimeLimit);
  EXPECT_TRUE(IsAlive(server.port()));
}

TEST(ServeHttpTest, ChannelToAnotherServer) {
  EchoServer server;
  auto channel =
      grpc::CreateChannel("127.0.0.1:" + std::to_string(server.grpc_port()), grpc::InsecureChannelCredentials());
  const auto front = ServeHttp(channel, LocalOptions());
  ASSERT_TRUE(front.ok()) << front.status();
  for (const Wire& wire : kWires) {
    for (const char* method : {"Echo", "Get", "Collect", "Expand", "Chat"}) {
      SCOPED_TRACE(std::string(wire.name) + ", " + method);
      CallSpec spec;
      spec.method = method;
      spec.requests[0].set_text("there");
      spec.requests[0].set_responses(1);
      spec.metadata = {{"x-a", "b"}};
      const CallResult result = RawCall((*front)->port(), wire, spec);
      EXPECT_EQ(result.code, 0) << result.message;
      ASSERT_EQ(result.responses.size(), 1u);
      EXPECT_EQ(result.responses[0].text(), "there");
    }
  }
  server.StopGrpc();
  EXPECT_EQ(RawCall((*front)->port(), kGrpc, CallSpec()).code, 14);
}

// A service that is linked into the program but not registered on the server.
TEST(ServeHttpTest, UnregisteredServiceIsUnimplemented) {
  EchoServer server;
  CallSpec spec;
  spec.service = "Unregistered";
  for (const Wire& wire : kWires) {
    SCOPED_TRACE(wire.name);
    EXPECT_EQ(RawCall(server.port(), wire, spec).code, 12);
  }
}

}  // namespace
}  // namespace connectrpc::test
