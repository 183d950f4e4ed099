#ifndef CONNECTRPC_INTEROP_CALL_INFO_H_
#define CONNECTRPC_INTEROP_CALL_INFO_H_

#include <grpcpp/server_context.h>

#include <optional>
#include <string>

#include "connectrpc/protocol.h"
#include "connectrpc/tls.h"

namespace connectrpc {

// What a front end knows of the call that a gRPC handler serves, and gRPC itself does not: on an in-process channel
// ServerContext::peer() is the same for everybody. It travels as metadata, which callers cannot forge: the front end
// drops what they send under these names.
//
//   connectrpc-protocol     connect | grpc | grpc-web
//   connectrpc-codec        proto | json | ...
//   connectrpc-peer         ipv4:192.0.2.1:5000 | ipv6:[2001:db8::1]:5000 | unix:
//   connectrpc-http-method  GET, for a Connect GET only
//   connectrpc-client-cert-bin  the client's certificate in DER, verified; only where there is one
//   connectrpc-client-cn, connectrpc-client-dns, connectrpc-client-uri
//                           its common name and its alternative names, one entry each; those that hold other bytes
//                           than 0x20-0x7e, or begin or end with a space, are left out
//
// HttpOptions::call_info switches it off. On a port of gRPC's own anybody may send these names: read them by From,
// which tells those calls apart, and not from client_metadata().
struct CallInfo {
  Protocol protocol = Protocol::kGrpc;
  std::string codec;
  std::string peer;
  bool is_get = false;
  std::optional<PeerCertificate> certificate;

  // The call of that context (grpc::ServerContext, grpc::CallbackServerContext); nothing for one that did not come from
  // a front end on an in-process channel, or from one that calls the handler directly. Only there it is certain that
  // the program itself has made the call: a front end elsewhere is not believed, since whoever reaches the same port
  // could claim to be one.
  static std::optional<CallInfo> From(const grpc::ServerContextBase& context);
  // The same for a server whose clients are all front ends (connect-front on a trusted network).
  static std::optional<CallInfo> FromTrustedPeer(const grpc::ServerContextBase& context);

  // Sends the answer of this call uncompressed, whatever the caller accepts: for messages that carry compressed data or
  // secrets beside what an attacker chose (BREACH). Before the first message; on any server harmless.
  static void DisableCompression(grpc::ServerContextBase* context);
};

}  // namespace connectrpc

#endif  // CONNECTRPC_INTEROP_CALL_INFO_H_
