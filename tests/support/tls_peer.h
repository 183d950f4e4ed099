#ifndef CONNECTRPC_TESTS_SUPPORT_TLS_PEER_H_
#define CONNECTRPC_TESTS_SUPPORT_TLS_PEER_H_

#include <string>
#include <string_view>
#include <vector>

#include "net/openssl_handles.h"
#include "support/test_certificate.h"

namespace connectrpc::test {

struct TlsPeerOptions {
  std::vector<std::string> alpn;
  int min_version = 0;  // OpenSSL's numbers; 0: its default
  int max_version = 0;
  std::string ciphers;                           // of TLS 1.2 and below
  std::string root_pem;                          // verifies the server; none: takes any
  std::string address;                           // an IP address that the server's certificate must have
  const TestCertificate* certificate = nullptr;  // of the client
};

// OpenSSL's client without a connection: bytes in, bytes out.
class TlsPeer final {
 public:
  explicit TlsPeer(const TlsPeerOptions& options = {});

  // What came from the server.
  void Feed(std::string_view bytes);
  // What goes to it.
  std::string TakeOutput();

  // True once it is over; call again after more input.
  bool Handshake();
  // What was decrypted by now.
  std::string Read();
  void Write(std::string_view plain);
  // close_notify.
  void End();
  // Wants the server to change its key as well.
  void UpdateKey();

  std::string alpn() const;
  std::string version() const { return SSL_get_version(ssl_.get()); }
  std::string cipher() const { return SSL_get_cipher_name(ssl_.get()); }
  std::string server_name() const;  // the common name of its certificate
  // close_notify has come.
  bool ended() const { return ended_; }
  // What went wrong, in OpenSSL's words, an alert of the server for one; empty: nothing.
  const std::string& error() const { return error_; }
  SSL* ssl() { return ssl_.get(); }

 private:
  // False if the call has to be repeated after more input, or failed.
  bool Succeeded(int result);

  net::SslPtr ssl_;
  bool ended_ = false;
  std::string error_;
};

}  // namespace connectrpc::test

#endif  // CONNECTRPC_TESTS_SUPPORT_TLS_PEER_H_
