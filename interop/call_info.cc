#include "connectrpc/interop/call_info.h"

#include <grpc/grpc_security_constants.h>
#include <grpcpp/security/auth_context.h>
#include <grpcpp/support/string_ref.h>

#include <map>
#include <string_view>
#include <utility>

#include "interop/call_info_metadata.h"
#include "interop/direct_peer.h"

namespace connectrpc {
namespace {

using Metadata = std::multimap<grpc::string_ref, grpc::string_ref>;

std::vector<std::string> All(const Metadata& metadata, const char* name) {
  std::vector<std::string> values;
  const auto range = metadata.equal_range(name);
  for (auto it = range.first; it != range.second; ++it) values.emplace_back(it->second.data(), it->second.size());
  return values;
}

std::optional<std::string> One(const Metadata& metadata, const char* name) {
  const auto it = metadata.find(name);
  if (it == metadata.end()) return std::nullopt;
  return std::string(it->second.data(), it->second.size());
}

std::optional<Protocol> ParseProtocol(std::string_view name) {
  for (const Protocol protocol : {Protocol::kConnect, Protocol::kGrpc, Protocol::kGrpcWeb}) {
    if (name == ProtocolName(protocol)) return protocol;
  }
  return std::nullopt;
}

std::optional<PeerCertificate> ReadCertificate(const Metadata& metadata) {
  std::optional<std::string> der = One(metadata, interop::kCertificateKey);
  if (!der.has_value()) return std::nullopt;
  PeerCertificate certificate;
  certificate.der = *std::move(der);
  certificate.common_name = One(metadata, interop::kCommonNameKey).value_or("");
  certificate.dns_names = All(metadata, interop::kDnsNameKey);
  certificate.uris = All(metadata, interop::kUriKey);
  return certificate;
}

// Whether the front end calls the handler directly.
bool IsDirect(const grpc::ServerContextBase& context) {
  return dynamic_cast<const interop::DirectPeer*>(context.auth_context().get()) != nullptr;
}

// Whether the call came over a channel within this program. gRPC has no word for it, so both what a transport says of
// the peer and what its security says are looked at: a socket has an address ("ipv4:", "ipv6:", "unix:", "fd:"), and
// every port, an insecure one as well, names its security. An in-process channel has neither.
bool IsInProcess(const grpc::ServerContextBase& context) {
  const std::string peer = context.peer();
  // gRPC 1.51 finds no peer there and says so; later versions name the channel.
  if (peer != "unknown" && peer.compare(0, 6, "inproc") != 0) return false;
  const auto security = context.auth_context();
  return security == nullptr || security->FindPropertyValues(GRPC_TRANSPORT_SECURITY_TYPE_PROPERTY_NAME).empty();
}

}  // namespace

std::optional<CallInfo> CallInfo::From(const grpc::ServerContextBase& context) {
  if (!IsDirect(context) && !IsInProcess(context)) return std::nullopt;
  return FromTrustedPeer(context);
}

std::optional<CallInfo> CallInfo::FromTrustedPeer(const grpc::ServerContextBase& context) {
  const Metadata& metadata = context.client_metadata();
  const std::optional<Protocol> protocol = ParseProtocol(One(metadata, interop::kProtocolKey).value_or(""));
  if (!protocol.has_value()) return std::nullopt;
  CallInfo info;
  info.protocol = *protocol;
  info.codec = One(metadata, interop::kCodecKey).value_or("");
  info.peer = One(metadata, interop::kPeerKey).value_or("");
  info.is_get = One(metadata, interop::kHttpMethodKey) == interop::kGet;
  info.certificate = ReadCertificate(metadata);
  return info;
}

void CallInfo::DisableCompression(grpc::ServerContextBase* context) {
  context->AddInitialMetadata(interop::kCompressionKey, interop::kIdentity);
}

}  // namespace connectrpc
