// The front end over TLS: requests, what ALPN decides, certificates that change, and clients that never finish.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "http/h2_frames.h"
#include "interop/raw_call.h"
#include "support/test_certificate.h"
#include "support/tls_client.h"

namespace connectrpc::test {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;
using ClientCertificates = TlsOptions::ClientCertificates;

constexpr const char* kNames = "DNS:localhost,IP:127.0.0.1";

TlsOptions With(const TestCertificate& certificate) {
  TlsOptions tls;
  tls.certificate_chain_pem = certificate.pem;
  tls.private_key_pem = certificate.key_pem;
  return tls;
}

HttpRequest Secure(HttpRequest request) {
  request.scheme = "https";
  return request;
}

// Polls what no condition variable tells.
bool Eventually(const std::function<bool()>& is_true) {
  const auto limit = std::chrono::steady_clock::now() + kTimeLimit;
  while (!is_true()) {
    if (std::chrono::steady_clock::now() > limit) return false;
    std::this_thread::yield();
  }
  return true;
}

class ServeTlsTest : public ::testing::Test {
 protected:
  HttpOptions Options() const {
    HttpOptions options = LocalOptions();
    options.tls = With(certificate_);
    return options;
  }
  TlsPeerOptions Client(std::vector<std::string> alpn) const {
    TlsPeerOptions client;
    client.alpn = std::move(alpn);
    client.root_pem = certificate_.pem;
    client.address = "127.0.0.1";
    return client;
  }
  static CallResult Call(int port, const Wire& wire, const TlsPeerOptions& client, const CallSpec& spec) {
    const Framing framing = FramingOf(wire.protocol, spec);
    const HttpRequest request = Secure(EncodeCall(spec, framing, Codec::kProto));
    auto connection = std::make_unique<TlsClient>(port, client);
    if (!connection->connected()) return {};
    if (wire.http2) return DecodeResponse(Http2Client(std::move(connection)).Exchange(request), framing, Codec::kProto);
    return DecodeResponse(Http1Client(std::move(connection)).Exchange(request), framing, Codec::kProto);
  }
  bool IsServed(int port) const { return Call(port, kConnectHttp1, Client({"http/1.1"}), CallSpec()).code == 0; }

  const TestCertificate certificate_ = MakeCertificate({"server", kNames, "serverAuth", false, false, nullptr, 0});
};

TEST_F(ServeTlsTest, EveryCallOfEveryProtocol) {
  EchoServer server(Options());
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    for (const Wire& wire : kWires) {
      for (const char* method : {"Echo", "Get", "Collect", "Expand", "Chat"}) {
        SCOPED_TRACE(std::string(wire.name) + ", " + method + ", " + std::to_string(version));
        CallSpec spec;
        spec.method = method;
        spec.requests[0].set_text("there");
        spec.requests[0].set_responses(1);
        TlsPeerOptions client = Client({wire.http2 ? "h2" : "http/1.1"});
        client.max_version = version;
        const CallResult result = Call(server.port(), wire, client, spec);
        EXPECT_EQ(result.code, 0) << result.message;
        ASSERT_EQ(result.responses.size(), 1u);
        EXPECT_EQ(result.responses[0].text(), "there");
      }
    }
  }
}

TEST_F(ServeTlsTest, LargeMessagesBothWays) {
  EchoServer server(Options());
  CallSpec spec;
  spec.requests[0].set_text(std::string(3 * 1024 * 1024, 'x'));
  for (const Wire& wire : kWires) {
    SCOPED_TRACE(wire.name);
    const CallResult result = Call(server.port(), wire, Client({wire.http2 ? "h2" : "http/1.1"}), spec);
    EXPECT_EQ(result.code, 0) << result.message;
    ASSERT_EQ(result.responses.size(), 1u);
    EXPECT_TRUE(result.responses[0].text() == spec.requests[0].text());
  }
}

TEST_F(ServeTlsTest, WithoutAlpnItIsHttp1) {
  EchoServer server(Options());
  EXPECT_EQ(Call(server.port(), kConnectHttp1, Client({}), CallSpec()).code, 0);
}

// RFC 7301 section 3.2: the protocol that was agreed on is definitive.
TEST_F(ServeTlsTest, WhatAlpnDecidedIsNotGuessedAgain) {
  EchoServer server(Options());
  const std::string preface = Preface();
  const struct {
    const char* name;
    std::vector<std::string> alpn;
    std::string sent;
    bool http2;
  } cases[] = {
      {"HTTP/2 where HTTP/1.1 was agreed on", {"http/1.1"}, preface, false},
      {"HTTP/2 where nothing was", {}, preface, false},
      {"HTTP/1.1 where HTTP/2 was agreed on", {"h2"}, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", true},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    TlsClient client(server.port(), Client(c.alpn));
    ASSERT_TRUE(client.connected()) << client.peer().error();
    client.Send(c.sent);
    std::string answer;
    for (std::string bytes; !(bytes = client.Receive()).empty();) answer += bytes;
    if (c.http2) {
      EXPECT_THAT(answer, Not(HasSubstr("HTTP/1.1 ")));
      EXPECT_THAT(answer, StartsWith(std::string("\0\0", 2))) << "a frame: SETTINGS";
    } else {
      EXPECT_THAT(answer, StartsWith("HTTP/1.1 "));
      EXPECT_THAT(answer, Not(HasSubstr("200 OK")));
    }
    EXPECT_TRUE(client.peer().ended());
  }
  EXPECT_TRUE(IsServed(server.port()));
}

TEST_F(ServeTlsTest, SchemeMustBeHttps) {
  EchoServer server(Options());
  for (const char* scheme : {"http", "HTTPS", "ftp", "https"}) {
    SCOPED_TRACE(scheme);
    Http2Client client(std::make_unique<TlsClient>(server.port(), Client({"h2"})));
    HttpRequest request = EncodeCall(CallSpec(), Framing::kConnectUnary, Codec::kProto);
    request.scheme = scheme;
    const HttpResponse response = client.Exchange(request);
    if (request.scheme == "https") {
      EXPECT_EQ(response.status, 200);
    } else {
      EXPECT_EQ(response.reset_code, NGHTTP2_PROTOCOL_ERROR);
    }
  }
  EXPECT_EQ(server.state().counts().started, 1);
}

TEST_F(ServeTlsTest, ClearClientsAreNotServed) {
  EchoServer server(Options());
  Http1Client client(server.port());
  client.Send(EncodeCall(CallSpec(), Framing::kConnectUnary, Codec::kProto));
  EXPECT_EQ(client.ReadResponse().status, 0);
  client.tcp().Close();
  EXPECT_TRUE(Eventually([&] { return server.front().stats().handshakes_failed == 1; }));
  EXPECT_EQ(server.state().counts().started, 0);
}

TEST_F(ServeTlsTest, EndsAreAnnounced) {
  EchoServer server(Options());
  auto connection = std::make_unique<TlsClient>(server.port(), Client({"http/1.1"}));
  TlsClient* const http1 = connection.get();
  Http1Client client(std::move(connection));
  HttpRequest request = EncodeCall(CallSpec(), Framing::kConnectUnary, Codec::kProto);
  request.headers.emplace_back("connection", "close");
  EXPECT_EQ(client.Exchange(request).status, 200);
  EXPECT_TRUE(client.AtEnd());
  EXPECT_TRUE(http1->peer().ended());
  http1->Close();

  TlsClient idle(server.port(), Client({"http/1.1"}));
  ASSERT_TRUE(Eventually([&] { return server.front().stats().handshakes == 0; }));
  EXPECT_EQ(server.front().Shutdown(kTimeLimit), 0u);
  EXPECT_EQ(idle.Receive(), "");
  EXPECT_TRUE(idle.peer().ended());
}

TEST_F(ServeTlsTest, ClientCertificatesAreRequired) {
  const TestCertificate root = MakeCertificate({"root", "", "", true, false, nullptr, 0});
  const TestCertificate good = MakeCertificate({"client", "", "clientAuth", false, false, &root, 0});
  const TestCertificate wrong = MakeCertificate({"client", "", "clientAuth", false, false, nullptr, 0});
  HttpOptions options = Options();
  options.tls.client_certificates = ClientCertificates::kRequired;
  options.tls.client_ca_pem = root.pem;
  EchoServer server(options);
  const struct {
    const char* name;
    const TestCertificate* shown;
    int code;
  } cases[] = {{"good", &good, 0}, {"none", nullptr, -1}, {"of another root", &wrong, -1}};
  for (const Wire& wire : {kConnectHttp1, kGrpc}) {
    for (const auto& c : cases) {
      SCOPED_TRACE(std::string(wire.name) + ", " + c.name);
      TlsPeerOptions client = Client({wire.http2 ? "h2" : "http/1.1"});
      client.max_version = TLS1_2_VERSION;  // with 1.3 the client has sent its request before it learns
      client.certificate = c.shown;
      const CallResult result = Call(server.port(), wire, client, CallSpec());
      EXPECT_EQ(result.code, c.code);
      if (c.code != 0) continue;
      // The handler knows whom it serves.
      ASSERT_EQ(result.responses.size(), 1u);
      std::string name;
      bool has_der = false;
      for (const echo::Field& field : result.responses[0].metadata()) {
        if (field.name() == "connectrpc-client-cn") name = field.value();
        if (field.name() == "connectrpc-client-cert-bin") has_der = !field.value().empty();
      }
      EXPECT_EQ(name, "client");
      EXPECT_TRUE(has_der);
    }
  }
  EXPECT_EQ(server.state().counts().started, 2);
}

// --- Options ---

TEST_F(ServeTlsTest, WrongOptionsAreErrors) {
  EchoServer server;
  const struct {
    const char* name;
    std::function<void(HttpOptions*)> change;
    std::string message;
  } cases[] = {
      {"no certificate", [](HttpOptions* o) { o->tls.certificate_chain_pem.clear(); }, "tls has no certificate_chain"},
      {"client certificates without TLS",
       [](HttpOptions* o) {
         o->tls = TlsOptions();
         o->tls.client_certificates = ClientCertificates::kRequired;
       },
       "tls has no certificate_chain"},
      {"no key", [](HttpOptions* o) { o->tls.private_key_pem.clear(); }, "tls.private_key is missing"},
      {"missing file",
       [](HttpOptions* o) {
         o->tls.certificate_chain_pem.clear();
         o->tls.certificate_chain_file = "/no/such/file";
       },
       "tls.certificate_chain_file \"/no/such/file\": No such file"},
      {"no handshakes", [](HttpOptions* o) { o->limits.max_handshakes = 0; }, "max_handshakes"},
      {"negative timeout", [](HttpOptions* o) { o->timeouts.tls_handshake = milliseconds(-1); }, "timeouts"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    HttpOptions options = Options();
    c.change(&options);
    const auto front = ServeHttp(server.grpc_server(), options);
    EXPECT_EQ(front.status().code(), absl::StatusCode::kInvalidArgument) << front.status();
    EXPECT_THAT(std::string(front.status().message()), HasSubstr(c.message));
  }
}

// --- Reload ---

class ReloadTest : public ServeTlsTest {
 protected:
  // The name of the certificate that new connections see.
  static std::string NameSeen(int port) { return TlsClient(port, {}).peer().server_name(); }

  const TestCertificate second_ = MakeCertificate({"second", kNames, "serverAuth", false, false, nullptr, 0});
};

TEST_F(ReloadTest, NewConnectionsUseWhatItBrings) {
  EchoServer server(Options());
  Http1Client old(std::make_unique<TlsClient>(server.port(), Client({"http/1.1"})));
  const HttpRequest request = EncodeCall(CallSpec(), Framing::kConnectUnary, Codec::kProto);
  EXPECT_EQ(old.Exchange(request).status, 200);
  EXPECT_EQ(NameSeen(server.port()), "server");
  EXPECT_TRUE(server.front().ReloadTls(With(second_)).ok());
  EXPECT_EQ(NameSeen(server.port()), "second");
  EXPECT_EQ(old.Exchange(request).status, 200) << "old connections go on";

  TlsOptions mixed = With(certificate_);
  mixed.private_key_pem = second_.key_pem;
  for (const TlsOptions& wrong : {mixed, TlsOptions()}) {
    EXPECT_EQ(server.front().ReloadTls(wrong).code(), absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(NameSeen(server.port()), "second") << "stays as it is";
  }
  EXPECT_TRUE(server.front().ReloadTls().ok()) << "what was taken last";
  EXPECT_EQ(NameSeen(server.port()), "second");
}

TEST_F(ReloadTest, FilesAreReadAgain) {
  const std::string prefix = ::testing::TempDir() + "/tls_test." + std::to_string(::getpid());
  HttpOptions options = Options();
  options.tls = TlsOptions();
  options.tls.certificate_chain_file = prefix + ".crt";
  options.tls.private_key_file = prefix + ".key";
  const auto write = [](const std::string& path, const std::string& text) {
    FILE* file = std::fopen(path.c_str(), "w");
    ASSERT_NE(file, nullptr);
    std::fputs(text.c_str(), file);
    std::fclose(file);
  };
  write(options.tls.certificate_chain_file, certificate_.pem);
  write(options.tls.private_key_file, certificate_.key_pem);
  EchoServer server(options);
  write(options.tls.certificate_chain_file, second_.pem);
  EXPECT_THAT(std::string(server.front().ReloadTls().message()), HasSubstr("does not belong"));
  EXPECT_EQ(NameSeen(server.port()), "server");
  write(options.tls.private_key_file, second_.key_pem);
  EXPECT_TRUE(server.front().ReloadTls().ok());
  EXPECT_EQ(NameSeen(server.port()), "second");
  std::remove(options.tls.certificate_chain_file.c_str());
  std::remove(options.tls.private_key_file.c_str());
}

TEST_F(ReloadTest, WithoutTlsItFails) {
  EchoServer server;
  EXPECT_EQ(server.front().ReloadTls().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(server.front().ReloadTls(With(second_)).code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_TRUE(IsAlive(server.port()));
}

TEST_F(ReloadTest, WhileServing) {
  EchoServer server(Options());
  std::atomic<bool> stop{false};
  std::atomic<int> served{0};
  std::vector<std::thread> clients;
  for (int i = 0; i < 2; ++i) {
    clients.emplace_back([&] {
      while (!stop) {
        TlsPeerOptions any;
        any.alpn = {"h2"};
        EXPECT_EQ(Call(server.port(), kGrpc, any, CallSpec()).code, 0);
        ++served;
      }
    });
  }
  for (int i = 0; i < 100 || served < 20; ++i) {
    EXPECT_TRUE(server.front().ReloadTls(With(i % 2 == 0 ? second_ : certificate_)).ok());
  }
  stop = true;
  for (std::thread& client : clients) client.join();
}

// --- Handshakes that do not end ---

TEST_F(ServeTlsTest, MaxHandshakes) {
  HttpOptions options = Options();
  options.limits.max_handshakes = 3;
  options.timeouts.tls_handshake = milliseconds(0);
  EchoServer server(options);
  // Those that are over do not count.
  std::vector<std::unique_ptr<TlsClient>> open;
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(Eventually([&] { return server.front().stats().handshakes == 0; }));
    open.push_back(std::make_unique<TlsClient>(server.port(), Client({"h2"})));
    EXPECT_TRUE(open.back()->connected());
  }
  ASSERT_TRUE(Eventually([&] { return server.front().stats().handshakes == 0; }));

  std::vector<std::unique_ptr<TcpClient>> silent;
  for (size_t i = 1; i <= 3; ++i) {
    silent.push_back(std::make_unique<TcpClient>(server.port()));
    ASSERT_TRUE(Eventually([&] { return server.front().stats().handshakes == i; }));
  }
  EXPECT_EQ(TcpClient(server.port()).Receive(), "") << "one too many";
  EXPECT_EQ(server.front().stats().handshakes, 3u);
  silent.pop_back();
  ASSERT_TRUE(Eventually([&] { return server.front().stats().handshakes == 2; }));
  EXPECT_TRUE(IsServed(server.port()));
}

// S47: two thousand clients that say nothing, or half of a ClientHello.
TEST_F(ServeTlsTest, SilentClientsAreClosed) {
  constexpr size_t kClients = 2000;
  rlimit files = {};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &files), 0);
  const rlimit before = files;
  files.rlim_cur = files.rlim_max;
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &files), 0);
  if (files.rlim_cur < 2 * kClients + 200) GTEST_SKIP() << "too few descriptors: " << files.rlim_cur;

  HttpOptions options = Options();
  options.limits.max_handshakes = kClients + 10;
  options.timeouts.tls_handshake = milliseconds(300);
  EchoServer server(options);
  TlsPeer hello;
  hello.Handshake();
  const std::string half = hello.TakeOutput().substr(0, 100);
  std::vector<std::unique_ptr<TcpClient>> clients;
  for (size_t i = 0; i < kClients; ++i) {
    clients.push_back(std::make_unique<TcpClient>(server.port()));
    if (i % 2 == 1) clients.back()->Send(half);
  }
  for (const auto& client : clients) EXPECT_EQ(client->Receive(), "");
  EXPECT_TRUE(Eventually([&] { return server.front().stats().connections == 0; }));
  EXPECT_EQ(server.front().stats().handshakes, 0u);
  EXPECT_EQ(server.front().stats().handshakes_failed, kClients);
  clients.clear();
  EXPECT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
}

}  // namespace
}  // namespace connectrpc::test
