#ifndef CONNECTRPC_SRC_CODEC_BINARY_CHECK_H_
#define CONNECTRPC_SRC_CODEC_BINARY_CHECK_H_

#include <string>
#include <string_view>

namespace google::protobuf {
class Descriptor;
}

namespace connectrpc::codec {

// Whether `binary` is a message of the type, through and through: protobuf 3.21 writes JSON from truncated messages and
// invalid UTF-8 without complaint, and recurses into an Any within an Any until the stack ends, with a copy of the
// bytes at each level. False, with the reason in `*error`, for:
//
// - what is not wire format, and strings (also of proto2) that are not UTF-8
// - messages, groups and Any nested more than kMaxBinaryDepth deep, as protobuf's own parser
// - an Any whose type is not in the type's pool
// - nested Any whose copies would hold more than 16 times the message and more than 1 MiB
[[nodiscard]] bool CheckBinary(const google::protobuf::Descriptor& type, std::string_view binary, std::string* error);

inline constexpr int kMaxBinaryDepth = 100;

}  // namespace connectrpc::codec

#endif  // CONNECTRPC_SRC_CODEC_BINARY_CHECK_H_
