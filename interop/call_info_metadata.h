#ifndef CONNECTRPC_INTEROP_CALL_INFO_METADATA_H_
#define CONNECTRPC_INTEROP_CALL_INFO_METADATA_H_

#include <grpcpp/client_context.h>

#include <string>
#include <string_view>

#include "connectrpc/interceptor.h"

namespace connectrpc::interop {

// The metadata by which handlers are told of their call; connectrpc/interop/call_info.h says what each holds. All begin
// with what wire::IsReservedRequestName drops.
inline constexpr char kProtocolKey[] = "connectrpc-protocol";
inline constexpr char kCodecKey[] = "connectrpc-codec";
inline constexpr char kPeerKey[] = "connectrpc-peer";
inline constexpr char kHttpMethodKey[] = "connectrpc-http-method";
inline constexpr char kCertificateKey[] = "connectrpc-client-cert-bin";
inline constexpr char kCommonNameKey[] = "connectrpc-client-cn";
inline constexpr char kDnsNameKey[] = "connectrpc-client-dns";
inline constexpr char kUriKey[] = "connectrpc-client-uri";
// And by which they tell something in turn, in initial metadata.
inline constexpr char kCompressionKey[] = "connectrpc-compression";

inline constexpr char kIdentity[] = "identity";
inline constexpr char kGet[] = "GET";

// Whether a text may be told to handlers. Not one that gRPC core would abort on: names in a certificate hold what its
// authority let through. Nor one with a space at either end, which HTTP takes away: it could become another's name.
bool IsCallInfoText(std::string_view value);

// Adds that metadata to calls. Used by all loops at once; an object only because gRPC takes strings, which are made
// once.
class CallInfoWriter final {
 public:
  // Leaves out what is no IsCallInfoText.
  void Write(const CallHead& head, grpc::ClientContext* context) const;

 private:
  void WriteCertificate(const PeerCertificate& certificate, grpc::ClientContext* context) const;

  const std::string protocol_ = kProtocolKey;
  const std::string codec_ = kCodecKey;
  const std::string peer_ = kPeerKey;
  const std::string http_method_ = kHttpMethodKey;
  const std::string certificate_ = kCertificateKey;
  const std::string common_name_ = kCommonNameKey;
  const std::string dns_name_ = kDnsNameKey;
  const std::string uri_ = kUriKey;
};

}  // namespace connectrpc::interop

#endif  // CONNECTRPC_INTEROP_CALL_INFO_METADATA_H_
