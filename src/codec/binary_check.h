#ifndef CONNECTRPC_SRC_CODEC_BINARY_CHECK_H_
#define CONNECTRPC_SRC_CODEC_BINARY_CHECK_H_

#include <string>
#include <string_view>

namespace google::protobuf {
class Descriptor;
}

namespace connectrpc::codec {

// Whether `binary` is a message of the type that protobuf's parser takes without a word: it writes a line to the log
// for each string that is not UTF-8. False, with the reason in `*error`, for:
//
// - what is not wire format, and strings (also of proto2) that are not UTF-8
// - messages and groups nested more than kMaxMessageDepth deep, as protobuf's own parser
[[nodiscard]] bool CheckBinary(const google::protobuf::Descriptor& type, std::string_view binary, std::string* error);

}  // namespace connectrpc::codec

#endif  // CONNECTRPC_SRC_CODEC_BINARY_CHECK_H_
