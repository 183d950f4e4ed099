#include "net/peer_certificate.h"

#include <string>

#include "net/openssl_handles.h"

namespace connectrpc::net {
namespace {

std::string Bytes(const ASN1_STRING* string) {
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(string)),
          static_cast<size_t>(ASN1_STRING_length(string))};
}

// A NUL inside would let "a.example\0.b.example" pass for "a.example" with whoever takes it for a C string.
bool IsClean(const std::string& name) {
  return !name.empty() && name.find('\0') == std::string::npos;
}

// The last one, which is the most specific.
std::string CommonName(const X509* certificate) {
  const X509_NAME* const subject = X509_get_subject_name(certificate);
  int index = -1;
  for (int next = -1; (next = X509_NAME_get_index_by_NID(subject, NID_commonName, next)) >= 0;) index = next;
  if (index < 0) return {};
  unsigned char* utf8 = nullptr;
  const int size = ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, index)));
  if (size < 0) return {};
  std::string name(reinterpret_cast<const char*>(utf8), static_cast<size_t>(size));
  OPENSSL_free(utf8);
  return IsClean(name) ? name : std::string();
}

void AddAlternativeNames(const X509* certificate, PeerCertificate* result) {
  const GeneralNamesPtr names(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  const int count = names != nullptr ? sk_GENERAL_NAME_num(names.get()) : 0;
  for (int i = 0; i < count; ++i) {
    const GENERAL_NAME* const name = sk_GENERAL_NAME_value(names.get(), i);
    if (name->type != GEN_DNS && name->type != GEN_URI) continue;
    std::string text = Bytes(name->d.ia5);
    if (!IsClean(text)) continue;
    (name->type == GEN_DNS ? result->dns_names : result->uris).push_back(std::move(text));
  }
}

std::string Der(const X509* certificate) {
  unsigned char* der = nullptr;
  const int size = i2d_X509(certificate, &der);
  if (size < 0) return {};
  std::string bytes(reinterpret_cast<const char*>(der), static_cast<size_t>(size));
  OPENSSL_free(der);
  return bytes;
}

}  // namespace

std::unique_ptr<PeerCertificate> VerifiedPeerCertificate(ssl_st* ssl) {
  const X509* const certificate = SSL_get0_peer_certificate(ssl);
  // Without verification (client_certificates off) none is asked for; this is for a peer that sends one all the same.
  const bool verified = SSL_get_verify_mode(ssl) != SSL_VERIFY_NONE && SSL_get_verify_result(ssl) == X509_V_OK;
  if (certificate == nullptr || !verified) return nullptr;
  auto result = std::make_unique<PeerCertificate>();
  result->common_name = CommonName(certificate);
  AddAlternativeNames(certificate, result.get());
  result->der = Der(certificate);
  ERR_clear_error();
  return result;
}

}  // namespace connectrpc::net
