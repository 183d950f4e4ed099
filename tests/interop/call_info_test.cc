// What handlers are told of their calls, and who is believed.

#include "connectrpc/interop/call_info.h"

#include <gmock/gmock.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/create_channel_posix.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server_builder.h>
#include <grpcpp/server_posix.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "connectrpc/interop/serve_http.h"
#include "echo.grpc.pb.h"
#include "interop/call_info_metadata.h"
#include "interop/echo_server.h"
#include "interop/raw_call.h"

namespace connectrpc::test {
namespace {

using echo::EchoRequest;
using echo::EchoResponse;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::StartsWith;
using ::testing::UnorderedElementsAre;

// What one handler saw.
struct Seen {
  std::string peer;  // ServerContext's
  std::optional<CallInfo> info;
  std::optional<CallInfo> trusted;
  Fields reserved;  // all "connectrpc-" metadata
};

class ReportingService final : public echo::SyncEcho::Service {
 public:
  grpc::Status Echo(grpc::ServerContext* context, const EchoRequest*, EchoResponse*) override {
    Report(*context);
    return grpc::Status::OK;
  }
  grpc::Status Get(grpc::ServerContext* context, const EchoRequest*, EchoResponse*) override {
    Report(*context);
    CallInfo::DisableCompression(context);
    return grpc::Status::OK;
  }
  grpc::Status Chat(grpc::ServerContext* context,
                    grpc::ServerReaderWriter<EchoResponse, EchoRequest>* stream) override {
    Report(*context);
    for (EchoRequest request; stream->Read(&request);) stream->Write(EchoResponse());
    return grpc::Status::OK;
  }

  // Of the one call since the last time.
  Seen Take() {
    std::lock_guard<std::mutex> lock(mutex_);
    EXPECT_EQ(seen_.size(), 1u);
    const Seen last = seen_.empty() ? Seen() : seen_.back();
    seen_.clear();
    return last;
  }

 private:
  void Report(const grpc::ServerContext& context) {
    Seen seen;
    seen.peer = context.peer();
    seen.info = CallInfo::From(context);
    seen.trusted = CallInfo::FromTrustedPeer(context);
    for (const auto& [name, value] : context.client_metadata()) {
      if (name.starts_with("connectrpc-")) {
        seen.reserved.emplace_back(std::string(name.data(), name.size()), std::string(value.data(), value.size()));
      }
    }
    std::lock_guard<std::mutex> lock(mutex_);
    seen_.push_back(std::move(seen));
  }

  std::mutex mutex_;
  std::vector<Seen> seen_;
};

class CallInfoTest : public ::testing::Test {
 protected:
  CallInfoTest() {
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &grpc_port_);
    unix_name_ = "connectrpc-call-info-test-" + std::to_string(::getpid());
    builder.AddListeningPort("unix-abstract:" + unix_name_, grpc::InsecureServerCredentials());
    builder.RegisterService(&service_);
    server_ = builder.BuildAndStart();
    front_ = Serve(LocalOptions());
  }
  ~CallInfoTest() override {
    front_.reset();
    server_->Shutdown(std::chrono::system_clock::now());
  }

  std::unique_ptr<HttpServer> Serve(const HttpOptions& options) {
    auto front = ServeHttp(*server_, options);
    EXPECT_TRUE(front.ok()) << front.status();
    return front.ok() ? *std::move(front) : nullptr;
  }
  std::shared_ptr<grpc::Channel> GrpcChannel(const char* authority = "localhost") const {
    grpc::ChannelArguments arguments;
    arguments.SetString(GRPC_ARG_DEFAULT_AUTHORITY, authority);
    return grpc::CreateCustomChannel("127.0.0.1:" + std::to_string(grpc_port_), grpc::InsecureChannelCredentials(),
                                     arguments);
  }

  ReportingService service_;
  int grpc_port_ = 0;
  std::string unix_name_;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<HttpServer> front_;
};

CallSpec Spec(const char* method) {
  CallSpec spec;
  spec.method = method;
  return spec;
}

// Metadata that a caller would like to be believed.
const Fields kForged = {
    {"connectrpc-protocol", "grpc"},
    {"connectrpc-codec", "forged"},
    {"connectrpc-peer", "ipv4:6.6.6.6:6"},
    {"connectrpc-http-method", "GET"},
    {"connectrpc-client-cert-bin", "forged"},
    {"connectrpc-client-cn", "forged"},
    {"connectrpc-client-dns", "forged"},
    {"connectrpc-client-uri", "forged"},
    {"connectrpc-of-another-version", "forged"},
};

TEST_F(CallInfoTest, EveryProtocolIsTold) {
  const struct {
    Wire wire;
    Protocol protocol;
    const char* name;
  } cases[] = {
      {kConnectHttp1, Protocol::kConnect, "connect"},
      {kConnectHttp2, Protocol::kConnect, "connect"},
      {kWebHttp1, Protocol::kGrpcWeb, "grpc-web"},
      {kWebHttp2, Protocol::kGrpcWeb, "grpc-web"},
      {kGrpc, Protocol::kGrpc, "grpc"},
  };
  for (const auto& c : cases) {
    for (const char* method : {"Echo", "Chat"}) {
      SCOPED_TRACE(std::string(c.wire.name) + ", " + method);
      EXPECT_EQ(RawCall(front_->port(), c.wire, Spec(method)).code, 0);
      const Seen seen = service_.Take();
      ASSERT_TRUE(seen.info.has_value());
      EXPECT_EQ(seen.info->protocol, c.protocol);
      EXPECT_EQ(seen.info->codec, "proto");
      EXPECT_FALSE(seen.info->is_get);
      EXPECT_FALSE(seen.info->certificate.has_value());
      EXPECT_THAT(seen.reserved,
                  UnorderedElementsAre(Pair("connectrpc-protocol", c.name), Pair("connectrpc-codec", "proto"),
                                       Pair("connectrpc-peer", seen.info->peer)));
    }
  }
}

TEST_F(CallInfoTest, CodecIsTold) {
  Http1Client client(front_->port());
  EXPECT_EQ(client.Exchange(EncodeCall(CallSpec(), Framing::kConnectUnary, Codec::kJson)).status, 200);
  EXPECT_EQ(service_.Take().info->codec, "json");
}

TEST_F(CallInfoTest, PeerIsTheClientsAddress) {
  TcpClient tcp(front_->port());
  const std::string body = "{}";
  ASSERT_TRUE(tcp.Send("POST " + CallSpec().path() +
                       " HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n" + body));
  EXPECT_THAT(tcp.Receive(), StartsWith("HTTP/1.1 200"));
  EXPECT_EQ(service_.Take().info->peer, "ipv4:127.0.0.1:" + std::to_string(tcp.local_port()));
}

TEST_F(CallInfoTest, PeerOfAUnixSocket) {
  HttpOptions options = LocalOptions();
  options.listen = {"unix:@" + unix_name_ + "-http"};
  const auto front = Serve(options);
  auto channel =
      grpc::CreateChannel("unix-abstract:" + options.listen[0].substr(6), grpc::InsecureChannelCredentials());
  const auto stub = echo::SyncEcho::NewStub(channel);
  grpc::ClientContext context;
  EchoResponse response;
  ASSERT_TRUE(stub->Echo(&context, EchoRequest(), &response).ok());
  EXPECT_EQ(service_.Take().info->peer, "unix:");
}

TEST_F(CallInfoTest, GetIsTold) {
  Http1Client client(front_->port());
  for (const Codec codec : {Codec::kJson, Codec::kProto}) {
    EXPECT_EQ(client.Exchange(EncodeCall(Spec("Get"), Framing::kConnectGet, codec)).status, 200);
    EXPECT_TRUE(service_.Take().info->is_get);
  }
  EXPECT_EQ(client.Exchange(EncodeCall(Spec("Get"), Framing::kConnectUnary, Codec::kJson)).status, 200);
  EXPECT_FALSE(service_.Take().info->is_get);
}

TEST_F(CallInfoTest, ForgedMetadataIsDropped) {
  const char* const names[] = {"connect", "connect", "grpc-web", "grpc-web", "grpc"};
  size_t i = 0;
  for (const Wire& wire : kWires) {
    const char* protocol = names[i++];
    for (const char* method : {"Echo", "Get", "Chat"}) {
      SCOPED_TRACE(std::string(wire.name) + ", " + method);
      CallSpec spec = Spec(method);
      spec.metadata = kForged;
      EXPECT_EQ(RawCall(front_->port(), wire, spec).code, 0);
      const Seen seen = service_.Take();
      ASSERT_TRUE(seen.info.has_value());
      EXPECT_THAT(seen.reserved,
                  UnorderedElementsAre(Pair("connectrpc-protocol", protocol), Pair("connectrpc-codec", "proto"),
                                       Pair("connectrpc-peer", StartsWith("ipv4:127.0.0.1:"))));
    }
  }
}

TEST_F(CallInfoTest, ForgedMetadataInOtherSpellingsIsDropped) {
  for (const char* name : {"Connectrpc-Peer", "CONNECTRPC-PEER", "connectrpc-PEER", "ConnectRpc-Client-Cn"}) {
    SCOPED_TRACE(name);
    CallSpec spec;
    spec.metadata = {{name, "forged"}};
    EXPECT_EQ(RawCall(front_->port(), kConnectHttp1, spec).code, 0);
    for (const auto& [seen_name, value] : service_.Take().reserved) EXPECT_NE(value, "forged") << seen_name;
  }
}

TEST_F(CallInfoTest, SwitchedOff) {
  HttpOptions options = LocalOptions();
  options.call_info = false;
  const auto front = Serve(options);
  for (const Wire& wire : kWires) {
    SCOPED_TRACE(wire.name);
    CallSpec spec;
    spec.metadata = kForged;
    EXPECT_EQ(RawCall(front->port(), wire, spec).code, 0);
    const Seen seen = service_.Take();
    EXPECT_THAT(seen.reserved, IsEmpty());
    EXPECT_FALSE(seen.info.has_value());
  }
}

// Wherever gRPC takes calls itself, anybody may send these names, and a server that is told so believes them.
TEST_F(CallInfoTest, RemoteCallerIsNotBelieved) {
  int ends[2] = {};
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
  grpc::AddInsecureChannelFromFd(server_.get(), ends[0]);
  const struct {
    const char* name;
    std::shared_ptr<grpc::Channel> channel;
  } cases[] = {
      {"TCP", GrpcChannel()},
      {"Unix socket", grpc::CreateChannel("unix-abstract:" + unix_name_, grpc::InsecureChannelCredentials())},
      {"descriptor", grpc::CreateInsecureChannelFromFd("pair", ends[1])},
      {"under the in-process authority", GrpcChannel("inproc.authority")},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto stub = echo::SyncEcho::NewStub(c.channel);
    grpc::ClientContext context;
    for (const auto& [name, value] : kForged) context.AddMetadata(name, value);
    EchoResponse response;
    const grpc::Status status = stub->Echo(&context, EchoRequest(), &response);
    ASSERT_TRUE(status.ok()) << status.error_message();
    const Seen seen = service_.Take();
    EXPECT_EQ(seen.reserved.size(), kForged.size());
    EXPECT_FALSE(seen.info.has_value()) << seen.peer;
    ASSERT_TRUE(seen.trusted.has_value());
    EXPECT_EQ(seen.trusted->peer, "ipv4:6.6.6.6:6");
  }
}

TEST_F(CallInfoTest, FrontEndElsewhereIsBelievedWhereItIsTrusted) {
  auto front = ServeHttp(GrpcChannel(), LocalOptions());
  ASSERT_TRUE(front.ok()) << front.status();
  CallSpec spec;
  spec.metadata = kForged;
  EXPECT_EQ(RawCall((*front)->port(), kWebHttp1, spec).code, 0);
  const Seen seen = service_.Take();
  EXPECT_FALSE(seen.info.has_value());
  ASSERT_TRUE(seen.trusted.has_value());
  EXPECT_EQ(seen.trusted->protocol, Protocol::kGrpcWeb);
  EXPECT_THAT(seen.trusted->peer, StartsWith("ipv4:127.0.0.1:"));
  EXPECT_FALSE(seen.trusted->certificate.has_value());
}

// A caller within the program that is no front end.
TEST_F(CallInfoTest, OtherCallHasNone) {
  const auto stub = echo::SyncEcho::NewStub(server_->InProcessChannel({}));
  for (const char* protocol : {"", "gopher"}) {
    grpc::ClientContext context;
    if (*protocol != '\0') context.AddMetadata("connectrpc-protocol", protocol);
    EchoResponse response;
    ASSERT_TRUE(stub->Echo(&context, EchoRequest(), &response).ok());
    EXPECT_FALSE(service_.Take().info.has_value());
  }
}

TEST_F(CallInfoTest, CertificateIsTold) {
  PeerCertificate certificate;
  certificate.der = std::string("\0\xff\r\n", 4);
  certificate.common_name = "alice";
  certificate.dns_names = {"a.example.com", "b.example.com"};
  certificate.uris = {"spiffe://example.com/a", "spiffe://example.com/b"};
  CallHead head;
  head.peer = "ipv4:192.0.2.1:5000";
  head.codec = "proto";
  head.certificate = &certificate;
  const auto stub = echo::SyncEcho::NewStub(server_->InProcessChannel({}));
  grpc::ClientContext context;
  interop::CallInfoWriter().Write(head, &context);
  EchoResponse response;
  ASSERT_TRUE(stub->Echo(&context, EchoRequest(), &response).ok());
  const Seen seen = service_.Take();
  ASSERT_TRUE(seen.info.has_value());
  ASSERT_TRUE(seen.info->certificate.has_value());
  EXPECT_EQ(seen.info->certificate->der, certificate.der);
  EXPECT_EQ(seen.info->certificate->common_name, "alice");
  EXPECT_THAT(seen.info->certificate->dns_names, ElementsAre("a.example.com", "b.example.com"));
  EXPECT_THAT(seen.info->certificate->uris, ElementsAre("spiffe://example.com/a", "spiffe://example.com/b"));
}

// gRPC core ends the process on most of these.
TEST_F(CallInfoTest, NamesThatMetadataCannotHoldAreLeftOut) {
  const struct {
    const char* name;
    std::string value;
    bool told;
  } cases[] = {
      {"printable", "a !~", true},
      {"empty", "", false},
      {"UTF-8", "J\xc3\xbcrgen", false},
      {"tab", "a\tb", false},
      {"line", "a\r\nconnectrpc-peer: x", false},
      {"NUL", std::string("a\0b", 3), false},
      {"DEL", "a\x7f", false},
      {"space in front", " a", false},
      {"space behind", "a ", false},
  };
  const auto stub = echo::SyncEcho::NewStub(server_->InProcessChannel({}));
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    PeerCertificate certificate;
    certificate.der = "der";
    certificate.common_name = c.value;
    certificate.dns_names = {c.value, "good.example.com"};
    certificate.uris = {c.value};
    CallHead head;
    head.certificate = &certificate;
    grpc::ClientContext context;
    interop::CallInfoWriter().Write(head, &context);
    EchoResponse response;
    ASSERT_TRUE(stub->Echo(&context, EchoRequest(), &response).ok());
    const Seen seen = service_.Take();
    ASSERT_TRUE(seen.info.has_value() && seen.info->certificate.has_value());
    EXPECT_EQ(seen.info->certificate->common_name, c.told ? c.value : "");
    EXPECT_EQ(seen.info->certificate->dns_names.size(), c.told ? 2u : 1u);
    EXPECT_EQ(seen.info->certificate->dns_names.back(), "good.example.com");
    EXPECT_EQ(seen.info->certificate->uris.size(), c.told ? 1u : 0u);
  }
}

// To others than a front end it is a field like any.
TEST_F(CallInfoTest, DisabledCompressionIsInitialMetadata) {
  const auto stub = echo::SyncEcho::NewStub(GrpcChannel());
  grpc::ClientContext context;
  EchoResponse response;
  ASSERT_TRUE(stub->Get(&context, EchoRequest(), &response).ok());
  EXPECT_EQ(context.GetServerInitialMetadata().count("connectrpc-compression"), 1u);
  EXPECT_EQ(context.GetServerInitialMetadata().find("connectrpc-compression")->second, "identity");
}

}  // namespace
}  // namespace connectrpc::test
