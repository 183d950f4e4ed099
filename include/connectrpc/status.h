#ifndef CONNECTRPC_STATUS_H_
#define CONNECTRPC_STATUS_H_

#include "absl/status/status.h"
#include "connectrpc/error.h"

namespace connectrpc {

// The same error in abseil's form, and back. Codes and message are the same; details are payloads by their type URL
// ("type.googleapis.com/" and the type), one of each type: of several the first. Metadata is left out.
absl::Status ToStatus(const Error& error);
Error FromStatus(const absl::Status& status);

}  // namespace connectrpc

#endif  // CONNECTRPC_STATUS_H_
