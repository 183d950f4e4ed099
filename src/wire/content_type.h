#ifndef CONNECTRPC_SRC_WIRE_CONTENT_TYPE_H_
#define CONNECTRPC_SRC_WIRE_CONTENT_TYPE_H_

#include <optional>
#include <string>
#include <string_view>

namespace connectrpc::wire {

// How a message travels: one value for each translator in src/protocol.
enum class Framing { kConnectUnary, kConnectGet, kConnectStream, kGrpc, kGrpcWeb, kGrpcWebText };

// Whether the body is the base64 of what it would be in a framing of bytes (wire/base64_stream.h).
constexpr bool IsText(Framing framing) {
  return framing == Framing::kGrpcWebText;
}

struct ContentType {
  Framing framing = Framing::kConnectUnary;
  std::string codec;  // lower-case; "proto" where the type names none
};

// Reads "application/json; charset=utf-8" and its like: letter case and parameters are ignored. Nothing for types that
// are none of ours: no slash after "application", "application/grpcfoo". An unknown codec is not an error here:
// "application/xml" is Connect unary with codec "xml".
std::optional<ContentType> ParseContentType(std::string_view text);

// The inverse, such as "application/connect+json". With "proto" gRPC gives the type "application/grpc", gRPC-Web
// "application/grpc-web+proto" and its text form "application/grpc-web-text+proto". kConnectGet gives the type of its
// response, which is that of kConnectUnary.
std::string FormatContentType(Framing framing, std::string_view codec);
// The same; uses `*scratch` only for a type that is not among the common ones.
std::string_view ContentTypeText(Framing framing, std::string_view codec, std::string* scratch);

}  // namespace connectrpc::wire

#endif  // CONNECTRPC_SRC_WIRE_CONTENT_TYPE_H_
