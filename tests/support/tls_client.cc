#include "support/tls_client.h"

namespace connectrpc::test {

TlsClient::TlsClient(int port, const TlsPeerOptions& options) : TcpClient(port), peer_(options) {
  for (;;) {
    connected_ = peer_.Handshake();
    if (!TcpClient::Send(peer_.TakeOutput()) || connected_ || !peer_.error().empty()) return;
    const std::string bytes = TcpClient::Receive();
    if (bytes.empty()) return;
    peer_.Feed(bytes);
  }
}

bool TlsClient::Send(std::string_view plain) {
  if (plain.empty()) return true;
  peer_.Write(plain);
  return TcpClient::Send(peer_.TakeOutput());
}

std::string TlsClient::Receive() {
  for (;;) {
    std::string plain = peer_.Read();
    if (!plain.empty() || peer_.ended() || !peer_.error().empty()) return plain;
    const std::string bytes = TcpClient::Receive();
    if (bytes.empty()) return {};
    peer_.Feed(bytes);
  }
}

void TlsClient::ShutdownWrite() {
  peer_.End();
  TcpClient::Send(peer_.TakeOutput());
  TcpClient::ShutdownWrite();
}

}  // namespace connectrpc::test
