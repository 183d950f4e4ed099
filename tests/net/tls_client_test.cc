#include <gmock/gmock.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <cstdio>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "net/connector.h"
#include "net/listener.h"
#include "net/syscall_hooks.h"
#include "net/tls_test_util.h"

namespace connectrpc::net {
namespace {

using test::CertificateSpec;
using test::MakeCertificate;
using test::TestCertificate;

using ::testing::HasSubstr;

using ClientCertificates = TlsOptions::ClientCertificates;
using std::chrono::seconds;

// Who signs what in these tests.
struct Authorities {
  TestCertificate root = MakeCertificate({"root", "", "", true});
  TestCertificate middle = MakeCertificate({"middle", "", "", true, false, &root});
  TestCertificate old_middle = MakeCertificate({"old middle", "", "", true, true, &root});
  TestCertificate other_root = MakeCertificate({"other root", "", "", true});
  TestCertificate no_authority = MakeCertificate({"no authority", "", "", false, false, &root});
};

// A client of ours against a server of ours, or of anybody's, on one loop.
class TlsClientTest : public TlsTest, public Connector::Watcher, public Listener::Acceptor {
 protected:
  TlsClientTest()
      : listener_(*Listener::Open(&loop, "unix:@connectrpc.tls_client_test." + std::to_string(::getpid()))) {
    listener_->Start(this);
    options.server_name = "server.example";
  }

  void OnAccept(ConnectedSocket socket) override {
    UniqueFd fd(socket.Release());
    if (server_context != nullptr) {
      server = std::make_unique<TlsServer>(&loop, std::move(fd), server_context, Loop::kReadBlockSize);
    } else {
      raw_peer = std::move(fd);
    }
  }
  void OnConnected(absl::StatusOr<std::unique_ptr<ByteStream>> stream) override {
    if (stream.ok()) {
      outcome = "ok";
      client = *std::move(stream);
    } else {
      EXPECT_EQ(stream.status().code(), absl::StatusCode::kUnavailable);
      outcome = std::string(stream.status().message());
      const std::string prefix = "TLS handshake with " + listener_->address() + ": ";
      EXPECT_THAT(*outcome, ::testing::StartsWith(prefix));
      outcome->erase(0, std::min(outcome->size(), prefix.size()));
    }
    connector.reset();  // as owners do
  }

  // "ok", or what is wrong with it.
  std::string Connect(std::shared_ptr<const TlsContext> server_side, const ClientTlsOptions& client_side) {
    server_context = std::move(server_side);
    absl::StatusOr<std::shared_ptr<const TlsContext>> context = TlsContext::ForClient(client_side);
    EXPECT_TRUE(context.ok()) << context.status();
    if (!context.ok()) return "";
    options.tls = *context;
    Start();
    while (!outcome.has_value()) RunTurns(1);
    return *outcome;
  }
  void Start() {
    client.reset();
    server.reset();
    outcome.reset();
    connector = Connector::Start(&loop, ParseEndpoint(listener_->address())->addresses, options, this, &client_watcher);
  }
  static ClientTlsOptions Trusting(const TestCertificate& root) {
    ClientTlsOptions options;
    options.ca_pem = root.pem;
    return options;
  }
  static std::shared_ptr<const TlsContext> Server(const TestCertificate& leaf, const std::string& rest_of_chain = "") {
    TlsOptions options = WithCertificate(leaf);
    options.certificate_chain_pem += rest_of_chain;
    return Context(options);
  }
  TestCertificate Leaf(const std::string& alternative_names) const {
    return MakeCertificate({"leaf", alternative_names, "serverAuth", false, false, &authorities.root});
  }

  const Authorities authorities;
  ConnectOptions options;
  std::shared_ptr<const TlsContext> server_context;
  UniqueFd raw_peer;  // of a client that meets no TLS
  FunctionWatcher client_watcher;
  std::unique_ptr<Connector> connector;
  std::unique_ptr<ByteStream> client;
  std::optional<std::string> outcome;

 private:
  const std::unique_ptr<Listener> listener_;
};

TEST_F(TlsClientTest, CertificatesOfServers) {
  const Authorities& a = authorities;
  const char* const kUntrusted = "certificate is not from a trusted authority: ";
  const char* const kNames = "DNS:server.example";
  const auto leaf = [&](const CertificateSpec& spec) { return MakeCertificate(spec); };
  const TestCertificate good = Leaf(kNames);
  const TestCertificate self_signed = leaf({"server.example", kNames, "serverAuth"});
  const TestCertificate behind = leaf({"leaf", kNames, "serverAuth", false, false, &a.middle});
  const struct {
    const char* name;
    TestCertificate certificate;
    std::string rest_of_chain;
    std::string trusted;
    std::string expected;
  } cases[] = {
      {"good", good, "", a.root.pem, "ok"},
      {"good, and a root among others", good, "", a.other_root.pem + a.root.pem, "ok"},
      {"no usage named", leaf({"leaf", kNames, "", false, false, &a.root}), "", a.root.pem, "ok"},
      {"both usages", leaf({"leaf", kNames, "serverAuth,clientAuth", false, false, &a.root}), "", a.root.pem, "ok"},
      {"RSA", leaf({"leaf", kNames, "serverAuth", false, false, &a.root, 2048}), "", a.root.pem, "ok"},
      {"chain", behind, a.middle.pem, a.root.pem, "ok"},
      {"intermediate is trusted", behind, "", a.middle.pem, "ok"},
      {"leaf is trusted", behind, "", behind.pem, "ok"},
      {"self-signed leaf is trusted", self_signed, "", self_signed.pem, "ok"},
      {"expired", leaf({"leaf", kNames, "serverAuth", false, true, &a.root}), "", a.root.pem,
       "certificate has expired"},
      {"expired and trusted itself", leaf({"leaf", kNames, "serverAuth", false, true, &a.root}), "", "itself",
       "certificate has expired"},
      {"not yet valid", leaf({"leaf", kNames, "serverAuth", false, false, &a.root, 0, true}), "", a.root.pem,
       "certificate is not yet valid"},
      {"expired intermediate", leaf({"leaf", kNames, "serverAuth", false, false, &a.old_middle}), a.old_middle.pem,
       a.root.pem, "certificate has expired"},
      {"self-signed", self_signed, "", a.root.pem, std::string(kUntrusted) + "self-signed certificate"},
      {"unknown root", leaf({"leaf", kNames, "serverAuth", false, false, &a.other_root}), "", a.root.pem,
       std::string(kUntrusted) + "unable to get local issuer certificate"},
      {"unknown root is sent", leaf({"leaf", kNames, "serverAuth", false, false, &a.other_root}), a.other_root.pem,
       a.root.pem, std::string(kUntrusted) + "self-signed certificate in certificate chain"},
      {"missing intermediate", behind, "", a.root.pem,
       std::string(kUntrusted) + "unable to get local issuer certificate"},
      {"system's roots", good, "", "", std::string(kUntrusted) + "unable to get local issuer certificate"},
      {"for clients", leaf({"leaf", kNames, "clientAuth", false, false, &a.root}), "", a.root.pem,
       "certificate is not for servers: unsuitable certificate purpose"},
      {"signed by a certificate that must not", leaf({"leaf", kNames, "serverAuth", false, false, &a.no_authority}),
       a.no_authority.pem, a.root.pem, "certificate is not acceptable: invalid CA certificate"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    ClientTlsOptions client_side;
    client_side.ca_pem = c.trusted == "itself" ? c.certificate.pem : c.trusted;
    EXPECT_EQ(Connect(Server(c.certificate, c.rest_of_chain), client_side), c.expected);
    EXPECT_EQ(client != nullptr && client->secure(), c.expected == "ok");
    if (c.expected == "ok") {
      EXPECT_FALSE(client->handshaking());
      EXPECT_EQ(client->peer_certificate()->der, test::Der(c.certificate.pem));
      EXPECT_EQ(client->tls_failure(), "");
    }
    EXPECT_EQ(ERR_peek_error(), 0u) << "errors left behind would be taken for those of the next call";

    // Whatever it is.
    ClientTlsOptions careless;
    careless.insecure_skip_verification = true;
    EXPECT_EQ(Connect(Server(c.certificate, c.rest_of_chain), careless), "ok");
    EXPECT_EQ(client->peer_certificate(), nullptr) << "not verified";
  }
}

TEST_F(TlsClientTest, NamesInCertificates) {
  const auto not_valid = [](const std::string& name) { return "certificate is not valid for '" + name + "'"; };
  const struct {
    const char* name;
    const char* in_certificate;
    const char* asked_for;
    std::string expected;
    std::string sni;
  } cases[] = {
      {"name", "DNS:a.example", "a.example", "ok", "a.example"},
      {"second name", "DNS:b.example,DNS:a.example", "a.example", "ok", "a.example"},
      {"letter case", "DNS:A.example", "a.EXAMPLE", "ok", "a.EXAMPLE"},
      {"absolute name", "DNS:a.example", "a.example.", "ok", "a.example"},
      {"other name", "DNS:b.example", "a.example", not_valid("a.example"), "a.example"},
      {"name below", "DNS:example", "a.example", not_valid("a.example"), "a.example"},
      {"name above", "DNS:a.example", "example", not_valid("example"), "example"},
      {"common name alone", "", "leaf", not_valid("leaf"), "leaf"},
      {"common name next to others", "DNS:a.example", "leaf", not_valid("leaf"), "leaf"},
      {"wildcard", "DNS:*.a.example", "x.a.example", "ok", "x.a.example"},
      {"wildcard for two labels", "DNS:*.a.example", "x.y.a.example", not_valid("x.y.a.example"), "x.y.a.example"},
      {"wildcard for none", "DNS:*.a.example", "a.example", not_valid("a.example"), "a.example"},
      {"wildcard, first part", "DNS:x*.a.example", "xy.a.example", not_valid("xy.a.example"), "xy.a.example"},
      {"wildcard, last part", "DNS:*y.a.example", "xy.a.example", not_valid("xy.a.example"), "xy.a.example"},
      {"wildcard, second label", "DNS:x.*.example", "x.a.example", not_valid("x.a.example"), "x.a.example"},
      {"IPv4", "IP:127.0.0.1", "127.0.0.1", "ok", ""},
      {"IPv6", "IP:::1", "::1", "ok", ""},
      {"IPv6 in brackets", "IP:::1", "[::1]", "ok", ""},
      {"IPv6 with a zone", "IP:fe80::1", "fe80::1%eth0", "ok", ""},
      {"IPv6 in another form", "IP:2001:db8::1", "2001:DB8:0:0::1", "ok", ""},
      {"other address", "IP:127.0.0.1", "127.0.0.2", not_valid("127.0.0.2"), ""},
      {"other IPv6 address", "IP:::1", "[::2]", not_valid("::2"), ""},
      {"address as a name", "DNS:127.0.0.1", "127.0.0.1", not_valid("127.0.0.1"), ""},
      {"name, but an address is there", "IP:127.0.0.1", "localhost", not_valid("localhost"), "localhost"},
      {"as an URI", "URI:https://a.example", "a.example", not_valid("a.example"), "a.example"},
      {"all names that end so", "DNS:x.a.example", ".a.example", "'.a.example' is not a name", ""},
      {"no name to verify", "DNS:a.example", "", "no name to verify the server's certificate with", ""},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    options.server_name = c.asked_for;
    const auto context = Server(Leaf(c.in_certificate));
    std::string sni;
    SSL_CTX_set_tlsext_servername_arg(context->get(), &sni);
    SSL_CTX_set_tlsext_servername_callback(
        context->get(), +[](SSL* ssl, int*, void* result) {
          const char* const name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
          *static_cast<std::string*>(result) = name != nullptr ? name : "";
          return SSL_TLSEXT_ERR_OK;
        });
    EXPECT_EQ(Connect(context, Trusting(authorities.root)), c.expected);
    EXPECT_EQ(sni, c.sni);
  }
}

// What the server chooses by ALPN, whatever it was offered; empty: nothing.
std::shared_ptr<const TlsContext> Choosing(std::shared_ptr<const TlsContext> context, const std::string* choice) {
  SSL_CTX_set_alpn_select_cb(
      context->get(),
      +[](SSL*, const unsigned char** out, unsigned char* size, const unsigned char*, unsigned, void* argument) {
        const auto& wanted = *static_cast<const std::string*>(argument);
        if (wanted.empty()) return SSL_TLSEXT_ERR_NOACK;
        *out = reinterpret_cast<const unsigned char*>(wanted.data());
        *size = static_cast<unsigned char>(wanted.size());
        return SSL_TLSEXT_ERR_OK;
      },
      const_cast<std::string*>(choice));
  return context;
}

TEST_F(TlsClientTest, Alpn) {
  const char* const kNotOffered = "the server has chosen by ALPN what it was not offered";
  const struct {
    const char* name;
    std::vector<std::string> offers;
    std::string choice;
    std::string expected;
  } cases[] = {
      {"both, h2", {"h2", "http/1.1"}, "h2", "ok"},
      {"both, http/1.1", {"h2", "http/1.1"}, "http/1.1", "ok"},
      {"both, nothing", {"h2", "http/1.1"}, "", "ok"},
      {"h2", {"h2"}, "h2", "ok"},
      {"h2, nothing", {"h2"}, "", "the server does not agree to h2 by ALPN"},
      {"h2, http/1.1", {"h2"}, "http/1.1", kNotOffered},
      {"http/1.1", {"http/1.1"}, "http/1.1", "ok"},
      {"http/1.1, nothing", {"http/1.1"}, "", "ok"},
      {"http/1.1, h2", {"http/1.1"}, "h2", kNotOffered},
      {"both, another", {"h2", "http/1.1"}, "h3", kNotOffered},
      {"none", {}, "", "ok"},
  };
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    for (const auto& c : cases) {
      SCOPED_TRACE(c.name);
      options.alpn = c.offers;
      const auto context = Choosing(Server(Leaf("DNS:server.example")), &c.choice);
      SSL_CTX_set_max_proto_version(context->get(), version);
      std::string result = Connect(context, Trusting(authorities.root));
      if (result == "bad extension") result = kNotOffered;  // newer versions of OpenSSL look themselves
      EXPECT_EQ(result, c.expected);
      if (result == "ok") {
        EXPECT_EQ(client->alpn(), c.choice);
      }
    }
  }
  // A server of ours has the last word in its own way.
  options.alpn = {"spdy/1"};
  EXPECT_EQ(Connect(Server(Leaf("DNS:server.example")), Trusting(authorities.root)),
            "the server has refused: tlsv1 alert no application protocol");
}

TEST_F(TlsClientTest, CertificatesOfClients) {
  const TestCertificate clients_root = MakeCertificate({"clients", "", "", true});
  const TestCertificate good = MakeCertificate({"client", "", "clientAuth", false, false, &clients_root});
  const TestCertificate middle = MakeCertificate({"clients' middle", "", "", true, false, &clients_root});
  const TestCertificate behind = MakeCertificate({"client", "", "clientAuth", false, false, &middle});
  const TestCertificate stranger = MakeCertificate({"client", "", "clientAuth"});
  TlsOptions server_options = WithCertificate(Leaf("DNS:server.example"));
  server_options.client_certificates = ClientCertificates::kRequired;
  server_options.client_ca_pem = clients_root.pem;
  const struct {
    const char* name;
    std::string chain;
    std::string key;
    bool taken;
  } cases[] = {
      {"good", good.pem, good.key_pem, true},
      {"chain", behind.pem + middle.pem, behind.key_pem, true},
      {"none", "", "", false},
      {"chain in part", behind.pem, behind.key_pem, false},
      {"unknown", stranger.pem, stranger.key_pem, false},
  };
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    for (const auto& c : cases) {
      SCOPED_TRACE(std::string(c.name) + ", " + std::to_string(version));
      const auto context = Context(server_options);
      SSL_CTX_set_max_proto_version(context->get(), version);
      ClientTlsOptions client_side = Trusting(authorities.root);
      client_side.certificate_chain_pem = c.chain;
      client_side.private_key_pem = c.key;
      std::string failure = Connect(context, client_side);
      if (failure == "ok") {
        // With TLS 1.3 the client is done before the server has seen its certificate.
        IoStatus status = IoStatus::kWouldBlock;
        client_watcher.on_readable = [&] {
          char buffer[16];
          status = client->Read(buffer, sizeof(buffer)).status;
          client->WaitReadable();
        };
        client->WaitReadable();
        while (status == IoStatus::kWouldBlock && server->stream.handshaking()) RunTurns(1);
        if (c.taken) server->Write("hello");
        while (status == IoStatus::kWouldBlock) RunTurns(1);
        EXPECT_EQ(status, c.taken ? IoStatus::kOk : IoStatus::kError);
        failure = std::string(client->tls_failure());
        client.reset();
      }
      if (c.taken) {
        EXPECT_EQ(failure, "");
        EXPECT_EQ(server->stream.peer_certificate()->common_name, "client");
      } else {
        EXPECT_THAT(failure, HasSubstr("the server has refused: "));
        EXPECT_EQ(server->stream.peer_certificate(), nullptr);
      }
    }
  }
}

TEST_F(TlsClientTest, FirstBytesOfTheServerAreNotLost) {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    const auto context = Server(Leaf("DNS:server.example"));
    SSL_CTX_set_max_proto_version(context->get(), version);
    server_context = context;
    options.tls = *TlsContext::ForClient(Trusting(authorities.root));
    Start();
    while (server == nullptr) RunTurns(1);
    server->Write("settings");  // as soon as it can
    while (!outcome.has_value()) RunTurns(1);
    EXPECT_EQ(*outcome, "ok");
    std::string received;
    client_watcher.on_readable = [&] {
      char buffer[3];
      received.append(buffer, client->Read(buffer, sizeof(buffer)).bytes);
      client->WaitReadable();
    };
    client->WaitReadable();
    while (received.size() < 8) RunTurns(1);
    EXPECT_EQ(received, "settings");
    wire::OutputQueue output;
    output.Append("preface");
    EXPECT_EQ(client->Write(&output).status, IoStatus::kOk);
    while (server->received.size() < 7) RunTurns(1);
    EXPECT_EQ(server->received, "preface");
  }
}

TEST_F(TlsClientTest, ServersWithoutTls) {
  const struct {
    const char* name;
    std::string answer;
    const char* expected;
  } cases[] = {
      {"end", "", "the server has ended the connection"},
      {"HTTP/1.1", "HTTP/1.1 400 Bad Request\r\n\r\n", "the server does not speak TLS: wrong version number"},
      {"HTTP/2", std::string("\0\0\0\x04\0\0\0\0\0", 9), "the server does not speak TLS: wrong version number"},
      {"half a record", std::string("\x16\x03\x03\x01", 4), "the server has ended the connection"},
      {"alert", std::string("\x15\x03\x03\0\x02\x02\x28", 7), "the server has refused: sslv3 alert handshake failure"},
  };
  options.tls = *TlsContext::ForClient(Trusting(authorities.root));
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    raw_peer = UniqueFd();
    Start();
    while (!raw_peer.valid()) RunTurns(1);
    SendAll(raw_peer, c.answer);
    ::shutdown(raw_peer.get(), SHUT_WR);
    while (!outcome.has_value()) RunTurns(1);
    EXPECT_EQ(*outcome, c.expected);
  }
  // A reset, too, is named.
  raw_peer = UniqueFd();
  Start();
  while (!raw_peer.valid()) RunTurns(1);
  raw_peer = UniqueFd();  // with the ClientHello unread
  while (!outcome.has_value()) RunTurns(1);
  EXPECT_EQ(*outcome, "the connection was lost");
}

TEST_F(TlsClientTest, HandshakeWithinTheDeadline) {
  options.tls = *TlsContext::ForClient(Trusting(authorities.root));
  ::connectrpc::testing::SyscallHooks hooks;
  hooks.now = std::chrono::steady_clock::now();
  RunTurns(1);
  options.deadline = *hooks.now + seconds(20);
  Start();
  while (!raw_peer.valid()) RunTurns(1);
  *hooks.now += seconds(20) - wire::Duration(1);
  RunTurns(5);
  EXPECT_FALSE(outcome.has_value());
  *hooks.now += wire::Duration(1);
  RunTurns(5);
  EXPECT_EQ(outcome, "no end of it in time");
}

TEST_F(TlsClientTest, GivenUpAtAnyMoment) {
  const auto context = Server(Leaf("DNS:server.example"));
  options.tls = *TlsContext::ForClient(Trusting(authorities.root));
  server_context = context;
  for (int turns = 0; turns < 15; ++turns) {
    Start();
    if (turns > 0) RunTurns(turns);
    const bool over = outcome.has_value();
    connector.reset();
    RunTurns(5);
    EXPECT_EQ(outcome.has_value(), over);
  }
}

TEST_F(TlsClientTest, OldVersionsAndCiphersAreRefused) {
  const auto old = Server(Leaf("DNS:server.example"));
  SSL_CTX_set_security_level(old->get(), 0);
  ASSERT_EQ(SSL_CTX_set_cipher_list(old->get(), "ECDHE-ECDSA-AES128-SHA"), 1);
  ASSERT_EQ(SSL_CTX_set_min_proto_version(old->get(), TLS1_VERSION), 1);
  ASSERT_EQ(SSL_CTX_set_max_proto_version(old->get(), TLS1_1_VERSION), 1);
  EXPECT_EQ(Connect(old, Trusting(authorities.root)), "the server has refused: tlsv1 alert protocol version");
  const auto cbc = Server(Leaf("DNS:server.example"));
  ASSERT_EQ(SSL_CTX_set_max_proto_version(cbc->get(), TLS1_2_VERSION), 1);
  ASSERT_EQ(SSL_CTX_set_cipher_list(cbc->get(), "ECDHE-ECDSA-AES128-SHA256"), 1);
  EXPECT_EQ(Connect(cbc, Trusting(authorities.root)), "the server has refused: sslv3 alert handshake failure");
}

TEST_F(TlsClientTest, ErrorsInOptionsSayWhatIsWrong) {
  const TestCertificate good = MakeCertificate({"client", "", "clientAuth"});
  const TestCertificate other = MakeCertificate({"other", "", "clientAuth"});
  const struct {
    const char* name;
    std::function<void(ClientTlsOptions*)> change;
    const char* message;
  } cases[] = {
      {"two of ca", [](ClientTlsOptions* o) { o->ca_file = "/x"; }, "ca_pem and ca_file are both set"},
      {"ca is none", [](ClientTlsOptions* o) { o->ca_pem = "x"; }, "ca_pem: holds no certificate"},
      {"no such ca",
       [](ClientTlsOptions* o) {
         o->ca_pem.clear();
         o->ca_file = "/no/such/file";
       },
       "ca_file \"/no/such/file\": No such file"},
      {"nothing is verified", [](ClientTlsOptions* o) { o->insecure_skip_verification = true; },
       "ca_pem and insecure_skip_verification are both set"},
      {"chain without key", [](ClientTlsOptions* o) { o->private_key_pem.clear(); }, "private_key is missing"},
      {"key without chain", [](ClientTlsOptions* o) { o->certificate_chain_pem.clear(); },
       "certificate_chain is missing"},
      {"two of chain", [](ClientTlsOptions* o) { o->certificate_chain_file = "/x"; },
       "certificate_chain_pem and certificate_chain_file are both set"},
      {"two of key", [](ClientTlsOptions* o) { o->private_key_file = "/x"; },
       "private_key_pem and private_key_file are both set"},
      {"no such key",
       [](ClientTlsOptions* o) {
         o->private_key_pem.clear();
         o->private_key_file = "/no/such/file";
       },
       "private_key_file \"/no/such/file\": No such file"},
      {"other key", [&](ClientTlsOptions* o) { o->private_key_pem = other.key_pem; },
       "private_key_pem does not belong to the first certificate of certificate_chain_pem"},
      {"encrypted key", [](ClientTlsOptions* o) { o->private_key_pem = test::EncryptedKey(o->private_key_pem); },
       "private_key_pem: the private key is encrypted"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    ClientTlsOptions client_side = Trusting(authorities.root);
    client_side.certificate_chain_pem = good.pem;
    client_side.private_key_pem = good.key_pem;
    EXPECT_TRUE(TlsContext::ForClient(client_side).ok());
    c.change(&client_side);
    const absl::Status status = TlsContext::ForClient(client_side).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(status.message()), HasSubstr(c.message));
    EXPECT_EQ(ERR_peek_error(), 0u);
  }
}

TEST_F(TlsClientTest, OptionsFromFiles) {
  const std::string prefix = ::testing::TempDir() + "/tls_client_test." + std::to_string(::getpid());
  const TestCertificate good = MakeCertificate({"client", "", "clientAuth"});
  const auto write = [&](const std::string& name, const std::string& text) {
    FILE* const file = std::fopen((prefix + name).c_str(), "w");
    EXPECT_NE(file, nullptr);
    std::fputs(text.c_str(), file);
    std::fclose(file);
    return prefix + name;
  };
  ClientTlsOptions client_side;
  client_side.ca_file = write(".ca", authorities.other_root.pem + authorities.root.pem);
  client_side.certificate_chain_file = write(".crt", good.pem);
  client_side.private_key_file = write(".key", good.key_pem);
  TlsOptions server_options = WithCertificate(Leaf("DNS:server.example"));
  server_options.client_certificates = ClientCertificates::kRequired;
  server_options.client_ca_pem = good.pem;
  const auto context = Context(server_options);
  SSL_CTX_set_max_proto_version(context->get(), TLS1_2_VERSION);  // so that the server has agreed, too
  EXPECT_EQ(Connect(context, client_side), "ok");
  for (const char* name : {".ca", ".crt", ".key"}) std::remove((prefix + name).c_str());
}

}  // namespace
}  // namespace connectrpc::net
