#ifndef CONNECTRPC_INTEROP_DIRECT_PEER_H_
#define CONNECTRPC_INTEROP_DIRECT_PEER_H_

#include <grpc/grpc.h>
#include <grpcpp/security/auth_context.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "connectrpc/tls.h"
#include "server/method_handler.h"

namespace connectrpc::interop {

// The client of a connection, as handlers that are called directly see it: its address, and what TLS knows of it by the
// names that gRPC's own TLS uses. Shared by the connection and its calls, which may outlive it. Immutable.
//
// Iterating over the properties finds none: gRPC's iterator knows contexts of gRPC core alone.
class DirectPeer final : public server::Kept, public grpc::AuthContext {
 public:
  // That of the call's connection, made with its first call.
  static std::shared_ptr<const DirectPeer> Of(server::Responder* responder);

  ~DirectPeer() override;

  // A call on no connection, which knows the address and takes cancellations: the context of a call without one crashes
  // on TryCancel. Lives as long as this object. Thread-safe.
  grpc_call* lame_call() const { return lame_call_; }

  // The certificate as metadata, by the names of call_info_metadata.h.
  using Fields = std::vector<std::pair<std::string_view, std::string_view>>;
  const Fields& certificate_fields() const { return certificate_fields_; }

  bool IsPeerAuthenticated() const override { return identity_ != nullptr; }
  std::vector<grpc::string_ref> GetPeerIdentity() const override;
  std::string GetPeerIdentityPropertyName() const override { return identity_ != nullptr ? identity_ : ""; }
  std::vector<grpc::string_ref> FindPropertyValues(const std::string& name) const override;
  grpc::AuthPropertyIterator begin() const override;
  grpc::AuthPropertyIterator end() const override;
  // For an AuthMetadataProcessor only: none runs.
  void AddProperty(const std::string&, const grpc::string_ref&) override {}
  bool SetPeerIdentityPropertyName(const std::string&) override { return false; }

 private:
  enum class Security { kNone, kTls };

  DirectPeer(std::string_view peer, Security security, const PeerCertificate* certificate);

  void AddCertificate();

  PeerCertificate certificate_;
  Fields certificate_fields_;  // of certificate_
  std::vector<std::pair<const char*, std::string>> properties_;
  const char* identity_ = nullptr;  // the name of the property that tells who the peer is
  grpc_channel* lame_channel_;
  grpc_call* lame_call_;
};

}  // namespace connectrpc::interop

#endif  // CONNECTRPC_INTEROP_DIRECT_PEER_H_
