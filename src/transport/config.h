#ifndef CONNECTRPC_SRC_TRANSPORT_CONFIG_H_
#define CONNECTRPC_SRC_TRANSPORT_CONFIG_H_

#include <memory>
#include <string>
#include <vector>

#include "codec/compression.h"
#include "connectrpc/http_transport.h"
#include "http/http_client_session.h"
#include "net/connector.h"
#include "net/tls_context.h"
#include "protocol/client_call.h"

namespace connectrpc::transport {

// URL and options of a transport, checked and in the form that the layers below take them. Immutable; shared by all
// loops and outlives what uses it.
struct Config {
  HttpTransportOptions options;
  std::string scheme;                    // "http" or "https"
  std::string authority;                 // host, with the port where it is not the scheme's own
  std::vector<net::Endpoint> endpoints;  // the URL's host, or HttpTransportOptions::addresses
  std::shared_ptr<const net::TlsContext> tls;
  std::string server_name;  // for TLS
  std::vector<std::string> alpn;
  bool http2_in_clear = false;      // by prior knowledge
  bool credentials_allowed = true;  // the way to the server is secret, or we were told not to mind
  codec::CompressionRegistry compressions;
  protocol::ClientCallConfig call;
  http::ClientSessionLimits session;
};

}  // namespace connectrpc::transport

#endif  // CONNECTRPC_SRC_TRANSPORT_CONFIG_H_
