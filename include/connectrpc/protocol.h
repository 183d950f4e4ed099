#ifndef CONNECTRPC_PROTOCOL_H_
#define CONNECTRPC_PROTOCOL_H_

#include <string_view>

namespace connectrpc {

// The protocol family a caller speaks.
enum class Protocol { kConnect, kGrpc, kGrpcWeb };

// "connect", "grpc" or "grpc-web": what metadata, metrics and logs call it. The result is a literal.
constexpr std::string_view ProtocolName(Protocol protocol) {
  return protocol == Protocol::kConnect ? "connect" : protocol == Protocol::kGrpc ? "grpc" : "grpc-web";
}

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
