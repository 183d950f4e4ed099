#include "net/tls_failure.h"

#include <openssl/ssl.h>
#include <openssl/sslerr.h>

namespace connectrpc::net {
namespace {

std::string DescribeVerification(long result, const std::string& server_name) {  // NOLINT: OpenSSL's type
  const std::string words = X509_verify_cert_error_string(result);
  switch (result) {
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return "certificate is not valid for '" + server_name + "'";
    case X509_V_ERR_INVALID_PURPOSE:
      return "certificate is not for servers: " + words;
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
      return "certificate is not from a trusted authority: " + words;
    case X509_V_ERR_CERT_HAS_EXPIRED:
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return words;
    default:
      return "certificate is not acceptable: " + words;
  }
}

}  // namespace

std::string DescribeTlsFailure(const SSL* ssl, const std::string& server_name) {
  const unsigned long error = ERR_peek_error();  // NOLINT: OpenSSL's type
  if (error == 0) return "the connection was lost";
  const int reason = ERR_GET_LIB(error) == ERR_LIB_SSL ? ERR_GET_REASON(error) : 0;
  if (reason == SSL_R_CERTIFICATE_VERIFY_FAILED) return DescribeVerification(SSL_get_verify_result(ssl), server_name);
  if (reason == SSL_R_UNEXPECTED_EOF_WHILE_READING) return "the server has ended the connection";
  const char* const words = ERR_reason_error_string(error);
  const std::string in_words = words != nullptr ? words : "unknown error";
  // What comes as an alert has its number plus this.
  if (reason > SSL_AD_REASON_OFFSET) return "the server has refused: " + in_words;
  if (reason == SSL_R_WRONG_VERSION_NUMBER || reason == SSL_R_HTTP_REQUEST || reason == SSL_R_PACKET_LENGTH_TOO_LONG) {
    return "the server does not speak TLS: " + in_words;
  }
  return in_words;
}

}  // namespace connectrpc::net
