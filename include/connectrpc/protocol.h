#ifndef CONNECTRPC_PROTOCOL_H_
#define CONNECTRPC_PROTOCOL_H_

namespace connectrpc {

// The protocol family a caller speaks.
enum class Protocol { kConnect, kGrpc, kGrpcWeb };

// The four shapes of an RPC.
enum class StreamType { kUnary, kClientStream, kServerStream, kBidiStream };

constexpr bool ClientStreams(StreamType type) {
  return type == StreamType::kClientStream || type == StreamType::kBidiStream;
}
constexpr bool ServerStreams(StreamType type) {
  return type == StreamType::kServerStream || type == StreamType::kBidiStream;
}

}  // namespace connectrpc

#endif  // CONNECTRPC_PROTOCOL_H_
