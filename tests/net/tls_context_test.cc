#include "net/tls_context.h"

#include <gmock/gmock.h>

#include <cstdio>
#include <string>
#include <vector>

#include "net/tls_test_util.h"

namespace connectrpc::net {
namespace {

using test::CertificateSpec;
using test::MakeCertificate;
using test::TestCertificate;
using test::TlsPeerOptions;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ClientCertificates = TlsOptions::ClientCertificates;

class TlsContextTest : public TlsTest {};

TEST_F(TlsContextTest, ErrorsSayWhatIsWrong) {
  const TestCertificate other = MakeCertificate({"other", "", "", false, false, nullptr, 0});
  const TestCertificate weak = MakeCertificate({"weak", "", "", false, false, nullptr, 1024});
  const std::string broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
  const struct {
    const char* name;
    std::function<void(TlsOptions*)> change;
    std::vector<std::string> message;
  } cases[] = {
      {"no certificate", [](TlsOptions* o) { o->certificate_chain_pem.clear(); }, {"certificate_chain is missing"}},
      {"no key", [](TlsOptions* o) { o->private_key_pem.clear(); }, {"private_key is missing"}},
      {"text and file", [](TlsOptions* o) { o->private_key_file = "/x"; }, {"private_key_pem and private_key_file"}},
      {"missing file",
       [](TlsOptions* o) {
         o->certificate_chain_pem.clear();
         o->certificate_chain_file = "/no/such/file";
       },
       {"certificate_chain_file \"/no/such/file\"", "No such file"}},
      {"folder",
       [](TlsOptions* o) {
         o->private_key_pem.clear();
         o->private_key_file = "/";
       },
       {"private_key_file \"/\"", "directory"}},
      {"empty file",
       [](TlsOptions* o) {
         o->certificate_chain_pem.clear();
         o->certificate_chain_file = "/dev/null";
       },
       {"/dev/null", "holds no certificate"}},
      {"no PEM",
       [](TlsOptions* o) { o->certificate_chain_pem = "x"; },
       {"certificate_chain_pem: holds no certificate"}},
      {"broken PEM",
       [&](TlsOptions* o) { o->certificate_chain_pem = broken; },
       {"certificate_chain_pem: certificate 1"}},
      {"broken second", [&](TlsOptions* o) { o->certificate_chain_pem += broken; }, {"certificate 2"}},
      {"key is none", [](TlsOptions* o) { o->private_key_pem = o->certificate_chain_pem; }, {"holds no private key"}},
      {"other key",
       [&](TlsOptions* o) { o->private_key_pem = other.key_pem; },
       {"private_key_pem does not belong to the first certificate of certificate_chain_pem"}},
      {"encrypted key",
       [](TlsOptions* o) { o->private_key_pem = test::EncryptedKey(o->private_key_pem); },
       {"private_key_pem", "encrypted"}},
      {"short key",
       [&](TlsOptions* o) {
         o->certificate_chain_pem = weak.pem;
         o->private_key_pem = weak.key_pem;
       },
       {"certificate_chain_pem", "ee key too small"}},
      {"no client CA",
       [](TlsOptions* o) { o->client_certificates = ClientCertificates::kRequired; },
       {"client_ca is missing"}},
      {"needless client CA", [&](TlsOptions* o) { o->client_ca_pem = other.pem; }, {"client_ca_pem is set", "kOff"}},
      {"broken client CA",
       [&](TlsOptions* o) {
         o->client_certificates = ClientCertificates::kOptional;
         o->client_ca_pem = broken;
       },
       {"client_ca_pem: certificate 1"}},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    TlsOptions options = WithCertificate(certificate);
    c.change(&options);
    const auto context = TlsContext::ForServer(options);
    EXPECT_EQ(context.status().code(), absl::StatusCode::kInvalidArgument);
    for (const std::string& part : c.message) EXPECT_THAT(std::string(context.status().message()), HasSubstr(part));
    EXPECT_EQ(ERR_peek_error(), 0u) << "errors left behind would be taken for those of the next call";
  }
}

TEST_F(TlsContextTest, FilesAndExpiredCertificatesAreTaken) {
  const TestCertificate expired = MakeCertificate({"old", "", "serverAuth", false, true, nullptr, 0});
  const std::string prefix = ::testing::TempDir() + "/tls_context_test." + std::to_string(::getpid());
  TlsOptions options;
  options.certificate_chain_file = prefix + ".crt";
  options.private_key_file = prefix + ".key";
  const auto write = [](const std::string& path, const std::string& text) {
    FILE* file = std::fopen(path.c_str(), "w");
    ASSERT_NE(file, nullptr);
    std::fputs(text.c_str(), file);
    std::fclose(file);
  };
  write(options.certificate_chain_file, "What people write above it\n" + expired.pem);
  write(options.private_key_file, expired.key_pem);
  Connect(options);
  EXPECT_TRUE(Handshake()) << peer->error();
  EXPECT_EQ(peer->server_name(), "old");
  std::remove(options.certificate_chain_file.c_str());
  std::remove(options.private_key_file.c_str());
}

TEST_F(TlsContextTest, ChainIsSent) {
  const TestCertificate root = MakeCertificate({"root", "", "", true, false, nullptr, 0});
  const TestCertificate middle = MakeCertificate({"middle", "", "", true, false, &root, 0});
  const TestCertificate leaf = MakeCertificate({"leaf", "IP:127.0.0.1", "serverAuth", false, false, &middle, 0});
  TlsPeerOptions client;
  client.root_pem = root.pem;
  client.address = "127.0.0.1";
  TlsOptions options = WithCertificate(leaf);
  options.certificate_chain_pem += middle.pem;
  Connect(options, client);
  EXPECT_TRUE(Handshake()) << peer->error();
  Connect(WithCertificate(leaf), client);
  EXPECT_FALSE(Handshake());
  EXPECT_EQ(peer->error(), "certificate verify failed");
}

// The conformance suite's client trusts the server's own certificate, and checks an address without a server name.
TEST_F(TlsContextTest, SelfSignedServerIsItsOwnRoot) {
  TlsPeerOptions client;
  client.root_pem = certificate.pem;
  for (const char* address : {"127.0.0.1", "::1"}) {
    client.address = address;
    Connect(WithCertificate(certificate), client);
    EXPECT_TRUE(Handshake()) << peer->error();
  }
  client.address = "127.0.0.2";
  Connect(WithCertificate(certificate), client);
  EXPECT_FALSE(Handshake());
  EXPECT_EQ(peer->error(), "certificate verify failed");
}

TEST_F(TlsContextTest, ProtocolIsAgreedOn) {
  const struct {
    const char* name;
    std::vector<std::string> offers;
    bool good;
    std::string agreed;
  } cases[] = {
      {"h2", {"h2"}, true, "h2"},
      {"http/1.1", {"http/1.1"}, true, "http/1.1"},
      {"both", {"h2", "http/1.1"}, true, "h2"},
      {"both, the other way round", {"http/1.1", "h2"}, true, "h2"},
      {"others before and after", {"h3", "http/1.1", "spdy/3"}, true, "http/1.1"},
      {"none", {}, true, ""},
      {"smtp", {"smtp"}, false, ""},
      {"h3", {"h3"}, false, ""},
      {"a longer name", {"h2c"}, false, ""},
      {"a shorter name", {"h"}, false, ""},
      {"http/1.0", {"http/1.0"}, false, ""},
  };
  for (const auto& c : cases) {
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
      SCOPED_TRACE(std::string(c.name) + ", " + std::to_string(version));
      TlsPeerOptions client;
      client.alpn = c.offers;
      client.max_version = version;
      Connect(WithCertificate(certificate), client);
      EXPECT_EQ(Handshake(), c.good) << peer->error();
      EXPECT_EQ(server->stream.alpn(), c.agreed);
      EXPECT_EQ(peer->alpn(), c.agreed);
      if (!c.good) {
        EXPECT_EQ(peer->error(), "tlsv1 alert no application protocol");
      }
    }
  }
}

TEST_F(TlsContextTest, VersionsAndCiphers) {
  const TestCertificate rsa = MakeCertificate({"rsa", "", "", false, false, nullptr, 2048});
  const struct {
    const char* name;
    int version;
    std::string ciphers;  // of 1.2
    const TestCertificate* server;
    std::string error;  // none: good
  } cases[] = {
      {"1.3", TLS1_3_VERSION, "", &certificate, ""},
      {"1.3, RSA", TLS1_3_VERSION, "", &rsa, ""},
      {"1.2", TLS1_2_VERSION, "", &certificate, ""},
      {"1.2, RSA", TLS1_2_VERSION, "", &rsa, ""},
      {"1.2, AES-128-GCM", TLS1_2_VERSION, "ECDHE-ECDSA-AES128-GCM-SHA256", &certificate, ""},
      {"1.2, AES-256-GCM", TLS1_2_VERSION, "ECDHE-RSA-AES256-GCM-SHA384", &rsa, ""},
      {"1.2, ChaCha20", TLS1_2_VERSION, "ECDHE-ECDSA-CHACHA20-POLY1305", &certificate, ""},
      {"1.2, CBC", TLS1_2_VERSION, "ECDHE-ECDSA-AES128-SHA256:ECDHE-ECDSA-AES256-SHA", &certificate,
       "sslv3 alert handshake failure"},
      {"1.2, no forward secrecy", TLS1_2_VERSION, "AES128-GCM-SHA256", &rsa, "sslv3 alert handshake failure"},
      {"1.2, DHE", TLS1_2_VERSION, "DHE-RSA-AES128-GCM-SHA256", &rsa, "sslv3 alert handshake failure"},
      {"1.2, no certificate", TLS1_2_VERSION, "AECDH-AES128-SHA:ADH-AES128-GCM-SHA256", &rsa,
       "sslv3 alert handshake failure"},
      {"1.1", TLS1_1_VERSION, "DEFAULT:@SECLEVEL=0", &certificate, "tlsv1 alert protocol version"},
      {"1.0", TLS1_VERSION, "DEFAULT:@SECLEVEL=0", &certificate, "tlsv1 alert protocol version"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    TlsPeerOptions client;
    client.min_version = client.max_version = c.version;
    client.ciphers = c.ciphers;
    Connect(WithCertificate(*c.server), client);
    EXPECT_EQ(Handshake(), c.error.empty());
    EXPECT_EQ(peer->error(), c.error);
  }
}

// --- Certificates of clients ---

class ClientCertificateTest : public TlsTest {
 protected:
  TlsOptions Options(ClientCertificates mode) const {
    TlsOptions options = WithCertificate(certificate);
    options.client_certificates = mode;
    if (mode != ClientCertificates::kOff) options.client_ca_pem = root.pem;
    return options;
  }
  // With TLS 1.3 the client is done before the server has judged its certificate.
  bool IsTaken() {
    if (!Handshake()) {
      ExchangeUntil([&] { return !peer->Read().empty() || !peer->error().empty(); });
      EXPECT_TRUE(server->stream.handshaking()) << "until the client ends the connection";
      ::shutdown(peer_fd.get(), SHUT_WR);
      ExchangeUntil([&] { return server->status == IoStatus::kError; });
      EXPECT_FALSE(server->stream.handshaking());
      return false;
    }
    peer->Write("x");
    return ExchangeUntil([&] { return server->received == "x"; });
  }

  const TestCertificate root = MakeCertificate({"root", "", "", true, false, nullptr, 0});
  const TestCertificate other_root = MakeCertificate({"other root", "", "", true, false, nullptr, 0});
};

TEST_F(ClientCertificateTest, AreVerified) {
  const auto make = [&](CertificateSpec spec) {
    spec.common_name = "client";
    return MakeCertificate(spec);
  };
  const TestCertificate good = make({"", "", "clientAuth", false, false, &root, 0});
  const TestCertificate any_usage = make({"", "", "", false, false, &root, 0});
  const TestCertificate for_servers = make({"", "", "serverAuth", false, false, &root, 0});
  const TestCertificate expired = make({"", "", "clientAuth", false, true, &root, 0});
  const TestCertificate wrong_root = make({"", "", "clientAuth", false, false, &other_root, 0});
  const TestCertificate same_name = make({"", "", "clientAuth", false, false, nullptr, 0});
  struct Case {
    const char* name;
    const TestCertificate* shown;
    bool verifies;
    std::string alert;
  };
  const Case cases[] = {
      {"good", &good, true, ""},
      {"good, of any usage", &any_usage, true, ""},
      {"none", nullptr, false, "tlsv13 alert certificate required"},
      {"for servers", &for_servers, false, "unsupported certificate"},
      {"expired", &expired, false, "certificate expired"},
      {"of another root", &wrong_root, false, "unknown ca"},
      {"self-signed", &same_name, false, "unknown ca"},
  };
  for (const ClientCertificates mode :
       {ClientCertificates::kOff, ClientCertificates::kOptional, ClientCertificates::kRequired}) {
    for (const Case& c : cases) {
      for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        SCOPED_TRACE(std::string(c.name) + ", mode " + std::to_string(static_cast<int>(mode)) + ", " +
                     std::to_string(version));
        TlsPeerOptions client;
        client.max_version = version;
        client.certificate = c.shown;
        Connect(Options(mode), client);
        const bool absent = c.shown == nullptr && mode == ClientCertificates::kOptional;
        const bool taken = mode == ClientCertificates::kOff || absent || c.verifies;
        EXPECT_EQ(IsTaken(), taken) << peer->error();
        if (!taken) {
          EXPECT_EQ(server->status, IoStatus::kError);
          EXPECT_THAT(peer->error(),
                      HasSubstr(version == TLS1_2_VERSION && c.shown == nullptr ? "handshake failure" : c.alert));
        }
        const PeerCertificate* const seen = server->stream.peer_certificate();
        EXPECT_EQ(seen != nullptr, mode != ClientCertificates::kOff && c.verifies);
        if (seen != nullptr) {
          EXPECT_EQ(seen->common_name, "client");
        }
      }
    }
  }
}

TEST_F(ClientCertificateTest, WhatTheOptionNamesIsTrusted) {
  const TestCertificate leaf = MakeCertificate({"leaf", "", "clientAuth", false, false, nullptr, 0});
  const TestCertificate middle = MakeCertificate({"middle", "", "", true, false, &root, 0});
  const TestCertificate signed_by_middle = MakeCertificate({"one", "", "clientAuth", false, false, &middle, 0});
  const TestCertificate signed_by_root = MakeCertificate({"two", "", "clientAuth", false, false, &root, 0});
  const struct {
    const char* name;
    std::string trusted;
    const TestCertificate* shown;
    bool taken;
  } cases[] = {
      {"self-signed leaf", leaf.pem, &leaf, true},
      {"one of two", root.pem + leaf.pem, &leaf, true},
      {"the other of two", root.pem + leaf.pem, &signed_by_root, true},
      {"intermediate authority without its root", middle.pem, &signed_by_middle, true},
      {"sibling of the intermediate", middle.pem, &signed_by_root, false},
      {"leaf that another has signed", signed_by_middle.pem, &signed_by_middle, true},
      {"another leaf", leaf.pem, &signed_by_root, false},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    TlsOptions options = Options(ClientCertificates::kRequired);
    options.client_ca_pem = c.trusted;
    TlsPeerOptions client;
    client.certificate = c.shown;
    Connect(options, client);
    EXPECT_EQ(IsTaken(), c.taken) << peer->error();
  }
}

TEST_F(ClientCertificateTest, SaysWhoTheClientIs) {
  const TestCertificate shown = MakeCertificate(
      {"Gr\xc3\xbc\xc3\x9f", "DNS:a.example,URI:spiffe://example/a,IP:127.0.0.1,DNS:b.example,email:a@b.example", "",
       false, false, &root, 0});
  TlsPeerOptions client;
  client.certificate = &shown;
  Connect(Options(ClientCertificates::kRequired), client);
  ASSERT_TRUE(IsTaken()) << peer->error();
  const PeerCertificate& seen = *server->stream.peer_certificate();
  EXPECT_EQ(seen.common_name, "Gr\xc3\xbc\xc3\x9f");
  EXPECT_THAT(seen.dns_names, ElementsAre("a.example", "b.example"));
  EXPECT_THAT(seen.uris, ElementsAre("spiffe://example/a"));
  EXPECT_EQ(seen.der, test::Der(shown.pem));

  const TestCertificate nameless = MakeCertificate({"", "", "", false, false, &root, 0});
  client.certificate = &nameless;
  Connect(Options(ClientCertificates::kRequired), client);
  ASSERT_TRUE(IsTaken()) << peer->error();
  EXPECT_EQ(server->stream.peer_certificate()->common_name, "");
  EXPECT_THAT(server->stream.peer_certificate()->dns_names, IsEmpty());
}

// A certificate is verified anew with each connection, or it would be good past its time.
TEST_F(ClientCertificateTest, SessionsAreResumedOnlyWithoutThem) {
  const TestCertificate shown = MakeCertificate({"client", "", "clientAuth", false, false, &root, 0});
  for (const ClientCertificates mode :
       {ClientCertificates::kOff, ClientCertificates::kOptional, ClientCertificates::kRequired}) {
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
      SCOPED_TRACE(std::to_string(static_cast<int>(mode)) + ", " + std::to_string(version));
      const std::shared_ptr<const TlsContext> context = Context(Options(mode));
      TlsPeerOptions client;
      client.max_version = version;
      client.certificate = &shown;
      Connect(context, client, MakeUnixPair(), Loop::kReadBlockSize);
      ASSERT_TRUE(IsTaken()) << peer->error();
      Exchange();
      EXPECT_EQ(peer->Read(), "");  // the tickets of TLS 1.3
      SSL_SESSION* const session = SSL_get1_session(peer->ssl());
      peer->End();
      Exchange();
      Connect(context, client, MakeUnixPair(), Loop::kReadBlockSize);
      EXPECT_EQ(SSL_set_session(peer->ssl(), session), 1);
      SSL_SESSION_free(session);
      ASSERT_TRUE(IsTaken()) << peer->error();
      EXPECT_EQ(SSL_session_reused(peer->ssl()), mode == ClientCertificates::kOff ? 1 : 0);
      EXPECT_EQ(server->stream.peer_certificate() != nullptr, mode != ClientCertificates::kOff);
    }
  }
}

TEST(TlsContextHolderTest, GivesWhatWasSet) {
  const TestCertificate made = MakeCertificate({"a", "", "", false, false, nullptr, 0});
  TlsOptions options;
  options.certificate_chain_pem = made.pem;
  options.private_key_pem = made.key_pem;
  TlsContextHolder holder;
  EXPECT_EQ(holder.Get(), nullptr);
  const auto first = TlsContext::ForServer(options);
  const auto second = TlsContext::ForServer(options);
  ASSERT_TRUE(first.ok() && second.ok());
  holder.Set(*first);
  EXPECT_EQ(holder.Get(), *first);
  holder.Set(*second);
  EXPECT_EQ(holder.Get(), *second);
}

}  // namespace
}  // namespace connectrpc::net
