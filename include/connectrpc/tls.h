#ifndef CONNECTRPC_TLS_H_
#define CONNECTRPC_TLS_H_

#include <string>
#include <vector>

namespace connectrpc {

// TLS of a server, on OpenSSL: version 1.2 with ECDHE and AEAD ciphers, and 1.3; HTTP/2 and HTTP/1.1 by ALPN. No
// renegotiation, compression or early data.
struct TlsOptions {
  enum class ClientCertificates {
    kOff,       // not asked for
    kOptional,  // asked for; one that does not verify ends the handshake, none does not
    kRequired,  // none, or one that does not verify, ends the handshake
  };

  // PEM texts, or the files that hold them; of each pair at most one is set. TLS is on when there is a certificate.
  // The chain begins with the server's own certificate. Files are read at the start and by HttpServer::ReloadTls.
  std::string certificate_chain_pem;
  std::string certificate_chain_file;
  std::string private_key_pem;
  std::string private_key_file;

  // What certificates of clients are verified with; they need the extended key usage clientAuth, where they name any.
  ClientCertificates client_certificates = ClientCertificates::kOff;
  std::string client_ca_pem;
  std::string client_ca_file;

  bool enabled() const { return !certificate_chain_pem.empty() || !certificate_chain_file.empty(); }
};

// TLS of a client: the same versions and ciphers. The server's certificate must verify and carry the name that the URL
// has as its host, or the IP address, as a subject alternative name.
struct ClientTlsOptions {
  // What servers are verified with, PEM; at most one is set. Neither: the system's roots. A server's own certificate
  // may stand here as well.
  std::string ca_pem;
  std::string ca_file;

  // The client's own certificate, for servers that ask for one: as in TlsOptions, both or neither.
  std::string certificate_chain_pem;
  std::string certificate_chain_file;
  std::string private_key_pem;
  std::string private_key_file;

  // The name that is asked for (SNI) and verified in place of the URL's host.
  std::string server_name;

  // Takes any certificate of anybody: whoever stands on the way reads and changes everything. For experiments.
  bool insecure_skip_verification = false;
};

// What a verified client certificate says about its holder.
struct PeerCertificate {
  std::string common_name;             // of the subject; empty if it has none
  std::vector<std::string> dns_names;  // subject alternative names
  std::vector<std::string> uris;       // the same: SPIFFE ids, for one
  std::string der;                     // the certificate itself
};

}  // namespace connectrpc

#endif  // CONNECTRPC_TLS_H_
