// Services that are known by a descriptor pool alone.

#include <gmock/gmock.h>
#include <google/protobuf/any.pb.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/struct.pb.h>
#include <google/protobuf/text_format.h>
#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/server_builder.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "absl/strings/str_replace.h"
#include "connectrpc/interop/serve_http.h"
#include "interop/bytes_call.h"
#include "interop/echo_server.h"

namespace connectrpc::test {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::DescriptorPool;
using google::protobuf::FileDescriptor;
using google::protobuf::FileDescriptorProto;
using google::protobuf::FileDescriptorSet;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr char kService[] = "elsewhere.echo.SyncEcho";

void AddCopy(const FileDescriptor* file, FileDescriptorSet* set) {
  file->CopyTo(set->add_file());
  file->CopyJsonNameTo(set->mutable_file(set->file_size() - 1));
}

// echo.proto as if it were of another program: in another package, and with methods that take and give RpcStatus, which
// may hold any message.
FileDescriptorSet ElsewhereSet() {
  FileDescriptorSet set;
  AddCopy(google::protobuf::Any::descriptor()->file(), &set);
  AddCopy(google::protobuf::Struct::descriptor()->file(), &set);
  AddCopy(echo::EchoRequest::descriptor()->file(), &set);
  FileDescriptorProto* echo = set.mutable_file(2);
  const std::string text = absl::StrReplaceAll(
      echo->DebugString(), {{"connectrpc.test.echo", "elsewhere.echo"}, {"echo.proto", "elsewhere/echo.proto"}});
  // The names are within strings of the message, all of them.
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, echo));
  for (auto& service : *echo->mutable_service()) {
    for (auto& method : *service.mutable_method()) {
      method.set_input_type(".elsewhere.echo.RpcStatus");
      method.set_output_type(".elsewhere.echo.RpcStatus");
    }
  }
  return set;
}

// Gives each message back, whatever the method.
class BytesEcho final : public grpc::CallbackGenericService {
  class Reactor final : public grpc::ServerGenericBidiReactor {
   public:
    Reactor() { StartRead(&message_); }
    void OnReadDone(bool ok) override {
      if (ok) {
        StartWrite(&message_);
      } else {
        Finish(grpc::Status::OK);
      }
    }
    void OnWriteDone(bool ok) override {
      if (ok) {
        StartRead(&message_);
      } else {
        Finish(grpc::Status::CANCELLED);
      }
    }
    void OnDone() override { delete this; }

   private:
    grpc::ByteBuffer message_;
  };

  grpc::ServerGenericBidiReactor* CreateReactor(grpc::GenericCallbackServerContext*) override { return new Reactor; }
};

class PoolTest : public ::testing::Test {
 protected:
  PoolTest() {
    // As a program would that has the set in a file.
    FileDescriptorSet set;
    EXPECT_TRUE(set.ParseFromString(ElsewhereSet().SerializeAsString()));
    for (const FileDescriptorProto& file : set.file()) EXPECT_NE(pool_.BuildFile(file), nullptr) << file.name();
    grpc::ServerBuilder builder;
    builder.RegisterCallbackGenericService(&service_);
    server_ = builder.BuildAndStart();
  }
  ~PoolTest() override {
    front_.reset();
    server_->Shutdown(std::chrono::system_clock::now());
  }

  absl::Status Serve(std::vector<std::string> services, bool reflection = false) {
    HttpOptions options = LocalOptions();
    options.services = std::move(services);
    options.reflection = reflection;
    auto front = ServeHttp(server_->InProcessChannel({}), pool_, options);
    if (front.ok()) front_ = *std::move(front);
    return front.status();
  }

  static BytesSpec Json(const std::string& method, std::string json) {
    BytesSpec spec;
    spec.path = std::string("/") + kService + "/" + method;
    spec.streams = method == "Chat";
    spec.codec = Codec::kJson;
    spec.messages = {std::move(json)};
    return spec;
  }

  DescriptorPool pool_;
  BytesEcho service_;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<HttpServer> front_;
};

TEST_F(PoolTest, ServicesMustBeNamedAndThere) {
  EXPECT_EQ(Serve({}).code(), absl::StatusCode::kInvalidArgument);
  const absl::Status missing = Serve({kService, "connectrpc.test.echo.SyncEcho"});  // linked, but not in the pool
  EXPECT_EQ(missing.code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(missing.message()),
              HasSubstr("\"connectrpc.test.echo.SyncEcho\" is not in the descriptor pool"));
}

TEST_F(PoolTest, JsonAndBinary) {
  ASSERT_TRUE(Serve({kService}).ok());
  for (const Wire& wire : kWires) {
    for (const char* method : {"Echo", "Chat"}) {
      SCOPED_TRACE(std::string(wire.name) + ", " + method);
      BytesSpec spec = Json(method, R"({"code":5,"message":"a","unknown":true})");
      BytesResult result = CallBytes(front_->port(), wire, spec);
      EXPECT_EQ(result.code, 0) << result.message;
      EXPECT_THAT(result.messages, ElementsAre(R"({"code":5,"message":"a"})"));
      spec.codec = Codec::kProto;
      spec.messages = {"\x08\x05"};
      EXPECT_THAT(CallBytes(front_->port(), wire, spec).messages, ElementsAre("\x08\x05"));
    }
  }
}

TEST_F(PoolTest, AnyOfAPoolsType) {
  ASSERT_TRUE(Serve({kService}).ok());
  const std::string json =
      R"({"details":[{"@type":"type.googleapis.com/elsewhere.echo.EchoRequest","text":"a","value":{"b":[1,null]}},)"
      R"({"@type":"type.googleapis.com/google.protobuf.Struct","value":{"c":"d"}}]})";
  for (const Wire& wire : kWires) {
    SCOPED_TRACE(wire.name);
    const BytesResult result = CallBytes(front_->port(), wire, Json("Echo", json));
    EXPECT_EQ(result.code, 0) << result.message;
    EXPECT_THAT(result.messages, ElementsAre(json));
  }
}

// What is linked does not count.
TEST_F(PoolTest, AnyOfAnotherTypeIsRefused) {
  ASSERT_TRUE(Serve({kService}).ok());
  for (const char* type : {"connectrpc.test.echo.EchoRequest", "no.such.Type"}) {
    SCOPED_TRACE(type);
    const std::string json = std::string(R"({"details":[{"@type":"type.googleapis.com/)") + type + R"("}]})";
    EXPECT_EQ(CallBytes(front_->port(), kConnectHttp1, Json("Echo", json)).code, grpc::StatusCode::INVALID_ARGUMENT);
  }
}

TEST_F(PoolTest, GetIsByThePoolsOptions) {
  ASSERT_TRUE(Serve({kService}).ok());
  const struct {
    const char* method;
    int status;
  } cases[] = {{"Get", 200}, {"Echo", 405}};
  for (const auto& c : cases) {
    SCOPED_TRACE(c.method);
    HttpRequest request;
    request.method = "GET";
    request.target =
        std::string("/") + kService + "/" + c.method + "?connect=v1&encoding=json&message=%7B%22code%22%3A7%7D";
    Http1Client client(front_->port());
    const HttpResponse response = client.Exchange(request);
    EXPECT_EQ(response.status, c.status);
    if (c.status == 200) {
      EXPECT_EQ(response.body, R"({"code":7})");
    }
  }
}

TEST_F(PoolTest, OtherServicesAreUnknown) {
  ASSERT_TRUE(Serve({kService}).ok());
  for (const char* path :
       {"/connectrpc.test.echo.SyncEcho/Echo", "/elsewhere.echo.CqEcho/Echo", "/grpc.health.v1.Health/Check"}) {
    SCOPED_TRACE(path);
    BytesSpec spec = Json("Echo", "{}");
    spec.path = path;
    EXPECT_EQ(CallBytes(front_->port(), kConnectHttp1, spec).http_status, 404);
  }
}

TEST_F(PoolTest, HealthByName) {
  ASSERT_TRUE(Serve({kService, "grpc.health.v1.Health"}).ok());
  BytesSpec spec = Json("Echo", R"({"service":"a"})");
  spec.path = "/grpc.health.v1.Health/Check";
  // The server gives the bytes back: its name is then an unknown field of the response.
  EXPECT_THAT(CallBytes(front_->port(), kConnectHttp1, spec).messages, ElementsAre("{}"));
}

TEST_F(PoolTest, ReflectionTellsOfThePool) {
  ASSERT_TRUE(Serve({kService}, true).ok());
  BytesSpec spec = Json("Chat", R"({"listServices":""})");
  spec.path = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo";
  spec.messages.push_back(R"({"fileContainingSymbol":"elsewhere.echo.SyncEcho"})");
  spec.messages.push_back(R"({"fileContainingSymbol":"connectrpc.test.echo.SyncEcho"})");
  const BytesResult result = CallBytes(front_->port(), kConnectHttp2, spec);
  EXPECT_EQ(result.code, 0) << result.message;
  ASSERT_EQ(result.messages.size(), 3u);
  EXPECT_THAT(result.messages[0], HasSubstr(R"("listServicesResponse":{"service":[{"name":"elsewhere.echo.SyncEcho"},)"
                                            R"({"name":"grpc.reflection.v1.ServerReflection"},)"
                                            R"({"name":"grpc.reflection.v1alpha.ServerReflection"}]})"));
  FileDescriptorSet set = ElsewhereSet();
  EXPECT_THAT(result.messages[1], HasSubstr(Base64(set.file(2).SerializeAsString())));
  EXPECT_THAT(result.messages[2], HasSubstr(R"("errorCode":5)"));
}

}  // namespace
}  // namespace connectrpc::test
