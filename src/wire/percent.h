#ifndef CONNECTRPC_SRC_WIRE_PERCENT_H_
#define CONNECTRPC_SRC_WIRE_PERCENT_H_

#include <string>
#include <string_view>

namespace connectrpc::wire {

// grpc-message (PROTOCOL-HTTP2.md, "Percent-Byte-Encoded"): escapes everything outside 0x20-0x7e and '%', and also
// leading and trailing spaces, which some stacks trim.
std::string EncodeGrpcMessage(std::string_view message);
// Never fails: an escape that is no escape stays as it is.
std::string DecodeGrpcMessage(std::string_view text);

// A query parameter (Connect GET). '+' is a space, as in HTML forms. False for a '%' that two hex digits do not follow.
[[nodiscard]] bool DecodeQueryComponent(std::string_view text, std::string* out);
// Escapes everything but RFC 3986's unreserved characters.
std::string EncodeQueryComponent(std::string_view bytes);

}  // namespace connectrpc::wire

#endif  // CONNECTRPC_SRC_WIRE_PERCENT_H_
