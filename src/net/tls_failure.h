#ifndef CONNECTRPC_SRC_NET_TLS_FAILURE_H_
#define CONNECTRPC_SRC_NET_TLS_FAILURE_H_

#include <string>

#include "net/openssl_handles.h"

namespace connectrpc::net {

// Why a call of OpenSSL has failed at a client, in words for whoever reads the error of its call. Before OpenSSL's
// errors are cleared. `server_name` is what the certificate was to be valid for.
std::string DescribeTlsFailure(const SSL* ssl, const std::string& server_name);

}  // namespace connectrpc::net

#endif  // CONNECTRPC_SRC_NET_TLS_FAILURE_H_
