#ifndef CONNECTRPC_INTEROP_BYTE_BUFFER_H_
#define CONNECTRPC_INTEROP_BYTE_BUFFER_H_

#include <grpcpp/support/byte_buffer.h>

#include <cstddef>

#include "connectrpc/payload.h"

namespace connectrpc::interop {

// Below this a copy is cheaper than a reference-counted slice of its own.
inline constexpr size_t kAdoptThreshold = 1024;

// The payload's bytes as one slice: owned ones of some size are adopted, others copied.
grpc::ByteBuffer ToByteBuffer(Payload payload);

// The buffer's bytes in one piece. Short ones are copied; a long message in one slice is shared with the buffer, in
// several it is joined by a copy. Empty for a buffer that is not Valid().
Payload ToPayload(const grpc::ByteBuffer& buffer);

}  // namespace connectrpc::interop

#endif  // CONNECTRPC_INTEROP_BYTE_BUFFER_H_
