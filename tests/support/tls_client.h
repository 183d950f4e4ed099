#ifndef CONNECTRPC_TESTS_SUPPORT_TLS_CLIENT_H_
#define CONNECTRPC_TESTS_SUPPORT_TLS_CLIENT_H_

#include <string>
#include <string_view>

#include "support/tcp_client.h"
#include "support/tls_peer.h"

namespace connectrpc::test {

// A blocking TLS connection to a port of this machine. The handshake is done when the constructor returns, as far as
// the client knows: with TLS 1.3 it learns only later whether its certificate was taken.
class TlsClient final : public TcpClient {
 public:
  TlsClient(int port, const TlsPeerOptions& options);

  bool Send(std::string_view plain) override;
  // Empty at the end of the connection, announced (peer().ended()) or not.
  std::string Receive() override;
  // With close_notify.
  void ShutdownWrite() override;

  bool connected() const { return connected_; }
  TlsPeer& peer() { return peer_; }

 private:
  TlsPeer peer_;
  bool connected_ = false;
};

}  // namespace connectrpc::test

#endif  // CONNECTRPC_TESTS_SUPPORT_TLS_CLIENT_H_
