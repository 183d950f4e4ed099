#ifndef CONNECTRPC_SRC_NET_TLS_BIO_H_
#define CONNECTRPC_SRC_NET_TLS_BIO_H_

#include <cstddef>

#include "net/openssl_handles.h"
#include "net/socket.h"
#include "wire/output_queue.h"

namespace connectrpc::net {

// OpenSSL's way to the socket and back. It reads the socket straight into OpenSSL's record buffer. What OpenSSL writes
// is gathered in `output`, for whoever owns the socket to send: so writing never blocks, and many records leave in one
// system call. (OpenSSL's own socket BIO would raise SIGPIPE.)
struct TlsBio {
  explicit TlsBio(Socket* socket) : socket(socket) {}

  // Null if memory is short. Refers to this object.
  BioPtr NewBio();

  Socket* const socket;
  wire::OutputQueue output;
  // What may still be read before the owner gives more: bounds the work of one call, as the peer can send records
  // without data for ever.
  size_t read_budget = 0;
  bool ended = false;  // the peer has sent its end of stream
};

}  // namespace connectrpc::net

#endif  // CONNECTRPC_SRC_NET_TLS_BIO_H_
