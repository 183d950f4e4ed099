#ifndef CONNECTRPC_SRC_WIRE_BASE64_H_
#define CONNECTRPC_SRC_WIRE_BASE64_H_

#include <string>
#include <string_view>

namespace connectrpc::wire {

enum class Base64Alphabet { kStandard, kUrlSafe };

// Unpadded, as Connect and gRPC write it (RFC 4648 sections 4 and 5).
std::string EncodeBase64(std::string_view bytes, Base64Alphabet alphabet = Base64Alphabet::kStandard);

// Accepts both alphabets, padded or not; `*out` is replaced. False for any other character, a length that no encoding
// has, padding in the wrong place or amount. Non-zero bits after the last byte are ignored.
[[nodiscard]] bool DecodeBase64(std::string_view text, std::string* out);

}  // namespace connectrpc::wire

#endif  // CONNECTRPC_SRC_WIRE_BASE64_H_
