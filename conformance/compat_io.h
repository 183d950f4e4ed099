#ifndef CONNECTRPC_CONFORMANCE_COMPAT_IO_H_
#define CONNECTRPC_CONFORMANCE_COMPAT_IO_H_

#include <google/protobuf/message_lite.h>

#include <cstddef>
#include <istream>
#include <ostream>

namespace connectrpc::conformance {

// How the suite's runner and the program under test talk over stdin and stdout: each message is its length in four
// bytes, big-endian, then its binary form. Not thread-safe: one reader, one writer at a time for a stream.

enum class CompatRead {
  kMessage,  // one was read
  kEnd,      // the stream ended before another began
  kBroken,   // it ended within one, or one is too long or malformed
};

// Reads one message of at most `max_bytes`; blocks until it is whole.
[[nodiscard]] CompatRead ReadCompatMessage(std::istream& in, size_t max_bytes, google::protobuf::MessageLite* message);

// Writes and flushes one message; false if the stream did not take it.
[[nodiscard]] bool WriteCompatMessage(const google::protobuf::MessageLite& message, std::ostream& out);

}  // namespace connectrpc::conformance

#endif  // CONNECTRPC_CONFORMANCE_COMPAT_IO_H_
