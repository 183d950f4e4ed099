#include "support/tls_peer.h"

#include <gtest/gtest.h>
#include <openssl/pem.h>

namespace connectrpc::test {
namespace {

net::BioPtr Memory(std::string_view bytes) {
  return net::BioPtr(BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size())));
}

void UseCertificate(const TestCertificate& certificate, SSL_CTX* context) {
  const net::X509Ptr x509(PEM_read_bio_X509(Memory(certificate.pem).get(), nullptr, nullptr, nullptr));
  const net::KeyPtr key(PEM_read_bio_PrivateKey(Memory(certificate.key_pem).get(), nullptr, nullptr, nullptr));
  EXPECT_EQ(SSL_CTX_use_certificate(context, x509.get()), 1);
  EXPECT_EQ(SSL_CTX_use_PrivateKey(context, key.get()), 1);
}

}  // namespace

TlsPeer::TlsPeer(const TlsPeerOptions& options) {
  const net::SslContextPtr context(SSL_CTX_new(TLS_client_method()));
  // Old versions and ciphers are there to be refused by the server, not by the client.
  SSL_CTX_set_security_level(context.get(), 0);
  EXPECT_EQ(SSL_CTX_set_min_proto_version(context.get(), options.min_version), 1);
  EXPECT_EQ(SSL_CTX_set_max_proto_version(context.get(), options.max_version), 1);
  if (!options.ciphers.empty()) {
    EXPECT_EQ(SSL_CTX_set_cipher_list(context.get(), options.ciphers.c_str()), 1);
  }
  if (options.certificate != nullptr) UseCertificate(*options.certificate, context.get());
  if (!options.root_pem.empty()) {
    const net::X509Ptr root(PEM_read_bio_X509(Memory(options.root_pem).get(), nullptr, nullptr, nullptr));
    EXPECT_EQ(X509_STORE_add_cert(SSL_CTX_get_cert_store(context.get()), root.get()), 1);
    SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  }
  ssl_.reset(SSL_new(context.get()));
  if (!options.address.empty()) {
    EXPECT_EQ(X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl_.get()), options.address.c_str()), 1);
  }
  std::string offers;
  for (const std::string& protocol : options.alpn) offers += static_cast<char>(protocol.size()) + protocol;
  if (!offers.empty()) {
    EXPECT_EQ(SSL_set_alpn_protos(ssl_.get(), reinterpret_cast<const unsigned char*>(offers.data()),
                                  static_cast<unsigned>(offers.size())),
              0);
  }
  SSL_set_bio(ssl_.get(), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
  SSL_set_connect_state(ssl_.get());
}

void TlsPeer::Feed(std::string_view bytes) {
  size_t written = 0;
  if (!bytes.empty()) {
    EXPECT_EQ(BIO_write_ex(SSL_get_rbio(ssl_.get()), bytes.data(), bytes.size(), &written), 1);
  }
}

std::string TlsPeer::TakeOutput() {
  BIO* const bio = SSL_get_wbio(ssl_.get());
  std::string bytes(BIO_ctrl_pending(bio), '\0');
  if (!bytes.empty()) {
    EXPECT_EQ(BIO_read(bio, bytes.data(), static_cast<int>(bytes.size())), static_cast<int>(bytes.size()));
  }
  return bytes;
}

bool TlsPeer::Succeeded(int result) {
  if (result == 1) return true;
  switch (SSL_get_error(ssl_.get(), result)) {
    case SSL_ERROR_WANT_READ:
      break;
    case SSL_ERROR_ZERO_RETURN:
      ended_ = true;
      break;
    default:
      if (error_.empty()) error_ = net::TakeOpenSslError();
  }
  ERR_clear_error();
  return false;
}

bool TlsPeer::Handshake() {
  ERR_clear_error();
  return Succeeded(SSL_do_handshake(ssl_.get()));
}

std::string TlsPeer::Read() {
  std::string bytes;
  char buffer[16 * 1024];
  size_t read = 0;
  for (;;) {
    ERR_clear_error();
    if (!Succeeded(SSL_read_ex(ssl_.get(), buffer, sizeof(buffer), &read))) return bytes;
    bytes.append(buffer, read);
  }
}

void TlsPeer::Write(std::string_view plain) {
  size_t written = 0;
  ERR_clear_error();
  EXPECT_EQ(SSL_write_ex(ssl_.get(), plain.data(), plain.size(), &written), 1) << net::TakeOpenSslError();
  EXPECT_EQ(written, plain.size());
}

void TlsPeer::End() {
  SSL_shutdown(ssl_.get());
  ERR_clear_error();
}

void TlsPeer::UpdateKey() {
  EXPECT_EQ(SSL_key_update(ssl_.get(), SSL_KEY_UPDATE_REQUESTED), 1);
  Handshake();
}

std::string TlsPeer::alpn() const {
  const unsigned char* protocol = nullptr;
  unsigned int size = 0;
  SSL_get0_alpn_selected(ssl_.get(), &protocol, &size);
  return {reinterpret_cast<const char*>(protocol), size};
}

std::string TlsPeer::server_name() const {
  const X509* const certificate = SSL_get0_peer_certificate(ssl_.get());
  if (certificate == nullptr) return {};
  char name[256] = {};
  X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, name, sizeof(name));
  return name;
}

}  // namespace connectrpc::test
