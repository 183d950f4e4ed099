#ifndef CONNECTRPC_SRC_NET_PEER_CERTIFICATE_H_
#define CONNECTRPC_SRC_NET_PEER_CERTIFICATE_H_

#include <memory>

#include "connectrpc/tls.h"

struct ssl_st;

namespace connectrpc::net {

// What the certificate of the peer says, if it sent one and it was verified. After the handshake.
std::unique_ptr<PeerCertificate> VerifiedPeerCertificate(ssl_st* ssl);

}  // namespace connectrpc::net

#endif  // CONNECTRPC_SRC_NET_PEER_CERTIFICATE_H_
