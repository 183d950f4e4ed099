#include "interop/direct_peer.h"

#include <grpc/grpc_security_constants.h>
#include <grpc/slice.h>
#include <grpc/support/time.h>

#include "connectrpc/server.h"
#include "interop/call_info_metadata.h"
#include "interop/kept_call.h"
#include "wire/base64.h"

namespace connectrpc::interop {
namespace {

// An iterator that is its own end.
class NoProperties final : public grpc::AuthPropertyIterator {
 public:
  NoProperties() = default;
};

// As gRPC writes an address: in a URI the brackets of "ipv6:[::1]:5000" are escaped.
std::string PeerUri(std::string_view peer) {
  std::string uri;
  for (const char c : peer) {
    if (c == '[') {
      uri += "%5B";
    } else if (c == ']') {
      uri += "%5D";
    } else {
      uri += c;
    }
  }
  return uri;
}

std::string ToPem(std::string_view der) {
  constexpr size_t kLine = 64;
  std::string text = wire::EncodeBase64(der);
  text.append((4 - text.size() % 4) % 4, '=');
  std::string pem = "-----BEGIN CERTIFICATE-----\n";
  for (size_t at = 0; at < text.size(); at += kLine) pem.append(text, at, kLine).append("\n");
  return pem.append("-----END CERTIFICATE-----\n");
}

constexpr std::string_view kSpiffe = "spiffe://";

}  // namespace

std::shared_ptr<const DirectPeer> DirectPeer::Of(server::Responder* responder) {
  std::shared_ptr<server::Kept>* const kept = responder->kept_by_connection();
  if (kept != nullptr && KeptAs<DirectPeer>(kept->get()) != nullptr) {
    return std::static_pointer_cast<const DirectPeer>(*kept);
  }
  const CallHead& head = responder->head();
  const Security security = responder->options().tls.enabled() ? Security::kTls : Security::kNone;
  std::shared_ptr<DirectPeer> peer(new DirectPeer(head.peer, security, head.certificate));
  if (kept != nullptr) *kept = peer;
  return peer;
}

DirectPeer::DirectPeer(std::string_view peer, Security security, const PeerCertificate* certificate) {
  const bool tls = security == Security::kTls;
  properties_.emplace_back(GRPC_TRANSPORT_SECURITY_TYPE_PROPERTY_NAME,
                           tls ? GRPC_SSL_TRANSPORT_SECURITY_TYPE : "insecure");
  properties_.emplace_back(GRPC_TRANSPORT_SECURITY_LEVEL_PROPERTY_NAME,
                           tls ? "TSI_PRIVACY_AND_INTEGRITY" : "TSI_SECURITY_NONE");
  if (certificate != nullptr) {
    certificate_ = *certificate;
    AddCertificate();
  }
  grpc_init();
  lame_channel_ = grpc_lame_client_channel_create(PeerUri(peer).c_str(), GRPC_STATUS_UNAVAILABLE, "");
  lame_call_ = grpc_channel_create_call(lame_channel_, nullptr, GRPC_PROPAGATE_DEFAULTS, nullptr,
                                        grpc_slice_from_static_string("/"), nullptr, gpr_inf_future(GPR_CLOCK_REALTIME),
                                        nullptr);
}

DirectPeer::~DirectPeer() {
  grpc_call_unref(lame_call_);
  grpc_channel_destroy(lame_channel_);
  grpc_shutdown();
}

void DirectPeer::AddCertificate() {
  const PeerCertificate& certificate = certificate_;
  ForEachCertificateField(kCallInfoNames, certificate, [this](std::string_view name, std::string_view value) {
    certificate_fields_.emplace_back(name, value);
  });

  properties_.emplace_back(GRPC_X509_PEM_CERT_PROPERTY_NAME, ToPem(certificate.der));
  if (!certificate.common_name.empty()) {
    properties_.emplace_back(GRPC_X509_CN_PROPERTY_NAME, certificate.common_name);
    identity_ = GRPC_X509_CN_PROPERTY_NAME;
  }
  for (const std::string& name : certificate.dns_names) {
    properties_.emplace_back(GRPC_X509_SAN_PROPERTY_NAME, name);
    properties_.emplace_back(GRPC_PEER_DNS_PROPERTY_NAME, name);
    identity_ = GRPC_X509_SAN_PROPERTY_NAME;
  }
  for (const std::string& uri : certificate.uris) {
    properties_.emplace_back(GRPC_X509_SAN_PROPERTY_NAME, uri);
    properties_.emplace_back(GRPC_PEER_URI_PROPERTY_NAME, uri);
    identity_ = GRPC_X509_SAN_PROPERTY_NAME;
  }
  // A SPIFFE id is the only URI of its certificate (SPIFFE X.509-SVID, section 2).
  if (certificate.uris.size() == 1 && certificate.uris[0].compare(0, kSpiffe.size(), kSpiffe) == 0) {
    properties_.emplace_back(GRPC_PEER_SPIFFE_ID_PROPERTY_NAME, certificate.uris[0]);
  }
}

std::vector<grpc::string_ref> DirectPeer::GetPeerIdentity() const {
  if (identity_ == nullptr) return {};
  return FindPropertyValues(identity_);
}

std::vector<grpc::string_ref> DirectPeer::FindPropertyValues(const std::string& name) const {
  std::vector<grpc::string_ref> values;
  for (const auto& [key, value] : properties_) {
    if (key == name) values.emplace_back(value);
  }
  return values;
}

grpc::AuthPropertyIterator DirectPeer::begin() const {
  return NoProperties();
}

grpc::AuthPropertyIterator DirectPeer::end() const {
  return NoProperties();
}

}  // namespace connectrpc::interop
