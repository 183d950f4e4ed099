#ifndef CONNECTRPC_SRC_WIRE_CONTENT_TYPE_H_
#define CONNECTRPC_SRC_WIRE_CONTENT_TYPE_H_

#include <optional>
#include <string>
#include <string_view>

namespace connectrpc::wire {

// How a message travels: one value for each translator in src/protocol.
enum class Framing { kConnectUnary, kConnectGet, kConnectStream, kGrpc, kGrpcWeb };

struct ContentType {
  Framing framing = Framing::kConnectUnary;
  std::string codec;  // lower-case; "proto" where the type names none
};

// Reads "application/json; charset=utf-8" and its like: letter case and parameters are ignored. Nothing for types that
// are none of ours: no slash after "application", "application/grpcfoo", gRPC-Web text (not served). An unknown codec
// is not an error here: "application/xml" is Connect unary with codec "xml".
std::optional<ContentType> ParseContentType(std::string_view text);

// The inverse, such as "application/connect+json". gRPC and gRPC-Web with "proto" give the types "application/grpc" and
// "application/grpc-web+proto". kConnectGet gives the type of its response, which is that of kConnectUnary.
std::string FormatContentType(Framing framing, std::string_view codec);

}  // namespace connectrpc::wire

#endif  // CONNECTRPC_SRC_WIRE_CONTENT_TYPE_H_
