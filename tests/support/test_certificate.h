#ifndef CONNECTRPC_TESTS_SUPPORT_TEST_CERTIFICATE_H_
#define CONNECTRPC_TESTS_SUPPORT_TEST_CERTIFICATE_H_

#include <string>
#include <string_view>

namespace connectrpc::test {

struct TestCertificate {
  std::string pem;
  std::string key_pem;
};

struct CertificateSpec {
  std::string common_name;
  std::string alternative_names;            // as OpenSSL writes them: "DNS:a.example,IP:127.0.0.1,URI:spiffe://a/b"
  std::string usage;                        // extended key usage: "serverAuth", "clientAuth", or none
  bool authority = false;                   // may sign others
  bool expired = false;                     // yesterday
  const TestCertificate* issuer = nullptr;  // null: signs itself
  int rsa_bits = 0;                         // 0: a key on P-256
  bool not_yet_valid = false;               // tomorrow
};

// Made on the spot, with a new key.
TestCertificate MakeCertificate(const CertificateSpec& spec);

// The key under a passphrase.
std::string EncryptedKey(const std::string& key_pem);

// The certificate itself, out of PEM.
std::string Der(std::string_view pem);

}  // namespace connectrpc::test

#endif  // CONNECTRPC_TESTS_SUPPORT_TEST_CERTIFICATE_H_
