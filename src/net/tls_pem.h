#ifndef CONNECTRPC_SRC_NET_TLS_PEM_H_
#define CONNECTRPC_SRC_NET_TLS_PEM_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "net/openssl_handles.h"

// Certificates and keys out of TlsOptions. Errors name the option or file, and what is wrong with it.
namespace connectrpc::net {

// An option's PEM text, or the file it comes from: at most one of them is set.
struct PemSource {
  const char* option;  // without "_pem" or "_file"
  const std::string& pem;
  const std::string& file;

  bool empty() const { return pem.empty() && file.empty(); }
  // How errors call it.
  std::string Name() const;
};

// At least one.
absl::StatusOr<std::vector<X509Ptr>> ReadCertificates(const PemSource& source);
// An unencrypted one.
absl::StatusOr<KeyPtr> ReadPrivateKey(const PemSource& source);

}  // namespace connectrpc::net

#endif  // CONNECTRPC_SRC_NET_TLS_PEM_H_
