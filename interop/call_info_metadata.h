#ifndef CONNECTRPC_INTEROP_CALL_INFO_METADATA_H_
#define CONNECTRPC_INTEROP_CALL_INFO_METADATA_H_

#include <grpcpp/client_context.h>

#include <string>
#include <string_view>

#include "connectrpc/interceptor.h"

namespace connectrpc::interop {

// The metadata by which handlers are told of their call; connectrpc/interop/call_info.h says what each holds. All begin
// with what wire::IsReservedRequestName drops.
inline constexpr char kProtocolName[] = "connectrpc-protocol";
inline constexpr char kCodecName[] = "connectrpc-codec";
inline constexpr char kPeerName[] = "connectrpc-peer";
inline constexpr char kHttpMethodName[] = "connectrpc-http-method";
inline constexpr char kCertificateName[] = "connectrpc-client-cert-bin";
inline constexpr char kCommonNameName[] = "connectrpc-client-cn";
inline constexpr char kDnsNameName[] = "connectrpc-client-dns";
inline constexpr char kUriName[] = "connectrpc-client-uri";
// And by which they tell something in turn, in initial metadata.
inline constexpr char kCompressionName[] = "connectrpc-compression";

inline constexpr char kIdentity[] = "identity";
inline constexpr char kGet[] = "GET";

constexpr std::string_view ProtocolName(Protocol protocol) {
  return protocol == Protocol::kConnect ? "connect" : protocol == Protocol::kGrpc ? "grpc" : "grpc-web";
}

// Adds that metadata to calls. Used by all loops at once; an object only because gRPC takes strings, which are made
// once.
class CallInfoWriter final {
 public:
  // A value that gRPC core would abort on is left out: names in a certificate hold what its authority let through. So
  // is one with a space at either end, which HTTP takes away: it could become another's name.
  void Write(const CallHead& head, grpc::ClientContext* context) const;

 private:
  void WriteCertificate(const PeerCertificate& certificate, grpc::ClientContext* context) const;

  const std::string protocol_ = kProtocolName;
  const std::string codec_ = kCodecName;
  const std::string peer_ = kPeerName;
  const std::string http_method_ = kHttpMethodName;
  const std::string certificate_ = kCertificateName;
  const std::string common_name_ = kCommonNameName;
  const std::string dns_name_ = kDnsNameName;
  const std::string uri_ = kUriName;
};

}  // namespace connectrpc::interop

#endif  // CONNECTRPC_INTEROP_CALL_INFO_METADATA_H_
