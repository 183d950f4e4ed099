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

// The names, as what adds them wants to have them.
template <class Name>
struct CallInfoNames {
  Name protocol{kProtocolKey};
  Name codec{kCodecKey};
  Name peer{kPeerKey};
  Name http_method{kHttpMethodKey};
  Name certificate{kCertificateKey};
  Name common_name{kCommonNameKey};
  Name dns_name{kDnsNameKey};
  Name uri{kUriKey};
};
inline constexpr CallInfoNames<std::string_view> kCallInfoNames{};

// What there is to tell of a call, but for its client's certificate: add(name, value) for each.
template <class Name, class Add>
void ForEachCallField(const CallInfoNames<Name>& names, const CallHead& head, Add add) {
  add(names.protocol, ProtocolName(head.protocol));
  add(names.codec, head.codec);
  add(names.peer, head.peer);
  if (head.is_get) add(names.http_method, kGet);
}

// And of the certificate, less what is no IsCallInfoText.
template <class Name, class Add>
void ForEachCertificateField(const CallInfoNames<Name>& names, const PeerCertificate& certificate, Add add) {
  const auto add_text = [&](const Name& name, const std::string& text) {
    if (IsCallInfoText(text)) add(name, text);
  };
  add(names.certificate, certificate.der);  // as it is: the name ends in "-bin"
  add_text(names.common_name, certificate.common_name);
  for (const std::string& name : certificate.dns_names) add_text(names.dns_name, name);
  for (const std::string& uri : certificate.uris) add_text(names.uri, uri);
}

// Adds that metadata to calls. Used by all loops at once; an object only because gRPC takes strings, which are made
// once.
class CallInfoWriter final {
 public:
  // Leaves out what is no IsCallInfoText.
  void Write(const CallHead& head, grpc::ClientContext* context) const;

 private:
  const CallInfoNames<std::string> names_{};
};

}  // namespace connectrpc::interop

#endif  // CONNECTRPC_INTEROP_CALL_INFO_METADATA_H_
