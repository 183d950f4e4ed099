#include "support/test_certificate.h"

#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "net/openssl_handles.h"

namespace connectrpc::test {
namespace {

using net::BioPtr;
using net::KeyPtr;
using net::X509Ptr;

std::string Contents(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);  // NOLINT: OpenSSL's type
  return {data, static_cast<size_t>(size)};
}

X509Ptr ReadCertificate(std::string_view pem) {
  const BioPtr bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  return X509Ptr(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
}

KeyPtr ReadKey(const std::string& pem) {
  const BioPtr bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  return KeyPtr(PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr));
}

std::string WriteKey(EVP_PKEY* key, const EVP_CIPHER* cipher) {
  const BioPtr bio(BIO_new(BIO_s_mem()));
  char passphrase[] = "passphrase";
  EXPECT_EQ(PEM_write_bio_PKCS8PrivateKey(bio.get(), key, cipher, cipher != nullptr ? passphrase : nullptr,
                                          cipher != nullptr ? sizeof(passphrase) - 1 : 0, nullptr, nullptr),
            1);
  return Contents(bio.get());
}

void AddExtension(X509* certificate, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* const extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str());
  ASSERT_NE(extension, nullptr) << value;
  EXPECT_EQ(X509_add_ext(certificate, extension, -1), 1);
  X509_EXTENSION_free(extension);
}

}  // namespace

TestCertificate MakeCertificate(const CertificateSpec& spec) {
  const KeyPtr key(spec.rsa_bits > 0 ? EVP_RSA_gen(static_cast<unsigned>(spec.rsa_bits)) : EVP_EC_gen("P-256"));
  const X509Ptr certificate(X509_new());
  X509* const x509 = certificate.get();
  X509_set_version(x509, X509_VERSION_3);
  BIGNUM* serial = BN_new();
  BN_rand(serial, 64, BN_RAND_TOP_ANY, BN_RAND_BOTTOM_ANY);
  BN_to_ASN1_INTEGER(serial, X509_get_serialNumber(x509));
  BN_free(serial);
  constexpr long kDay = 24 * 60 * 60;  // NOLINT: OpenSSL's type
  X509_gmtime_adj(X509_getm_notBefore(x509), spec.not_yet_valid ? kDay : -30 * kDay);
  X509_gmtime_adj(X509_getm_notAfter(x509), spec.expired ? -kDay : 30 * kDay);
  X509_set_pubkey(x509, key.get());
  X509_NAME* const subject = X509_get_subject_name(x509);
  const auto* name = reinterpret_cast<const unsigned char*>(spec.common_name.data());
  X509_NAME_add_entry_by_NID(subject, NID_commonName, MBSTRING_UTF8, name, static_cast<int>(spec.common_name.size()),
                             -1, 0);
  AddExtension(x509, NID_basic_constraints, spec.authority ? "critical,CA:TRUE" : "critical,CA:FALSE");
  AddExtension(x509, NID_key_usage, spec.authority ? "keyCertSign" : "digitalSignature");
  if (!spec.usage.empty()) AddExtension(x509, NID_ext_key_usage, spec.usage);
  if (!spec.alternative_names.empty()) AddExtension(x509, NID_subject_alt_name, spec.alternative_names);
  if (spec.issuer != nullptr) {
    X509_set_issuer_name(x509, X509_get_subject_name(ReadCertificate(spec.issuer->pem).get()));
    EXPECT_GT(X509_sign(x509, ReadKey(spec.issuer->key_pem).get(), EVP_sha256()), 0);
  } else {
    X509_set_issuer_name(x509, subject);
    EXPECT_GT(X509_sign(x509, key.get(), EVP_sha256()), 0);
  }
  const BioPtr bio(BIO_new(BIO_s_mem()));
  EXPECT_EQ(PEM_write_bio_X509(bio.get(), x509), 1);
  return {Contents(bio.get()), WriteKey(key.get(), nullptr)};
}

std::string EncryptedKey(const std::string& key_pem) {
  return WriteKey(ReadKey(key_pem).get(), EVP_aes_128_cbc());
}

std::string Der(std::string_view pem) {
  const X509Ptr certificate = ReadCertificate(pem);
  unsigned char* der = nullptr;
  const int size = i2d_X509(certificate.get(), &der);
  std::string bytes(reinterpret_cast<const char*>(der), static_cast<size_t>(size));
  OPENSSL_free(der);
  return bytes;
}

}  // namespace connectrpc::test
