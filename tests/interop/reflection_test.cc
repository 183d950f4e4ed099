// Server reflection by the front end itself, asked by stock gRPC stubs of both versions, in a program that does not
// link their descriptors.

#include <gmock/gmock.h>
#include <google/protobuf/any.pb.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "grpc/reflection/v1/reflection.grpc.pb.h"
#include "grpc/reflection/v1alpha/reflection.grpc.pb.h"
#include "interop/bytes_call.h"
#include "interop/echo_server.h"
#include "interop/reflection_method.h"
#include "interop/standard_services.h"
#include "reflected.pb.h"
#include "reflected_extension.pb.h"

namespace connectrpc::test {
namespace {

using google::protobuf::FileDescriptor;
using google::protobuf::FileDescriptorProto;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsSupersetOf;
using ::testing::Not;
using ::testing::UnorderedElementsAre;

namespace v1 = grpc::reflection::v1;
namespace v1alpha = grpc::reflection::v1alpha;
using v1::ServerReflectionRequest;
using v1::ServerReflectionResponse;

HttpOptions WithReflection(std::vector<std::string> services = {}) {
  HttpOptions options = LocalOptions();
  options.reflection = true;
  options.services = std::move(services);
  return options;
}

// A stream by the stub of one version; its messages differ from the other's in name only.
class Conversation {
 public:
  virtual ~Conversation() = default;
  virtual ServerReflectionResponse Ask(const ServerReflectionRequest& request) = 0;
  virtual grpc::Status Finish() = 0;
};

template <class Service, class Request, class Response>
class ConversationOf final : public Conversation {
 public:
  explicit ConversationOf(int port)
      : stub_(Service::NewStub(
            grpc::CreateChannel("127.0.0.1:" + std::to_string(port), grpc::InsecureChannelCredentials()))) {
    context_.set_deadline(std::chrono::system_clock::now() + kTimeLimit);
    stream_ = stub_->ServerReflectionInfo(&context_);
  }

  ServerReflectionResponse Ask(const ServerReflectionRequest& request) override {
    Request sent;
    EXPECT_TRUE(sent.ParseFromString(request.SerializeAsString()));
    Response received;
    EXPECT_TRUE(stream_->Write(sent) && stream_->Read(&received));
    ServerReflectionResponse response;
    EXPECT_TRUE(response.ParseFromString(received.SerializeAsString()));
    return response;
  }

  grpc::Status Finish() override {
    stream_->WritesDone();
    Response none;
    EXPECT_FALSE(stream_->Read(&none));
    return stream_->Finish();
  }

 private:
  std::unique_ptr<typename Service::Stub> stub_;
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReaderWriter<Request, Response>> stream_;
};

struct Version {
  const char* name;
  std::unique_ptr<Conversation> (*make)(int port);
};
const Version kVersions[] = {
    {"v1",
     [](int port) -> std::unique_ptr<Conversation> {
       return std::make_unique<
           ConversationOf<v1::ServerReflection, v1::ServerReflectionRequest, v1::ServerReflectionResponse>>(port);
     }},
    {"v1alpha",
     [](int port) -> std::unique_ptr<Conversation> {
       return std::make_unique<ConversationOf<v1alpha::ServerReflection, v1alpha::ServerReflectionRequest,
                                              v1alpha::ServerReflectionResponse>>(port);
     }},
};

class ReflectionTest : public ::testing::TestWithParam<Version> {
 protected:
  explicit ReflectionTest(std::vector<std::string> services = {}) : server_(WithReflection(std::move(services))) {
    // What nothing refers to the linker leaves out.
    reflected::Extendable().SetExtension(reflected::from_elsewhere, "");
    conversation_ = GetParam().make(server_.port());
  }

  ServerReflectionResponse Ask(const ServerReflectionRequest& request) { return conversation_->Ask(request); }
  ServerReflectionResponse AskFile(const std::string& name) {
    ServerReflectionRequest request;
    request.set_file_by_filename(name);
    return Ask(request);
  }
  ServerReflectionResponse AskSymbol(const std::string& name) {
    ServerReflectionRequest request;
    request.set_file_containing_symbol(name);
    return Ask(request);
  }
  ServerReflectionResponse AskExtension(const std::string& type, int32_t number) {
    ServerReflectionRequest request;
    request.mutable_file_containing_extension()->set_containing_type(type);
    request.mutable_file_containing_extension()->set_extension_number(number);
    return Ask(request);
  }
  ServerReflectionResponse AskNumbers(const std::string& type) {
    ServerReflectionRequest request;
    request.set_all_extension_numbers_of_type(type);
    return Ask(request);
  }
  std::vector<std::string> AskServices() {
    ServerReflectionRequest request;
    request.set_list_services("*");
    std::vector<std::string> names;
    const ServerReflectionResponse response = Ask(request);
    for (const auto& service : response.list_services_response().service()) names.push_back(service.name());
    return names;
  }

  EchoServer server_;
  std::unique_ptr<Conversation> conversation_;
};

// The names of the files in a response.
std::vector<std::string> Files(const ServerReflectionResponse& response) {
  std::vector<std::string> names;
  for (const std::string& bytes : response.file_descriptor_response().file_descriptor_proto()) {
    FileDescriptorProto file;
    EXPECT_TRUE(file.ParseFromString(bytes));
    names.push_back(file.name());
  }
  return names;
}

TEST(ReflectionSetupTest, IsNotLinked) {
  const auto* pool = google::protobuf::DescriptorPool::generated_pool();
  EXPECT_EQ(pool->FindServiceByName("grpc.reflection.v1.ServerReflection"), nullptr);
  EXPECT_EQ(pool->FindServiceByName("grpc.reflection.v1alpha.ServerReflection"), nullptr);
}

TEST(ReflectionSetupTest, IsTheFrontEndsOwnAnswer) {
  EchoServer server(WithReflection({"grpc.health.v1.Health"}));
  EXPECT_EQ(DescribeRoutes(server.front().routes()),
            "grpc.health.v1.Health/Check                                    channel  service is not mounted directly\n"
            "grpc.health.v1.Health/Watch                                    channel  service is not mounted directly\n"
            "grpc.reflection.v1.ServerReflection/ServerReflectionInfo       own      HttpOptions::reflection\n"
            "grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo  own      HttpOptions::reflection\n");
}

TEST_P(ReflectionTest, ServicesAreListed) {
  const std::vector<std::string> services = AskServices();
  EXPECT_THAT(services,
              IsSupersetOf({"connectrpc.test.echo.SyncEcho", "connectrpc.test.echo.GenericEcho",
                            "connectrpc.test.reflected.Reflected", "grpc.health.v1.Health",
                            "grpc.reflection.v1.ServerReflection", "grpc.reflection.v1alpha.ServerReflection"}));
  EXPECT_TRUE(std::is_sorted(services.begin(), services.end()));
  EXPECT_TRUE(conversation_->Finish().ok());
}

TEST_P(ReflectionTest, SymbolsOfEveryKindAreFound) {
  const struct {
    const char* name;
    const char* symbol;
    const char* file;
  } cases[] = {
      {"service", "connectrpc.test.reflected.Reflected", "reflected.proto"},
      {"method", "connectrpc.test.reflected.Reflected.Do", "reflected.proto"},
      {"message", "connectrpc.test.reflected.Request", "reflected.proto"},
      {"field", "connectrpc.test.reflected.Request.text", "reflected.proto"},
      {"oneof", "connectrpc.test.reflected.Request.choice", "reflected.proto"},
      {"nested message", "connectrpc.test.reflected.Request.Nested", "reflected.proto"},
      {"nested enum", "connectrpc.test.reflected.Request.Nested.Kind", "reflected.proto"},
      {"nested enum's value", "connectrpc.test.reflected.Request.Nested.KIND_SOME", "reflected.proto"},
      {"nested extension", "connectrpc.test.reflected.Request.of_request", "reflected.proto"},
      {"enum", "connectrpc.test.reflected.TopLevel", "reflected.proto"},
      {"enum value", "connectrpc.test.reflected.TOP_LEVEL_NONE", "reflected.proto"},
      {"extension", "connectrpc.test.reflected.of_file", "reflected.proto"},
      {"of an import", "connectrpc.test.reflected.Extendable", "reflected_types.proto"},
      {"of an import's import", "google.protobuf.Any.value", "google/protobuf/any.proto"},
      {"linked, imported by nobody", "connectrpc.test.reflected.from_elsewhere", "reflected_extension.proto"},
      {"health", "grpc.health.v1.Health.Check", "grpc/health/v1/health.proto"},
      {"reflection v1", "grpc.reflection.v1.ServerReflection", "grpc/reflection/v1/reflection.proto"},
      {"reflection v1alpha", "grpc.reflection.v1alpha.ServerReflection", "grpc/reflection/v1alpha/reflection.proto"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const std::vector<std::string> files = Files(AskSymbol(c.symbol));
    ASSERT_FALSE(files.empty());
    EXPECT_EQ(files[0], c.file);
  }
}

TEST_P(ReflectionTest, UnknownThingsAreNotFound) {
  for (const char* symbol :
       {"", ".", "no.such.Symbol", "connectrpc.test.reflected", "connectrpc.test.reflected.Request.",
        ".connectrpc.test.reflected.Request", "CONNECTRPC.test.reflected.Request"}) {
    SCOPED_TRACE(symbol);
    const ServerReflectionResponse response = AskSymbol(symbol);
    EXPECT_EQ(response.error_response().error_code(), grpc::StatusCode::NOT_FOUND);
    EXPECT_EQ(response.original_request().file_containing_symbol(), symbol);
  }
  for (const char* file : {"", "no/such.proto", "/etc/passwd", "../reflected.proto"}) {
    SCOPED_TRACE(file);
    EXPECT_EQ(AskFile(file).error_response().error_code(), grpc::StatusCode::NOT_FOUND);
  }
  const char kExtendable[] = "connectrpc.test.reflected.Extendable";
  EXPECT_EQ(AskExtension(kExtendable, 151).error_response().error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(AskExtension("no.such.Type", 150).error_response().error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(AskNumbers("no.such.Type").error_response().error_code(), grpc::StatusCode::NOT_FOUND);
  // Not a message.
  EXPECT_EQ(AskNumbers("connectrpc.test.reflected.TopLevel").error_response().error_code(),
            grpc::StatusCode::NOT_FOUND);
  // The stream goes on after all that.
  EXPECT_EQ(AskSymbol(kExtendable).message_response_case(), ServerReflectionResponse::kFileDescriptorResponse);
  EXPECT_TRUE(conversation_->Finish().ok());
}

TEST_P(ReflectionTest, LongNamesComeBackCut) {
  const std::string name(10'000, 'x');
  EXPECT_LT(AskSymbol(name).error_response().error_message().size(), 200u);
}

TEST_P(ReflectionTest, EmptyRequestIsAnError) {
  EXPECT_EQ(Ask(ServerReflectionRequest()).error_response().error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_TRUE(conversation_->Finish().ok());
}

TEST_P(ReflectionTest, HostComesBack) {
  ServerReflectionRequest request;
  request.set_host("example.com");
  request.set_list_services("");
  const ServerReflectionResponse response = Ask(request);
  EXPECT_EQ(response.valid_host(), "example.com");
  EXPECT_EQ(response.original_request().SerializeAsString(), request.SerializeAsString());
}

TEST_P(ReflectionTest, FileComesWithWhatItImportsOnce) {
  EXPECT_THAT(Files(AskFile("reflected.proto")),
              ElementsAre("reflected.proto", "reflected_types.proto", "google/protobuf/any.proto"));
  // Asked for again it comes again, alone.
  EXPECT_THAT(Files(AskFile("reflected.proto")), ElementsAre("reflected.proto"));
  EXPECT_THAT(Files(AskFile("reflected_types.proto")), ElementsAre("reflected_types.proto"));
  EXPECT_THAT(Files(AskFile("reflected_extension.proto")), ElementsAre("reflected_extension.proto"));
  // Another stream knows nothing of this one.
  conversation_ = GetParam().make(server_.port());
  EXPECT_THAT(Files(AskFile("reflected_types.proto")),
              ElementsAre("reflected_types.proto", "google/protobuf/any.proto"));
}

TEST_P(ReflectionTest, FilesAreThoseThatWereLinked) {
  const ServerReflectionResponse response = AskFile("reflected.proto");
  google::protobuf::DescriptorPool pool;
  const auto& files = response.file_descriptor_response().file_descriptor_proto();
  for (int i = files.size() - 1; i >= 0; --i) {
    FileDescriptorProto file;
    ASSERT_TRUE(file.ParseFromString(files[i]));
    ASSERT_NE(pool.BuildFile(file), nullptr) << file.name();
  }
  const FileDescriptor* built = pool.FindFileByName("reflected.proto");
  ASSERT_NE(built, nullptr);
  EXPECT_EQ(built->DebugString(), reflected::Request::descriptor()->file()->DebugString());
  const auto* kind = pool.FindFieldByName("connectrpc.test.reflected.Request.Nested.kind");
  ASSERT_NE(kind, nullptr);
  EXPECT_EQ(kind->json_name(), "sort");
}

TEST_P(ReflectionTest, ExtensionsAreFound) {
  const char kExtendable[] = "connectrpc.test.reflected.Extendable";
  EXPECT_THAT(Files(AskExtension(kExtendable, 150)), Contains("reflected_extension.proto"));
  EXPECT_THAT(Files(AskExtension(kExtendable, 199)), Contains("reflected.proto"));
  EXPECT_THAT(Files(AskExtension(kExtendable, 200)), ElementsAre("reflected.proto"));

  const ServerReflectionResponse numbers = AskNumbers(kExtendable);
  EXPECT_EQ(numbers.all_extension_numbers_response().base_type_name(), kExtendable);
  EXPECT_THAT(numbers.all_extension_numbers_response().extension_number(), ElementsAre(150, 199, 200));
  const ServerReflectionResponse none = AskNumbers("connectrpc.test.reflected.NotExtendable");
  EXPECT_EQ(none.message_response_case(), ServerReflectionResponse::kAllExtensionNumbersResponse);
  EXPECT_TRUE(none.all_extension_numbers_response().extension_number().empty());
}

TEST_P(ReflectionTest, RequestsAreBounded) {
  ServerReflectionRequest request;
  // A byte of tag and two of length stand in front.
  request.set_file_containing_symbol(std::string(16 * 1024 - 3, 'x'));
  ASSERT_EQ(request.SerializeAsString().size(), 16u * 1024);
  EXPECT_EQ(Ask(request).error_response().error_code(), grpc::StatusCode::NOT_FOUND);

  BytesSpec spec;
  spec.path = std::string("/grpc.reflection.") + GetParam().name + ".ServerReflection/ServerReflectionInfo";
  spec.streams = true;
  spec.messages = {request.SerializeAsString() + "x"};
  EXPECT_EQ(CallBytes(server_.port(), kGrpc, spec).code, grpc::StatusCode::RESOURCE_EXHAUSTED);
  spec.messages = {"\xff"};
  EXPECT_EQ(CallBytes(server_.port(), kGrpc, spec).code, grpc::StatusCode::INVALID_ARGUMENT);
  // A field of a string that is not UTF-8.
  spec.messages = {std::string("\x22\x01\xff")};
  EXPECT_EQ(CallBytes(server_.port(), kGrpc, spec).code, grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_P(ReflectionTest, EveryProtocolAnswers) {
  BytesSpec spec;
  spec.path = std::string("/grpc.reflection.") + GetParam().name + ".ServerReflection/ServerReflectionInfo";
  spec.streams = true;
  for (const Wire& wire : kWires) {
    SCOPED_TRACE(wire.name);
    spec.codec = Codec::kJson;
    spec.messages = {"{\"fileContainingSymbol\":\"connectrpc.test.reflected.NotExtendable\"}",
                     "{\"allExtensionNumbersOfType\":\"connectrpc.test.reflected.Extendable\"}",
                     "{\"fileByFilename\":\"x\"}"};
    BytesResult result = CallBytes(server_.port(), wire, spec);
    EXPECT_EQ(result.code, 0) << result.message;
    ASSERT_EQ(result.messages.size(), 3u);
    EXPECT_THAT(result.messages[0], HasSubstr("\"fileDescriptorProto\":["));
    EXPECT_THAT(result.messages[1], HasSubstr("\"extensionNumber\":[150,199,200]"));
    EXPECT_THAT(result.messages[2], HasSubstr("\"errorCode\":5"));

    spec.codec = Codec::kProto;
    ServerReflectionRequest request;
    request.set_list_services("");
    spec.messages = {request.SerializeAsString()};
    result = CallBytes(server_.port(), wire, spec);
    EXPECT_EQ(result.code, 0) << result.message;
    ASSERT_EQ(result.messages.size(), 1u);
    ServerReflectionResponse response;
    ASSERT_TRUE(response.ParseFromString(result.messages[0]));
    EXPECT_GT(response.list_services_response().service_size(), 5);
  }
}

// A caller that asks and asks and reads nothing gets what it is owed once it reads.
TEST_P(ReflectionTest, SlowReaderIsWaitedFor) {
  BytesSpec spec;
  spec.path = std::string("/grpc.reflection.") + GetParam().name + ".ServerReflection/ServerReflectionInfo";
  spec.streams = true;
  ServerReflectionRequest request;
  request.set_file_by_filename("google/protobuf/descriptor.proto");
  constexpr int kRequests = 500;  // several megabytes of answers
  spec.messages.assign(kRequests, request.SerializeAsString());
  Http2Client client(server_.port(), Http2Client::Window::kKeep);
  const int32_t id = client.Send(EncodeCall(spec, Framing::kGrpc));
  ASSERT_TRUE(client.Ping());
  EXPECT_FALSE(client.ended(id));
  client.Grant(id, 0x7fff0000 - 65535);
  const HttpResponse response = client.ReadResponse(id);
  EXPECT_TRUE(response.complete);
  EXPECT_EQ(EnvelopePayloads(response.body).size(), size_t{kRequests});
  EXPECT_EQ(Find(response.trailers, "grpc-status"), "0");
}

// The call as the method's code sees it, with room for so many messages.
class FakeResponder final : public server::Responder {
 public:
  const CallHead& head() const override { return head_; }
  const protocol::RequestMeta& request_meta() const override { return meta_; }
  const codec::Codec& codec() const override { return *codec_; }
  wire::TimePoint deadline() const override { return wire::kNever; }
  net::Loop& loop() const override { std::abort(); }
  const HttpOptions& options() const override { return options_; }
  void PauseReading() override { paused = true; }
  void ResumeReading() override { paused = false; }
  void SendHeaders(const HeaderList&) override {}
  SendResult SendMessage(Payload) override { return ++sent >= room ? SendResult::kFull : SendResult::kOk; }
  SendResult SendMessage(const server::MessageSource&) override { return SendMessage(Payload()); }
  void Finish(const protocol::RpcEnd& end) override { ended = end.error.code; }
  std::unique_ptr<server::Kept>& kept_by_stream() override { std::abort(); }
  std::shared_ptr<server::Kept>* kept_by_connection() override { return nullptr; }
  server::HandlerLane* handler_lane() override { return nullptr; }
  void Done() override { done = true; }

  int room = 0;
  int sent = 0;
  bool paused = false;
  std::optional<Code> ended;
  bool done = false;

 private:
  CallHead head_;
  HttpOptions options_;
  protocol::RequestMeta meta_;
  std::unique_ptr<codec::Codec> codec_ = codec::NewProtoCodec();
};

class ReflectionFlowTest : public ::testing::Test {
 protected:
  ReflectionFlowTest() {
    responder_.room = 2;
    call_ = method_.Start(&responder_);
  }
  void Ask() {
    ServerReflectionRequest request;
    request.set_list_services("");
    const std::string bytes = request.SerializeAsString();
    call_->OnMessage(Payload::Borrow(bytes));
  }

  std::shared_ptr<const google::protobuf::DescriptorPool> pool_ = interop::NewStandardServicesPool();
  interop::ReflectionMethod method_{
      std::make_shared<interop::ReflectionIndex>(std::vector<const google::protobuf::ServiceDescriptor*>(),
                                                 std::vector<const FileDescriptor*>()),
      *pool_->FindServiceByName(interop::kReflectionService)->method(0), pool_};
  FakeResponder responder_;
  server::CallHandler* call_ = nullptr;
};

TEST_F(ReflectionFlowTest, NoMoreIsAnsweredThanThereIsRoomFor) {
  Ask();
  EXPECT_FALSE(responder_.paused);
  for (int i = 0; i < 4; ++i) Ask();
  EXPECT_EQ(responder_.sent, 2);
  EXPECT_TRUE(responder_.paused);
  call_->OnHalfClose();
  EXPECT_FALSE(responder_.ended.has_value());
  responder_.room = 4;
  call_->OnWritable();
  EXPECT_EQ(responder_.sent, 4);
  EXPECT_TRUE(responder_.paused);
  EXPECT_FALSE(responder_.ended.has_value());
  responder_.room = 100;
  call_->OnWritable();
  EXPECT_EQ(responder_.sent, 5);
  EXPECT_EQ(responder_.ended, Code::kOk);
  EXPECT_TRUE(responder_.done);
}

TEST_F(ReflectionFlowTest, ReadingGoesOnWhenThereIsRoom) {
  for (int i = 0; i < 3; ++i) Ask();
  responder_.room = 100;
  call_->OnWritable();
  EXPECT_FALSE(responder_.paused);
  EXPECT_EQ(responder_.sent, 3);
  Ask();
  EXPECT_EQ(responder_.sent, 4);
  call_->OnHalfClose();
  EXPECT_TRUE(responder_.done);
}

TEST_F(ReflectionFlowTest, BadRequestThatWaitedEndsTheCall) {
  for (int i = 0; i < 2; ++i) Ask();
  call_->OnMessage(Payload::Borrow("\xff"));
  Ask();
  EXPECT_FALSE(responder_.ended.has_value());
  responder_.room = 100;
  call_->OnWritable();
  EXPECT_EQ(responder_.ended, Code::kInvalidArgument);
  EXPECT_TRUE(responder_.done);
  EXPECT_EQ(responder_.sent, 2);
}

TEST_F(ReflectionFlowTest, CancelledWhileItWaits) {
  for (int i = 0; i < 4; ++i) Ask();
  call_->OnCancel();
  EXPECT_TRUE(responder_.done);
  EXPECT_FALSE(responder_.ended.has_value());
}

INSTANTIATE_TEST_SUITE_P(Versions, ReflectionTest, ::testing::ValuesIn(kVersions),
                         [](const auto& info) { return info.param.name; });

// With services named.
class SomeReflectionTest : public ReflectionTest {
 protected:
  SomeReflectionTest() : ReflectionTest({"connectrpc.test.reflected.Reflected"}) {}
};

TEST_P(SomeReflectionTest, OnlyTheseAreTold) {
  EXPECT_THAT(AskServices(),
              UnorderedElementsAre("connectrpc.test.reflected.Reflected", "grpc.reflection.v1.ServerReflection",
                                   "grpc.reflection.v1alpha.ServerReflection"));
  for (const char* symbol : {"connectrpc.test.echo.SyncEcho", "connectrpc.test.echo.EchoRequest",
                             "google.protobuf.Struct", "grpc.health.v1.Health"}) {
    SCOPED_TRACE(symbol);
    EXPECT_EQ(AskSymbol(symbol).error_response().error_code(), grpc::StatusCode::NOT_FOUND);
  }
  EXPECT_EQ(AskFile("echo.proto").error_response().error_code(), grpc::StatusCode::NOT_FOUND);
  // Messages that its own may hold.
  EXPECT_THAT(Files(AskSymbol("google.protobuf.Any")), ElementsAre("google/protobuf/any.proto"));
  EXPECT_THAT(Files(AskExtension("connectrpc.test.reflected.Extendable", 150)), Contains("reflected_extension.proto"));
}

INSTANTIATE_TEST_SUITE_P(Versions, SomeReflectionTest, ::testing::ValuesIn(kVersions),
                         [](const auto& info) { return info.param.name; });

// Neither linked nor answered by the front end: there is no such path, unless it is asked for by name, and then it is
// the server's to answer.
TEST(NoReflectionTest, IsOfferedByNameOnly) {
  EchoServer server;
  HttpOptions named = LocalOptions();
  named.services = {"grpc.reflection.v1.ServerReflection", "grpc.reflection.v1alpha.ServerReflection"};
  const auto front = ServeHttp(server.grpc_server(), named);
  ASSERT_TRUE(front.ok()) << front.status();
  for (const char* version : {"v1", "v1alpha"}) {
    SCOPED_TRACE(version);
    BytesSpec spec;
    spec.path = std::string("/grpc.reflection.") + version + ".ServerReflection/ServerReflectionInfo";
    spec.streams = true;
    BytesResult result = CallBytes(server.port(), kConnectHttp2, spec);
    EXPECT_EQ(result.http_status, 404);
    EXPECT_EQ(result.code, grpc::StatusCode::UNIMPLEMENTED);
    result = CallBytes((*front)->port(), kConnectHttp2, spec);
    EXPECT_EQ(result.http_status, 200);
    EXPECT_EQ(result.code, grpc::StatusCode::UNIMPLEMENTED);
  }
}

}  // namespace
}  // namespace connectrpc::test
