#include "net/tls_context.h"

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "net/openssl_handles.h"
#include "net/tls_pem.h"

namespace connectrpc::net {
namespace {

using ClientCertificates = TlsOptions::ClientCertificates;

// Of TLS 1.2: the others are on the list of RFC 9113 appendix A. Those of 1.3 are all good.
constexpr char kCiphers[] =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"
    "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";
constexpr char kGroups[] = "X25519:P-256:P-384";
constexpr int kMaxVerifyDepth = 5;
constexpr unsigned char kSessionIdContext[] = "connectrpc";
// By preference.
constexpr std::string_view kProtocols[] = {"h2", "http/1.1"};

// RFC 7301: each offer is a byte for its length, and the name. OpenSSL has checked the lengths. An offer without
// overlap ends the handshake, or the connection could be confused with one of another protocol (ALPACA).
int SelectProtocol(SSL*, const unsigned char** selected, unsigned char* selected_size, const unsigned char* offers,
                   unsigned int offers_size, void*) {
  for (const std::string_view protocol : kProtocols) {
    std::string_view rest(reinterpret_cast<const char*>(offers), offers_size);
    while (!rest.empty()) {
      const std::string_view offer = rest.substr(1, static_cast<unsigned char>(rest.front()));
      if (offer == protocol) {
        *selected = reinterpret_cast<const unsigned char*>(offer.data());
        *selected_size = static_cast<unsigned char>(offer.size());
        return SSL_TLSEXT_ERR_OK;
      }
      rest.remove_prefix(1 + offer.size());
    }
  }
  return SSL_TLSEXT_ERR_ALERT_FATAL;
}

absl::Status Failed(std::string_view what) {
  return absl::InternalError("TLS: cannot set " + std::string(what) + ": " + TakeOpenSslError());
}

// Of both roles.
absl::Status SetParameters(SSL_CTX* context) {
  SSL_CTX_set_security_level(context, 2);
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  // SSL_OP_IGNORE_UNEXPECTED_EOF stays off: an end without close_notify may be an attacker's.
  SSL_CTX_clear_options(context, SSL_OP_IGNORE_UNEXPECTED_EOF | SSL_OP_LEGACY_SERVER_CONNECT);
  SSL_CTX_set_mode(context,
                   SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  // One system call reads a record, or many short ones, rather than first its header.
  SSL_CTX_set_read_ahead(context, 1);
  // Resumption by tickets only, which cost no memory here.
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  if (SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) != 1) return Failed("versions");
  if (SSL_CTX_set_cipher_list(context, kCiphers) != 1) return Failed("ciphers");
  if (SSL_CTX_set1_groups_list(context, kGroups) != 1) return Failed("groups");
  SSL_CTX_set_verify_depth(context, kMaxVerifyDepth);
  return absl::OkStatus();
}

absl::Status SetServerParameters(SSL_CTX* context) {
  SSL_CTX_set_max_early_data(context, 0);
  // Without it OpenSSL ends the connection of a client that wants to resume, where certificates are asked for.
  if (SSL_CTX_set_session_id_context(context, kSessionIdContext, sizeof(kSessionIdContext) - 1) != 1) {
    return Failed("the session id context");
  }
  SSL_CTX_set_alpn_select_cb(context, SelectProtocol, nullptr);
  return absl::OkStatus();
}

absl::Status SetCertificate(const PemSource& chain_source, const PemSource& key_source, SSL_CTX* context) {
  const absl::StatusOr<std::vector<X509Ptr>> chain = ReadCertificates(chain_source);
  if (!chain.ok()) return chain.status();
  const absl::StatusOr<KeyPtr> key = ReadPrivateKey(key_source);
  if (!key.ok()) return key.status();
  const auto refused = [](const PemSource& source) {
    return absl::InvalidArgumentError(source.Name() + ": " + TakeOpenSslError());
  };
  X509* const leaf = chain->front().get();
  if (SSL_CTX_use_certificate(context, leaf) != 1) return refused(chain_source);
  if (X509_check_private_key(leaf, key->get()) != 1) {
    ERR_clear_error();
    return absl::InvalidArgumentError(key_source.Name() + " does not belong to the first certificate of " +
                                      chain_source.Name());
  }
  if (SSL_CTX_use_PrivateKey(context, key->get()) != 1) return refused(key_source);
  for (size_t i = 1; i < chain->size(); ++i) {
    if (SSL_CTX_add1_chain_cert(context, (*chain)[i].get()) != 1) return refused(chain_source);
  }
  return absl::OkStatus();
}

enum class NameToClients { kNo, kYes };

// What the option names is trusted, whether or not it is a root: an intermediate authority, or a single peer.
absl::Status Trust(const PemSource& source, NameToClients name_to_clients, SSL_CTX* context) {
  const absl::StatusOr<std::vector<X509Ptr>> roots = ReadCertificates(source);
  if (!roots.ok()) return roots.status();
  X509_STORE* const store = SSL_CTX_get_cert_store(context);
  for (const X509Ptr& root : *roots) {
    if (X509_STORE_add_cert(store, root.get()) != 1 ||
        (name_to_clients == NameToClients::kYes && SSL_CTX_add_client_CA(context, root.get()) != 1)) {
      return absl::InvalidArgumentError(source.Name() + ": " + TakeOpenSslError());
    }
  }
  if (X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(context), X509_V_FLAG_PARTIAL_CHAIN) != 1) {
    return Failed("what certificates are verified with");
  }
  return absl::OkStatus();
}

absl::Status SetClientVerification(const TlsOptions& options, SSL_CTX* context) {
  const PemSource source{"client_ca", options.client_ca_pem, options.client_ca_file};
  if (options.client_certificates == ClientCertificates::kOff) {
    if (source.empty()) return absl::OkStatus();
    return absl::InvalidArgumentError(source.Name() + " is set, but client_certificates is kOff: nothing is verified");
  }
  if (absl::Status status = Trust(source, NameToClients::kYes, context); !status.ok()) return status;
  if (X509_VERIFY_PARAM_set_purpose(SSL_CTX_get0_param(context), X509_PURPOSE_SSL_CLIENT) != 1) {
    return Failed("what client certificates are verified for");
  }
  // A ticket would carry a certificate past its time: each resumption brings a new ticket, and verifies nothing.
  SSL_CTX_set_options(context, SSL_OP_NO_TICKET);
  if (SSL_CTX_set_num_tickets(context, 0) != 1) return Failed("the number of tickets");
  const bool required = options.client_certificates == ClientCertificates::kRequired;
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER | (required ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0), nullptr);
  return absl::OkStatus();
}

absl::Status SetServerCertificate(const TlsOptions& options, SSL_CTX* context) {
  return SetCertificate({"certificate_chain", options.certificate_chain_pem, options.certificate_chain_file},
                        {"private_key", options.private_key_pem, options.private_key_file}, context);
}

absl::Status SetOwnCertificate(const ClientTlsOptions& options, SSL_CTX* context) {
  const PemSource chain{"certificate_chain", options.certificate_chain_pem, options.certificate_chain_file};
  const PemSource key{"private_key", options.private_key_pem, options.private_key_file};
  return chain.empty() && key.empty() ? absl::OkStatus() : SetCertificate(chain, key, context);
}

absl::Status SetServerVerification(const ClientTlsOptions& options, SSL_CTX* context) {
  const PemSource source{"ca", options.ca_pem, options.ca_file};
  if (options.insecure_skip_verification) {
    if (source.empty()) return absl::OkStatus();
    return absl::InvalidArgumentError(source.Name() + " and insecure_skip_verification are both set");
  }
  if (!source.empty()) {
    if (absl::Status status = Trust(source, NameToClients::kNo, context); !status.ok()) return status;
  } else if (SSL_CTX_set_default_verify_paths(context) != 1) {
    return Failed("the system's roots");
  }
  if (X509_VERIFY_PARAM_set_purpose(SSL_CTX_get0_param(context), X509_PURPOSE_SSL_SERVER) != 1) {
    return Failed("what certificates of servers are verified for");
  }
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::shared_ptr<const TlsContext>> TlsContext::ForServer(const TlsOptions& options) {
  ERR_clear_error();
  SslContextPtr context(SSL_CTX_new(TLS_server_method()));
  if (context == nullptr) return Failed("a context");
  for (const absl::Status& status :
       {SetParameters(context.get()), SetServerParameters(context.get()), SetServerCertificate(options, context.get()),
        SetClientVerification(options, context.get())}) {
    if (!status.ok()) return status;
  }
  return std::shared_ptr<const TlsContext>(new TlsContext(context.release()));
}

absl::StatusOr<std::shared_ptr<const TlsContext>> TlsContext::ForClient(const ClientTlsOptions& options) {
  ERR_clear_error();
  SslContextPtr context(SSL_CTX_new(TLS_client_method()));
  if (context == nullptr) return Failed("a context");
  for (const absl::Status& status : {SetParameters(context.get()), SetOwnCertificate(options, context.get()),
                                     SetServerVerification(options, context.get())}) {
    if (!status.ok()) return status;
  }
  // Nothing is resumed.
  SSL_CTX_set_options(context.get(), SSL_OP_NO_TICKET);
  ERR_clear_error();  // the system may have no roots; then nothing verifies
  return std::shared_ptr<const TlsContext>(new TlsContext(context.release()));
}

TlsContext::~TlsContext() {
  SSL_CTX_free(context_);
}

}  // namespace connectrpc::net
