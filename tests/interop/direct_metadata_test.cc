// What a handler that is called directly sees of its call, and what becomes of what it sets: as with gRPC.

#include <gmock/gmock.h>
#include <grpc/grpc_security_constants.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "connectrpc/interop/call_info.h"
#include "interop/direct_server.h"
#include "interop/raw_call.h"
#include "support/test_certificate.h"
#include "support/tls_client.h"

namespace connectrpc::test {
namespace {

using echo::EchoRequest;
using echo::EchoResponse;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;
using ::testing::UnorderedElementsAre;

using Look = std::function<void(grpc::ServerContextBase*)>;

// Calls of both styles, whose handlers do the same.
class DirectMetadataTest : public ::testing::TestWithParam<const char*> {
 protected:
  static std::unique_ptr<DirectServer> Serve(Look look, const HttpOptions& options = LocalOptions()) {
    auto server = std::make_unique<DirectServer>(options);
    server->callback.handler = [look](grpc::CallbackServerContext* context, const EchoRequest*, EchoResponse*) {
      look(context);
      grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
      reactor->Finish(grpc::Status::OK);
      return reactor;
    };
    server->sync.handler = [look](grpc::ServerContext* context, const EchoRequest*, EchoResponse*) {
      look(context);
      return grpc::Status::OK;
    };
    return server;
  }
  static CallSpec Spec() {
    CallSpec spec;
    spec.service = GetParam();
    return spec;
  }
  static CallResult Call(const DirectServer& server, const Wire& wire = kGrpc, const CallSpec& spec = Spec()) {
    return RawCall(server.port(), wire, spec);
  }
};

std::vector<std::string> ValuesOf(const grpc::ServerContextBase& context, const std::string& name) {
  std::vector<std::string> values;
  const auto range = context.client_metadata().equal_range(name);
  for (auto it = range.first; it != range.second; ++it) values.emplace_back(it->second.data(), it->second.size());
  return values;
}

std::vector<std::string> Strings(const std::vector<grpc::string_ref>& refs) {
  std::vector<std::string> strings;
  for (const grpc::string_ref& ref : refs) strings.emplace_back(ref.data(), ref.size());
  return strings;
}

TEST_P(DirectMetadataTest, RequestMetadataAreTheCallers) {
  const std::string binary("\0\xff\r\n", 4);
  const auto server = Serve([&](grpc::ServerContextBase* context) {
    EXPECT_THAT(ValuesOf(*context, "x-one"), ElementsAre("first", "second"));
    EXPECT_THAT(ValuesOf(*context, "x-raw-bin"), ElementsAre(binary));
    EXPECT_THAT(ValuesOf(*context, "content-type"), IsEmpty());
    EXPECT_THAT(ValuesOf(*context, "x-none"), IsEmpty());
  });
  CallSpec spec = Spec();
  spec.metadata = {{"x-one", "first"}, {"x-one", "second"}, {"x-raw-bin", binary}};
  for (const Wire& wire : kWires) {
    SCOPED_TRACE(wire.name);
    EXPECT_EQ(Call(*server, wire, spec).code, 0);
  }
}

TEST_P(DirectMetadataTest, DeadlineIsTheCallers) {
  std::chrono::system_clock::time_point deadline;
  int64_t raw_seconds = 0;
  const auto server = Serve([&](grpc::ServerContextBase* context) {
    deadline = context->deadline();
    raw_seconds = context->raw_deadline().tv_sec;
  });
  CallSpec spec = Spec();
  ASSERT_EQ(Call(*server, kGrpc, spec).code, 0);
  EXPECT_EQ(deadline, std::chrono::system_clock::time_point::max());
  EXPECT_EQ(raw_seconds, INT64_MAX);

  spec.timeout = std::chrono::hours(1);
  const auto before = std::chrono::system_clock::now();
  ASSERT_EQ(Call(*server, kGrpc, spec).code, 0);
  // Between them a minute for slow machines.
  EXPECT_GE(deadline, before + std::chrono::minutes(59));
  EXPECT_LE(deadline, before + std::chrono::minutes(61));
}

TEST_P(DirectMetadataTest, ContextBearsAllThatHandlersDo) {
  const auto server = Serve([&](grpc::ServerContextBase* context) {
    EXPECT_THAT(context->peer(), StartsWith("ipv4:127.0.0.1:"));
    EXPECT_FALSE(context->IsCancelled());
    EXPECT_NE(context->c_call(), nullptr);
    EXPECT_EQ(context->census_context(), nullptr);
    EXPECT_EQ(context->ExperimentalGetAuthority(), "");
    EXPECT_EQ(context->ExperimentalGetCallMetricRecorder(), nullptr);
    context->SetLoadReportingCosts({"costs"});
    context->set_compression_algorithm(GRPC_COMPRESS_GZIP);
    context->set_compression_level(GRPC_COMPRESS_LEVEL_HIGH);
    context->TryCancel();
    context->TryCancel();
    EXPECT_FALSE(context->IsCancelled());
    EXPECT_THAT(context->peer(), StartsWith("ipv4:127.0.0.1:"));
  });
  Http2Client client(server->port());
  for (int i = 0; i < 3; ++i) {
    const HttpResponse response = client.Exchange(EncodeCall(Spec(), Framing::kGrpc, Codec::kProto));
    const CallResult result = DecodeResponse(response, Framing::kGrpc, Codec::kProto);
    EXPECT_EQ(result.code, 0) << result.message;
    EXPECT_EQ(Find(result.trailers, "lb-cost-bin"), std::nullopt);
  }
}

// The form of gRPC's own port, for each family of addresses.
TEST_P(DirectMetadataTest, PeerIsWrittenAsGrpcDoes) {
  const std::string unix_path = ::testing::TempDir() + "connectrpc-peer-test-" + std::to_string(::getpid());
  const std::string abstract = "connectrpc-peer-test-" + std::to_string(::getpid());
  const struct {
    const char* name;
    std::string listen;       // of the front end
    std::string grpc_listen;  // of gRPC's own port
    std::string target;       // for clients of the former, less the port
    std::string grpc_target;  // and of the latter
  } cases[] = {
      {"IPv4", "127.0.0.1:0", "127.0.0.1:0", "127.0.0.1:", "127.0.0.1:"},
      {"IPv6", "[::1]:0", "[::1]:0", "[::1]:", "[::1]:"},
      {"Unix", "unix:" + unix_path, "unix:" + unix_path + "-grpc", "unix:" + unix_path, "unix:" + unix_path + "-grpc"},
      {"abstract Unix", "unix:@" + abstract, "unix-abstract:" + abstract + "-grpc", "unix-abstract:" + abstract,
       "unix-abstract:" + abstract + "-grpc"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const bool has_port = c.target.back() == ':';
    std::string peer, expected;
    HttpOptions options = LocalOptions();
    options.listen = {c.listen};
    const auto server = Serve([&](grpc::ServerContextBase* context) { peer = context->peer(); }, options);
    grpc::ServerBuilder builder;
    int grpc_port = 0;
    builder.AddListeningPort(c.grpc_listen, grpc::InsecureServerCredentials(), &grpc_port);
    ScriptedSync sync;
    sync.handler = [&](grpc::ServerContext* context, const EchoRequest*, EchoResponse*) {
      expected = context->peer();
      return grpc::Status::OK;
    };
    builder.RegisterService(&sync);
    const std::unique_ptr<grpc::Server> grpc_server = builder.BuildAndStart();
    const auto call = [](const std::string& target, const std::string& service) {
      const auto channel = grpc::CreateChannel(target, grpc::InsecureChannelCredentials());
      grpc::ClientContext context;
      EchoResponse response;
      if (service == "SyncEcho") return echo::SyncEcho::NewStub(channel)->Echo(&context, EchoRequest(), &response).ok();
      return echo::CallbackEcho::NewStub(channel)->Echo(&context, EchoRequest(), &response).ok();
    };
    ASSERT_TRUE(call(c.grpc_target + (has_port ? std::to_string(grpc_port) : ""), "SyncEcho"));
    ASSERT_TRUE(call(c.target + (has_port ? std::to_string(server->port()) : ""), GetParam()));
    if (has_port) {
      EXPECT_EQ(peer.substr(0, peer.rfind(':')), expected.substr(0, expected.rfind(':')));
    } else {
      EXPECT_EQ(peer, expected);
    }
  }
}

TEST_P(DirectMetadataTest, InsecureConnectionsAuthenticateNobody) {
  const auto server = Serve([&](grpc::ServerContextBase* context) {
    const auto auth = context->auth_context();
    ASSERT_NE(auth, nullptr);
    EXPECT_FALSE(auth->IsPeerAuthenticated());
    EXPECT_THAT(auth->GetPeerIdentity(), IsEmpty());
    EXPECT_EQ(auth->GetPeerIdentityPropertyName(), "");
    EXPECT_THAT(Strings(auth->FindPropertyValues(GRPC_TRANSPORT_SECURITY_TYPE_PROPERTY_NAME)), ElementsAre("insecure"));
    EXPECT_TRUE(auth->begin() == auth->end());
  });
  EXPECT_EQ(Call(*server).code, 0);
}

TEST_P(DirectMetadataTest, TlsTellsWhoThePeerIs) {
  const TestCertificate own =
      MakeCertificate({"server", "DNS:localhost,IP:127.0.0.1", "serverAuth", false, false, nullptr, 0});
  const TestCertificate root = MakeCertificate({"root", "", "", true, false, nullptr, 0});
  const TestCertificate client =
      MakeCertificate({"client", "DNS:a.example,URI:spiffe://a/b", "clientAuth", false, false, &root, 0});
  const TestCertificate plain = MakeCertificate({"plain", "", "clientAuth", false, false, &root, 0});
  HttpOptions options = LocalOptions();
  options.tls.certificate_chain_pem = own.pem;
  options.tls.private_key_pem = own.key_pem;
  options.tls.client_certificates = TlsOptions::ClientCertificates::kOptional;
  options.tls.client_ca_pem = root.pem;
  struct Seen {
    std::shared_ptr<const grpc::AuthContext> auth;
    std::optional<CallInfo> info;
  } seen;
  const auto server = Serve(
      [&](grpc::ServerContextBase* context) {
        seen.auth = context->auth_context();
        seen.info = CallInfo::From(*context);
      },
      options);
  const auto call = [&](const TestCertificate* shown) {
    TlsPeerOptions peer;
    peer.alpn = {"h2"};
    peer.root_pem = own.pem;
    peer.address = "127.0.0.1";
    peer.certificate = shown;
    HttpRequest request = EncodeCall(Spec(), Framing::kGrpc, Codec::kProto);
    request.scheme = "https";
    Http2Client http2(std::make_unique<TlsClient>(server->port(), peer));
    return DecodeResponse(http2.Exchange(request), Framing::kGrpc, Codec::kProto).code;
  };
  const auto values = [&](const char* name) { return Strings(seen.auth->FindPropertyValues(name)); };

  ASSERT_EQ(call(&client), 0);
  // It outlives the call and its connection.
  EXPECT_TRUE(seen.auth->IsPeerAuthenticated());
  EXPECT_EQ(seen.auth->GetPeerIdentityPropertyName(), GRPC_X509_SAN_PROPERTY_NAME);
  EXPECT_THAT(Strings(seen.auth->GetPeerIdentity()), UnorderedElementsAre("a.example", "spiffe://a/b"));
  EXPECT_THAT(values(GRPC_TRANSPORT_SECURITY_TYPE_PROPERTY_NAME), ElementsAre("ssl"));
  EXPECT_THAT(values(GRPC_X509_CN_PROPERTY_NAME), ElementsAre("client"));
  EXPECT_THAT(values(GRPC_PEER_SPIFFE_ID_PROPERTY_NAME), ElementsAre("spiffe://a/b"));
  EXPECT_THAT(values(GRPC_X509_PEM_CERT_PROPERTY_NAME), ElementsAre(client.pem));
  ASSERT_TRUE(seen.info.has_value());
  ASSERT_TRUE(seen.info->certificate.has_value());
  EXPECT_EQ(seen.info->certificate->common_name, "client");
  EXPECT_THAT(seen.info->certificate->dns_names, ElementsAre("a.example"));
  EXPECT_THAT(seen.info->certificate->uris, ElementsAre("spiffe://a/b"));
  EXPECT_EQ(seen.info->certificate->der, Der(client.pem));

  ASSERT_EQ(call(&plain), 0);
  EXPECT_EQ(seen.auth->GetPeerIdentityPropertyName(), GRPC_X509_CN_PROPERTY_NAME);
  EXPECT_THAT(Strings(seen.auth->GetPeerIdentity()), ElementsAre("plain"));

  ASSERT_EQ(call(nullptr), 0);
  EXPECT_FALSE(seen.auth->IsPeerAuthenticated());
  EXPECT_THAT(values(GRPC_TRANSPORT_SECURITY_TYPE_PROPERTY_NAME), ElementsAre("ssl"));
  EXPECT_FALSE(seen.info->certificate.has_value());
}

TEST_P(DirectMetadataTest, CallInfoIsThereUnlessItIsOff) {
  std::optional<CallInfo> info;
  const Look look = [&](grpc::ServerContextBase* context) { info = CallInfo::From(*context); };
  {
    const auto server = Serve(look);
    CallSpec spec = Spec();
    spec.metadata = {{"connectrpc-peer", "forged"}};
    ASSERT_EQ(Call(*server, kWebHttp2, spec).code, 0);
    ASSERT_TRUE(info.has_value());
    EXPECT_EQ(info->protocol, Protocol::kGrpcWeb);
    EXPECT_EQ(info->codec, "proto");
    EXPECT_THAT(info->peer, StartsWith("ipv4:127.0.0.1:"));
    EXPECT_FALSE(info->is_get);
    EXPECT_FALSE(info->certificate.has_value());
  }
  HttpOptions options = LocalOptions();
  options.call_info = false;
  const auto server = Serve(look, options);
  ASSERT_EQ(Call(*server).code, 0);
  EXPECT_FALSE(info.has_value());
}

TEST_P(DirectMetadataTest, CompressionCanBeDeclined) {
  const struct {
    const char* name;
    Look look;
    bool compressed;
  } cases[] = {
      {"nothing said", [](grpc::ServerContextBase*) {}, true},
      {"no algorithm", [](grpc::ServerContextBase* context) { context->set_compression_algorithm(GRPC_COMPRESS_NONE); },
       false},
      {"no level", [](grpc::ServerContextBase* context) { context->set_compression_level(GRPC_COMPRESS_LEVEL_NONE); },
       false},
      {"some algorithm",
       [](grpc::ServerContextBase* context) { context->set_compression_algorithm(GRPC_COMPRESS_GZIP); }, true},
      {"by CallInfo", [](grpc::ServerContextBase* context) { CallInfo::DisableCompression(context); }, false},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    DirectServer server;
    server.callback.handler = [&](grpc::CallbackServerContext* context, const EchoRequest*, EchoResponse* response) {
      c.look(context);
      response->set_text(std::string(10'000, 'x'));
      grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
      reactor->Finish(grpc::Status::OK);
      return reactor;
    };
    server.sync.handler = [&](grpc::ServerContext* context, const EchoRequest*, EchoResponse* response) {
      c.look(context);
      response->set_text(std::string(10'000, 'x'));
      return grpc::Status::OK;
    };
    HttpRequest request = EncodeCall(Spec(), Framing::kConnectUnary, Codec::kProto);
    request.headers.emplace_back("accept-encoding", "gzip");
    const HttpResponse response = Http2Client(server.port()).Exchange(request);
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.body.size() < 1000, c.compressed);
    EXPECT_EQ(Find(response.headers, "connectrpc-compression"), std::nullopt);
  }
}

TEST_P(DirectMetadataTest, WhatTheHandlerSetsIsSent) {
  const std::string binary("\0\x01\xff", 3);
  const auto server = Serve([&](grpc::ServerContextBase* context) {
    context->AddInitialMetadata("X-Head", "in lower case");
    context->AddInitialMetadata("x-head-bin", binary);
    context->AddInitialMetadata("content-type", "text/plain");
    context->AddInitialMetadata("grpc-status", "5");
    context->AddInitialMetadata("connectrpc-peer", "nobody");
    context->AddTrailingMetadata("x-trail", "");
    context->AddTrailingMetadata("grpc-message", "no");
    context->AddTrailingMetadata("Endpoint-Load-Metrics-bin", binary);
  });
  for (const Wire& wire : kWires) {
    SCOPED_TRACE(wire.name);
    const CallResult result = Call(*server, wire);
    ASSERT_EQ(result.code, 0) << result.message;
    EXPECT_EQ(Find(result.headers, "x-head"), "in lower case");
    EXPECT_EQ(Find(result.headers, "x-head-bin"), binary);
    EXPECT_EQ(Find(result.headers, "connectrpc-peer"), std::nullopt);
    EXPECT_EQ(Find(result.trailers, "x-trail"), "");
    EXPECT_EQ(Find(result.trailers, "endpoint-load-metrics-bin"), std::nullopt);
  }
}

TEST_P(DirectMetadataTest, WhatCannotBeSentFailsTheCall) {
  const struct {
    const char* name;
    std::string key, value;
    const char* quoted;
  } cases[] = {
      {"space in the name", "x y", "v", "\"x y\""},
      {"empty name", "", "v", "\"\""},
      {"line feed in the name", "x\ny", "v", "\"x\\x0ay\""},
      {"line feed in the value", "x-split", "a\r\nb", "\"x-split\""},
      {"UTF-8 in the value", "x-text", "\xc3\xa4", "\"x-text\""},
      {"NUL in the value", "x-nul", std::string("\0", 1), "\"x-nul\""},
  };
  for (const auto& c : cases) {
    for (const bool trailer : {false, true}) {
      SCOPED_TRACE(std::string(c.name) + (trailer ? ", trailer" : ", header"));
      const auto server = Serve([&](grpc::ServerContextBase* context) {
        trailer ? context->AddTrailingMetadata(c.key, c.value) : context->AddInitialMetadata(c.key, c.value);
      });
      const CallResult result = Call(*server);
      EXPECT_EQ(result.code, 13);
      EXPECT_THAT(result.message, HasSubstr(c.quoted));
    }
  }
}

// Programs compare it with others, and gRPC aborts on comparisons between clocks.
TEST_P(DirectMetadataTest, RawDeadlineIsOfGrpcsClock) {
  gpr_timespec expected;
  ScriptedSync sync;
  sync.handler = [&](grpc::ServerContext* context, const EchoRequest*, EchoResponse*) {
    expected = context->raw_deadline();
    return grpc::Status::OK;
  };
  grpc::ServerBuilder builder;
  builder.RegisterService(&sync);
  const std::unique_ptr<grpc::Server> grpc_server = builder.BuildAndStart();
  const auto stub = echo::SyncEcho::NewStub(grpc_server->InProcessChannel(grpc::ChannelArguments()));
  gpr_timespec seen;
  const auto server = Serve([&](grpc::ServerContextBase* context) { seen = context->raw_deadline(); });
  for (const bool has_deadline : {false, true}) {
    SCOPED_TRACE(has_deadline);
    grpc::ClientContext context;
    CallSpec spec = Spec();
    if (has_deadline) {
      context.set_deadline(std::chrono::system_clock::now() + std::chrono::hours(1));
      spec.timeout = std::chrono::hours(1);
    }
    EchoResponse response;
    ASSERT_TRUE(stub->Echo(&context, EchoRequest(), &response).ok());
    ASSERT_EQ(Call(*server, kGrpc, spec).code, 0);
    EXPECT_EQ(seen.clock_type, expected.clock_type);
    EXPECT_EQ(gpr_time_cmp(seen, gpr_inf_future(seen.clock_type)) == 0, !has_deadline);
    EXPECT_EQ(gpr_time_cmp(expected, gpr_inf_future(expected.clock_type)) == 0, !has_deadline);
  }
}

INSTANTIATE_TEST_SUITE_P(All, DirectMetadataTest, ::testing::Values("SyncEcho", "CallbackEcho"),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace connectrpc::test
