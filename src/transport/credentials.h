#ifndef CONNECTRPC_SRC_TRANSPORT_CREDENTIALS_H_
#define CONNECTRPC_SRC_TRANSPORT_CREDENTIALS_H_

#include <vector>

#include "connectrpc/error.h"
#include "connectrpc/header_list.h"
#include "net/connector.h"

namespace connectrpc::transport {

// Whether whatever is sent to these endpoints stays on this host: Unix sockets and loopback addresses.
bool StaysOnThisHost(const std::vector<net::Endpoint>& endpoints);

// For connections in clear: invalid_argument, naming it, for the first field that is a credential.
Error CheckNoCredentials(const HeaderList& headers);

}  // namespace connectrpc::transport

#endif  // CONNECTRPC_SRC_TRANSPORT_CREDENTIALS_H_
